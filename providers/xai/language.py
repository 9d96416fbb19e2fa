"""Chat models of xAI: ``POST /chat/completions``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY
from ai_sdk.messages import AssistantMessage
from ai_sdk.providers.openai_compatible._citations import CitingDecoder
from ai_sdk.providers.openai_compatible.language import ChatModel

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["XAIChatModel", "XAIDecoder"]


class XAIChatModel(ChatModel):
    """A chat model."""

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], warnings: list[CallWarning]
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        last = request.messages[-1] if request.messages else None
        echo = last.text if isinstance(last, AssistantMessage) else ""
        context = self.context(request, exchange)
        return XAIDecoder(context, headers, warnings, previews=request.stream, echo=echo)


class XAIDecoder(CitingDecoder):
    """Reads ``citations``, and leaves out the last assistant message when the answer begins with it (vendor's SDKs)."""

    def __init__(
        self,
        context: Context,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
        echo: str = "",
    ) -> None:
        super().__init__(context, headers, warnings, previews=previews)
        self._echo = echo
        self.hurried = not echo

    def delta_of(self, choice: dict[str, Any]) -> dict[str, Any]:
        """What a choice brings, but for the echo."""
        delta = super().delta_of(choice)
        if self._echo and not self._texted and delta.get("content") == self._echo:
            return {**delta, "content": None}
        return delta
