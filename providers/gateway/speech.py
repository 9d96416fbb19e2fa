"""Speech models of the AI Gateway: ``POST /speech-model``, whose answer has the whole audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.errors import InvalidResponseError
from ai_sdk.media import media_type_of
from ai_sdk.parts import AudioDelta, Finish, StreamStart
from ai_sdk.provider import Exchange, ProviderModel, unsupported
from ai_sdk.providers.gateway._decode import metadata_in, usage_from, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.providers.gateway._media import bytes_in, headers_for
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse, fold_speech
from ai_sdk.streaming import head

if TYPE_CHECKING:
    from ai_sdk.parts import SpeechPart

__all__ = ["GatewaySpeechModel"]

_MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "opus": "audio/ogg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "aac": "audio/aac",
}


class GatewaySpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; without a voice it is that of the provider that serves. The audio comes whole."""

    kind = "speech"

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        said: dict[str, Any] = {
            "voice": request.voice,
            "outputFormat": request.output_format,
            "instructions": request.instructions,
            "speed": request.speed,
            "language": request.language,
        }
        given = {name: value for name, value in said.items() if value is not None}
        warnings = [unsupported("stream", "the gateway gives the audio only at the end")] if request.stream else []
        return {"text": request.text, **given, **options_in(request.provider_options)}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange."""
        body, warnings = self.encode(request)
        headers = headers_for("speech", self.model_id, request.headers)
        data, answered = await exchange.json("/speech-model", body, headers)
        asked = _MEDIA_TYPES.get(request.output_format or "mp3", "application/octet-stream")
        return SpeechResponse.of([*head(answered, warnings), *decode_audio(data, asked, self.provider)], fold_speech)


def decode_audio(data: Any, asked: str, provider: str) -> list[SpeechPart]:
    """The parts of an answer; the audio is of the type that its bytes tell, else of the one ``asked`` for."""
    try:
        audio = bytes_in(data["audio"])
        said = warnings_in(data)
        finish = Finish("stop", usage_from(data.get("usage")), None, metadata_in(data))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not audio: {error!r}", body=repr(data)
        ) from error
    start: list[SpeechPart] = [StreamStart(said)] if said else []
    return [*start, AudioDelta(audio, media_type_of(audio) or asked), finish]
