"""Speech models of LMNT: ``POST /v1/ai/speech/bytes``, whose answer is the bytes of the audio."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Exchange, ProviderModel, options_of, unsupported
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken

__all__ = ["DEFAULT_VOICE", "LMNTSpeechModel"]

DEFAULT_VOICE = "leah"

_MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "webm": "audio/webm",
    "ulaw": "audio/wav",
    "pcm_s16le": "audio/pcm",
    "pcm_f32le": "audio/pcm",
}
_WORDS = {"pcm": "pcm_s16le", "mulaw": "ulaw", "opus": "webm", **{word: word for word in _MEDIA_TYPES}}


class LMNTSpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; with ``stream`` the audio is given out as it arrives. Without a voice it is ``DEFAULT_VOICE``."""

    kind = "speech"

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not request.text.strip():
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        warnings: list[CallWarning] = []
        body: dict[str, Any] = {
            "text": request.text,
            "voice": request.voice or DEFAULT_VOICE,
            "model": self.model_id,
            **_format(request, warnings),
        }
        if request.language is not None:
            body["language"] = request.language
        if request.speed is not None and self.model_id == "blizzard":
            warnings.append(unsupported("speed", "blizzard has one speed"))
        elif request.speed is not None:
            body["speed"] = request.speed
        if request.instructions is not None:
            warnings.append(unsupported("instructions", "LMNT's models take none"))
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        kind = _MEDIA_TYPES.get(str(body.get("format", "mp3")), "application/octet-stream")
        return await spoken(exchange, "/v1/ai/speech/bytes", body, request, media_type=kind, warnings=warnings)


def _format(request: SpeechRequest, warnings: list[CallWarning]) -> dict[str, Any]:
    """The vendor's word for a format: its ``ulaw`` is in a WAV file, its Opus in a WebM file."""
    asked = request.output_format
    word = _WORDS.get(asked or "")
    if asked is not None and word is None:
        warnings.append(unsupported("output_format", f"LMNT has no {asked!r}, only {', '.join(_WORDS)}"))
    if asked == "opus":
        warnings.append(CallWarning("compatibility", "output_format", "the Opus audio is in a WebM file"))
    return {} if word is None else {"format": word}
