"""The models that v0 had."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal["v0-1.0-md", "v0-1.5-md", "v0-1.5-lg"]

ModelId: TypeAlias = KnownId | str
