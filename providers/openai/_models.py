"""The ids of OpenAI's common models."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "EmbeddingModelId",
    "ImageModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownImageId",
    "KnownSpeechId",
    "KnownTranscriptionId",
    "KnownVideoId",
    "ModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "VideoModelId",
]

KnownId: TypeAlias = Literal[
    "gpt-5.6",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.3-codex",
    "gpt-5.2",
    "gpt-5.1",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5-pro",
    "gpt-5-codex",
    "gpt-5-chat-latest",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4o",
    "gpt-4o-mini",
    "o4-mini",
    "o3",
    "o3-pro",
    "o3-mini",
    "o1",
]

ModelId: TypeAlias = KnownId | str
"""A model id; those that are common are offered by editors, any other works as well."""

KnownEmbeddingId: TypeAlias = Literal["text-embedding-3-large", "text-embedding-3-small", "text-embedding-ada-002"]

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str

KnownImageId: TypeAlias = Literal[
    "gpt-image-2", "gpt-image-1.5", "gpt-image-1", "gpt-image-1-mini", "chatgpt-image-latest", "dall-e-3", "dall-e-2"
]

ImageModelId: TypeAlias = KnownImageId | str

KnownSpeechId: TypeAlias = Literal["gpt-4o-mini-tts", "tts-1", "tts-1-hd"]

SpeechModelId: TypeAlias = KnownSpeechId | str

KnownTranscriptionId: TypeAlias = Literal[
    "gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize", "whisper-1"
]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str

KnownVideoId: TypeAlias = Literal["sora-2", "sora-2-pro"]

VideoModelId: TypeAlias = KnownVideoId | str
