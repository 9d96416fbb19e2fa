"""The laws of ``retry``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
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
    final,
    good,
    read,
    rejects,
    retryable,
)

from ai_sdk.deadline import deadline_at
from ai_sdk.errors import (
    AllModelsFailedError,
    APIConnectionError,
    APITimeoutError,
    CircuitOpenError,
    OverloadedError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import retry
from ai_sdk.model import AnyLayer
from ai_sdk.parts import ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.results import CallWarning
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., AnyLayer]

Outcomes = st.lists(
    st.one_of(
        st.builds(retryable, st.integers(0, 9)),
        st.builds(final, st.integers(0, 9)),
        st.text("abc", min_size=1, max_size=3),
    ).map(Outcome),
    min_size=1,
    max_size=6,
)
kinds = st.sampled_from(KINDS)


def expected(outcomes: list[Outcome], attempts: int, first_final: Callable[[Exception], bool]) -> tuple[int, Any]:
    """The number of calls and the last answer, by the words of the law."""
    script = outcomes + [outcomes[-1]] * attempts
    for number, outcome in enumerate(script[:attempts], start=1):
        if not isinstance(outcome.answer, Exception) or first_final(outcome.answer):
            return number, outcome.answer
    return attempts, script[attempts - 1].answer


def law_attempts(make: Make) -> None:
    @examples()
    @given(kinds, Outcomes, st.integers(1, 5))
    def law(kind: Kind, outcomes: list[Outcome], attempts: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, outcomes)
            answer = await caught(read(make(attempts=attempts)(scripted.model), scripted.request))
            calls, last = expected(outcomes, attempts, lambda error: type(error).__name__ in FINAL)
            assert len(scripted.calls) == calls
            if isinstance(last, Exception):
                assert answer is last
                assert last.__cause__ is None
            else:
                assert answer == good(kind, last)
            scripted.check_closed()

        run(trial())

    law()


FINAL = {"BadRequestError", "ValueError", "OSError"}


def test_R1_R2_R3_attempts_first_success_and_the_error_itself() -> None:
    law_attempts(retry)
    rejects(law_attempts, wrong.retry_once_too_often)
    rejects(law_attempts, wrong.retry_everything)
    rejects(law_attempts, wrong.retry_with_an_error_of_its_own)


async def test_R2_a_success_is_handed_on_as_it_is() -> None:
    for request in (WHOLE, STREAMED):
        response = await ScriptedModel(["hello"])(request)

        async def model(_request: object, response: Any = response) -> Any:
            return response

        assert await retry()(model)(request) is response
        await response.aclose()


CONTENT = st.lists(
    st.sampled_from([TextDelta("a"), TextDelta("b"), ReasoningDelta("r"), ToolInputDelta("1", "f", "{"), 1.0]),
    min_size=1,
    max_size=5,
).filter(lambda steps: any(step != 1.0 for step in steps))


def law_commit(make: Make) -> None:
    @examples()
    @given(CONTENT, st.builds(retryable, st.integers(0, 9)), st.integers(0, 2))
    def law(steps: list[Any], error: Exception, failures: int) -> None:
        async def trial() -> None:
            model = ScriptedModel([*([RateLimitError("no", status=429)] * failures), [*steps, error], "another answer"])
            layered = make(attempts=4)(model)
            response: Any = await layered(STREAMED)
            seen: list[Any] = []
            with pytest.raises(type(error)) as raised:
                async for part in response:
                    seen.append(part)
            assert raised.value is error
            assert seen == [step for step in steps if step != 1.0]
            assert len(model.calls) == failures + 1
            check_closed(model)

        run(trial())

    law()


def test_R4_nobody_calls_again_behind_the_readers_back() -> None:
    law_commit(retry)
    rejects(law_commit, wrong.retry_after_content)


HEADS = st.lists(
    st.sampled_from(
        [
            ResponseMetadata(id="x"),
            ResponseMetadata(model="m"),
            StreamStart((CallWarning("other", "seed", "left out"),)),
        ]
    ),
    max_size=4,
)


def law_head(make: Make) -> None:
    @examples()
    @given(HEADS, HEADS, st.booleans())
    def law(failed: list[Any], served: list[Any], truncated: bool) -> None:
        async def trial() -> None:
            end: list[Any] = [] if truncated else [ServerError("broken")]
            answer = [*served, TextDelta("hello"), ToolCallPart("1", "f", "{}"), FINISH]
            model = ScriptedModel([[*failed, *end], answer])
            response: Any = await make()(model)(STREAMED)
            assert [part async for part in response] == answer
            assert len(model.calls) == 2
            check_closed(model)

        run(trial())

    law()


def test_R5_the_head_of_a_failed_attempt_is_not_seen() -> None:
    law_head(retry)
    rejects(law_head, wrong.retry_keeping_heads)


def law_waits(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 1000), st.floats(0.01, 5), st.floats(0.01, 20))
    def law(kind: Kind, seed: int, base: float, cap: float) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(ServerError("broken", status=500))])
            layered = make(attempts=6, base=base, cap=cap, rng=random.Random(seed))(scripted.model)
            await caught(read(layered, scripted.request))
            gaps = [later - at for at, later in zip(scripted.started, scripted.started[1:], strict=False)]
            assert len(gaps) == 5
            for number, gap in enumerate(gaps):
                assert 0 <= gap <= min(cap, base * 2**number) + 1e-9

        run(trial())

    law()


def test_R6_each_wait_is_within_the_policys_interval() -> None:
    law_waits(retry)
    rejects(law_waits, wrong.retry_with_jitter_above_the_cap)


def test_R6_the_jitter_is_full() -> None:
    async def waits() -> list[float]:
        scripted = Scripted("whole", [Outcome(ServerError("broken", status=500))])
        await caught(read(retry(attempts=400, base=4.0, cap=4.0, rng=random.Random(7))(scripted.model), WHOLE))
        return [later - at for at, later in zip(scripted.started, scripted.started[1:], strict=False)]

    gaps = run(waits())
    assert min(gaps) < 0.2
    assert max(gaps) > 3.8
    assert 1.7 < sum(gaps) / len(gaps) < 2.3


def law_retry_after(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 9), st.floats(0, 100), st.floats(0, 100))
    def law(kind: Kind, number: int, asked: float, max_wait: float) -> None:
        async def trial() -> None:
            error = retryable(number, retry_after=asked)
            scripted = Scripted(kind, [Outcome(error), Outcome("good")])
            answer = await caught(read(make(max_wait=max_wait)(scripted.model), scripted.request))
            if asked > max_wait:
                assert answer is error
                assert len(scripted.calls) == 1
                assert asyncio.get_running_loop().time() == 0
            else:
                assert answer == good(kind, "good")
                assert scripted.started[1] >= asked
                assert scripted.started[1] <= max(asked, 0.5, 0.0) + 1e-9

        run(trial())

    law()


def test_R7_the_provider_says_when_to_come_back() -> None:
    law_retry_after(retry)
    rejects(law_retry_after, wrong.retry_impatiently)


async def test_R7_unless_told_not_to_listen() -> None:
    scripted = Scripted("whole", [Outcome(RateLimitError("slow", status=429, retry_after=1e6)), Outcome("good")])
    assert await read(retry(honour_retry_after=False)(scripted.model), WHOLE) == "good"
    assert scripted.started[1] <= 0.5


def law_deadline(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(1, 40), st.integers(0, 8), st.integers(0, 20), st.integers(0, 9))
    def law(kind: Kind, at: int, each: int, asked: int, seed: int) -> None:
        async def trial() -> None:
            error = RateLimitError("slow", status=429, retry_after=asked or None)
            scripted = Scripted(kind, [Outcome(error, float(each))])
            layered = make(attempts=10, rng=random.Random(seed))(scripted.model)
            with deadline_at(float(at)):
                answer = await caught(read(layered, scripted.request))
            assert answer is error
            assert all(started < at for started in scripted.started)
            assert asyncio.get_running_loop().time() == scripted.started[-1] + each

        run(trial())

    law()


def test_R8_no_attempt_starts_and_no_sleep_ends_after_the_deadline() -> None:
    law_deadline(retry)
    rejects(law_deadline, wrong.retry_past_the_deadline)


async def test_R8_a_deadline_that_has_passed_starts_nothing_and_its_end_is_final() -> None:
    scripted = Scripted("embedding", [Outcome("good")])
    await asyncio.sleep(5)
    with deadline_at(5.0), pytest.raises(APITimeoutError) as raised:
        await retry()(scripted.model)(EMBEDDING)
    assert raised.value.limit == "deadline"
    assert not scripted.calls
    scripted = Scripted("whole", [Outcome(APITimeoutError("over", limit="deadline")), Outcome("good")])
    with pytest.raises(APITimeoutError):
        await retry()(scripted.model)(WHOLE)
    assert len(scripted.calls) == 1


async def test_R8_a_clock_that_jumps_over_the_deadline_during_the_sleep_ends_the_call() -> None:
    scripted = Scripted("whole", [Outcome(ServerError("broken")), Outcome("good")])
    with deadline_at(10.0):
        task = asyncio.create_task(read(retry(wait=5)(scripted.model), WHOLE))
        await asyncio.sleep(1)
        loop: Any = asyncio.get_running_loop()
        loop.jump(20)
        with pytest.raises(ServerError):
            await task
    assert len(scripted.calls) == 1


def law_cancellation(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 30), st.integers(1, 9), st.booleans())
    def law(kind: Kind, at: int, each: int, hangs: bool) -> None:
        async def trial() -> None:
            error = RateLimitError("slow", status=429, retry_after=3)
            scripted = Scripted(kind, [Outcome(error, each + 0.25)])
            if hangs:
                scripted.language = ScriptedModel([[error], [HANG]])
            task = asyncio.create_task(read(make(attempts=3)(scripted.model), scripted.request))
            await asyncio.sleep(at + 0.5)
            calls = len(scripted.calls)
            was_done = task.done()
            task.cancel()
            answer = await caught(task)
            assert asyncio.get_running_loop().time() == at + 0.5
            assert isinstance(answer, Exception if was_done else asyncio.CancelledError)
            await asyncio.sleep(100)
            assert len(scripted.calls) == calls
            scripted.check_closed()

        run(trial())

    law()


def test_R9_a_cancellation_ends_the_call_at_once_even_in_a_sleep() -> None:
    law_cancellation(retry)
    rejects(law_cancellation, wrong.retry_cancellations)


def law_equal_requests(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(1, 5))
    def law(kind: Kind, attempts: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(ServerError("broken"))])
            await caught(read(make(attempts=attempts)(scripted.model), scripted.request))
            assert scripted.calls == [scripted.request] * attempts

        run(trial())

    law()


def test_R12_R13_every_attempt_sees_an_equal_request() -> None:
    law_equal_requests(retry)
    rejects(law_equal_requests, wrong.retry_with_another_request)


UNSENT: list[Exception] = [
    APITimeoutError("no connection", limit="connect"),
    RateLimitError("slow", status=429),
    OverloadedError("busy", status=503),
    CircuitOpenError("open"),
    ConnectionRefusedError("nobody there"),
    AllModelsFailedError("all", [RateLimitError("slow", status=429), CircuitOpenError("open")]),
]
MAYBE_SENT: list[Exception] = [
    APIConnectionError("broke"),
    APITimeoutError("slow", limit="first content"),
    APITimeoutError("slow", limit="total"),
    ServerError("broken", status=500),
    OverloadedError("an event of a stream"),
    TruncatedStreamError("nothing came"),
    ConnectionResetError("reset"),
    AllModelsFailedError("all", [RateLimitError("slow", status=429), ServerError("broken", status=500)]),
]


def law_not_idempotent(make: Make) -> None:
    @examples()
    @given(kinds, st.sampled_from([(each, True) for each in UNSENT] + [(each, False) for each in MAYBE_SENT]))
    def law(kind: Kind, case: tuple[Exception, bool]) -> None:
        async def trial() -> None:
            error, again = case
            scripted = Scripted(kind, [Outcome(error), Outcome("good")])
            answer = await caught(read(make(idempotent=False)(scripted.model), scripted.request))
            assert answer == good(kind, "good") if again else answer is error
            assert len(scripted.calls) == (2 if again else 1)

        run(trial())

    law()


def test_R14_what_may_have_been_processed_is_not_sent_twice() -> None:
    law_not_idempotent(retry)
    rejects(law_not_idempotent, wrong.retry_regardless)


async def test_R14_a_connection_that_was_never_made_counts_as_unsent() -> None:
    error = APIConnectionError("refused")
    error.sent = False
    scripted = Scripted("whole", [Outcome(error), Outcome("good")])
    assert await read(retry(idempotent=False)(scripted.model), WHOLE) == "good"


def law_repeatable(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 10_000))
    def law(kind: Kind, seed: int) -> None:
        async def starts() -> list[float]:
            scripted = Scripted(kind, [Outcome(ServerError("broken"))])
            await caught(read(make(attempts=5, rng=random.Random(seed))(scripted.model), scripted.request))
            return scripted.started

        assert run(starts()) == run(starts())

    law()


def test_R15_a_seed_makes_the_waits_repeatable() -> None:
    law_repeatable(retry)
    rejects(law_repeatable, wrong.retry_unpredictably)
