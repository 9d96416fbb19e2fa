"""Common models of LMNT, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "SpeechModelId"]

KnownId: TypeAlias = Literal["blizzard", "aurora"]

SpeechModelId: TypeAlias = KnownId | str
