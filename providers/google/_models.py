"""Google's models, and what can be told from their ids."""

from __future__ import annotations

import re
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
    "generation_of",
    "is_gemma",
    "knows_json_schema",
    "reasons",
    "takes_no_system",
]

KnownId: TypeAlias = Literal[
    "gemini-3.6-flash",
    "gemini-3.5-flash",
    "gemini-3.1-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3-pro-preview",
    "gemini-3-pro-image-preview",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "gemini-2.5-flash-image",
    "gemini-2.5-flash-preview-tts",
    "gemini-2.5-pro-preview-tts",
    "gemini-2.0-flash",
    "gemini-2.0-flash-lite",
    "gemini-flash-latest",
    "gemini-flash-lite-latest",
    "gemini-pro-latest",
    "gemma-3-27b-it",
]

ModelId: TypeAlias = KnownId | str
"""The id of a language model; any other string is taken too."""

KnownEmbeddingId: TypeAlias = Literal["gemini-embedding-001", "gemini-embedding-2"]

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
"""The id of an embedding model; any other string is taken too."""

KnownImageId: TypeAlias = Literal[
    "gemini-3-pro-image-preview",
    "gemini-2.5-flash-image",
    "imagen-4.0-generate-001",
    "imagen-4.0-fast-generate-001",
    "imagen-4.0-ultra-generate-001",
    "imagen-3.0-capability-001",
]

ImageModelId: TypeAlias = KnownImageId | str
"""The id of an image model; any other string is taken too."""

KnownVideoId: TypeAlias = Literal[
    "veo-3.1-generate-preview",
    "veo-3.1-fast-generate-preview",
    "veo-3.1-generate-001",
    "veo-3.1-fast-generate-001",
    "veo-3.0-generate-001",
    "veo-3.0-fast-generate-001",
    "veo-2.0-generate-001",
]

VideoModelId: TypeAlias = KnownVideoId | str
"""The id of a video model; any other string is taken too."""

KnownSpeechId: TypeAlias = Literal[
    "gemini-3.8-flash-tts",
    "gemini-3.8-flash-lite-tts",
    "gemini-3.1-flash-tts-preview",
    "gemini-2.5-flash-preview-tts",
    "gemini-2.5-pro-preview-tts",
]

SpeechModelId: TypeAlias = KnownSpeechId | str
"""The id of a speech model; any other string is taken too."""

KnownTranscriptionId: TypeAlias = Literal["gemini-3.5-transcribe", "gemini-2.5-flash"]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str
"""The id of a transcription model; any other string is taken too."""

_GEMINI = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_NEWEST = (3, 0)
_NO_SYSTEM = re.compile(r"(?:.*/)?gemma-[123]")
_SPECIAL = re.compile(r"-(?:image|tts|embedding|audio|live|native)\b")


def generation_of(model_id: str) -> tuple[int, int] | None:
    """``(2, 5)`` of gemini-2.5-flash; of an alias such as gemini-flash-latest the newest; None of what is no Gemini."""
    name = model_id.rpartition("/")[2]
    if match := _GEMINI.match(name):
        return int(match[1]), int(match[2] or 0)
    return _NEWEST if name.startswith("gemini-") else None


def is_gemma(model_id: str) -> bool:
    """Whether it is an open model, which takes neither JSON formats nor thinking settings."""
    return model_id.rpartition("/")[2].startswith("gemma-")


def takes_no_system(model_id: str) -> bool:
    """Whether instructions must stand in the first message of the user (vendor documents)."""
    return _NO_SYSTEM.match(model_id) is not None


def knows_json_schema(model_id: str) -> bool:
    """Whether it takes JSON Schema as it is: Gemini 2.0 and later (recorded). Others take the OpenAPI dialect."""
    generation = generation_of(model_id)
    return generation is not None and generation >= (2, 0)


def reasons(model_id: str) -> bool:
    """Whether it has thinking settings: Gemini 2.5 and later, but for the models of pictures and speech."""
    generation = generation_of(model_id)
    return generation is not None and generation >= (2, 5) and _SPECIAL.search(model_id) is None
