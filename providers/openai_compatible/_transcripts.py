"""From the wire to the parts of a transcript: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.results import Segment
from ai_sdk.wire import number_of, object_of, objects_of, text_of

if TYPE_CHECKING:
    from ai_sdk.framing import ServerSentEvent
    from ai_sdk.parts import TranscriptionPart
    from ai_sdk.provider import Exchange

__all__ = ["TranscriptDecoder", "decode_transcript", "segment_of"]

_METADATA = ("logprobs", "languages", "task")
_PIECES: Mapping[str, type[Any]] = {"delta": TranscriptDelta, "segment": TranscriptSegment}
_FAILURES = (KeyError, TypeError, ValueError, AttributeError)


def decode_transcript(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a whole transcript: its text, then its segments, then the finish with words and duration.

    Speakers are those of ``speaker`` or ``speaker_id``; ``speaker_segments``, where there are such, are the segments.
    """
    try:
        text = data["text"]
        if not isinstance(text, str):
            raise TypeError("text is not a string")
        found = objects_of(data.get("speaker_segments")) or objects_of(data.get("segments"))
        segments = [TranscriptSegment(segment_of(each, "text")) for each in found]
        words = tuple([segment_of(each, "word", "text") for each in objects_of(data.get("words"))])
    except _FAILURES as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error
    said = cast("dict[str, Any]", data)
    return [*_who(said), *([TranscriptDelta(text)] if text else []), *segments, _finish(said, words, provider)]


def _who(said: Mapping[str, Any]) -> list[ResponseMetadata]:
    """The id of the answer, at Groq under ``x_groq`` (recorded), and the model."""
    identity = text_of(said.get("id")) or text_of(object_of(said.get("x_groq")).get("id"))
    model = text_of(said.get("model"))
    return [ResponseMetadata(identity, model)] if identity or model else []


def _finish(said: Mapping[str, Any], words: tuple[Segment, ...], provider: str) -> TranscriptFinish:
    usage = object_of(said.get("usage"))
    durations = (said.get("duration"), usage.get("seconds"), usage.get("prompt_audio_seconds"))
    known = [each for each in map(number_of, durations) if each is not None]
    metadata = {name: said[name] for name in _METADATA if said.get(name)}
    return TranscriptFinish(
        usage_from(said.get("usage")),
        _language(said),
        known[0] if known else None,
        words,
        freeze({provider: metadata}) if metadata else EMPTY,
    )


def _language(said: Mapping[str, Any]) -> str | None:
    """``language``, else the first of ``languages`` (vendor documents)."""
    several = said.get("languages")
    first = object_of(cast("list[Any]", several)[0]) if isinstance(several, list) and several else {}
    return text_of(said.get("language")) or text_of(first.get("code"))


def segment_of(data: Mapping[str, Any], *names: str) -> Segment:
    """A segment or word, whose text stands under the first of ``names`` that is there; times are seconds."""
    text = next((data[name] for name in names if isinstance(data.get(name), str)), None)
    if text is None:
        raise TypeError(f"a piece of the transcript has no {names[0]}")
    speaker = data.get("speaker", data.get("speaker_id"))
    return Segment(
        text, number_of(data.get("start")), number_of(data.get("end")), None if speaker is None else str(speaker)
    )


class TranscriptDecoder:
    """The events of a transcript that is still being made, ``over`` when its last event was read.

    ``kinds`` names what the types of events mean; others are ignored. The last event repeats the text and may repeat
    the segments: they count when there was none before.
    """

    kinds: ClassVar[Mapping[str, str]] = FrozenDict(
        {
            "transcript.text.delta": "delta",
            "transcript.text.segment": "segment",
            "transcript.text.done": "done",
            "transcription.language": "language",
            "transcription.text.delta": "delta",
            "transcription.segment": "segment",
            "transcription.done": "done",
        }
    )

    def __init__(self, exchange: Exchange) -> None:
        self.over = False
        self._exchange = exchange
        self._language: str | None = None
        self._seen: set[str] = set()

    def read(self, event: ServerSentEvent) -> Iterable[TranscriptionPart]:
        """The parts of an event."""
        if self.over or event.data.strip() == b"[DONE]":
            return ()
        try:
            return self._parts(from_json(event.data))
        except AISDKError:
            raise
        except Exception as error:
            text = event.data.decode("utf-8", "replace")
            raise MalformedEventError(f"an event cannot be understood: {error}", event=text) from error

    def _parts(self, event: Any) -> list[TranscriptionPart]:
        if event.get("error") or event.get("type") == "error":
            raise self._exchange.error_of(self._exchange.endpoint.read_error(event), event)
        kind = self.kinds.get(event.get("type"))
        if kind is None:
            return []
        if kind == "language":
            self._language = text_of(event.get("audio_language"))
            return []
        parts = self._done(event) if kind == "done" else [self._piece(kind, event)]
        self._seen.add(kind)
        return parts

    def _piece(self, kind: str, event: dict[str, Any]) -> TranscriptionPart:
        if kind == "segment":
            return TranscriptSegment(segment_of(event, "text"))
        text = event["delta"] if "delta" in event else event["text"]
        if not isinstance(text, str):
            raise TypeError("a delta is no string")
        return TranscriptDelta(text)

    def _done(self, event: dict[str, Any]) -> list[TranscriptionPart]:
        self.over = True
        whole = decode_transcript({"text": "", **event}, self._exchange.endpoint.name)
        seen = tuple([_PIECES[kind] for kind in self._seen])
        *parts, finish = [part for part in whole if not isinstance(part, seen)]
        if self._language is not None and isinstance(finish, TranscriptFinish) and finish.language is None:
            finish = replace(finish, language=self._language)
        return [*parts, finish]
