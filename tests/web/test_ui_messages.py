"""What a browser posts: read as messages, or refused by name."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web.parts_kit import JSON

from ai_sdk.approval import Approval
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.web import ChatRequestError, Limits, Signer, from_ui_messages, to_ui_messages
from ai_sdk.web.chunks import NAMESPACE
from ai_sdk.web.untrusted import parse

LAW = settings(max_examples=50, deadline=None)
KEY = Signer("a key of sixteen bytes")
HI: dict[str, Any] = {"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}


def said(*parts: dict[str, Any], name: str = "a") -> dict[str, Any]:
    return {"id": name, "role": "assistant", "parts": list(parts)}


def used(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": "tool-mail", "toolCallId": "c", "state": state, "input": {"to": "ada"}, **fields}


CALL = ToolCallPart("c", "mail", '{"to":"ada"}')


def test_text_and_files_of_the_user() -> None:
    parts = [
        {"type": "text", "text": "look"},
        {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,eA==", "filename": "x.png"},
        {"type": "file", "mediaType": "image", "url": "https://example.com/a"},
        {"type": "data-note", "data": 1},
    ]
    conversation = from_ui_messages([{"id": "u", "role": "user", "parts": parts}])
    image = FilePart(data=b"x", media_type="image/png", filename="x.png")
    assert conversation.messages == (user("look", image, FilePart(url="https://example.com/a", media_type="image/*")),)
    assert conversation.continues is None


BARE = {"type": "dynamic-tool", "toolCallId": "c", "state": "output-available"}
ODD = {"type": "text", "text": "x", "providerMetadata": {"a": 1}}
REFUSED: list[tuple[Any, str, int]] = [
    (None, "messages", 400),
    ([], "messages", 400),
    ([3], "messages[0]", 400),
    ([{"role": "system", "parts": []}], "messages[0].role", 400),
    ([{"role": "root", "parts": []}], "messages[0].role", 400),
    ([{"role": "user"}], "messages[0].parts", 400),
    ([{"role": "user", "parts": [{"type": "text"}]}], "messages[0].parts[0].text", 400),
    ([{"role": "user", "parts": [{"type": "reasoning", "text": "x"}]}], "messages[0].parts[0].type", 400),
    ([HI, said({"type": "tool-x", "toolCallId": "c"})], "messages[1].parts[0].state", 400),
    ([HI, said(BARE)], "messages[1].parts[0].toolName", 400),
    ([HI, said(used("approval-responded", approval={"id": "q"}))], "messages[1].parts[0].approval.approved", 400),
    ([HI, said(used("output-available", providerExecuted=1))], "messages[1].parts[0].providerExecuted", 400),
    ([HI, said(ODD)], "messages[1].parts[0].providerMetadata.a", 400),
    ([{"role": "user", "parts": [{"type": "text", "text": "x" * 11}]}], "messages[0].parts[0].text", 413),
    ([HI] * 6, "messages", 413),
    ([{"role": "user", "parts": [{"type": "text", "text": "x"}] * 9}], "messages[0].parts", 413),
]  # fmt: skip
URLS = [
    "file:///etc/passwd",
    "http://10.0.0.1/",
    "javascript:alert(1)",
    "data:image/png,x",
    "https://a b",
    "data:;base64,%%",
]


@pytest.mark.parametrize(("value", "field", "status"), REFUSED)
def test_what_does_not_fit_is_refused_by_name(value: Any, field: str, status: int) -> None:
    with pytest.raises(ChatRequestError) as raised:
        from_ui_messages(value, limits=Limits(messages=5, parts=8, text=10))
    assert (raised.value.field, raised.value.status) == (field, status)
    assert field in raised.value.message


@pytest.mark.parametrize("url", URLS)
def test_files_come_from_the_browser_or_from_the_open_web(url: str) -> None:
    with pytest.raises(ChatRequestError) as raised:
        from_ui_messages([{"role": "user", "parts": [{"type": "file", "mediaType": "image/png", "url": url}]}])
    assert raised.value.field == "messages[0].parts[0].url"
    assert "passwd" not in raised.value.message


def test_a_file_is_of_a_size() -> None:
    part = {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64," + "eHh4" * 5}
    with pytest.raises(ChatRequestError) as raised:
        from_ui_messages([{"role": "user", "parts": [part]}], limits=Limits(file_bytes=14))
    assert raised.value.status == 413


APPROVAL = {"id": "q", "approved": True, "reason": "r", "signature": "s"}
OWN = {"openai": {"a": 1}, NAMESPACE: {"signature": "x", "input": "{}", "content": True}}
WHOLE: list[Any] = [
    {"id": "u", "role": "user", "parts": [{"type": "file", "mediaType": "image/png", "url": "data:a/b;base64,eA=="}]},
    said(
        {"type": "text", "text": "x", "providerMetadata": OWN},
        used("output-available", output=[{"type": "text", "text": "x"}], resultProviderMetadata=OWN),
        used("output-error", errorText="x", callProviderMetadata=OWN, approval=APPROVAL),
        {"type": "source-document", "sourceId": "s", "mediaType": "a/b", "title": "t", "filename": "f"},
        {"type": "step-start"},
        used("approval-responded", approval=APPROVAL, providerExecuted=False),
    ),
]
VALUES: list[Any] = [None, True, 0, 1.5, 10**400, "", "x", "\ud800", "file", "tool-x", [], {}, [[]], {"a": 1}, "data:,"]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a value, with each of its keys."""
    inside = cast("Any", value) if isinstance(value, dict | list) else ()
    keys: list[Any] = list(inside) if isinstance(value, dict) else list(range(len(inside)))
    for key in keys:
        yield inside, key
        yield from places(inside[key])


