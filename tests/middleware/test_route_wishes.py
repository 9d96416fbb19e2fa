"""What one call may wish of ``route``, and its canary and shadow."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_route as wrong
from layer_laws.kit import (
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

from ai_sdk.call import CallRecord, record_call
from ai_sdk.credentials import SecretKey, overriding_key
from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import (
    AllModelsFailedError,
    AuthenticationError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
)
from ai_sdk.failover import Candidate
from ai_sdk.load import RouteState
from ai_sdk.messages import system, user
from ai_sdk.middleware.route import route
from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import Price
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)


def wishing(request: Any = WHOLE, **wish: Any) -> Any:
    return replace(request, layer_options={"route": wish})


def halves(name: str) -> tuple[str, str]:
    provider, _, model_id = name.partition(":")
    return provider, model_id


class Hosted:
    """A model at a provider that always fails; it notes that it was asked."""

    def __init__(self, provider: str, model_id: str, asked: list[str]) -> None:
        self.provider = provider
        self.model_id = model_id
        self.requests: list[Any] = []
        self._asked = asked

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model_id}"

    async def __call__(self, request: Any) -> Any:
        self._asked.append(self.name)
        self.requests.append(request)
        raise ServerError("broken")


ALL = [f"{provider}:{model}" for provider in ("p", "q", "r") for model in ("m", "n")]
WORDS = [*ALL, "p", "q", "r", "m", "n"]
words = st.lists(st.sampled_from(WORDS), max_size=3, unique=True)


def matching(names: Sequence[str], word: str) -> list[str]:
    return [name for name in names if word in (name, *name.split(":"))]


def expected(names: Sequence[str], order: Sequence[str], only: Sequence[str], models: Sequence[str]) -> list[str]:
    """Who is asked, in order, by the words of the law."""
    allowed = [name for name in names if not only or any(name in matching(names, word) for word in only)]
    first = [name for word in order for name in matching(allowed, word)]
    ranked = list(dict.fromkeys([*first, *allowed]))
    if not models:
        return ranked
    home = names[0].partition(":")[2]
    groups = [[name for name in ranked if name.endswith(f":{home}")]]
    groups += [[name for name in ranked if name in matching(ranked, word)] for word in models]
    return list(dict.fromkeys(name for group in groups for name in group))


def law_wishes(make: Make) -> None:
    @examples(150)
    @given(st.permutations(ALL), words, words, words, st.booleans())
    def law(names: list[str], order: list[str], only: list[str], models: list[str], per_call: bool) -> None:
        async def trial() -> None:
            asked: list[str] = []
            hosted = [Hosted(*halves(name), asked) for name in names]
            options: dict[str, Any] = {"order": order, "only": only, "models": models}
            given = make(*hosted[1:]) if per_call and make is route else make(*hosted[1:], **options)
            request = wishing(**options) if per_call and make is route else WHOLE
            outcome = await caught(read(given(cast("Any", hosted[0])), request))
            wanted = expected(names, order, only, models)
            assert asked == wanted
            assert isinstance(outcome, InvalidRequestError if not wanted else Exception)
            assert not [each for model in hosted for each in model.requests if each.layer_options]

        run(trial())

    law()


def test_order_only_and_models_are_those_of_hosted_gateways() -> None:
    law_wishes(route)
    rejects(law_wishes, wrong.everybody_is_a_fallback)
    rejects(law_wishes, wrong.order_excludes)
    rejects(law_wishes, wrong.models_for_everybody)


async def test_serves_makes_candidates_with_different_ids_alternatives() -> None:
    asked: list[str] = []
    hosted = [Hosted(*halves(name), asked) for name in ("p:llama-a", "q:llama-b", "r:other", "r:third")]
    layered: Any = route(
        Candidate(serves="llama"), Candidate(hosted[1], serves="llama"), Candidate(hosted[2], name="mine"), hosted[3]
    )(cast("Any", hosted[0]))
    await caught(layered(wishing(models=["mine"])))
    assert asked == ["p:llama-a", "q:llama-b", "r:other"]
    asked.clear()
    await caught(layered(wishing(models=["r:third"], order=["q"])))
    assert asked == ["q:llama-b", "p:llama-a", "r:third"]


PRICES = [Price(input=3.0, output=1.0), Price(input=1.0, output=9.0), Price(input=1.0, output=2.0), None]


@pytest.mark.parametrize("how", ["candidates", "function", "mapping", "strategy"])
async def test_sort_by_cost_is_by_the_price_of_input_then_of_output(how: str) -> None:
    asked: list[str] = []
    hosted = [Hosted("p", str(at), asked) for at in range(4)]
    by_name = {each.name: price for each, price in zip(hosted, PRICES, strict=True) if price is not None}
    given = PRICES if how == "candidates" else [None] * 4

    def price_of(model: Any) -> Price | None:
        return by_name.get(model.name)

    prices: Any = price_of if how in ("function", "strategy") else by_name
    first, *others = [
        Candidate(model if at else None, price=price)
        for at, (model, price) in enumerate(zip(hosted, given, strict=True))
    ]
    options: dict[str, Any] = {"strategy": "cheapest"} if how == "strategy" else {"sort": "cost"}
    await caught(route(first, *others, prices=prices, **options)(cast("Any", hosted[0]))(WHOLE))
    assert asked == ["p:2", "p:1", "p:0", "p:3"]


async def test_a_price_may_be_a_number_and_the_package_knows_others() -> None:
    asked: list[str] = []
    hosted = [Hosted("openai", "gpt-4o", asked), Hosted("p", "free", asked), Hosted("openai", "gpt-4o-mini", asked)]
    await caught(
        route(Candidate(hosted[1], price=0), hosted[2], sort="cost")(cast("Any", hosted[0]))(WHOLE)  # fmt: skip
    )
    assert asked == ["p:free", "openai:gpt-4o-mini", "openai:gpt-4o"]


async def test_sort_by_ttft_is_by_the_time_to_the_first_content() -> None:
    state = RouteState()
    models = [ScriptedModel([[seconds, TextDelta("a"), 30.0, FINISH]]) for seconds in (3.0, 0.5, 2.0)]
    layered = route(
        *(Candidate(model, name=f"m{at}") for at, model in enumerate(models[1:], start=1)), sort="ttft", state=state
    )(models[0])
    for model in ("scripted:model", "m1", "m2"):
        await read(layered, wishing(STREAMED, only=[model], sort=None))
    calls = [len(model.calls) for model in models]
    await read(layered, WHOLE)
    assert [len(model.calls) for model in models] == [calls[0], calls[1] + 1, calls[2]]


async def test_sort_by_tps_is_by_tokens_a_second_and_measures_who_is_unknown_one_call_at_a_time() -> None:
    def speaking(tokens: int) -> ScriptedModel:
        return ScriptedModel([[1.0, TextDelta("a"), 2.0, Finish("stop", Usage(input_tokens=1, output_tokens=tokens))]])

    models = [speaking(10), speaking(100), speaking(40)]
    state = RouteState()
    layered = route(
        *(Candidate(model, name=f"m{at}") for at, model in enumerate(models[1:], start=1)),
        sort="tps",
        state=state,
        rng=random.Random(1),
    )(models[0])
    await asyncio.gather(*[read(layered, STREAMED) for _ in range(3)])
    assert [len(model.calls) for model in models] == [1, 1, 1]
    assert [each.tokens_per_second for each in state.stats().values()] == pytest.approx([5.0, 50.0, 20.0])
    await read(layered, STREAMED)
    assert [len(model.calls) for model in models] == [1, 2, 1]


async def test_speed_of_an_answer_that_comes_at_once_counts_from_the_request() -> None:
    model = ScriptedModel([[2.0, TextDelta("a"), Finish("stop", Usage(input_tokens=1, output_tokens=10))]])
    state = RouteState()
    layered = route(ScriptedModel(model_id="other"), sort="tps", state=state, order=["scripted:model"])(model)
    for request in (WHOLE, STREAMED):
        await read(layered, request)
    assert state.stats()["scripted:model"].tokens_per_second == pytest.approx(5.0)


async def test_a_function_chooses_and_whom_it_leaves_out_is_not_asked() -> None:
    asked: list[str] = []
    seen: list[Any] = []
    hosted = [Hosted("p", str(at), asked) for at in range(3)]
    answers: list[Any] = [["p:2", "p:0"], "p:1", ["p:7"], []]

    def choose(request: Any, stats: Any) -> Any:
        seen.append((request, stats))
        return answers.pop(0)

    layered = route(Candidate(weight=2.0), hosted[1], Candidate(hosted[2], price=3), strategy=choose)(
        cast("Any", hosted[0])
    )
    assert isinstance(await caught(layered(WHOLE)), AllModelsFailedError)
    assert isinstance(await caught(layered(WHOLE)), ServerError)
    assert asked == ["p:2", "p:0", "p:1"]
    request, stats = seen[1]
    assert request is WHOLE
    assert [(each.name, each.calls, each.failures, each.pending, each.weight, each.price) for each in stats] == [
        ("p:0", 1, 1, 0, 2.0, None),
        ("p:1", 0, 0, 0, 1.0, None),
        ("p:2", 1, 1, 0, 1.0, 3),
    ]
    assert [each.cost for each in stats] == [each.latency for each in stats]
    for _ in range(2):
        error = await caught(layered(WHOLE))
        assert isinstance(error, InvalidRequestError)
        assert error.field == "strategy"


async def test_candidates_of_one_name_are_told_apart() -> None:
    state = RouteState()
    layered: Any = route(ScriptedModel(), ScriptedModel(), strategy="round-robin", state=state)(ScriptedModel())
    for _ in range(3):
        await read(layered, WHOLE)
    assert {name: each.calls for name, each in state.stats().items()} == {
        "scripted:model": 1,
        "scripted:model #2": 1,
        "scripted:model #3": 1,
    }


async def test_a_conversation_is_known_by_its_prompt_prefix_or_by_a_key() -> None:
    asked: list[str] = []
    hosted = [Hosted("p", str(at), asked) for at in range(8)]

    async def first(layered: Any, request: Any) -> str:
        asked.clear()
        await caught(layered(request))
        return asked[0]

    def turns(*texts: str, instructions: str = "be kind") -> LanguageRequest:
        return LanguageRequest(messages=(system(instructions), *map(user, texts)))

    sticky = route(*hosted[1:], strategy="sticky")(cast("Any", hosted[0]))
    assert await first(sticky, turns("hi")) == await first(sticky, turns("hi", "and then?"))
    assert len({await first(sticky, turns(f"number {at}")) for at in range(40)}) == 8
    assert len({await first(sticky, turns("hi", instructions=f"{at}")) for at in range(40)}) == 8
    keyed = route(*hosted[1:], strategy="sticky", key=lambda request: request.messages[0].content)(
        cast("Any", hosted[0])
    )
    assert len({await first(keyed, turns(f"number {at}")) for at in range(10)}) == 1
    keyless = route(*hosted[1:], strategy="sticky", key=lambda _request: None)(cast("Any", hosted[0]))
    assert {await first(keyless, turns(f"number {at}")) for at in range(10)} == {"p:0"}
    assert await first(keyless, wishing(session="x")) == await first(sticky, wishing(turns("y"), session="x"))


class Keyed:
    """A provider that knows some keys; ``used`` are those that it was asked with."""

    def __init__(self, provider: str, known: Sequence[str], error: Exception | None = None) -> None:
        self.provider, self.model_id = provider, "m"
        self.used: list[str] = []
        self.requests: list[Any] = []
        self._known = known
        self._error = error or AuthenticationError("who are you", status=401)

    async def __call__(self, request: Any) -> Any:
        key = overriding_key(self.provider) or "own"
        self.used.append(key)
        self.requests.append(request)
        if key not in self._known:
            raise self._error
        return key


async def test_keys_of_a_candidate_are_tried_before_its_own_and_only_with_it() -> None:
    first, second = Keyed("p", []), Keyed("q", ["own"])
    layered: Any = route(Candidate(keys=["a", "b"]), Candidate(second, keys=["c"]))(cast("Any", first))
    fell: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "fell-over":
            fell.append(detail.model)

    with record_call(observers=(observe,)):
        assert await layered(WHOLE) == "own"
    assert fell == ["q:m"]
    assert first.used == ["a", "b", "own"]
    assert second.used == ["c", "own"]
    good_key = Keyed("p", ["b"])
    assert await cast("Any", route(Candidate(keys=["a", "b"]), second))(good_key)(WHOLE) == "b"


async def test_an_error_that_no_key_can_mend_goes_to_the_next_candidate() -> None:
    first, second = Keyed("p", [], ServerError("broken")), Keyed("q", ["own"])
    assert await cast("Any", route(Candidate(keys=["a", "b"]), second))(first)(WHOLE) == "own"
    assert first.used == ["a"]


async def test_a_call_brings_its_own_keys_and_nobody_else_sees_them() -> None:
    state = RouteState()
    first, second = Keyed("p", []), Keyed("q", ["tenant"])
    layered: Any = route(Candidate(second, keys=["c"]), state=state)(cast("Any", first))
    wish = {"p": [SecretKey("bad", "tenant 7")], "q": [SecretKey("tenant", "tenant 7")]}
    request = wishing(byok=wish)
    assert "bad" not in repr(request)
    assert await layered(request) == "tenant"
    assert (first.used, second.used) == (["bad", "own"], ["tenant"])
    assert not first.requests[0].layer_options
    assert await caught(layered(WHOLE)) is not None
    assert second.used == ["tenant", "c", "own"]
    bare = await caught(layered(wishing(byok={"p": ["sk-very-secret"]})))
    assert isinstance(bare, InvalidRequestError)
    assert "sk-very-secret" not in str(bare)


async def test_the_error_of_a_lent_key_is_not_the_candidates_own() -> None:
    state = RouteState()
    limited = RateLimitError("slow down", status=429, retry_after=60.0)
    first, second = Keyed("p", ["own"], limited), Keyed("q", ["own"])
    layered: Any = route(second, state=state)(cast("Any", first))
    assert await layered(wishing(byok={"p": [SecretKey("bad", "tenant 7")]})) == "own"
    stats = state.stats()["p:m"]
    assert (stats.failures, stats.available) == (0, True)
    broke = Keyed("p", [], limited)
    state = RouteState()
    assert await cast("Any", route(second, state=state))(broke)(WHOLE) == "own"
    assert (state.stats()["p:m"].failures, state.stats()["p:m"].resting) == (1, 60.0)


async def test_wishes_for_other_layers_pass_and_those_for_this_one_do_not() -> None:
    asked: list[str] = []
    hosted = [Hosted("p", str(at), asked) for at in range(2)]
    layered = route(hosted[1])(cast("Any", hosted[0]))
    request = replace(WHOLE, layer_options={"cache": {"mode": "off"}})
    await caught(layered(request))
    assert hosted[0].requests == [request]
    await caught(layered(replace(WHOLE, layer_options={"cache": {"mode": "off"}, "route": {"order": ["p:1"]}})))
    assert hosted[1].requests == [request, request]
    assert asked == ["p:0", "p:1", "p:1", "p:0"]


async def test_who_begins_to_rest_during_a_call_is_not_asked_any_more() -> None:
    state = RouteState()
    asked: list[str] = []
    last = Hosted("r", "last", asked)

    async def first(_request: Any) -> Any:
        state.take_out("second")
        raise ServerError("broken")

    async def second(_request: Any) -> Any:
        raise AssertionError

    await caught(route(Candidate(second, name="second"), last, state=state)(first)(WHOLE))
    assert asked == ["r:last"]


async def test_a_request_that_can_be_read_once_has_no_shadow() -> None:
    async def model(request: Any) -> Any:
        return next(request)

    async def shadow(_request: Any) -> Any:
        raise AssertionError

    assert await route(shadow=shadow)(model)(iter("ab")) == "a"
    await asyncio.sleep(1)


def law_canary(make: Make) -> None:
    @examples(40)
    @given(st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.3, 1.0]), st.integers(1, 60))
    def law(share: float, calls: int) -> None:
        async def trial() -> None:
            asked: list[str] = []
            regular, canary = Hosted("p", "m", asked), Hosted("q", "canary", asked)
            spare = Hosted("r", "spare", asked)
            layered = make(spare, canary=canary, canary_share=share)(cast("Any", regular))
            for number in range(1, calls + 1):
                asked.clear()
                before = len(canary.requests)
                await caught(layered(WHOLE))
                assert len(canary.requests) == math.floor(number * share + 1e-6)
                served = len(canary.requests) > before
                assert asked == (["q:canary"] if served else []) + ["p:m", "r:spare"]
            sessions = [wishing(session=f"s{number}") for number in range(40)]
            for session in sessions:
                asked.clear()
                await caught(layered(session))
                first = asked[0]
                asked.clear()
                await caught(layered(session))
                assert (asked[0] == "q:canary") == (first == "q:canary")

        run(trial())

    law()


def test_a_canary_gets_exactly_its_share_whole_conversations_and_no_fallbacks() -> None:
    law_canary(route)
    rejects(law_canary, wrong.canary_by_chance)


async def test_a_call_may_ask_for_the_canary_or_exclude_it() -> None:
    asked: list[str] = []
    regular, canary = Hosted("p", "m", asked), Hosted("q", "canary", asked)
    layered = route(canary=Candidate(canary, name="new"), canary_share=1.0)(cast("Any", regular))
    await caught(layered(wishing(only=["new"])))
    await caught(layered(wishing(only=["p"])))
    await caught(layered(wishing(order=["p"])))
    await caught(layered(wishing(order=["new"])))
    assert asked == ["q:canary", "p:m", "p:m", "q:canary", "p:m"]


class Heard:
    """An event loop's exception handler that collects."""

    def __init__(self) -> None:
        self.errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: self.errors.append(context))


