"""Transcription models: ``POST /audio/transcriptions``, a multipart form."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.parts import ResponseMetadata, StreamStart, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, clean, drain, parse_json, to_json
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.providers.openai_compatible._encode import options_of, unsupported
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, fold_transcription

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import TranscriptionPart

__all__ = ["TranscriptionModel", "decode_transcript"]

_EXTENSIONS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/mp4": "mp4",
    "audio/x-m4a": "m4a",
    "audio/m4a": "m4a",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
}


def _verbose(_model_id: str) -> str:
    return "verbose_json"


def _never(_model_id: str) -> bool:
    return False


class TranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model.

    ``response_format`` and ``streams`` say, by model id, in which format to ask, and whether the model can stream.
    """

    kind = "transcription"

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        response_format: Callable[[str], str] = _verbose,
        streams: Callable[[str], bool] = _never,
    ) -> None:
        super().__init__(endpoint, model_id)
        self._format = response_format
        self._streams = streams

    def encode(self, request: TranscriptionRequest) -> tuple[list[tuple[str, str]], list[CallWarning]]:
        """The fields of the form, without the audio, and what they could not say; pure."""
        values: dict[str, Any] = {
            "model": self.model_id,
            "language": request.language,
            "prompt": request.prompt,
            "temperature": request.temperature,
            "response_format": self._format(self.model_id),
            "stream": True if request.stream and self._streams(self.model_id) else None,
            **options_of(request, self.provider),
        }
        warnings: list[CallWarning] = []
        if request.stream and not self._streams(self.model_id):
            warnings.append(unsupported("stream", f"{self.model_id} gives its transcript only at the end"))
        fields = [pair for name, value in values.items() if value is not None for pair in _fields(name, value)]
        return fields, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange; streamed when the request wishes and the model can."""
        from ai_sdk.http import multipart

        fields, warnings = self.encode(request)
        name = request.filename or f"audio.{_EXTENSIONS.get(request.media_type, 'wav')}"
        content_type, body = multipart(fields, [("file", name, request.audio, request.media_type)])
        path = "/audio/transcriptions"
        if ("stream", "true") in fields:
            stream = await exchange.open(path, body, request.headers, content_type=content_type)
            parts = _streamed(stream, exchange, warnings)
            return await TranscriptionResponse.start(parts, fold_transcription, stream)
        response = await exchange.send(path, body, request.headers, content_type=content_type)
        headers = exchange.headers
        data = _read(response.body, headers, self.provider)
        return TranscriptionResponse.of(
            [*_head(headers, warnings), *decode_transcript(data, self.provider)], fold_transcription
        )


def _fields(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, tuple | list):
        return [(f"{name}[]", _field(each)) for each in cast("tuple[Any, ...]", value)]
    return [(name, _field(value))]


def _field(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


def _read(body: bytes, headers: Mapping[str, str], provider: str) -> Any:
    """JSON, or the bare text that ``response_format="text"`` gives (recorded)."""
    if headers.get("content-type", "").startswith("text/"):
        return {"text": body.decode("utf-8", "replace").strip()}
    return parse_json(body, provider)


def _head(headers: FrozenDict[str, str], warnings: list[CallWarning]) -> list[TranscriptionPart]:
    start = [StreamStart(tuple(warnings))] if warnings else []
    return [*start, ResponseMetadata(headers=headers)]


def decode_transcript(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a whole transcript: its text, then its segments, then the finish with words and duration."""
    try:
        text = data["text"]
        segments = [TranscriptSegment(_segment(each, "text")) for each in data.get("segments") or ()]
        words = tuple(_segment(each, "word") for each in data.get("words") or ())
        if not isinstance(text, str):
            raise TypeError("text is not a string")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    usage = data.get("usage")
    duration = data.get("duration")
    if duration is None and isinstance(usage, dict):
        duration = cast("dict[str, Any]", usage).get("seconds")
    language = data.get("language")
    deltas = [TranscriptDelta(text)] if text else []
    return [
        *deltas,
        *segments,
        TranscriptFinish(usage_from(usage), language, _seconds(duration), words),
    ]


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float | str) else None


def _segment(data: dict[str, Any], name: str) -> Segment:
    return Segment(data[name], _seconds(data.get("start")), _seconds(data.get("end")), data.get("speaker"))


async def _streamed(
    stream: HTTPStream, exchange: Exchange, warnings: list[CallWarning]
) -> AsyncGenerator[TranscriptionPart, None]:
    for part in _head(clean(stream.headers), warnings):
        yield part
    events = ServerSentEvents()
    async with aclosing(stream.chunks()) as chunks:
        async for chunk in chunks:
            for event in events.feed(chunk):
                said = _event(event.data, exchange)
                if said is not None:
                    yield said
                if isinstance(said, TranscriptFinish):
                    await drain(chunks)
                    return


def _event(data: bytes, exchange: Exchange) -> TranscriptionPart | None:
    """``transcript.text.delta`` and ``transcript.text.done`` (vendor documents); others are ignored."""
    try:
        event = from_json(data)
        kind = event.get("type")
        if event.get("error"):
            raise exchange.error_of(exchange.endpoint.read_error(event), event)
        if kind == "transcript.text.delta":
            return TranscriptDelta(str(event["delta"]))
        if kind == "transcript.text.done":
            return TranscriptFinish(usage_from(event.get("usage")))
    except AISDKError:
        raise
    except Exception as error:
        text = data.decode("utf-8", "replace")
        raise MalformedEventError(f"an event cannot be understood: {error}", event=text) from error
    return None
