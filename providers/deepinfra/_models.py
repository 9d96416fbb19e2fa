"""Common models of DeepInfra, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["EmbeddingModelId", "KnownEmbeddingId", "KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "deepseek-ai/DeepSeek-V3.2",
    "google/gemini-2.5-flash",
    "google/gemini-2.5-pro",
    "google/gemma-3-27b-it",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "moonshotai/Kimi-K2.5",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "zai-org/GLM-5",
]

ModelId: TypeAlias = KnownId | str

KnownEmbeddingId: TypeAlias = Literal[
    "BAAI/bge-m3", "Qwen/Qwen3-Embedding-8B", "intfloat/multilingual-e5-large", "thenlper/gte-large"
]

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