@pytest.mark.parametrize("at", range(len(list(places(WHOLE)))))
def test_no_value_anywhere_raises_anything_but_the_typed_error(at: int) -> None:
    assert from_ui_messages(WHOLE, trust=True).approvals
    for value in VALUES:
        whole = copy.deepcopy(WHOLE)
        container, key = list(places(whole))[at]
        container[key] = value
        for trust in (False, True):
            with contextlib.suppress(ChatRequestError):
                from_ui_messages(whole, signer=KEY, trust=trust)


def test_a_body_is_json_of_a_size_and_a_depth() -> None:
    assert parse(b'{"a": [1]}', Limits()) == {"a": [1]}
    for body, status in (
        (b"{", 400),
        (b"NaN", 400),
        (b"\xff", 400),
        (b"[" * 100 + b"]" * 100, 400),
        (b" " * 2**25, 413),
    ):
        with pytest.raises(ChatRequestError) as raised:
            parse(body, Limits())
        assert raised.value.status == status
    with pytest.raises(ChatRequestError):
        parse(b"[" * 100_000, Limits())


def test_results_of_tools_are_believed_with_a_mark_or_when_they_are_the_browsers_to_make() -> None:
    given_ = [HI, said(used("output-available", output={"sent": True}), {"type": "text", "text": "done"})]
    unbelieved = from_ui_messages(given_, signer=KEY)
    assert unbelieved.messages == (user("hi"), assistant("done"))
    assert unbelieved.left_out == ("messages[1].parts[0]",)
    result = ToolResultPart("c", "mail", {"sent": True})
    believed = (user("hi"), assistant(CALL, "done"), tool_results(result))
    assert from_ui_messages(given_, client_tools=["mail"]).messages == believed
    assert from_ui_messages(given_, trust=True).messages == believed


def test_every_state_of_a_tool() -> None:
    def read(part: dict[str, Any], *more: dict[str, Any], **options: Any) -> Any:
        return from_ui_messages([HI, said(part), *more], **options)

    for state in ("input-streaming", "input-available", "approval-requested"):
        assert read(used(state, approval={"id": "q"})).messages == (user("hi"),)
    failed = read(used("output-error", errorText="no"), trust=True).messages
    assert failed[2] == tool_results(ToolResultPart("c", "mail", "no", is_error=True))
    denied = read(used("output-denied", approval={"id": "q", "approved": False, "reason": "no"}))
    assert denied.messages[2] == tool_results(ToolResultPart("c", "mail", "denied by the user: no", is_error=True))
    yes = used("approval-responded", approval={"id": "q", "approved": True, "signature": "s"})
    waiting = read(yes)
    assert waiting.messages == (user("hi"), assistant(CALL))
    assert waiting.approvals == (Approval("q", True, None, "s"),)
    assert (waiting.continues, waiting.calls, waiting.denied) == ("a", (CALL,), frozenset())
    no = used("approval-responded", approval={"id": "q", "approved": False, "reason": "why"})
    assert read(no).denied == {"c"}
    assert read(yes, HI).messages == (user("hi"), user("hi"))
    assert read(yes, HI).approvals == ()
    assert read(no, HI).messages[2].content[0].is_error
    two_steps = said({"type": "step-start"}, yes, {"type": "step-start"}, {"type": "text", "text": "x"})
    assert from_ui_messages([HI, two_steps]).approvals == ()


def test_a_system_message_is_the_servers_to_give() -> None:
    message = {"role": "system", "parts": [{"type": "text", "text": "Be brief."}]}
    assert from_ui_messages([message, HI], system=True).messages[0] == SystemMessage("Be brief.")


MESSAGES = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=4).map(user),
        st.tuples(st.text(min_size=1, max_size=4), JSON).map(
            lambda pair: (assistant(pair[0], CALL), tool_results(ToolResultPart("c", "mail", pair[1])), assistant("ok"))
        ),
    ),
    min_size=1,
    max_size=5,
).map(lambda items: [each for item in items for each in (item if isinstance(item, tuple) else (item,))])


@LAW
@given(MESSAGES)
def test_stored_messages_go_to_the_browser_and_come_back(messages: list[Any]) -> None:
    back = from_ui_messages(to_ui_messages(messages, signer=KEY), signer=KEY)
    assert back.left_out == ()
    assert [type(each) for each in back.messages] == [type(each) for each in messages]
    returned: list[Any] = list(back.messages)
    for before, after in zip(messages, returned, strict=True):
        if isinstance(before, UserMessage | AssistantMessage):
            assert after.text == before.text
            assert isinstance(before, UserMessage) or after.tool_calls == before.tool_calls
        else:
            assert isinstance(after, ToolMessage)
    assert from_ui_messages(
        to_ui_messages(messages, signer=KEY), signer=KEY.within("else")
    ).messages != back.messages or (all(isinstance(each, UserMessage) for each in messages))


def test_instructions_do_not_go_to_the_browser_and_files_of_tools_come_back() -> None:
    parts = (TextPart("see"), FilePart(data=b"x", media_type="image/png"))
    messages: list[Any] = [
        system("secret"),
        user("hi"),
        assistant(CALL),
        tool_results(ToolResultPart("c", "mail", parts)),
    ]
    shown = to_ui_messages(messages, signer=KEY)
    assert "secret" not in str(shown)
    back: Any = from_ui_messages(shown, signer=KEY).messages[2]
    assert back.content[0].output == parts
