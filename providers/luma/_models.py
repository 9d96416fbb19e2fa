"""Models of Luma, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["ImageModelId", "KnownImageId", "KnownVideoId", "VideoModelId"]

KnownImageId: TypeAlias = Literal[
    "photon-1",
    "photon-flash-1",
]
ImageModelId: TypeAlias = KnownImageId | str
KnownVideoId: TypeAlias = Literal[
    "ray-2",
    "ray-flash-2",
]
VideoModelId: TypeAlias = KnownVideoId | str
