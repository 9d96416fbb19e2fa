"""Models of Black Forest Labs, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["ImageModelId", "KnownImageId"]

KnownImageId: TypeAlias = Literal[
    "flux-2-flex",
    "flux-2-klein-4b",
    "flux-2-klein-9b",
    "flux-2-max",
    "flux-2-pro",
    "flux-2-pro-preview",
    "flux-dev",
    "flux-kontext-max",
    "flux-kontext-pro",
    "flux-pro-1.0-expand",
    "flux-pro-1.0-fill",
    "flux-pro-1.1",
    "flux-pro-1.1-ultra",
]
ImageModelId: TypeAlias = KnownImageId | str
