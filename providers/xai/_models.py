"""xAI's current models, for completion in editors; any other id works as well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

__all__ = [
    "ImageModelId",
    "KnownId",
    "KnownImageId",
    "KnownVideoId",
    "ModelId",
    "VideoModelId",
    "efforts_of",
    "reasons",
]

KnownId: TypeAlias = Literal[
    "grok-latest",
    "grok-4.6",
    "grok-4.5",
    "grok-4.3",
    "grok-4.20-reasoning",
    "grok-4.20-non-reasoning",
    "grok-4.20-multi-agent",
    "grok-4-1-fast-reasoning",
    "grok-4-1-fast-non-reasoning",
    "grok-4-fast-reasoning",
    "grok-4-fast-non-reasoning",
    "grok-4",
    "grok-code-fast-1",
    "grok-3",
    "grok-3-mini",
]

ModelId: TypeAlias = KnownId | str

_NO_EFFORT = re.compile(r"grok-(?:[23](?!\d)|4(?:$|-)|4\.20(?:$|-)|code|beta|vision)")


def reasons(model_id: str) -> bool:
    """Whether the model reasons: those since grok-4 but for the ones that are called otherwise (vendor documents)."""
    if "non-reasoning" in model_id or model_id.startswith(("grok-2", "grok-beta", "grok-vision")):
        return False
    return not model_id.startswith("grok-3") or model_id.startswith("grok-3-mini")


def efforts_of(model_id: str) -> Sequence[str]:
    """The efforts that a model knows; those that know none refuse the setting (recorded, vendor documents)."""
    if model_id.startswith("grok-3-mini"):
        return ("low", "high")
    if "multi-agent" in model_id:
        return ("low", "medium", "high", "xhigh")
    if _NO_EFFORT.match(model_id) or not reasons(model_id):
        return ()
    if model_id.startswith("grok-4.3"):
        return ("none", "low", "medium", "high")
    return ("low", "medium", "high")


KnownImageId: TypeAlias = Literal["grok-imagine-image", "grok-imagine-image-pro", "grok-2-image"]

ImageModelId: TypeAlias = KnownImageId | str

KnownVideoId: TypeAlias = Literal["grok-imagine-video"]

VideoModelId: TypeAlias = KnownVideoId | str
