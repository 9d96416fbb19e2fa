"""Common models of Fireworks, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "EmbeddingModelId",
    "ImageModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownImageId",
    "KnownRerankingId",
    "KnownTranscriptionId",
    "ModelId",
    "RerankingModelId",
    "TranscriptionModelId",
]

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

KnownImageId: TypeAlias = Literal[
    "accounts/fireworks/models/flux-1-schnell-fp8",
    "accounts/fireworks/models/flux-1-dev-fp8",
    "accounts/fireworks/models/flux-kontext-pro",
    "accounts/fireworks/models/flux-kontext-max",
    "accounts/fireworks/models/playground-v2-5-1024px-aesthetic",
    "accounts/fireworks/models/stable-diffusion-xl-1024-v1-0",
    "accounts/fireworks/models/SSD-1B",
]

ImageModelId: TypeAlias = KnownImageId | str

KnownTranscriptionId: TypeAlias = Literal["whisper-v3", "whisper-v3-turbo"]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str

KnownRerankingId: TypeAlias = Literal["accounts/fireworks/models/qwen3-reranker-8b"]

RerankingModelId: TypeAlias = KnownRerankingId | str
