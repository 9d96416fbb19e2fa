"""What Luma takes beyond the settings that all providers share. Every other field goes into the body as it is."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["LumaImageOptions", "LumaVideoOptions"]


class LumaImageOptions(TypedDict, total=False):
    """``provider_options={"luma": {...}}`` of an image request."""

    reference: Literal["modify", "image", "style", "character"]
    """What the pictures of the request are for; by default one is changed (``modify``), several are an ``image``."""
    weight: float
    """How much the pictures count, 0 to 1; not for ``character``."""
    format: Literal["jpg", "png"]
    """The format of the picture; ``jpg`` unless said otherwise."""
    image_ref: list[dict[str, Any]]
    """Up to four ``{"url", "weight"}`` to follow."""
    style_ref: list[dict[str, Any]]
    """``{"url", "weight"}`` whose style to follow."""
    character_ref: dict[str, Any]
    """``{"identity0": {"images": [URL]}}``: a person to show."""
    modify_image_ref: dict[str, Any]
    """``{"url", "weight"}``: a picture to change."""
    sync: bool
    """Luma answers when the picture is done."""
    sync_timeout: float
    """How long ``sync`` waits, in seconds; 60 unless said otherwise."""
    callback_url: str
    """Where Luma tells of the generation, too."""


class LumaVideoOptions(TypedDict, total=False):
    """``provider_options={"luma": {...}}`` of a video request."""

    keyframes: dict[str, Any]
    """``frame0`` and ``frame1``: ``{"type": "image", "url"}`` or ``{"type": "generation", "id"}``."""
    loop: bool
    """Whether the end goes over into the beginning."""
    concepts: list[dict[str, Any]]
    """``{"key": "dolly_zoom"}`` and the like."""
    callback_url: str
    """Where Luma tells of the generation, too."""
