"""The laws of waiting for a job, and that each of them rejects a poller that breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from laws.harness import no_task_left, rejects, search

from ai_sdk.deadline import deadline_at
from ai_sdk.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    OverloadedError,
    ServerError,
)
from ai_sdk.polling import Pending, Polling, poll, polling_with
from ai_sdk.testing import run
from core._watched_job import CLOSE, DONE, Job, Step, close, wait, watched
from core._wrong_polling import Poller

WAITS = st.none() | st.floats(-1, 30)
SECONDS = st.floats(0, 3)
PENDING = st.builds(
    Pending,
    st.sampled_from(["queued", "processing"]),
    st.none() | st.floats(0, 1),
    st.none() | st.just("third in the queue"),
    WAITS,
)


def _broken(wait: float | None) -> APIError:
    return ServerError("broken", retry_after=wait)


BROKEN = st.builds(_broken, WAITS)
ALIVE = st.lists(st.builds(Step, SECONDS, PENDING), max_size=6)
SHAKY = st.lists(st.builds(Step, SECONDS, PENDING | BROKEN), max_size=6)
FIRST = st.none() | PENDING


def pollings(timeout: st.SearchStrategy[float | None] = st.none(), failures: int = 9) -> st.SearchStrategy[Polling]:
    return st.builds(
        Polling,
        interval=st.floats(0.1, 20),
        factor=st.floats(1, 4),
        longest=st.floats(0.1, 60),
        timeout=timeout,
        failures=st.integers(0 if failures < 9 else 9, failures),
    )


def finished(steps: list[Step]) -> list[Step]:
    return [*steps, Step(0.5, None)]


# --- the laws


def pauses_grow_to_the_longest_unless_the_provider_says(poller: Any) -> None:
    """``interval * factor ** k`` capped at ``longest``; a hint of the provider goes first and moves no exponent."""

    def law(polling: Polling, first: Pending | None, steps: list[Step]) -> None:
        waited = wait(poller, finished(steps), polling, first)
        job, unhinted = waited.job, 0
        cap = max(polling.longest, polling.interval)
        seen: Pending | Exception | None = first
        for at, begun in enumerate(job.begun):
            hint = seen.wait if isinstance(seen, Pending) else getattr(seen, "retry_after", None)
            if hint is not None:
                expected = max(hint, 0.0)
            else:
                expected = min(polling.interval * polling.factor**unhinted, cap)
                unhinted += 1
            paused = begun - (job.over[at - 1] if at else 0.0)
            assert close(paused, expected), f"pause {at} was {paused}, not {expected}"
            seen = job.found(at)
        assert waited.result is DONE, waited.error

    search(law, pollings(), FIRST, SHAKY)


def all_of_it_ends_by_the_timeout(poller: Any) -> None:
    """Never later than ``timeout``, and no earlier without a result; also when a look hangs."""

    def law(polling: Polling, steps: list[Step], last: float, start: float) -> None:
        waited = wait(poller, [*steps, Step(last, None)], polling, start=start)
        assert polling.timeout is not None
        ends = start + polling.timeout
        assert waited.ended <= ends + CLOSE, f"it took until {waited.ended}; the limit was {ends}"
        if waited.error is None:
            assert waited.result is DONE
            return
        error = waited.error
        assert isinstance(error, APITimeoutError), repr(error)
        assert close(waited.ended, ends), f"it gave up at {waited.ended}; the limit was {ends}"
        assert error.limit == "polling"
        assert error.job == "j1"
        assert not error.retryable, "another try would be another bill"
        assert "j1" in error.message
        assert waited.job.called_off, "a job that is given up is called off"

    search(law, pollings(st.floats(0.5, 60)), ALIVE, st.sampled_from([0.5, 1000.0]), st.sampled_from([0.0, 5.0]))


def a_job_that_is_done_is_returned_at_once(poller: Any) -> None:
    """After exactly as many looks as it needs, at the moment of the last one; nobody calls it off."""

    def law(polling: Polling, steps: list[Step]) -> None:
        waited = wait(poller, finished(steps), polling)
        assert waited.result is DONE, waited.error
        assert len(waited.job.begun) == len(steps) + 1
        assert close(waited.ended, waited.job.over[-1])
        assert not waited.job.called_off

    search(law, pollings(), SHAKY)


def failures_in_a_row_are_survived(poller: Any) -> None:
    """As many as ``failures``; one more is raised and the job called off; a look that succeeds begins anew."""

    def law(polling: Polling, broken: list[bool]) -> None:
        steps = [Step(0.1, _broken(None) if each else Pending("processing")) for each in broken]
        waited = wait(poller, finished(steps), polling)
        run_of, raised = 0, None
        for at, each in enumerate(broken):
            run_of = run_of + 1 if each else 0
            if run_of > polling.failures:
                raised = at
                break
        if raised is None:
            assert waited.result is DONE, waited.error
            assert not waited.job.called_off
        else:
            assert waited.error is steps[raised].finds, f"{waited.error!r} at look {len(waited.job.begun)}"
            assert isinstance(waited.error, APIError)
            assert waited.error.job == "j1", "the id of the job is lost"
            assert not waited.error.retryable, "another job would be another bill"
            assert len(waited.job.begun) == raised + 1
            assert len(waited.job.called_off) == 1

    search(law, pollings(failures=3), st.lists(st.booleans(), max_size=12))


def _failed_job() -> APIError:
    error = ServerError("the job failed")
    error.job = "j1"
    return error


FINAL: list[Callable[[], Exception]] = [
    lambda: BadRequestError("no"),
    lambda: AuthenticationError("who?"),
    lambda: LookupError("foreign"),
    _failed_job,
]


def what_is_final_is_raised_at_once(poller: Any) -> None:
    """What the provider says of a failed job, unchanged, also when it is retryable; there is nothing to call off."""

    def law(polling: Polling, steps: list[Step]) -> None:
        for final in [make() for make in FINAL]:
            waited = wait(poller, [*steps, Step(0.1, final), Step(0.1, None)], polling)
            assert waited.error is final, repr(waited.error)
            assert not isinstance(final, APIError) or final.job == "j1", "the id of the job is lost"
            assert len(waited.job.begun) == len(steps) + 1
            assert not waited.job.called_off

    search(law, pollings(), ALIVE, tries=30)


def a_deadline_that_is_earlier_is_named(poller: Any) -> None:
    """The call's own deadline counts as well as ``timeout``; the error says which of them it was."""

    def law(polling: Polling, by: float) -> None:
        waited = wait(poller, [Step(0.1, Pending("queued"))], polling, by=by, start=3.0)
        limit = polling.timeout if polling.timeout is not None else float("inf")
        error = waited.error
        assert isinstance(error, APITimeoutError), repr(error)
        assert close(waited.ended - 3.0, min(by, limit)), f"{waited.ended - 3.0} is not {min(by, limit)}"
        assert error.limit == ("deadline" if by < limit else "polling")

    search(law, pollings(st.none() | st.floats(0.5, 60)), st.floats(0, 60))


