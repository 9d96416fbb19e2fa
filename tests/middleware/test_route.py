"""The laws of ``route`` about whom it chooses, each of which finds out an implementation that breaks it.

Those about what happens after the choice are the laws of ``fallback``: see ``test_fallback``.
"""

from __future__ import annotations

import asyncio
import gc
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_route as wrong
from layer_laws.kit import FINISH, KINDS, STREAMED, WHOLE, Kind, Outcome, Scripted, caught, examples, read, rejects

from ai_sdk.errors import BadRequestError, OverloadedError, RateLimitError, ServerError
from ai_sdk.failover import Candidate
from ai_sdk.load import LoadStats, RouteState
from ai_sdk.middleware.route import route
from ai_sdk.model import AnyLayer
from ai_sdk.parts import TextDelta
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)
seeds = st.integers(0, 2**32)


async def nobody(_request: Any) -> Any:
    raise AssertionError("nobody asks this one")


def never(_error: Exception) -> bool:
    return False


class Fleet:
    """Plain models ``c0``, ``c1``, ...; each answers with its number, and ``asked`` has who was asked, in order."""

    def __init__(self, make: Make, candidates: Sequence[dict[str, Any]], **options: Any) -> None:
        self.asked: list[int] = []
        self.state: RouteState = options.setdefault("state", RouteState())
        self.failing = False
        first, *others = [self._model(at) for at in range(len(candidates))]
        described = Candidate(name="c0", **candidates[0])
        listed = [
            Candidate(model, name=f"c{at}", **given)
            for at, (model, given) in enumerate(zip(others, candidates[1:], strict=True), start=1)
        ]
        self.model: Any = make(described, *listed, **options)(first)

    def _model(self, at: int) -> Any:
        async def model(_request: Any) -> Any:
            self.asked.append(at)
            if self.failing:
                raise ServerError("broken")
            return at

        return model

    async def serve(self, count: int, request: Any = WHOLE) -> list[int]:
        """Who serves so many calls, one after the other."""
        return [await self.model(request) for _ in range(count)]

    async def order(self, request: Any = WHOLE) -> list[int]:
        """Who is asked, and in which order, when all fail."""
        self.asked.clear()
        self.failing = True
        await caught(self.model(request))
        self.failing = False
        return list(self.asked)


def wishing(**wish: Any) -> Any:
    return replace(WHOLE, layer_options={"route": wish})


def is_probable(count: int, tries: int, probability: float) -> bool:
    """Whether a count is within five standard deviations of what is expected."""
    return abs(count - tries * probability) <= 5 * math.sqrt(tries * probability * (1 - probability)) + 1e-9


weights = st.one_of(st.just(0.0), st.floats(0.05, 5.0))
some_weights = st.lists(weights, min_size=2, max_size=5).filter(any)


def law_random_weights(make: Make) -> None:
    @examples(30)
    @given(some_weights, seeds, st.sampled_from([0.5, 3.0, 1000.0]))
    def law(weights: list[float], seed: int, scale: float) -> None:
        async def trial() -> None:
            given = [{"weight": each} for each in weights]
            fleet = Fleet(make, given, strategy="random", rng=random.Random(seed))
            served = await fleet.serve(400)
            counts = Counter(served)
            for at, weight in enumerate(weights):
                assert is_probable(counts[at], 400, weight / sum(weights))
            scaled = [{"weight": each * scale} for each in weights]
            again = await Fleet(make, scaled, strategy="random", rng=random.Random(seed)).serve(50)
            assert Counter(again) == Counter(served[:50])

        run(trial())

    law()


def test_W1_random_choice_is_as_often_as_the_weights_say() -> None:
    law_random_weights(route)
    rejects(law_random_weights, wrong.ignores_weights)
    rejects(law_random_weights, wrong.rounds_weights)


async def test_W1_a_candidate_of_weight_0_is_only_a_fallback() -> None:
    for strategy in ("weighted", "random", "sticky"):
        fleet = Fleet(route, [{"weight": 0}, {"weight": 1}, {"weight": 0.5}], strategy=strategy, rng=random.Random(1))
        assert 0 not in await fleet.serve(100)
        order = await fleet.order()
        assert order[-1] == 0
        assert len(order) == 3


