"""What ``retry`` does after errors of different classes: its option ``policy``."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_retry as wrong
from layer_laws.kit import KINDS, WHOLE, Kind, Outcome, Scripted, caught, examples, good, read, rejects

from ai_sdk.errors import (
    AISDKError,
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from ai_sdk.middleware import retry
from ai_sdk.middleware.retry import RetryPolicy
from ai_sdk.model import AnyLayer
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)

CLASSES: list[type[Exception]] = [
    Exception,
    AISDKError,
    APIError,
    RateLimitError,
    ServerError,
    AuthenticationError,
    BadRequestError,
    OSError,
    ConnectionError,
    ConnectionResetError,
]
ERRORS: list[Callable[[], Exception]] = [
    lambda: RateLimitError("slow", status=429),
    lambda: ServerError("broken", status=500),
    lambda: AuthenticationError("no", status=401),
    lambda: BadRequestError("no", status=400),
    lambda: QuotaExceededError("no", status=402),
    lambda: ConnectionResetError("reset"),
    lambda: OSError("disk"),
    lambda: ValueError("a bug"),
]


def most_attempts(error: Exception, policy: dict[type[Exception], int | RetryPolicy], usual: int) -> int:
    """How many attempts the last error allows, by the words of the law."""
    for kind in type(error).__mro__:
        if kind in policy:
            own: Any = policy[kind]
            return (own.attempts or usual) if isinstance(own, RetryPolicy) else own
    return usual if getattr(error, "retryable", isinstance(error, ConnectionError | TimeoutError)) else 1


Numbers = st.integers(1, 5) | st.builds(RetryPolicy, attempts=st.none() | st.integers(1, 5))


def law_policy(make: Make) -> None:
    @examples(100)
    @given(
        kinds,
        st.dictionaries(st.sampled_from(CLASSES), Numbers, max_size=4),
        st.lists(st.sampled_from(ERRORS), min_size=1, max_size=6),
        st.integers(1, 4),
    )
    def law(kind: Kind, policy: Any, makers: list[Callable[[], Exception]], usual: int) -> None:
        async def trial() -> None:
            errors = [make_error() for make_error in makers]
            scripted = Scripted(kind, [*map(Outcome, errors), Outcome("good")])
            layered = make(attempts=usual, wait=0.0, policy=policy)(scripted.model)
            answer = await caught(read(layered, scripted.request))
            calls = next((n for n, error in enumerate(errors, 1) if n >= most_attempts(error, policy, usual)), None)
            if calls is None:
                assert answer == good(kind, "good")
            else:
                assert answer is errors[calls - 1]
            assert len(scripted.calls) == (calls or len(errors) + 1)

        run(trial())

    law()


def test_R1_R3_the_nearest_class_of_the_last_error_says_how_often() -> None:
    law_policy(retry)
    rejects(law_policy, wrong.without_policy)
    rejects(law_policy, wrong.by_the_first_class_that_fits)


def law_waits(make: Make) -> None:
    @examples(40)
    @given(kinds, st.lists(st.booleans(), min_size=2, max_size=5), st.integers(0, 99), st.floats(0.5, 9))
    def law(kind: Kind, limited: list[bool], seed: int, cap: float) -> None:
        async def trial() -> None:
            errors = [RateLimitError("slow", status=429) if each else ServerError("broken") for each in limited]
            scripted = Scripted(kind, [*map(Outcome, errors), Outcome("good")])
            layered = make(
                attempts=9,
                wait=0.25,
                policy={RateLimitError: RetryPolicy(base=100.0, cap=cap, max_wait=8.0)},
                rng=random.Random(seed),
            )(scripted.model)
            await read(layered, scripted.request)
            waits = [later - at for at, later in zip(scripted.started, scripted.started[1:], strict=False)]
            for each, wait in zip(limited, waits, strict=True):
                if each:
                    assert 0 <= wait <= min(cap, 8.0) + 1e-9
                    assert wait != pytest.approx(0.25, abs=1e-9)
                else:
                    assert wait == pytest.approx(0.25)

        run(trial())

    law()


def test_R6_an_error_has_its_own_waits() -> None:
    law_waits(retry)
    rejects(law_waits, wrong.without_policy)
    rejects(law_waits, wrong.policy_for_some_of_the_options)


@pytest.mark.parametrize(
    ("own", "started"),
    [
        (RetryPolicy(wait=2.0), [0, 2, 4]),
        (RetryPolicy(attempts=2, wait=lambda state: float(state.attempt_number)), [0, 1]),
        (RetryPolicy(wait=50.0, max_wait=3.0), [0, 3, 6]),
        (RetryPolicy(base=0.0), [0, 0, 0]),
        (RetryPolicy(cap=0.0), [0, 0, 0]),
        (RetryPolicy(cap=0.0, wait=1.5), [0, 1.5, 3]),
        (RetryPolicy(), [0, 5, 10]),
        (1, [0]),
    ],
)
async def test_what_a_policy_leaves_open_is_as_usual(own: RetryPolicy | int, started: list[float]) -> None:
    scripted = Scripted("whole", [Outcome(OverloadedError("busy", status=503))])
    await caught(read(retry(wait=5.0, policy={APIError: own})(scripted.model), WHOLE))
    assert scripted.started == started


async def test_R7_a_provider_that_asks_for_more_than_the_policys_max_wait_is_not_waited_for() -> None:
    for asked, calls in ((90.0, 3), (130.0, 1)):
        scripted = Scripted("whole", [Outcome(RateLimitError("slow", status=429, retry_after=asked))])
        await caught(read(retry(policy={RateLimitError: RetryPolicy(max_wait=120.0)})(scripted.model), WHOLE))
        assert len(scripted.calls) == calls


async def test_R14_what_may_have_been_processed_is_not_sent_twice_whatever_the_policy() -> None:
    for error, calls in ((ServerError("broken", status=500), 1), (RateLimitError("slow", status=429), 4)):
        scripted = Scripted("whole", [Outcome(error)])
        await caught(read(retry(idempotent=False, policy={APIError: 4}, wait=0.0)(scripted.model), WHOLE))
        assert len(scripted.calls) == calls


async def test_stop_counts_beside_a_policy() -> None:
    scripted = Scripted("whole", [Outcome(RateLimitError("slow", status=429))])
    layer = retry(attempts=None, stop=lambda state: state.attempt_number >= 3, policy={ServerError: 2}, wait=1.0)
    await caught(read(layer(scripted.model), WHOLE))
    assert scripted.started == [0, 1, 2]
    assert asyncio.get_running_loop().time() == 2


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({RateLimitError: 0}, "policy[RateLimitError].attempts"),
        ({RateLimitError: True}, "policy[RateLimitError].attempts"),
        ({RateLimitError: RetryPolicy(attempts=-1)}, "policy[RateLimitError].attempts"),
        ({RateLimitError: RetryPolicy(cap=-1.0)}, "policy[RateLimitError].cap"),
        ({RateLimitError: RetryPolicy(base=float("nan"))}, "policy[RateLimitError].base"),
        ({RateLimitError: RetryPolicy(max_wait=-1.0)}, "policy[RateLimitError].max_wait"),
        ({429: 3}, "policy"),
        ({BaseException: 3}, "policy"),
        ({asyncio.CancelledError: 3}, "policy"),
    ],
)
def test_policies_that_make_no_sense(policy: Any, field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        retry(policy=policy)
    assert raised.value.field == field
    assert "allowed" in raised.value.message


async def test_R7_a_limit_of_a_minute_that_says_so_with_a_rounded_number_is_waited_out() -> None:
    model = ScriptedModel([RateLimitError("slow down", status=429, retry_after=60.000001), "ok"])
    assert await read(retry()(model), WHOLE) == "ok"
    slow = ScriptedModel([RateLimitError("slow down", status=429, retry_after=60.01), "ok"])
    assert isinstance(await caught(retry()(slow)(WHOLE)), RateLimitError)
