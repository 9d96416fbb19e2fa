"""Chat models of Ollama: ``POST /api/chat``, streamed as lines of JSON."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk.framing import JSONLines
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.ollama._address import reaching
from ai_sdk.providers.ollama._decode import ChatDecoder
from ai_sdk.providers.ollama._encode import encode_chat
from ai_sdk.providers.openai_compatible._encode import first_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import CallWarning

__all__ = ["OllamaChatModel"]


class OllamaChatModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A chat model."""

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_chat(request, self.model_id, self.provider)

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        return ChatDecoder(exchange, headers, warnings, first_call(request))

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        with reaching(self.endpoint):
            if request.stream:
                stream = await exchange.open("/api/chat", body, request.headers)
                decoder = self.decoder(request, exchange, exchange.headers, warnings)
                return await LanguageResponse.start(_parts(stream.chunks(), decoder), fold_language, stream)
            response = await exchange.send("/api/chat", body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(decoder.whole(parse_json(response.body, self.provider)), fold_language)


def _parts(body: AsyncGenerator[bytes, None], decoder: ChatDecoder) -> AsyncGenerator[LanguagePart, None]:
    return decoded(body, JSONLines(), decoder.event, over=lambda: decoder.over)
