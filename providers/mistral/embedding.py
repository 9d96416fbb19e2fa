"""Mistral's embedding models: ``POST /embeddings``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint
    from ai_sdk.requests import EmbeddingRequest

__all__ = ["MistralEmbeddingModel"]

_TEXTS_PER_CALL = 32


class MistralEmbeddingModel(EmbeddingModel):
    """An embedding model; one request may have 32 texts."""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, _TEXTS_PER_CALL)

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        body = super().encode(request)
        if request.dimensions is not None:
            body.setdefault("output_dimension", body.pop("dimensions"))
        return body
