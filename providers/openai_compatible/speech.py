"""Speech models: ``POST /audio/speech``, whose answer is the bytes of the audio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.provider import Exchange, ProviderModel, options_of, unsupported
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken
from ai_sdk.wire import check_text

__all__ = ["SpeechModel", "audio_type_of"]

_MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "raw": "audio/pcm",
    "mulaw": "audio/basic",
}
_SETTINGS = ("instructions", "speed", "language")


def audio_type_of(word: object) -> str:
    """The media type of a format by the wire's word for it."""
    return _MEDIA_TYPES.get(str(word), "application/octet-stream")


class SpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; with ``stream`` the audio is given out as it arrives. Without a voice it is ``alloy``.

    A subclass says: ``formats``, our words for formats and the wire's, None takes any word; ``default_format``, what
    the server gives when not asked; ``speeds``, from and to.
    """

    kind = "speech"
    path = "/audio/speech"
    default_format = "mp3"
    formats: ClassVar[Mapping[str, str] | None] = None
    speeds: ClassVar[tuple[float, float] | None] = None

    def voice(self) -> str | None:
        """The voice when a request names none."""
        return "alloy"

    def settings(self) -> Mapping[str, str]:
        """The fields of a request that the model has, and the wire's words for them."""
        return {"instructions": "instructions", "speed": "speed"}

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        check_text(request.text)
        body: dict[str, Any] = {"model": self.model_id, "input": request.text}
        if (voice := request.voice or self.voice()) is not None:
            body["voice"] = voice
        word = request.output_format
        if (asked := self.format_of(word) if word is not None else self.usual_format()) is not None:
            body["response_format"] = asked
        self._check_speed(request.speed)
        warnings: list[CallWarning] = []
        settings = self.settings()
        for field in _SETTINGS:
            value = getattr(request, field)
            if value is not None and field in settings:
                body[settings[field]] = value
            elif value is not None:
                warnings.append(unsupported(field, f"{self.model_id} has no setting {field}"))
        body |= options_of(request, self.provider)
        if body.get("stream_format") == "sse":
            raise UnsupportedError("speech is streamed as bytes, not as events", field="provider_options")
        return body, warnings

    def usual_format(self) -> str | None:
        """The format that is asked for when a request names none; None leaves it to the server."""
        return None

    def format_of(self, word: str) -> str:
        """The wire's word for a format; ``InvalidRequestError`` for one that there is not."""
        if self.formats is None:
            return word
        if word not in self.formats:
            allowed = ", ".join(self.formats)
            raise InvalidRequestError(f"output_format is {word!r:.80}; allowed are {allowed}", field="output_format")
        return self.formats[word]

    def _check_speed(self, speed: float | None) -> None:
        if speed is not None and self.speeds is not None and not self.speeds[0] <= speed <= self.speeds[1]:
            low, high = self.speeds
            raise InvalidRequestError(f"speed is {speed!r}; allowed is from {low:g} to {high:g}", field="speed")

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        asked = audio_type_of(body.get("response_format", self.default_format))
        return await spoken(exchange, self.path, body, request, media_type=asked, warnings=warnings)
