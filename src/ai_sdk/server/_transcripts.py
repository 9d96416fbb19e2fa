"""A transcript in the shapes that clients of the OpenAI wire may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.endpoint import to_json

if TYPE_CHECKING:
    from ai_sdk.results import Segment, TranscriptionResult

__all__ = ["transcript_as"]


def transcript_as(shape: str, result: TranscriptionResult) -> tuple[str, bytes]:
    """The media type and the bytes of a transcript: ``json``, ``verbose_json``, ``text``, ``srt`` or ``vtt``."""
    if shape == "text":
        return "text/plain; charset=utf-8", f"{result.text}\n".encode()
    if shape == "srt":
        return "application/x-subrip; charset=utf-8", _cues(result, ",", numbered=True).encode()
    if shape == "vtt":
        return "text/vtt; charset=utf-8", ("WEBVTT\n\n" + _cues(result, ".", numbered=False)).encode()
    answer: dict[str, Any] = {"text": result.text}
    if shape == "verbose_json":
        answer = {
            "task": "transcribe",
            "language": result.language,
            "duration": result.duration,
            "text": result.text,
            "segments": [{"id": at, **_timed(each, "text")} for at, each in enumerate(result.segments)],
            "words": [_timed(each, "word") for each in result.words],
        }
    return "application/json", to_json(answer)


def _timed(segment: Segment, word: str) -> dict[str, Any]:
    speaker = {"speaker": segment.speaker} if segment.speaker is not None else {}
    return {word: segment.text, "start": segment.start, "end": segment.end, **speaker}


def _cues(result: TranscriptionResult, point: str, *, numbered: bool) -> str:
    lines: list[str] = []
    timed = [each for each in result.segments if each.start is not None and each.end is not None]
    for number, each in enumerate(timed, 1):
        times = f"{_clock(each.start or 0.0, point)} --> {_clock(each.end or 0.0, point)}"
        text = " ".join(each.text.split())
        lines.append(f"{number}\n{times}\n{text}\n" if numbered else f"{times}\n{text}\n")
    return "\n".join(lines)


def _clock(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