def each_look_is_told(poller: Any) -> None:
    """The submission, each look that finds the job unfinished and each that will be repeated, with its error."""

    def law(polling: Polling, first: Pending | None, steps: list[Step], start: float) -> None:
        waited = wait(poller, finished(steps), polling, first, start=start)
        expected: list[tuple[Any, ...]] = []
        status = first.status if first else "unknown"
        if first is not None:
            expected.append((first.status, first.fraction, first.message, None, 0.0))
        for at, over in enumerate(waited.job.over[:-1]):
            found = waited.job.found(at)
            if isinstance(found, Pending):
                status = found.status
                expected.append((found.status, found.fraction, found.message, None, over - start))
            else:
                expected.append((status, None, None, found, over - start))
        assert len(waited.told) == len(expected), f"{len(waited.told)} events for {len(expected)} looks"
        for told, (status, fraction, message, error, seconds) in zip(waited.told, expected, strict=True):
            assert (told.job, told.status, told.fraction, told.message) == ("j1", status, fraction, message)
            assert told.error is error
            assert close(told.seconds, seconds), f"{told.seconds} is not {seconds}"

    search(law, pollings(), FIRST, SHAKY, st.sampled_from([0.0, 7.0]))


def the_call_wins_over_the_model(poller: Any) -> None:
    """``polling_with`` in the block and what it calls; None changes nothing; the one inside goes first."""

    def law(model: Polling, outer: Polling | None, inner: Polling | None) -> None:
        async def first_look() -> float:
            job = Job([Step(0.0, None)])
            began = asyncio.get_running_loop().time()
            await poller(job.look, job="j1", polling=model)
            return job.begun[0] - began

        async def both() -> None:
            with polling_with(outer):
                with polling_with(inner):
                    assert close(await first_look(), (inner or outer or model).interval)
                assert close(await first_look(), (outer or model).interval)
            assert close(await first_look(), model.interval)

        run(both())

    search(law, pollings(), st.none() | pollings(), st.none() | pollings())


