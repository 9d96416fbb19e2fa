"""Cohere: chat with documents and citations, embeddings and reranking, by the second version of its API.

``COHERE_API_KEY``, then ``CO_API_KEY``, is the key. Options: those of ``CohereOptions``, ``CohereEmbeddingOptions`` and
``CohereRerankOptions``, and all else of the API, as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.cohere._errors import read_cohere_error
from ai_sdk.providers.cohere._models import EmbeddingModelId, ModelId, RerankModelId
from ai_sdk.providers.cohere._options import (
    CitationOptions,
    CohereEmbeddingOptions,
    CohereOptions,
    CohereRerankOptions,
    Thinking,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.cohere.embedding import CohereEmbeddingModel
    from ai_sdk.providers.cohere.language import CohereChatModel
    from ai_sdk.providers.cohere.reranking import CohereRerankModel

__all__ = [
    "CitationOptions",
    "Cohere",
    "CohereEmbeddingOptions",
    "CohereOptions",
    "CohereRerankOptions",
    "EmbeddingModelId",
    "ModelId",
    "RerankModelId",
    "Thinking",
    "cohere",
    "create_cohere",
]


class Cohere(Provider):
    """Cohere's models by id."""

    def __call__(self, model_id: ModelId) -> CohereChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> CohereChatModel:
        """Make a chat model."""
        from ai_sdk.providers.cohere.language import CohereChatModel

        return CohereChatModel(self.endpoint, model_id)

    def embedding(self, model_id: EmbeddingModelId) -> CohereEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.cohere.embedding import CohereEmbeddingModel

        return CohereEmbeddingModel(self.endpoint, model_id)

    def reranking(self, model_id: RerankModelId) -> CohereRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.cohere.reranking import CohereRerankModel

        return CohereRerankModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Ask which models there are (``GET /v1/models``), all pages of it."""
        from ai_sdk.providers.cohere._discovery import list_models

        return await list_models(self.endpoint)


def create_cohere(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> Cohere:
    """Make another instance of the provider, with its own key, address (ending in ``/v2``) or headers."""
    endpoint = Endpoint(
        name="cohere",
        base_url=base_url or "https://api.cohere.com/v2",
        key=api_key,
        key_env=("COHERE_API_KEY", "CO_API_KEY"),
        headers=headers or EMPTY,
        http=http,
        read_error=read_cohere_error,
    )
    return Cohere(endpoint, docs="https://docs.cohere.com/reference/about")


cohere = create_cohere()
