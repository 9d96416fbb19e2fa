"""What Black Forest Labs takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["BlackForestLabsImageOptions"]


class BlackForestLabsImageOptions(TypedDict, total=False):
    """``provider_options={"black_forest_labs": {...}}``; other fields go into the body as they are."""

    output_format: Literal["jpeg", "png", "webp"]
    """The format of the picture; ``jpeg`` unless said otherwise."""
    safety_tolerance: int
    """From 0, the strictest, to 6, or to 5 for FLUX.2."""
    prompt_upsampling: bool
    """Whether the prompt is rewritten first."""
    raw: bool
    """Ultra: less polished, more natural."""
    image_prompt_strength: float
    """Ultra: how much the picture counts beside the prompt, 0 to 1."""
    steps: int
    """How many steps to take, where the model lets you choose."""
    guidance: float
    """How closely to follow the prompt, where the model lets you choose."""
    top: int
    """Expand: pixels to add above; ``bottom``, ``left`` and ``right`` likewise."""
    bottom: int
    """Expand: pixels to add below."""
    left: int
    """Expand: pixels to add on the left."""
    right: int
    """Expand: pixels to add on the right."""
    webhook_url: str
    """Where the provider tells of the task, too."""
    webhook_secret: str
    """Signs what it tells there."""
