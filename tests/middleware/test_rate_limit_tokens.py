"""The laws of ``rate_limit`` about tokens: reserved by an estimate, settled with what was used."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_rate_limit_tokens as wrong
from layer_laws.kit import EMBEDDING, KINDS, STREAMED, WHOLE, Kind, caught, examples, read, rejects

from ai_sdk._frozen import FrozenDict
from ai_sdk.ending import Ending
from ai_sdk.errors import InvalidRequestError, RateLimitedError, ServerError
from ai_sdk.limits import Cost, RateLimiter, Used, used_tokens
from ai_sdk.messages import FilePart, user
from ai_sdk.middleware import rate_limit
from ai_sdk.model import AnyLayer
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import (
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    ToolDefinition,
    TranscriptionRequest,
)
from ai_sdk.results import EmbeddingResult, LanguageResult, Usage
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]

TOKENS = 20
PER = 4.0
WAYS = ("end", "unknown", "unfinished", "error", "aclose", "cancel", "drop")


@dataclass(frozen=True)
class Plan:
    """A call: so long after the one before, with this estimate, this usage, this end after so many seconds."""

    gap: float
    estimate: int
    used: int
    how: str
    seconds: float


PLANS = st.lists(
    st.builds(
        Plan,
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0, 5.0]),
        st.integers(0, 12),
        st.integers(0, 16),
        st.sampled_from(WAYS),
        st.sampled_from([0.125, 0.125, 1.125, 6.125]),
    ),
    min_size=1,
    max_size=8,
)


def usage_of(plan: Plan, kind: Kind) -> Usage:
    if plan.how == "unknown":
        return Usage()
    if plan.how == "unfinished":
        return Usage(output_tokens=plan.used)
    if kind == "embedding":
        return Usage(input_tokens=plan.used)
    return Usage(input_tokens=plan.used - plan.used // 2, output_tokens=plan.used // 2)


async def answer(kind: Kind, plan: Plan) -> Any:
    if kind == "embedding":
        await asyncio.sleep(plan.seconds)
        if plan.how == "error":
            raise ServerError("no")
        return EmbeddingResult(embeddings=((1.0,),), usage=usage_of(plan, kind))
    end = ServerError("no") if plan.how == "error" else Finish("stop", usage_of(plan, kind))
    model = ScriptedModel([[TextDelta("a"), plan.seconds, end]])
    return await model(STREAMED if kind == "streamed" else WHOLE)


async def call(model: Any, request: Any, plan: Plan) -> None:
    """Make the call and end it as planned, at the planned moment."""
    began = asyncio.get_running_loop().time()
    task = asyncio.ensure_future(_call(model, request, plan, began))
    if plan.how == "cancel":
        await asyncio.sleep(plan.seconds - 0.0625)
        task.cancel()
    await asyncio.wait([task])


async def _call(model: Any, request: Any, plan: Plan, began: float) -> None:
    response = await caught(model(request))
    if isinstance(response, BaseException | EmbeddingResult):
        return
    left = began + plan.seconds - 0.0625 - asyncio.get_running_loop().time()
    if plan.how in {"aclose", "drop"} and left > 0:
        await asyncio.sleep(left)
        if plan.how == "aclose":
            await response.aclose()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del response
            gc.collect()
        return
    await caught(response.result())


def settled(plan: Plan, kind: Kind) -> int:
    """What the call counts as once it is over."""
    if plan.how == "end" or (plan.how in {"aclose", "drop"} and kind != "streamed"):
        return plan.used
    return max(plan.estimate, plan.used) if plan.how == "unfinished" else plan.estimate


class Oracle:
    """The balance by the words of the law: what was reserved or used in the last window."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.calls: list[tuple[float, Plan]] = []

    def balance(self, now: float) -> int:
        return TOKENS - sum(self._counts(began, plan, now) for began, plan in self.calls)

    def _counts(self, began: float, plan: Plan, now: float) -> int:
        ended = began + plan.seconds - (0.0625 if plan.how in {"aclose", "cancel", "drop"} else 0)
        amount = settled(plan, self.kind)
        if plan.estimate == 0 or ended >= began + PER:
            late = amount - plan.estimate if ended <= now < ended + PER else 0
            return max(0, late) + (plan.estimate if now < began + PER else 0)
        return 0 if now >= began + PER else amount if now >= ended else plan.estimate

    def arrive(self, now: float, plan: Plan) -> None:
        if plan.estimate <= self.balance(now):
            self.calls.append((now, plan))


