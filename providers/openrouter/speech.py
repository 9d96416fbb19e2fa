"""Speech models of OpenRouter: ``POST /audio/speech``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.speech import SpeechModel

__all__ = ["OpenRouterSpeechModel"]


class OpenRouterSpeechModel(SpeechModel):
    """A speech model; without a voice it is the model's own. MP3 unless said otherwise."""

    formats: ClassVar[Mapping[str, str] | None] = FrozenDict({"mp3": "mp3", "pcm": "pcm"})

    def voice(self) -> str | None:
        """None: the server chooses."""
        return None

    def usual_format(self) -> str | None:
        """The server's own is bare PCM."""
        return "mp3"

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"speed": "speed"}