def law_turns(make: Make) -> None:
    @examples(40)
    @given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.booleans())
    def law(weights: list[int], equal: bool) -> None:
        async def trial() -> None:
            given = [{"weight": each} for each in weights]
            served = await Fleet(make, given, strategy="round-robin" if equal else "weighted").serve(3 * sum(weights))
            share = [1] * len(weights) if equal else weights
            cycle = sum(share)
            for start in range(len(served) - cycle + 1):
                counts = Counter(served[start : start + cycle])
                assert [counts[at] for at in range(len(weights))] == share
            for at, weight in enumerate(share):
                longest = max(map(len, "".join("x" if each == at else " " for each in served).split()))
                assert longest <= math.ceil(weight / (cycle - weight)) + 1

        run(trial())

    law()


def test_W2_turns_are_exact_over_every_cycle_and_spread() -> None:
    law_turns(route)
    rejects(law_turns, wrong.turns_at_random)
    rejects(law_turns, wrong.turns_without_debt)
    rejects(law_turns, wrong.turns_in_bursts)


def law_two_choices(make: Make) -> None:
    @examples(30)
    @given(st.permutations(range(6)), st.integers(2, 6), seeds)
    def law(order: list[int], count: int, seed: int) -> None:
        async def trial() -> None:
            fleet = Fleet(make, [{"weight": 1.0}] * count, strategy="least-latency", rng=random.Random(seed))
            latencies = order[:count]
            for at, each in enumerate(latencies):
                fleet.state.load(f"c{at}").latency.observe(each + 1.0, 0.0)
            counts = Counter(await fleet.serve(300))
            ranks = sorted(range(count), key=lambda at: latencies[at])
            for rank, at in enumerate(ranks):
                assert is_probable(counts[at], 300, 2 * (count - 1 - rank) / (count * (count - 1)))

        run(trial())

    law()


def test_W3_the_better_of_two_different_ones() -> None:
    law_two_choices(route)
    rejects(law_two_choices, wrong.one_choice)
    rejects(law_two_choices, wrong.two_choices_that_may_be_one)
    rejects(law_two_choices, wrong.everybody_to_the_least)
    rejects(law_two_choices, wrong.more_loaded_of_two)


def law_even_load(make: Make) -> None:
    @examples(5)
    @given(seeds)
    def law(seed: int) -> None:
        async def trial() -> None:
            async def slow(_request: Any) -> Any:
                await asyncio.sleep(60)

            state = RouteState()
            others = [Candidate(lambda request: slow(request), name=f"c{at}") for at in range(1, 32)]
            model: Any = make(*others, strategy="least-latency", state=state, rng=random.Random(seed))(slow)
            tasks = [asyncio.ensure_future(model(WHOLE)) for _ in range(512)]
            await asyncio.sleep(1)
            assert max(each.pending for each in state.stats().values()) <= 16 + 3
            await asyncio.gather(*tasks)

        run(trial())

    law()


def test_W3_the_most_loaded_has_little_more_than_the_average() -> None:
    law_even_load(route)
    rejects(law_even_load, wrong.one_choice)


Happening = st.tuples(
    st.floats(0, 20), st.floats(0.01, 5), st.sampled_from(["good", "good", "good", "fails", "refuses", "cancelled"])
)


