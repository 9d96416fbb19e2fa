"""Transcription models of OpenRouter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

__all__ = ["OpenRouterTranscriptionModel"]


class OpenRouterTranscriptionModel(TranscriptionModel):
    """A transcription model; the speakers of words and segments are numbers, here as text."""

    settings: ClassVar[Mapping[str, str]] = FrozenDict({"language": "language", "temperature": "temperature"})
