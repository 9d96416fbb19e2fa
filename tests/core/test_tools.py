"""Tools from typed functions, and how their calls are answered."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import enum
import functools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from ai_sdk import (
    FilePart,
    InvalidRequestError,
    InvalidToolInputError,
    ProviderTool,
    TextPart,
    Tool,
    ToolCallPart,
    ToolContext,
    ToolDefinition,
    ToolExecutionError,
    ToolResultPart,
    tool,
    user,
)
from ai_sdk.testing import run
from ai_sdk.tools import AnyTool, Approve, ToolSet, run_tool_calls


class Unit(enum.Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Place(BaseModel):
    """Somewhere."""

    city: str
    title: str = "none"


@dataclass
class Range:
    low: int
    high: int


def call(name: str, arguments: object = None, *, id: str = "1") -> ToolCallPart:
    return ToolCallPart(id, name, arguments if isinstance(arguments, str) else json.dumps(arguments or {}))


async def answer(
    *calls: ToolCallPart, tools: list[AnyTool], approve: Approve | None = None
) -> tuple[ToolResultPart, ...]:
    return await run_tool_calls(calls, ToolSet.of(tools), (user("hi"),), 3, approve)


async def answer_one(one: Tool[..., Any], arguments: object = None, **options: Any) -> ToolResultPart:
    (result,) = await answer(call(one.name, arguments), tools=[one], **options)
    return result


@tool
async def weather(
    place: Place,
    unit: Unit = Unit.CELSIUS,
    days: Annotated[int, Field(ge=1, description="how many days")] = 1,
    kind: Literal["short", "long"] | None = None,
    context: ToolContext | None = None,
) -> str:
    """Tell the weather
    somewhere.

    It is not always right.

    Args:
        place: where to
            look
        unit (Unit): degrees
        days: not used, the annotation says it
    """
    return f"{place.city} {unit.name} {days} {kind} {context.step if context else '?'}"


def test_the_definition_comes_from_the_signature_and_the_docstring() -> None:
    definition = weather.definition
    assert (definition.name, definition.description) == ("weather", "Tell the weather somewhere.")
    assert json.loads(json.dumps(definition.input_schema)) == {
        "$defs": {
            "Place": {
                "description": "Somewhere.",
                "properties": {"city": {"type": "string"}, "title": {"default": "none", "type": "string"}},
                "required": ["city"],
                "type": "object",
            },
            "Unit": {"enum": ["c", "f"], "type": "string"},
        },
        "additionalProperties": False,
        "properties": {
            "place": {"$ref": "#/$defs/Place", "description": "where to look"},
            "unit": {"$ref": "#/$defs/Unit", "default": "c", "description": "degrees"},
            "days": {"default": 1, "description": "how many days", "minimum": 1, "type": "integer"},
            "kind": {"anyOf": [{"enum": ["short", "long"], "type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["place"],
        "type": "object",
    }


async def test_arguments_are_converted_to_the_annotated_types() -> None:
    result = await answer_one(weather, {"place": {"city": "Rome"}, "unit": "f", "days": 2, "kind": "long"})
    assert (result.output, result.is_error) == ("Rome FAHRENHEIT 2 long 3", False)
    assert (await answer_one(weather, {"place": {"city": "Rome"}})).output == "Rome CELSIUS 1 None 3"


async def test_calling_a_tool_calls_the_function() -> None:
    assert await weather(Place(city="Bonn")) == "Bonn CELSIUS 1 None ?"
    assert repr(weather) == "Tool(weather)"


def test_options_of_the_decorator() -> None:
    @tool(name="now", description="The time.", timeout=2, strict=True)
    def clock(zone: str = "UTC", precise: bool = False) -> str:
        """Not this."""
        return zone

    definition = clock.definition
    assert (definition.name, definition.description, definition.strict, clock.timeout) == ("now", "The time.", True, 2)
    assert definition.input_schema["required"] == ("zone", "precise")
    assert "default" not in definition.input_schema["properties"]["zone"]
    assert clock() == "UTC"


def test_numpy_docstrings_and_parameters_named_like_pydantics_own() -> None:
    @tool
    def search(schema: str, copy: int = 1, _hidden: int = 0) -> str:
        """Search.

        Parameters
        ----------
        schema : str
            What to
            look for.
        copy
            How often.

        Returns
        -------
        str
            Nothing.
        """
        return f"{schema}{copy}{_hidden}"

    properties = search.definition.input_schema["properties"]
    assert properties["schema"]["description"] == "What to look for."
    assert properties["copy"]["description"] == "How often."
    assert "description" not in properties["_hidden"]
    assert run(search.run(call("search", {"schema": "x", "_hidden": 5}))) == "x15"


async def test_types_written_where_the_tool_is_written_are_found() -> None:
    class Local(BaseModel):
        n: int

    @tool
    def one(value: Local) -> int:
        return value.n

    @tool(name="two")
    def other(value: Later) -> int:
        return value.n

    class Later(BaseModel):
        n: int

    assert (await answer_one(one, {"value": {"n": 3}})).output == 3
    with pytest.raises(InvalidRequestError, match="'Later' of the tool other"):
        _ = other.definition


class Service:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def times(self, n: int) -> int:
        """Multiply."""
        return self.factor * n

    async def __call__(self, n: int) -> int:
        """Call."""
        return self.factor + n


async def test_methods_partials_and_callable_objects_are_tools() -> None:
    service = Service(3)
    assert (await answer_one(tool(service.times), {"n": 2})).output == 6
    assert (await answer_one(tool(service), {"n": 2})).output == 5
    assert tool(service).name == "Service"

    def power(base: int, exponent: int, /) -> int:
        """Raise."""
        return int(base**exponent)

    square: Tool[..., int] = tool(name="square")(functools.partial(power, 2))
    assert square.description == "Raise."
    assert (await answer_one(square, {"exponent": 5})).output == 32
    with pytest.raises(InvalidRequestError, match="named 'partial'|name"):
        tool(name="no spaces")(power)
    with pytest.raises(InvalidRequestError, match="'<lambda>'"):
        tool(lambda: 1)


def test_what_a_model_cannot_be_told_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="'more' of the tool many"):

        @tool
        def many(*more: int) -> None: ...  # pyright: ignore[reportUnusedFunction]

    def bare(city) -> None: ...  # type: ignore[no-untyped-def] # pyright: ignore[reportUnknownParameterType, reportMissingParameterType]

    with pytest.raises(InvalidRequestError, match="'city' of the tool bare: it has no annotation"):
        _ = tool(bare).definition  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    @tool
    def odd(lock: threading.Thread) -> None: ...

    with pytest.raises(InvalidRequestError, match="the tool odd"):
        _ = odd.definition

    @tool
    def odder(hook: Callable[[], int]) -> None: ...

    with pytest.raises(InvalidRequestError, match="the tool odder"):
        _ = odder.definition

    @tool(strict=True)
    def loose(options: dict[str, int]) -> None: ...

    with pytest.raises(InvalidRequestError, match="cannot be strict"):
        _ = loose.definition


@pytest.mark.parametrize(
    ("given_text", "words"),
    [
        ('{"place": {"city": 5}}', "place.city: Input should be a valid string"),
        ("{}", "place: Field required"),
        ('{"place": {"city": "x"}, "unit": "k"}', "unit: Input should be 'c' or 'f'"),
        ('{"place": {"city": "x"}, "wind": 1}', "wind: Extra inputs are not permitted"),
        ('{"place"', "not valid JSON"),
        ("[1]", "must be a JSON object, not list"),
    ],
)
async def test_arguments_that_do_not_fit_are_an_error_result_that_says_what(given_text: str, words: str) -> None:
    result = await answer_one(weather, given_text)
    assert result.is_error
    assert words in result.output
    with pytest.raises(InvalidToolInputError) as caught:
        await weather.run(call("weather", given_text))
    assert (caught.value.tool, caught.value.call_id, caught.value.input) == ("weather", "1", given_text)


async def test_empty_input_is_no_arguments() -> None:
    @tool
    def now() -> str:
        return "noon"

    assert now.definition.input_schema["properties"] == {}
    assert (await answer_one(now, "")).output == "noon"


async def test_an_unknown_tool_is_an_error_result_that_names_the_tools() -> None:
    (result,) = await answer(call("wether"), tools=[weather, ToolDefinition("theirs")])
    assert result.is_error
    assert result.output == "there is no tool named 'wether'; the tools are: weather, theirs"


async def test_what_a_tool_raises_is_told_without_a_traceback() -> None:
    @tool
    def fail(empty: bool) -> None:
        raise ValueError("" if empty else "the disk is full")

    result = await answer_one(fail, {"empty": False})
    assert (result.output, result.is_error) == ("the disk is full", True)
    assert (await answer_one(fail, {"empty": True})).output == "ValueError"


VALUES: list[tuple[Any, Any]] = [
    ("text", "text"),
    (None, None),
    ({"a": [1, 2.5, None]}, {"a": (1, 2.5, None)}),
    (Place(city="Rome"), {"city": "Rome", "title": "none"}),
    ([Range(1, 2)], ({"low": 1, "high": 2},)),
    (Unit.CELSIUS, "c"),
    (dt.date(2020, 1, 2), "2020-01-02"),
    (TextPart("x"), (TextPart("x"),)),
    ([TextPart("x"), FilePart(b"y")], (TextPart("x"), FilePart(b"y"))),
    ([], ()),
]


@pytest.mark.parametrize(("value", "output"), VALUES)
async def test_results_become_plain_data(value: Any, output: Any) -> None:
    @tool
    def give() -> Any:
        return value

    assert (await answer_one(give)).output == output


async def test_a_result_without_a_json_form_is_an_error_result() -> None:
    @tool
    def give() -> object:
        return threading.Lock()

    result = await answer_one(give)
    assert result.is_error
    assert "give returned a lock that has no JSON form" in result.output


async def test_a_sync_tool_runs_in_a_thread_that_sees_the_callers_context() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    @tool
    def look() -> list[Any]:
        return [variable.get(), threading.current_thread() is threading.main_thread()]

    variable.set("set")
    assert (await answer_one(look)).output == ("set", False)


async def test_a_sync_function_that_returns_an_awaitable_is_awaited() -> None:
    async def later() -> str:
        await asyncio.sleep(1)
        return "later"

    @tool
    def start() -> Any:
        return later()

    assert (await answer_one(start)).output == "later"


async def test_a_sync_tool_that_runs_out_of_items_is_an_error_result() -> None:
    @tool
    def first(items: list[str]) -> str:
        return next(iter(items))

    assert (await answer_one(first, {"items": ["a"]})).output == "a"
    assert (await answer_one(first, {"items": []})).is_error


async def test_the_time_limit_of_a_tool() -> None:
    @tool(timeout=2.5)
    async def slow(own: bool) -> None:
        if own:
            raise TimeoutError("its own")
        await asyncio.sleep(100)

    result = await answer_one(slow, {"own": False})
    assert (result.output, result.is_error) == ("slow did not finish within 2.5 s", True)
    assert asyncio.get_running_loop().time() == 2.5
    assert (await answer_one(slow, {"own": True})).output == "its own"
    with pytest.raises(ToolExecutionError):
        await slow.run(call("slow", {"own": False}))


def record_runs(approve: bool | Approve) -> tuple[Tool[..., Any], list[int]]:
    runs: list[int] = []

    @tool(approve=approve)
    def act(n: int) -> str:
        runs.append(n)
        return "done"

    return act, runs


async def even(_call: ToolCallPart, arguments: dict[str, Any]) -> bool:
    await asyncio.sleep(1)
    return bool(arguments["n"] % 2 == 0)


def only_one(_call: ToolCallPart, arguments: dict[str, Any]) -> bool:
    return bool(arguments["n"] == 1)


APPROVALS: list[tuple[bool | Approve, Approve | None, set[int]]] = [
    (True, None, {1, 2}),
    (False, None, set()),
    (False, even, {2}),
    (even, None, {2}),
    (True, even, {2}),
    (even, only_one, set()),
]


@pytest.mark.parametrize(("approve", "approve_tool", "allowed"), APPROVALS)
async def test_approval(approve: bool | Approve, approve_tool: Approve | None, allowed: set[int]) -> None:
    act, runs = record_runs(approve)
    results = await answer(call("act", {"n": 1}), call("act", {"n": 2}), tools=[act], approve=approve_tool)
    assert set(runs) == allowed
    for n, result in zip((1, 2), results, strict=True):
        assert result.is_error == (n not in allowed)
        assert result.output == ("done" if n in allowed else "denied: this call of act was not approved")


async def test_a_tool_that_refuses_is_not_asked_about_any_more() -> None:
    asked: list[str] = []

    def ask(call: ToolCallPart, _arguments: dict[str, Any]) -> bool:
        asked.append(call.id)
        return True

    act, runs = record_runs(even)
    await answer(call("act", {"n": 1}), call("act", "not json"), tools=[act], approve=ask)
    assert (asked, runs) == ([], [])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=8))
def test_the_results_are_in_the_order_of_the_calls_whatever_fails(plan: list[tuple[bool, int]]) -> None:
    async def main() -> None:
        @tool
        async def work(at: int, fails: bool, seconds: int) -> int:
            await asyncio.sleep(seconds)
            if fails:
                raise RuntimeError(str(at))
            return at

        calls = [
            call("work", {"at": at, "fails": fails, "seconds": seconds}, id=f"c{at}")
            for at, (fails, seconds) in enumerate(plan)
        ]
        results = await answer(*calls, tools=[work])
        assert [each.id for each in results] == [each.id for each in calls]
        assert [(each.is_error, str(each.output)) for each in results] == [
            (fails, str(at)) for at, (fails, _) in enumerate(plan)
        ]

    run(main())


@pytest.mark.parametrize("count", [1, 3])
async def test_a_cancellation_cancels_all_tools_and_waits_for_them(count: int) -> None:
    ended: list[str] = []

    @tool
    async def linger() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
            ended.append("cancelled")
            raise

    calls = [call("linger", id=str(at)) for at in range(count)]
    task = asyncio.ensure_future(answer(*calls, tools=[linger]))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"] * count
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("count", [1, 2])
async def test_a_cancellation_inside_a_tool_is_not_swallowed(count: int) -> None:
    @tool
    async def stop() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await answer(*[call("stop", id=str(at)) for at in range(count)], tools=[stop])


def test_a_tool_set_sorts_tools_by_what_runs_them() -> None:
    theirs, provider = ToolDefinition("theirs"), ProviderTool("groq.browser_search")
    tools = ToolSet.of([weather, theirs, provider])
    assert [each.name for each in tools.shown] == ["weather", "theirs", "browser_search"]
    assert list(tools.functions) == ["weather"]
    assert tools.runs(call("weather"))
    assert tools.runs(call("unknown"))
    assert not tools.runs(call("theirs"))
    assert not tools.runs(ToolCallPart("1", "weather", "{}", provider_executed=True))
    assert not ToolSet.of([theirs]).runs(call("unknown"))
