"""The laws of ``timeout``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import gc
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_laws import wrong
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
    good,
    read,
    rejects,
)

from ai_sdk.deadline import deadline, deadline_at, remaining
from ai_sdk.errors import APITimeoutError, InvalidRequestError, ServerError, TimeoutLimit
from ai_sdk.middleware import retry, timeout
from ai_sdk.model import AnyLayer, name_of, wrap_model
from ai_sdk.parts import LanguagePart, ResponseMetadata, TextDelta
from ai_sdk.response import hold
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run
from ai_sdk.testing.scripted import Step

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)
limits = st.none() | st.integers(1, 12).map(float)


@dataclass(frozen=True)
class Expected:
    """What a reader sees of a stream: the parts, and the limit that passed, if any, all with their times."""

    seen: list[tuple[float, LanguagePart]]
    limit: TimeoutLimit | None
    at: float


def expected(
    delays: list[int], pauses: list[int], total: float | None, first: float | None, idle: float | None
) -> Expected:
    """The law in its own words: part ``k`` comes ``delays[k]`` after it is asked for, the reader then pauses."""
    end, t = total or math.inf, float(delays[0])
    if t >= min(end, first or math.inf):
        return Expected([], "total" if end <= (first or math.inf) else "first content", min(end, first or math.inf))
    parts: list[LanguagePart] = [*(TextDelta(str(number)) for number in range(len(delays) - 1)), FINISH]
    seen: list[tuple[float, LanguagePart]] = []
    for number, part in enumerate(parts):
        if t >= end:
            return Expected(seen, "total", t)
        due = min(end, t + (idle or math.inf))
        if number and t + delays[number] >= due:
            return Expected(seen, "total" if due == end else "idle", due)
        t += delays[number] if number else 0
        seen.append((t, part))
        t += pauses[number]
    return Expected(seen, None, t)


def cancellations() -> int:
    """How many cancellations of the current task nobody has taken back."""
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


async def observed(layer: AnyLayer, model: ScriptedModel, pauses: list[int]) -> Expected:
    loop = asyncio.get_running_loop()
    seen: list[tuple[float, LanguagePart]] = []
    try:
        async for part in await layer(model)(STREAMED):
            seen.append((loop.time(), part))
            await asyncio.sleep(pauses[len(seen) - 1])
    except APITimeoutError as error:
        assert [part for _, part in seen] == [] or error.partial.text == "".join(
            part.text for _, part in seen if isinstance(part, TextDelta)
        )
        return Expected(seen, error.limit, loop.time())
    return Expected(seen, None, loop.time())


def law_oracle(make: Make) -> None:
    @examples(300)
    @given(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6),
        limits,
        limits,
        limits,
    )
    def law(times: list[tuple[int, int]], total: float | None, first: float | None, idle: float | None) -> None:
        delays, pauses = [each[0] for each in times], [each[1] for each in times]

        async def trial() -> None:
            steps: list[Step] = []
            for number, delay in enumerate(delays):
                steps += [float(delay)] if delay else []
                steps.append(FINISH if number == len(delays) - 1 else TextDelta(str(number)))
            model = ScriptedModel([steps])
            answer = await observed(make(total=total, first_content=first, idle=idle), model, pauses)
            assert answer == expected(delays, pauses, total, first, idle)
            check_closed(model)
            assert cancellations() == 0

        run(trial())

    law()


def test_T1_T4_exactly_when_the_time_is_up_and_never_in_the_callers_code() -> None:
    law_oracle(timeout)
    rejects(law_oracle, wrong.timeout_early)
    rejects(law_oracle, wrong.timeout_of_the_await_only)
    rejects(law_oracle, wrong.timeout_with_an_idle_total)
    rejects(law_oracle, wrong.timeout_that_counts_the_caller)


def law_whole(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 9), limits, limits)
    def law(kind: Kind, delay: int, total: float | None, first: float | None) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("good", float(delay))])
            layer = make(total=total, first_content=first, idle=1.0)
            answer = await caught(read(layer(scripted.model), scripted.request))
            end = min(total or math.inf, first or math.inf)
            if delay >= end:
                assert isinstance(answer, APITimeoutError)
                assert answer.limit == ("total" if end == total else "first content")
                assert answer.seconds == end
                assert asyncio.get_running_loop().time() == end
            else:
                assert answer == good(kind, "good")
                assert asyncio.get_running_loop().time() == delay
            scripted.check_closed()

        run(trial())

    law()


def test_T1_for_every_kind_of_call() -> None:
    law_whole(timeout)
    rejects(law_whole, wrong.timeout_early)


def law_cleanup(make: Make) -> None:
    @examples()
    @given(st.booleans(), st.integers(0, 9))
    def law(inside_the_await: bool, cleaning: int) -> None:
        async def trial() -> None:
            loop = asyncio.get_running_loop()
            cleaned: list[float] = []
            model = ScriptedModel([[HANG] if inside_the_await else [TextDelta("a"), HANG]])

            async def careful(request: Any) -> Any:
                try:
                    return await model(request)
                finally:
                    await asyncio.sleep(cleaning)
                    cleaned.append(loop.time())

            with pytest.raises(APITimeoutError):
                await read(make(total=20.0)(careful), STREAMED)
            assert cleaned == [20 + cleaning if inside_the_await else cleaning]
            check_closed(model)

        run(trial())

    law()


def test_T2_the_inner_call_has_cleaned_up_before_the_error_is_raised() -> None:
    law_cleanup(timeout)
    rejects(law_cleanup, wrong.timeout_that_leaves_the_call_alone)


def law_first_content(make: Make) -> None:
    @examples()
    @given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(1, 9))
    def law(delays: list[int], first: int) -> None:
        async def trial() -> None:
            heads: list[Step] = []
            for delay in delays:
                heads += [float(delay), ResponseMetadata(id="x")]
            model = ScriptedModel([[*heads, TextDelta("a"), 50.0, FINISH]])
            answer = await caught(read(make(first_content=float(first))(model), STREAMED))
            if sum(delays) >= first:
                assert isinstance(answer, APITimeoutError)
                assert answer.limit == "first content"
                assert asyncio.get_running_loop().time() == first
            else:
                assert answer == "a"
            check_closed(model)

        run(trial())

    law()


def test_T3_only_content_stops_the_first_content_limit() -> None:
    law_first_content(timeout)
    rejects(law_first_content, wrong.timeout_until_the_first_part)


def law_nested(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), st.integers(0, 5))
    def law(kind: Kind, outer: int, inner: int, delay: int, before: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("good", float(delay))])
            deadlines: list[float | None] = []

            async def model(request: Any) -> Any:
                deadlines.append(deadline())
                return await scripted.model(request)

            async def between(request: Any) -> Any:
                await asyncio.sleep(before)
                return await make(total=float(inner))(model)(request)

            answer = await caught(read(make(total=float(outer))(between), scripted.request))
            end = min(outer, before + inner)
            assert deadlines == ([float(end)] if before < outer else [])
            if before + delay >= end:
                assert isinstance(answer, APITimeoutError)
                assert asyncio.get_running_loop().time() == end
            else:
                assert answer == good(kind, "good")
            assert deadline() is None
            scripted.check_closed()

        run(trial())

    law()


def test_T5_an_inner_limit_is_never_later_than_the_outer_one() -> None:
    law_nested(timeout)
    rejects(law_nested, wrong.timeout_that_forgets_the_deadline)


def law_cancellation(make: Make) -> None:
    @examples(150)
    @given(kinds, st.integers(0, 9), st.integers(1, 9), st.booleans(), st.booleans())
    def law(kind: Kind, at: int, limit: int, inside_the_await: bool, first: bool) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("good", 50.0)])
            if not inside_the_await:
                scripted.language = ScriptedModel([[TextDelta("a"), 50.0, FINISH]])
            loop = asyncio.get_running_loop()
            tasks: list[asyncio.Task[Any]] = []

            def cancel() -> None:
                tasks[0].cancel()

            if first:
                loop.call_at(float(at), cancel)
            layered = make(total=float(limit), idle=20.0)(scripted.model)
            tasks.append(asyncio.create_task(read(layered, scripted.request)))
            await asyncio.sleep(0)
            if not first:
                loop.call_at(float(at), cancel)
            answer = await caught(tasks[0])
            assert loop.time() == min(at, limit)
            assert isinstance(answer, asyncio.CancelledError if at <= limit else APITimeoutError)
            scripted.check_closed()

        run(trial())

    law()


def test_T6_a_cancellation_by_the_caller_stays_one_even_in_the_same_tick() -> None:
    law_cancellation(timeout)
    rejects(law_cancellation, wrong.timeout_that_takes_cancellations_for_its_own)


@pytest.mark.parametrize("request_", [WHOLE, STREAMED])
@pytest.mark.parametrize(
    "error", [ServerError("408", status=408), TimeoutError("its own"), APITimeoutError("connect", limit="connect")]
)
async def test_T6_a_timeout_of_the_provider_passes_unchanged(request_: Any, error: Exception) -> None:
    model = ScriptedModel([[1.0, error], [TextDelta("a"), 1.0, error]])
    for _ in range(2):
        assert await caught(read(timeout(total=5, idle=5)(model), request_)) is error
    check_closed(model)


async def test_T6_a_timeout_around_it_works_and_nothing_is_left_of_ours() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(3):
            await read(timeout(total=7)(model), STREAMED)
    assert not isinstance(raised.value, APITimeoutError)
    async with asyncio.timeout(20):
        with pytest.raises(APITimeoutError):
            await read(timeout(total=7)(model), STREAMED)
        await asyncio.sleep(1)
    check_closed(model)


async def test_T6_a_model_that_swallows_our_cancellation_keeps_its_answer() -> None:
    async def stubborn(_request: Any) -> EmbeddingResult:
        try:
            await asyncio.sleep(9)
        except asyncio.CancelledError:
            return EmbeddingResult(embeddings=((1.0,),))
        raise AssertionError

    assert await read(timeout(total=2)(stubborn), EMBEDDING) == ((1.0,),)
    assert cancellations() == 0


async def test_two_limits_at_the_same_moment_the_outer_one_speaks() -> None:
    model = ScriptedModel([[HANG], [TextDelta("a"), HANG]])
    for _ in range(2):
        stack = wrap_model(model, [timeout(total=5), timeout(total=9, idle=30)])
        answer = await caught(read(stack, STREAMED))
        assert isinstance(answer, APITimeoutError)
        assert (answer.limit, answer.seconds) == ("total", 5)
    check_closed(model)


async def test_the_deadline_is_known_inside_and_ends_a_retry_early() -> None:
    seen: list[float | None] = []

    async def model(_request: Any) -> Any:
        seen.append(remaining())
        await asyncio.sleep(2)
        raise ServerError("broken")

    answer = await caught(read(wrap_model(model, [timeout(total=7), retry(attempts=9, wait=1)]), WHOLE))
    assert isinstance(answer, ServerError | APITimeoutError)
    assert seen == [7, 4, 1]
    assert asyncio.get_running_loop().time() == 7


async def test_each_attempt_has_its_own_limit_inside_of_retry() -> None:
    scripted = Scripted("streamed", [Outcome("late", 9.0), Outcome("good", 1.0)])
    stack = wrap_model(scripted.model, [timeout(total=60), retry(wait=0), timeout(first_content=5)])
    assert await read(stack, STREAMED) == "good"
    assert scripted.started == [0, 5]
    scripted.check_closed()


async def test_a_deadline_that_has_passed_starts_nothing() -> None:
    model = ScriptedCall[Any, EmbeddingResult]([EmbeddingResult()])
    await asyncio.sleep(3)
    with deadline_at(2.0), pytest.raises(APITimeoutError) as raised:
        await timeout(total=5)(model)(EMBEDDING)
    assert raised.value.limit == "deadline"
    assert not model.calls


async def test_a_deadline_around_limits_the_call_like_total() -> None:
    model = ScriptedModel([[HANG], [TextDelta("a"), HANG]])
    for at in (4.0, 8.0):
        with deadline_at(at):
            response = timeout(total=50)(model)(STREAMED)
            answer = await caught(read_from(response))
        assert isinstance(answer, APITimeoutError)
        assert (answer.limit, answer.seconds) == ("deadline", 4)
        assert asyncio.get_running_loop().time() == at


async def read_from(response: Any) -> Any:
    return await (await response).result()


class Scope:
    """Remembers when the response gave it back."""

    def __init__(self) -> None:
        self.endings: list[str] = []

    def release(self, ending: Any, /) -> None:
        self.endings.append(ending.how)


async def test_leaving_early_and_dropping_leave_no_task_and_one_timer_for_each_limit() -> None:
    scope = Scope()
    model = ScriptedModel([[TextDelta("a"), 1.0, TextDelta("b"), 1.0, FINISH]])

    async def holding(request: Any) -> Any:
        return await hold(scope, model, request)

    stack = timeout(total=50, idle=20)(holding)
    async with await stack(STREAMED) as response:
        async for _ in response:
            break
    assert scope.endings == ["closed"]
    check_closed(model)

    response = await stack(STREAMED)
    async for _ in response:
        break
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del response
        gc.collect()
        await asyncio.sleep(0.1)
    assert scope.endings == ["closed", "dropped"]
    check_closed(model)
    for _ in range(100):
        async with await stack(STREAMED):
            pass
    assert len(timers()) <= 2
    await asyncio.sleep(51)
    assert not timers()


def timers() -> list[asyncio.TimerHandle]:
    """The timers of the loop that can still go off."""
    scheduled: list[asyncio.TimerHandle] = getattr(asyncio.get_running_loop(), "_scheduled")  # noqa: B009
    return [each for each in scheduled if not each.cancelled()]


async def test_one_lazy_timer_serves_all_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    armed: list[float] = []
    plain: Any = loop.call_at

    def counting(when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        armed.append(when)
        handle: asyncio.TimerHandle = plain(when, callback, *args, context=context)
        return handle

    parts: list[Step] = [TextDelta("a")] * 1000
    monkeypatch.setattr(loop, "call_at", counting)
    assert await read(timeout(total=600, idle=30)(ScriptedModel([[*parts, FINISH]])), STREAMED) == "a" * 1000
    assert len(armed) <= 3


async def test_a_layer_that_only_limits_the_await_returns_the_response_itself() -> None:
    response = await ScriptedModel(["hello"])(STREAMED)

    async def model(_request: Any) -> Any:
        return response

    assert await timeout(first_content=5)(model)(STREAMED) is response
    assert await timeout()(model)(STREAMED) is response
    await response.aclose()


@pytest.mark.parametrize("seconds", [0, -1, math.nan])
@pytest.mark.parametrize("name", ["total", "first_content", "idle"])
def test_limits_that_make_no_sense(name: str, seconds: float) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        timeout(**{name: seconds})
    assert raised.value.field == name


def test_its_name_and_two_event_loops() -> None:
    layer = timeout(total=5, idle=2)
    assert name_of(layer) == "timeout"

    async def call() -> None:
        model = ScriptedModel([[TextDelta("a"), 3.0, FINISH]])
        assert isinstance(await caught(read(layer(model), STREAMED)), APITimeoutError)
        check_closed(model)

    run(call())
    run(call())
