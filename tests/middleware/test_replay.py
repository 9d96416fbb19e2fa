"""The laws of ``replay``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_replay as wrong
from laws.harness import ANSWERS
from layer_laws.kit import (
    EMBEDDING,
    FINISH,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    final,
    good,
    read,
    rejects,
    retryable,
)

from ai_sdk.cassette import Cassette
from ai_sdk.errors import InvalidRequestError, RateLimitError, StreamError, TruncatedStreamError
from ai_sdk.messages import user
from ai_sdk.middleware import record, replay, retry
from ai_sdk.model import wrap_model
from ai_sdk.parts import AudioDelta, Finish, TextDelta, TranscriptDelta, TranscriptFinish
from ai_sdk.requests import LanguageRequest, SpeechRequest, TranscriptionRequest
from ai_sdk.results import SpeechResponse, TranscriptionResponse, Usage, fold_language, fold_speech, fold_transcription
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., Any]
kinds = st.sampled_from(KINDS)


async def nobody(_request: Any) -> Any:
    raise AssertionError("the model inside was asked")


async def seen(model: Any, request: Any) -> tuple[list[Any], Any]:
    """The parts and the error that a call and its reader see."""
    parts: list[Any] = []
    try:
        async for part in await model(request):
            parts.append(part)
    except Exception as error:
        return parts, error
    return parts, None


def law_parts(make: Make) -> None:
    @examples()
    @given(ANSWERS, st.booleans(), st.sampled_from(["end", "truncated", "broken"]))
    def law(answer: list[Any], stream: bool, end: str) -> None:
        async def trial() -> None:
            endings: dict[str, list[Any]] = {
                "end": answer,
                "truncated": answer[:-1],
                "broken": [*answer[:-1], RateLimitError("no")],
            }
            tape = Cassette()
            request = STREAMED if stream else WHOLE
            parts, error = await seen(record(tape)(ScriptedModel([endings[end]])), request)
            again, error_again = await seen(make(tape)(nobody), request)
            assert again == parts
            assert type(error_again) is type(error)
            assert getattr(error_again, "partial", None) == getattr(error, "partial", None)
            if end == "end":
                assert again == answer

        run(trial())

    law()


def test_K2_streams_come_as_they_were_cut_and_errors_as_what_they_were() -> None:
    law_parts(replay)
    rejects(law_parts, wrong.replay_in_one_piece)


def law_order(make: Make) -> None:
    @examples()
    @given(
        kinds,
        st.lists(
            st.one_of(
                st.builds(retryable, st.integers(0, 9)),
                st.builds(final, st.integers(0, 9)),
                st.text("abc", min_size=1, max_size=3),
            ).map(Outcome),
            min_size=1,
            max_size=5,
        ),
    )
    def law(kind: Kind, outcomes: list[Outcome]) -> None:
        async def trial() -> None:
            tape = Cassette()
            scripted = Scripted(kind, outcomes)
            for _ in outcomes:
                await caught(read(record(tape)(scripted.model), scripted.request))
            calls = len(scripted.calls)
            layered = make(tape)(scripted.model)
            for outcome in outcomes:
                answer = await caught(read(layered, scripted.request))
                if isinstance(outcome.answer, Exception):
                    assert type(answer) is type(outcome.answer)
                    assert str(answer) == str(outcome.answer)
                else:
                    assert answer == good(kind, outcome.answer)
            assert isinstance(await caught(read(layered, scripted.request)), InvalidRequestError)
            assert len(scripted.calls) == calls, "the model inside was asked"
            scripted.check_closed()

        run(trial())

    law()


def test_K3_equal_requests_get_their_answers_in_order_and_the_model_is_not_asked() -> None:
    law_order(replay)
    rejects(law_order, wrong.replay_the_first)
    rejects(law_order, wrong.replay_asking_the_model)


def law_matching(make: Make) -> None:
    @examples()
    @given(st.permutations(range(4)), st.integers(0, 3), st.booleans())
    def law(order: list[int], other: int, stream: bool) -> None:
        async def trial() -> None:
            tape = Cassette()
            texts = ["a", "a", "b", "b"]
            warmths = [None, 0.5, None, 0.5]
            requests = [
                LanguageRequest(messages=(user(text),), temperature=warm, stream=stream)
                for text, warm in zip(texts, warmths, strict=True)
            ]
            for number, request in enumerate(requests):
                await read(record(tape)(ScriptedModel([f"answer {number}"])), request)
            layered = make(tape)(nobody)
            for number in order:
                assert await caught(read(layered, requests[number])) == f"answer {number}"
            unknown = LanguageRequest(messages=requests[other].messages, temperature=0.7)
            error = await caught(read(layered, unknown))
            assert isinstance(error, InvalidRequestError)
            assert error.field == "temperature"

        run(trial())

    law()


def test_K4_a_request_gets_only_what_was_recorded_for_an_equal_one() -> None:
    law_matching(replay)
    rejects(law_matching, wrong.replay_anything)


def law_timing(make: Make) -> None:
    @examples()
    @given(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), st.booleans())
    def law(first: int, waits: list[int], stream: bool) -> None:
        async def trial() -> None:
            time = asyncio.get_running_loop().time
            steps: list[Any] = [float(first), TextDelta("a")]
            for wait in waits:
                steps += [float(wait), TextDelta("b")]
            tape = Cassette()
            request = STREAMED if stream else WHOLE
            model = record(tape)(ScriptedModel([[*steps, FINISH]]))
            for each in (model, make(tape, timing=True)(nobody)):
                started = time()
                response = await each(request)
                times = [time() - started]
                async for _ in response:
                    times.append(time() - started)
                at, expected = float(first), [float(first)]
                for wait in waits:
                    at += wait
                    expected.append(at)
                whole = [expected[-1]] * (len(waits) + 3)
                assert times == pytest.approx([expected[0], *expected, at] if stream else whole, abs=1e-6)

        run(trial())

    law()


def test_K5_with_timing_it_takes_as_long_as_it_took() -> None:
    law_timing(replay)
    rejects(law_timing, wrong.replay_at_once)


async def test_without_timing_it_takes_no_time() -> None:
    tape = Cassette()
    await read(record(tape)(ScriptedModel([[5.0, TextDelta("a"), 5.0, FINISH]])), STREAMED)
    started = asyncio.get_running_loop().time()
    assert await read(replay(tape)(nobody), STREAMED) == "a"
    assert asyncio.get_running_loop().time() == started


async def test_what_was_recorded_one_way_is_replayed_the_other_way() -> None:
    tape = Cassette()
    answer: list[Any] = [TextDelta("a"), TextDelta("b"), FINISH]
    await read(record(tape)(ScriptedModel([answer])), STREAMED)
    await read(record(tape)(ScriptedModel([answer])), WHOLE)
    layered = replay(tape)(nobody)
    assert (await seen(layered, WHOLE))[0] == answer
    assert (await seen(layered, STREAMED))[0] == answer


async def test_a_recording_that_was_closed_early_says_so() -> None:
    tape = Cassette()
    async with await record(tape)(ScriptedModel([[TextDelta("a"), TextDelta("b"), FINISH]]))(STREAMED) as response:
        async for _ in response:
            break
    parts, error = await seen(replay(tape)(nobody), STREAMED)
    assert parts == [TextDelta("a")]
    assert isinstance(error, StreamError)
    assert not isinstance(error, TruncatedStreamError)
    assert not error.retryable
    assert error.partial.text == "a"


async def test_not_strict_asks_the_model_for_what_is_missing_and_repeats_the_last() -> None:
    tape = Cassette()
    model = ScriptedModel(["one", "two"])
    stack = wrap_model(model, [replay(tape, strict=False), record(tape)])
    other = LanguageRequest(messages=(user("other"),))
    assert [await read(stack, WHOLE), await read(stack, WHOLE), await read(stack, other)] == ["one", "one", "two"]
    assert await read(stack, other) == "two"
    assert len(model.calls) == 2
    check_closed(model)


async def test_a_pipeline_replays_from_its_file_each_time_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    model = ScriptedModel([RateLimitError("slow", status=429), "good"])
    stack = wrap_model(model, [retry(base=0), record(path)])
    assert await read(stack, STREAMED) == "good"
    layered = replay(path)
    for _ in range(2):
        stack = wrap_model(nobody, [retry(base=0), layered])
        assert await read(stack, STREAMED) == "good"


async def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"does not exist.*record\("):
        await replay(tmp_path / "tape.jsonl")(nobody)(WHOLE)
    assert await read(replay(tmp_path / "tape.jsonl", strict=False)(ScriptedModel(["x"])), WHOLE) == "x"


async def test_every_kind_of_stream() -> None:
    spoken: list[Any] = [AudioDelta(b"\x01"), AudioDelta(b"\xff"), Finish("stop", Usage())]
    written: list[Any] = [TranscriptDelta("a"), TranscriptDelta("b"), TranscriptFinish(Usage())]

    async def speech(_request: SpeechRequest) -> SpeechResponse:
        return SpeechResponse.of(spoken, fold_speech)

    async def transcription(_request: TranscriptionRequest) -> TranscriptionResponse:
        return TranscriptionResponse.of(written, fold_transcription)

    tape = Cassette()
    for stream in (True, False):
        say = SpeechRequest(text="hi", stream=stream)
        hear = TranscriptionRequest(audio=b"\x00", stream=stream)
        assert [part async for part in await record(tape)(speech)(say)] == spoken
        assert [part async for part in await record(tape)(transcription)(hear)] == written
        assert await (await replay(tape)(nobody)(say)).result() == fold_speech(spoken)
        assert await (await replay(tape)(nobody)(hear)).result() == fold_transcription(written)


async def test_leaving_a_replayed_stream_leaves_nothing() -> None:
    tape = Cassette()
    await read(record(tape)(ScriptedModel([[TextDelta("a"), TextDelta("b"), FINISH]])), STREAMED)
    async with await replay(tape)(nobody)(STREAMED) as response:
        async for part in response:
            assert fold_language([part]).text == "a"
            break
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_law_10_two_threads_replay_one_cassette_as_one_sequence() -> None:
    tape = Cassette()

    async def record_all() -> None:
        for number in range(60):
            await read(record(tape)(Scripted("embedding", [Outcome("x" * (number + 1))]).model), EMBEDDING)

    run(record_all())
    layered = replay(tape)(nobody)
    got: list[Any] = []

    async def work() -> None:
        for _ in range(30):
            got.append(await read(layered, EMBEDDING))
            await asyncio.sleep(0)

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(got) == [((float(number),),) for number in range(1, 61)]


@pytest.mark.parametrize("cassette", [7, "", None])
def test_bad_options(cassette: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        replay(cassette)
    assert raised.value.field == "cassette"
