"""DeepSeek: chat, and completion that fills a gap. ``DEEPSEEK_API_KEY`` is the key.

``reasoning="none"`` turns thinking off, any other effort turns it on. JSON of a schema is asked for as any JSON, with
the schema in a system message. Options: ``DeepSeekOptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint
from ai_sdk.providers.deepseek._models import ModelId
from ai_sdk.providers.deepseek._options import DeepSeekOptions
from ai_sdk.providers.deepseek._quirks import QUIRKS
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.deepseek.language import DeepSeekCompletionModel, DeepSeekModel

__all__ = ["DeepSeek", "DeepSeekOptions", "ModelId", "create_deepseek", "deepseek"]


class DeepSeek(DialectProvider):
    """DeepSeek's models by id."""

    def __call__(self, model_id: ModelId) -> DeepSeekModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> DeepSeekModel:
        """Make a chat model."""
        from ai_sdk.providers.deepseek.language import DeepSeekModel

        return DeepSeekModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def completion(self, model_id: ModelId) -> DeepSeekCompletionModel:
        """Make a text completion model, which fills the gap before the option ``suffix`` (beta)."""
        from ai_sdk.providers.deepseek.language import DeepSeekCompletionModel

        return DeepSeekCompletionModel(self.endpoint, model_id, self.quirks)


def create_deepseek(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> DeepSeek:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="deepseek",
        base_url=base_url or "https://api.deepseek.com",
        key=api_key,
        key_env=("DEEPSEEK_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    return DeepSeek(endpoint, QUIRKS, structured_output=structured_output, docs="https://api-docs.deepseek.com")


deepseek = create_deepseek()
