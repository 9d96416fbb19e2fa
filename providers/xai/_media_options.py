"""What ``provider_options={"xai": {...}}`` may say of pictures, sound and film, in xAI's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["XAIImageOptions", "XAISpeechOptions", "XAITranscriptionOptions", "XAIVideoOptions"]


class XAIImageOptions(TypedDict, total=False):
    """Options of pictures; other fields go into the body as they are."""

    resolution: Literal["1k", "2k"]
    """How large the pictures are."""
    quality: Literal["low", "medium", "high"]
    """How well they are made."""
    response_format: Literal["b64_json", "url"]
    """URLs are fetched."""
    user: str
    """A name for the end user."""


class XAISpeechOptions(TypedDict, total=False):
    """Options of speech; other fields go into the body as they are."""

    output_format: Mapping[str, Any]
    """``codec``, ``sample_rate`` and ``bit_rate``; added to the format of the request."""
    optimize_streaming_latency: Literal[0, 1]
    """Begin sooner."""
    text_normalization: bool
    """Speak numbers and units as they are said."""


class XAITranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    diarize: bool
    """Tell speakers apart, word by word."""
    format: bool
    """Write numbers and units as they are written; needs a language."""
    keyterm: Sequence[str]
    """Words that occur, up to 100."""
    multichannel: bool
    """Write down each channel by itself."""
    channels: int
    """How many channels there are."""
    audio_format: Literal["pcm", "mulaw", "alaw"]
    """Of raw audio, which needs ``sample_rate`` too."""
    sample_rate: int
    """Samples per second of raw audio."""
    filler_words: bool
    """Keep words such as "um"."""
    url: str
    """Where the audio is; then that of the request does not go out."""


class XAIVideoOptions(TypedDict, total=False):
    """Options of films; other fields go into the body as they are."""

    resolution: Literal["480p", "720p"]
    """How large the film is."""
    user: str
    """A name for the end user."""
