"""Chat and completion models of DeepSeek, some of whose requests go to its beta address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk.messages import AssistantMessage
from ai_sdk.providers.openai_compatible.completion import CompletionModel
from ai_sdk.providers.openai_compatible.language import ChatModel
from ai_sdk.requests import LanguageRequest, ToolDefinition

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.providers.openai_compatible._quirks import Quirks
    from ai_sdk.results import LanguageResponse

__all__ = ["BASE_URL", "DeepSeekCompletionModel", "DeepSeekModel"]

BASE_URL = "https://api.deepseek.com"


class DeepSeekModel(ChatModel):
    """A chat model.

    What is beta is asked of the beta address: a last assistant message with ``provider_options={"deepseek": {"prefix":
    True}}``, which the answer goes on from, and tools with ``strict=True`` (vendor documents). A base URL of your own
    is left as it is.
    """

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        if self.endpoint.base_url == BASE_URL and _is_beta(request, self.provider):
            beta = _BetaModel(self.endpoint, self.model_id, self.quirks, self.structured_output)
            return await beta.answer(request, exchange)
        return await super().answer(request, exchange)


class _BetaModel(ChatModel):
    path = "/beta/chat/completions"


class DeepSeekCompletionModel(CompletionModel):
    """A completion model, which fills the gap before the option ``suffix``."""

    def __init__(self, endpoint: Endpoint, model_id: str, quirks: Quirks) -> None:
        super().__init__(endpoint, model_id, quirks)
        if endpoint.base_url == BASE_URL:
            self.path = "/beta/completions"


def _is_beta(request: LanguageRequest, provider: str) -> bool:
    last = request.messages[-1] if request.messages else None
    own: Any = last.provider_options.get(provider) if isinstance(last, AssistantMessage) else None
    if isinstance(own, dict) and cast("dict[str, Any]", own).get("prefix"):
        return True
    return any(isinstance(tool, ToolDefinition) and tool.strict for tool in request.tools)
