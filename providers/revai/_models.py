"""Rev AI's transcribers."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownModelId", "ModelId"]

KnownModelId: TypeAlias = Literal["machine", "low_cost", "fusion", "human"]
"""The common transcribers; ``human`` is a person, who takes hours."""

ModelId: TypeAlias = KnownModelId | str
"""A common transcriber, or any other."""
