"""Transcripts of Deepgram."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.parts import ResponseMetadata, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.results import Segment, Usage

if TYPE_CHECKING:
    from ai_sdk.parts import TranscriptionPart

__all__ = ["decode_transcript"]

_OF_METADATA = ("request_id", "sha256", "models", "model_info")
_OF_RESULTS = ("summary", "topics", "intents", "sentiments")
_OF_ALTERNATIVE = ("confidence", "entities")
_OF_CHANNEL = ("language_confidence", "search")


def decode_transcript(data: Any, provider: str) -> list[TranscriptionPart]:
    """The parts of a transcript: its text, its segments, then the finish with words, language and duration.

    Segments are the utterances if there are any, else the sentences of the paragraphs, else the turns of the speakers.
    Several channels are one transcript: their texts are lines, words and segments are in the order of their times, and
    what has no speaker is of ``channel_0`` and so on. When a callback gets it, it is empty.
    """
    try:
        whole = cast("dict[str, Any]", data)
        if "results" not in whole and "request_id" in whole:
            return [_identity(whole), TranscriptFinish(Usage(), provider_metadata=_metadata(whole, {}, [], provider))]
        results = cast("dict[str, Any]", whole["results"])
        metadata = cast("dict[str, Any]", whole.get("metadata") or {})
        channels = cast("list[dict[str, Any]]", results["channels"])
        best = [cast("dict[str, Any]", channel["alternatives"][0]) for channel in channels]
        texts = [one["transcript"] for one in best]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a transcript is not a string")
        text = "\n".join([each for each in texts if each])
        finish = TranscriptFinish(
            Usage(),
            _language(channels),
            _seconds(metadata.get("duration")),
            _in_order([word for at, one in enumerate(best) for word in _words(one, _channel(at, best))], best),
            _metadata(metadata, results, channels, provider),
        )
        segments = [TranscriptSegment(each) for each in _segments(results, best)]
        said = [TranscriptDelta(text)] if text else []
        return [_identity(metadata), *said, *segments, finish]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a transcript: {error!r}", body=repr(data)
        ) from error


def _identity(metadata: dict[str, Any]) -> ResponseMetadata:
    identity, created = metadata.get("request_id"), metadata.get("created")
    models = metadata.get("model_info")
    first: Any = next(iter(cast("dict[str, Any]", models).values()), None) if isinstance(models, dict) else None
    name = cast("dict[str, Any]", first).get("name") if isinstance(first, dict) else None
    return ResponseMetadata(
        identity if isinstance(identity, str) else None,
        name if isinstance(name, str) else None,
        _moment(created),
    )


def _moment(created: Any) -> float | None:
    """Unix seconds of ``2026-02-12T22:42:32.266Z``."""
    try:
        return datetime.fromisoformat(created).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _metadata(
    metadata: dict[str, Any], results: dict[str, Any], channels: list[dict[str, Any]], provider: str
) -> FrozenDict[str, Any]:
    first = channels[0] if channels else {}
    best = cast("dict[str, Any]", first["alternatives"][0]) if first else {}
    places = ((metadata, _OF_METADATA), (results, _OF_RESULTS), (first, _OF_CHANNEL), (best, _OF_ALTERNATIVE))
    said: FrozenDict[str, Any] = freeze(
        {provider: {name: place[name] for place, names in places for name in names if name in place}}
    )
    return said


def _language(channels: list[dict[str, Any]]) -> str | None:
    """The language that was detected; of several in one channel the first."""
    for channel in channels:
        several: Any = channel["alternatives"][0].get("languages") or [None]
        found = channel.get("detected_language") or several[0]
        if isinstance(found, str):
            return found
    return None


def _channel(at: int, best: list[dict[str, Any]]) -> str | None:
    """Who speaks in a channel when nothing else says so; None when there is one channel."""
    return f"channel_{at}" if len(best) > 1 else None


def _segments(results: dict[str, Any], best: list[dict[str, Any]]) -> tuple[Segment, ...]:
    utterances = cast("list[dict[str, Any]]", results.get("utterances") or [])
    if utterances:
        return tuple([_segment(each, each["transcript"], _channel_of(each, best)) for each in utterances])
    found: list[Segment] = []
    for at, one in enumerate(best):
        found += _sentences(one, _channel(at, best)) or _turns(one, _channel(at, best))
    return _in_order(found, best)


def _channel_of(utterance: dict[str, Any], best: list[dict[str, Any]]) -> str | None:
    at = utterance.get("channel")
    return _channel(at, best) if isinstance(at, int) else None


def _in_order(segments: list[Segment], best: list[dict[str, Any]]) -> tuple[Segment, ...]:
    return tuple(segments if len(best) == 1 else sorted(segments, key=lambda each: each.start or 0.0))


def _sentences(one: dict[str, Any], channel: str | None) -> list[Segment]:
    paragraphs = cast("dict[str, Any]", one.get("paragraphs") or {}).get("paragraphs") or ()
    return [
        _segment({"speaker": each.get("speaker"), **sentence}, sentence["text"], channel)
        for each in cast("list[dict[str, Any]]", paragraphs)
        for sentence in cast("list[dict[str, Any]]", each.get("sentences") or [])
    ]


def _turns(one: dict[str, Any], channel: str | None) -> list[Segment]:
    """What one speaker says until another one does."""
    turns = [list(turn) for _, turn in groupby(one.get("words") or (), key=lambda word: word.get("speaker"))]
    return [
        _segment({**turn[0], "end": turn[-1].get("end")}, " ".join([_word(word) for word in turn]), channel)
        for turn in turns
    ]


def _words(one: dict[str, Any], channel: str | None) -> list[Segment]:
    return [_segment(word, _word(word), channel) for word in cast("list[dict[str, Any]]", one.get("words") or [])]


def _word(word: dict[str, Any]) -> str:
    said = word.get("punctuated_word")
    return said if isinstance(said, str) else word["word"]


def _segment(said: dict[str, Any], text: Any, channel: str | None) -> Segment:
    if not isinstance(text, str):
        raise TypeError("a segment's text is not a string")
    speaker = said.get("speaker")
    return Segment(
        text, _seconds(said.get("start")), _seconds(said.get("end")), channel if speaker is None else str(speaker)
    )


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
