"""Layers around tools: their order, and what each of them does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.kit import patient, turn
from ai_sdk import APIConnectionError, ToolCallPart, ToolExecutionError, generate_text, layer, tool, tool_layers
from ai_sdk.agent import Agent
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError
from ai_sdk.middleware import rate_limit, retry, timeout
from ai_sdk.testing import ScriptedModel, run
from ai_sdk.tool_layers import (
    ToolCallable,
    ToolDeniedError,
    ToolLayer,
    tool_approval,
    tool_cache,
    tool_retry,
    tool_timeout,
    tool_tracing,
    wrap_tool,
)
from ai_sdk.tools import Tool, ToolRequest, ToolSuspended


def a_call(n: int = 1, name: str = "act") -> ToolCallPart:
    return ToolCallPart("c0", name, f'{{"n": {n}}}')


def failing(times: int, error: Exception, *, idempotent: bool = True) -> tuple[Tool[..., Any], list[int]]:
    calls: list[int] = []

    @tool(name="act", idempotent=idempotent)
    async def act(n: int) -> int:
        """Act."""
        calls.append(n)
        if len(calls) <= times:
            raise error
        return 10 * n

    return act, calls


def noting(notes: list[str], name: str) -> ToolLayer:
    @layer
    async def note(request: ToolRequest, call: ToolCallable) -> Any:
        notes.append(f"{name} in")
        value = await call(request)
        notes.append(f"{name} out")
        return value

    return note


@patient
@given(st.lists(st.sampled_from("abc"), max_size=4), st.integers(0, 4))
def test_the_first_layer_is_outermost_and_lists_join(names: list[str], cut: int) -> None:
    once: list[str] = []
    twice: list[str] = []
    act, _ = failing(0, ValueError())
    whole = wrap_tool(act, [noting(once, name) for name in names])
    inner = wrap_tool(act, [noting(twice, name) for name in names[cut:]])
    parts = wrap_tool(inner, [noting(twice, name) for name in names[:cut]])
    assert run(whole.run(a_call(3))) == run(parts.run(a_call(3))) == 30
    assert once == twice == [*(f"{name} in" for name in names), *(f"{name} out" for name in reversed(names))]
    assert wrap_tool(act, []) is act
    assert whole.definition == act.definition


def test_layers_in_the_wrong_order_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """``reversed`` is what puts the first layer outermost."""
    monkeypatch.setattr(tool_layers, "reversed", list, raising=False)
    with pytest.raises(AssertionError):
        test_the_first_layer_is_outermost_and_lists_join()


async def test_layers_work_in_the_step_loop_and_around_all_tools_of_an_agent() -> None:
    notes: list[str] = []
    act, _ = failing(0, ValueError())
    turns: list[Any] = [turn(("c0", "act", {"n": 1})), "ok"]
    await generate_text(ScriptedModel(turns), "go", tools=[wrap_tool(act, [noting(notes, "a")])])
    await Agent(
        ScriptedModel(turns), tools=[wrap_tool(act, [noting(notes, "c")])], tool_layers=[noting(notes, "b")]
    ).run("go")
    assert notes == ["a in", "a out", "b in", "c in", "c out", "b out"]


async def test_layers_of_models_go_around_tools() -> None:
    error = APIConnectionError("gone")
    act, calls = failing(1, error)
    stack = wrap_tool(act, [timeout(total=60), rate_limit(concurrency=1), retry(attempts=2)])
    assert await stack.run(a_call()) == 10
    assert len(calls) == 2


async def test_time_is_limited() -> None:
    @tool(name="act")
    async def act(n: int) -> int:
        """Act."""
        await asyncio.sleep(n)
        return n

    stack = wrap_tool(act, [tool_timeout(5)])
    assert await stack.run(a_call(4)) == 4
    with pytest.raises(ToolExecutionError, match="did not finish within 5 s"):
        await stack.run(a_call(6))
    assert asyncio.get_running_loop().time() == pytest.approx(9)
    with pytest.raises(InvalidRequestError, match="above 0"):
        tool_timeout(0)


async def test_a_timeout_of_the_tool_itself_passes_unchanged() -> None:
    act, _ = failing(1, TimeoutError("mine"))
    with pytest.raises(TimeoutError, match="mine"):
        await wrap_tool(act, [tool_timeout(5)]).run(a_call())


@pytest.mark.parametrize(
    ("times", "options", "idempotent", "calls"),
    [
        (2, {}, True, 3),
        (9, {}, True, 3),
        (2, {}, False, 1),
        (2, {"only_idempotent": False}, False, 3),
        (2, {"on": KeyError}, True, 1),
        (2, {"on": (KeyError, OSError)}, True, 3),
    ],
)
async def test_failures_are_tried_again(times: int, options: dict[str, Any], idempotent: bool, calls: int) -> None:
    act, made = failing(times, OSError("broken"), idempotent=idempotent)
    stack = wrap_tool(act, [tool_retry(3, delay=1, **options)])
    if calls == 3 and times == 2:
        assert await stack.run(a_call()) == 10
        assert asyncio.get_running_loop().time() == pytest.approx(3)
    else:
        with pytest.raises(OSError, match="broken"):
            await stack.run(a_call())
    assert len(made) == calls


async def test_what_will_not_change_is_not_tried_again() -> None:
    act, made = failing(0, OSError())
    with pytest.raises(InvalidToolInputError):
        await wrap_tool(act, [tool_retry(3)]).run(ToolCallPart("c", "act", '{"n": "x"}'))
    refuse = tool_approval(lambda _call, _arguments: False)
    with pytest.raises(ToolDeniedError):
        await wrap_tool(act, [tool_retry(3), refuse]).run(a_call())
    assert made == []
    assert asyncio.get_running_loop().time() == 0
    for delay in (-1, float("nan")):
        with pytest.raises(InvalidRequestError):
            tool_retry(3, delay=delay)
    with pytest.raises(InvalidRequestError):
        tool_retry(0)


async def test_values_are_kept_by_their_arguments() -> None:
    act, made = failing(1, OSError())
    cached = wrap_tool(act, [tool_cache(size=2)])
    with pytest.raises(OSError):
        await cached.run(a_call(1))
    for n in (1, 2, 1, 3, 1, 2):
        assert await cached.run(a_call(n)) == 10 * n
    assert made == [1, 1, 2, 3, 2]
    assert await cached.run(ToolCallPart("other", "act", ' { "n" :2 }')) == 20
    assert len(made) == 5
    other, calls = failing(0, OSError(), idempotent=False)
    for _ in range(2):
        await wrap_tool(other, [tool_cache()]).run(a_call())
    assert len(calls) == 2
    with pytest.raises(InvalidRequestError):
        tool_cache(size=0)


async def test_a_value_that_was_kept_cannot_be_changed() -> None:
    @tool(idempotent=True)
    def listing() -> dict[str, Any]:
        """List."""
        return {"names": ["a"]}

    cached = wrap_tool(listing, [tool_cache()])
    first = await cached.run(ToolCallPart("c", "listing", ""))
    second = await cached.run(ToolCallPart("c", "listing", ""))
    assert first == second
    with pytest.raises(TypeError):
        second["names"] = 1


async def test_an_approval_layer_refuses_asks_and_lets_pass() -> None:
    act, made = failing(0, OSError())
    turns: list[Any] = [turn(("c0", "act", {"n": 1})), "ok"]
    agent = Agent(ScriptedModel(turns), tools=[act], tool_layers=[tool_approval(lambda _call, _arguments: "ask")])
    result = await agent.run("go")
    assert [each.interrupted for each in result.pending] == [False]
    assert made == []
    done = await agent.run(state=result.state, approvals=[result.pending[0].approve()])
    assert (done.text, made) == ("ok", [1])
    denied = await agent.run(state=result.state, approvals=[result.pending[0].deny()])
    assert (denied.steps[0].tool_results[0].is_error, made) == (True, [1])
    with pytest.raises(ToolSuspended):
        await agent.tools[0].run(a_call())  # type: ignore[union-attr] # pyright: ignore[reportAttributeAccessIssue]
    refuse = tool_approval(lambda _call, _arguments: False)
    result = await agent.replace(model=ScriptedModel(turns), tool_layers=[refuse]).run("go")
    assert "denied" in result.steps[0].tool_results[0].output


async def test_what_the_cache_knows_needs_no_approval_when_the_cache_is_outside() -> None:
    act, _ = failing(0, OSError())
    asked: list[int] = []

    def ask(_call: ToolCallPart, arguments: dict[str, Any]) -> bool:
        asked.append(arguments["n"])
        return True

    outside = wrap_tool(act, [tool_cache(), tool_approval(ask)])
    for _ in range(2):
        await outside.run(a_call(1))
    assert asked == [1]
    inside = wrap_tool(act, [tool_approval(ask), tool_cache()])
    for _ in range(2):
        await inside.run(a_call(2))
    assert asked == [1, 2, 2]


async def test_spans_by_the_conventions() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    act, _ = failing(1, OSError("secret"))
    traced = wrap_tool(act, [tool_tracing(provider.get_tracer("test"))])
    with pytest.raises(OSError):
        await traced.run(a_call())
    await traced.run(a_call())
    failed, fine = exporter.get_finished_spans()
    assert failed.name == fine.name == "execute_tool act"
    assert dict(fine.attributes or {}) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "act",
        "gen_ai.tool.call.id": "c0",
        "gen_ai.tool.type": "function",
    }
    assert (failed.attributes or {})["error.type"] == "OSError"
    assert failed.events == ()
    assert not failed.status.is_ok
