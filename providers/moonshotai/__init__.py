"""Moonshot AI: chat with the Kimi models. ``MOONSHOT_API_KEY`` is the key.

The web search of Moonshot is a tool of the tool loop: ``from ai_sdk.providers.moonshotai.tools import web_search``.
``assistant("...", moonshotai={"partial": True})`` as the last message is gone on from. Options:
``MoonshotAIOptions``. The address for accounts in China is ``https://api.moonshot.cn/v1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint
from ai_sdk.providers.moonshotai._models import ModelId
from ai_sdk.providers.moonshotai._options import MoonshotAIOptions
from ai_sdk.providers.moonshotai._quirks import QUIRKS, moonshot_error
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = ["ModelId", "MoonshotAI", "MoonshotAIOptions", "create_moonshotai", "moonshotai"]


class MoonshotAI(DialectProvider):
    """Moonshot's models by id."""

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)


def create_moonshotai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> MoonshotAI:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="moonshotai",
        base_url=base_url or "https://api.moonshot.ai/v1",
        key=api_key,
        key_env=("MOONSHOT_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=moonshot_error,
    )
    docs = "https://platform.kimi.ai/docs"
    return MoonshotAI(endpoint, QUIRKS, structured_output=structured_output, docs=docs)


moonshotai = create_moonshotai()
