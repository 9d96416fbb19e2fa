"""Amazon Bedrock: events and answers of Converse to parts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    BadRequestError,
    ContextLengthError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.framing import AWSEvent
from ai_sdk.messages import FilePart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.amazon_bedrock._decode import Context, ConverseDecoder, decode
from ai_sdk.results import LanguageResult, Usage, fold_language

USAGE = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}


def event(name: str, payload: Any) -> AWSEvent:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return AWSEvent({":message-type": "event", ":event-type": name}, data)


def exception(name: str, payload: Any = None, **headers: Any) -> AWSEvent:
    return AWSEvent({":message-type": "exception", ":exception-type": name, **headers}, json.dumps(payload).encode())


def delta(index: int, **said: Any) -> AWSEvent:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": said})


def begin(index: int, **said: Any) -> AWSEvent:
    return event("contentBlockStart", {"contentBlockIndex": index, "start": said})


def stop(index: int) -> AWSEvent:
    return event("contentBlockStop", {"contentBlockIndex": index})


def end(reason: Any = "end_turn", **more: Any) -> list[AWSEvent]:
    return [event("messageStop", {"stopReason": reason}), event("metadata", {"usage": USAGE, **more})]


def decoder(**context: Any) -> ConverseDecoder:
    exchange = Exchange(Endpoint(name="amazon_bedrock", base_url=""), "m")
    return ConverseDecoder(Context(exchange=exchange, **context))


def read(*events: AWSEvent, **context: Any) -> list[LanguagePart]:
    reader = decoder(**context)
    return [part for each in events for part in reader.message(each)] + reader.end()


def fold(*events: AWSEvent, **context: Any) -> LanguageResult:
    return fold_language(read(*events, **context))


def whole(*content: Any, reason: str = "end_turn", **more: Any) -> LanguageResult:
    body = {"output": {"message": {"role": "assistant", "content": list(content)}}, "stopReason": reason, **more}
    return fold_language(decode(decoder(), {"usage": USAGE, **body}))


def test_text_arrives_without_a_start() -> None:
    parts = read(
        event("messageStart", {"role": "assistant"}), delta(0, text="Hel"), delta(0, text="lo"), stop(0), *end()
    )
    assert parts == [
        ResponseMetadata(None, None, None),
        TextDelta("Hel", "0"),
        TextDelta("lo", "0"),
        Finish("stop", Usage(3, 4), "end_turn"),
    ]


def test_calls_are_complete_as_soon_as_their_block_is() -> None:
    use = {"toolUseId": "c1", "name": "weather"}
    pieces = (delta(0, toolUse={"input": '{"a"'}), delta(0, toolUse={"input": ": 1}"}))
    reader = decoder()
    parts = [part for each in (begin(0, toolUse=use), *pieces, stop(0)) for part in reader.message(each)]
    assert parts[1:] == [
        ToolInputDelta("c1", "weather", ""),
        ToolInputDelta("c1", "weather", '{"a"'),
        ToolInputDelta("c1", "weather", ": 1}"),
        ToolCallPart("c1", "weather", '{"a": 1}'),
    ]


def test_calls_of_several_blocks_may_interleave() -> None:
    result = fold(
        begin(0, toolUse={"toolUseId": "a", "name": "x"}),
        begin(1, toolUse={"toolUseId": "b", "name": "y"}),
        delta(1, toolUse={"input": "{}"}),
        delta(0, toolUse={"input": '{"n":1}'}),
        stop(1),
        stop(0),
        *end("tool_use"),
    )
    assert result.tool_calls == (ToolCallPart("b", "y", "{}"), ToolCallPart("a", "x", '{"n":1}'))
    assert result.finish_reason == "tool-calls"


def test_a_call_without_input_has_no_arguments_and_one_without_a_stop_ends_with_the_message() -> None:
    result = fold(begin(0, toolUse={"toolUseId": "a", "name": "x"}), *end("tool_use"))
    assert result.tool_calls == (ToolCallPart("a", "x", "{}"),)


def test_names_of_tools_are_those_that_were_offered() -> None:
    assert (
        fold(begin(0, toolUse={"toolUseId": "a", "name": "a_b"}), *end(), names={"a_b": "a.b"}).tool_calls[0].name
        == "a.b"
    )


def test_a_stop_with_calls_is_no_stop() -> None:
    assert fold(begin(0, toolUse={"toolUseId": "a", "name": "x"}), *end("end_turn")).finish_reason == "tool-calls"


def test_reasoning_with_its_signature_and_redacted() -> None:
    result = fold(
        delta(0, reasoningContent={"text": "I "}),
        delta(0, reasoningContent={"text": "think."}),
        delta(0, reasoningContent={"signature": "si"}),
        delta(0, reasoningContent={"signature": "g"}),
        stop(0),
        delta(1, reasoningContent={"redactedContent": base64.b64encode(b"ab").decode()}),
        delta(1, reasoningContent={"redactedContent": base64.b64encode(b"c").decode()}),
        stop(1),
        *end(),
    )
    assert result.reasoning == "I think."
    assert [each.provider_metadata for each in result.content if not isinstance(each, SourcePart)] == [
        {"amazon_bedrock": {"signature": "sig"}},
        {"amazon_bedrock": {"redactedContent": base64.b64encode(b"abc").decode()}},
    ]


CITATION = {"title": "policy", "sourceContent": [{"text": "x"}], "location": {"documentPage": {"documentIndex": 0}}}


def test_citations_become_sources_and_stay_with_their_text() -> None:
    result = fold(delta(1, text="20 days."), delta(1, citation=CITATION), delta(1, citation=CITATION), stop(1), *end())
    text, source = result.content
    assert text == TextPart("20 days.", {"amazon_bedrock": {"citations": [CITATION, CITATION]}})
    assert source == SourcePart("source_0", None, "policy", "application/pdf", None, {"amazon_bedrock": CITATION})


def test_citations_of_web_pages_have_urls() -> None:
    web = {"location": {"web": {"url": "https://a.example/b", "domain": "a.example"}}}
    named = {"source": "https://c.example", "title": "C"}
    result = whole({"citationsContent": {"content": [{"text": "So."}], "citations": [web, named]}})
    assert [(each.url, each.title, each.media_type) for each in result.sources] == [
        ("https://a.example/b", "a.example", None),
        ("https://c.example", "C", None),
    ]


def test_tools_that_bedrock_runs() -> None:
    result = fold(
        begin(0, toolUse={"toolUseId": "s", "name": "nova_code_interpreter", "type": "server_tool_use"}),
        delta(0, toolUse={"input": '{"snippet": "1"}'}),
        stop(0),
        begin(1, toolResult={"toolUseId": "s", "type": "nova_code_interpreter_result", "status": "success"}),
        delta(1, toolResult=[{"json": {"stdOut": "1"}}]),
        stop(1),
        delta(2, text="One."),
        stop(2),
        *end(),
    )
    call, answer, _ = result.content
    assert isinstance(call, ToolCallPart)
    assert call.provider_executed
    assert isinstance(answer, ToolResultPart)
    assert (answer.name, answer.output, answer.is_error) == ("nova_code_interpreter", {"stdOut": "1"}, False)
    assert result.finish_reason == "stop"


def test_several_results_of_such_a_tool_are_kept_whole() -> None:
    pieces = [{"text": "a"}, {"text": "b"}]
    result = whole({"toolResult": {"toolUseId": "s", "type": "t_result", "status": "error", "content": pieces}})
    (part,) = result.content
    assert isinstance(part, ToolResultPart)
    assert part.is_error
    assert part.provider_metadata == freeze({"amazon_bedrock": {"type": "t_result", "content": pieces}})
    assert whole({"toolResult": {"content": [{"text": "a"}]}}).content[0].output == "a"  # type: ignore[union-attr]


def test_generated_images_streamed_and_whole() -> None:
    pieces = [base64.b64encode(each).decode() for each in (b"ab", b"c")]
    streamed = fold(
        begin(0, image={"format": "jpeg"}), *(delta(0, image={"source": {"bytes": each}}) for each in pieces), *end()
    )
    at_once = whole({"image": {"format": "jpeg", "source": {"bytes": base64.b64encode(b"abc").decode()}}})
    assert streamed.files == at_once.files == (FilePart(data=b"abc", media_type="image/jpeg"),)


def test_usage_counts_what_the_cache_read_and_wrote() -> None:
    usage = {"inputTokens": 3, "outputTokens": 4, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 20}
    result = whole({"text": "Hi"}, usage=usage)
    assert result.usage == Usage(33, 4, 10, 20)
    assert result.usage.raw == usage
    older = whole({"text": "Hi"}, usage={"inputTokens": 1, "cacheReadInputTokenCount": 5})
    assert older.usage == Usage(6, None, 5, None)


def test_what_else_is_told_is_metadata_of_the_finish() -> None:
    trace = {"guardrail": {"actionReason": "x"}, "promptRouter": {"invokedModelId": "arn:m"}}
    said = {"metrics": {"latencyMs": 1}, "serviceTier": {"type": "flex"}, "trace": trace}
    more = {**said, "performanceConfig": {"latency": "optimized"}}
    expected = {"amazon_bedrock": {**more, "additionalModelResponseFields": {"a": 1}}}
    streamed = fold(
        event("messageStop", {"stopReason": "guardrail_intervened", "additionalModelResponseFields": {"a": 1}}),
        event("metadata", {"usage": USAGE, **more}),
    )
    at_once = whole({"text": "Hi"}, reason="guardrail_intervened", additionalModelResponseFields={"a": 1}, **more)
    for result in (streamed, at_once):
        assert result.provider_metadata == expected
        assert result.finish_reason == "content-filter"
        assert result.response.model == "arn:m"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("content_filtered", "content-filter"),
        ("malformed_tool_use", "error"),
        ("something_new", "other"),
    ],
)
def test_reasons(raw: str, reason: str) -> None:
    result = whole({"text": "Hi"}, reason=raw)
    assert (result.finish_reason, result.raw_finish_reason) == (reason, raw)


def test_metadata_may_come_before_the_stop() -> None:
    assert fold(*reversed(end())).usage == Usage(3, 4)


def test_a_stream_without_metadata_ends_without_usage_and_one_without_a_stop_does_not_end() -> None:
    parts = read(delta(0, text="Hi"), end()[0])
    assert parts[-1] == Finish("stop", Usage(), "end_turn")
    assert not any(isinstance(part, Finish) for part in read(delta(0, text="Hi"), stop(0)))


def test_an_end_without_a_reason_warns() -> None:
    result = fold(delta(0, text="Hi"), *end(None))
    assert result.finish_reason == "other"
    assert [each.feature for each in result.warnings] == ["finish_reason"]


def test_unknown_events_blocks_and_fields_mean_nothing() -> None:
    result = fold(
        event("somethingNew", {"a": 1}),
        begin(0),
        delta(0, surprise={}),
        delta(0, text="Hi"),
        stop(0),
        stop(7),
        *end(),
    )
    assert result.text == "Hi"
    assert whole({"searchResult": {}}, {"text": "Hi"}).text == "Hi"


JSON_CALL = begin(1, toolUse={"toolUseId": "j", "name": "json"})


def test_the_input_of_the_json_tool_is_the_text_and_the_text_beside_it_is_noise() -> None:
    before = (delta(0, text="Here it is:"), stop(0))
    after = (delta(2, text="!"), stop(2), *end("tool_use"))
    result = fold(*before, JSON_CALL, delta(1, toolUse={"input": '{"a":1}'}), stop(1), *after, json_tool=True)
    assert (result.text, result.tool_calls, result.finish_reason) == ('{"a":1}', (), "stop")


def test_without_json_the_text_comes_at_the_end_and_in_its_place() -> None:
    use = {"toolUseId": "a", "name": "x"}
    result = fold(delta(0, text="I look."), stop(0), begin(1, toolUse=use), stop(1), *end("tool_use"), json_tool=True)
    assert result.content == (TextPart("I look."), ToolCallPart("a", "x", "{}"))
    assert result.finish_reason == "tool-calls"


def test_a_call_before_the_json_stays() -> None:
    use = {"toolUseId": "a", "name": "x"}
    result = fold(
        delta(0, text="I look."), begin(2, toolUse=use), stop(2), JSON_CALL, stop(1), *end("tool_use"), json_tool=True
    )
    assert result.content == (ToolCallPart("a", "x", "{}"), TextPart("{}"))
    assert result.finish_reason == "tool-calls"


def test_json_of_a_whole_answer() -> None:
    body = {
        "output": {
            "message": {
                "content": [{"text": "So:"}, {"toolUse": {"toolUseId": "j", "name": "json", "input": {"a": 1}}}]
            }
        }
    }
    result = fold_language(decode(decoder(json_tool=True), {**body, "stopReason": "tool_use"}))
    assert (result.text, result.finish_reason) == ('{"a":1}', "stop")


@pytest.mark.parametrize(
    ("name", "payload", "kind", "retryable"),
    [
        ("throttlingException", {"message": "Too many tokens"}, RateLimitError, True),
        ("serviceUnavailableException", {"message": "Busy"}, OverloadedError, True),
        ("internalServerException", {"message": "Oops"}, ServerError, True),
        ("modelStreamErrorException", {"originalMessage": "Bad", "originalStatusCode": 500}, ServerError, True),
        ("modelStreamErrorException", {"message": "Bad", "originalStatusCode": 424}, ServerError, True),
        ("modelStreamErrorException", {"message": "Bad", "originalStatusCode": 400}, BadRequestError, False),
        ("modelTimeoutException", {"message": "Slow"}, ServerError, True),
        ("validationException", {"message": "No"}, BadRequestError, False),
        ("validationException", {"message": "Input is too long for requested model."}, ContextLengthError, False),
        ("somethingNewException", {"message": "?"}, ServerError, True),
    ],
)
def test_exceptions_in_the_stream(name: str, payload: Any, kind: type[APIError], retryable: bool) -> None:
    with pytest.raises(kind) as caught:
        read(delta(0, text="Hi"), exception(name, payload))
    assert type(caught.value) is kind
    assert caught.value.retryable is retryable
    assert caught.value.type == name
    assert (payload.get("message") or payload.get("originalMessage")) in caught.value.message
    assert caught.value.status is None
    assert caught.value.model == "m"


def test_errors_that_only_the_frame_tells_of() -> None:
    failure = AWSEvent({":message-type": "error", ":error-code": "InternalFailure", ":error-message": "Gone"}, b"")
    with pytest.raises(ServerError, match="Gone"):
        read(failure)
    with pytest.raises(ServerError, match="broke off with unknownException"):
        read(AWSEvent({":message-type": "exception"}, b"\xff"))


@pytest.mark.parametrize(
    "bad",
    [
        event("contentBlockDelta", b"{"),
        event("contentBlockDelta", []),
        event("contentBlockDelta", {"contentBlockIndex": "x", "delta": {"text": "a"}}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": 3}),
        delta(0, toolUse={"input": "{}"}),
        delta(0, toolUse=3),
        begin(0, toolUse={"toolUseId": "x"}),
        delta(0, citation=3),
    ],
)
def test_events_that_cannot_be_understood(bad: AWSEvent) -> None:
    with pytest.raises(MalformedEventError, match="cannot be understood"):
        read(delta(1, text="Hi"), bad)


def test_an_image_that_is_none_is_malformed_also_at_the_end() -> None:
    with pytest.raises(MalformedEventError):
        read(begin(0, image={}), delta(0, image={"source": {"bytes": "x"}}), end()[0])


@pytest.mark.parametrize("body", [[], {}, {"output": {}}, {"output": {"message": {"content": "x"}}}, {"output": 3}])
def test_json_that_is_no_answer(body: Any) -> None:
    with pytest.raises(InvalidResponseError, match="not an answer"):
        decode(decoder(), body)


def test_texts_of_the_wrong_type_do_not_crash() -> None:
    parts = read(delta(0, text=3), delta(0, reasoningContent={"text": [], "signature": 2}), *end(7))
    assert not any(isinstance(part, TextDelta | ReasoningDelta) for part in parts)