def law_shadow(make: Make) -> None:
    @examples(60)
    @given(
        kinds,
        st.floats(0, 5),
        st.one_of(st.just("good"), st.builds(ServerError, st.just("broken"))),
        st.floats(0, 3),
        st.sampled_from(["read", "cancelled"]),
    )
    def law(kind: Kind, seconds: float, shadows: Any, its: float, how: str) -> None:
        async def trial() -> None:
            heard = Heard()
            loop = asyncio.get_running_loop()
            scripted = Scripted(kind, [Outcome("answer", seconds)])
            shadow = Scripted(kind, [Outcome(shadows, its)])
            times: list[float | None] = []

            async def copied(request: Any) -> Any:
                times.append(deadline())
                try:
                    return await shadow.model(request)
                finally:
                    times.append(loop.time())

            layered = make(shadow=copied, shadow_limit=3)(scripted.model)
            with record_call() as record, deadline_at(100.0):
                task = asyncio.ensure_future(read(layered, scripted.request))
                if how == "cancelled":
                    await asyncio.sleep(min(seconds, its) / 2)
                    in_time = task.cancel()
                    assert isinstance(await caught(task), asyncio.CancelledError) == in_time
                else:
                    assert await task == good(kind, "answer")
                    assert loop.time() == pytest.approx(seconds, abs=1e-6)
            await asyncio.sleep(10)
            if how == "read" or min(seconds, its) > 0:
                assert len(shadow.calls) == 1
                assert shadow.calls[0] == scripted.request
                assert times == [None, pytest.approx(its, abs=1e-6)]
                assert [each["exception"] for each in heard.errors] == ([shadows] if shadows != "good" else [])
                assert len(record.attempts) == (1 if kind != "embedding" else 0)
            shadow.check_closed()
            scripted.check_closed()

        run(trial())

    law()


