"""Language models of the Responses API: ``POST /responses``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.openai._responses_decode import ResponsesDecoder
from ai_sdk.providers.openai._responses_encode import encode_responses
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.streaming import begin, begin_whole, decoded

if TYPE_CHECKING:
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
        """One exchange; streamed when the request wishes, and when the server streams all the same."""
        body, warnings = self.encode(request)
        if request.stream:
            stream = await exchange.open(self.path, body, request.headers)
            decoder = self.decoder(request, exchange, exchange.headers, warnings)
            return await begin(stream, partial(_parts_of, decoder=decoder), partial(self._whole, decoder))
        response = await exchange.send(self.path, body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return await begin_whole(response.body, partial(_parts_of, decoder=decoder), partial(self._whole, decoder))

    def _whole(self, decoder: ResponsesDecoder, body: bytes) -> list[LanguagePart]:
        return decoder.answer(parse_json(body, self.provider))


def _parts_of(body: AsyncGenerator[bytes, None], decoder: ResponsesDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of server-sent events, as they arrive."""
    return decoded(
        body,
        ServerSentEvents(),
        lambda event: decoder.event(event.data, event.event),
        over=lambda: decoder.over,
    )
