"""Cohere's chat models: ``POST /v2/chat``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.cohere._decode import CohereDecoder, decode
from ai_sdk.providers.cohere._encode import encode_chat
from ai_sdk.providers.openai_compatible._encode import first_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import begin, decoded

if TYPE_CHECKING:
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
            decoder = self.decoder(request, exchange, exchange.headers, warnings)
            return await begin(stream, partial(_parts_of, decoder=decoder), partial(self._whole, decoder))
        response = await exchange.send(_PATH, body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(self._whole(decoder, response.body), fold_language)

    def _whole(self, decoder: CohereDecoder, body: bytes) -> list[LanguagePart]:
        return decode(decoder, parse_json(body, self.provider))


def _parts_of(body: AsyncGenerator[bytes, None], decoder: CohereDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of server-sent events, as they arrive."""
    return decoded(
        body,
        ServerSentEvents(),
        lambda event: decoder.event(event.data, event.event),
        over=lambda: decoder.over,
    )
