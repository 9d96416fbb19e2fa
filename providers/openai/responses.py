"""Language models of the Responses API: ``POST /responses``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, drain, parse_json, read_all
from ai_sdk.providers.openai._responses_decode import ResponsesDecoder
from ai_sdk.providers.openai._responses_encode import encode_responses
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Endpoint
    from ai_sdk.providers.openai_compatible._quirks import StructuredOutput
    from ai_sdk.results import CallWarning

__all__ = ["ResponsesModel", "ResponsesRules"]

OPENAI = ResponsesRules()
_EVENTS = (b"data:", b"event:", b":")


class ResponsesModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A language model of a server that speaks the Responses API; ``rules`` say how the server differs from OpenAI's.

    ``structured_output`` says how it gives JSON of a schema: ``json_schema``, ``json_object`` or ``tool``.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        rules: ResponsesRules = OPENAI,
        structured_output: StructuredOutput | None = None,
    ) -> None:
        super().__init__(endpoint, model_id)
        self.rules = rules
        self.structured_output: StructuredOutput = structured_output or rules.structured_output(model_id)

    @property
    def path(self) -> str:
        """Where the requests go, below the base URL."""
        return self.rules.path

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_responses(request, self.model_id, self.provider, self.rules, self.structured_output)

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> ResponsesDecoder:
        """What reads the answer to a request; pure."""
        return ResponsesDecoder(self.rules, exchange, headers, warnings, previews=request.stream)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        if request.stream:
            stream = await exchange.open(self.path, body, request.headers)
            return await _start(stream, self.decoder(request, exchange, exchange.headers, warnings))
        response = await exchange.send(self.path, body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        if response.body.lstrip().startswith(_EVENTS):
            return await LanguageResponse.start(_parts_of(_once(response.body), decoder), fold_language)
        return LanguageResponse.of(decoder.answer(parse_json(response.body, self.provider)), fold_language)


async def _start(stream: HTTPStream, decoder: ResponsesDecoder) -> LanguageResponse:
    """The response of an opened stream; also when the server answered a wish for events with plain JSON."""
    if not stream.headers.get("content-type", "").startswith("application/json"):
        return await LanguageResponse.start(_parts_of(stream.chunks(), decoder), fold_language, stream)
    body = await read_all(stream)
    if body.lstrip().startswith(_EVENTS):
        return await LanguageResponse.start(_parts_of(_once(body), decoder), fold_language)
    return LanguageResponse.of(decoder.answer(parse_json(body, decoder.provider)), fold_language)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _parts_of(body: AsyncGenerator[bytes, None], decoder: ResponsesDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of server-sent events, as they arrive."""
    events = ServerSentEvents()
    async with aclosing(body) as chunks:
        async for chunk in chunks:
            for event in events.feed(chunk):
                for part in decoder.event(event.data, event.event):
                    yield part
            if decoder.over:
                await drain(chunks)
                return
    for event in events.end():
        for part in decoder.event(event.data, event.event):
            yield part
