"""Common models of TogetherAI, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "ImageModelId",
    "KnownId",
    "KnownImageId",
    "KnownRerankingId",
    "KnownSpeechId",
    "KnownTranscriptionId",
    "KnownVideoId",
    "ModelId",
    "RerankingModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "VideoModelId",
]

KnownId: TypeAlias = Literal[
    "MiniMaxAI/MiniMax-M2.7",
    "Qwen/Qwen3-235B-A22B-Instruct-2507-tput",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8",
    "Qwen/Qwen3.5-397B-A17B",
    "deepseek-ai/DeepSeek-R1",
    "deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-V3-1",
    "deepseek-ai/DeepSeek-V4-Pro",
    "google/gemma-4-31B-it",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "moonshotai/Kimi-K2.5",
    "moonshotai/Kimi-K2.6",
    "openai/gpt-oss-120b",
    "zai-org/GLM-5.1",
]

ModelId: TypeAlias = KnownId | str

KnownImageId: TypeAlias = Literal[
    "black-forest-labs/FLUX.1-schnell",
    "black-forest-labs/FLUX.1-schnell-Free",
    "black-forest-labs/FLUX.1.1-pro",
    "black-forest-labs/FLUX.1-kontext-pro",
]

ImageModelId: TypeAlias = KnownImageId | str

KnownSpeechId: TypeAlias = Literal["cartesia/sonic", "hexgrad/Kokoro-82M", "canopylabs/orpheus-3b-0.1-ft"]

SpeechModelId: TypeAlias = KnownSpeechId | str

KnownTranscriptionId: TypeAlias = Literal["openai/whisper-large-v3"]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str

KnownRerankingId: TypeAlias = Literal["Salesforce/Llama-Rank-v1", "mixedbread-ai/Mxbai-Rerank-Large-V2"]

RerankingModelId: TypeAlias = KnownRerankingId | str

KnownVideoId: TypeAlias = Literal["minimax/hailuo-02", "google/veo-3.0", "openai/sora-2"]

VideoModelId: TypeAlias = KnownVideoId | str
