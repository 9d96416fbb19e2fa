"""Options of Replicate, under ``provider_options={"replicate": {...}}``.

All other names go into the ``input`` of the model as they are: what a model takes is on its page, under ``API``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

__all__ = ["ReplicateImageOptions", "ReplicateLanguageOptions", "ReplicateOptions", "ReplicateVideoOptions"]


class ReplicateOptions(TypedDict, total=False):
    """How a prediction runs, for models of every kind."""

    wait: int | bool
    """So many seconds, 1 to 60, the first request stays open for the output; ``True``: 60, ``False``: it does not."""
    cancel_after: str
    """The prediction is canceled by Replicate itself after this time, at least ``"5s"``; ``"1h30m"``."""
    file_input: str
    """The model's own name for pictures that it is given; with ``[]`` at its end for one that takes a list."""
    webhook: str
    """An https URL that is told of new output."""
    webhook_events_filter: Sequence[Literal["start", "output", "logs", "completed"]]
    """What the webhook is told of."""


class ReplicateLanguageOptions(ReplicateOptions, total=False):
    """Options of language models."""

    prompt_template: str
    """How prompt and system prompt become what the model reads, with ``{prompt}`` and ``{system_prompt}`` (Llama)."""
    min_tokens: int
    """The answer has at least so many tokens."""
    length_penalty: float
    """Above 1.0 favours longer answers."""
    verbosity: Literal["low", "medium", "high"]
    """How long answers are (``openai/gpt-5``)."""
    thinking_budget: int
    """Tokens to think with (``google/gemini-2.5``)."""
    extended_thinking: bool
    """Whether to think first (``anthropic/claude``)."""


class ReplicateImageOptions(ReplicateOptions, total=False):
    """Options of image models."""

    output_format: Literal["webp", "jpg", "png"]
    """The format of the pictures."""
    output_quality: int
    """Their quality, 0 to 100; not for png."""
    negative_prompt: str
    """What not to show."""
    num_inference_steps: int
    """Steps of denoising."""
    guidance: float
    """How closely to follow the prompt (FLUX)."""
    guidance_scale: float
    """How closely to follow the prompt (Stable Diffusion)."""
    prompt_strength: float
    """How much of a given picture is painted over, 0 to 1."""
    safety_tolerance: int
    """How much is let through, from 1, the strictest."""
    disable_safety_checker: bool
    """Let everything through (FLUX schnell and dev, SDXL)."""
    go_fast: bool
    """Use the faster, quantised model (FLUX schnell and dev)."""
    prompt_upsampling: bool
    """Let the model write a longer prompt first."""
    megapixels: str
    """About how large a picture is, ``"1"`` or ``"0.25"`` (FLUX schnell and dev)."""
    style: str
    """The manner of the picture (Recraft, Ideogram)."""


class ReplicateVideoOptions(ReplicateOptions, total=False):
    """Options of video models."""

    negative_prompt: str
    """What not to show."""
    prompt_optimizer: bool
    """Let the model write a longer prompt first (MiniMax)."""
    generate_audio: bool
    """Whether there is sound (Veo)."""
    camera_fixed: bool
    """Whether the camera stands still (Seedance)."""
    last_frame_image: str
    """The URL of the last picture."""


RUNNING = frozenset(ReplicateOptions.__annotations__)
BODY: tuple[str, ...] = ("webhook", "webhook_events_filter")
Options = dict[str, Any]
