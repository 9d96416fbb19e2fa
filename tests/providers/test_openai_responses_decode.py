"""What comes back from the Responses API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses_kit import COMPLETED, USAGE, decoder, done, message, ours, read, response, whole

from ai_sdk.messages import ReasoningPart, SourcePart, TextPart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.results import CallWarning, Usage, fold_language


def test_a_whole_answer() -> None:
    result = whole(message("Hello", phase="final_answer"), usage=USAGE, service_tier="default")
    assert result.text == "Hello"
    assert ours(result.content[0]) == {"id": "msg_1", "phase": "final_answer"}
    assert result.usage == Usage(10, 6, 4, 2, 5)
    assert result.usage.raw == USAGE | {name: USAGE[name] for name in USAGE}
    assert (result.finish_reason, result.raw_finish_reason) == ("stop", "completed")
    assert (result.response.id, result.response.model, result.response.timestamp) == ("resp_1", "gpt-5", 17.0)
    assert result.provider_metadata == {"openai": {"service_tier": "default"}}


@pytest.mark.parametrize(
    ("fields", "reason", "raw"),
    [
        ({}, "stop", "completed"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
            "max_output_tokens",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "content-filter",
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": {"reason": "whim"}}, "other", "whim"),
        ({"status": "cancelled"}, "other", "cancelled"),
        ({"status": None}, "stop", None),
    ],
)
def test_finish_reasons(fields: dict[str, Any], reason: str, raw: str | None) -> None:
    result = whole(message("x"), **fields)
    assert (result.finish_reason, result.raw_finish_reason) == (reason, raw)


def test_an_answer_in_the_background_is_not_finished() -> None:
    result = whole(status="queued")
    assert (result.finish_reason, result.raw_finish_reason) == ("other", "queued")
    assert [warning.feature for warning in result.warnings] == ["background"]


def test_unknown_usage_is_not_zero() -> None:
    assert whole(message("x"), usage=None).usage == Usage()


def test_a_stream_gives_text_as_it_arrives_and_what_belongs_to_it() -> None:
    item = message("Hello", id="msg_1")
    parts = read(
        {"type": "response.created", "response": response(status="in_progress")},
        {"type": "response.in_progress", "response": response(status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hel"},
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "lo"},
        {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Hello"},
        {"type": "response.of_next_year", "anything": [1]},
        *done(item),
        COMPLETED,
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "late"},
        warnings=[CallWarning("other", "x", "y")],
    )
    assert [part.type for part in parts] == [
        "stream-start",
        "response-metadata",
        "text-delta",
        "text-delta",
        "finish",
    ]
    assert fold_language(parts).text == "Hello"
    assert ours(parts[2]) == {"id": "msg_1"}


def test_an_event_may_have_its_type_in_the_frame_alone() -> None:
    reader = decoder()
    reader.event(b'{"output_index":0,"content_index":0,"delta":"x"}', "response.output_text.delta")
    parts = reader.event(json.dumps({"response": response()}).encode(), "response.completed")
    assert isinstance(parts[-1], Finish)
    assert reader.over


def test_what_is_only_in_the_last_event_counts() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": "{}"}
    parts = read(
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hello"},
        *done(message("Hello")),
        {"type": "response.completed", "response": response(message("Hello"), call)},
    )
    result = fold_language(parts)
    assert result.text == "Hello"
    assert [each.id for each in result.tool_calls] == ["call_1"]
    assert result.finish_reason == "tool-calls"


def test_calls_are_previewed_and_given_as_soon_as_they_are_complete() -> None:
    calls = [
        {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": "weather", "arguments": '{"n": 1}'}
        for n in range(2)
    ]
    events: list[Any] = []
    for place, call in enumerate(calls):
        events.append({"type": "response.output_item.added", "output_index": place, "item": {**call, "arguments": ""}})
        events += [
            {"type": "response.function_call_arguments.delta", "output_index": place, "delta": delta}
            for delta in ('{"n"', ": 1}")
        ]
        events += done(call, first=place)
    parts = read(*events, COMPLETED)
    assert [part.type for part in parts[:8]] == [*["tool-input-delta"] * 3, "tool-call"] * 2
    previews = [part for part in parts if isinstance(part, ToolInputDelta)]
    assert [(each.id, each.name, each.delta) for each in previews[:3]] == [
        ("call_0", "weather", ""),
        ("call_0", "weather", '{"n"'),
        ("call_0", "weather", ": 1}"),
    ]
    whole_calls = [part for part in parts if isinstance(part, ToolCallPart)]
    assert [(each.id, each.input, ours(each)) for each in whole_calls] == [
        ("call_0", '{"n": 1}', {"id": "fc_0"}),
        ("call_1", '{"n": 1}', {"id": "fc_1"}),
    ]
    finish = parts[-1]
    assert isinstance(finish, Finish)
    assert finish.reason == "tool-calls"
    assert not any(isinstance(part, ToolInputDelta) for part in read(*events, previews=False))


def test_a_call_that_is_not_streamed_is_previewed_whole() -> None:
    call = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "math", "input": "3**3"}
    parts = read({"type": "response.output_item.added", "output_index": 0, "item": {**call, "input": ""}}, *done(call))
    assert [getattr(part, "delta", None) for part in parts] == ["", None]
    (result,) = [part for part in parts if isinstance(part, ToolCallPart)]
    assert (result.input, ours(result)) == ("3**3", {"id": "ctc_1", "type": "custom"})


def test_reasoning_has_a_block_for_each_summary_and_its_encrypted_content() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "encrypted_content": "secret",
        "summary": [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}],
    }
    delta = {"type": "response.reasoning_summary_text.delta", "output_index": 0, "item_id": "rs_1"}
    streamed = fold_language(
        read(
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "summary": []}},
            {**delta, "summary_index": 0, "delta": "One."},
            {**delta, "summary_index": 1, "delta": "Two."},
            *done(item),
        )
    )
    assert streamed.content == whole(item).content
    first, second = streamed.content
    assert isinstance(first, ReasoningPart)
    assert (first.text, ours(first)) == ("One.", {"id": "rs_1", "encrypted_content": "secret"})
    assert ours(second) == {"id": "rs_1"}


def test_reasoning_without_a_word_is_kept_for_the_next_turn() -> None:
    (part,) = whole({"type": "reasoning", "id": "rs_1", "summary": []}).content
    assert part == ReasoningPart("", {"openai": {"id": "rs_1"}})


def test_reasoning_that_is_shown() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
    streamed = fold_language(
        read(
            {"type": "response.reasoning_text.delta", "item_id": "rs_1", "content_index": 0, "delta": "Hm."},
            *done(item),
        )
    )
    assert streamed.reasoning == whole(item).reasoning == "Hm."
    assert ours(whole(item).content[0]) == {"id": "rs_1", "type": "reasoning_text"}


def test_a_refusal_is_text_that_says_so() -> None:
    refused = {"type": "message", "id": "msg_1", "content": [{"type": "refusal", "refusal": "No."}]}
    streamed = fold_language(
        read({"type": "response.refusal.delta", "output_index": 0, "content_index": 0, "delta": "No."}, *done(refused))
    )
    assert streamed.text == "No."
    assert ours(whole(refused).content[0]) == {"id": "msg_1", "refusal": True}


def test_annotations_are_sources_and_go_back() -> None:
    annotations = [
        {"type": "url_citation", "url": "https://x.test", "title": "X", "start_index": 0, "end_index": 3},
        {"type": "file_citation", "file_id": "file-1", "filename": "a.pdf", "index": 3},
        {"type": "container_file_citation", "file_id": "cfile_1", "container_id": "cntr_1"},
        {"type": "file_path", "file_id": "file-2"},
        {"type": "of_next_year"},
        {"type": "url_citation"},
    ]
    item = message("See")
    item["content"][0]["annotations"] = annotations
    result = whole(item)
    assert [(each.id, each.url, each.title, each.filename) for each in result.sources] == [
        ("source_0", "https://x.test", "X", None),
        ("source_1", None, "a.pdf", "a.pdf"),
        ("source_2", None, "cfile_1", None),
        ("source_3", None, "file-2", None),
    ]
    assert ours(result.sources[0]) == {"type": "url_citation", "start_index": 0, "end_index": 3}
    assert len(ours(result.content[0])["annotations"]) == 6
    event = {"type": "response.output_text.annotation.added", "output_index": 0, "content_index": 0}
    streamed = read(
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "See"},
        {**event, "annotation_index": 0, "annotation": annotations[0]},
        *done(item),
    )
    assert isinstance(streamed[1], SourcePart)
    assert fold_language(streamed).content == result.content


def test_log_probabilities_are_metadata() -> None:
    item = message("x")
    item["content"][0]["logprobs"] = [{"token": "x", "logprob": -0.1}]
    assert whole(item).provider_metadata["openai"]["logprobs"] == ({"token": "x", "logprob": -0.1},)


def test_an_item_that_nobody_knows_is_kept_for_the_next_turn() -> None:
    (part,) = whole({"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}).content
    assert part == ReasoningPart(
        "", {"openai": {"item": {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}}}
    )


def test_deltas_are_of_the_right_kinds() -> None:
    parts = decoder().answer(response(message("x"), {"type": "reasoning", "id": "r", "summary": [{"text": "y"}]}))
    assert [type(part) for part in parts] == [ResponseMetadata, TextDelta, ReasoningDelta, Finish]
    assert TextPart("x", {"openai": {"id": "msg_1"}}) in fold_language(parts).content
