"""xAI's speech: ``POST /tts``, which has one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import Exchange, options_of
from ai_sdk.providers.openai_compatible.speech import SpeechModel, audio_type_of
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken
from ai_sdk.wire import object_of

__all__ = ["XAISpeechModel"]


class XAISpeechModel(SpeechModel):
    """Speech; the id of the model does not go out. Without a voice it is ``eve``, without a language ``auto``."""

    path = "/tts"
    formats: ClassVar[Mapping[str, str] | None] = FrozenDict(
        {"mp3": "mp3", "wav": "wav", "pcm": "pcm", "mulaw": "mulaw", "alaw": "alaw"}
    )

    def voice(self) -> str | None:
        """The voice when a request names none."""
        return "eve"

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"language": "language"}

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        said, warnings = super().encode(request)
        options = options_of(request, self.provider)
        body: dict[str, Any] = {"text": request.text, "voice_id": request.voice or self.voice()}
        body["language"] = said.get("language", "auto")
        if "response_format" in said:
            body["output_format"] = {"codec": said["response_format"]}
        wanted = options.pop("output_format", None)
        if wanted is not None:
            body["output_format"] = {"codec": "mp3", **body.get("output_format", {}), **object_of(wanted)}
        return {**body, **options}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        kind = audio_type_of(object_of(body.get("output_format")).get("codec", self.default_format))
        return await spoken(exchange, self.path, body, request, media_type=kind, warnings=warnings)
