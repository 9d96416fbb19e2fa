"""What an answer on Anthropic's wire says; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    BadRequestError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import ReasoningPart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, LanguagePart, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.anthropic import anthropic
from ai_sdk.providers.anthropic._decode import MessagesDecoder, decode
from ai_sdk.providers.anthropic._usage import usage_from
from ai_sdk.requests import JSONFormat
from ai_sdk.results import CallWarning, LanguageResult, Usage, fold_language

Event = dict[str, Any]
OLD = "claude-3-haiku-20240307"
SONNET = "claude-sonnet-4-5"
USAGE = {"input_tokens": 5, "output_tokens": 1}
START: Event = {"type": "message_start", "message": {"id": "msg_1", "model": SONNET, "content": [], "usage": USAGE}}
STOP: Event = {"type": "message_stop"}


def reader(model_id: str = SONNET, warnings: tuple[CallWarning, ...] = (), **fields: Any) -> MessagesDecoder:
    model = anthropic(model_id)
    request = ask(**{"stream": True, **fields})
    return model.decoder(request, Exchange(anthropic.endpoint, model_id), {"request-id": "r"}, list(warnings))


def parts_of(*events: Event, decoder: MessagesDecoder | None = None) -> list[LanguagePart]:
    decoder = decoder or reader()
    parts = [part for event in events for part in decoder.event(json.dumps(event).encode())]
    return parts + decoder.end()


def block(index: int, start: Event, *deltas: Event) -> list[Event]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(index: int, *pieces: str) -> list[Event]:
    return block(index, {"type": "text", "text": ""}, *({"type": "text_delta", "text": each} for each in pieces))


def call(index: int, name: str, *pieces: str, kind: str = "tool_use", **more: Any) -> list[Event]:
    start: Event = {"type": kind, "id": f"id_{index}", "name": name, "input": {}, **more}
    return block(index, start, *({"type": "input_json_delta", "partial_json": each} for each in pieces))


def end(reason: str | None = "end_turn", usage: Event | None = None, **delta: Any) -> list[Event]:
    said = {"stop_reason": reason, "stop_sequence": None, **delta}
    return [{"type": "message_delta", "delta": said, "usage": usage or {"output_tokens": 9}}, STOP]


def folded(*events: Event, reason: str | None = "end_turn", decoder: MessagesDecoder | None = None) -> LanguageResult:
    return fold_language(parts_of(START, *events, *end(reason), decoder=decoder))


def whole(content: Any, reason: str | None = "end_turn", decoder: MessagesDecoder | None = None, **more: Any) -> Any:
    body = {"id": "msg_1", "model": SONNET, "content": content, "stop_reason": reason, "usage": USAGE, **more}
    return fold_language(decode(decoder or reader(stream=False), body))


def own(**metadata: Any) -> Any:
    return freeze({"anthropic": metadata})


def test_text() -> None:
    parts = parts_of(START, *text(0, "He", "", "llo"), {"type": "ping"}, *end())
    headers = {"request-id": "r"}
    assert parts == [
        ResponseMetadata("msg_1", SONNET, None, headers),
        TextDelta("He", "0"),
        TextDelta("llo", "0"),
        Finish("stop", Usage(5, 9), "end_turn"),
    ]
    assert whole([{"type": "text", "text": "Hello"}]).text == "Hello"


def test_warnings_come_first() -> None:
    warning = CallWarning("unsupported", "seed", "no seed")
    assert parts_of(START, *end(), decoder=reader(warnings=(warning,)))[0] == StreamStart((warning,))


def test_tool_calls_are_complete_with_their_block() -> None:
    decoder = reader()
    seen = [
        part
        for event in [START, *call(0, "a", '{"x"', ": 1}"), *call(1, "b")]
        for part in decoder.event(json.dumps(event))
    ][1:]
    assert seen == [
        ToolInputDelta("id_0", "a", ""),
        ToolInputDelta("id_0", "a", '{"x"'),
        ToolInputDelta("id_0", "a", ": 1}"),
        ToolCallPart("id_0", "a", '{"x": 1}'),
        ToolInputDelta("id_1", "b", ""),
        ToolCallPart("id_1", "b", "{}"),
    ]


def test_a_whole_call_has_no_previews() -> None:
    result = whole([{"type": "tool_use", "id": "i", "name": "f", "input": {"x": 1}}], "tool_use")
    assert (result.content, result.finish_reason) == ((ToolCallPart("i", "f", '{"x":1}'),), "tool-calls")


def test_input_that_came_with_the_start() -> None:
    assert folded(*call(0, "f", input={"x": 1})).tool_calls == (ToolCallPart("id_0", "f", '{"x":1}'),)


def test_a_call_that_lacks_input_or_its_end() -> None:
    """llama.cpp leaves ``input`` out (run live); a message may end without the end of its last block (vercel/ai)."""
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "i", "name": "f"}}
    assert folded(start, reason="tool_use").tool_calls == (ToolCallPart("i", "f", "{}"),)


def test_the_caller_of_a_call_is_kept() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    (found,) = folded(*call(0, "f", caller=caller)).tool_calls
    assert found.provider_metadata == own(caller=caller)


def test_a_start_that_brings_content() -> None:
    """Programmatic tool calls may stand in ``message_start``."""
    used = {"type": "tool_use", "id": "i", "name": "f", "input": {"x": 1}}
    start = {"type": "message_start", "message": {**START["message"], "content": [used]}}
    result = fold_language(parts_of(start, *end("tool_use")))
    assert result.tool_calls == (ToolCallPart("i", "f", '{"x":1}'),)


def test_thinking_and_its_signature() -> None:
    thinking = block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "h"},
        {"type": "thinking_delta", "thinking": "m"},
        {"type": "signature_delta", "signature": "sig"},
    )
    redacted = block(1, {"type": "redacted_thinking", "data": "data"})
    expected = (
        ReasoningPart("hm", own(signature="sig")),
        ReasoningPart("", own(redacted_data="data")),
        TextPart("Yes"),
    )
    assert folded(*thinking, *redacted, *text(2, "Yes")).content == expected
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "data"},
        {"type": "text", "text": "Yes"},
    ]
    assert whole(blocks).content == expected


def test_omitted_thinking_keeps_its_signature() -> None:
    assert whole([{"type": "thinking", "thinking": "", "signature": "sig"}]).content == (
        ReasoningPart("", own(signature="sig")),
    )
    assert whole([{"type": "thinking", "thinking": "hm", "signature": ""}]).content == (ReasoningPart("hm"),)


FOUND = {"type": "web_search_result", "url": "https://e.org", "title": "E", "encrypted_content": "x", "page_age": "1 d"}
CITED = {"type": "web_search_result_location", "url": "https://e.org", "title": "E", "cited_text": "c"}
OTHER = {"type": "web_search_result_location", "url": "https://f.org", "title": "F", "cited_text": "c"}


def test_a_search_and_its_citations() -> None:
    events = [
        *call(0, "web_search", '{"query": "q"}', kind="server_tool_use"),
        *block(1, {"type": "web_search_tool_result", "tool_use_id": "id_0", "content": [FOUND]}),
        *block(
            2,
            {"type": "text", "text": "", "citations": []},
            {"type": "citations_delta", "citation": CITED},
            {"type": "text_delta", "text": "Yes."},
            {"type": "citations_delta", "citation": OTHER},
        ),
    ]
    result = folded(*events)
    executed = own(type="server_tool_use")
    kind = own(type="web_search_tool_result")
    assert result.content == (
        ToolCallPart("id_0", "web_search", '{"query": "q"}', True, executed),
        ToolResultPart("id_0", "web_search", [FOUND], provider_executed=True, provider_metadata=kind),
        SourcePart("source_0", "https://e.org", "E", provider_metadata=own(page_age="1 d")),
        TextPart("Yes.", own(citations=[CITED, OTHER])),
        SourcePart("source_1", "https://f.org", "F", provider_metadata=own(**OTHER)),
    )
    assert result.finish_reason == "stop"


def test_sources_arrive_while_streaming() -> None:
    decoder = reader()
    for event in [START, *text(0, "a")]:
        decoder.event(json.dumps(event))
    (start, cite, _) = block(1, {"type": "text", "text": ""}, {"type": "citations_delta", "citation": CITED})
    decoder.event(json.dumps(start))
    first, source = decoder.event(json.dumps(cite))
    assert first == TextDelta("", "1")
    assert isinstance(source, SourcePart)


@pytest.mark.parametrize(
    ("citation", "url", "title", "kind"),
    [
        ({"type": "char_location", "document_title": "D", "start_char_index": 1}, None, "D", "text/plain"),
        ({"type": "page_location", "document_title": None, "start_page_number": 1}, None, None, "application/pdf"),
        ({"type": "search_result_location", "title": "T", "source": "s"}, "s", "T", None),
    ],
)
def test_citations_of_documents(citation: Event, url: str | None, title: str | None, kind: str | None) -> None:
    """A place is a source once."""
    result = whole([{"type": "text", "text": "a", "citations": [citation, citation]}])
    assert result.sources == (SourcePart("source_0", url, title, kind, provider_metadata=own(**citation)),)
    assert result.content[0] == TextPart("a", own(citations=[citation, citation]))


def test_results_of_the_servers_tools() -> None:
    page = {"type": "web_fetch_result", "url": "https://e.org", "content": {"type": "document", "title": "E"}}
    failure = {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}
    ran: Event = {"type": "bash_code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []}
    blocks: list[Event] = [
        {"type": "server_tool_use", "id": "a", "name": "web_fetch", "input": {"url": "https://e.org"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "a", "content": page, "caller": {"type": "direct"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "b", "content": failure},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "c", "content": ran},
        {"type": "mcp_tool_use", "id": "d", "name": "echo", "server_name": "s", "input": {}},
        {"type": "mcp_tool_result", "tool_use_id": "d", "is_error": True, "content": [{"type": "text", "text": "x"}]},
    ]
    result = whole(blocks)
    assert [each.provider_executed for each in result.content if not isinstance(each, SourcePart)] == [True] * 6
    found = [each for each in result.content if isinstance(each, ToolResultPart)]
    assert [(each.id, each.name, each.is_error) for each in found] == [
        ("a", "web_fetch", False),
        ("b", "web_fetch", True),
        ("c", "bash_code_execution", False),
        ("d", "echo", True),
    ]
    assert found[2].output == freeze(ran)
    assert result.tool_calls[1].provider_metadata == own(type="mcp_tool_use", server_name="s")
    assert [(each.url, each.title) for each in result.sources] == [("https://e.org", "E")]


def test_blocks_that_are_only_kept() -> None:
    compaction = block(
        0, {"type": "compaction", "content": None}, {"type": "compaction_delta", "content": "So far.", "encrypted": "e"}
    )
    moved = {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}
    result = folded(*compaction, *block(1, moved), *block(2, {"type": "news_of_2027", "data": 1}))
    assert result.content == (
        ReasoningPart("", own(block={"type": "compaction", "content": "So far.", "encrypted": "e"})),
        ReasoningPart("", own(block=moved)),
        ReasoningPart("", own(block={"type": "news_of_2027", "data": 1})),
    )


@pytest.mark.parametrize(
    ("reason", "mapped"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("tool_use", "tool-calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content-filter"),
        ("compaction", "other"),
        ("something_new", "other"),
    ],
)
def test_finish_reasons(reason: str, mapped: str) -> None:
    result = folded(*text(0, "a"), reason=reason)
    assert (result.finish_reason, result.raw_finish_reason) == (mapped, reason)
    assert whole([], reason).finish_reason == mapped


def test_an_end_without_a_reason() -> None:
    result = folded(*text(0, "a"), reason=None)
    assert (result.finish_reason, [each.feature for each in result.warnings]) == ("other", ["finish_reason"])


def test_what_is_told_beside_the_answer() -> None:
    details = {"type": "refusal", "category": "cyber"}
    container = {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"}
    managed = {"applied_edits": [{"type": "clear_tool_uses_20250919"}]}
    event, stop = end("refusal", stop_details=details, container=container, stop_sequence="END")
    result = fold_language(parts_of(START, {**event, "context_management": managed}, stop))
    expected: dict[str, Any] = {
        "stop_details": details,
        "container": container,
        "context_management": managed,
        "stop_sequence": "END",
    }
    assert result.provider_metadata == own(**expected)
    assert whole([], "refusal", **expected).provider_metadata == own(**expected)


def test_usage() -> None:
    said = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"thinking_tokens": 3},
    }
    usage = usage_from(said)
    assert usage == Usage(60, 7, 30, 20, 3)
    assert usage.uncached_tokens == 10
    assert usage.raw == said
    assert usage_from({}) == Usage()
    assert usage_from({"input_tokens": "7", "output_tokens": True, "iterations": 5}) == Usage()


def test_usage_of_a_stream_is_that_of_its_start_and_its_end() -> None:
    start = {**START, "message": {**START["message"], "usage": {"input_tokens": 5, "cache_read_input_tokens": 4}}}
    last = end(usage={"output_tokens": 9, "cache_read_input_tokens": None, "input_tokens": 6})
    assert fold_language(parts_of(start, *last)).usage == Usage(10, 9, 4)


@pytest.mark.parametrize(
    ("kind", "total"),
    [("compaction", (60_000, 700)), ("advisor_message", (682, 120)), ("fallback_message", (682, 120))],
)
def test_usage_of_iterations(kind: str, total: tuple[int, int]) -> None:
    """The top is the sum of what wrote the answer; a compaction before it is not in there."""
    more = {"type": kind, "input_tokens": 59_318, "output_tokens": 580}
    message = {"type": "message", "input_tokens": 682, "output_tokens": 120}
    usage = usage_from({"input_tokens": 682, "output_tokens": 120, "iterations": [more, message]})
    assert (usage.input_tokens, usage.output_tokens) == total


JSON_ASKED: dict[str, Any] = {"response_format": JSONFormat({"type": "object"})}


@pytest.mark.parametrize("way", ["stream", "whole"])
def test_json_by_a_tool_is_text(way: Literal["stream", "whole"]) -> None:
    """Text beside it is noise; the reason is a stop, since no tool of the caller's was called."""
    decoder = reader(OLD, stream=way == "stream", **JSON_ASKED)
    if way == "stream":
        events = [*text(0, "Here: "), *call(1, "json", '{"a"', ": 1}")]
        result = folded(*events, reason="tool_use", decoder=decoder)
    else:
        said = [
            {"type": "text", "text": "Here: "},
            {"type": "tool_use", "id": "i", "name": "json", "input": {"a": 1}},
        ]
        result = whole(said, "tool_use", decoder)
    assert json.loads(result.text) == {"a": 1}
    assert (result.tool_calls, result.finish_reason, result.raw_finish_reason) == ((), "stop", "tool_use")