def test_a_shadow_neither_delays_nor_fails_nor_shows_and_outlives_the_caller() -> None:
    law_shadow(route)
    rejects(law_shadow, wrong.waits_for_the_shadow)
    rejects(law_shadow, wrong.cancels_the_shadow)
    rejects(law_shadow, wrong.records_the_shadow)


def law_shadow_limit(make: Make) -> None:
    @examples(30)
    @given(st.lists(st.floats(0, 3), min_size=1, max_size=20), st.integers(1, 4), st.floats(0.1, 5))
    def law(gaps: list[float], limit: int, takes: float) -> None:
        async def trial() -> None:
            running: list[int] = [0, 0]
            expected: list[float] = []

            async def shadow(_request: Any) -> Any:
                running[0] += 1
                running[1] = max(running)
                await asyncio.sleep(takes)
                running[0] -= 1
                raise ServerError("whatever")

            Heard()
            layered = make(shadow=shadow, shadow_limit=limit)(ScriptedModel())
            started = 0
            for gap in gaps:
                await asyncio.sleep(gap)
                now = asyncio.get_running_loop().time()
                expected = [end for end in expected if end > now + 1e-6]
                ambiguous = any(abs(end - now) < 1e-5 for end in expected)
                await read(layered, WHOLE)
                if ambiguous:
                    return
                if len(expected) < limit:
                    expected.append(now + takes)
                    started += 1
                await asyncio.sleep(0)
                assert running[0] <= limit
            assert running[1] <= limit
            await asyncio.sleep(10)
            assert running[0] == 0

        run(trial())

    law()


