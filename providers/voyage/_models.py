"""Voyage AI's common model ids."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["EmbeddingModelId", "KnownEmbeddingId", "KnownRerankId", "RerankModelId"]

KnownEmbeddingId: TypeAlias = Literal[
    "voyage-4-large",
    "voyage-4",
    "voyage-4-lite",
    "voyage-3-large",
    "voyage-3.5",
    "voyage-3.5-lite",
    "voyage-code-3",
    "voyage-finance-2",
    "voyage-law-2",
]
"""The common embedding models."""

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
"""A common embedding model, or any other."""

KnownRerankId: TypeAlias = Literal["rerank-2.5", "rerank-2.5-lite", "rerank-2", "rerank-2-lite"]
"""The common reranking models."""

RerankModelId: TypeAlias = KnownRerankId | str
"""A common reranking model, or any other."""
