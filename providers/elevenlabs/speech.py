"""Speech models of ElevenLabs: ``POST /v1/text-to-speech/{voice}``, whose answer is the bytes of the audio."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Exchange, ProviderModel, options_of, unsupported
from ai_sdk.providers.elevenlabs._errors import refining
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse
from ai_sdk.streaming import spoken

__all__ = ["DEFAULT_VOICE", "ElevenLabsSpeechModel"]

DEFAULT_VOICE = "21m00Tcm4TlvDq8ikWAM"

_FORMATS = {
    "mp3": "mp3_44100_128",
    "pcm": "pcm_24000",
    "wav": "wav_24000",
    "opus": "opus_48000_128",
    "ulaw": "ulaw_8000",
    "mulaw": "ulaw_8000",
    "alaw": "alaw_8000",
}
_MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "opus": "audio/ogg",
    "ulaw": "audio/basic",
    "alaw": "audio/pcma",
}
_QUERY = ("output_format", "enable_logging", "optimize_streaming_latency")


class ElevenLabsSpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; with ``stream`` the audio is given out as it arrives. Without a voice it is ``DEFAULT_VOICE``."""

    kind = "speech"

    def encode(self, request: SpeechRequest) -> tuple[str, dict[str, Any], list[CallWarning]]:
        """The path with its query, the body of a request, and what they could not say; pure."""
        if not request.text.strip():
            raise InvalidRequestError("text is empty: there is nothing to say", field="text")
        options = options_of(request, self.provider)
        warnings: list[CallWarning] = []
        query = _query(request, options, warnings)
        body: dict[str, Any] = {"text": request.text, "model_id": self.model_id}
        if request.language is not None and "multilingual" in self.model_id:
            warnings.append(unsupported("language", f"{self.model_id} hears the language in the text"))
        elif request.language is not None:
            body["language_code"] = request.language
        if settings := _voice_settings(request, options):
            body["voice_settings"] = settings
        if request.instructions is not None:
            warnings.append(unsupported("instructions", "ElevenLabs takes none; eleven_v3 hears tags in the text"))
        voice = quote(request.voice or DEFAULT_VOICE, safe="")
        path = f"/v1/text-to-speech/{voice}{'/stream' if request.stream else ''}"
        return f"{path}?{urlencode(query)}" if query else path, {**body, **options}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        path, body, warnings = self.encode(request)
        asked = parse_qs(urlsplit(path).query).get("output_format", ["mp3"])[0]
        kind = _MEDIA_TYPES.get(asked.partition("_")[0], "application/octet-stream")
        with refining():
            return await spoken(exchange, path, body, request, media_type=kind, warnings=warnings)


def _query(request: SpeechRequest, options: dict[str, Any], warnings: list[CallWarning]) -> dict[str, str]:
    """The query, taken out of the options and the request."""
    asked = request.output_format
    query: dict[str, Any] = {}
    if asked is not None:
        word = _FORMATS.get(asked, asked)
        if word.partition("_")[0] in _MEDIA_TYPES:
            query["output_format"] = word
        else:
            known = ", ".join(_FORMATS)
            warnings.append(unsupported("output_format", f"ElevenLabs has no {asked!r}, only {known}"))
    query.update({name: options.pop(name) for name in _QUERY if options.get(name) is not None})
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in query.items()}


def _voice_settings(request: SpeechRequest, options: dict[str, Any]) -> dict[str, Any]:
    """The request's speed and the settings of the options, which win."""
    speed = {} if request.speed is None else {"speed": request.speed}
    given = options.pop("voice_settings", None)
    return {**speed, **cast("dict[str, Any]", given)} if isinstance(given, dict) else speed