async def _hang() -> None:
    await asyncio.sleep(3600)


async def _fail() -> None:
    raise APIConnectionError("no line")


async def _be_slow() -> None:
    await asyncio.sleep(1.5)


async def _be_quick() -> None:
    await asyncio.sleep(0)


CALLING_OFF: dict[Callable[[], Awaitable[object]], float] = {_be_quick: 0.0, _be_slow: 1.5, _hang: 2.0, _fail: 0.0}


def a_cancellation_calls_off_and_passes(poller: Any) -> None:
    """``cancel`` is awaited once, for two seconds at most; its failure changes nothing, a second one ends it at once.

    Whatever happens ``CancelledError`` comes through, and nothing is left running.
    """

    async def cancelled(
        polling: Polling, steps: list[Step], at: float, how: Callable[[], Awaitable[object]], again: float | None
    ) -> None:
        loop = asyncio.get_running_loop()
        job = Job([*steps, Step(1e5, Pending("processing"))], calling_off=how)
        task = asyncio.ensure_future(poller(job.look, job="j1", polling=polling, cancel=job.cancel))
        await asyncio.sleep(at)
        task.cancel()
        if again is not None:
            await asyncio.sleep(again)
            task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            ended = loop.time() - at
        except Exception as error:
            raise AssertionError(f"the cancellation became {error!r}") from error
        else:
            raise AssertionError("the cancellation was swallowed")
        assert [close(each, at) for each in job.called_off] == [True], f"called off at {job.called_off}, not {at}"
        takes = CALLING_OFF[how] if again is None else again
        assert close(ended, takes), f"it took {ended}, not {takes}"
        await no_task_left()

    def law(polling: Polling, steps: list[Step], at: float) -> None:
        for how, takes in CALLING_OFF.items():
            for again in (None, 1.0):
                if again is None or takes > again:
                    run(cancelled(polling, steps, at, how, again))

    search(law, pollings(), ALIVE, st.floats(0.05, 40), tries=20)


def whoever_gives_up_calls_off(poller: Any) -> None:
    """Also after a timeout ``cancel`` has two seconds, and its failure or hanging leaves the error as it is."""

    async def gives_up(how: Callable[[], Awaitable[object]], broken: bool) -> None:
        job = Job([Step(0.0, _broken(None) if broken else Pending("processing"))], calling_off=how)
        polling = Polling(interval=1.0, factor=1.0, timeout=None if broken else 3.5, failures=2)
        waited = await watched(poller, job, polling)
        assert isinstance(waited.error, ServerError if broken else APITimeoutError), repr(waited.error)
        gave_up = 3.0 if broken else 3.5
        assert [close(each, gave_up) for each in job.called_off] == [True], job.called_off
        assert close(waited.ended, gave_up + CALLING_OFF[how]), waited.ended

    for how in CALLING_OFF:
        for broken in (True, False):
            run(gives_up(how, broken))


