"""What the repair of tool calls rests on: schemas, changes of form, texts that are surely closed, calls in a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_repair_tool_calls as wrong
from layer_laws.kit import examples, rejects

from ai_sdk._frozen import freeze
from ai_sdk.fitting import MOST_DEPTH, MOST_STEPS, fitted, problems
from ai_sdk.repair import (
    NOT_READ,
    calls_in,
    is_surely_closed,
    mended,
    offered_name,
    read_json,
    read_object,
    why_not_json,
    written_json,
)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": ["number", "null"]},
        "on": {"type": "boolean"},
        "unit": {"enum": ["celsius", "kelvin"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "one": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "boolean"}}]},
        "tree": {"$ref": "#/$defs/tree"},
    },
    "additionalProperties": False,
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {"v": {"type": "integer"}, "next": {"$ref": "#/$defs/tree"}},
            "required": ["v"],
        }
    },
}
LEAVES = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.none(),
    st.floats(-9, 9),
    st.sampled_from(
        ["5", "5.0", "-1e2", "true", "False", "null", "x", "Celsius ", "[true]", '{"v": "1"}', '["a"]', "05"]
    ),
)


def inner_values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these values."""
    names = st.sampled_from(["v", "next", "tags"])
    return st.one_of(st.lists(inner, max_size=2), st.dictionaries(names, inner, max_size=2))


VALUES: st.SearchStrategy[Any] = st.recursive(LEAVES, inner_values, max_leaves=4)
OBJECTS = st.dictionaries(st.sampled_from([*SCHEMA["properties"], "more"]), VALUES, max_size=4)


def law_fitted(fit: Callable[[Any, Any], Any]) -> None:
    @examples(200)
    @given(OBJECTS)
    def law(value: dict[str, Any]) -> None:
        before = json.dumps(value)
        try:
            new = fit(value, SCHEMA)
        except ValueError:
            assert problems(value, SCHEMA)
            return
        assert json.dumps(value) == before, "the value itself was changed"
        assert not problems(new, SCHEMA)
        assert (new is value) == (not problems(value, SCHEMA))
        assert fit(new, freeze(SCHEMA)) is new

    law()


def test_fitted_gives_what_fits_and_the_very_object_when_it_did() -> None:
    law_fitted(fitted)
    rejects(law_fitted, wrong.fit_what_can_be_fitted)
    rejects(law_fitted, wrong.fit_always_anew)


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("5", {"type": "integer"}, 5),
        (" 5 ", {"type": "number"}, 5),
        ("5.5", {"type": "number"}, 5.5),
        ("5.0", {"type": "integer"}, 5),
        ("TRUE", {"type": "boolean"}, True),
        ("None", {"type": "null"}, None),
        (5, {"type": "string"}, "5"),
        (True, {"type": "string"}, "true"),
        ("kelvin", {"enum": ["Kelvin", "Celsius"]}, "Kelvin"),
        ("1", {"enum": [1, 2]}, 1),
        ("x", {"type": "array", "items": {"type": "string"}}, ["x"]),
        ("5", {"type": "array", "items": {"type": "integer"}}, [5]),
        ('["5"]', {"type": "array", "items": {"type": "integer"}}, [5]),
        ('{"a": "5"}', {"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 5}),
        ({"a": None}, {"type": "object", "properties": {"a": {"type": "integer"}}}, {}),
        ("5", {"anyOf": [{"type": "boolean"}, {"type": "integer"}]}, 5),
        ("5", {"oneOf": [{"type": "null"}, {"type": "integer"}]}, 5),
        ({"a": "5"}, {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]}, {"a": 5}),
        (["5", "true"], {"prefixItems": [{"type": "integer"}, {"type": "boolean"}]}, [5, True]),
    ],
)
def test_the_form_that_is_asked_for(value: Any, schema: Any, expected: Any) -> None:
    new = fitted(value, schema)
    assert (new, type(new)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("five", {"type": "integer"}),
        ("5.5", {"type": "integer"}),
        ("05", {"type": "integer"}),
        ("1e999", {"type": "number"}),
        ("9" * 60, {"type": "integer"}),
        ("yes", {"type": "boolean"}),
        (1, {"type": "boolean"}),
        (1.10, {"type": "string"}),
        ("", {"type": "null"}),
        ("ab", {"enum": ["Ab", "aB"]}),
        (None, {"type": "array"}),
        ({"a": None}, {"properties": {"a": {"type": "array"}}, "required": ["a"]}),
        ("{'a': 1}", {"type": "object"}),
        ({"a": None}, {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}),
        ({"b": 1}, {"type": "object", "additionalProperties": False}),
        ([1], {"type": "integer"}),
        (["x"], {"type": "array", "items": {"type": "integer"}}),
    ],
)
def test_meaning_is_never_changed(value: Any, schema: Any) -> None:
    with pytest.raises(ValueError, match="form"):
        fitted(value, schema)


