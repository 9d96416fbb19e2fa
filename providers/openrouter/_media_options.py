"""What ``provider_options={"openrouter": {...}}`` may say of pictures, sound and film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = [
    "OpenRouterImageOptions",
    "OpenRouterSpeechOptions",
    "OpenRouterTranscriptionOptions",
    "OpenRouterVideoOptions",
]


class OpenRouterImageOptions(TypedDict, total=False):
    """Options of pictures; other fields go into the body as they are."""

    resolution: Literal["512", "1K", "2K", "4K"]
    """How large the pictures are."""
    quality: Literal["auto", "low", "medium", "high"]
    """How well they are made."""
    background: Literal["auto", "transparent", "opaque"]
    """What is behind."""
    output_format: Literal["png", "jpeg", "webp", "svg"]
    """The format of the pictures."""
    output_compression: int
    """Quality of JPEG and WebP, 0 to 100."""
    provider: Mapping[str, Any]
    """Which upstream providers may serve."""


class OpenRouterSpeechOptions(TypedDict, total=False):
    """Options of speech; other fields go into the body as they are."""

    input_references: Sequence[Mapping[str, Any]]
    """A sample of the voice to imitate."""
    provider: Mapping[str, Any]
    """Options of the upstream providers."""


class OpenRouterTranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    timestamp_granularities: Sequence[Literal["word", "segment"]]
    """Give the times of words as well."""


class OpenRouterVideoOptions(TypedDict, total=False):
    """Options of films; other fields go into the body as they are."""

    generate_audio: bool
    """With sound, where the model can."""
    input_references: Sequence[Mapping[str, Any]]
    """Pictures, sounds and films to keep to."""
    provider: Mapping[str, Any]
    """Options of the upstream providers."""
