"""What ``provider_options={"togetherai": {...}}`` may say of pictures, sound and film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = [
    "TogetherAIImageOptions",
    "TogetherAIRerankOptions",
    "TogetherAISpeechOptions",
    "TogetherAITranscriptionOptions",
    "TogetherAIVideoOptions",
]


class TogetherAIImageOptions(TypedDict, total=False):
    """Options of pictures; other fields go into the body as they are."""

    steps: int
    """How many steps to take."""
    guidance_scale: float
    """How close to keep to the prompt."""
    negative_prompt: str
    """What not to show."""
    output_format: Literal["jpeg", "png"]
    """The format of the pictures; JPEG unless said otherwise."""
    image_loras: Sequence[Mapping[str, Any]]
    """LoRAs by ``path`` and ``scale``."""
    disable_safety_checker: bool
    """Let everything through."""


class TogetherAISpeechOptions(TypedDict, total=False):
    """Options of speech; other fields go into the body as they are."""

    response_encoding: Literal["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"]
    """Of raw audio and WAV."""
    sample_rate: int
    """Samples per second."""
    bit_rate: int
    """Of MP3."""


class TogetherAITranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    timestamp_granularities: Sequence[Literal["segment", "word"]]
    """Give the times of words as well."""
    diarize: bool
    """Tell speakers apart."""
    min_speakers: int
    """At least so many."""
    max_speakers: int
    """At most so many."""


class TogetherAIVideoOptions(TypedDict, total=False):
    """Options of films; other fields go into the body as they are."""

    steps: int
    """How many steps to take, 10 to 50."""
    guidance_scale: int
    """How close to keep to the prompt."""
    output_format: Literal["MP4", "WEBM"]
    """The format of the film."""
    output_quality: int
    """How much it is compressed."""
    negative_prompt: str
    """What not to show."""
    generate_audio: bool
    """With sound, where the model can."""
    reference_images: Sequence[str]
    """Pictures to keep to, as URLs."""


class TogetherAIRerankOptions(TypedDict, total=False):
    """Options of rankings; other fields go into the body as they are."""

    rank_fields: Sequence[str]
    """The fields of documents that are objects, in the order in which they count."""
