"""Runs of the step loop as ``tracing`` sees them: steps and tools under one span; and life without an SDK."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import warnings
from typing import Any

import pytest
from laws.harness import STREAMED, turns
from laws.telemetry_kit import Kept, faults
from layer_laws.kinds import read
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from ai_sdk import generate_text, stream_text, tool, wrap_model
from ai_sdk.call import record_call
from ai_sdk.errors import ServerError
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.middleware import fallback, logging, retry, tracing
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel, run


def calling(*names: str) -> list[Any]:
    return [
        *[ToolCallPart(f"c{at}", name, '{"x": 1}') for at, name in enumerate(names)],
        Finish("tool-calls", Usage(1, 1)),
    ]


@tool
async def look(x: int) -> int:
    """Look."""
    await asyncio.sleep(x)
    return x


@tool
def stare(x: int) -> str:
    """Look, in a thread."""
    span: Any = trace.get_current_span()
    return str(span.name)


@tool
async def fail(x: int) -> int:
    """Fail."""
    raise ValueError(x)


def test_steps_and_tools_are_children_of_the_run() -> None:
    kept = Kept()
    model = wrap_model(
        ScriptedModel([calling("look", "fail"), calling("look"), "done"]), [logging(), tracing(**kept.options), retry()]
    )
    run(generate_text(model, "hi", tools=[look, fail]))
    assert kept.tree == {
        "invoke_agent": {
            "chat model": {"attempt model": {}},
            "execute_tool look": {},
            "execute_tool fail": {},
            "chat model #4": {"attempt model": {}},
            "execute_tool look #5": {},
            "chat model #6": {"attempt model": {}},
        }
    }
    failed = [each for each in kept.spans if each.status.status_code is StatusCode.ERROR]
    assert [(each.name, dict(each.attributes or {})["error.type"]) for each in failed] == [
        ("execute_tool fail", "ValueError")
    ]
    assert [found for each in kept.spans for found in faults(each, "1.41")] == []


@pytest.mark.parametrize(
    ("record", "attributes", "shown"),
    [
        ("packer", {}, "packer"),
        ("packer", {"gen_ai.agent.name": "Ada"}, "Ada"),
        ("generate_text", {}, None),
        ("stream_text", {"gen_ai.agent.name": "Ada"}, "Ada"),
    ],
)
async def test_the_run_of_an_agent_has_its_name(record: str, attributes: Any, shown: str | None) -> None:
    kept = Kept()
    model = wrap_model(ScriptedModel(["ok"]), [tracing(**kept.options, attributes=attributes)])
    request = LanguageRequest(messages=(user("hi"),), tools=(ToolDefinition("look", "Look.", {}),))
    with record_call("call", record), record_call("step", "step 0"):
        await read(model, request)
    (root,) = [each for each in kept.spans if each.parent is None]
    assert root.name == ("invoke_agent" if shown is None else f"invoke_agent {shown}")
    assert (root.attributes or {}).get("gen_ai.agent.name") == shown
    assert faults(root, "1.41") == []


def test_a_run_without_tools_is_a_call() -> None:
    kept = Kept()
    run(generate_text(wrap_model(ScriptedModel(["ok"]), [tracing(**kept.options)]), "hi"))
    assert kept.tree == {"chat model": {"attempt model": {}}}


def test_what_a_tool_calls_hangs_under_the_tool() -> None:
    kept = Kept()
    seen: list[Any] = []
    inner = wrap_model(ScriptedModel([calling("look"), "in"], model_id="inner"), [tracing(**kept.options)])

    @tool
    async def ask(x: int) -> str:
        """Ask another model."""
        seen.append(trace.get_current_span())
        return (await generate_text(inner, "hi", tools=[look])).text

    outer = wrap_model(ScriptedModel([calling("ask", "stare"), "out"]), [tracing(**kept.options)])
    result = run(generate_text(outer, "hi", tools=[ask, stare]))
    assert kept.tree == {
        "invoke_agent": {
            "chat model": {"attempt model": {}},
            "execute_tool ask": {
                "invoke_agent": {
                    "chat inner": {"attempt inner": {}},
                    "execute_tool look": {},
                    "chat inner #3": {"attempt inner": {}},
                }
            },
            "execute_tool stare": {},
            "chat model #4": {"attempt model": {}},
        }
    }
    assert seen[0].name == "execute_tool ask"
    assert str(result.steps[0].tool_results[1].output).endswith("execute_tool stare")


def test_a_run_is_in_the_trace_of_its_caller_and_leaves_no_context() -> None:
    kept = Kept()
    tracer = kept.options["tracer_provider"].get_tracer("mine")
    model = wrap_model(ScriptedModel([calling("look"), "done"]), [tracing(**kept.options)])

    async def main() -> None:
        with tracer.start_as_current_span("mine") as mine:
            await generate_text(model, "hi", tools=[look])
            assert trace.get_current_span() is mine
            async with stream_text(model, "hi", tools=[look]) as stream:
                async for _ in stream.parts:
                    assert trace.get_current_span() is mine

    run(main())
    assert list(kept.tree) == ["mine"]
    assert [name.partition(" #")[0] for name in kept.tree["mine"]] == ["invoke_agent", "invoke_agent"]


@pytest.mark.parametrize("how", ["error", "cancelled", "left", "dropped"])
def test_a_run_that_breaks_off_ends_all_of_its_spans(how: str) -> None:
    kept = Kept()
    last: list[Any] = [TextDelta("a"), 1.0, ServerError("x", status=500) if how == "error" else HANG]
    model = wrap_model(ScriptedModel([calling("look"), last]), [tracing(**kept.options)])

    async def reading() -> None:
        async with stream_text(model, "hi", tools=[look]) as stream:
            async for part in stream.parts:
                if how == "left" and isinstance(part, TextDelta):
                    return

    async def main() -> None:
        if how == "dropped":
            stream = stream_text(model, "hi", tools=[look])
            await stream.__aenter__()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                del stream
                gc.collect()
                await turns()
            return
        task = asyncio.ensure_future(reading())
        await asyncio.sleep(9)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() == (how == "cancelled")
        task.exception() if not task.cancelled() else None

    run(main())
    (root,) = [each for each in kept.spans if each.name == "invoke_agent"]
    said = dict(root.attributes or {})
    wanted = {"error": "ServerError", "cancelled": "CancelledError"}.get(how)
    assert said.get("error.type") == wanted
    assert (root.status.status_code is StatusCode.ERROR) == (how == "error")
    assert said.get("ai_sdk.stream.abandoned", False) == (how == "dropped")
    (tree,) = kept.tree.values()
    steps = [name for name in tree if name.startswith("chat")]
    assert len(steps) == (1 if how == "dropped" else 2)
    assert all(each.end_time is not None and each.end_time <= (root.end_time or 0) for each in kept.spans)


def test_a_cancelled_tool_says_so() -> None:
    kept = Kept()
    model = wrap_model(ScriptedModel([calling("look"), "done"]), [tracing(**kept.options)])

    async def main() -> None:
        task = asyncio.ensure_future(generate_text(model, "hi", tools=[look]))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])

    run(main())
    said = {each.name: (dict(each.attributes or {}).get("error.type"), each.status.status_code) for each in kept.spans}
    assert said["execute_tool look"] == said["invoke_agent"] == ("CancelledError", StatusCode.UNSET)


def test_a_traced_model_inside_of_a_traced_stack_hangs_under_it() -> None:
    kept = Kept()
    inner = wrap_model(ScriptedModel([calling("look"), "done"], model_id="inner"), [tracing(**kept.options)])
    model = wrap_model(ScriptedModel([ServerError("x", status=500)]), [tracing(**kept.options), fallback(inner)])
    run(generate_text(model, "hi", tools=[look]))
    ((name, tree),) = kept.tree.items()
    assert name == "invoke_agent"
    (first,) = [each for each in tree if each == "chat model"]
    assert "chat inner" in tree[first]
    assert len([each for each in kept.spans if each.name == "invoke_agent"]) == 1


def test_calls_at_once_are_apart() -> None:
    kept = Kept()
    tracer = kept.options["tracer_provider"].get_tracer("mine")
    model = wrap_model(ScriptedModel([[1.0, TextDelta("a"), Finish("stop", Usage())]]), [tracing(**kept.options)])

    async def one(name: str) -> None:
        with tracer.start_as_current_span(name):
            await (await model(STREAMED)).result()

    async def main() -> None:
        await asyncio.gather(one("a"), one("b"), one("c"))

    run(main())
    assert kept.tree == {name: {"chat model": {"attempt model": {}}} for name in "abc"}


WITHOUT = """
import sys, asyncio
for name in ("opentelemetry.sdk", "opentelemetry.sdk.trace", "opentelemetry.exporter"):
    sys.modules[name] = None
