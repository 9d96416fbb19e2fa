"""Typed values from a language model."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from ai_sdk import (
    FilePart,
    Finish,
    InvalidRequestError,
    JSONFormat,
    LanguageResult,
    NoObjectGeneratedError,
    RateLimitError,
    ResponseClosedError,
    SpecificTool,
    SystemMessage,
    TextDelta,
    TextPart,
    ToolCallPart,
    ToolDefinition,
    ToolInputDelta,
    Usage,
    generate_object,
    stream_object,
    system,
    user,
    wrap_model,
)
from ai_sdk.objects import wire_schema
from ai_sdk.testing import HANG, ScriptedModel, run
from ai_sdk.testing.scripted import Step


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int | None = None


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Pet(TypedDict):
    name: str


@dataclass
class Point:
    x: int
    y: int = 0


ADA = '{"name": "Ada", "age": 36}'


def plain(schema: Any) -> Any:
    return json.loads(json.dumps(schema))


async def test_json_of_a_schema() -> None:
    model = ScriptedModel([ADA])
    result = await generate_object(model, "who?", schema=Person, temperature=0)
    assert result.object == Person(name="Ada", age=36)
    assert (result.finish_reason, result.usage, len(result.attempts)) == ("stop", result.raw.usage, 1)
    assert (result.warnings, result.reasoning, result.raw.text) == ((), "", ADA)
    (request,) = model.calls
    wanted = request.response_format
    assert wanted is not None
    assert (wanted.name, wanted.description, wanted.strict, request.temperature) == ("Person", "Somebody.", None, 0)
    assert plain(wanted.schema) == {
        "description": "Somebody.",
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    assert request.tools == ()


async def test_a_tool_call_where_the_model_has_no_json_schema() -> None:
    model = ScriptedModel([LanguageResult(content=(ToolCallPart("1", "Person", ADA),), finish_reason="tool-calls")])
    model.structured_output = "tool"
    assert (await generate_object(model, "who?", schema=Person)).object.age == 36
    (request,) = model.calls
    (tool,) = request.tools
    assert isinstance(tool, ToolDefinition)
    assert (tool.name, tool.description, tool.strict) == ("Person", "Somebody.", None)
    assert request.tool_choice == SpecificTool("Person")
    assert request.response_format is None
    await generate_object(model, "who?", schema=Person, strict=True, name="who", description="A person.")
    assert model.calls[1].tools == (ToolDefinition("who", "A person.", tool.input_schema, True),)


async def test_a_json_object_with_the_schema_in_an_instruction() -> None:
    model = ScriptedModel([ADA])
    model.structured_output = "json_object"
    for settings in ({"system": "be kind"}, {}):
        await generate_object(model, "who?", schema=Person, mode="json", **settings)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    first, second = (request.messages[0] for request in model.calls)
    assert isinstance(first, SystemMessage)
    assert isinstance(second, SystemMessage)
    assert first.content.startswith("be kind\n\nAnswer with one JSON object")
    assert second.content.startswith("Answer with one JSON object")
    assert json.loads(second.content.partition("\n")[2])["required"] == ["name", "age"]
    assert [request.response_format for request in model.calls] == [JSONFormat(), JSONFormat()]


async def test_the_mode_can_be_chosen_and_is_looked_up_through_layers() -> None:
    model = ScriptedModel([ADA])
    model.structured_output = "tool"
    wrapped = wrap_model(model, [lambda inner: inner])
    await generate_object(wrapped, "who?", schema=Person)
    await generate_object(wrapped, "who?", schema=Person, mode="json")
    model.structured_output = "json_schema"
    await generate_object(wrapped, "who?", schema=Person, mode="tool")
    assert [bool(request.tools) for request in model.calls] == [True, False, True]
    bare = ScriptedModel([ADA])

    async def unknown(request: Any) -> Any:
        return await bare(request)

    await generate_object(unknown, "who?", schema=Person)
    assert bare.calls[0].tools


TARGETS: list[tuple[Any, str, Any]] = [
    (list[Person], '{"value": [{"name": "Ada", "age": 36}]}', [Person(name="Ada", age=36)]),
    (Literal["a", "b"], '{"value": "b"}', "b"),
    (int, '{"value": 3}', 3),
    (Color, '{"value": "red"}', Color.RED),
    (tuple[int, str], '{"value": [1, "x"]}', (1, "x")),
    (Person | Point, '{"value": {"x": 1}}', Point(1)),
    (Point, '{"x": 1, "y": 2}', Point(1, 2)),
    (Pet, '{"name": "Rex"}', {"name": "Rex"}),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (Node, '{"value": 1, "children": [{"value": 2, "children": []}]}', Node(value=1, children=[Node(value=2)])),
    (TypeAdapter(list[int]), '{"value": [1]}', [1]),
    (Annotated[list[int], Field(min_length=1)], '{"value": [1]}', [1]),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, '{"a": 1}', {"a": 1}),
    ({"type": "array", "items": {"type": "integer"}}, '{"value": [1]}', [1]),
]


@pytest.mark.parametrize(("schema", "text", "value"), TARGETS)
async def test_every_kind_of_schema(schema: Any, text: str, value: Any) -> None:
    model = ScriptedModel([text])
    assert (await generate_object(model, "x", schema=schema)).object == value
    wanted = model.calls[0].response_format
    assert wanted is not None
    assert wanted.schema is not None
    assert wanted.schema["type"] == "object"
    async with stream_object(model, "x", schema=schema) as stream:
        partials = [partial async for partial in stream.partial]
        assert (await stream.result()).object == value
    whole = json.loads(text)
    assert partials[-1] == (whole["value"] if '{"value": ' in text and schema is not Node else whole)


async def test_open_schemas_are_sent_as_not_strict() -> None:
    model = ScriptedModel(['{"a": 1}'])
    for schema in (dict[str, int], {"type": "object", "properties": {"a": {"type": "integer"}}}):
        await generate_object(model, "x", schema=schema)
    closed = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    await generate_object(model, "x", schema=closed)
    formats = [request.response_format for request in model.calls]
    assert [each.strict for each in formats if each is not None] == [False, False, None]


def test_the_strict_form_of_a_schema() -> None:
    class Model(BaseModel):
        title: str = Field("x", description="its title", min_length=2)
        node: Node = Field(description="the root")
        color: Annotated[Color, Field(description="which")] = Color.RED
        either: Annotated[Person | Point, Field(description="one of two")]
        url: Annotated[str, Field(json_schema_extra={"format": "uri"})]

    wire = wire_schema(TypeAdapter(Model), strict=True)
    assert wire["required"] == ["title", "node", "color", "either", "url"]
    properties = wire["properties"]
    assert properties["title"] == {"description": "its title", "type": "string"}
    assert properties["node"] == {"$ref": "#/$defs/Node"}
    assert properties["color"] == {"description": "which", "enum": ["red", "blue"], "type": "string"}
    assert properties["url"] == {"type": "string"}
    assert wire["$defs"]["Node"]["required"] == ["value", "children"]
    assert wire["$defs"]["Node"]["properties"]["children"] == {"type": "array", "items": {"$ref": "#/$defs/Node"}}
    loose = wire_schema(TypeAdapter(Model), strict=False)
    assert loose["properties"]["title"]["default"] == "x"
    assert loose["required"] == ["node", "either", "url"]


def test_a_recursive_root_and_a_wrapped_one_are_objects() -> None:
    root = wire_schema(TypeAdapter(Node), strict=True)
    assert root["type"] == "object"
    assert root["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    wrapped = wire_schema(TypeAdapter(list[Node]), strict=True)
    assert wrapped["properties"]["value"]["items"] == {"$ref": "#/$defs/Node"}
    assert wrapped["$defs"]["Node"]["additionalProperties"] is False
    with pytest.raises(InvalidRequestError, match="open dict"):
        wire_schema(TypeAdapter(dict[str, int]), strict=True)


def list_of(kind: Any) -> Any:
    return list[kind]


def optional(kind: Any) -> Any:
    return kind | None


SCHEMAS = st.recursive(
    st.sampled_from([int, str, bool, float, Color, Person, Node, Literal["a", 1]]),
    lambda inner: inner.map(list_of) | inner.map(optional),
    max_leaves=3,
)


@given(SCHEMAS)
def test_the_strict_form_is_closed_everywhere_and_pure(kind: Any) -> None:
    adapter = TypeAdapter[Any](kind)
    before = adapter.json_schema()
    wire = wire_schema(adapter, strict=True)
    assert adapter.json_schema() == before

    def check(each: Any) -> None:
        if isinstance(each, dict):
            if each.get("type") == "object":  # pyright: ignore[reportUnknownMemberType]
                assert each["additionalProperties"] is False
                assert each["required"] == list(each["properties"])  # pyright: ignore[reportUnknownArgumentType]
            for value in each.values():  # pyright: ignore[reportUnknownVariableType]
                check(value)
        elif isinstance(each, list):
            for value in each:  # pyright: ignore[reportUnknownVariableType]
                check(value)

    check(wire)
    assert wire["type"] == "object"


FAILURES: list[tuple[Any, Any, str]] = [
    ("not json", Person, "is no value of the schema: the value: Invalid JSON"),
    ('{"name": 5}', Person, "name: Input should be a valid string"),
    ("[1]", list[int], 'must be an object with the property "value"'),
    ('{"value": ["x"]}', list[int], "0: Input should be a valid integer"),
    ("", Person, "the answer is empty"),
    ("[1]", {"type": "object"}, "it must be an object, not a list"),
    ("{", {"type": "object"}, "is no value of the schema"),
]


@pytest.mark.parametrize(("text", "schema", "words"), FAILURES)
async def test_what_is_no_value_is_an_error_with_the_text_and_the_usage(text: str, schema: Any, words: str) -> None:
    model = ScriptedModel([[TextDelta(text), Finish("stop", Usage(1, 2))]])
    with pytest.raises(NoObjectGeneratedError, match=words.replace("[", r"\[")) as caught:
        await generate_object(model, "x", schema=schema)
    error = caught.value
    assert (error.text, error.finish_reason, error.usage) == (text, "stop", Usage(1, 2))
    assert (error.__cause__ is not None) == bool(text)
    assert len(error.attempts) == 1


@pytest.mark.parametrize("reason", ["length", "content-filter"])
async def test_an_answer_that_was_cut_off_is_an_error_even_if_it_parses(reason: Any) -> None:
    model = ScriptedModel([[TextDelta(ADA), Finish(reason, Usage(1, 2))]])
    with pytest.raises(NoObjectGeneratedError, match=f"finish reason is '{reason}'") as caught:
        await generate_object(model, "x", schema=Person)
    assert caught.value.finish_reason == reason
    async with stream_object(model, "x", schema=Person) as stream:
        assert [partial async for partial in stream.partial][-1] == json.loads(ADA)
        with pytest.raises(NoObjectGeneratedError):
            await stream.result()


@pytest.mark.parametrize("fence", ["```json\n{}\n```", " ```\n{}\n```\n", "```JSON\r\n{}```"])
async def test_one_fence_is_taken_off(fence: str) -> None:
    text = fence.replace("{}", ADA)
    model = ScriptedModel([[*[TextDelta(char) for char in text], Finish("stop", Usage())]])
    assert (await generate_object(model, "x", schema=Person)).object.name == "Ada"
    async with stream_object(model, "x", schema=Person) as stream:
        partials = [partial async for partial in stream.partial]
        assert (await stream.result()).object.name == "Ada"
    assert partials[0] == {}
    assert partials[-1] == json.loads(ADA)


async def test_partial_values_grow_while_text_arrives() -> None:
    model = ScriptedModel([[*[TextDelta(char) for char in ADA], Finish("stop", Usage())]])
    async with stream_object(model, "x", schema=Person) as stream:
        partials = [partial async for partial in stream.partial]
        assert (await stream.result()).object == Person(name="Ada", age=36)
    assert partials == [
        {},
        {"name": ""},
        {"name": "A"},
        {"name": "Ad"},
        {"name": "Ada"},
        {"name": "Ada", "age": 36},
    ]
    assert model.calls[0].stream


async def test_partial_values_grow_while_a_tool_input_arrives() -> None:
    deltas = [ToolInputDelta("1", "Person", ADA[at : at + 5]) for at in range(0, len(ADA), 5)]
    other = ToolInputDelta("2", "Person", "[")
    end: list[Step] = [ToolCallPart("1", "Person", ADA), Finish("tool-calls", Usage())]
    model = ScriptedModel([[TextDelta("Sure: "), *deltas, other, *end]])
    async with stream_object(model, "x", schema=Person, mode="tool") as stream:
        partials = [partial async for partial in stream.partial]
        assert (await stream.result()).object.age == 36
    assert partials[0] == {}
    assert partials[-1] == json.loads(ADA)
    whole = ScriptedModel([end])
    async with stream_object(whole, "x", schema=Person, mode="tool") as stream:
        assert [partial async for partial in stream.partial] == [json.loads(ADA)]


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(1, 9))
def test_partial_values_lead_to_the_whole_at_linear_cost(names: list[str], size: int) -> None:
    async def main() -> None:
        text = json.dumps({"value": names})
        deltas = [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]
        model = ScriptedModel([[*deltas, Finish("stop", Usage())]])
        async with stream_object(model, "x", schema=list[str]) as stream:
            partials = [partial async for partial in stream.partial]
            assert (await stream.result()).object == names
        assert partials[-1] == names
        for earlier, later in zip(partials, partials[1:], strict=False):
            assert len(earlier) <= len(later)
            assert all(two.startswith(one) for one, two in zip(earlier, later, strict=False))

    run(main())


async def test_leaving_early_closes_the_response() -> None:
    model = ScriptedModel([[TextDelta('{"name": "A'), HANG]])
    async with stream_object(model, "x", schema=Person) as stream:
        async for partial in stream.partial:
            assert partial == {"name": "A"}
            break
    assert not model.wires[0].open
    with pytest.raises(ResponseClosedError):
        await stream.result()
    with pytest.raises(ResponseClosedError):
        _ = stream.partial


async def test_result_reads_what_partial_left() -> None:
    model = ScriptedModel([[*[TextDelta(char) for char in ADA], Finish("stop", Usage())]])
    async with stream_object(model, "x", schema=Person) as stream:
        async for _ in stream.partial:
            break
        assert (await stream.result()).object.name == "Ada"


async def test_errors_of_the_model_pass_unchanged() -> None:
    with pytest.raises(RateLimitError):
        await generate_object(ScriptedModel([RateLimitError("x")]), "x", schema=Person)


async def test_messages_and_files_are_taken_as_elsewhere() -> None:
    model = ScriptedModel([ADA])
    await generate_object(model, ["who?", FilePart(b"x")], messages=[user("hi")], system="be kind", schema=Person)
    assert model.calls[0].messages == (system("be kind"), user("hi"), user(TextPart("who?"), FilePart(b"x")))


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"schema": 5}, InvalidRequestError, "schema is 5"),
    ({"schema": object()}, InvalidRequestError, "schema is"),
    ({"schema": Person, "mode": "yaml"}, InvalidRequestError, "mode is 'yaml'"),
    ({"schema": Person, "tools": []}, TypeError, "'tools'"),
    ({"schema": dict[str, int], "strict": True}, InvalidRequestError, "open dict"),
    ({"schema": Person, "top_p": 3}, InvalidRequestError, "top_p is 3"),
]


@pytest.mark.parametrize(("settings", "error", "words"), BAD)
async def test_bad_input_is_refused_before_any_call(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    model = ScriptedModel()
    with pytest.raises(error, match=words):
        await generate_object(model, "x", **settings)
    with pytest.raises(error, match=words):
        stream_object(model, "x", **settings)
    assert model.calls == []