def test_no_more_shadows_than_allowed_run_at_once() -> None:
    law_shadow_limit(route)
    rejects(law_shadow_limit, wrong.shadows_without_limit)


async def test_a_shadow_that_has_no_room_is_left_out_and_later_ones_find_room_again() -> None:
    shadow = ScriptedModel([[5.0, TextDelta("a"), FINISH]])
    layered = route(shadow=shadow, shadow_limit=2)(ScriptedModel())
    for _ in range(5):
        await read(layered, STREAMED)
    await asyncio.sleep(1)
    assert len(shadow.calls) == 2
    await asyncio.sleep(10)
    await read(layered, STREAMED)
    await asyncio.sleep(10)
    assert len(shadow.calls) == 3
    check_closed(shadow)


async def test_a_share_of_the_calls_is_shadowed_and_it_is_reported() -> None:
    seen: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "shadowed":
            seen.append(detail)

    shadow = ScriptedModel(["x"], model_id="shadow")
    layered = wrap_model(ScriptedModel(), [route(shadow=shadow, shadow_share=0.25)])
    with record_call(observers=(observe,)) as record:
        for _ in range(12):
            await read(layered, WHOLE)
    await asyncio.sleep(0.1)
    assert len(shadow.calls) == 3
    assert seen == ["scripted:shadow"] * 3
    assert {each.model for each in record.attempts} == {"scripted:model"}


