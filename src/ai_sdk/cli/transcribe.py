"""``ai-sdk transcribe MODEL FILE``: what is said in a recording, as text, JSON or subtitles."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sdk.results import Segment, TranscriptionResult

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("transcribe", parents=[every], help="write down what is said in a recording")
    command.add_argument("model", metavar="PROVIDER:MODEL", help="such as deepgram:nova-3")
    command.add_argument("audio", metavar="PATH_OR_URL")
    command.add_argument("--language", metavar="CODE", help="such as en")
    command.add_argument("--prompt", metavar="WORDS", help="words that help the spelling")
    command.add_argument("--format", choices=["text", "json", "srt", "vtt"], default="text", help="what to print")
    add_common(command, polled=True)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the transcript."""
    from ai_sdk.cli._media import Bar, given, options_of, polling_of, running
    from ai_sdk.cli._terminal import say
    from ai_sdk.transcribe import transcribe

    bar = Bar()
    settings = given(
        language=args.language,
        prompt=args.prompt,
        polling=polling_of(args),
        on_progress=bar,
        provider_options=options_of(args),
    )
    try:
        result = running(transcribe(args.model, args.audio, **settings), verbose=args.verbose)
    finally:
        bar.close()
    say(_shown(result, args.format).rstrip("\n") + "\n")
    return 0


def _shown(result: TranscriptionResult, format_: str) -> str:
    if format_ == "text":
        return result.text
    if format_ == "json":
        return json.dumps(_plain(result), ensure_ascii=False, indent=2)
    return _subtitles(result.segments, vtt=format_ == "vtt")


def _plain(result: TranscriptionResult) -> dict[str, Any]:
    return {
        "text": result.text,
        "language": result.language,
        "duration": result.duration,
        "segments": [_piece(each) for each in result.segments],
        "words": [_piece(each) for each in result.words],
    }


def _piece(segment: Segment) -> dict[str, Any]:
    said = {"text": segment.text, "start": segment.start, "end": segment.end, "speaker": segment.speaker}
    return {name: value for name, value in said.items() if value is not None}


def _subtitles(segments: Sequence[Segment], *, vtt: bool) -> str:
    """SubRip or WebVTT; they differ in the head, the numbers and the decimal mark."""
    from ai_sdk.errors import InvalidResponseError

    timed = [each for each in segments if each.start is not None and each.end is not None]
    if not timed:
        raise InvalidResponseError("the transcript has no segments with times, and so there are no subtitles")
    mark = "." if vtt else ","
    cues = [
        f"{_clock(each.start or 0, mark)} --> {_clock(each.end or 0, mark)}\n{each.text.strip()}\n" for each in timed
    ]
    if vtt:
        return "\n".join(["WEBVTT\n", *cues])
    return "\n".join(f"{number}\n{cue}" for number, cue in enumerate(cues, 1))


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
