"""How Cohere's answers and errors are read; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from provider_kit import Reply, ask, serve

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    ContextLengthError,
    InvalidResponseError,
    MalformedEventError,
    NotFoundError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import (
    AssistantMessage,
    ReasoningPart,
    ToolCallPart,
    user,
)
from ai_sdk.parts import LanguagePart, ResponseMetadata, StreamStart, ToolInputDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.cohere import cohere, create_cohere
from ai_sdk.providers.cohere._decode import CohereDecoder, decode, usage_from
from ai_sdk.results import CallWarning, LanguageResult, Usage, fold_language

COMMAND = "command-a-03-2025"
USAGE = {
    "billed_units": {"input_tokens": 8, "output_tokens": 7},
    "tokens": {"input_tokens": 503, "output_tokens": 9, "reasoning_tokens": 2},
    "cached_tokens": 448,
}
DOCUMENT = {"id": "doc:0", "title": "Penguins", "text": "...", "url": "https://a.test"}
CITATION: dict[str, Any] = {
    "start": 0,
    "end": 3,
    "text": "The",
    "type": "TEXT_CONTENT",
    "content_index": 0,
    "sources": [
        {"type": "document", "id": "doc:0", "document": DOCUMENT},
        {"type": "tool", "id": "add_1:0", "tool_output": {"content": "3"}},
    ],
}
PLAN = freeze({"cohere": {"type": "tool_plan"}})


def decoder(warnings: tuple[CallWarning, ...] = (), **fields: Any) -> CohereDecoder:
    return cohere(COMMAND).decoder(ask(stream=True, **fields), Exchange(cohere.endpoint, COMMAND), {}, list(warnings))


def parts(*events: dict[str, Any], reader: CohereDecoder | None = None) -> list[LanguagePart]:
    reader = reader or decoder()
    return [part for each in events for part in reader.event(json.dumps(each).encode(), each["type"])]


def fold(*events: dict[str, Any], reader: CohereDecoder | None = None) -> LanguageResult:
    return fold_language(parts(*events, reader=reader))


def message(kind: str, index: int | None = None, **said: Any) -> dict[str, Any]:
    return {"type": kind, "delta": {"message": said}, **({} if index is None else {"index": index})}


def end(reason: str = "COMPLETE", **more: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": USAGE, **more}}


def call(index: int, identity: str | None, name: str, *pieces: str) -> list[dict[str, Any]]:
    start = {"id": identity, "type": "function", "function": {"name": name, "arguments": ""}}
    deltas = [message("tool-call-delta", index, tool_calls={"function": {"arguments": each}}) for each in pieces]
    return [message("tool-call-start", index, tool_calls=start), *deltas, {"type": "tool-call-end", "index": index}]


START: dict[str, Any] = {"type": "message-start", "id": "r", "delta": {"message": {"role": "assistant", "content": []}}}


# ---- answers ----


def test_a_stream_and_the_whole_answer_say_the_same() -> None:
    streamed = fold(
        START,
        message("content-start", 0, content={"type": "thinking", "thinking": ""}),
        message("content-delta", 0, content={"thinking": "h"}),
        message("content-delta", 0, content={"thinking": "m"}),
        message("content-start", 1, content={"type": "text", "text": ""}),
        message("content-delta", 1, content={"text": "The"}),
        message("citation-start", 0, citations=CITATION),
        {"type": "citation-end", "index": 0},
        message("content-delta", 1, content={"text": " end"}),
        {"type": "content-end", "index": 1},
        message("tool-plan-delta", tool_plan="I will"),
        message("tool-plan-delta", tool_plan=" add."),
        *call(0, "add_1", "add", '{"a"', ": 1}"),
        *call(1, "add_2", "add", '{"a": 2}'),
        end("TOOL_CALL"),
    )
    calls = [
        {"id": "add_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"id": "add_2", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}},
    ]
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "The end"}]
    said = {"content": content, "citations": [CITATION], "tool_plan": "I will add.", "tool_calls": calls}
    body = {"id": "r", "message": {"role": "assistant", **said}, "finish_reason": "TOOL_CALL", "usage": USAGE}
    assert fold_language(decode(decoder(), body)) == streamed
    assert streamed.content[0] == ReasoningPart("hm")
    assert streamed.text == "The end"
    assert ReasoningPart("I will add.", PLAN) in streamed.content
    assert [(each.id, each.arguments()) for each in streamed.tool_calls] == [("add_1", {"a": 1}), ("add_2", {"a": 2})]
    assert streamed.finish_reason == "tool-calls"
    assert streamed.usage == Usage(503, 9, cache_read_tokens=448, reasoning_tokens=2)
    assert streamed.usage.raw == freeze(USAGE)
    assert streamed.response.id == "r"


def test_every_source_of_a_citation_is_one() -> None:
    document, tool = fold(START, message("citation-start", 0, citations=CITATION), end()).sources
    assert (document.id, document.url, document.title) == ("source_0", "https://a.test", "Penguins")
    assert (tool.id, tool.url, tool.title) == ("source_1", None, None)
    about = document.provider_metadata["cohere"]
    assert {name: about[name] for name in ("start", "end", "text", "type", "content_index")} == {
        name: CITATION[name] for name in ("start", "end", "text", "type", "content_index")
    }
    assert about["source"]["document"] == freeze(DOCUMENT)
    assert tool.provider_metadata["cohere"]["source"]["tool_output"] == freeze({"content": "3"})


def test_a_call_is_previewed_and_complete_as_soon_as_it_ends() -> None:
    reader = decoder()
    events = [START, *call(0, "add_1", "add", '{"a"', ": 1}")]
    found = [reader.event(json.dumps(each).encode()) for each in events]
    assert found[1:] == [
        [ToolInputDelta("add_1", "add", "")],
        [ToolInputDelta("add_1", "add", '{"a"')],
        [ToolInputDelta("add_1", "add", ": 1}")],
        [ToolCallPart("add_1", "add", '{"a": 1}')],
    ]


def test_a_call_without_an_end_or_an_id_is_complete_with_the_answer() -> None:
    history = (user("Add"), AssistantMessage((ToolCallPart("call_0", "add", ""),)))
    *begun, _ = call(0, None, "add", "null")
    result = fold(START, *begun, end("TOOL_CALL"), reader=decoder(messages=history))
    assert result.tool_calls == (ToolCallPart("call_1", "add", "{}"),)
    with pytest.raises(MalformedEventError, match="without a name"):
        fold(START, *call(0, "add_1", ""))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool-calls"),
        ("ERROR", "error"),
        ("TIMEOUT", "error"),
        ("NEW", "other"),
    ],
)
def test_finish_reasons(raw: str, reason: str) -> None:
    result = fold(START, end(raw))
    assert (result.finish_reason, result.raw_finish_reason) == (reason, raw)


def test_an_end_without_a_reason_is_warned_about() -> None:
    result = fold(START, {"type": "message-end"})
    assert (result.finish_reason, result.usage) == ("other", Usage())
    assert [each.feature for each in result.warnings] == ["finish_reason"]


def test_warnings_and_the_id_come_first() -> None:
    lost = CallWarning("unsupported", "top_p", "x")
    first, second = parts(START, reader=decoder((lost,)))
    assert first == StreamStart((lost,))
    assert second == ResponseMetadata("r")


def test_log_probabilities_are_metadata() -> None:
    """Vendor documents: the option logprobs adds them to the events of the text."""
    piece = {**message("content-delta", 0, content={"text": "Hi"}), "logprobs": {"token_ids": [1], "text": "Hi"}}
    streamed = fold(START, piece, end())
    assert streamed.provider_metadata == freeze({"cohere": {"logprobs": [piece["logprobs"]]}})
    said = {"content": [{"type": "text", "text": "Hi"}]}
    body = {"id": "r", "message": said, "finish_reason": "COMPLETE", "usage": USAGE, "logprobs": [piece["logprobs"]]}
    assert fold_language(decode(decoder(), body)) == streamed


def test_unknown_events_and_values_of_the_wrong_type_are_passed_over() -> None:
    result = fold(
        {"type": "debug", "prompt": "x"},
        message("content-delta", 0, content=["no", "object"]),
        message("citation-start", 0, citations={"sources": ["x", {"document": 3}]}),
        message("tool-call-delta", 7, tool_calls={"function": {"arguments": "{}"}}),
        {"type": "tool-call-end", "index": {"no": "index"}},
        message("content-delta", 0, content={"text": "Hi"}),
        {"type": "message-end", "delta": {"finish_reason": 3, "usage": {"tokens": [], "cached_tokens": "many"}}},
    )
    assert (result.text, result.finish_reason, result.usage) == ("Hi", "other", Usage())
    assert len(result.sources) == 2


@pytest.mark.parametrize(
    "event",
    [
        b"{",
        b"[]",
        b"null",
        b'{"type": "content-delta", "delta": {"message": {"content": {"text": 3}}}}',
        b'{"type": "tool-plan-delta", "delta": {"message": {"tool_plan": ["x"]}}}',
        b'{"type": "tool-call-start", "delta": {"message": {"tool_calls": {"function": {"arguments": {}}}}}}',
    ],
)
def test_what_is_no_event_or_would_lose_what_was_said_is_malformed(event: bytes) -> None:
    with pytest.raises(MalformedEventError, match="cannot be understood"):
        decoder().event(event)


@pytest.mark.parametrize("body", [None, [], {}, {"message": None}, {"message": {"content": [{"text": 3}]}}])
def test_json_that_is_no_answer(body: Any) -> None:
    with pytest.raises(InvalidResponseError, match="cohere answered"):
        decode(decoder(), body)


def test_usage() -> None:
    assert usage_from(None) == usage_from([]) == Usage()
    assert usage_from({"tokens": {"input_tokens": 3.0, "output_tokens": float("nan")}}) == Usage(3)
    assert usage_from({"tokens": {"input_tokens": True}, "cached_tokens": 0}) == Usage(cache_read_tokens=0)


# ---- errors ----


def failed(status: int, body: Any) -> Any:
    return Exchange(cohere.endpoint, COMMAND).error(status, {}, json.dumps(body).encode())


def test_the_forms_of_errors() -> None:
    assert isinstance(failed(404, {"id": "1", "message": "model 'x' not found"}), NotFoundError)
    error = failed(400, {"id": "1", "error_type": "TOO_MANY_TOKENS", "message": "too many tokens: size limit exceeded"})
    assert isinstance(error, ContextLengthError)
    assert (error.message, error.type) == ("too many tokens: size limit exceeded", "TOO_MANY_TOKENS")


def test_an_answer_that_ends_with_an_error_raises_it() -> None:
    failure = {"error": "invalid tool generation", "error_type": "INVALID_TOOL_GENERATION"}
    with pytest.raises(ServerError, match="invalid tool generation") as caught:
        fold(START, end("ERROR", **failure))
    assert caught.value.type == "INVALID_TOOL_GENERATION"
    with pytest.raises(ServerError, match="invalid tool generation"):
        decode(decoder(), {"message": {"content": []}, "finish_reason": "ERROR", **failure})


def test_an_error_inside_an_answer_with_a_good_status() -> None:
    with pytest.raises(ServerError, match="gone"):
        decode(decoder(), {"id": "1", "message": "gone"})
    with pytest.raises(ServerError, match="gone"):
        decoder().event(b'{"message": "gone"}')
    with pytest.raises(ServerError, match="gone"):
        decoder().event(b'{"message": "gone"}', "error")


def test_a_stream_that_breaks_off_and_one_that_is_plain_json() -> None:
    body = {"id": "r", "message": {"content": [{"type": "text", "text": "Hi"}]}, "finish_reason": "COMPLETE"}
    piece = message("content-delta", 0, content={"text": "Hel"})

    async def main() -> None:
        events = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in (START, piece)]
        async with serve(Reply(body), Reply(pieces=events)) as server:
            model = create_cohere(api_key="key-0123456789", base_url=server.url)(COMMAND)
            assert (await (await model(ask(stream=True))).result()).text == "Hi"
            with pytest.raises(TruncatedStreamError) as caught:
                await (await model(ask(stream=True))).result()
        assert isinstance(caught.value.partial, LanguageResult)
        assert caught.value.partial.text == "Hel"

    asyncio.run(main())
