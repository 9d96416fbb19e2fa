"""Messages, the content in them, prompt sugar, and plain dicts."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SourcePart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
    assistant,
    message_from_dict,
    message_to_dict,
    system,
    to_messages,
    tool_results,
    user,
)

_TEXT = st.text(max_size=5)
_SOME = st.one_of(st.none(), _TEXT)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(["content", "type", "output"]), _TEXT), inner, max_size=3),
    ),
    max_leaves=6,
)
_OPTIONS = st.dictionaries(_TEXT, st.dictionaries(_TEXT, _JSON, max_size=2), max_size=2).map(freeze)
_TEXTS = st.builds(TextPart, _TEXT, _OPTIONS)
_FILES = st.one_of(
    st.builds(FilePart, data=st.binary(max_size=6), media_type=_TEXT, filename=_SOME, provider_metadata=_OPTIONS),
    st.builds(FilePart, url=_TEXT, media_type=_TEXT, filename=_SOME, provider_metadata=_OPTIONS),
)
_OUTPUTS = st.one_of(_JSON, st.lists(st.one_of(_TEXTS, _FILES), min_size=1, max_size=3).map(tuple))
_RESULTS = st.builds(ToolResultPart, _TEXT, _TEXT, _OUTPUTS, st.booleans(), st.booleans(), _OPTIONS)
_CALLS = st.builds(ToolCallPart, _TEXT, _TEXT, _TEXT, st.booleans(), _OPTIONS)
_SOURCES = st.builds(SourcePart, _TEXT, _SOME, _SOME, _SOME, _SOME, _OPTIONS)
_REASONING = st.builds(ReasoningPart, _TEXT, _OPTIONS)
_ANSWERS = st.one_of(_TEXTS, _REASONING, _FILES, _CALLS, _RESULTS, _SOURCES)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(SystemMessage, _TEXT, _OPTIONS),
    st.builds(UserMessage, st.lists(st.one_of(_TEXTS, _FILES), max_size=3).map(tuple), _SOME, _OPTIONS),
    st.builds(AssistantMessage, st.lists(_ANSWERS, max_size=3).map(tuple), _OPTIONS),
    st.builds(ToolMessage, st.lists(_RESULTS, max_size=3).map(tuple), _OPTIONS),
)


@settings(deadline=None, max_examples=150)
@given(MESSAGES)
def test_a_message_survives_plain_data(message: Message) -> None:
    plain = json.loads(json.dumps(message_to_dict(message)))
    again = message_from_dict(plain)
    assert again == message
    assert type(again) is type(message)
    assert message_to_dict(again) == plain
    assert to_messages(messages=[plain]) == (message,)


@settings(deadline=None, max_examples=60)
@given(MESSAGES)
def test_a_message_is_a_value(message: Message) -> None:
    assert pickle.loads(pickle.dumps(message)) == message
    assert copy.deepcopy(message) == message
    assert hash(copy.deepcopy(message)) == hash(message)
    with pytest.raises(AttributeError):
        message.provider_options = freeze({})  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def test_a_tool_result_that_looks_like_parts_stays_data() -> None:
    outputs: list[Any] = [{"content": ["a"]}, {"content": "text"}, {"type": "text", "text": "a"}, [], ()]
    for output in outputs:
        message = tool_results(ToolResultPart("c", "look", output))
        assert message_from_dict(message_to_dict(message)) == message


def test_a_tool_result_of_parts_nests_them() -> None:
    picture = FilePart(data=b"\x00\xff", media_type="image/png")
    message = tool_results(ToolResultPart("c", "look", [TextPart("see"), picture]))
    plain = message_to_dict(message)
    assert plain["content"][0]["content"] == [
        {"type": "text", "text": "see"},
        {"type": "file", "data": "AP8=", "media_type": "image/png"},
    ]
    assert message_from_dict(plain) == message


def test_helpers() -> None:
    picture = FilePart(url="https://a.example/b.png")
    assert user("a", picture, name="ann", groq={"x": 1}) == UserMessage(
        (TextPart("a"), picture), "ann", freeze({"groq": {"x": 1}})
    )
    assert system("be kind", groq={}).content == "be kind"
    call = ToolCallPart("c", "look", "{}")
    said = assistant("a", ReasoningPart("hm"), "b", call)
    assert said.text == "ab"
    assert said.tool_calls == (call,)
    assert user("a", picture, "b").text == "ab"
    assert tool_results(ToolResultPart("c", "look", 1)).content[0].output == 1


def test_prompt_sugar() -> None:
    picture = FilePart(data=b"x", media_type="image/png")
    assert to_messages("hi") == (user("hi"),)
    assert to_messages(["look", picture, TextPart("!")]) == (user("look", picture, "!"),)
    assert to_messages(messages=[user("a")]) == (user("a"),)
    conversation = to_messages("c", [{"role": "user", "content": "a"}, assistant("b")], "be kind")
    assert conversation == (SystemMessage("be kind"), user("a"), assistant("b"), user("c"))
    assert to_messages("hi", system="") == (SystemMessage(""), user("hi"))


@pytest.mark.parametrize("arguments", [(), (None, []), ([],), ((), None)])
def test_nothing_to_answer(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidRequestError, match="nothing to answer") as caught:
        to_messages(*arguments)
    assert caught.value.field == "prompt"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"role": "robot", "content": ""}, "role", "'robot'; allowed are system, user, assistant and tool"),
        ({"role": "system", "content": ["a"]}, "content", "a string in a system message"),
        ({"role": "tool", "content": "a"}, "content", r"tool-result\) in a tool message"),
        ({"role": "tool", "content": ["a"]}, "content", "'text'; allowed are tool-result"),
        ({"role": "user", "content": [{"type": "tool-call"}]}, "content", "'tool-call'; allowed are text, file"),
        ({"role": "user", "content": [ToolCallPart("c", "t", "")]}, "content", "'tool-call'; allowed are text, file"),
        ({"role": "user", "content": [5]}, "content", "type None"),
        ({"role": "user", "content": [{"type": "text", "text": 5}]}, "text", "is a int"),
        ({"role": "user", "content": [{"type": "text", "text": None}]}, "content", "text"),
        ({"role": "user", "content": [{"type": "file", "data": "?"}]}, "data", "base64"),
        ({"role": "user", "content": [{"type": "file"}]}, "data", "exactly one"),
        ({"role": "user", "content": "a", "tool_calls": []}, "tool_calls", "allowed are role, content"),
        ({"role": "assistant", "content": "a", "name": "x"}, "name", "has no 'name'"),
        ({"role": "user", "content": "a", "provider_options": 5}, "provider_options", "by provider"),
    ],
)
def test_a_dict_that_is_no_message(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words) as caught:
        message_from_dict(given)
    assert caught.value.field == field
    with pytest.raises(InvalidRequestError, match=r"messages\[1\]") as caught:
        to_messages(messages=[user("a"), given])
    assert caught.value.field == "messages[1]"


def test_dicts_may_hold_parts_and_bytes() -> None:
    picture = FilePart(data=b"x", media_type="image/png")
    given = {"role": "user", "content": ["a", picture, {"type": "file", "data": b"y"}], "name": None}
    assert message_from_dict(given) == user("a", picture, FilePart(data=b"y"))


def test_files() -> None:
    picture = FilePart(data=b"\x89PNG", media_type="image/png")
    assert picture.base64 == base64.b64encode(b"\x89PNG").decode()
    assert picture.data_url == f"data:image/png;base64,{picture.base64}"
    assert FilePart.from_url(picture.data_url) == picture
    assert FilePart.from_url(picture.data_url, media_type="image/*").media_type == "image/*"
    far = FilePart.from_url("https://a.example/b.pdf?x=1")
    assert (far.url, far.media_type, far.data, far.base64) == (
        "https://a.example/b.pdf?x=1",
        "application/pdf",
        None,
        "",
    )
    assert far.data_url == far.url
    assert FilePart.from_url("https://a.example/b").media_type == "image/*"
    assert FilePart.from_url("data:;base64,aGk=") == FilePart(data=b"hi", media_type="text/plain")
    assert "PNG" not in repr(picture)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=20))
def test_a_data_url_gives_its_bytes_back(data: bytes) -> None:
    assert FilePart.from_url(FilePart(data=data, media_type="a/b").data_url) == FilePart(data=data, media_type="a/b")


@pytest.mark.parametrize("url", ["data:text/plain,hi", "data:image/png;base64", "data:image/png;base64,?"])
def test_a_bad_data_url(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="base64") as caught:
        FilePart.from_url(url)
    assert caught.value.field == "url"


def test_a_file_is_bytes_or_a_url() -> None:
    with pytest.raises(InvalidRequestError, match="exactly one"):
        FilePart()
    with pytest.raises(InvalidRequestError, match="exactly one"):
        FilePart(data=b"", url="")


def test_a_file_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    assert FilePart.from_path(path) == FilePart(data=b"x", media_type="image/png", filename="a.png")
    assert FilePart.from_path(str(path), media_type="image/webp").media_type == "image/webp"
    odd = tmp_path / "odd.zzzz"
    odd.write_bytes(b"")
    assert FilePart.from_path(odd).media_type == "application/octet-stream"


def test_arguments() -> None:
    assert ToolCallPart("c", "look", '{"a": [1]}').arguments() == {"a": [1]}
    assert ToolCallPart("c", "look", " \n").arguments() == {}
    with pytest.raises(InvalidToolInputError, match="not valid JSON"):
        ToolCallPart("c", "look", '{"a"').arguments()
    with pytest.raises(InvalidToolInputError, match="JSON object, not list"):
        ToolCallPart("c", "look", "[]").arguments()
