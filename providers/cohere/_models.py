"""Cohere's common model ids, and what is told by an id."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

__all__ = [
    "EmbeddingModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownRerankId",
    "ModelId",
    "RerankModelId",
    "never_reasons",
]

KnownId: TypeAlias = Literal[
    "command-a-plus-05-2026",
    "command-a-03-2025",
    "command-a-reasoning-08-2025",
    "command-a-vision-07-2025",
    "command-a-translate-08-2025",
    "command-r7b-12-2024",
    "command-r7b-arabic-02-2025",
    "command-r-plus-08-2024",
    "command-r-08-2024",
    "c4ai-aya-expanse-8b",
    "c4ai-aya-expanse-32b",
    "c4ai-aya-vision-8b",
    "c4ai-aya-vision-32b",
]
"""The common language models."""

ModelId: TypeAlias = KnownId | str
"""A common language model, or any other."""

KnownEmbeddingId: TypeAlias = Literal[
    "embed-v4.0",
    "embed-english-v3.0",
    "embed-english-light-v3.0",
    "embed-multilingual-v3.0",
    "embed-multilingual-light-v3.0",
]
"""The common embedding models."""

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
"""A common embedding model, or any other."""

KnownRerankId: TypeAlias = Literal[
    "rerank-v4.0-pro",
    "rerank-v4.0-fast",
    "rerank-v3.5",
    "rerank-english-v3.0",
    "rerank-multilingual-v3.0",
]
"""The common reranking models."""

RerankModelId: TypeAlias = KnownRerankId | str
"""A common reranking model, or any other."""

_NEVER = re.compile(r"command(?:-light|-nightly)?$|command-r|command-a-(?:03-2025|vision|translate)|c4ai-")


def never_reasons(model_id: str) -> bool:
    """Whether it is known to have no thinking (vendor documents); a model that nobody knows may have it."""
    return _NEVER.match(model_id) is not None