def law_latency(make: Make) -> None:
    @examples(80)
    @given(st.lists(Happening, min_size=1, max_size=8), kinds, st.sampled_from([1.0, 10.0]))
    def law(happenings: list[tuple[float, float, str]], kind: Kind, decay: float) -> None:
        async def trial() -> None:
            answers: dict[str, Any] = {
                "good": "yes",
                "cancelled": "yes",
                "fails": ServerError("broken"),
                "refuses": BadRequestError("bad"),
            }
            calls = [Scripted(kind, [Outcome(answers[how], took)]) for _, took, how in happenings]
            models = iter([each.model for each in calls])

            async def model(request: Any) -> Any:
                return await next(models)(request)

            state = RouteState(decay=decay, unknown=1.0, failure=30.0)
            layered = make(Candidate(name="it"), Candidate(nobody), state=state, on=never)(model)
            now = asyncio.get_running_loop().time
            estimate: float | None = None
            at = 0.0

            def value() -> float:
                return 1.0 if estimate is None else max(1e-6, estimate * math.exp(-(now() - at) / decay))

            def observe(seconds: float) -> None:
                nonlocal estimate, at
                if estimate is None or seconds > estimate:
                    estimate = seconds
                else:
                    recent = math.exp(-(now() - at) / decay)
                    estimate = estimate * recent + seconds * (1 - recent)
                at = now()

            for gap, took, how in happenings:
                await asyncio.sleep(gap)
                task = asyncio.ensure_future(read(layered, calls[0].request))
                if how == "cancelled":
                    await asyncio.sleep(took / 2)
                    task.cancel()
                    await caught(task)
                    if took / 2 > value():
                        observe(took / 2)
                else:
                    await caught(task)
                    if how == "good":
                        observe(took)
                    elif how == "fails":
                        observe(max(30.0, took))
                assert state.stats()["it"].latency == pytest.approx(value(), rel=1e-6, abs=1e-6)

        run(trial())

    law()


def test_W4_bad_news_counts_at_once_good_news_with_time_and_failures_are_slow() -> None:
    law_latency(route)
    rejects(law_latency, wrong.plain_average)
    rejects(law_latency, wrong.never_forgets)
    rejects(law_latency, wrong.forgets_by_count)
    rejects(law_latency, wrong.unknown_is_fast)
    rejects(law_latency, wrong.fast_failures)
    rejects(law_latency, wrong.failures_are_nothing)


async def test_W4_who_fails_fast_gets_less_traffic_than_who_answers() -> None:
    async def broken(_request: Any) -> Any:
        raise ServerError("broken")

    async def slow(_request: Any) -> Any:
        await asyncio.sleep(2)
        return "good"

    state = RouteState()
    model: Any = route(slow, slow, strategy="least-latency", state=state, rng=random.Random(3))(broken)
    for _ in range(100):
        assert await model(WHOLE) == "good"
    calls = [each.calls for each in state.stats().values()]
    assert calls[0] < 10


ENDS = ["end", "aclose", "error", "cancelled read", "cancelled call", "dropped"]


async def one_call(layer: AnyLayer, how: str, kind: Kind, state: RouteState, held: int) -> Any:
    """Make a call of this kind; its response, if it is still to be read."""
    error = BadRequestError("x")
    scripted = Scripted(kind, [Outcome(error if how == "error" else "a", 1.0)])
    scripted.language.turns = [[1.0, TextDelta("a"), 5.0, error if how == "error" else FINISH]]
    model: Any = layer(scripted.model)
    if how == "cancelled call":
        task = asyncio.ensure_future(model(scripted.request))
        await asyncio.sleep(0.5)
        assert state.stats()["it"].pending == held + 1
        task.cancel()
        await caught(task)
        return None
    response = await caught(model(scripted.request))
    if kind == "whole" and how != "error":
        await cast("Any", response).result()
    return response if kind == "streamed" else None


async def end(how: str, responses: list[Any]) -> None:
    """End the last response."""
    response = responses.pop()
    if how == "aclose":
        await response.aclose()
    elif how == "cancelled read":
        task = asyncio.ensure_future(response.result())
        await asyncio.sleep(0.5)
        task.cancel()
        await caught(task)
    elif how == "dropped":
        with pytest.warns(ResourceWarning):
            del response
            gc.collect()
            await asyncio.sleep(0)
    else:
        await caught(response.result())


