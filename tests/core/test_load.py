"""The statistics that ``route`` chooses by, and the parts of its strategies. The laws of both are in ``test_route``."""

from __future__ import annotations

import asyncio
import math
import random
import threading
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_laws.kit import STREAMED, WHOLE, caught, examples

from ai_sdk.ending import Ending
from ai_sdk.errors import AllModelsFailedError, BadRequestError, InvalidRequestError, OverloadedError, RateLimitError
from ai_sdk.failover import Candidate, Target
from ai_sdk.load import Load, PeakEwma, RouteState, Trip, measured
from ai_sdk.messages import FilePart, system, user
from ai_sdk.parts import TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest, ToolDefinition
from ai_sdk.strategies import Asking, Contender, Share, SmoothWeighted, by_session, by_weight, prompt_prefix
from ai_sdk.testing import ScriptedModel, run

seconds = st.floats(0, 100)


@examples()
@given(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=20), st.floats(0.1, 60), seconds)
def test_an_estimate_lies_between_what_was_heard_and_never_below_the_latest_peak(
    heard: list[tuple[float, float]], decay: float, later: float
) -> None:
    ewma = PeakEwma(decay, 1.0)
    now = 0.0
    for gap, value in heard:
        now += gap
        before = ewma.value(now)
        ewma.observe(value, now)
        assert ewma.value(now) >= value - 1e-9 or ewma.value(now) >= before - 1e-9
        assert ewma.value(now) <= max(value for _, value in heard) + 1e-6
        ewma.at_least(value, now)
        assert ewma.value(now) >= value - 1e-6
    assert 0 < ewma.value(now + later) <= ewma.value(now)
    assert ewma.value(now + later) <= ewma.value(now + later, 30.0) <= ewma.value(now) + 1e-12
    assert ewma.value(now + later) == pytest.approx(max(1e-6, ewma.value(now) * math.exp(-later / decay)), abs=1e-6)


def test_a_clock_that_goes_back_changes_nothing() -> None:
    ewma = PeakEwma(10.0, 1.0)
    ewma.observe(5.0, 100.0)
    assert ewma.value(50.0) == 5.0
    ewma.observe(1.0, 50.0)
    assert ewma.value(100.0) == 5.0


@pytest.mark.parametrize("field", ["decay", "unknown", "failure"])
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_bad_options_are_named(field: str, value: float) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        RouteState(**{field: value})
    assert raised.value.field == field


async def test_taking_out_and_putting_back_by_name() -> None:
    state = RouteState()
    with pytest.raises(InvalidRequestError, match="known: none yet"):
        state.take_out("a")
    state.load("a")
    assert state.load("a") is state.load("a")
    state.take_out("a")
    stats = state.stats()["a"]
    assert (stats.available, stats.resting) == (False, math.inf)
    state.put_back("a")
    assert state.stats()["a"].available
    with pytest.raises(InvalidRequestError, match="known: a"):
        state.put_back("b")
    assert repr(state) == "RouteState(a)"


@pytest.mark.parametrize(
    ("error", "rest"),
    [
        (RateLimitError("x", retry_after=5.0), 5.0),
        (OverloadedError("x", retry_after=5.0), 5.0),
        (RateLimitError("x"), 0.0),
        (RateLimitError("x", retry_after=math.inf), 0.0),
        (RateLimitError("x", retry_after=-3.0), 0.0),
        (BadRequestError("x", retry_after=5.0), 0.0),
        (AllModelsFailedError("x", [RateLimitError("x", retry_after=5.0), OverloadedError("x", retry_after=3.0)]), 3.0),
        (AllModelsFailedError("x", [RateLimitError("x", retry_after=5.0), OverloadedError("x")]), 0.0),
    ],
)
async def test_who_said_when_to_come_back_rests(error: Exception, rest: float) -> None:
    state = RouteState()
    load = state.load("it")
    await caught(measured(cast("Any", ScriptedModel([error])), load, state)(WHOLE))
    assert state.stats()["it"].resting == rest
    assert state.stats()["it"].available == (rest == 0)


async def test_a_longer_rest_is_not_cut_short_by_a_shorter_one() -> None:
    state = RouteState()
    model = ScriptedModel([RateLimitError("x", retry_after=9.0), RateLimitError("x", retry_after=2.0)])
    call = measured(model, state.load("it"), state)
    await caught(call(WHOLE))
    await caught(call(WHOLE))
    assert state.stats()["it"].resting == 9.0


async def test_a_stream_that_breaks_later_is_a_failure_too() -> None:
    state = RouteState()
    model = ScriptedModel([[TextDelta("a"), OverloadedError("x", retry_after=5.0)]])
    response = await measured(model, state.load("it"), state)(STREAMED)
    assert state.stats()["it"].failures == 0
    await caught(response.result())
    stats = state.stats()["it"]
    assert (stats.calls, stats.failures, stats.pending, stats.resting, stats.latency) == (1, 1, 0, 5.0, 30.0)


