"""Cohere's chat models: ``POST /v2/chat``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, drain, parse_json, read_all
from ai_sdk.providers.cohere._decode import CohereDecoder, decode
from ai_sdk.providers.cohere._encode import encode_chat
from ai_sdk.providers.openai_compatible._encode import first_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import CallWarning

__all__ = ["CohereChatModel"]

_PATH = "/chat"


class CohereChatModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A chat model of Cohere; it takes the schema of JSON that it is to answer with."""

    structured_output = "json_schema"

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_chat(request, self.model_id, self.provider)

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> CohereDecoder:
        """What reads the answer to a request; pure."""
        return CohereDecoder(exchange, headers, warnings, previews=request.stream, first_call=first_call(request))

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        if request.stream:
            stream = await exchange.open(_PATH, body, request.headers)
            return await _start(stream, self.decoder(request, exchange, exchange.headers, warnings))
        response = await exchange.send(_PATH, body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(decode(decoder, parse_json(response.body, self.provider)), fold_language)


async def _start(stream: HTTPStream, decoder: CohereDecoder) -> LanguageResponse:
    """The response of an opened stream; also when the server answered a wish for events with plain JSON."""
    if not stream.headers.get("content-type", "").startswith("application/json"):
        return await LanguageResponse.start(_parts(stream.chunks(), decoder), fold_language, stream)
    body = await read_all(stream)
    return LanguageResponse.of(decode(decoder, parse_json(body, decoder.provider)), fold_language)


async def _parts(body: AsyncGenerator[bytes, None], decoder: CohereDecoder) -> AsyncGenerator[LanguagePart, None]:
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