async def check_balance(model: Any, request: Any, balance: int) -> None:
    """So many tokens are let through now, and not one more; below 0 not even a call without any."""

    async def is_let_through(tokens: int) -> bool:
        asked = replace(request, headers={"plan": "-"}, layer_options={"rate_limit": {"tokens": tokens}})
        return not isinstance(await caught(read(model, asked)), RateLimitedError)

    assert not await is_let_through(max(0, balance + 1)), "something was given back too much"
    assert balance < 0 or await is_let_through(balance), "something is missing"


def law_settled(make: Make) -> None:
    @examples(80)
    @given(st.sampled_from(KINDS), PLANS, st.sampled_from([0.0, 0.25, 0.25, 1.0, 2.0, 6.0]))
    def law(kind: Kind, plans: list[Plan], rest: float) -> None:
        async def trial() -> None:
            async def provider(request: Any) -> Any:
                number = request.headers["plan"]
                return await answer(kind, plans[int(number)] if number != "-" else Plan(0, 0, 0, "error", 0.0))

            base: Any = {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[kind]
            model = make(tokens=TOKENS, per=PER, max_wait=0)(provider)
            oracle = Oracle(kind)
            tasks: list[asyncio.Future[None]] = []
            time = asyncio.get_running_loop().time
            for number, plan in enumerate(plans):
                await asyncio.sleep(plan.gap)
                own = {"rate_limit": {"tokens": plan.estimate}}
                request = replace(base, headers={"plan": str(number)}, layer_options=own)
                oracle.arrive(time(), plan)
                tasks.append(asyncio.ensure_future(call(model, request, plan)))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            await asyncio.sleep(rest + 0.03125)
            await check_balance(model, base, oracle.balance(time()))
            await asyncio.gather(*tasks)

        run(trial())

    law()


def test_L7_the_balance_is_what_was_not_used_in_the_last_window() -> None:
    law_settled(rate_limit)
    for each in (
        wrong.never_refunding,
        wrong.never_debiting,
        wrong.refunding_the_unknown,
        wrong.refunding_the_unfinished,
        wrong.refunding_the_gone,
        wrong.forgetting_late_debts,
    ):
        rejects(law_settled, each)


async def test_L7_a_debt_holds_later_calls_back_until_it_has_left_the_window() -> None:
    limiter = RateLimiter(tokens=100, per=10.0)
    permit = await limiter.acquire(Cost(1, 50))
    await asyncio.sleep(1)
    permit.release(Ending("end", None, lambda: EmbeddingResult(usage=Usage(input_tokens=130))))
    assert limiter.state().tokens == -30
    await limiter.acquire(Cost(1, 0))
    assert asyncio.get_running_loop().time() == 10.0


async def test_L7_a_refund_lets_who_waits_in_at_once() -> None:
    limiter = RateLimiter(tokens=100, per=10.0)
    permit = await limiter.acquire(Cost(1, 90))
    waiting = asyncio.ensure_future(limiter.acquire(Cost(1, 50)))
    await asyncio.sleep(1)
    assert not waiting.done()
    permit.release(Ending("end", None, lambda: EmbeddingResult(usage=Usage(input_tokens=50))))
    await waiting
    assert asyncio.get_running_loop().time() == 1.0


async def test_L7_a_fold_that_fails_loses_no_slot() -> None:
    def broken() -> Any:
        raise ValueError("a bug")

    limiter = RateLimiter(tokens=100, concurrency=1)
    permit = await limiter.acquire(Cost(1, 50))
    with pytest.raises(ValueError, match="a bug"):
        permit.release(Ending("dropped", None, broken))
    assert limiter.state()[:1] == (0,)


WHOLE_RESULT = LanguageResult(finish_reason="stop", usage=Usage(input_tokens=3, output_tokens=4))


@pytest.mark.parametrize(
    ("how", "result", "used"),
    [
        ("end", WHOLE_RESULT, Used(7, True)),
        ("closed", WHOLE_RESULT, Used(7, True)),
        ("closed", replace(WHOLE_RESULT, finish_reason=None), Used(7, False)),
        ("end", replace(WHOLE_RESULT, usage=Usage(output_tokens=4)), Used(4, False)),
        ("end", replace(WHOLE_RESULT, usage=Usage(input_tokens=3)), Used(3, False)),
        ("end", replace(WHOLE_RESULT, usage=Usage()), None),
        ("end", EmbeddingResult(usage=Usage(input_tokens=3)), Used(3, True)),
        ("end", EmbeddingResult(), None),
        ("end", None, None),
        ("error", None, None),
        ("end", "what a model of the user's own gives", None),
    ],
)
def test_what_an_ending_says_of_the_tokens(how: Any, result: Any, used: Used | None) -> None:
    assert used_tokens(Ending(how, None, lambda: result)) == used


TEXT = "x" * 400


@pytest.mark.parametrize(
    ("request_", "tokens"),
    [
        (LanguageRequest(messages=(user(TEXT),), max_output_tokens=50), 150),
        (LanguageRequest(messages=(user(TEXT),)), 100 + 1024),
        (LanguageRequest(messages=(user(TEXT, FilePart(data=b"1")),), max_output_tokens=1), 1101),
        (ImageRequest(prompt=TEXT, files=(FilePart(data=b"1"),), mask=FilePart(data=b"1")), 2100),
        (
            LanguageRequest(messages=(user("abc"),), tools=(ToolDefinition("f", "d" * 100),), max_output_tokens=1),
            -(-(3 + 1 + 100 + len("type" + "object" + "properties")) // 4) + 1,
        ),
        (replace(EMBEDDING, values=(TEXT, TEXT, "a")), 201),
        (SpeechRequest(text=TEXT), 100),
        (RerankRequest(query="abcd", documents=(TEXT, FrozenDict({"text": TEXT}))), 202),
        (TranscriptionRequest(audio=b"1" * 4000), 1),
    ],
)
async def test_the_estimate_by_default(request_: Any, tokens: int) -> None:
    limiter = RateLimiter(tokens=10_000)

    async def model(_request: Any) -> str:
        assert limiter.state().tokens == 10_000 - tokens
        return "answer"

    assert await rate_limit(limiter)(model)(request_) == "answer"


async def test_the_output_that_is_assumed_is_a_quarter_of_a_small_limit() -> None:
    limiter = RateLimiter(tokens=100)

    async def model(_request: Any) -> str:
        assert limiter.state().tokens == 100 - 1 - 25
        return "answer"

    assert await rate_limit(limiter)(model)(WHOLE) == "answer"


async def test_an_estimate_of_ones_own_and_a_weight() -> None:
    limiter = RateLimiter(requests=10, tokens=100)
    layer = rate_limit(limiter, estimate=lambda _request: 30, weight=lambda _request: 4)

    async def model(_request: Any) -> str:
        return "answer"

    await layer(model)(WHOLE)
    assert limiter.state() == (0, 0, 6, 70)
    await layer(model)(replace(WHOLE, layer_options={"rate_limit": {"tokens": 5, "weight": 1}}))
    assert limiter.state() == (0, 0, 5, 65)

    def odd(_request: Any) -> Any:
        return 1.5

    with pytest.raises(InvalidRequestError) as raised:
        await rate_limit(limiter, estimate=odd)(model)(WHOLE)
    assert raised.value.field == "tokens"


def test_L4_an_estimate_that_never_fits_is_refused_at_once() -> None:
    async def trial() -> None:
        error = await caught(read(rate_limit(tokens=50)(ScriptedModel()), replace(WHOLE, max_output_tokens=51)))
        assert isinstance(error, RateLimitedError)
        assert not error.retryable
        assert "52 tokens" in error.message

    run(trial())
