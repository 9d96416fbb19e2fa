"""Speech models of TogetherAI: ``POST /audio/speech``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.speech import SpeechModel

__all__ = ["TogetherSpeechModel"]

_VOICES = {"cartesia/sonic": "laidback woman", "hexgrad/Kokoro": "af_alloy", "canopylabs/orpheus": "tara"}


class TogetherSpeechModel(SpeechModel):
    """A speech model. A request needs a voice: without one it is that of the vendor's examples for the model."""

    default_format = "wav"
    formats: ClassVar[Mapping[str, str] | None] = FrozenDict({"mp3": "mp3", "wav": "wav", "pcm": "raw", "raw": "raw"})

    def voice(self) -> str | None:
        """The voice when a request names none."""
        return next((voice for model, voice in _VOICES.items() if self.model_id.startswith(model)), "tara")

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"language": "language"}