RIGHT_AND_WRONG: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "integer"}, 1.0, 1.5),
    ({"type": "integer"}, 1, True),
    ({"type": ["string", "null"]}, None, 1),
    ({"type": "string", "nullable": True}, None, 1),
    ({"enum": [1, [2], {"a": 3}]}, [2.0], True),
    ({"const": {"a": [1]}}, {"a": [1.0]}, {"a": [True]}),
    ({"minLength": 2, "maxLength": 3}, "äöü", "ä"),
    ({"pattern": "^a.c$"}, "abc", "xabc"),
    ({"minimum": 1, "exclusiveMaximum": 3}, 1, 3),
    ({"exclusiveMinimum": 1, "maximum": 3}, 3, 1),
    ({"multipleOf": 0.1}, 0.3, 0.35),
    ({"multipleOf": 3}, 9, 10),
    ({"items": {"type": "integer"}, "minItems": 1, "maxItems": 2}, [1, 2], [1, "x"]),
    ({"prefixItems": [{"type": "integer"}], "items": False}, [1], [1, 2]),
    ({"items": [{"type": "integer"}], "additionalItems": False}, [1], [1, 2]),
    ({"uniqueItems": True}, [1, True, "1"], [{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]),
    ({"contains": {"type": "integer"}}, ["x", 1], ["x"]),
    ({"contains": True, "maxContains": 1}, [1], [1, 2]),
    ({"required": ["a"]}, {"a": None}, {}),
    ({"properties": {"a": False}}, {}, {"a": 1}),
    ({"patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False}, {"x": 1}, {"x": ""}),
    ({"propertyNames": {"pattern": "^[a-z]+$"}}, {"a": 1}, {"A": 1}),
    ({"minProperties": 1, "maxProperties": 1}, {"a": 1}, {"a": 1, "b": 2}),
    ({"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1, "b": 1}, {"a": 1}),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, 2, 3),
    ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, 5, 4),
    ({"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, 4, 6),
    ({"not": {"type": "string"}}, 1, "x"),
    ({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"minimum": 1}}, "x", 0),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}, 1, "x"),
    ({"$ref": "#/definitions/a~1b", "definitions": {"a/b": {"type": "integer"}}}, 1, "x"),
    ({"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}, {"a": {"a": {}}}, {"a": {"b": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "right", "wrong_one"), RIGHT_AND_WRONG)
def test_the_words_of_schemas(schema: dict[str, Any], right: Any, wrong_one: Any) -> None:
    for form in (schema, freeze(schema)):
        assert problems(right, form) == ()
        assert problems(wrong_one, form) != ()


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        None,
        {"$ref": "https://example.com/x"},
        {"$ref": "#/nowhere"},
        {"pattern": "(?<bad"},
        {"type": "other"},
    ],
)
def test_what_is_not_known_is_not_checked(schema: Any) -> None:
    assert problems("x", schema) == ()
    assert problems("x", False) == ("the value: nothing is allowed here",)


def test_problems_say_where_and_what_and_quote_no_value() -> None:
    value = {"n": "secret", "more": 1, "tags": ["x", 4711], "tree": {"next": {"v": 1}}, "one": "secret"}
    found = problems(value, SCHEMA, most=9)
    assert set(found) == {
        "n: must be of type integer",
        "more: is not allowed",
        "tags.1: must be of type string",
        "tree.v: is missing",
        "one: fits none of the 2 forms that are allowed",
    }
    assert len(problems(value, SCHEMA, most=2)) == 2
    optional = {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]}
    assert problems(1, optional) == ("the value: must be at least 3",)


def test_work_is_bounded_and_what_takes_more_counts_as_fitting() -> None:
    twice = {"properties": {"c": {"$ref": "#/$defs/n"}}, "required": ["c"]}
    schema = {"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [twice, twice, {"const": 1}]}}}
    value: Any = 2
    for _ in range(60):
        value = {"c": value}
    assert problems(value, schema) == ()
    assert fitted(value, schema) is value
    assert problems(["x"] * (MOST_STEPS + 1), {"items": {"type": "string"}}) == ()
    deep: Any = "x"
    for _ in range(MOST_DEPTH + 1):
        deep = [deep]
    assert problems(deep, {"items": {"$ref": "#"}}) == ()
    assert problems(1, {"$ref": "#"}) == ()


def inner_data(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these values."""
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab'{", max_size=2), inner, max_size=3))


DATA: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.none(), st.text("ab '\"{}[],\\`/#", max_size=5)),
    inner_data,
    max_leaves=6,
)
VALID = inner_data(DATA)
OBJECT: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.text("ab'{", max_size=2), DATA, max_size=3)


def indented(value: Any) -> str:
    """JSON on several lines."""
    return json.dumps(value, indent=1)


def law_closed(is_closed: Callable[[str], bool]) -> None:
    @examples(150)
    @given(VALID, st.sampled_from([json.dumps, repr, indented]), st.integers(0, 200))
    def law(value: Any, write: Callable[[Any], str], at: int) -> None:
        text = write(value)
        assert is_closed(text)
        assert is_closed(f"```json\n{text}\n```<|call|>")
        assert not is_closed(text[: at % len(text)])

    law()


def test_a_text_is_surely_closed_or_it_is_truncated() -> None:
    law_closed(is_surely_closed)
    rejects(law_closed, wrong.closed_when_brackets_are_even)
    rejects(law_closed, wrong.closed_at_the_last_bracket)


@pytest.mark.parametrize(
    "text",
    ["", "x", '"x"', '{"a": "6" tall {}}', '{"a": 1} {"b": 2}', '{"a": 1] }', "{'a': 'don't'}", '{"a": 1 // x\n}'],
)
def test_a_text_that_may_mean_something_else_is_not_surely_closed(text: str) -> None:
    assert not is_surely_closed(text)


def law_styles(mend: Callable[..., Any]) -> None:
    @examples(150)
    @given(OBJECT)
    def law(value: dict[str, Any]) -> None:
        found = mend(repr(value), {"type": "object"}, complete=False)
        assert found is not None
        assert json.loads(found.text) == value

    law()


def test_what_python_writes_is_read_exactly() -> None:
    law_styles(mended)
    rejects(law_styles, wrong.mended_by_swapping_quotes)


def test_json_is_read_and_written() -> None:
    assert read_json("[1") is read_json("[" * 100_000) is read_json("9" * 5000) is NOT_READ
    assert repr(read_json("null")) == "None"
    assert read_object('```json\n{"a": 1}\n```') == {"a": 1}
    assert read_object('x ```json\n{"a": 1}\n```') is NOT_READ
    assert read_object("``````") is NOT_READ
    assert why_not_json('{"a" 1}') == "Expecting ':' delimiter at line 1, column 6"
    assert why_not_json("[" * 100_000) == "it is too large or nested too deeply"
    assert why_not_json("1") == ""
    assert written_json({"a": "é"}) == '{"a": "é"}'
    assert written_json("\ud800") == '"\\ud800"'
    with pytest.raises(ValueError, match="JSON"):
        written_json(float("inf"))


def test_arguments_that_cannot_be_written_stay() -> None:
    assert mended('{"a": 1e999,}', {}) is None
    found = mended('{"a": "\\ud800",}', {})
    assert found is not None
    assert found.text.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get_x", "get_x"),
        ("Get-X", "get_x"),
        ("functions.get_x", "get_x"),
        ("get_x<|channel|>commentary", "get_x"),
        (" get_x ", "get_x"),
        ("getx", None),
        ("tools.get_x", None),
        ("", None),
    ],
)
def test_names_in_another_style(name: str, expected: str | None) -> None:
    assert offered_name(name, ["get_x", "other"]) == expected
    assert offered_name("GET_X", ["get_x", "Get_X"]) is None


def test_calls_are_read_from_texts_that_are_nothing_but_calls() -> None:
    assert calls_in('{"name": "a", "arguments": null}') == [("a", "null")]
    assert calls_in("x" * 100_000) == calls_in("{" * 30_000) == calls_in("</function>" * 2000) == []
    assert calls_in('{"name": "a", "arguments": {}, "parameters": {}}') == []
    assert calls_in('{"name": 1, "arguments": {}}') == calls_in("[]") == calls_in("[1]") == calls_in("1") == []
