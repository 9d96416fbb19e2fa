"""The laws of a flight: one call for several callers."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_flight as wrong
from layer_laws.kit import EMBEDDING, FINISH, STREAMED, WHOLE, caught, check_closed, examples, rejects

from ai_sdk.call import record_call
from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import APITimeoutError, ServerError, StreamError, TruncatedStreamError
from ai_sdk.flight import Flight
from ai_sdk.parts import ResponseMetadata, TextDelta
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run

Make = Callable[[Callable[[], Any]], Any]

STEPS = st.lists(st.sampled_from([TextDelta("a"), TextDelta("b"), TextDelta("c"), 1.0, 2.0]), max_size=8)
requests = st.sampled_from([WHOLE, STREAMED])
PLAIN = EmbeddingResult(embeddings=((1.0,),))


def parts_of(steps: list[Any]) -> list[Any]:
    return [step for step in steps if not isinstance(step, float | BaseException)]


async def view(flight: Any, after: float = 0.0, stop_after: int | None = None) -> list[Any]:
    """Join after a while and read so many parts, or all."""
    if after:
        await asyncio.sleep(after)
    seen: list[Any] = []
    async with await flight.join() as response:
        async for part in response:
            seen.append(part)
            if len(seen) == stop_after:
                break
    return seen


def law_every_view_is_whole(make: Make) -> None:
    @examples()
    @given(
        requests,
        STEPS,
        st.lists(
            st.tuples(st.integers(0, 6), st.none() | st.integers(0, 9), st.none() | st.integers(1, 4)), max_size=5
        ),
    )
    def law(request: Any, steps: list[Any], others: list[tuple[int, int | None, int | None]]) -> None:
        async def trial() -> None:
            script = [*steps, TextDelta("z"), 1.0, FINISH]
            model = ScriptedModel([script])
            flight = make(lambda: model(request))
            faithful = asyncio.create_task(view(flight))
            tasks = [asyncio.create_task(view(flight, after, stop)) for after, _, stop in others]
            for task, (_, cancelled, _) in zip(tasks, others, strict=True):
                if cancelled is not None:
                    asyncio.get_running_loop().call_later(cancelled + 0.5, task.cancel)
            seen = await asyncio.gather(faithful, *tasks, return_exceptions=True)
            whole = parts_of(script)
            assert seen[0] == whole
            for each, (_, cancelled, stop) in zip(seen[1:], others, strict=True):
                if isinstance(each, BaseException):
                    assert isinstance(each, asyncio.CancelledError)
                    assert cancelled is not None
                else:
                    assert each == whole[: stop or len(whole)]
            assert len(model.calls) == 1
            await asyncio.sleep(20)
            check_closed(model)

        run(trial())

    law()


def test_C3_C4_every_view_is_whole_whoever_else_leaves() -> None:
    law_every_view_is_whole(Flight)
    rejects(law_every_view_is_whole, wrong.SharesOneGenerator)
    rejects(law_every_view_is_whole, wrong.RunsInTheLeader)
    rejects(law_every_view_is_whole, wrong.AnybodyCancels)
    rejects(law_every_view_is_whole, wrong.StartsFromNow)


def law_the_last_to_leave_closes(make: Make) -> None:
    @examples()
    @given(
        STEPS,
        st.sampled_from(["cancel", "close"]),
        st.lists(st.integers(0, 16), min_size=1, max_size=4),
        st.booleans(),
    )
    def law(steps: list[Any], how: str, leave: list[int], same_tick: bool) -> None:
        async def trial() -> None:
            loop = asyncio.get_running_loop()
            model = ScriptedModel([[*steps, 1.0, TextDelta("z"), HANG]])
            flight = make(lambda: model(STREAMED))

            async def caller(at: float) -> None:
                if how == "cancel":
                    await view(flight)
                else:
                    async with await flight.join():
                        await asyncio.sleep(max(0.0, at - loop.time()))

            moments = [at / 2 + (0.0 if same_tick else 0.25) for at in leave]
            tasks = [asyncio.create_task(caller(at)) for at in moments]
            for task, at in zip(tasks, moments, strict=True):
                if how == "cancel":
                    loop.call_later(at, task.cancel)
            for answer in [await caught(task) for task in tasks]:
                assert answer is None or isinstance(answer, asyncio.CancelledError)
            assert flight.done
            check_closed(model)

        run(trial())

    law()


def test_the_last_to_leave_closes_the_upstream_and_waits_for_it() -> None:
    law_the_last_to_leave_closes(Flight)
    rejects(law_the_last_to_leave_closes, wrong.NeverGivesUp)
    rejects(law_the_last_to_leave_closes, wrong.LeavesALateResponseOpen)
    rejects(law_the_last_to_leave_closes, wrong.DoesNotWaitForTheEnd)


def law_everybody_has_an_error_of_its_own(make: Make) -> None:
    @examples(30)
    @given(requests, STEPS, st.lists(st.integers(0, 3), min_size=2, max_size=4), st.booleans())
    def law(request: Any, steps: list[Any], reads: list[int], library: bool) -> None:
        async def trial() -> None:
            error: Exception = StreamError("broke") if library else ValueError("a bug")
            model = ScriptedModel([[*steps, 1.0, error]])
            flight = make(lambda: model(request))
            began = request.stream and bool(parts_of(steps))

            async def caller(pause: int) -> BaseException:
                with record_call() as record:
                    try:
                        response = await flight.join()
                        await asyncio.sleep(pause)
                        async for _ in response:
                            pass
                    except Exception as mine:
                        mine.__notes__ = [str(id(record))]
                        return mine
                raise AssertionError("no error came")

            errors = await asyncio.gather(*[caller(pause) for pause in reads])
            assert len({id(each) for each in errors}) == len(errors)
            assert error in errors
            for each in cast("list[Any]", errors):
                assert type(each) is type(error)
                assert each.args == error.args
                assert each.__traceback__ is not None
                if isinstance(each, StreamError) and began:
                    assert each.partial.text == "".join(part.text for part in parts_of(steps))
            assert len({each.__notes__[0] for each in errors}) == len(errors)
            check_closed(model)

        run(trial())

    law()


def test_C5_everybody_has_the_error_and_an_object_of_its_own() -> None:
    law_everybody_has_an_error_of_its_own(Flight)
    rejects(law_everybody_has_an_error_of_its_own, wrong.OneErrorForAll)


def law_no_deadline_inside(make: Make) -> None:
    async def trial() -> None:
        seen: list[float | None] = []

        async def model(_request: Any) -> EmbeddingResult:
            seen.append(deadline())
            return PLAIN

        with deadline_at(5.0):
            flight = make(lambda: model(EMBEDDING))
            assert await flight.join() is PLAIN
            assert deadline() == 5.0
        assert seen == [None]

    run(trial())


def test_a_flight_has_no_callers_deadline() -> None:
    law_no_deadline_inside(Flight)
    rejects(law_no_deadline_inside, wrong.KeepsTheDeadline)


@pytest.mark.parametrize("request_", [WHOLE, STREAMED])
@pytest.mark.parametrize("steps", [[TextDelta("a"), 1.0, TextDelta("b"), 1.0, FINISH], [1.0, TextDelta("a"), FINISH]])
async def test_200_readers_of_one_call(request_: Any, steps: list[Any]) -> None:
    model = ScriptedModel([steps])
    flight = Flight(lambda: model(request_))
    seen = await asyncio.gather(*[view(flight) for _ in range(200)])
    assert seen == [parts_of(steps)] * 200
    assert len(model.calls) == 1
    assert flight.done
    assert flight.claimed
    check_closed(model)


@pytest.mark.parametrize("at", [0.5, 1.5, 2.5])
async def test_a_cancelled_leader_leaves_the_other_199_whole(at: float) -> None:
    steps: list[Any] = [1.0, TextDelta("a"), 1.0, TextDelta("b"), 1.0, FINISH]
    model = ScriptedModel([steps])
    flight = Flight(lambda: model(STREAMED))
    tasks = [asyncio.create_task(view(flight)) for _ in range(200)]
    await asyncio.sleep(at)
    tasks[0].cancel()
    seen = [await caught(task) for task in tasks]
    assert isinstance(seen[0], asyncio.CancelledError)
    assert seen[1:] == [parts_of(steps)] * 199
    check_closed(model)


@pytest.mark.parametrize("at", [0.5, 1.5])
async def test_all_200_cancelled_close_the_upstream_at_once(at: float) -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), HANG]])
    flight = Flight(lambda: model(STREAMED))
    tasks = [asyncio.create_task(view(flight)) for _ in range(200)]
    await asyncio.sleep(at)
    for task in tasks:
        task.cancel()
    assert all([isinstance(await caught(task), asyncio.CancelledError) for task in tasks])
    assert asyncio.get_running_loop().time() == at
    assert flight.done
    assert flight.abandoned
    assert not flight.claimed
    check_closed(model)
    with pytest.raises(RuntimeError, match="abandoned"):
        await flight.join()


async def test_dropped_views_close_the_upstream() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    flight = Flight(lambda: model(STREAMED))
    views = [await flight.join() for _ in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        views.pop()
        gc.collect()
        await asyncio.sleep(0)
        assert not flight.abandoned
        views.clear()
        gc.collect()
    await asyncio.sleep(1)
    assert flight.abandoned
    assert flight.done
    check_closed(model)


async def test_a_view_that_another_thread_drops_closes_the_upstream() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    flight = Flight(lambda: model(STREAMED))
    views = [await flight.join()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        thread = threading.Thread(target=views.clear)
        thread.start()
        thread.join()
    await asyncio.sleep(1)
    assert flight.done
    check_closed(model)


def test_a_view_that_outlives_its_loop_is_dropped_silently() -> None:
    kept: list[Any] = []
    model = ScriptedModel([[TextDelta("a"), HANG]])

    async def trial() -> None:
        flight = Flight(lambda: model(STREAMED))
        kept.append(await flight.join())

    run(trial())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        kept.clear()
        gc.collect()
    assert not [wire for wire in model.wires if wire.open]


async def test_a_call_that_was_dropped_while_it_waited_leaves() -> None:
    model = ScriptedModel([[HANG]])
    flight = Flight(lambda: model(STREAMED))
    waiting = flight.join()
    waiting.send(None)
    waiting.close()
    await asyncio.sleep(1)
    assert flight.done
    check_closed(model)


async def test_a_flight_that_nobody_joined_goes_on_and_serves_late_callers() -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), 1.0, FINISH]])
    flight = Flight(lambda: model(STREAMED))
    told: list[str] = []
    flight.when_begun(lambda: told.append("begun"))
    flight.when_done(lambda: told.append("done"))
    await asyncio.sleep(1.5)
    assert told == ["begun"]
    assert flight.begun
    assert not flight.done
    assert flight.parts is None
    await asyncio.sleep(9)
    assert told == ["begun", "done"]
    assert flight.parts == (TextDelta("a"), FINISH)
    assert not flight.claimed
    for _ in range(2):
        assert await view(flight) == [TextDelta("a"), FINISH]
    assert flight.claimed
    flight.when_done(lambda: told.append("late"))
    assert told[-1] == "late"
    flight.cancel()
    assert not flight.abandoned
    check_closed(model)


async def test_a_stream_is_claimed_by_whoever_reads_it_to_its_end() -> None:
    model = ScriptedModel([[TextDelta("a"), TextDelta("b"), FINISH]])
    flight = Flight(lambda: model(STREAMED))
    assert await view(flight, stop_after=1) == [TextDelta("a")]
    assert flight.done
    assert not flight.claimed
    await view(flight)
    assert flight.claimed


async def test_plain_results_are_handed_out_as_they_are() -> None:
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([1.0, PLAIN])
    flight = Flight(lambda: model(EMBEDDING))
    tasks = [asyncio.create_task(flight.join()) for _ in range(3)]
    await asyncio.sleep(0.5)
    tasks[0].cancel()
    answers = [await caught(task) for task in tasks]
    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(answer is PLAIN for answer in answers[1:])
    assert flight.value is PLAIN
    assert flight.claimed
    assert flight.fold is None
    assert len(model.calls) == 1


async def test_all_callers_of_a_plain_call_cancelled_cancel_it() -> None:
    ended: list[str] = []

    async def model() -> EmbeddingResult:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(1)
            ended.append("cleaned up")
        return PLAIN

    flight = Flight(model)
    tasks = [asyncio.create_task(flight.join()) for _ in range(3)]
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    assert all([isinstance(await caught(task), asyncio.CancelledError) for task in tasks])
    assert ended == ["cleaned up"]
    assert asyncio.get_running_loop().time() == 1.5


async def test_cancelled_before_its_task_has_started_it_makes_no_call() -> None:
    model = ScriptedModel(["hello"])
    flight = Flight(lambda: model(STREAMED))
    assert flight.error is None
    flight.cancel()
    assert flight.done
    assert isinstance(flight.error, asyncio.CancelledError)
    await flight.settle()
    await asyncio.sleep(0)
    assert not model.calls
    check_closed(model)


async def test_a_call_that_is_cancelled_from_inside_is_cancelled_for_all() -> None:
    async def model() -> EmbeddingResult:
        await asyncio.sleep(1)
        raise asyncio.CancelledError

    flight = Flight(model)
    tasks = [asyncio.create_task(flight.join()) for _ in range(3)]
    assert all([isinstance(await caught(task), asyncio.CancelledError) for task in tasks])
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_that_cannot_be_copied_is_the_same_for_all() -> None:
    class Odd(Exception):
        def __init__(self, code: int) -> None:
            super().__init__(f"code {code}")

    odd = Odd(3)

    async def model() -> EmbeddingResult:
        raise odd

    flight = Flight(model)
    assert await caught(flight.join()) is odd
    assert await caught(flight.join()) is odd


async def test_a_copy_knows_its_cause_and_limit() -> None:
    async def model() -> EmbeddingResult:
        raise APITimeoutError("slow", limit="idle", seconds=3.0) from ValueError("why")

    flight = Flight(model)
    first, second = await caught(flight.join()), await caught(flight.join())
    assert first is not second
    for each in (first, second):
        assert isinstance(each, APITimeoutError)
        assert (each.limit, each.seconds, each.message) == ("idle", 3.0, "slow")
        assert isinstance(each.__cause__, ValueError)


async def test_attempts_are_in_the_record_of_whoever_started_it() -> None:
    model = ScriptedModel([[1.0, ServerError("broken")]])
    flights: list[Flight[Any]] = []

    async def leader() -> Any:
        with record_call() as record:
            flights.append(Flight(lambda: model(STREAMED)))
            return await caught(flights[0].join()), record

    async def follower() -> Any:
        await asyncio.sleep(0.5)
        with record_call() as record:
            return await caught(flights[0].join()), record

    (_, first), (_, second) = await asyncio.gather(leader(), follower())
    assert [attempt.model for attempt in first.attempts] == ["scripted:model"]
    assert second.attempts == []


async def test_a_whole_answer_without_a_finish_is_an_error_for_all() -> None:
    model = ScriptedModel([[ResponseMetadata(id="x"), TextDelta("a")]])
    flight = Flight(lambda: model(WHOLE))
    for _ in range(2):
        response = await flight.join()
        with pytest.raises(TruncatedStreamError) as raised:
            await response.result()
        assert raised.value.partial.text == "a"


async def test_a_callback_that_fails_is_reported_and_changes_nothing() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    model = ScriptedModel(["hello"])
    flight = Flight(lambda: model(STREAMED))

    def fail() -> None:
        raise ValueError("a bug")

    flight.when_begun(fail)
    assert (await (await flight.join()).result()).text == "hello"
    assert reported == ["watching a flight failed"]


def test_a_flight_belongs_to_its_loop() -> None:
    async def start() -> Flight[EmbeddingResult]:
        flight = Flight(lambda: ScriptedCall[EmbeddingRequest, EmbeddingResult]([PLAIN])(EMBEDDING))
        await flight.join()
        return flight

    flight = run(start())

    async def elsewhere() -> None:
        with pytest.raises(RuntimeError, match="loop"):
            await flight.join()

    run(elsewhere())