async def test_a_finaliser_may_release_while_the_state_is_in_use() -> None:
    state = RouteState()
    load = state.load("it")
    trip = Trip(state, load, None)
    with state._guard:
        trip.release(Ending("dropped"))
        trip.release(Ending("dropped"))
        assert load.calls == 0
    stats = state.stats()["it"]
    assert (stats.calls, stats.pending) == (1, 0)


def test_a_response_that_ends_after_its_loop_is_counted() -> None:
    state = RouteState()

    async def start() -> Trip:
        await asyncio.sleep(3)
        return Trip(state, state.load("it"), None)

    trip = run(start())
    assert state.stats()["it"].pending == 1
    trip.release(Ending("dropped"))
    assert state.stats()["it"].pending == 0


def test_time_does_not_go_back_between_loops() -> None:
    state = RouteState()

    async def later() -> float:
        await asyncio.sleep(100)
        return state.now()

    async def at_once() -> float:
        return state.now()

    assert state.now() == -math.inf
    assert (run(later()), run(at_once())) == (100.0, 100.0)
    assert state.now() == 100.0


def contenders(*weights: float) -> list[Contender]:
    made: list[Contender] = []
    for at, weight in enumerate(weights):
        target = Target(Candidate(ScriptedModel(), name=f"c{at}", weight=weight), cast("Any", None), None)
        made.append(Contender(target, Load(f"c{at}", PeakEwma(10.0, 1.0))))
    return made


ASKING = Asking(WHOLE, None, 0.0)


def test_turns_are_exact_when_several_threads_take_them() -> None:
    turns = SmoothWeighted()
    some = contenders(5, 3, 2)
    taken: list[str] = []

    def work() -> None:
        for _ in range(1000):
            taken.append(turns(some, ASKING)[0].name)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [taken.count(f"c{at}") for at in range(3)] == [1000, 600, 400]


def test_classic_turns() -> None:
    turns = SmoothWeighted()
    some = contenders(5, 1, 1)
    assert "".join(turns(some, ASKING)[0].name[1] for _ in range(14)) == "0010200" * 2
    assert [each.name for each in turns([], ASKING)] == []


@examples()
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=1, max_size=6), st.integers(0, 99), st.text(max_size=5))
def test_every_strategy_keeps_everybody_and_puts_weight_0_last(weights: list[float], seed: int, session: str) -> None:
    some = contenders(*weights)
    for rank in (SmoothWeighted(), by_weight(random.Random(seed)), by_session()):
        ranked = rank(some, Asking(WHOLE, session, 0.0))
        assert sorted(each.name for each in ranked) == [each.name for each in some]
        heavy = [bool(each.weight) for each in ranked]
        assert heavy == sorted(heavy, reverse=True)


def test_a_prompt_prefix_is_what_a_conversation_begins_with() -> None:
    tool = ToolDefinition("look")
    begin = LanguageRequest(messages=(system("be kind"), user("hi")), tools=(tool,))
    later = LanguageRequest(messages=(*begin.messages, user("and then?")), tools=(tool,), temperature=1.0)
    assert prompt_prefix(begin) == prompt_prefix(later)
    others = [
        LanguageRequest(messages=begin.messages),
        LanguageRequest(messages=(system("be brief"), user("hi")), tools=(tool,)),
        LanguageRequest(messages=(system("be kind"), user("hello")), tools=(tool,)),
        LanguageRequest(messages=(system("be kind"), user("hi", FilePart(url="https://x.test/a.png"))), tools=(tool,)),
    ]
    assert len({prompt_prefix(each) for each in [begin, *others]}) == 5
    assert prompt_prefix(LanguageRequest(messages=(system("only"),))) == "only"
    assert prompt_prefix(EmbeddingRequest(values=("a",))) is None


@examples()
@given(st.floats(0, 1), st.integers(0, 300))
def test_a_share_is_exact(share: float, calls: int) -> None:
    part = Share(share, "share")
    taken = sum(part.takes() for _ in range(calls))
    assert abs(taken - calls * share) < 1 + 1e-6


def test_sessions_of_a_share_are_so_many_and_always_the_same() -> None:
    part = Share(0.3, "share")
    sessions = [f"s{number}" for number in range(1000)]
    taken = [part.takes(each) for each in sessions]
    assert taken == [part.takes(each) for each in sessions]
    assert abs(sum(taken) - 300) < 75
    assert not any(Share(0.0, "share").takes(each) for each in sessions)
    assert all(Share(1.0, "share").takes(each) for each in sessions)
    with pytest.raises(InvalidRequestError):
        Share(math.nan, "share")
