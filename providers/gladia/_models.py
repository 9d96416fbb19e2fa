"""Gladia's transcription models."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownModelId", "ModelId"]

KnownModelId: TypeAlias = Literal["default", "solaria-1", "solaria-3"]
"""The common models; ``default`` leaves the choice to the vendor."""

ModelId: TypeAlias = KnownModelId | str
"""A common model, or any other."""