def test_shadows_end_with_their_event_loop_and_leave_their_places() -> None:
    shadow = ScriptedModel([[TextDelta("a"), HANG]])
    layered = route(shadow=shadow, shadow_limit=1)(ScriptedModel())

    async def call() -> None:
        await read(layered, STREAMED)
        await asyncio.sleep(1)

    for number in range(1, 4):
        run(call())
        assert len(shadow.calls) == number
        assert not [wire for wire in shadow.wires if wire.open]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: route(), "others"),
        (lambda: route(Candidate()), "others"),
        (lambda: route(ScriptedModel(), strategy=cast("Any", "fastest")), "strategy"),
        (lambda: route(ScriptedModel(), strategy=cast("Any", 3)), "strategy"),
        (lambda: route(ScriptedModel(), sort=cast("Any", "price")), "sort"),
        (lambda: route(ScriptedModel(), order=cast("Any", "groq")), "order"),
        (lambda: route(ScriptedModel(), only=cast("Any", [3])), "only"),
        (lambda: route(ScriptedModel(), key=cast("Any", "session")), "key"),
        (lambda: route(ScriptedModel(), prices=cast("Any", 3))(ScriptedModel()), "prices"),
        (lambda: route(canary=ScriptedModel(), canary_share=1.5), "canary_share"),
        (lambda: route(shadow=ScriptedModel(), shadow_share=-1), "shadow_share"),
        (lambda: route(shadow=ScriptedModel(), shadow_limit=0), "shadow_limit"),
        (lambda: route(ScriptedModel(), canary=Candidate()), "canary"),
        (lambda: route(ScriptedModel(), on=cast("Any", 7)), "on"),
        (lambda: route(Candidate(ScriptedModel(), name="a"), Candidate(ScriptedModel(), name="a"))(ScriptedModel()),
         "name"),
        (lambda: route(ScriptedModel(), models=["nobody"])(ScriptedModel()), "models"),
        (lambda: route(Candidate(cast("Any", len), keys=["a"]))(ScriptedModel()), "keys"),
    ],
)  # fmt: skip
def test_bad_options_are_named(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        make()
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"order": ["nobody"]}, "order"),
        ({"only": "p"}, "layer_options.route.only"),
        ({"sort": "speed"}, "layer_options.route.sort"),
        ({"session": 7}, "layer_options.route.session"),
        ({"byok": ["p"]}, "layer_options.route.byok"),
        ({"byok": {"p": "key"}}, "layer_options.route.byok"),
        ({"byok": {"nobody": []}}, "byok"),
        ({"byok": {"plain": [SecretKey("sk", "mine")]}}, "byok"),
        ({"fallbacks": ["p"]}, "layer_options.route.fallbacks"),
        ({"only": ["scripted:other"], "models": ["scripted:third"]}, "only"),
    ],
)
async def test_bad_wishes_are_named_before_anybody_is_asked(wish: Any, field: str) -> None:
    models = [ScriptedModel(), ScriptedModel(model_id="other"), ScriptedModel(model_id="third")]

    async def plain(_request: Any) -> Any:
        raise AssertionError

    layered = route(models[1], models[2], Candidate(plain, name="plain"))(models[0])
    error = await caught(layered(wishing(**wish)))
    assert isinstance(error, InvalidRequestError)
    assert error.field == field
    assert not any(model.calls for model in models)
