"""Groq's speech models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.speech import SpeechModel

__all__ = ["GroqSpeechModel"]

_VOICES = {
    "canopylabs/orpheus-v1-english": "troy",
    "canopylabs/orpheus-arabic-saudi": "fahad",
    "playai-tts": "Fritz-PlayAI",
    "playai-tts-arabic": "Ahmad-PlayAI",
}


class GroqSpeechModel(SpeechModel):
    """A speech model. A request needs a voice: without one it is the first that Groq's documents name for the model.

    Orpheus speaks WAV alone and is asked for it; directions such as ``[cheerful]`` stand in its text (documents).
    """

    formats: ClassVar[Mapping[str, str] | None] = FrozenDict(
        {"mp3": "mp3", "wav": "wav", "flac": "flac", "ogg": "ogg", "mulaw": "mulaw"}
    )
    speeds: ClassVar[tuple[float, float] | None] = (0.5, 5.0)

    def voice(self) -> str | None:
        """The voice when a request names none."""
        return _VOICES.get(self.model_id, "troy")

    def usual_format(self) -> str | None:
        """The format that is asked for when a request names none."""
        return "wav" if self.model_id.startswith("canopylabs/orpheus") else None

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"speed": "speed"}