def law_pending(make: Make) -> None:
    @examples(50)
    @given(st.lists(st.tuples(st.sampled_from(ENDS), kinds), min_size=1, max_size=6))
    def law(calls: list[tuple[str, Kind]]) -> None:
        async def trial() -> None:
            state = RouteState()
            layer = make(Candidate(name="it"), Candidate(nobody, name="other"), state=state, strategy="order")
            responses: list[Any] = []
            ends: list[str] = []
            try:
                for how, kind in calls:
                    response = await one_call(layer, how, kind, state, len(responses))
                    if response is not None:
                        responses.append(response)
                        ends.append(how)
                    del response
                    assert state.stats()["it"].pending == len(responses)
                    assert state.stats()["other"].pending == 0
                while responses:
                    await end(ends.pop(), responses)
                    assert state.stats()["it"].pending == len(responses)
            finally:
                for each in responses:
                    await each.aclose()

        run(trial())

    law()


def test_W5_calls_are_pending_until_their_response_ends_and_then_no_more() -> None:
    law_pending(route)
    rejects(law_pending, wrong.over_at_the_await)
    rejects(law_pending, wrong.leaks_errors)
    rejects(law_pending, wrong.counts_twice)


async def test_W5_least_busy_knows_of_open_streams() -> None:
    models = [ScriptedModel([[TextDelta("a"), FINISH]]) for _ in range(3)]
    layered = route(models[1], models[2], strategy="least-busy")(models[0])
    responses = [await layered(STREAMED) for _ in range(3)]
    assert [len(model.calls) for model in models] == [1, 1, 1]
    await responses[1].result()
    again = await layered(STREAMED)
    assert sorted(len(model.calls) for model in models) == [1, 1, 2]
    assert len(models[[model.wires[0].open for model in models].index(False)].calls) == 2
    for response in (responses[0], responses[2], again):
        await response.aclose()


def law_ties(make: Make) -> None:
    @examples(15)
    @given(st.integers(2, 5), st.sampled_from(["least-busy", "cheapest"]), seeds)
    def law(count: int, strategy: str, seed: int) -> None:
        async def trial() -> None:
            given = [{"price": 2.0}] * count
            served = await Fleet(make, given, strategy=strategy, rng=random.Random(seed)).serve(300)
            counts = Counter(served)
            assert all(is_probable(counts[at], 300, 1 / count) for at in range(count))

        run(trial())

    law()


def test_W6_equals_are_chosen_at_random() -> None:
    law_ties(route)
    rejects(law_ties, wrong.herds_when_idle)
    rejects(law_ties, wrong.herds_to_the_cheap)


SESSIONS = [f"conversation {number}" for number in range(200)]


async def homes(fleet: Fleet, sessions: Sequence[str] = SESSIONS) -> list[int]:
    return [await fleet.model(wishing(session=each)) for each in sessions]


def law_sticky(make: Make) -> None:
    @examples(12)
    @given(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=2, max_size=5), st.data())
    def law(weights: list[float], data: st.DataObject) -> None:
        async def trial() -> None:
            given = [{"weight": each} for each in weights]
            fleet = Fleet(make, given, strategy="sticky")
            before = await homes(fleet)
            assert await homes(fleet) == before
            counts = Counter(before)
            for at, weight in enumerate(weights):
                assert is_probable(counts[at], len(SESSIONS), weight / sum(weights))
            gone = data.draw(st.integers(0, len(weights) - 1))
            fleet.state.take_out(f"c{gone}")
            without = await homes(fleet)
            assert gone not in without
            assert [now for now, then in zip(without, before, strict=True) if then != gone] == [
                then for then in before if then != gone
            ]
            fleet.state.put_back(f"c{gone}")
            assert await homes(fleet) == before
            more = await homes(Fleet(make, [*given, {"weight": 1.0}], strategy="sticky"))
            assert all(now in (then, len(weights)) for now, then in zip(more, before, strict=True))

        run(trial())

    law()


def test_W7_a_conversation_stays_and_others_stay_when_one_candidate_comes_or_goes() -> None:
    law_sticky(route)
    rejects(law_sticky, wrong.sticky_by_remainder)
    rejects(law_sticky, wrong.not_sticky)
    rejects(law_sticky, wrong.sticky_without_weights)


