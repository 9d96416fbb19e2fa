"""What a client takes from a server: names, schemas, patterns."""

from __future__ import annotations

import copy
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.server import Server
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool

from ai_sdk.errors import InvalidRequestError
from ai_sdk.mcp import Limits, connect
from ai_sdk.mcp._opening import harmless
from ai_sdk.mcp.limits import fault_of_schema, model_name
from ai_sdk.schema_tool import schema_tool

PLAIN: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}


@given(st.text(min_size=1, max_size=200), st.one_of(st.none(), st.text(min_size=1, max_size=80)))
def test_every_name_becomes_one_that_models_take(name: str, prefix: str | None) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", model_name(name, prefix))


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_a_name_that_models_take_is_kept(name: str) -> None:
    assert model_name(name) == name


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert model_name("a" * 100) != model_name("a" * 101)


def bomb(levels: int, width: int) -> dict[str, Any]:
    """A schema that is small as it stands and ``width ** levels`` when its references are written out."""
    defs: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, levels + 1):
        references = [{"$ref": f"#/$defs/d{level - 1}"} for _ in range(width)]
        defs[f"d{level}"] = {"type": "object", "properties": {f"p{n}": each for n, each in enumerate(references)}}
    return {"type": "object", "properties": {"x": {"$ref": f"#/$defs/d{levels}"}}, "$defs": defs}


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"in": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({}, "not one of an object"),
        ({"type": "array"}, "not one of an object"),
        (deep(30), "nested deeper than 40"),
        ({**PLAIN, "description": "x" * 300_000}, "larger than 262144 bytes"),
        ({"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/x"}}}, "outside of itself"),
        ({"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}, "outside of itself"),
        (bomb(20, 10), "more than 20000 parts"),
        (bomb(900, 1), "follow on each other for too long"),
    ],
)
def test_a_schema_that_could_do_harm_is_not_taken(schema: dict[str, Any], fault: str) -> None:
    assert fault in str(fault_of_schema(schema, Limits()))


@pytest.mark.parametrize(
    "schema",
    [
        PLAIN,
        deep(15),
        bomb(3, 5),
        {"type": "object", "properties": {"next": {"$ref": "#"}, "all": {"type": "array", "items": {"$ref": "#"}}}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/missing"}, "b": {"$ref": "#/properties/a"}}},
        {"type": "object", "anyOf": [{"$ref": "#/anyOf/1"}, {"required": ["a"]}]},
    ],
)
def test_a_schema_that_does_no_harm_is_taken(schema: dict[str, Any]) -> None:
    assert fault_of_schema(schema, Limits()) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$ref", "$defs", "a", "properties", "type", "pattern"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["$ref", "$defs", "properties", "x"]), json_values, max_size=4))
def test_no_schema_breaks_the_check(schema: dict[str, Any]) -> None:
    before = copy.deepcopy(schema)
    found = fault_of_schema({"type": "object", **schema}, Limits())
    assert found is None or isinstance(found, str)
    assert schema == before


@settings(max_examples=50)
@given(json_values)
def test_patterns_leave_output_schemas_and_nothing_else_does(schema: Any) -> None:
    given_ = {"tools": [{"name": "t", "inputSchema": copy.deepcopy(schema), "outputSchema": copy.deepcopy(schema)}]}
    message = SimpleNamespace(message=SimpleNamespace(result=given_))
    [tool] = harmless(message).message.result["tools"]
    assert tool["inputSchema"] == schema
    assert patterns(tool["outputSchema"]) == 0


def patterns(value: Any) -> int:
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return isinstance(found.get("pattern"), str) + sum(map(patterns, found.values()))
    return sum(map(patterns, cast("list[Any]", value))) if isinstance(value, list) else 0


def hostile(*tools: Tool) -> Server[Any]:
    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=list(tools))

    async def call_tool(_context: Any, params: Any) -> CallToolResult:
        return CallToolResult(content=[TextContent(text=params.name)])

    return Server("hostile", on_list_tools=list_tools, on_call_tool=call_tool)


async def test_tools_that_are_not_taken_are_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    server = hostile(
        Tool(name="good", input_schema=PLAIN, description="d" * 50),
        Tool(name="ev\nil", input_schema=PLAIN),
        Tool(name="x" * 129, input_schema=PLAIN),
        Tool(name="bomb", input_schema=bomb(20, 10)),
        Tool(name="dotted.name", input_schema=PLAIN),
        Tool(name="dotted/name", input_schema=PLAIN),
    )
    async with connect(server, limits=Limits(description_chars=10)) as client:
        tools = await client.tools()
        assert await client.call_tool("dotted.name") == "dotted.name"
    assert [each.remote_name for each in tools] == ["good", "dotted.name", "dotted/name"]
    assert tools[0].description == "d" * 10
    assert tools[1].name == "dotted_name"
    assert re.fullmatch(r"dotted_name_[0-9a-f]{8}", tools[2].name)
    left = [each.message for each in caplog.records if "tool_left_out" in each.message]
    assert len(left) == 3
    assert r"ev\nil" in left[0]


async def test_a_schema_tool_shows_its_schema_and_gets_a_dict() -> None:
    async def function(arguments: dict[str, Any]) -> Any:
        return arguments

    made = schema_tool(function, name="t", description="does", input_schema=PLAIN)
    assert made.definition.input_schema == PLAIN
    assert await made({"a": 1}) == {"a": 1}
    strict = schema_tool(function, name="t", input_schema=PLAIN, strict=True)
    assert strict.definition.input_schema["required"] == ("a",)
    with pytest.raises(InvalidRequestError, match="cannot be strict"):
        _ = schema_tool(function, name="t", input_schema={"type": "object"}, strict=True).definition
    with pytest.raises(InvalidRequestError, match="allowed are 1 to 64"):
        schema_tool(function, name="a b", input_schema=PLAIN)
    with pytest.raises(InvalidRequestError, match="type object"):
        schema_tool(function, name="t", input_schema={"type": "array"})
