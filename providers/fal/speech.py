"""Speech models at fal."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.parts import AudioDelta, Finish, ResponseMetadata
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.fal._families import text_field
from ai_sdk.providers.fal._files import fetched, files_of, rest_of
from ai_sdk.providers.fal._queue import FalModel
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse, Usage, fold_speech
from ai_sdk.streaming import head
from ai_sdk.wire import check_text

__all__ = ["FalSpeechModel"]

_SOUNDS = ("audio", "audio_url", "audio_file")
_LOCAL = ("direct", "text_field")
_MINIMAX_FORMATS = ("mp3", "pcm", "flac")
_ELEVENLABS_FORMATS = {"mp3": "mp3_44100_128", "pcm": "pcm_24000", "opus": "opus_48000_128"}
_WITHOUT_SPEED = ("chatterbox", "/dia", "orpheus", "gemini", "index-tts")


class FalSpeechModel(FalModel[SpeechRequest, SpeechResponse]):
    """A speech model. Without a voice it speaks with the model's own; the audio comes when all of it is there."""

    kind = "speech"
    polling = Polling(interval=0.5, longest=5.0)

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The input of the model, and what it could not say; pure."""
        check_text(request.text)
        options = options_of(request, self.provider)
        field = options.get("text_field") or text_field(self.model_id)
        for name in _LOCAL:
            options.pop(name, None)
        body: dict[str, Any] = {field: request.text}
        write = _minimax if "minimax" in self.model_id else _elevenlabs if "elevenlabs" in self.model_id else _other
        warnings = write(self.model_id, request, body)
        if request.instructions is not None:
            if "gemini" in self.model_id:
                body["style_instructions"] = request.instructions
            else:
                warnings.append(unsupported("instructions", f"{self.model_id} has no such setting"))
        if request.stream:
            warnings.append(unsupported("stream", "fal gives the audio when all of it is there"))
        return {**body, **_merged(body, options)}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """Run the model and fetch the audio."""
        body, warnings = self.encode(request)
        direct = bool(options_of(request, self.provider).get("direct"))
        made = await self.run(body, request.headers, exchange, direct=direct)
        file = files_of(made.data, _SOUNDS, "audio")[0]
        audio = await fetched(file, exchange)
        said = {**rest_of(made.data, _SOUNDS), "audio": file.said, "request_id": made.id}
        delta = AudioDelta(audio.data, audio.media_type)
        finish = Finish("stop", Usage(), provider_metadata=freeze({self.provider: said}))
        parts = [*head(made.headers, warnings), ResponseMetadata(id=made.id), delta, finish]
        return SpeechResponse.of(parts, fold_speech)


def _merged(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Options, where an object adds to the object that the request made of the same field."""
    return {
        name: {**cast("dict[str, Any]", body[name]), **cast("dict[str, Any]", value)}
        if isinstance(value, dict) and isinstance(body.get(name), dict)
        else value
        for name, value in options.items()
    }


def _minimax(model_id: str, request: SpeechRequest, body: dict[str, Any]) -> list[CallWarning]:
    """MiniMax has objects for the voice and the format, and answers in hexadecimal unless it is asked for a URL."""
    warnings: list[CallWarning] = []
    body["output_format"] = "url"
    voice: dict[str, Any] = {}
    if request.voice is not None:
        voice["voice_id"] = request.voice
    if request.speed is not None:
        voice["speed"] = request.speed
    if voice:
        body["voice_setting"] = voice
    if request.output_format in _MINIMAX_FORMATS:
        body["audio_setting"] = {"format": request.output_format}
    elif request.output_format is not None:
        allowed = ", ".join(_MINIMAX_FORMATS)
        warnings.append(unsupported("output_format", f"{model_id} has {allowed}, not {request.output_format}"))
    if request.language is not None:
        warnings.append(unsupported("language", f"{model_id} wants its own words, in the option language_boost"))
    return warnings


def _elevenlabs(model_id: str, request: SpeechRequest, body: dict[str, Any]) -> list[CallWarning]:
    warnings: list[CallWarning] = []
    said = {"voice": request.voice, "speed": request.speed, "language_code": request.language}
    body.update({name: value for name, value in said.items() if value is not None})
    if (asked := request.output_format) is not None:
        if asked in _ELEVENLABS_FORMATS or "_" in asked:
            body["output_format"] = _ELEVENLABS_FORMATS.get(asked, asked)
        else:
            allowed = ", ".join(_ELEVENLABS_FORMATS)
            warnings.append(unsupported("output_format", f"{model_id} has {allowed}, not {asked}"))
    return warnings


def _other(model_id: str, request: SpeechRequest, body: dict[str, Any]) -> list[CallWarning]:
    warnings: list[CallWarning] = []
    if request.voice is not None:
        body["voice"] = request.voice
    if request.speed is not None:
        if any(piece in model_id for piece in _WITHOUT_SPEED):
            warnings.append(unsupported("speed", f"{model_id} has no such setting"))
        else:
            body["speed"] = request.speed
    if request.output_format is not None:
        warnings.append(unsupported("output_format", f"{model_id} has one format, or an option of its own for it"))
    if request.language is not None:
        warnings.append(unsupported("language", f"{model_id} hears the language in the text, or has an option for it"))
    return warnings
