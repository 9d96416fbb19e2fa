"""What ``provider_options={"deepinfra": {...}}`` may say of pictures, sound and rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["DeepInfraImageOptions", "DeepInfraRerankOptions", "DeepInfraSpeechOptions", "DeepInfraTranscriptionOptions"]


class DeepInfraImageOptions(TypedDict, total=False):
    """Options of pictures; other fields go into the body as they are."""

    num_inference_steps: int
    """How many steps to take."""
    guidance_scale: float
    """How close to keep to the prompt."""
    negative_prompt: str
    """What not to show."""


class DeepInfraSpeechOptions(TypedDict, total=False):
    """Options of speech; other fields go into the body as they are."""

    extra_body: Mapping[str, Any]
    """Settings of the model."""
    service_tier: Literal["default", "priority"]
    """Be served first, at another price."""


class DeepInfraTranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    response_format: Literal["json", "verbose_json", "text", "srt", "vtt"]
    """``verbose_json``, with segments, unless said otherwise."""
    timestamp_granularities: Sequence[Literal["segment", "word"]]
    """Give the times of words as well."""


class DeepInfraRerankOptions(TypedDict, total=False):
    """Options of rankings; other fields go into the body as they are."""

    instruction: str
    """What the ranking is for (Qwen3 Reranker)."""
