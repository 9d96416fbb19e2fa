"""Mistral's chat models: ``POST /chat/completions``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk.providers.mistral._decode import MistralDecoder
from ai_sdk.providers.openai_compatible.language import ChatModel

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["MistralChatModel"]


class MistralChatModel(ChatModel):
    """A chat model of Mistral."""

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> MistralDecoder:
        """What reads the answer to a request; pure."""
        return MistralDecoder(
            self.context(request, exchange), headers, warnings, previews=request.stream, messages=request.messages
        )
