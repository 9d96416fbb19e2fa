"""What ``rate_limit`` learns from the headers of a provider, and how they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_rate_limit_tokens as wrong
from layer_laws.kit import EMBEDDING, STREAMED, WHOLE, Kind, caught, examples, read, rejects

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.call import current_call
from ai_sdk.ending import Ending
from ai_sdk.errors import OverloadedError, RateLimitedError, RateLimitError, ServerError
from ai_sdk.limits import Cost, RateLimiter, Reading
from ai_sdk.middleware import rate_limit, retry
from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import EmbeddingResult, ResponseInfo, Usage
from ai_sdk.retry_after import AccountLimit, parse_limits
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]
WHEN = datetime(2025, 11, 21, tzinfo=UTC)
DIALECTS = ("openai", "plain", "anthropic")


def now() -> float:
    return asyncio.get_running_loop().time()


def headers_of(dialect: str, resource: str, remaining: int, reset: float) -> dict[str, str]:
    """The same words, as three vendors say them."""
    if dialect == "anthropic":
        then = WHEN + timedelta(seconds=reset)
        return {
            "date": format_datetime(WHEN, usegmt=True),
            f"anthropic-ratelimit-{resource}-remaining": str(remaining),
            f"anthropic-ratelimit-{resource}-reset": then.isoformat().replace("+00:00", "Z"),
        }
    suffix = "" if dialect == "plain" and resource == "requests" else f"-{resource}"
    return {f"x-ratelimit-remaining{suffix}": str(remaining), f"x-ratelimit-reset{suffix}": f"{reset:g}s"}


class Provider:
    """A provider whose answers have headers, and no usage; ``kind`` says what it answers. Errors are raised."""

    records_attempts = True
    provider = "a"
    model_id = "provider"

    def __init__(self, kind: Kind, answers: list[Any]) -> None:
        self.kind = kind
        self.answers = answers
        self.started: list[float] = []

    @property
    def request(self) -> Any:
        return {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[self.kind]

    async def __call__(self, request: Any, /) -> Any:
        self.started.append(now())
        said: Any = self.answers.pop(0) if self.answers else EMPTY
        record = current_call()
        attempt = record.attempt("a:provider") if record is not None else None
        headers: Any = getattr(said, "headers", said)
        if attempt is not None:
            attempt.headers = FrozenDict(headers)
            attempt.release(Ending("error", said) if isinstance(said, BaseException) else Ending("end"))
        if isinstance(said, BaseException):
            raise said
        if self.kind == "embedding":
            info = ResponseInfo(headers=FrozenDict(headers)) if attempt is None else ResponseInfo()
            return EmbeddingResult(embeddings=((1.0,),), response=info)
        return await ScriptedModel([[TextDelta("a"), Finish("stop", Usage())]])(request)


@dataclass(frozen=True)
class Said:
    """A call so long after the one before, to which the provider says what remains, and for how long."""

    gap: float
    remaining: int | None
    reset: float


SAID = st.lists(
    st.builds(
        Said,
        st.sampled_from([0.0, 0.0, 0.0, 0.25, 1.0, 4.0]),
        st.one_of(st.none(), st.integers(0, 9)),
        st.sampled_from([0.0, 1.5, 3.5, 30.5]),
    ),
    min_size=1,
    max_size=12,
)
MOST, PER = 6, 8.0


def law_only_lowers(make: Make) -> None:
    """Refused is what the own window refuses, and what the last valid reading does; nothing else."""

    @examples(120)
    @given(
        st.sampled_from(("whole", "streamed", "embedding")),
        st.sampled_from(DIALECTS),
        st.sampled_from(("requests", "tokens")),
        SAID,
    )
    def law(kind: Kind, dialect: str, resource: str, script: list[Said]) -> None:
        async def trial() -> None:
            provider = Provider(kind, [])
            model = wrap_model(provider, [make(**{resource: MOST}, per=PER, max_wait=0)])
            log: list[float] = []
            ceiling, until = 0.0, -1.0
            for said in script:
                await asyncio.sleep(said.gap)
                known = said.remaining is not None
                provider.answers = [headers_of(dialect, resource, said.remaining or 0, said.reset) if known else {}]
                request = replace(provider.request, layer_options={"rate_limit": {"tokens": 1}})
                answer = await caught(read(model, request))
                allowed = sum(at + PER > now() for at in log) < MOST and (until <= now() or ceiling >= 1)
                assert isinstance(answer, RateLimitedError) != allowed, repr(answer)
                if not allowed:
                    continue
                log.append(now())
                ceiling -= 1
                if said.remaining is not None and said.reset > 0:
                    if until <= now():
                        ceiling, until = said.remaining, now() + said.reset
                    elif said.remaining <= ceiling:
                        ceiling, until = said.remaining, max(until, now() + said.reset)

        run(trial())

    law()


def test_L12_a_reading_only_lowers_what_is_let_through_until_its_reset() -> None:
    law_only_lowers(rate_limit)
    for each in (
        wrong.newest_reading_wins,
        wrong.filling_the_window,
        wrong.never_forgetting,
        wrong.learning_nothing,
    ):
        rejects(law_only_lowers, each)


def law_in_flight(make: Make) -> None:
    """Calls that were let through after the one that says what remains may not have been counted by the provider."""

    @examples(40)
    @given(st.integers(0, 5), st.integers(0, 9))
    def law(later: int, remaining: int) -> None:
        async def trial() -> None:
            said: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            class Slow(Provider):
                async def __call__(self, request: Any, /) -> Any:
                    if request.headers:
                        await said
                    return await super().__call__(request)

            provider = Slow("whole", [])
            model = wrap_model(provider, [make(requests=100, max_wait=0)])
            first = asyncio.ensure_future(model(replace(WHOLE, headers={"first": "yes"})))
            await asyncio.sleep(1)
            for _ in range(later):
                await model(WHOLE)
            provider.answers = [headers_of("openai", "requests", remaining, 30)]
            said.set_result(None)
            await first
            more = [await caught(model(WHOLE)) for _ in range(10)]
            passed = sum(not isinstance(each, RateLimitedError) for each in more)
            assert passed == max(0, remaining - later)

        run(trial())

    law()


def test_L12_what_was_let_through_meanwhile_is_taken_off() -> None:
    law_in_flight(rate_limit)
    rejects(law_in_flight, wrong.forgetting_calls_in_flight)


def law_pause(make: Make) -> None:
    @examples(40)
    @given(st.sampled_from(("whole", "streamed", "embedding")), st.sampled_from([0.5, 3.0, 100.0]), st.integers(0, 4))
    def law(kind: Kind, seconds: float, waiting: int) -> None:
        async def trial() -> None:
            provider = Provider(kind, [RateLimitError("slow down", status=429, retry_after=seconds)])
            model = wrap_model(provider, [make(concurrency=1)])
            calls = [asyncio.ensure_future(caught(read(model, provider.request))) for _ in range(waiting + 1)]
            await asyncio.gather(*calls)
            assert isinstance(calls[0].result(), RateLimitError)
            expected = [0.0, *[seconds] * waiting]
            assert provider.started == pytest.approx(expected, abs=1e-6)

        run(trial())

    law()


def test_L12_a_provider_that_says_when_to_come_back_holds_back_all_until_then() -> None:
    law_pause(rate_limit)
    rejects(law_pause, wrong.learning_nothing)


async def test_L12_an_error_in_the_middle_of_a_stream_holds_back_too() -> None:
    limited = RateLimitError("slow down", retry_after=7)
    model = rate_limit()(ScriptedModel([[TextDelta("a"), limited], "b"]))
    response = await model(STREAMED)
    assert await caught(response.result()) is limited
    await read(model, WHOLE)
    assert now() == 7.0


async def test_L12_the_headers_of_an_error_count() -> None:
    provider = Provider("whole", [ServerError("no", headers=headers_of("openai", "requests", 0, 5))])
    model = wrap_model(provider, [rate_limit()])
    await caught(model(WHOLE))
    await model(WHOLE)
    assert now() == 5.0


async def test_L12_other_errors_hold_nobody_back() -> None:
    model = rate_limit()(Provider("whole", [OverloadedError("busy", retry_after=5), RateLimitError("no")]))
    await caught(model(WHOLE))
    await caught(model(WHOLE))
    await model(WHOLE)
    assert now() == 0.0


async def test_L12_of_several_attempts_inside_the_last_one_is_heard() -> None:
    spent = headers_of("openai", "requests", 0, 5)
    error = RateLimitError("slow down", retry_after=5, headers=spent)
    provider = Provider("whole", [error, headers_of("openai", "requests", 9, 5)])
    model = wrap_model(provider, [rate_limit(), retry(base=0)])
    await model(WHOLE)
    await model(WHOLE)
    assert provider.started == pytest.approx([0, 5, 5], abs=1e-6)


async def test_L12_the_answers_of_another_model_are_not_heard() -> None:
    async def odd(request: Any) -> Any:
        record = current_call()
        assert record is not None
        record.attempt("b:other").headers = FrozenDict(headers_of("openai", "requests", 0, 5))
        return await ScriptedModel()(request)

    model = wrap_model(odd, [rate_limit()])
    await model(WHOLE)
    await model(WHOLE)
    assert now() == 0.0


async def test_L12_without_a_record_the_headers_of_a_result_are_read() -> None:
    model = rate_limit()(Provider("embedding", [headers_of("openai", "requests", 0, 5)]))
    await model(EMBEDDING)
    await model(EMBEDDING)
    assert now() == 5.0


async def test_L12_a_reading_without_a_reset_holds_for_a_window() -> None:
    limiter = RateLimiter(requests=10, per=20.0)
    permit = await limiter.acquire(Cost())
    permit.learn([Reading("requests", 0)])
    await limiter.acquire(Cost())
    assert now() == 20.0


async def test_L12_tokens_that_are_used_up_hold_back_also_who_does_not_count_them() -> None:
    limiter = RateLimiter()
    permit = await limiter.acquire(Cost())
    permit.learn([Reading("tokens", 1, 30), Reading("requests", float("nan"), 30), Reading("requests", 0, -1)])
    permit = await limiter.acquire(Cost())
    assert now() == 0.0
    permit.learn([Reading("tokens", 0, 30)])
    await limiter.acquire(Cost())
    assert now() == 30.0


async def test_L12_a_debt_lowers_what_the_provider_said_remains() -> None:
    limiter = RateLimiter(tokens=1000)
    permit = await limiter.acquire(Cost(1, 10))
    permit.learn([Reading("tokens", 100, 30)])
    permit.release(Ending("end", None, lambda: EmbeddingResult(usage=Usage(input_tokens=60))))
    with pytest.raises(RateLimitedError):
        await limiter.acquire(Cost(1, 51), until=0.0)
    await limiter.acquire(Cost(1, 50), until=0.0)


async def test_L5_who_gives_up_gives_back_what_the_provider_said_remains() -> None:
    limiter = RateLimiter(concurrency=1)
    permit = await limiter.acquire(Cost())
    permit.learn([Reading("requests", 1, 30)])
    waiting = asyncio.ensure_future(limiter.acquire(Cost()))
    await asyncio.sleep(1)
    permit.release(Ending("end"))
    waiting.cancel()
    await asyncio.wait([waiting])
    (await limiter.acquire(Cost(), until=now())).release(Ending("end"))
    with pytest.raises(RateLimitedError) as raised:
        await limiter.acquire(Cost(), until=now())
    assert raised.value.retry_after == pytest.approx(29, abs=1e-5)


async def test_learn_false_hears_nothing() -> None:
    provider = Provider("whole", [headers_of("openai", "requests", 0, 5), RateLimitError("no", retry_after=5)])
    model = wrap_model(provider, [rate_limit(requests=9, learn=False)])
    await model(WHOLE)
    await caught(model(WHOLE))
    await model(WHOLE)
    assert now() == 0.0


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({"x-ratelimit-remaining-input-tokens": "5"}, 0.0),
        ({"anthropic-ratelimit-output-tokens-remaining": "0"}, 60.0),
        ({"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "30"}, 30.0),
        ({"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "12.5"}, 12.5),
        ({"x-ratelimit-limit-requests": "0", "x-ratelimit-reset-requests": "30"}, 0.0),
        ({"x-ratelimit-remaining-requests": "none", "x-ratelimit-reset-requests": "30"}, 0.0),
    ],
)
async def test_finer_limits_hold_back_when_they_are_used_up(said: dict[str, str], heard: float) -> None:
    model = wrap_model(Provider("whole", [said]), [rate_limit()])
    await model(WHOLE)
    await model(WHOLE)
    assert now() == heard


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ({}, []),
        ({"content-type": "text/plain", "x-ratelimit": "3", "retry-after": "3"}, []),
        (
            {
                "x-ratelimit-limit-requests": "14400",
                "x-ratelimit-limit-tokens": "6000",
                "x-ratelimit-remaining-requests": "14399",
                "x-ratelimit-remaining-tokens": "5988",
                "x-ratelimit-reset-requests": "6s",
                "x-ratelimit-reset-tokens": "120ms",
            },
            [AccountLimit("requests", 14400, 14399, 6), AccountLimit("tokens", 6000, 5988, 0.12)],
        ),
        (
            {
                "Date": format_datetime(WHEN, usegmt=True),
                "Anthropic-RateLimit-Input-Tokens-Limit": "50000",
                "Anthropic-RateLimit-Input-Tokens-Remaining": "49000",
                "Anthropic-RateLimit-Input-Tokens-Reset": "2025-11-21T00:00:07Z",
            },
            [AccountLimit("input-tokens", 50000, 49000, 7)],
        ),
        ({"ratelimit-remaining": "3", "ratelimit-reset": "9"}, [AccountLimit("requests", None, 3, 9)]),
        ({"x-ratelimit-remaining": "-3"}, [AccountLimit("requests", None, 0, None)]),
        ({"x-ratelimit-reset-tokens": "2025-11-21T00:00:07Z"}, [AccountLimit("tokens")]),
    ],
)
def test_how_headers_are_read(headers: dict[str, str], limits: list[AccountLimit]) -> None:
    assert parse_limits(headers) == limits


@given(
    st.dictionaries(
        st.sampled_from(
            ["x-ratelimit-remaining-requests", "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset", "date"]
        ),
        st.text(max_size=20),
    )
)
@examples()
def test_nonsense_in_headers_is_no_reading_and_no_error(headers: dict[str, str]) -> None:
    for limit in parse_limits(headers, now=0.0):
        for number in limit[1:]:
            assert number is None or number >= 0