def test_json_by_a_tool_beside_another_call() -> None:
    events = [*call(0, "json", "{}"), *call(1, "weather", "{}")]
    result = folded(*events, reason="tool_use", decoder=reader(OLD, **JSON_ASKED))
    assert (result.text, result.finish_reason) == ("{}", "tool-calls")


def test_text_where_the_json_tool_was_not_called() -> None:
    result = folded(*text(0, "I ", "refuse"), decoder=reader(OLD, **JSON_ASKED))
    assert (result.text, result.finish_reason) == ("I refuse", "stop")


def test_a_tool_of_the_caller_named_json_is_a_tool() -> None:
    assert folded(*call(0, "json", "{}"), reason="tool_use").tool_calls == (ToolCallPart("id_0", "json", "{}"),)


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("overloaded_error", OverloadedError, 529),
        ("rate_limit_error", RateLimitError, 429),
        ("api_error", ServerError, 500),
        ("timeout_error", ServerError, 504),
        ("billing_error", QuotaExceededError, 402),
        ("invalid_request_error", BadRequestError, 400),
        ("something_new", ServerError, None),
    ],
)
def test_error_events(kind: str, error: type[Exception], status: int | None) -> None:
    event = {"type": "error", "error": {"type": kind, "message": "Words"}, "request_id": "r"}
    with pytest.raises(error, match="Words") as caught:
        parts_of(START, event)
    assert type(caught.value) is error
    assert (getattr(caught.value, "status", 0), getattr(caught.value, "request_id", 0)) == (status, "r")
    with pytest.raises(error, match="Words"):
        decode(reader(), event)


