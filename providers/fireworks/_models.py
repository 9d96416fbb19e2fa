"""Common models of Fireworks, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["EmbeddingModelId", "KnownEmbeddingId", "KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "accounts/fireworks/models/deepseek-v3p2",
    "accounts/fireworks/models/deepseek-v4-pro",
    "accounts/fireworks/models/glm-5",
    "accounts/fireworks/models/gpt-oss-120b",
    "accounts/fireworks/models/gpt-oss-20b",
    "accounts/fireworks/models/kimi-k2p5",
    "accounts/fireworks/models/llama-v3p3-70b-instruct",
    "accounts/fireworks/models/minimax-m2p5",
    "accounts/fireworks/models/qwen3-235b-a22b",
]

ModelId: TypeAlias = KnownId | str

KnownEmbeddingId: TypeAlias = Literal["nomic-ai/nomic-embed-text-v1.5", "accounts/fireworks/models/qwen3-embedding-8b"]

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
