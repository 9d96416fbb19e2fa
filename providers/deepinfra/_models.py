"""Common models of DeepInfra, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "EmbeddingModelId",
    "ImageModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownImageId",
    "KnownRerankingId",
    "KnownSpeechId",
    "KnownTranscriptionId",
    "ModelId",
    "RerankingModelId",
    "SpeechModelId",
    "TranscriptionModelId",
]

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

KnownImageId: TypeAlias = Literal[
    "black-forest-labs/FLUX-1-schnell", "black-forest-labs/FLUX-1-dev", "stabilityai/sd3.5"
]

ImageModelId: TypeAlias = KnownImageId | str

KnownSpeechId: TypeAlias = Literal["hexgrad/Kokoro-82M", "sesame/csm-1b", "canopylabs/orpheus-3b-0.1-ft"]

SpeechModelId: TypeAlias = KnownSpeechId | str

KnownTranscriptionId: TypeAlias = Literal["openai/whisper-large-v3", "openai/whisper-large-v3-turbo"]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str

KnownRerankingId: TypeAlias = Literal["Qwen/Qwen3-Reranker-0.6B", "Qwen/Qwen3-Reranker-4B", "Qwen/Qwen3-Reranker-8B"]

RerankingModelId: TypeAlias = KnownRerankingId | str
