"""The metrics of ``tracing``: names, units, attributes and values; what a call cost; and what is not sampled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from laws.harness import STREAMED
from laws.telemetry_kit import Kept, points
from layer_laws.kinds import KINDS, Kind, read

from ai_sdk import generate_text, tool
from ai_sdk.errors import APIConnectionError, ServerError
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import cache, circuit_breaker, fallback, hedge, rate_limit, retry, tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, ResponseMetadata, TextDelta
from ai_sdk.prices import FREE, Price
from ai_sdk.requests import EmbeddingRequest, ImageRequest
from ai_sdk.results import EmbeddingResult, GeneratedFile, ImageResult, Usage
from ai_sdk.telemetry.names import DURATIONS, MEASURED, METRICS, TOKENS, Conventions
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run

PRICES = {"scripted": Price(input=1, output=2, cache_read=0.5, cache_write=1)}
USAGE = Usage(1000, 100, 400, 50, 20)
COST = (550 * 1 + 400 * 0.5 + 50 * 1 + 100 * 2) / 1e6
ANSWER: list[Any] = [ResponseMetadata("r", "m1"), 2.0, TextDelta("a"), 0.5, TextDelta("b"), Finish("stop", USAGE)]
BASE = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "scripted",
    "gen_ai.request.model": "model",
}
ANSWERED = {**BASE, "gen_ai.response.model": "m1"}
BUSY = ServerError("busy", status=500)
FINISH = Finish("stop", USAGE)
RUNS_AND_TOOLS = ("gen_ai.invoke_agent.", "gen_ai.execute_tool.")


def _lost(*, sent: bool) -> APIConnectionError:
    error = APIConnectionError("lost")
    error.sent = sent
    return error


async def _all(*awaitables: Any) -> None:
    await asyncio.gather(*awaitables, return_exceptions=True)


def measured(turns: Sequence[Any], *layers: Any, sampled: bool = True, calls: int = 1, **options: Any) -> Kept:
    """What a stack of these layers recorded after streamed calls, one after the other."""
    kept = Kept(sampled=sampled)
    given: dict[str, Any] = {"prices": PRICES, **kept.options, **options}
    stack = wrap_model(ScriptedModel(turns), [tracing(**given), *layers])

    async def main() -> None:
        for _ in range(calls):
            await _all(read(stack, STREAMED))

    run(main())
    return kept


@pytest.mark.parametrize("sampled", [True, False])
def test_a_call_in_1_41(sampled: bool) -> None:
    kept = measured([ANSWER], sampled=sampled)
    assert bool(kept.spans) == sampled
    found = {name: points(each) for name, each in kept.instruments.items()}
    assert found == {
        "gen_ai.client.operation.duration": [(2.5, ANSWERED)],
        "gen_ai.client.operation.time_to_first_chunk": [(2.0, ANSWERED)],
        "gen_ai.client.token.usage": [
            (1000, {**ANSWERED, "gen_ai.token.type": "input"}),
            (100, {**ANSWERED, "gen_ai.token.type": "output"}),
        ],
        "ai_sdk.client.attempts": [(1, {**BASE, "ai_sdk.attempt.outcome": "ok"})],
        "ai_sdk.client.cost": [(pytest.approx(COST), ANSWERED)],
    }


def test_a_call_in_latest() -> None:
    kept = measured([ANSWER], conventions="latest")
    found = {name: points(each) for name, each in kept.instruments.items() if name.startswith("gen_ai.")}
    counted = {**ANSWERED, "gen_ai.token.modality": "unknown"}
    assert found == {
        "gen_ai.client.inference.duration": [(2.5, ANSWERED)],
        "gen_ai.client.inference.time_to_first_chunk": [(2.0, ANSWERED)],
        "gen_ai.client.inference.usage.input_tokens": [(1000, counted)],
        "gen_ai.client.inference.usage.output_tokens": [(100, counted)],
        "gen_ai.client.inference.usage.cache_read.input_tokens": [(400, counted)],
        "gen_ai.client.inference.usage.cache_write.input_tokens": [(50, counted)],
        "gen_ai.client.inference.usage.reasoning.output_tokens": [(20, counted)],
        "gen_ai.client.inference.operation.input_tokens": [(1000, ANSWERED)],
        "gen_ai.client.inference.operation.output_tokens": [(100, ANSWERED)],
    }


@pytest.mark.parametrize("conventions", ["1.41", "latest"])
def test_an_embedding_is_an_operation_in_both(conventions: Conventions) -> None:
    kept = Kept()
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,),), usage=Usage(7))])
    run(_call(wrap_model(model, [tracing(**kept.options, conventions=conventions)]), EmbeddingRequest(values=("a",))))
    found = {name for name in kept.instruments if name.startswith("gen_ai.")}
    tokens = {"gen_ai.client.token.usage"} if conventions == "1.41" else set[str]()
    assert found == {"gen_ai.client.operation.duration"} | tokens


async def _call(model: Any, request: Any) -> Any:
    return await model(request)


@pytest.mark.parametrize("sampled", [True, False])
@pytest.mark.parametrize(("wanted", "count"), [(False, 0), (True, 2)])
def test_the_time_between_parts_only_when_asked_for(wanted: bool, count: int, sampled: bool) -> None:
    kept = measured([ANSWER], per_chunk=wanted, sampled=sampled)
    metric = kept.instruments.get("gen_ai.client.operation.time_per_output_chunk")
    if not count:
        assert metric is None
    else:
        assert metric is not None
        ((total, said),) = points(metric)
        assert (total, said) == (0.5, BASE)
        assert metric.data.data_points[0].count == 3


def _value(kept: Kept, name: str) -> list[tuple[float, dict[str, Any]]]:
    own = [
        (value, {key: each for key, each in said.items() if key not in MEASURED})
        for value, said in points(kept.instruments[name])
    ]
    return sorted(own, key=repr)


def test_what_happens_on_the_way_is_counted() -> None:
    kept = measured([BUSY, BUSY, ANSWER], rate_limit(requests=1, per=60), retry(wait=3.0))
    assert _value(kept, "ai_sdk.client.retries") == [(2, {})]
    assert _value(kept, "ai_sdk.client.wait") == [(6.0, {"ai_sdk.wait.reason": "retry"})]
    assert _value(kept, "ai_sdk.client.attempts") == [
        (1, {"ai_sdk.attempt.outcome": "ok"}),
        (2, {"ai_sdk.attempt.outcome": "ServerError"}),
    ]
    kept = measured([ANSWER], rate_limit(requests=1, per=60), calls=2)
    assert _value(kept, "ai_sdk.client.wait") == [(57.5, {"ai_sdk.wait.reason": "limit"})]
    kept = measured([BUSY], fallback(ScriptedModel(["ok"])))
    assert _value(kept, "ai_sdk.client.fallbacks") == [(1, {})]
    kept = measured([ANSWER], cache(), calls=3)
    assert _value(kept, "ai_sdk.client.cache.lookups") == [(1, {"ai_sdk.cache": "miss"}), (2, {"ai_sdk.cache": "hit"})]
    kept = measured([[HANG], ANSWER], hedge(delay=1))
    assert _value(kept, "ai_sdk.client.hedges") == [(1, {})]
    kept = measured([BUSY], circuit_breaker(min_calls=2), calls=2)
    assert _value(kept, "ai_sdk.client.circuit.transitions") == [(1, {"ai_sdk.circuit.to": "open"})]
    assert _value(kept, "ai_sdk.client.circuit.state") == [(2, {})]


def test_a_failure_is_on_the_duration_alone() -> None:
    kept = measured([[TextDelta("a"), BUSY]])
    assert [said["error.type"] for _, said in points(kept.instruments["gen_ai.client.operation.duration"])] == [
        "ServerError"
    ]
    assert "gen_ai.client.token.usage" not in kept.instruments
    for _, said in points(kept.instruments["gen_ai.client.operation.time_to_first_chunk"]):
        assert "error.type" not in said


@tool
async def look(seconds: int) -> str:
    """Look for a while."""
    await asyncio.sleep(seconds)
    if seconds > 2:
        raise ValueError("too long")
    return "seen"


def ran(*, sampled: bool = True, traced: bool = True, fails: bool = False, **options: Any) -> Kept:
    """What a run of two steps with two tools recorded, or one that fails in its second step."""
    kept = Kept(sampled=sampled)
    given: dict[str, Any] = {**kept.options, **options}
    if not traced:
        del given["tracer_provider"]
    calls = [ToolCallPart(f"c{at}", "look", f'{{"seconds": {at}}}') for at in (2, 3)]
    turns: list[Any] = [[0.5, *calls, Finish("tool-calls", USAGE)], BUSY if fails else [0.5, TextDelta("done"), FINISH]]
    run(_all(generate_text(wrap_model(ScriptedModel(turns), [tracing(**given)]), "hi", tools=[look])))
    return kept


@pytest.mark.parametrize("conventions", ["1.41", "latest"])
@pytest.mark.parametrize("how", ["sampled", "not sampled", "not traced"])
def test_runs_and_tools_are_measured(how: str, conventions: Conventions) -> None:
    kept = ran(sampled=how == "sampled", traced=how != "not traced", conventions=conventions)
    found = {name: points(each) for name, each in kept.instruments.items() if name.startswith(RUNS_AND_TOOLS)}
    tools = {"gen_ai.tool.name": "look", "gen_ai.tool.type": "function"}
    assert found == {
        "gen_ai.invoke_agent.duration": [(4.0, {})],
        "gen_ai.invoke_agent.inference_calls": [(2, {})],
        "gen_ai.invoke_agent.tool_calls": [(2, {})],
        "gen_ai.execute_tool.duration": [(2.0, tools), (3.0, {**tools, "error.type": "ValueError"})],
    }


def test_a_run_that_fails_and_one_of_a_named_agent_say_so() -> None:
    kept = ran(fails=True, attributes={"gen_ai.agent.name": "Ada"})
    named = {"gen_ai.agent.name": "Ada"}
    assert points(kept.instruments["gen_ai.invoke_agent.duration"]) == [(3.5, {**named, "error.type": "ServerError"})]
    assert points(kept.instruments["gen_ai.invoke_agent.tool_calls"]) == [(2, named)]
    assert all(
        said["gen_ai.agent.name"] == "Ada" for _, said in points(kept.instruments["gen_ai.execute_tool.duration"])
    )


@pytest.mark.parametrize("conventions", ["1.41", "latest"])
def test_instruments_are_as_in_the_table(conventions: Conventions) -> None:
    runs = [
        measured([BUSY, ANSWER], retry(wait=1), conventions=conventions, per_chunk=True),
        measured([BUSY, ANSWER], circuit_breaker(min_calls=1, failure_rate=0.1), conventions=conventions),
        measured([ANSWER], cache(), fallback(ScriptedModel()), conventions=conventions, calls=2),
        measured([[HANG], ANSWER], hedge(delay=1), conventions=conventions),
        measured([BUSY], fallback(ScriptedModel()), conventions=conventions),
        ran(conventions=conventions),
    ]
    table = {
        (each.latest if conventions == "latest" and each.latest else each.name): each
        for each in METRICS
        if conventions in each.conventions
    }
    seen: set[str] = set()
    for kept in runs:
        for name, metric in kept.instruments.items():
            row = table[name]
            seen.add(name)
            assert metric.unit == row.unit
            assert metric.description == row.description
            for point in metric.data.data_points:
                extra = set(dict(point.attributes)) - set(MEASURED)
                assert extra <= set(row.attributes), f"{name} has {extra}"
                assert hasattr(point, "bucket_counts") == (row.kind == "histogram")
                if row.kind == "histogram":
                    assert tuple(point.explicit_bounds) == row.buckets
    assert seen == set(table)


def test_buckets_are_those_of_the_conventions() -> None:
    assert DURATIONS[:3] == (0.01, 0.02, 0.04)
    assert DURATIONS[-1] == 81.92
    assert len(DURATIONS) == len(TOKENS) == 14
    assert (TOKENS[0], TOKENS[-1]) == (1.0, 67108864.0)


def _cost(kept: Kept) -> float | None:
    (call,) = [each for each in kept.spans if each.name.startswith("chat")][-1:]
    said = dict(call.attributes or {})
    cost: Any = said.get("operation.cost")
    assert said.get("gen_ai.usage.cost") == cost
    metric = kept.instruments.get("ai_sdk.client.cost")
    assert (metric is not None) == bool(cost)
    return cast("float | None", cost)


@pytest.mark.parametrize(
    ("turns", "layers", "wanted"),
    [
        ([ANSWER], [], COST),
        ([BUSY, ANSWER], [retry(wait=0)], COST),
        ([_lost(sent=False), ANSWER], [retry(wait=0)], COST),
        ([_lost(sent=True), ANSWER], [retry(wait=0)], None),
        ([BUSY, ConnectionError("x"), ANSWER], [retry(wait=0)], None),
        ([[TextDelta("a"), BUSY]], [], None),
        ([[TextDelta("a"), Finish("stop", Usage())]], [], None),
        ([[HANG], ANSWER], [hedge(delay=1)], None),
        ([BUSY], [fallback(ScriptedModel([ANSWER], model_id="other"))], COST),
        ([BUSY], [fallback(ScriptedModel([ANSWER], provider="unpriced"))], None),
        ([BUSY], [], 0.0),
    ],
)
def test_a_call_costs_what_its_attempts_cost_as_far_as_all_are_known(
    turns: Any, layers: Any, wanted: float | None
) -> None:
    cost = _cost(measured(turns, *layers))
    assert cost == (None if wanted is None else pytest.approx(wanted))


def test_every_attempt_has_its_cost() -> None:
    kept = measured([BUSY, ANSWER], retry(wait=0))
    said = [
        dict(each.attributes or {}).get("ai_sdk.attempt.cost") for each in kept.spans if each.name.startswith("attempt")
    ]
    assert said == [0.0, pytest.approx(COST)]


def test_a_hit_of_a_cache_costs_nothing() -> None:
    kept = measured([ANSWER], cache(), calls=2)
    calls = [dict(each.attributes or {}) for each in kept.spans if each.name.startswith("chat")]
    assert [each["operation.cost"] for each in calls] == [pytest.approx(COST), 0.0]
    assert [each["ai_sdk.cache"] for each in calls] == ["miss", "hit"]
    assert points(kept.instruments["ai_sdk.client.cost"])[0][0] == pytest.approx(COST)


def test_what_is_free_costs_nothing_and_what_is_not_wanted_is_not_said() -> None:
    assert _cost(measured([ANSWER], prices={"scripted": FREE})) == 0.0
    assert _cost(measured([ANSWER], cost=False)) is None
    assert _cost(measured([ANSWER], prices=None)) is None


def test_pictures_cost_what_pictures_cost() -> None:
    kept = Kept()
    made = ImageResult(images=(GeneratedFile(b"x", "image/png"),) * 2)
    model = ScriptedCall[ImageRequest, ImageResult]([made])
    stack = wrap_model(model, [tracing(**kept.options, prices={"scripted": Price(image=0.25)})])
    run(_call(stack, ImageRequest(prompt="a")))
    assert dict(kept.spans[0].attributes or {})["operation.cost"] == 0.5


def test_without_the_package_of_prices_own_prices_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "genai_prices.data_snapshot", None)
    assert _cost(measured([ANSWER])) == pytest.approx(COST)
    assert _cost(measured([ANSWER], prices={"other": FREE})) is None
    assert _cost(measured([ANSWER, ANSWER], prices=None, calls=2)) is None


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_every_kind_is_measured(kind: Kind) -> None:
    kept = Kept()
    model = kind.script((*kind.answer[:-1], 1.0, kind.answer[-1]))
    run(read(wrap_model(model, [tracing(**kept.options)]), kind.request))
    ((took, said),) = points(kept.instruments["gen_ai.client.operation.duration"])
    assert took == 1.0
    assert said["gen_ai.provider.name"] == "scripted"
    first = "gen_ai.client.operation.time_to_first_chunk" in kept.instruments
    assert first == kind.live


@pytest.mark.parametrize(
    ("sampled", "traced", "per_chunk", "watches"),
    [
        (True, True, False, 1),
        (False, True, False, 1),
        (True, False, False, 0),
        (True, True, True, 2),
        (True, False, True, 1),
    ],
)
async def test_a_part_costs_what_is_recorded_of_it(sampled: bool, traced: bool, per_chunk: bool, watches: int) -> None:
    options: dict[str, Any] = {**Kept(sampled=sampled).options, "per_chunk": per_chunk}
    if not traced:
        del options["tracer_provider"]
    response = await wrap_model(ScriptedModel([ANSWER]), [tracing(**options)])(STREAMED)
    assert len(response._watches) == watches
    await response.result()
