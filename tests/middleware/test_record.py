"""The laws of ``record``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_record as wrong
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

from ai_sdk.cassette import Cassette, error_from_plain, from_plain
from ai_sdk.errors import InvalidRequestError, StreamError
from ai_sdk.messages import user
from ai_sdk.middleware import record
from ai_sdk.model import wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import fold_language
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[[Cassette], Any]
kinds = st.sampled_from(KINDS)


def law_neutral(make: Make) -> None:
    @examples()
    @given(ANSWERS, st.booleans(), st.sampled_from([None, 1, 2]))
    def law(answer: list[Any], stream: bool, breaks: int | None) -> None:
        async def trial() -> None:
            error = StreamError("broken")
            steps = answer if breaks is None else [*answer[: breaks - 1], TextDelta("x"), error]
            tape = Cassette()
            model = ScriptedModel([steps])
            response: Any = await caught(make(tape)(model)(STREAMED if stream else WHOLE))
            seen: list[Any] = []
            raised: Any = response
            if not isinstance(response, BaseException):
                try:
                    async for part in response:
                        seen.append(part)
                    raised = None
                except Exception as each:
                    raised = each
            assert raised is (error if breaks else None)
            sent = [step for step in steps if step is not error]
            assert len(model.calls) == 1
            if stream or not breaks:
                assert len(seen) == len(sent)
                assert all(one is other for one, other in zip(seen, sent, strict=True))
            check_closed(model)

        run(trial())

    law()


def test_M3_parts_and_errors_pass_as_they_are() -> None:
    law_neutral(record)
    rejects(law_neutral, wrong.record_with_its_own_error)
    rejects(law_neutral, wrong.record_at_the_await)


def law_written(make: Make) -> None:
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
            max_size=4,
        ),
    )
    def law(kind: Kind, outcomes: list[Outcome]) -> None:
        async def trial() -> None:
            tape = Cassette()
            scripted = Scripted(kind, outcomes)
            layered = make(tape)(scripted.model)
            for number, outcome in enumerate(outcomes, start=1):
                answer = await caught(read(layered, scripted.request))
                assert len(tape.recordings) == number, "a call was not written, or twice"
                plain = tape.recordings[-1].plain
                assert from_plain(plain["request"]) == scripted.request
                if isinstance(outcome.answer, Exception):
                    assert answer is outcome.answer
                    assert type(error_from_plain(plain["error"])) is type(answer)
                elif kind == "embedding":
                    assert from_plain(plain["result"]).embeddings == good(kind, outcome.answer)
                else:
                    assert list(from_plain(plain["parts"])) == [TextDelta(outcome.answer), FINISH]
                    assert plain["ended"] == "end"
            scripted.check_closed()

        run(trial())

    law()


def test_K1_every_call_that_is_over_is_one_line() -> None:
    law_written(record)
    rejects(law_written, wrong.record_answers_alone)
    rejects(law_written, wrong.record_at_the_await)


def law_secrets(make: Make) -> None:
    @examples(20)
    @given(kinds, st.booleans())
    def law(kind: Kind, fails: bool) -> None:
        async def trial(folder: str) -> None:
            tape = Cassette(Path(folder) / "tape.jsonl")
            scripted = Scripted(kind, [Outcome(retryable() if fails else "a")])
            request = type(scripted.request)(
                **{
                    name: getattr(scripted.request, name)
                    for name in ("messages", "values")
                    if hasattr(scripted.request, name)
                },
                headers={"authorization": "Bearer sesame"},
            )
            await caught(read(make(tape)(scripted.model), request))
            assert tape.path is not None
            assert "sesame" not in tape.path.read_text()
            assert len(tape.path.read_text().splitlines()) == 1

        with tempfile.TemporaryDirectory() as folder:
            run(trial(folder))

    law()


def test_law_08_no_headers_in_the_file() -> None:
    law_secrets(record)
    rejects(law_secrets, wrong.record_headers)


async def test_K1_the_line_is_there_before_the_end_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    async with await record(path)(ScriptedModel(["one two"]))(STREAMED) as response:
        async for _ in response:
            assert not path.exists()
        assert path.read_text().count("\n") == 1
    response = await record(path)(ScriptedModel(["one two"]))(WHOLE)
    assert path.read_text().count("\n") == 2


async def test_answers_that_were_left_are_recorded_as_far_as_they_were_read() -> None:
    tape = Cassette()
    model = ScriptedModel([[TextDelta("a"), TextDelta("b"), TextDelta("c"), HANG]])
    async with await record(tape)(model)(STREAMED) as response:
        async for part in response:
            if part == TextDelta("b"):
                break
    assert list(from_plain(tape.recordings[0].plain["parts"])) == [TextDelta("a"), TextDelta("b")]
    assert tape.recordings[0].plain["ended"] == "closed"
    response = await record(tape)(model)(STREAMED)
    task = asyncio.create_task(response.result())
    await asyncio.sleep(1)
    task.cancel()
    assert isinstance(await caught(task), asyncio.CancelledError)
    assert tape.recordings[1].plain["ended"] == "cancelled"
    response = await record(tape)(model)(STREAMED)
    with pytest.warns(ResourceWarning):
        del response
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert tape.recordings[2].plain["ended"] == "dropped"
    check_closed(model)


async def test_a_call_that_was_cancelled_is_not_recorded() -> None:
    tape = Cassette()
    task = asyncio.ensure_future(caught(record(tape)(ScriptedModel([[HANG]]))(STREAMED)))
    await asyncio.sleep(1)
    task.cancel()
    assert isinstance(await task, asyncio.CancelledError)
    assert tape.recordings == ()


async def test_times_are_recorded() -> None:
    tape = Cassette()
    model = ScriptedModel([[1.0, TextDelta("a"), 2.0, TextDelta("b"), FINISH]])
    async for _ in await record(tape)(model)(STREAMED):
        await asyncio.sleep(10)
    assert tape.recordings[0].plain["seconds"] == 1.0
    assert tape.recordings[0].plain["waits"] == [0.0, 2.0, 0.0]


async def test_a_request_that_cannot_be_written_is_refused_before_the_call() -> None:
    called: list[Any] = []

    async def model(request: Any) -> Any:
        called.append(request)

    with pytest.raises(InvalidRequestError):
        await record(Cassette())(model)(object())
    assert not called


async def test_the_line_can_be_read_by_people(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    request = LanguageRequest(messages=(user("wie geht's, Ünal?"),))
    await wrap_model(ScriptedModel(["gut"]), [record(path)])(request)
    assert '"text": "wie geht\'s, Ünal?"' in path.read_text(encoding="utf-8")
    assert '"model": "scripted:model"' in path.read_text(encoding="utf-8")
    assert fold_language(from_plain(Cassette(path).recordings[0].plain["parts"])).text == "gut"


async def test_a_result_that_cannot_be_written_is_told_and_handed_on() -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    answer = object()

    async def model(_request: Any) -> Any:
        return answer

    assert await record(Cassette())(model)(EMBEDDING) is answer
    assert isinstance(told[0], InvalidRequestError)


@pytest.mark.parametrize(
    ("cassette", "said"),
    [
        (7, "cassette is a int; allowed are a path and a Cassette"),
        ("", "cassette is a str; allowed are a path and a Cassette"),
        ("no/such/folder/tape.jsonl", "the folder no/such/folder does not exist; make it first"),
    ],
)
def test_bad_options(cassette: Any, said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        record(cassette)
    assert raised.value.field == "cassette"
    assert str(raised.value) == f"record: {said}"


async def test_a_stream_that_breaks_is_recorded_with_its_error_once() -> None:
    tape = Cassette()
    with pytest.raises(StreamError):
        await read(record(tape)(ScriptedModel([[2.0, TextDelta("a"), StreamError("cut")]])), STREAMED)
    (line,) = [recording.plain for recording in tape.recordings]
    assert (line["ended"], line["seconds"]) == ("error", 2.0)
    error = error_from_plain(line["error"])
    assert (type(error), str(error)) == (StreamError, "cut")
    assert from_plain(line["parts"]) == (TextDelta("a"),)


async def test_times_are_from_the_start_of_the_call() -> None:
    tape = Cassette()
    await asyncio.sleep(100)
    await read(record(tape)(ScriptedModel([[3.0, TextDelta("a"), FINISH]])), STREAMED)
    assert tape.recordings[0].plain["seconds"] == pytest.approx(3.0, abs=1e-6)
    assert "error" not in tape.recordings[0].plain


async def test_an_answer_that_is_left_has_no_error() -> None:
    tape = Cassette()
    async with await record(tape)(ScriptedModel([[TextDelta("a"), FINISH]]))(STREAMED):
        pass
    assert "error" not in tape.recordings[0].plain
