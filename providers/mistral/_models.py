"""Mistral's common model ids, and what is told by an id."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

__all__ = [
    "EmbeddingModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownSpeechId",
    "KnownTranscriptionId",
    "ModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "always_reasons",
    "never_reasons",
]

KnownId: TypeAlias = Literal[
    "mistral-large-latest",
    "mistral-large-2512",
    "mistral-medium-latest",
    "mistral-medium-3-5",
    "mistral-medium-2508",
    "mistral-medium-2505",
    "mistral-small-latest",
    "mistral-small-2603",
    "mistral-small-2506",
    "magistral-medium-latest",
    "magistral-small-latest",
    "ministral-3b-latest",
    "ministral-8b-latest",
    "ministral-14b-latest",
    "codestral-latest",
    "codestral-2508",
    "devstral-medium-latest",
    "devstral-small-latest",
    "voxtral-small-latest",
    "pixtral-large-latest",
    "pixtral-12b-latest",
    "open-mistral-nemo",
    "mistral-tiny",
]
"""The common language models."""

ModelId: TypeAlias = KnownId | str
"""A common language model, or any other."""

KnownEmbeddingId: TypeAlias = Literal["mistral-embed", "codestral-embed"]
"""The embedding models."""

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
"""An embedding model that is known, or any other."""

_NEVER = re.compile(
    r"(?:open-|codestral|devstral|ministral(?!.*reasoning)|pixtral|voxtral|mistral-(?:tiny|large|nemo|saba|medium-2\d|"
    r"small-2[45]))"
)


def always_reasons(model_id: str) -> bool:
    """Whether it is a model that reasons without being asked, Magistral."""
    return model_id.startswith("magistral")


def never_reasons(model_id: str) -> bool:
    """Whether it is known to have no reasoning (vendor documents); a model that nobody knows may have it."""
    return _NEVER.match(model_id) is not None


KnownSpeechId: TypeAlias = Literal["voxtral-mini-tts-latest"]

SpeechModelId: TypeAlias = KnownSpeechId | str

KnownTranscriptionId: TypeAlias = Literal["voxtral-mini-latest", "voxtral-mini-2507"]

TranscriptionModelId: TypeAlias = KnownTranscriptionId | str
