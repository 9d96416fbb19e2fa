"""Transcripts of Rev AI, Gladia and AssemblyAI, replayed with their jobs and compared with what their raw JSON says.

Of AssemblyAI nothing was recorded: its exchanges are those written from vendor documents.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ai_sdk import transcribe
from ai_sdk.providers.assemblyai import create_assemblyai
from ai_sdk.providers.gladia import create_gladia
from ai_sdk.providers.revai import create_revai
from ai_sdk.results import TranscriptionResult
from ai_sdk.testing.replay import Exchange, exchanges
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP
from wire.kit import folder_of, report, sources

SPEECH = b"RIFF\x24\x00\x00\x00WAVEfmt "
Timed = tuple[str, float | None, float | None, str | None]
Said = tuple[str, list[Timed], list[Timed], str | None, float | None, str | None]


def raw(exchange: Exchange) -> Any:
    return json.loads(exchange.body)


def known(provider: str, source: str) -> list[Any]:
    """What was answered in the exchanges of one job that went well."""
    return [raw(each) for each in exchanges(provider, "transcription", folder_of(source)) if "failed" not in each.id]


def one(answers: list[Any], **fields: Any) -> Any:
    """The first of the answers that has these fields, with these values unless they are Ellipsis."""
    return next(
        each for each in answers if all(name in each and wanted in (..., each[name]) for name, wanted in fields.items())
    )


def found_in(result: TranscriptionResult) -> Said:
    segments = [(each.text, each.start, each.end, each.speaker) for each in result.segments]
    words = [(each.text, each.start, each.end, each.speaker) for each in result.words]
    return result.text, segments, words, result.language, result.duration, result.response.id


def said_by_gladia(done: dict[str, Any]) -> Said:
    said = done["result"]["transcription"]
    segments: list[Timed] = []
    words: list[Timed] = []
    for each in said["utterances"]:
        who = str(each["speaker"]) if "speaker" in each else None
        segments.append((each["text"], each["start"], each["end"], who))
        words += [(word["word"].lstrip(" "), word["start"], word["end"], who) for word in each["words"]]
    seconds = done["result"]["metadata"]["audio_duration"]
    return said["full_transcript"], segments, words, said["languages"][0], seconds, done["id"]


def said_by_revai(job: dict[str, Any], transcript: dict[str, Any]) -> Said:
    segments: list[Timed] = []
    words: list[Timed] = []
    for each in transcript["monologues"]:
        who = str(each["speaker"])
        spoken = [part for part in each["elements"] if part["type"] == "text"]
        whole = "".join(part["value"] for part in each["elements"])
        segments.append((whole, spoken[0]["ts"], spoken[-1]["end_ts"], who))
        words += [(part["value"], part["ts"], part["end_ts"], who) for part in spoken]
    text = " ".join(segment[0] for segment in segments)
    return text, segments, words, job["language"], job["duration_seconds"], job["id"]


def said_by_assemblyai(done: dict[str, Any]) -> Said:
    def timed(each: dict[str, Any]) -> Timed:
        return each["text"], each["start"] * 1e-3, each["end"] * 1e-3, each["speaker"]

    segments, words = [[timed(each) for each in done[name]] for name in ("utterances", "words")]
    return done["text"], segments, words, done["language_code"], done["audio_duration"], done["id"]


async def replay(create: Callable[..., Any], script: dict[str, Any], model_id: str) -> tuple[Said, ScriptedHTTP]:
    http = ScriptedHTTP(script)
    result = await transcribe(create(api_key="replayed", http=http).transcription(model_id), SPEECH)
    return found_in(result), http


def close(found: Said, said: Said) -> None:
    assert found[0] == said[0]
    for ours, theirs in zip(found[1:3], said[1:3], strict=True):
        assert isinstance(ours, list)
        assert isinstance(theirs, list)
        assert [(each[0], each[3]) for each in ours] == [(each[0], each[3]) for each in theirs]
        assert [each[1:3] for each in ours] == [pytest.approx(each[1:3]) for each in theirs]
    assert found[3:] == said[3:]


@sources
async def test_gladia(source: str) -> None:
    answers = known("gladia", source)
    upload, submit, done = one(answers, audio_url=...), one(answers, result_url=...), one(answers, status="done")
    look = f"GET /v2/pre-recorded/{submit['id']}"
    script = {"POST /v2/upload": Answer(upload), "POST /v2/pre-recorded": Answer(submit, 201), look: Answer(done)}
    found, http = await replay(create_gladia, script, "solaria-1")
    close(found, said_by_gladia(done))
    assert json.loads(http.requests[1].body)["audio_url"] == upload["audio_url"]
    assert http.requests[2].url == submit["result_url"]
    report(f"gladia transcription ({source})", Counter(replayed=3))


@sources
async def test_revai(source: str) -> None:
    answers = known("revai", source)
    working, done = one(answers, status="in_progress"), one(answers, status="transcribed")
    transcript = one(answers, monologues=...)
    look = f"GET /speechtotext/v1/jobs/{working['id']}"
    script = {
        "POST /speechtotext/v1/jobs": Answer(working),
        look: [Answer(working), Answer(done)],
        f"{look}/transcript": Answer(transcript),
    }
    found, http = await replay(create_revai, script, "machine")
    close(found, said_by_revai(done, transcript))
    assert http.requests[-1].headers["accept"] == "application/vnd.rev.transcript.v1.0+json"
    assert asyncio.get_running_loop().time() == 2.5
    report(f"revai transcription ({source})", Counter(replayed=3))


async def test_assemblyai_of_which_there_are_only_documents() -> None:
    answers = known("assemblyai", "data")
    upload, submit = one(answers, upload_url=...), one(answers, status="queued")
    looks = [one(answers, status=word) for word in ("processing", "completed")]
    script = {
        "POST /v2/upload": Answer(upload),
        "POST /v2/transcript": Answer(submit),
        f"GET /v2/transcript/{submit['id']}": [Answer(each) for each in looks],
    }
    found, _ = await replay(create_assemblyai, script, "universal-3-pro")
    close(found, said_by_assemblyai(looks[-1]))
