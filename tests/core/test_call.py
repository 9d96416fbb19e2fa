"""What happened during a call: records, their nesting, attempts and observers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

import pytest

from ai_sdk.call import CallRecord, attempts_of, current_call, entered, mark, open_record, record_call, report
from ai_sdk.ending import Ending
from ai_sdk.errors import ServerError
from ai_sdk.results import LanguageResult, Usage

Seen = list[tuple[str | None, str, Any]]


def watching(seen: Seen) -> Callable[[CallRecord, str, Any], None]:
    def watch(record: CallRecord, kind: str, detail: Any) -> None:
        seen.append((record.name, kind, detail))

    return watch


async def test_records_nest_and_give_the_variable_back() -> None:
    assert current_call() is None
    with record_call(name="call") as outer:
        assert current_call() is outer
        with record_call("step", "step") as step:
            assert current_call() is step
            assert step.parent is outer
        assert current_call() is outer
    assert current_call() is None
    assert outer.children == [step]


async def test_attempts_are_known_to_the_records_around_up_to_a_tool() -> None:
    with record_call(name="call") as call, record_call("step") as step:
        first = step.attempt("a")
        with record_call("tool", "look") as tool, record_call("call") as inside:
            second = inside.attempt("b")
        third = step.attempt("c")
    assert call.attempts == step.attempts == [first, third]
    assert tool.attempts == inside.attempts == [second]


async def test_an_attempt_knows_its_times_and_its_end() -> None:
    loop = asyncio.get_running_loop()
    with record_call() as record:
        attempt = record.attempt("m")
    assert (attempt.started, attempt.duration, attempt.usage) == (loop.time(), None, None)
    await asyncio.sleep(2)
    attempt.begun()
    attempt.begun()
    await asyncio.sleep(3)
    result = LanguageResult(usage=Usage(1, 2))
    attempt.release(Ending("end", None, lambda: result))
    await asyncio.sleep(1)
    attempt.release(Ending("error", ValueError()))
    assert attempt.first_content == attempt.started + 2
    assert attempt.ended == attempt.started + 5
    assert attempt.duration == 5
    assert attempt.usage == Usage(1, 2)
    assert attempt.error is None
    assert "headers" not in repr(attempt)


async def test_observers_of_outer_records_see_the_inner_ones() -> None:
    outer: Seen = []
    inner: Seen = []
    with record_call(name="outer", observers=(watching(outer),)):
        report("cache-miss", "k")
        with record_call("step", "inner", (watching(inner),)):
            report("waited", 1.0)
        report("cache-stored")
    assert inner == [("inner", "record-opened", None), ("inner", "waited", 1.0), ("inner", "record-closed", None)]
    assert [(name, kind) for name, kind, _ in outer] == [
        ("outer", "record-opened"),
        ("outer", "cache-miss"),
        ("inner", "record-opened"),
        ("inner", "waited"),
        ("inner", "record-closed"),
        ("outer", "cache-stored"),
        ("outer", "record-closed"),
    ]


def test_a_report_outside_of_any_call_goes_nowhere() -> None:
    report("waited", 1.0)
    with record_call():
        report("waited", 1.0)


async def test_the_outermost_record_that_an_exception_crossed_is_the_one_it_carries() -> None:
    error = KeyError("foreign")
    with pytest.raises(KeyError), record_call() as call:
        with record_call("step") as step:
            step.attempt("a")
        with record_call("step") as step:
            step.attempt("b")
            raise error
    assert attempts_of(error) == tuple(call.attempts)
    assert [attempt.model for attempt in attempts_of(error)] == ["a", "b"]


async def test_an_exception_of_a_tool_does_not_carry_the_tools_record() -> None:
    error = ServerError("x")
    with pytest.raises(ServerError), record_call("tool") as tool:
        tool.attempt("a")
        raise error
    assert attempts_of(error) == error.attempts == ()


def test_an_exception_that_takes_no_attributes_is_left_alone() -> None:
    class Closed(Exception):
        def __setattr__(self, name: str, value: Any) -> None:
            raise AttributeError(name)

    error = Closed()
    mark(error, CallRecord())
    assert attempts_of(error) == ()


async def test_an_open_record_is_entered_as_often_as_needed() -> None:
    seen: Seen = []
    record = open_record(name="stream", observers=(watching(seen),))
    assert current_call() is None
    for _ in range(2):
        with entered(record) as again:
            assert current_call() is again is record
        assert current_call() is None
    error = ValueError()
    with pytest.raises(ValueError), entered(record):
        record.attempt("a")
        raise error
    assert len(attempts_of(error)) == 1
    with pytest.raises(KeyError), entered(open_record("tool")):
        raise KeyError
    record.close(error)
    open_record().close()
    assert [kind for _, kind, _ in seen] == ["record-opened", "attempt-started", "record-closed"]
    assert seen[-1][2] is error


async def test_a_bad_observer_is_reported_and_the_others_still_hear() -> None:
    seen: Seen = []
    reports: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["exception"]))

    def bad(record: CallRecord, kind: str, detail: Any) -> None:
        raise RuntimeError(kind)

    with record_call(observers=(bad, watching(seen))):
        report("waited", 2.0)
    assert [kind for _, kind, _ in seen] == ["record-opened", "waited", "record-closed"]
    assert [str(each) for each in reports] == ["record-opened", "waited", "record-closed"]


def test_a_failure_without_a_loop_goes_to_the_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    hooked: list[Any] = []

    def hook(_kind: type[BaseException], error: BaseException, _traceback: Any) -> None:
        hooked.append(error)

    monkeypatch.setattr("sys.excepthook", hook)

    def bad(record: CallRecord, kind: str, detail: Any) -> None:
        raise RuntimeError(kind)

    with record_call(observers=(bad,)):
        pass
    assert [str(each) for each in hooked] == ["record-opened", "record-closed"]


@pytest.mark.parametrize("where", ["its own", "another", "a copy made inside"])
@pytest.mark.parametrize("opened", ["with record_call", "with entered"])
async def test_a_coroutine_that_is_thrown_away_leaves_its_record_in_any_context(where: str, opened: str) -> None:
    inside: list[Context] = []
    left: list[BaseException] = []

    async def calling() -> None:
        try:
            with record_call() if opened == "with record_call" else entered(open_record()):
                inside.append(copy_context())
                await asyncio.get_running_loop().create_future()
        except BaseException as error:
            left.append(error)
            raise

    own = copy_context()
    coroutine = calling()
    own.run(coroutine.send, None)
    closing = {"its own": own, "another": Context(), "a copy made inside": inside[0]}[where]
    closing.run(coroutine.close)
    assert closing.run(current_call) is None
    assert [type(each) for each in left] == [GeneratorExit]
