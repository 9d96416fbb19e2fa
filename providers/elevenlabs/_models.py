"""Common models of ElevenLabs, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownListener", "KnownSpeaker", "SpeechModelId", "TranscriptionModelId"]

KnownSpeaker: TypeAlias = Literal[
    "eleven_v3",
    "eleven_multilingual_v2",
    "eleven_flash_v2_5",
    "eleven_flash_v2",
    "eleven_turbo_v2_5",
    "eleven_turbo_v2",
]

KnownListener: TypeAlias = Literal["scribe_v2", "scribe_v1"]

SpeechModelId: TypeAlias = KnownSpeaker | str
TranscriptionModelId: TypeAlias = KnownListener | str