def test_a_message_that_starts_twice() -> None:
    """A proxy may say the start again; two messages in one stream are a fault of it."""
    assert folded(START, *text(0, "a")).text == "a"
    other = {"type": "message_start", "message": {"id": "msg_2"}}
    with pytest.raises(MalformedEventError, match="msg_2"):
        folded(other)


def test_what_is_not_known_means_nothing() -> None:
    unknown = {"type": "content_block_delta", "index": 0, "delta": {"type": "news_delta", "news": 1}}
    start, delta, stop = text(0, "a")
    assert folded({"type": "news"}, start, unknown, delta, stop).text == "a"


def test_the_name_of_an_event_counts_without_a_type() -> None:
    decoder = reader()
    assert isinstance(decoder.event(json.dumps({"message": START["message"]}), "message_start")[0], ResponseMetadata)
    assert isinstance(decoder.event("{}", "message_stop")[-1], Finish)
    assert decoder.event("{}", "message_stop") == []


@pytest.mark.parametrize(
    "event",
    [
        "{",
        "[]",
        '{"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": "a"}}',
        '{"type": "content_block_start", "content_block": {"type": "text"}}',
        '{"type": "content_block_start", "index": 0, "content_block": "text"}',
        '{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "i"}}',
        '{"type": "message_start", "message": []}',
        '{"type": "message_delta", "usage": 3}',
    ],
)
def test_malformed_events(event: str) -> None:
    with pytest.raises(MalformedEventError) as caught:
        reader().event(event.encode())
    assert caught.value.event == event


@pytest.mark.parametrize("body", [[], {}, {"content": "Hi"}, {"content": ["Hi"]}, {"content": [], "usage": []}, None])
def test_answers_that_are_none(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        decode(reader(), body)


@pytest.mark.parametrize("wrong", [7, None, [], {}, True])
def test_texts_of_the_wrong_type_are_no_texts(wrong: Any) -> None:
    blocks: list[Any] = [
        {"type": "text", "text": wrong, "citations": wrong},
        {"type": "thinking", "thinking": wrong, "signature": wrong},
        {"type": "tool_use", "id": wrong, "name": "f", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": wrong, "content": [{"url": wrong, "title": wrong}, wrong]},
        {"type": wrong},
    ]
    result = whole(blocks, wrong, usage={"input_tokens": wrong if wrong is not True else "x"})
    assert [each.name for each in result.tool_calls] == ["f"]
    assert all(isinstance(each.id, str) for each in result.tool_calls)
