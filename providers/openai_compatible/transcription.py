"""Transcription models: ``POST /audio/transcriptions``, a multipart form."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.media import extension_of
from ai_sdk.provider import (
    Endpoint,
    Exchange,
    ProviderModel,
    options_of,
    parse_json,
    read_all,
    to_json,
    unsupported,
)
from ai_sdk.providers.openai_compatible._transcripts import TranscriptDecoder, decode_transcript
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, TranscriptionResponse, fold_transcription
from ai_sdk.streaming import decoded, head
from ai_sdk.wire import check_wire_error

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import TranscriptionPart

__all__ = ["TranscriptionModel", "file_name"]

_SETTINGS = ("language", "prompt", "temperature")
_TEXTS = frozenset({"text", "srt", "vtt"})
Fields = list[tuple[str, str]]
"""The fields of a form, in order, without the audio."""


def _verbose(_model_id: str) -> str:
    return "verbose_json"


def _never(_model_id: str) -> bool:
    return False


class TranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model.

    ``response_format`` and ``streams`` say, by model id, in which format to ask, and whether the model can stream. A
    subclass says: ``settings``, the fields of a request that there are and the wire's words; ``suffix``, what follows
    the name of a field that is a list.
    """

    kind = "transcription"
    path = "/audio/transcriptions"
    settings: ClassVar[Mapping[str, str]] = FrozenDict({each: each for each in _SETTINGS})
    suffix = "[]"
    decoder: ClassVar[type[TranscriptDecoder]] = TranscriptDecoder

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        response_format: Callable[[str], str | None] = _verbose,
        streams: Callable[[str], bool] = _never,
    ) -> None:
        super().__init__(endpoint, model_id)
        self._format = response_format
        self._streams = streams

    def encode(self, request: TranscriptionRequest) -> tuple[Fields, list[CallWarning]]:
        """The fields of the form, without the audio, and what they could not say; pure."""
        values: dict[str, Any] = {"model": self.model_id}
        warnings: list[CallWarning] = []
        for field in _SETTINGS:
            value = getattr(request, field)
            if value is not None and field in self.settings:
                values[self.settings[field]] = value
            elif value is not None:
                warnings.append(unsupported(field, f"{self.model_id} has no setting {field}"))
        values["response_format"] = self._format(self.model_id)
        if request.stream and self._streams(self.model_id):
            values["stream"] = True
        elif request.stream:
            warnings.append(unsupported("stream", f"{self.model_id} gives its transcript only at the end"))
        values |= options_of(request, self.provider)
        self.adjust(values, warnings)
        fields = self._fields(values)
        if not request.audio and not _elsewhere(fields):
            raise InvalidRequestError("audio is empty: there is nothing to write down", field="audio")
        return fields, warnings

    def adjust(self, values: dict[str, Any], warnings: list[CallWarning]) -> None:
        """Change the values of the form; a subclass may."""

    def _fields(self, values: Mapping[str, Any]) -> Fields:
        fields: Fields = []
        for name, value in values.items():
            if isinstance(value, tuple | list):
                fields += [(name + self.suffix, _field(each)) for each in cast("tuple[Any, ...]", value)]
            elif value is not None:
                fields.append((name, _field(value)))
        return fields

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange; streamed when the request wishes and the model can."""
        from ai_sdk.http import multipart

        fields, warnings = self.encode(request)
        audio = [] if _elsewhere(fields) else [("file", file_name(request), request.audio, request.media_type)]
        content_type, body = multipart(fields, audio)
        if ("stream", "true") in fields:
            stream = await exchange.open(self.path, body, request.headers, content_type=content_type)
            if not stream.headers.get("content-type", "").startswith("application/json"):
                parts = _streamed(stream, self.decoder(exchange), warnings)
                return await TranscriptionResponse.start(parts, fold_transcription, stream)
            answer = await read_all(stream)
        else:
            answer = (await exchange.send(self.path, body, request.headers, content_type=content_type)).body
        headers = exchange.headers
        data = _read(answer, headers, dict(fields).get("response_format"), self.provider)
        check_wire_error(data, exchange)
        parts_of_whole = decode_transcript(data, self.provider)
        return TranscriptionResponse.of([*head(headers, warnings), *parts_of_whole], fold_transcription)


def file_name(request: TranscriptionRequest) -> str:
    """The name of the audio in the form; some servers tell the format by its end."""
    if request.filename:
        return request.filename
    end = extension_of(request.media_type)
    return f"audio.{'wav' if end == 'bin' else end}"


def _elsewhere(fields: Fields) -> bool:
    """Whether an option says where the audio is, for servers that fetch it themselves."""
    return any(name in ("url", "file_url", "file_id") for name, _ in fields)


def _field(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


def _read(body: bytes, headers: Mapping[str, str], asked: str | None, provider: str) -> Any:
    """JSON, or the bare text that ``response_format="text"``, ``"srt"`` and ``"vtt"`` give (recorded)."""
    if headers.get("content-type", "").startswith("text/") or (asked in _TEXTS and not body.lstrip().startswith(b"{")):
        return {"text": body.decode("utf-8", "replace").strip()}
    return parse_json(body, provider)


async def _streamed(
    stream: HTTPStream, decoder: TranscriptDecoder, warnings: list[CallWarning]
) -> AsyncGenerator[TranscriptionPart, None]:
    for start in head(stream.headers, warnings):
        yield start
    events = decoded(stream.chunks(), ServerSentEvents(), decoder.read, over=lambda: decoder.over)
    async with aclosing(events) as parts:
        async for part in parts:
            yield part
