"""Mistral's speech models: ``POST /audio/speech``, whose answer is JSON, or events, with the audio as base64."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic_core import from_json

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.parts import AudioDelta, Finish
from ai_sdk.provider import options_of, parse_json, read_all
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.providers.openai_compatible.speech import SpeechModel, audio_type_of
from ai_sdk.results import CallWarning, SpeechResponse, Usage, fold_speech
from ai_sdk.streaming import decoded, head
from ai_sdk.wire import check_wire_error, from_base64, object_of

if TYPE_CHECKING:
    from ai_sdk.framing import ServerSentEvent
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import SpeechPart
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import SpeechRequest

__all__ = ["MistralSpeechModel", "decode_speech"]


class MistralSpeechModel(SpeechModel):
    """A speech model. ``voice`` is the id of a voice; without one it is that of the option ``ref_audio``, or
    ``en_paul_neutral``.
    """

    formats: ClassVar[Mapping[str, str] | None] = FrozenDict(
        {"mp3": "mp3", "wav": "wav", "pcm": "pcm", "flac": "flac", "opus": "opus", "ogg": "opus"}
    )

    def settings(self) -> Mapping[str, str]:
        """It has none of them."""
        return {}

    def voice(self) -> str | None:
        """The voice when a request names none."""
        return "en_paul_neutral"

    def encode(self, request: SpeechRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        body, warnings = super().encode(request)
        voice = body.pop("voice", None)
        given = options_of(request, self.provider)
        if "voice" in given or not given.keys() & {"voice_id", "ref_audio"} or request.voice is not None:
            body.setdefault("voice_id", voice)
        return {**body, "stream": request.stream}, warnings

    async def answer(self, request: SpeechRequest, exchange: Exchange, /) -> SpeechResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        kind = audio_type_of(body.get("response_format", self.default_format))
        if not request.stream:
            data, headers = await exchange.json(self.path, body, request.headers)
            check_wire_error(data, exchange)
            return SpeechResponse.of([*head(headers, warnings), *decode_speech(data, kind, self.provider)], fold_speech)
        stream = await exchange.open(self.path, body, request.headers)
        if stream.headers.get("content-type", "").startswith("application/json"):
            data = parse_json(await read_all(stream), self.provider)
            check_wire_error(data, exchange)
            parts = [*head(exchange.headers, warnings), *decode_speech(data, kind, self.provider)]
            return SpeechResponse.of(parts, fold_speech)
        return await SpeechResponse.start(_streamed(stream, _Events(exchange, kind), warnings), fold_speech, stream)


def decode_speech(data: Any, media_type: str, provider: str) -> list[SpeechPart]:
    """The audio of a whole answer (recorded)."""
    try:
        audio = from_base64(data["audio_data"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not speech: {error!r}", body=repr(data)
        ) from error
    return [AudioDelta(audio, media_type), Finish("stop", usage_from(object_of(data).get("usage")))]


class _Events:
    """``speech.audio.delta`` and ``speech.audio.done`` (vendor's definition); others are ignored."""

    def __init__(self, exchange: Exchange, media_type: str) -> None:
        self.over = False
        self._exchange = exchange
        self._kind = media_type

    def read(self, event: ServerSentEvent) -> Iterable[SpeechPart]:
        if self.over or event.data.strip() == b"[DONE]":
            return ()
        try:
            return self._parts(from_json(event.data))
        except AISDKError:
            raise
        except Exception as error:
            text = event.data.decode("utf-8", "replace")
            raise MalformedEventError(f"an event cannot be understood: {error}", event=text) from error

    def _parts(self, said: dict[str, Any]) -> list[SpeechPart]:
        kind = said.get("type")
        if said.get("error") or said.get("object") == "error" or kind == "error":
            raise self._exchange.error_of(self._exchange.endpoint.read_error(said), said)
        if kind == "speech.audio.delta":
            return [AudioDelta(from_base64(said["audio_data"]), self._kind)]
        if kind != "speech.audio.done":
            return []
        self.over = True
        return [Finish("stop", usage_from(said.get("usage")) if said.get("usage") else Usage())]


async def _streamed(
    stream: HTTPStream, events: _Events, warnings: list[CallWarning]
) -> AsyncGenerator[SpeechPart, None]:
    for start in head(stream.headers, warnings):
        yield start
    found = decoded(stream.chunks(), ServerSentEvents(), events.read, over=lambda: events.over)
    async with aclosing(found) as parts:
        async for part in parts:
            yield part
