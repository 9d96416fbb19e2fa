"""Language models of the AI Gateway by its own protocol: ``POST /language-model``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.gateway._decode import GatewayDecoder
from ai_sdk.providers.gateway._encode import encode_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import CallWarning

__all__ = ["GatewayLanguageModel"]

_PATH = "/language-model"


class GatewayLanguageModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A language model of any provider behind the gateway."""

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_call(request, self.provider)

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> GatewayDecoder:
        """What reads the answer to a request; pure."""
        return GatewayDecoder(exchange, headers, warnings, previews=request.stream)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        headers = {
            **request.headers,
            "ai-language-model-specification-version": "4",
            "ai-language-model-id": self.model_id,
            "ai-language-model-streaming": "true" if request.stream else "false",
        }
        if request.stream:
            stream = await exchange.open(_PATH, body, headers)
            decoder = self.decoder(request, exchange, exchange.headers, warnings)
            return await LanguageResponse.start(_parts(stream.chunks(), decoder), fold_language, stream)
        response = await exchange.send(_PATH, body, headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(decoder.whole(parse_json(response.body, self.provider)), fold_language)


def _parts(body: AsyncGenerator[bytes, None], decoder: GatewayDecoder) -> AsyncGenerator[LanguagePart, None]:
    return decoded(body, ServerSentEvents(), lambda event: decoder.event(event.data), over=lambda: decoder.over)
