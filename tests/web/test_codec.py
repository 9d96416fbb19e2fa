"""Parts to events and back, at any split of the bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web.parts_kit import ANY_PART, MODEL_PART, bytes_of, result_of

from ai_sdk.approval import ApprovalRequest
from ai_sdk.errors import InvalidRequestError, MalformedEventError, ServerError, StreamError, TruncatedStreamError
from ai_sdk.messages import FilePart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.results import Usage
from ai_sdk.steps import StepStart
from ai_sdk.web import DataPart, MessageMetadata, Signer, StepReset, UIMessageDecoder, UIMessageEncoder
from ai_sdk.web.chunks import DONE, NAMESPACE, Chunk, as_javascript, canonical, dumps, plain

LAW = settings(max_examples=50, deadline=None)
Encoder = Callable[..., UIMessageEncoder]


def encoded(parts: list[Any], **options: Any) -> list[Chunk]:
    encoder = UIMessageEncoder(**options)
    chunks = [chunk for part in parts for chunk in encoder.encode(part)]
    return chunks + encoder.end()


def types(chunks: list[Chunk]) -> list[str]:
    return [chunk["type"] for chunk in chunks]


def decoded(data: bytes, cuts: list[int] | None = None) -> list[Any]:
    decoder = UIMessageDecoder()
    ends = sorted({min(cut, len(data)) for cut in cuts or []} | {len(data)})
    parts: list[Any] = []
    start = 0
    for end in ends:
        parts += decoder.feed(data[start:end])
        start = end
    return parts + decoder.end()


def faults(chunks: list[Chunk]) -> list[str]:
    """What breaks the order of the protocol."""
    found: list[str] = []
    open_blocks: set[tuple[str, str]] = set()
    calls: set[str] = set()
    inputs: set[str] = set()
    in_step = False
    kinds = types(chunks)
    if kinds[:1] != ["start"] or kinds.count("start") != 1:
        found.append("one start, first")
    if kinds[-1] not in ("finish", "error", "abort"):
        found.append("one end, last")
    for chunk in chunks:
        kind: str = chunk["type"]
        name, _, event = kind.partition("-")
        if kind == "start-step":
            found += ["a step in a step"] if in_step else []
            in_step = True
            inputs.clear()
        elif kind == "finish-step":
            found += [] if in_step and not open_blocks else ["a step ends that is not open, or with open blocks"]
            in_step = False
        elif name in ("text", "reasoning") and event in ("start", "delta", "end"):
            block = name, chunk["id"]
            if (block in open_blocks) == (event == "start"):
                found.append(f"{kind} of {chunk['id']}")
            open_blocks = open_blocks | {block} if event == "start" else open_blocks
            open_blocks = open_blocks - {block} if event == "end" else open_blocks
        elif kind == "tool-input-start":
            inputs.add(chunk["toolCallId"])
        elif kind in ("tool-input-available", "tool-input-error"):
            calls.add(chunk["toolCallId"])
        elif kind == "tool-input-delta" and chunk["toolCallId"] not in inputs:
            found.append("a delta of an input that has not begun")
        elif kind.startswith("tool-") and kind != "tool-input-delta" and chunk["toolCallId"] not in calls:
            found.append(f"{kind} without a call")
    return found + (["open blocks at the end"] if open_blocks else [])


def law_of_order(make: Encoder, parts: list[Any]) -> None:
    encoder = make()
    chunks = [chunk for part in parts for chunk in encoder.encode(part)] + encoder.end()
    assert faults(chunks) == []
    assert encoder.encode(TextDelta("late")) == encoder.end() == encoder.fail(ServerError("x")) == []


@LAW
@given(st.lists(ANY_PART, max_size=15))
def test_any_parts_give_a_stream_in_the_order_of_the_protocol(parts: list[Any]) -> None:
    law_of_order(UIMessageEncoder, parts)


class _NoEnds(UIMessageEncoder):
    def _close_blocks(self) -> None:
        self._blocks.clear()


class _NoCalls(UIMessageEncoder):
    def _known(self, call: ToolCallPart) -> None:
        self._calls[call.id] = call


@pytest.mark.parametrize("wrong", [_NoEnds, _NoCalls])
def test_the_law_of_order_rejects_wrong_encoders(wrong: Encoder) -> None:
    with pytest.raises(AssertionError):
        law_of_order(wrong, [TextDelta("a"), ToolResultPart("c", "t", 1)])


@LAW
@given(st.lists(ANY_PART, max_size=15), st.integers(0, 15), st.sampled_from(["fail", "abort"]))
def test_a_stream_that_is_cut_short_is_in_order_too(parts: list[Any], at: int, how: str) -> None:
    encoder = UIMessageEncoder()
    chunks = [chunk for part in parts[:at] for chunk in encoder.encode(part)]
    chunks += encoder.fail(ServerError("secret")) if how == "fail" else encoder.abort("stopped")
    assert faults(chunks) == []
    with pytest.raises(StreamError) as raised:
        decoded(bytes_of(chunks) + DONE)
    assert "secret" not in str(raised.value)


@LAW
@given(st.lists(ANY_PART, max_size=10), st.lists(st.integers(0, 3000), max_size=8))
def test_how_the_bytes_are_split_changes_nothing(parts: list[Any], cuts: list[int]) -> None:
    data = bytes_of(encoded(parts)) + DONE
    assert repr(decoded(data, cuts)) == repr(decoded(data))
    every = list(range(len(data)))
    assert repr(decoded(data, every)) == repr(decoded(data))


def said_by(result: ToolResultPart) -> str:
    return str(result.output)


def named(result: ToolResultPart) -> str:
    return f"{result.name} is down"


def sent(value: Any) -> Any:
    return as_javascript(plain(value))


@LAW
@given(st.lists(MODEL_PART.filter(lambda part: not isinstance(part, Finish)), max_size=10))
def test_what_a_model_said_comes_back_the_same(parts: list[Any]) -> None:
    """One answer: whatever it is, but for what no browser can be told."""
    shown = UIMessageEncoder(tool_error_text=said_by)
    chunks = [chunk for part in parts for chunk in shown.encode(part)] + shown.end()
    before, after = (
        result_of(parts).content,
        result_of([part for part in decoded(bytes_of(chunks)) if not isinstance(part, StepStart)]).content,
    )
    known: set[str] = set()
    wanted: list[Any] = []
    for part in before:
        if isinstance(part, ToolResultPart) and part.id not in known:
            wanted.append(("tool-call", part.id))
        if isinstance(part, ToolCallPart | ToolResultPart):
            known.add(part.id)
        if not (isinstance(part, TextPart) and not part.text):
            wanted.append((part.type, getattr(part, "id", None)))
    found = [(part.type, getattr(part, "id", None)) for part in after]
    kept = [each for each in wanted if each[0] not in ("text", "reasoning")]
    assert [each for each in found if each[0] not in ("text", "reasoning")] == kept
    texts = [part.text for part in before if isinstance(part, TextPart) and part.text]
    assert [part.text for part in after if isinstance(part, TextPart) and part.text] == texts
    calls = {part.id: part for part in before if isinstance(part, ToolCallPart)}
    for part in after:
        if isinstance(part, ToolCallPart) and part.id in calls and part.input == calls[part.id].input:
            assert part.name == calls[part.id].name


def test_every_part_has_its_events() -> None:
    call = ToolCallPart("c", "weather", '{"city":"Oslo"}')
    parts = [
        StepStart(0), ReasoningDelta("hm", "r"), TextDelta("a", "t"), TextDelta("b", "t"),
        ToolInputDelta("c", "weather", ""), ToolInputDelta("c", "weather", "{"), call, ApprovalRequest("q", call, "ab"),
        ToolResultPart("c", "weather", 18), SourcePart("s", "https://example.com"), SourcePart("d", title="A book"),
        FilePart(data=b"x", media_type="image/png"), DataPart("note", 1, "n", transient=True),
        MessageMetadata({"model": "m"}), StepReset(), Finish("stop", Usage()),
    ]  # fmt: skip
    assert encoded(parts, message_id="m") == [
        {"type": "start", "messageId": "m"},
        {"type": "start-step"},
        {"type": "reasoning-start", "id": "r"},
        {"type": "reasoning-delta", "id": "r", "delta": "hm"},
        {"type": "text-start", "id": "t"},
        {"type": "text-delta", "id": "t", "delta": "a"},
        {"type": "text-delta", "id": "t", "delta": "b"},
        {"type": "tool-input-start", "toolCallId": "c", "toolName": "weather"},
        {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": "{"},
        {"type": "tool-input-available", "toolCallId": "c", "toolName": "weather", "input": {"city": "Oslo"}},
        {"type": "tool-approval-request", "approvalId": "q", "toolCallId": "c", "signature": "ab"},
        {"type": "tool-output-available", "toolCallId": "c", "output": 18},
        {"type": "source-url", "sourceId": "s", "url": "https://example.com"},
        {"type": "source-document", "sourceId": "d", "mediaType": "application/octet-stream", "title": "A book"},
        {"type": "file", "url": "data:image/png;base64,eA==", "mediaType": "image/png"},
        {"type": "data-note", "id": "n", "transient": True, "data": 1},
        {"type": "message-metadata", "messageMetadata": {"model": "m"}},
        {"type": "reset-step"},
        {"type": "finish-step"},
        {"type": "finish", "finishReason": "stop"},
    ]


def test_what_is_not_for_the_browser_stays_here() -> None:
    parts = [ReasoningDelta("secret"), SourcePart("s", "https://intern"), ToolResultPart("c", "t", "key sk-1", True)]
    chunks = encoded(parts, reasoning=False, sources=False)
    assert "secret" not in str(chunks)
    assert "intern" not in str(chunks)
    assert [chunk["errorText"] for chunk in chunks if chunk["type"] == "tool-output-error"] == ["The tool failed."]
    mapped = encoded(parts, tool_error_text=named)
    assert "t is down" in str(mapped)
    assert UIMessageEncoder(error_text=lambda error: type(error).__name__).fail(ServerError("sk-1"))[-1] == {
        "type": "error",
        "errorText": "ServerError",
    }


def test_a_message_goes_on_with_calls_that_it_has_and_shows_what_was_denied() -> None:
    known = [ToolCallPart("c", "mail", "{}"), ToolCallPart("d", "mail", "{}")]
    parts = [ToolResultPart("c", "mail", "sent"), ToolResultPart("d", "mail", "denied", True)]
    chunks = encoded(parts, message_id="m", known=known, denied={"d"})
    assert types(chunks) == ["start", "tool-output-available", "tool-output-denied", "finish"]


def test_metadata_of_the_message_are_asked_for_with_each_part() -> None:
    def metadata(part: Any) -> Any:
        return {"tokens": part.usage.total_tokens} if isinstance(part, Finish) else None

    chunks = encoded([TextDelta("a"), Finish("stop", Usage(1, 2))], metadata=metadata)
    assert [chunk for chunk in chunks if chunk["type"] == "message-metadata"] == [
        {"type": "message-metadata", "messageMetadata": {"tokens": 3}}
    ]
    with pytest.raises(InvalidRequestError, match="allowed is a mapping"):
        encoded([TextDelta("a")], metadata=lambda _part: 3)  # pyright: ignore[reportUnknownLambdaType]
    with pytest.raises(InvalidRequestError, match="a data part is named"):
        DataPart("a b", 1)


@LAW
@given(st.text(max_size=5), st.text(max_size=5))
def test_a_mark_is_of_one_key_one_scope_and_one_value(one: str, other: str) -> None:
    signer = Signer("k" * 16, scope="chat")
    mark = signer.sign("result", one)
    assert signer.knows(mark, "result", one)
    assert signer.knows(mark, "result", other) == (one == other)
    assert not signer.knows(mark, "text", one)
    assert not signer.within("other").knows(mark, "result", one)
    assert not Signer("K" * 16, scope="chat").knows(mark, "result", one)
    assert not signer.knows(None, "result", one)
    assert "kkkk" not in repr(signer)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="15 bytes; allowed are 16 or more"):
        Signer("k" * 15)


@LAW
@given(st.recursive(st.integers() | st.floats(allow_nan=False) | st.booleans(), st.lists, max_leaves=5))
def test_a_number_is_the_same_however_it_is_written(value: Any) -> None:
    assert canonical(json.loads(dumps(sent(value)))) == canonical(value)
    assert canonical(1.0) == canonical(1) != canonical(True)


def test_broken_and_foreign_streams() -> None:
    start = b'data: {"type":"start"}\n\n'
    with pytest.raises(TruncatedStreamError):
        decoded(start)
    for wrong in (b"data: {\n\n", b'data: {"type":"text-delta"}\n\n', b"data: 3\n\n", b'data: {"type":"data-a b"}\n\n'):
        with pytest.raises(MalformedEventError):
            decoded(start + wrong)
    finish = b'data: {"type":"finish","finishReason":"interrupted"}\n\n'
    assert decoded(b': hi\n\ndata: {"type":"new-thing"}\n\n' + finish) == [Finish("other", Usage(), "interrupted")]
    own = {"type": "text-end", "id": "", "providerMetadata": {NAMESPACE: {"signature": "x"}}}
    assert decoded(bytes_of([own]) + finish)[0].type == "finish"
