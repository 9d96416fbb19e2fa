"""Perplexity: answers that rest on a search of the web, and embeddings. ``PERPLEXITY_API_KEY`` is the key.

What an answer rests on comes as sources, numbered as in its text. There are no tools. Options: ``PerplexityOptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput
from ai_sdk.providers.perplexity._models import EmbeddingModelId, ModelId
from ai_sdk.providers.perplexity._options import PerplexityEmbeddingOptions, PerplexityOptions
from ai_sdk.providers.perplexity._quirks import QUIRKS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.perplexity.embedding import PerplexityEmbeddingModel
    from ai_sdk.providers.perplexity.language import PerplexityModel

__all__ = [
    "EmbeddingModelId",
    "ModelId",
    "Perplexity",
    "PerplexityEmbeddingOptions",
    "PerplexityOptions",
    "create_perplexity",
    "perplexity",
]


class Perplexity(DialectProvider):
    """Perplexity's models by id."""

    def __call__(self, model_id: ModelId) -> PerplexityModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> PerplexityModel:
        """Make a chat model."""
        from ai_sdk.providers.perplexity.language import PerplexityModel

        return PerplexityModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def embedding(self, model_id: EmbeddingModelId) -> PerplexityEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.perplexity.embedding import PerplexityEmbeddingModel

        return PerplexityEmbeddingModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Perplexity does not list the models of this API: raises ``UnsupportedError``."""
        raise UnsupportedError(f"{self.name} does not list its models; they are described at {self.docs}", field="kind")


def create_perplexity(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Perplexity:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="perplexity",
        base_url=base_url or "https://api.perplexity.ai",
        key=api_key,
        key_env=("PERPLEXITY_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    return Perplexity(endpoint, QUIRKS, structured_output=structured_output, docs="https://docs.perplexity.ai")


perplexity = create_perplexity()
