"""What ``provider_options={"openai": {...}}`` may say of pictures, sound and film, in OpenAI's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["OpenAIImageOptions", "OpenAISpeechOptions", "OpenAITranscriptionOptions", "OpenAIVideoOptions"]


class OpenAIImageOptions(TypedDict, total=False):
    """Options of pictures; what is not here goes out as a field of the body as well."""

    quality: Literal["auto", "low", "medium", "high", "standard", "hd"]
    """``standard`` and ``hd`` are words of dall-e-3, the others of the GPT image models."""
    background: Literal["auto", "transparent", "opaque"]
    """A transparent one needs PNG or WebP (GPT image models)."""
    output_format: Literal["png", "jpeg", "webp"]
    """The format of the pictures (GPT image models)."""
    output_compression: int
    """Quality of JPEG and WebP, 0 to 100 (GPT image models)."""
    moderation: Literal["auto", "low"]
    """How strict the filter is (GPT image models, new pictures)."""
    input_fidelity: Literal["high", "low"]
    """How close an edit keeps to the pictures that it is given (gpt-image-1 and later)."""
    style: Literal["vivid", "natural"]
    """Of dall-e-3."""
    response_format: Literal["b64_json", "url"]
    """Of dall-e; URLs are fetched."""
    user: str
    """A stable name of the end user."""


class OpenAISpeechOptions(TypedDict, total=False):
    """Options of speech; what is not here goes out as a field of the body as well."""

    voice: str | Mapping[str, str]
    """``{"id": "voice_..."}`` is a voice of your own."""


class OpenAITranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; what is not here goes out as a field of the form as well."""

    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]
    """What to answer; of ``srt`` and ``vtt`` the text of the result is the file."""
    timestamp_granularities: Sequence[Literal["word", "segment"]]
    """Times of words as well (whisper-1)."""
    include: Sequence[Literal["logprobs"]]
    """Log probabilities, in the provider metadata (GPT models)."""
    chunking_strategy: str | Mapping[str, Any]
    """``auto``, or ``{"type": "server_vad", ...}``."""
    known_speaker_names: Sequence[str]
    """Names for the speakers (diarizing models)."""
    known_speaker_references: Sequence[str]
    """Samples of their voices as ``data:`` URLs, in the same order."""
    keywords: Sequence[str]
    """Words that occur (gpt-transcribe)."""
    languages: Sequence[str]
    """Languages that may occur (gpt-transcribe)."""


class OpenAIVideoOptions(TypedDict, total=False):
    """Options of films; what is not here goes out as a field of the body as well."""

    variant: Literal["video", "thumbnail", "spritesheet"]
    """What to fetch of the job that is done."""
    input_reference: Mapping[str, str]
    """``{"file_id": ...}`` or ``{"image_url": ...}``; ``image`` of the request says the same."""
