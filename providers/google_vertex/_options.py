"""The options of models on Google Cloud: those of the Gemini API. Claude has those of ``anthropic``."""

from __future__ import annotations

from typing import Any, TypedDict

from ai_sdk.providers.google._options import (
    GoogleEmbeddingOptions,
    GoogleImageOptions,
    GoogleOptions,
    GoogleSpeechOptions,
    GoogleVideoOptions,
)

__all__ = [
    "GoogleVertexEmbeddingOptions",
    "GoogleVertexImageOptions",
    "GoogleVertexOptions",
    "GoogleVertexSpeechOptions",
    "GoogleVertexTranscriptionOptions",
    "GoogleVertexVideoOptions",
]

GoogleVertexOptions = GoogleOptions
GoogleVertexEmbeddingOptions = GoogleEmbeddingOptions
GoogleVertexImageOptions = GoogleImageOptions
GoogleVertexVideoOptions = GoogleVideoOptions
GoogleVertexSpeechOptions = GoogleSpeechOptions


class GoogleVertexTranscriptionOptions(TypedDict, total=False):
    """Options of Speech-to-Text, fields of its ``config``; Gemini's models have those of ``google``."""

    features: dict[str, Any]
    """``enableWordTimeOffsets``, ``diarizationConfig``, ``profanityFilter``, ..."""
    adaptation: dict[str, Any]
    """Phrases that help the recognition; ``prompt`` makes one of the words between its commas."""
    languageCodes: list[str]
    """Languages that may be spoken; ``language`` says one, and without any it is ``auto`` for Chirp, else ``en-US``."""
    explicitDecodingConfig: dict[str, Any]
    """What raw sound is."""
    recognizer: str
    """The recognizer to ask; ``_``, which has no settings of its own, unless given."""
    uri: str
    """Sound in Cloud Storage, in place of that of the request."""
