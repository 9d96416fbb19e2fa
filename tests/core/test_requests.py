"""Requests beside their laws: freezing, and the small classes in them."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart, user
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    JSONFormat,
    LanguageRequest,
    ProviderTool,
    RerankRequest,
    SpecificTool,
    SpeechRequest,
    ToolDefinition,
    TranscriptionRequest,
    VideoRequest,
    changed,
)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)
CHANGES = ("clear", "pop", "popitem", "setdefault", "update", "__setitem__", "__delitem__", "__ior__")


@settings(deadline=None, max_examples=80)
@given(JSON)
def test_freezing_is_deep_and_keeps_the_value(value: Any) -> None:
    frozen = freeze(value)
    assert json.dumps(frozen) == json.dumps(value)
    assert freeze(frozen) == frozen
    assert hash(frozen) == hash(freeze(copy.deepcopy(value)))
    assert pickle.loads(pickle.dumps(frozen)) == frozen
    assert copy.deepcopy(frozen) == copy.copy(frozen) == frozen
    if isinstance(value, dict):
        for change in CHANGES:
            with pytest.raises(TypeError, match="immutable"):
                getattr(frozen, change)("a")


def test_freezing_odd_things() -> None:
    marker = object()
    assert freeze(marker) is marker
    assert freeze({}) is EMPTY
    assert freeze(MappingProxyType({})) is EMPTY
    assert freeze(MappingProxyType({"a": [1]})) == {"a": (1,)}
    assert freeze(bytearray(b"a")) == b"a"
    assert freeze(memoryview(b"a")) == b"a"
    assert freeze("abc") == "abc"
    assert freeze(range(2)) == (0, 1)
    assert freeze({"a": {"b": [1]}})["a"]["b"] == (1,)
    same = freeze({"a": 1})
    assert freeze(same) is same
    assert hash(same) == hash(same)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_every_request_is_a_frozen_value(options: dict[str, Any], texts: list[str]) -> None:
    common: dict[str, Any] = {"provider_options": options, "headers": {"a": "b"}}
    makers: list[tuple[Any, dict[str, Any]]] = [
        (LanguageRequest, {"messages": [user(text) for text in texts], "stop": texts}),
        (EmbeddingRequest, {"values": texts}),
        (ImageRequest, {"prompt": "a", "files": [FilePart(data=b"x")]}),
        (SpeechRequest, {"text": "a"}),
        (TranscriptionRequest, {"audio": bytearray(b"x")}),
        (RerankRequest, {"query": "a", "documents": [*texts, options]}),
        (VideoRequest, {"prompt": "a", "image": FilePart(data=b"x")}),
    ]
    for make, arguments in makers:
        request, same = make(**arguments, **common), make(**arguments, **common)
        assert request == same
        assert hash(request) == hash(same)
        assert pickle.loads(pickle.dumps(request)) == request
        assert replace(request) == request
        assert replace(request, headers={"a": "c"}) != request
        assert isinstance(request.provider_options, FrozenDict)
        with pytest.raises(AttributeError):
            request.headers = {}


def test_defaults_cost_no_copy() -> None:
    request = LanguageRequest(messages=())
    assert request.headers is request.provider_options is EMPTY
    assert (request.stop, request.tools) == ((), ())


def test_a_range_is_named_in_the_error() -> None:
    with pytest.raises(InvalidRequestError, match=r"top_p is 1\.5; allowed is a number from 0 to 1") as caught:
        LanguageRequest(messages=(), top_p=1.5)
    assert caught.value.field == "top_p"
    with pytest.raises(InvalidRequestError, match="n is 0; allowed is a number at least 1"):
        ImageRequest(prompt="a", n=0)
    assert LanguageRequest(messages=(), top_p=1, temperature=0).top_p == 1


def test_an_element_is_named_in_the_error() -> None:
    bad: Any = ["a", 5]
    with pytest.raises(InvalidRequestError, match=r"values\[1\] is a int; allowed are strings") as caught:
        EmbeddingRequest(values=bad)
    assert caught.value.field == "values[1]"


def test_a_long_value_is_not_quoted_whole() -> None:
    bad: Any = "x" * 10_000
    with pytest.raises(InvalidRequestError) as caught:
        LanguageRequest(messages=(), temperature=bad)
    assert len(str(caught.value)) < 200


def test_tools_and_formats() -> None:
    schema: Any = {"type": "object", "properties": {"a": {"enum": ["b"]}}}
    tool = ToolDefinition("look", "Look.", schema, True)
    schema["properties"]["a"]["enum"].append("c")
    assert tool.input_schema["properties"]["a"]["enum"] == ("b",)
    assert ToolDefinition("look").input_schema == {"type": "object", "properties": {}}
    assert ProviderTool("groq.browser_search").name == "browser_search"
    assert ProviderTool("plain", freeze({"a": 1})).name == "plain"
    assert JSONFormat().schema is None
    assert hash(JSONFormat(schema)) == hash(JSONFormat(copy.deepcopy(schema)))
    for choice in ("auto", "none", "required", SpecificTool("look")):
        assert LanguageRequest(messages=(), tools=(tool,), tool_choice=choice).tool_choice == choice


def test_what_is_long_or_secret_is_not_in_a_repr() -> None:
    assert "xyz" not in repr(TranscriptionRequest(audio=b"xyz"))
    assert "headers" not in repr(LanguageRequest(messages=(), headers=freeze({"a": "b"})))


@given(st.sampled_from([LanguageRequest, EmbeddingRequest, SpeechRequest]), st.data())
def test_changed_is_replace(kind: Any, data: st.DataObject) -> None:
    needed: dict[str, Any] = {"messages": (user("hi"),), "values": ("a",), "text": "a"}
    request = kind(**{each.name: needed[each.name] for each in fields(kind) if each.name in needed})
    values: dict[str, Any] = {
        "headers": {"A": "b"},
        "provider_options": {"x": [1]},
        "layer_options": {"cache": {"mode": "off"}},
        "stream": True,
        "seed": 7,
        "dimensions": 3,
        "stop": ["x"],
        "speed": 2.0,
    }
    allowed = [name for name in values if name in {each.name for each in fields(kind)}]
    names = data.draw(st.lists(st.sampled_from(allowed), unique=True))
    changes = {name: values[name] for name in names}
    before = hash(request)
    assert changed(request, **changes) == replace(request, **changes)
    assert hash(changed(request, **changes)) == hash(replace(request, **changes))
    assert hash(request) == before
    back = {each.name: getattr(request, each.name) for each in fields(kind)}
    assert changed(changed(request, **changes), **back) == request


def test_changed_refuses_what_a_request_refuses() -> None:
    request = LanguageRequest(messages=(user("hi"),))
    with pytest.raises(InvalidRequestError, match="temperature"):
        changed(request, temperature=-1)
    with pytest.raises(InvalidRequestError, match="messages"):
        changed(request, messages="hi")
    with pytest.raises(TypeError, match="voice"):
        changed(request, voice="x")
