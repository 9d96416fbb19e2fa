"""Transcription models of ElevenLabs: ``POST /v1/speech-to-text``, a multipart form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.media import extension_of
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.provider import Exchange, ProviderModel, options_of, parse_json, to_json, unsupported
from ai_sdk.providers.elevenlabs._errors import refining
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResponse, Usage, fold_transcription
from ai_sdk.streaming import head

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart

__all__ = ["ElevenLabsTranscriptionModel", "decode_transcript"]

_SOURCES = ("source_url", "cloud_storage_url")
_ENDS = re.compile(r"(?<!\.)[.?!\u3002\uff01\uff1f][\"')\]\u201d\u2019]*$")
_METADATA = ("language_probability", "entities", "additional_formats", "transcription_id", "request_id", "message")


class ElevenLabsTranscriptionModel(ProviderModel[TranscriptionRequest, TranscriptionResponse]):
    """A transcription model. Words have times and, with ``diarize``, speakers; a segment is a sentence of a speaker."""

    kind = "transcription"

    def encode(self, request: TranscriptionRequest) -> tuple[str, list[tuple[str, str]], list[CallWarning]]:
        """The path with its query, the fields of the form without the audio, and what they could not say; pure."""
        options = options_of(request, self.provider)
        if not request.audio and not _is_elsewhere(options):
            raise InvalidRequestError("audio is empty: there is nothing to transcribe", field="audio")
        logging = options.pop("enable_logging", None)
        values: dict[str, Any] = {
            "model_id": self.model_id,
            "language_code": request.language,
            "temperature": request.temperature,
            **options,
        }
        warnings: list[CallWarning] = []
        if request.prompt is not None:
            warnings.append(unsupported("prompt", "ElevenLabs takes none; the option keyterms helps the spelling"))
        if request.stream:
            warnings.append(unsupported("stream", f"{self.model_id} gives its transcript only at the end"))
        fields = [pair for name, value in values.items() if value is not None for pair in _fields(name, value)]
        path = "/v1/speech-to-text"
        return path if logging is None else f"{path}?enable_logging={str(logging).lower()}", fields, warnings

    async def answer(self, request: TranscriptionRequest, exchange: Exchange, /) -> TranscriptionResponse:
        """One exchange."""
        from ai_sdk.http import multipart

        path, fields, warnings = self.encode(request)
        name = request.filename or f"audio.{extension_of(request.media_type)}"
        sent = not _is_elsewhere(options_of(request, self.provider))
        files = [("file", name, request.audio, request.media_type)] if sent else []
        content_type, body = multipart(fields, files)
        with refining():
            response = await exchange.send(path, body, request.headers, content_type=content_type)
        data = parse_json(response.body, self.provider)
        parts = [*head(exchange.headers, warnings), *decode_transcript(data, self.provider)]
        return TranscriptionResponse.of(parts, fold_transcription)


def _is_elsewhere(options: dict[str, Any]) -> bool:
    """Whether the vendor fetches the audio itself; it takes one from there or from the form, not both."""
    return any(options.get(name) for name in _SOURCES)


def _fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """A field of a form; a list of words is a field for each, anything else that is no text is JSON."""
    each: Sequence[Any] = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else [value]
    if all(isinstance(one, str) for one in each):
        yield from ((name, one) for one in each)
    else:
        yield name, to_json(value).decode()


def decode_transcript(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a transcript: its text, a segment for each sentence, then the finish with the words.

    Several channels are one transcript: their texts are lines, words and sentences are in the order of their times, and
    what has no speaker is of ``channel_0`` and so on. Without any, as when a webhook gets it, it is empty.
    """
    try:
        whole = cast("dict[str, Any]", data)
        several = whole.get("transcripts")
        if several is None and "text" not in whole and "request_id" in whole:
            return [_identity(whole), TranscriptFinish(Usage(), provider_metadata=_metadata(whole, provider))]
        channels = cast("list[dict[str, Any]]", [whole] if several is None else several)
        texts = [channel["text"] for channel in channels]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise TypeError("it has no text")
        others = [None if several is None else f"channel_{at}" for at in range(len(channels))]
        words = [each for channel, other in zip(channels, others, strict=True) for each in _words(channel, other)]
        said = [each for channel, other in zip(channels, others, strict=True) for each in _sentences(channel, other)]
        duration = _seconds(whole.get("audio_duration_secs") or channels[0].get("audio_duration_secs"))
        language = channels[0].get("language_code")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    text = "\n".join([each for each in texts if each])
    finish = TranscriptFinish(
        Usage(),
        language if isinstance(language, str) else None,
        duration,
        tuple(words if several is None else sorted(words, key=_start)),
        _metadata(whole if several is None else {**channels[0], **whole}, provider),
    )
    segments = said if several is None else sorted(said, key=_start)
    return [_identity(whole), *_delta(text), *[TranscriptSegment(each) for each in segments], finish]


def _delta(text: str) -> list[TranscriptDelta]:
    return [TranscriptDelta(text)] if text else []


def _identity(whole: dict[str, Any]) -> ResponseMetadata:
    identity = whole.get("transcription_id") or whole.get("request_id")
    return ResponseMetadata(id=identity if isinstance(identity, str) else None)


def _metadata(whole: dict[str, Any], provider: str) -> FrozenDict[str, Any]:
    known = {name: whole[name] for name in _METADATA if whole.get(name) is not None}
    return freeze({provider: known}) if known else EMPTY


def _words(channel: dict[str, Any], other: str | None) -> list[Segment]:
    words = cast("list[dict[str, Any]]", channel.get("words") or [])
    return [_segment([word], other) for word in words if not _is_space(word)]


def _sentences(channel: dict[str, Any], other: str | None) -> list[Segment]:
    """The words, parted where a sentence ends or another one speaks; the spaces in between belong to none."""
    sentences: list[list[dict[str, Any]]] = []
    last: dict[str, Any] = {}
    for word in cast("list[dict[str, Any]]", channel.get("words") or []):
        if not _is_space(word):
            if not sentences or word.get("speaker_id") != last.get("speaker_id") or _ENDS.search(last["text"]):
                sentences.append([])
            last = word
        if sentences:
            sentences[-1].append(word)
    return [_segment(words, other) for words in sentences]


def _is_space(word: dict[str, Any]) -> bool:
    return word.get("type") == "spacing"


def _segment(words: list[dict[str, Any]], other: str | None) -> Segment:
    """What the words say together; ``other`` speaks when they do not say who."""
    said = [word for word in words if not _is_space(word)]
    speaker = said[0].get("speaker_id")
    text = "".join([word["text"] for word in words]).strip()
    start, end = _seconds(said[0].get("start")), _seconds(said[-1].get("end"))
    return Segment(text, start, end, other if speaker is None else str(speaker))


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _start(segment: Segment) -> float:
    return segment.start or 0.0
