"""What Hume takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["HumeSpeechOptions", "Voice"]


class Voice(TypedDict, total=False):
    """A voice by ``id`` or by ``name``."""

    id: str
    """Its id."""
    name: str
    """Its name."""
    provider: Literal["HUME_AI", "CUSTOM_VOICE"]
    """Whether it is of Hume's library or of this account."""


class HumeSpeechOptions(TypedDict, total=False):
    """``provider_options={"hume": {...}}``; other fields go into the body as they are."""

    voice: Voice | None
    """The voice as the vendor writes it, ``{"provider": "CUSTOM_VOICE"}`` for the request's voice among your own; None:
    make one up from the instructions."""
    trailing_silence: float
    """Seconds of silence at the end."""
    context: dict[str, Any]
    """What was said before: ``{"generation_id": ...}`` or ``{"utterances": [...]}``."""
    utterances: list[dict[str, Any]]
    """All that is said, as the vendor writes it, in place of the request's text, voice, speed and instructions."""
    split_utterances: bool
    """Whether the vendor cuts the text into natural pieces."""
    strip_headers: bool
    """One file out of all pieces; True for a stream, whose pieces are joined in the result."""
    instant_mode: bool
    """Start sooner, with a given voice."""
    version: str
    """The version of Octave; wins over that of the model's id."""
