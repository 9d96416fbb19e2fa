"""Speech models: ``POST /audio/speech``, whose answer is the bytes of the audio."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import FrozenDict
from ai_sdk.parts import AudioDelta, Finish, ResponseMetadata, SpeechPart, StreamStart
from ai_sdk.provider import Exchange, ProviderModel, clean
from ai_sdk.providers.openai_compatible._encode import options_of, unsupported
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning, SpeechResponse, Usage, fold_speech

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream

__all__ = ["SpeechModel"]

_MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


class SpeechModel(ProviderModel[SpeechRequest, SpeechResponse]):
    """A speech model; with ``stream`` the audio is given out as it arrives. Without a voice it is ``alloy``."""

    kind = "speech"

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        body: dict[str, Any] = {"model": self.model_id, "input": request.text, "voice": request.voice or "alloy"}
        if request.output_format is not None:
            body["response_format"] = request.output_format
        if request.instructions is not None:
            body["instructions"] = request.instructions
        if request.speed is not None:
            body["speed"] = request.speed
        warnings = [unsupported("language", "this model hears the language in the text")] if request.language else []
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        asked = _MEDIA_TYPES.get(str(body.get("response_format", "mp3")), "application/octet-stream")
        if request.stream:
            stream = await exchange.open("/audio/speech", body, request.headers)
            return await SpeechResponse.start(_parts(stream, asked, warnings), fold_speech, stream)
        response = await exchange.send("/audio/speech", body, request.headers)
        headers = exchange.headers
        audio = AudioDelta(response.body, _media_type(headers, asked))
        return SpeechResponse.of([*_head(headers, warnings), audio, Finish("stop", Usage())], fold_speech)


def _head(headers: FrozenDict[str, str], warnings: list[CallWarning]) -> list[SpeechPart]:
    start = [StreamStart(tuple(warnings))] if warnings else []
    return [*start, ResponseMetadata(headers=headers)]


def _media_type(headers: FrozenDict[str, str], asked: str) -> str:
    said = headers.get("content-type", "").partition(";")[0].strip()
    return said if said.startswith("audio/") else asked


async def _parts(stream: HTTPStream, asked: str, warnings: list[CallWarning]) -> AsyncGenerator[SpeechPart, None]:
    headers = clean(stream.headers)
    for part in _head(headers, warnings):
        yield part
    kind = _media_type(headers, asked)
    async with aclosing(stream.chunks()) as chunks:
        async for chunk in chunks:
            if chunk:
                yield AudioDelta(chunk, kind)
    yield Finish("stop", Usage())