LAWS: dict[Callable[[Any], None], tuple[str, ...]] = {
    pauses_grow_to_the_longest_unless_the_provider_says: (
        "forgets the cap",
        "forgets the factor",
        "begins with the second pause",
        "looks before the first pause",
        "ignores the provider's hint",
        "caps the provider's hint",
    ),
    all_of_it_ends_by_the_timeout: (
        "notices the time only after a pause",
        "lets a look take as long as it likes",
        "gives up early",
        "lets a timeout be retried",
        "forgets the job",
        "never calls off",
    ),
    a_job_that_is_done_is_returned_at_once: ("looks once more",),
    failures_in_a_row_are_survived: (
        "counts failures from one",
        "lets what it gave up be retried",
        "never forgets a failure",
        "never calls off",
        "forgets the job of an error",
    ),
    what_is_final_is_raised_at_once: (
        "survives what is final",
        "looks again at a job that failed",
        "forgets the job of an error",
        "calls off what has failed",
    ),
    a_deadline_that_is_earlier_is_named: ("knows no deadline", "mistakes the deadline"),
    each_look_is_told: ("tells nobody", "hides why a look failed", "counts from the beginning of the world"),
    the_call_wins_over_the_model: ("the model's polling wins",),
    a_cancellation_calls_off_and_passes: (
        "never calls off",
        "calls off in the background",
        "calls off for as long as it takes",
        "the failure to call off is raised",
        "is deaf while it calls off",
        "a cancellation becomes a timeout",
    ),
    whoever_gives_up_calls_off: ("calls off for as long as it takes", "the failure to call off is raised"),
}
"""Each law, and pollers that it finds out."""

BREAKS = [(law, flaw) for law, flaws in LAWS.items() for flaw in flaws]


@pytest.mark.parametrize("poller", [poll, Poller()], ids=["ours", "plain"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_law_holds(law: Callable[[Any], None], poller: Any) -> None:
    law(poller)


@pytest.mark.parametrize(("law", "flaw"), BREAKS, ids=[f"{law.__name__}-{flaw}" for law, flaw in BREAKS])
def test_the_law_rejects(law: Callable[[Any], None], flaw: str) -> None:
    rejects(law, Poller(flaw))


# --- what is no law


@pytest.mark.parametrize(
    ("name", "value"),
    [("interval", 0), ("interval", -1), ("interval", float("nan")), ("factor", 0.5), ("longest", 0), ("timeout", 0),
     ("failures", -1), ("interval", "1"), ("interval", None)],
)  # fmt: skip
def test_a_polling_that_cannot_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"Polling\\({name}=") as caught:
        Polling(**{name: value})
    assert caught.value.field == name


async def test_a_late_job_says_what_it_was_and_how_to_wait_longer() -> None:
    job = Job([Step(0.0, Pending("processing"))])
    with pytest.raises(APITimeoutError) as caught:
        await poll(job.look, job="j7", polling=Polling(timeout=5))
    assert caught.value.message == (
        "the job j7 was still 'processing' after 5 seconds; Polling(timeout=...) sets this limit"
    )
    assert caught.value.seconds == 5.0
    with deadline_at(asyncio.get_running_loop().time()), pytest.raises(APITimeoutError) as caught:
        await poll(job.look, job="j7", polling=Polling())
    assert caught.value.message == "the job j7 was not done after 0 seconds"


async def test_a_look_that_times_out_by_itself_is_a_failed_look() -> None:
    own = APITimeoutError("the connection was too slow", limit="connect")
    job = Job([Step(0.0, own), Step(0.0, OverloadedError("busy", retry_after=4.0)), Step(0.0, None)])
    assert await poll(job.look, job="j1", polling=Polling()) is DONE
    assert job.begun == pytest.approx([1.0, 2.5, 6.5])


async def test_a_foreign_timeout_of_a_look_passes_unchanged() -> None:
    foreign = TimeoutError("not ours")
    job = Job([Step(0.0, foreign)])
    with pytest.raises(TimeoutError) as caught:
        await poll(job.look, job="j1", polling=Polling())
    assert caught.value is foreign


async def test_a_cancellation_in_a_look_is_no_failure_of_the_look() -> None:
    job = Job([Step(100.0, None)])
    task = asyncio.ensure_future(poll(job.look, job="j1", polling=Polling(), cancel=job.cancel))
    await asyncio.sleep(50)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert job.called_off == [50.0]
    assert job.over == []


async def test_the_time_limit_of_the_caller_is_its_own() -> None:
    job = Job([Step(0.0, Pending("processing"))])
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(30):
            await poll(job.look, job="j1", polling=Polling(), cancel=job.cancel)
    assert not isinstance(caught.value, APITimeoutError)
    assert job.called_off == [30.0]