def last_first(_request: Any, stats: Sequence[LoadStats]) -> list[str]:
    return [each.name for each in reversed(stats)]


STRATEGIES: list[Any] = [
    "order",
    "weighted",
    "random",
    "round-robin",
    "least-busy",
    "least-latency",
    "cheapest",
    "sticky",
    last_first,
]


def law_unavailable(make: Make) -> None:
    @examples(80)
    @given(
        st.lists(st.sampled_from(["there", "out", "rests"]), min_size=2, max_size=5),
        st.sampled_from(STRATEGIES),
        st.booleans(),
        seeds,
    )
    def law(candidates: list[str], strategy: Any, failing: bool, seed: int) -> None:
        async def trial() -> None:
            rng = random.Random(seed)
            fleet = Fleet(make, [{"price": 1.0}] * len(candidates), strategy=strategy, rng=rng)
            for at, how in enumerate(candidates):
                if how == "out":
                    fleet.state.take_out(f"c{at}")
                elif how == "rests":
                    fleet.state.load(f"c{at}").rests_until = 10.0
            available = {at for at, how in enumerate(candidates) if how == "there"}
            for _ in range(5):
                asked = await fleet.order() if failing else await fleet.serve(1)
                assert set(asked) <= (available or set(range(len(candidates))))
                if failing:
                    assert set(asked) == (available or set(range(len(candidates))))
            await asyncio.sleep(10)
            back = {at for at, how in enumerate(candidates) if how != "out"}
            asked = await fleet.order()
            assert set(asked) == (back or set(range(len(candidates))))

        run(trial())

    law()


def law_rest(make: Make) -> None:
    @examples(60)
    @given(
        st.floats(0.5, 20),
        st.lists(st.floats(0.1, 8), min_size=1, max_size=6),
        st.sampled_from([RateLimitError, OverloadedError]),
        kinds,
    )
    def law(rest: float, gaps: list[float], error: type[Exception], kind: Kind) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(cast("Any", error)("later", retry_after=rest)), Outcome("first")])
            spare = Scripted(kind, [Outcome("second")])
            layered = make(spare.model, state=RouteState())(scripted.model)
            await read(layered, scripted.request)
            until = asyncio.get_running_loop().time() + rest
            assert len(scripted.calls) == 1
            for gap in gaps:
                await asyncio.sleep(gap)
                before = len(scripted.calls)
                await read(layered, scripted.request)
                now = asyncio.get_running_loop().time()
                if abs(now - until) > 1e-6:
                    assert len(scripted.calls) - before == int(now > until)

        run(trial())

    law()


def test_W8_who_rests_or_was_taken_out_is_asked_only_when_all_are() -> None:
    law_unavailable(route)
    rejects(law_unavailable, wrong.asks_who_rests)
    rejects(law_unavailable, wrong.refuses_when_all_rest)


def test_W8_who_said_when_to_come_back_rests_until_then() -> None:
    law_rest(route)
    rejects(law_rest, wrong.asks_who_rests)
    rejects(law_rest, wrong.rests_too_short)


def test_two_threads_with_a_loop_each_share_one_state() -> None:
    state = RouteState()
    asked: list[Counter[int]] = []

    async def work() -> None:
        mine: Counter[int] = Counter()

        def model(at: int) -> Any:
            async def call(request: Any) -> Any:
                mine[at] += 1
                await asyncio.sleep(0.001 * at)
                return await ScriptedModel([[TextDelta("a"), FINISH]])(request)

            return call

        layered: Any = route(
            *(Candidate(model(at), name=f"c{at}") for at in range(1, 4)),
            strategy="least-busy",
            state=state,
            on=never,
        )(model(0))
        for _ in range(30):
            await asyncio.gather(*[read(layered, STREAMED) for _ in range(10)])
        asked.append(mine)

    threads = [threading.Thread(target=lambda: run(work())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stats = state.stats()
    assert [each.pending for each in stats.values()] == [0] * 4
    assert sum(each.calls for each in stats.values()) == 600 == sum(sum(each.values()) for each in asked)
