"""Models of the older text completion: ``POST /completions``. They are language models whose prompt is the texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk.providers.openai_compatible._decode import ChatDecoder, CompletionDecoder
from ai_sdk.providers.openai_compatible._encode import encode_completion
from ai_sdk.providers.openai_compatible.language import ChatModel

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["CompletionModel"]


class CompletionModel(ChatModel):
    """A completion model; it answers a language request with text alone."""

    path = "/completions"
    kind = "completion"

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_completion(request, self.model_id, self.provider, self.quirks)

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        return CompletionDecoder(self.context(request, exchange), headers, warnings)
