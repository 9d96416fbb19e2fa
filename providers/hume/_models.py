"""The speech model of Hume, for completion in editors."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "SpeechModelId"]

KnownId: TypeAlias = Literal["octave", "octave-1", "octave-2"]

SpeechModelId: TypeAlias = KnownId | str
