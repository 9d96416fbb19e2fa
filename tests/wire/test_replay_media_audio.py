"""Speech and transcripts of ElevenLabs, Deepgram, Hume and LMNT, replayed and compared with their raw JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ai_sdk.errors import AISDKError, APIError
from ai_sdk.providers.deepgram import create_deepgram
from ai_sdk.providers.elevenlabs import create_elevenlabs
from ai_sdk.providers.hume import create_hume
from ai_sdk.providers.lmnt import create_lmnt
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.results import Segment, TranscriptionResult
from ai_sdk.testing.replay import Exchange, Replayer, exchanges
from wire.kit import folder_of, report, sources

LEAST = {("speech", "elevenlabs"): 4, ("transcription", "elevenlabs"): 5, ("transcription", "deepgram"): 1}
DOORS: dict[str, Any] = {
    "elevenlabs": (create_elevenlabs, "eleven_flash_v2_5", "scribe_v1"),
    "deepgram": (create_deepgram, "aura-2-thalia-en", "nova-3"),
    "hume": (create_hume, "octave", None),
    "lmnt": (create_lmnt, "blizzard", None),
}
MP3 = (b"ID3", "audio/mpeg")
WAV = (b"RIFF", "audio/wav")


def replayed(provider: str, kind: str, source: str) -> list[Exchange]:
    """All exchanges of a provider and a kind."""
    found = list(exchanges(provider, kind, folder_of(source)))
    assert len(found) >= (LEAST[kind, provider] if source == "corpus" else 1)
    report(f"{provider} {kind} ({source})", Counter(replayed=len(found)))
    return found


def door(exchange: Exchange) -> Any:
    return DOORS[exchange.provider][0](api_key="replayed", http=Replayer(exchange))


async def spoken(exchange: Exchange, *, stream: bool) -> tuple[bytes, str]:
    asked: dict[str, Any] = exchange.request_json or {}
    given: Any = asked.get("format")
    word: Any = given["type"] if exchange.provider == "hume" and given else given
    request = SpeechRequest(text="replayed", stream=stream, output_format=word)
    result = await (await door(exchange).speech(DOORS[exchange.provider][1])(request)).result()
    return result.audio, result.media_type


async def heard(exchange: Exchange) -> TranscriptionResult:
    model = door(exchange).transcription(DOORS[exchange.provider][2])
    result: TranscriptionResult = await (await model(TranscriptionRequest(audio=b"RIFF"))).result()
    return result


async def check_speech(exchange: Exchange) -> None:
    if exchange.status != 200:
        with pytest.raises(APIError) as caught:
            await spoken(exchange, stream=True)
        said = json.dumps(json.loads(exchange.body))
        assert caught.value.status == exchange.status
        assert json.dumps(caught.value.message.rpartition(": ")[2])[1:-1] in said
        return
    kind = next(kind for beginning, kind in (MP3, WAV) if exchange.body.startswith(beginning))
    assert await spoken(exchange, stream=False) == (exchange.body, kind), exchange.id
    assert await spoken(exchange, stream=True) == (exchange.body, kind), exchange.id


@sources
async def test_recorded_speech(source: str) -> None:
    for exchange in replayed("elevenlabs", "speech", source):
        await check_speech(exchange)


@pytest.mark.parametrize("provider", ["deepgram", "hume", "lmnt"])
async def test_speech_of_which_there_are_only_documents(provider: str) -> None:
    for exchange in replayed(provider, "speech", "data"):
        await check_speech(exchange)


def words_said(provider: str, said: Any) -> Iterator[tuple[str, float, float, str | None]]:
    """Text, times and speaker of each word of the raw answer, channel by channel."""
    if provider == "elevenlabs":
        for at, channel in enumerate(said.get("transcripts", [said])):
            for word in channel["words"]:
                if word["type"] != "spacing":
                    whose = word.get("speaker_id") or (f"channel_{at}" if "transcripts" in said else None)
                    yield word["text"], word["start"], word["end"], whose
        return
    for word in said["results"]["channels"][0]["alternatives"][0]["words"]:
        speaker = word.get("speaker")
        yield (
            word.get("punctuated_word", word["word"]),
            word["start"],
            word["end"],
            None if speaker is None else str(speaker),
        )


def texts_said(provider: str, said: Any) -> list[str]:
    if provider == "elevenlabs":
        return [channel["text"] for channel in said.get("transcripts", [said])]
    return [channel["alternatives"][0]["transcript"] for channel in said["results"]["channels"]]


def rest_said(provider: str, said: Any) -> tuple[str | None, float | None, str | None]:
    """Language, duration and id."""
    if provider == "elevenlabs":
        first = said.get("transcripts", [said])[0]
        return first["language_code"], said.get("audio_duration_secs"), said.get("transcription_id")
    language = said["results"]["channels"][0].get("detected_language")
    return language, said["metadata"]["duration"], said["metadata"]["request_id"]


def letters(text: str) -> str:
    return "".join(text.split())


def check_segments(result: TranscriptionResult) -> None:
    """Segments say what the words say, begin and end as their first and last word, and each has one speaker."""
    assert letters("".join(each.text for each in result.segments)) == letters(
        "".join(each.text for each in result.words)
    )
    words = list(result.words)
    for segment in result.segments:
        inside: list[Segment] = []
        while letters("".join(each.text for each in inside)) != letters(segment.text):
            inside.append(words.pop(0))
        assert (segment.start, segment.end) == (inside[0].start, inside[-1].end)
        assert {segment.speaker} == {each.speaker for each in inside}
    assert not words


@sources
@pytest.mark.parametrize("provider", ["elevenlabs", "deepgram"])
async def test_transcripts(provider: str, source: str) -> None:
    for exchange in replayed(provider, "transcription", source):
        said = json.loads(exchange.body)
        if exchange.status != 200:
            with pytest.raises(APIError, match="corrupt") as caught:
                await heard(exchange)
            assert (caught.value.code, caught.value.request_id) == (said["err_code"], said["request_id"])
            continue
        result = await heard(exchange)
        assert result.text == "\n".join(texts_said(provider, said)), exchange.id
        assert [(each.text, each.start, each.end, each.speaker) for each in result.words] == list(
            words_said(provider, said)
        ), exchange.id
        assert (result.language, result.duration, result.response.id) == rest_said(provider, said), exchange.id
        check_segments(result)


@sources
@pytest.mark.parametrize("provider", ["elevenlabs", "deepgram"])
async def test_a_transcript_that_breaks_off_is_an_error_of_ours(provider: str, source: str) -> None:
    for exchange in replayed(provider, "transcription", source):
        for end in {0, 1, len(exchange.body) // 2, len(exchange.body) - 1}:
            cut = Exchange(exchange.id, provider, exchange.kind, headers=exchange.headers, body=exchange.body[:end])
            with pytest.raises(AISDKError):
                await heard(cut)
