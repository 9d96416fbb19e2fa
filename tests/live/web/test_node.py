"""What is sent, to the reader of the npm package ``ai``; and what it makes of it, back to messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live.web.kit import NodeReader
from web.parts_kit import ANY_PART, bytes_of

from ai_sdk.messages import AssistantMessage, ReasoningPart, ToolCallPart, ToolMessage, ToolResultPart
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.steps import StepStart
from ai_sdk.web import Signer, UIMessageBuilder, UIMessageEncoder, from_ui_messages
from ai_sdk.web.chunks import DONE, Chunk, as_javascript

pytestmark = pytest.mark.live
SLOW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEY = Signer("a key of sixteen bytes")


def encoded(parts: list[Any], **options: Any) -> list[Chunk]:
    encoder = UIMessageEncoder(message_id="m1", **options)
    chunks = [chunk for part in parts for chunk in encoder.encode(part)]
    return chunks + encoder.end()


def built(chunks: list[Chunk]) -> dict[str, Any]:
    builder = UIMessageBuilder()
    for chunk in chunks:
        builder.add(chunk)
    return builder.message


def as_sent(value: Any) -> Any:
    return as_javascript(json.loads(json.dumps(value)))


@SLOW
@given(st.lists(ANY_PART, max_size=12), st.sampled_from([KEY, None]))
def test_any_parts_are_a_stream_that_it_reads_and_we_build_the_same_message(
    node: NodeReader, parts: list[Any], signer: Signer | None
) -> None:
    chunks = encoded(parts, signer=signer)
    ours, theirs = built(chunks), node.read(bytes_of(chunks) + DONE, valid=False)
    for message in (ours, theirs):  # it tells of a step when there is something in it
        while message["parts"] and message["parts"][-1] == {"type": "step-start"}:
            message["parts"].pop()
    for part in theirs["parts"]:
        if part.get("state") == "input-streaming":
            part.pop("input", None)  # a guess at arguments that are not all here
    assert as_sent(ours) == as_sent(theirs)


def test_what_the_page_posts_back_is_believed_and_what_it_changed_is_not(node: NodeReader) -> None:
    parts = [
        StepStart(0),
        ReasoningDelta("hm", "r", {"anthropic": {"signature": "s"}}),
        ToolCallPart("c1", "weather", '{"city": "Oslo", "days": 1.0}', provider_metadata={"openai": {"itemId": "i"}}),
        ToolResultPart("c1", "weather", {"10": 1.0, "2": [None], "a": 10**20}),
        StepStart(1),
        TextDelta("18 degrees"),
    ]
    message = node.read(bytes_of(encoded(parts, signer=KEY)) + DONE)
    conversation = from_ui_messages([message], signer=KEY)
    assert conversation.left_out == ()
    first, results, last = conversation.messages
    assert isinstance(first, AssistantMessage)
    assert isinstance(results, ToolMessage)
    reasoning, call = first.content
    assert isinstance(reasoning, ReasoningPart)
    assert reasoning.provider_metadata == {"anthropic": {"signature": "s"}}
    assert call == parts[2]
    (result,) = results.content
    assert result.output == {"10": 1, "2": (None,), "a": 10**20}
    assert isinstance(last, AssistantMessage)
    assert last.text == "18 degrees"
    message["parts"][2]["output"]["a"] = 1
    message["parts"][1]["providerMetadata"]["anthropic"]["signature"] = "t"
    changed = from_ui_messages([message], signer=KEY)
    assert changed.left_out == ("messages[0].parts[1].providerMetadata", "messages[0].parts[2]")


def test_a_stream_that_breaks_the_protocol_is_refused_by_the_reader_and_so_the_law_can_fail(node: NodeReader) -> None:
    for wrong in ({"type": "text-delta", "id": "1", "delta": "x"}, {"type": "tool-output-error", "toolCallId": "c"}):
        assert "error" in node.ask(bytes_of([wrong]) + DONE)
