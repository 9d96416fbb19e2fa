"""OpenAI's speech models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible.speech import SpeechModel

__all__ = ["OpenAISpeechModel"]


class OpenAISpeechModel(SpeechModel):
    """A speech model; ``tts-1`` and ``tts-1-hd`` follow no instructions (vendor documents)."""

    formats: ClassVar[Mapping[str, str] | None] = FrozenDict(
        {"mp3": "mp3", "opus": "opus", "ogg": "opus", "aac": "aac", "flac": "flac", "wav": "wav", "pcm": "pcm"}
    )
    speeds: ClassVar[tuple[float, float] | None] = (0.25, 4.0)

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        speed = {"speed": "speed"}
        return speed if self.model_id.startswith("tts-1") else {**speed, "instructions": "instructions"}
