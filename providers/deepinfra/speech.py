"""Speech models of DeepInfra: ``POST /audio/speech``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.speech import SpeechModel

__all__ = ["DeepInfraSpeechModel"]


class DeepInfraSpeechModel(SpeechModel):
    """A speech model; without a voice it is the model's own."""

    default_format = "wav"
    formats: ClassVar[Mapping[str, str] | None] = FrozenDict(
        {"mp3": "mp3", "opus": "opus", "ogg": "opus", "flac": "flac", "wav": "wav", "pcm": "pcm"}
    )
    speeds: ClassVar[tuple[float, float] | None] = (0.25, 4.0)

    def voice(self) -> str | None:
        """None: the server chooses."""
        return None

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"speed": "speed"}