from opentelemetry import trace
from ai_sdk import generate_text, stream_text, tool, wrap_model
from ai_sdk.call import current_call
from ai_sdk.middleware import tracing
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel

records = []

class Seeing(ScriptedModel):
    async def __call__(self, request):
        record = current_call()
        while record is not None:
            records.append((record.name, record.observers))
            record = record.parent
        assert trace.get_current_span() is trace.INVALID_SPAN
        return await super().__call__(request)

@tool
def look(x: int) -> int:
    "Look."
    return x

async def main():
    turns = [[ToolCallPart("c", "look", '{"x": 1}'), Finish("tool-calls", Usage(1, 1))], "done"]
    for layers in ([], [tracing(content=True)]):
        result = await generate_text(wrap_model(Seeing(turns), layers), "hi", tools=[look])
        async with stream_text(wrap_model(Seeing(turns), layers), "hi", tools=[look]) as stream:
            seen = [type(part).__name__ async for part in stream.parts]
        print(result.text, result.usage.input_tokens, *seen)
    assert all(name != "tracing" and not observers for name, observers in records), records
    assert "ai_sdk.telemetry.recording" not in sys.modules

asyncio.run(main())
"""


def test_without_an_sdk_nothing_is_recorded_and_all_is_the_same() -> None:
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {paths!r}\n{WITHOUT}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    plain, traced = done.stdout.splitlines()
    assert plain == traced
    assert plain.startswith("done 2 StepStart")
