"""What ``provider_options={"fireworks": {...}}`` may say of pictures, transcripts and rankings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

__all__ = ["FireworksImageOptions", "FireworksRerankOptions", "FireworksTranscriptionOptions"]


class FireworksImageOptions(TypedDict, total=False):
    """Options of pictures; other fields go into the body as they are."""

    guidance_scale: float
    """How close to keep to the prompt (FLUX.1)."""
    num_inference_steps: int
    """How many steps to take (FLUX.1)."""
    cfg_scale: float
    """How close to keep to the prompt (diffusion models with a size)."""
    steps: int
    """How many steps to take (diffusion models with a size)."""
    negative_prompt: str
    """What not to show (diffusion models with a size)."""
    safety_tolerance: int
    """How much to let through, 0 to 6 (FLUX Kontext)."""
    output_format: Literal["png", "jpeg"]
    """The format of the picture (FLUX Kontext)."""
    prompt_upsampling: bool
    """Write a longer prompt first (FLUX Kontext)."""


class FireworksTranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    timestamp_granularities: Sequence[Literal["word", "segment"]]
    """Give the times of words as well."""
    diarize: bool
    """Tell speakers apart; needs the times of words."""
    min_speakers: int
    """At least so many."""
    max_speakers: int
    """At most so many."""
    vad_model: Literal["silero", "whisperx-pyannet"]
    """What finds where somebody speaks."""
    alignment_model: Literal["mms_fa", "tdnn_ffn"]
    """What finds the times of words."""
    preprocessing: Literal["none", "dynamic", "soft_dynamic", "bass_dynamic"]
    """What is done to the audio first."""


class FireworksRerankOptions(TypedDict, total=False):
    """Options of rankings; other fields go into the body as they are."""

    task: str
    """What the ranking is for, in a sentence."""
