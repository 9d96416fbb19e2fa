"""Voyage AI: embeddings and reranking. ``VOYAGE_API_KEY`` is the key.

Options: ``VoyageEmbeddingOptions`` and ``VoyageRerankOptions``, and all else of the API as it is. Keys made at MongoDB
Atlas belong to ``base_url="https://ai.mongodb.com/v1"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.voyage._errors import read_voyage_error
from ai_sdk.providers.voyage._models import EmbeddingModelId, RerankModelId
from ai_sdk.providers.voyage._options import VoyageEmbeddingOptions, VoyageRerankOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.voyage.embedding import VoyageEmbeddingModel
    from ai_sdk.providers.voyage.reranking import VoyageRerankModel

__all__ = [
    "EmbeddingModelId",
    "RerankModelId",
    "Voyage",
    "VoyageEmbeddingOptions",
    "VoyageRerankOptions",
    "create_voyage",
    "voyage",
]


class Voyage(Provider):
    """Voyage AI's models by id."""

    def embedding(self, model_id: EmbeddingModelId) -> VoyageEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.voyage.embedding import VoyageEmbeddingModel

        return VoyageEmbeddingModel(self.endpoint, model_id)

    def reranking(self, model_id: RerankModelId) -> VoyageRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.voyage.reranking import VoyageRerankModel

        return VoyageRerankModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: the vendor has no list of models."""
        raise UnsupportedError(f"{self.name} does not list its models; see {self.docs}", field="models")


def create_voyage(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> Voyage:
    """Make another instance of the provider, with its own key, address (ending in ``/v1``) or headers."""
    endpoint = Endpoint(
        name="voyage",
        base_url=base_url or "https://api.voyageai.com/v1",
        key=api_key,
        key_env=("VOYAGE_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=read_voyage_error,
    )
    return Voyage(endpoint, docs="https://docs.voyageai.com")


voyage = create_voyage()
