"""From the wire to parts: the laws of the decoder, and what each shape of the dialect becomes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    AISDKError,
    APIError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import FilePart, SourcePart
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, CompletionDecoder, Context, decode
from ai_sdk.providers.openai_compatible._quirks import Quirks
from ai_sdk.results import CallWarning, LanguageResult, Usage, fold_language


def context(**fields: Any) -> Context:
    return Context(exchange=Exchange(Endpoint(name="lab", base_url="http://lab.test/v1"), "m"), **fields)


def event(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta if delta is not None else {}, "finish_reason": finish, "logprobs": None}
    return json.dumps({"id": "r1", "model": "m-1", "created": 7, "choices": [choice], **more}).encode()


def stream(*events: bytes, decoder: ChatDecoder | None = None) -> list[LanguagePart]:
    decoder = decoder or ChatDecoder(context())
    parts = [part for each in events for part in decoder.event(each)]
    return parts + decoder.end()


def fold(*events: bytes, decoder: ChatDecoder | None = None) -> LanguageResult:
    return fold_language(stream(*events, decoder=decoder))


def whole(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> list[LanguagePart]:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"id": "r1", "model": "m-1", "created": 7, "choices": [choice], **more}
    return decode(ChatDecoder(context(), previews=False), body)


DONE = b"[DONE]"


def call(
    index: int | None = None, id: str | None = None, name: str | None = None, arguments: Any = None
) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    fields = (("index", index), ("id", id))
    return {"tool_calls": [{**{key: value for key, value in fields if value is not None}, "function": function}]}


# ---- laws ----

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": draw(st.none() | texts)}
    reasoning = draw(st.none() | texts)
    if reasoning is not None:
        message[draw(st.sampled_from(["reasoning", "reasoning_content"]))] = reasoning
    calls = draw(st.lists(st.tuples(texts, st.dictionaries(texts, st.integers())), max_size=3))
    if calls:
        message["tool_calls"] = [
            {"id": f"c{place}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for place, (name, arguments) in enumerate(calls)
        ]
    return message


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def streamed(draw: st.DrawFn, message: dict[str, Any]) -> list[bytes]:
    events = [event({"role": "assistant", "content": ""})]
    for name in ("reasoning", "reasoning_content", "content"):
        if message.get(name):
            events += [event({name: piece}) for piece in pieces(draw, message[name])]
    waiting: list[list[dict[str, Any]]] = []
    for place, called in enumerate(message.get("tool_calls", ())):
        name, arguments = called["function"]["name"], called["function"]["arguments"]
        events.append(event(call(place, called["id"], name, "")))
        waiting.append([call(place, None, None, piece) for piece in pieces(draw, arguments)])
    while any(waiting):
        left = [each for each in waiting if each]
        events.append(event(left[draw(st.integers(0, len(left) - 1))].pop(0)))
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    return [*events, event({}, "tool_calls" if message.get("tool_calls") else "stop"), event(usage=usage), DONE]


@given(st.data())
def test_law_3_coherence_a_stream_folds_to_its_json_answer(data: st.DataObject) -> None:
    message = data.draw(answers())
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    once = fold_language(whole(message, finish, usage={"prompt_tokens": 3, "completion_tokens": 5}))
    assert fold(*data.draw(streamed(message))) == once


@given(st.data(), texts)
def test_any_split_of_a_text_folds_to_the_same_result(data: st.DataObject, text: str) -> None:
    split = [event({"content": piece}) for piece in data.draw(st.composite(lambda draw: pieces(draw, text))())]
    assert fold(*split, event({}, "stop"), DONE).text == text


@given(st.data())
def test_law_7_a_cut_stream_never_has_a_finish(data: st.DataObject) -> None:
    events = data.draw(streamed(data.draw(answers())))
    last = max(place for place, each in enumerate(events) if each != DONE and b'finish_reason": "' in each)
    cut = data.draw(st.integers(0, last))
    assert not any(part.last for part in stream(*events[:cut]))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["[DONE]", "stop"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
FIELDS = (
    "id model created choices usage error message code type delta content role refusal tool_calls function_call "
    "annotations audio logprobs finish_reason index function name arguments custom input reasoning reasoning_content "
    "url_citation data service_tier prompt_tokens prompt_tokens_details executed_tools x_groq search_results results"
).split()
odd = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@given(st.lists(odd, max_size=4), st.booleans())
def test_law_7_whatever_arrives_gives_parts_or_a_typed_error(chunks: list[Any], warn: bool) -> None:
    from ai_sdk.providers.groq._quirks import QUIRKS

    for quirks in (Quirks(malformed="warn" if warn else "raise"), QUIRKS):
        for kind in (ChatDecoder, CompletionDecoder):
            decoder = kind(context(quirks=quirks, tools=frozenset({"a"}), json=True))
            try:
                parts = stream(
                    event({"content": "x"}), *(json.dumps(each).encode() for each in chunks), decoder=decoder
                )
                fold_language(parts)
            except AISDKError:
                pass


@given(odd)
def test_law_7_whatever_is_answered_gives_parts_or_a_typed_error(body: Any) -> None:
    try:
        fold_language(decode(ChatDecoder(context()), body))
    except AISDKError:
        pass


@given(st.binary(max_size=30))
def test_law_7_bytes_that_are_not_json_are_a_malformed_event(data: bytes) -> None:
    try:
        ChatDecoder(context()).event(data)
    except AISDKError:
        pass


# ---- text, reasoning, identity ----


def test_the_first_event_gives_who_answers_and_no_content() -> None:
    decoder = ChatDecoder(context(), {"x-request-id": "q"}, [CallWarning("unsupported", "top_k", "left out")])
    parts = decoder.event(event({"role": "assistant", "content": ""}))
    assert parts == [
        StreamStart((CallWarning("unsupported", "top_k", "left out"),)),
        ResponseMetadata("r1", "m-1", 7.0, parts[1].headers if isinstance(parts[1], ResponseMetadata) else {}),
    ]
    assert isinstance(parts[1], ResponseMetadata)
    assert parts[1].headers == {"x-request-id": "q"}
    assert decoder.event(event({"content": "Hi"})) == [TextDelta("Hi")]


def test_who_answers_waits_for_the_first_event_that_says_it() -> None:
    first = json.dumps({"id": "", "model": "", "choices": [], "prompt_filter_results": [{}]}).encode()
    parts = stream(first, event({"content": "Hi"}, "stop"))
    assert [part.type for part in parts] == ["response-metadata", "text-delta", "finish"]


def test_only_the_first_choice_is_content() -> None:
    both = {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}
    assert fold(json.dumps(both).encode(), event({}, "stop")).text == "a"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_has_two_names(field: str) -> None:
    parts = stream(event({"content": "", field: "hm"}), event({field: "m"}), event({"content": "Yes"}, "stop"))
    assert parts[1:3] == [ReasoningDelta("hm"), ReasoningDelta("m")]
    assert fold_language(parts).reasoning == "hmm"


def test_a_refusal_is_text_that_says_so() -> None:
    result = fold(event({"refusal": "I can"}), event({"refusal": "not"}), event({}, "stop"))
    assert result.text == "I cannot"
    assert result.content[0].provider_metadata == {"lab": {"refusal": True}}


def test_a_citation_is_a_source() -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "https://a.test", "title": "A"}}
    result = fold(event({"content": "x", "annotations": [cited, {"type": "other"}]}, "stop"))
    assert result.sources == (SourcePart("source_0", "https://a.test", "A"),)


def test_spoken_audio_is_a_file() -> None:
    data = base64.b64encode(b"sound").decode()
    audio = {"id": "audio_1", "data": data, "transcript": "hello", "expires_at": 9}
    metadata = freeze({"lab": {"id": "audio_1", "transcript": "hello", "expires_at": 9}})
    result = fold_language(whole({"content": None, "audio": audio}))
    assert result.files == (FilePart(data=b"sound", media_type="audio/wav", provider_metadata=metadata),)
    half = [{"audio": {"id": "audio_1", "data": data[:4]}}, {"audio": {"data": data[4:]}}]
    assert fold(*map(event, half), event({}, "stop")).files[0].data == b"sound"


def test_logprobs_are_metadata_and_add_up() -> None:
    first, second = ({"content": [{"token": token, "logprob": -0.1}]} for token in "ab")
    chunks = [
        json.dumps({"id": "r", "choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": each}]}).encode()
        for each in (first, second)
    ]
    metadata = fold(*chunks, event({}, "stop")).provider_metadata
    assert [each["token"] for each in metadata["lab"]["logprobs"]["content"]] == ["a", "b"]


def test_content_may_be_a_list_of_texts() -> None:
    assert fold(event({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "stop")).text == "ab"


# ---- the end ----


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content-filter"),
        ("tool_calls", "tool-calls"),
        ("function_call", "tool-calls"),
        ("error", "error"),
        ("eos", "other"),
    ],
)
def test_finish_reasons(raw: str, reason: str) -> None:
    result = fold(event({"content": "x"}, raw))
    assert (result.finish_reason, result.raw_finish_reason) == (reason, raw)


def test_usage_after_the_finish_reason_counts() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    last = json.dumps({"id": "r1", "choices": [], "usage": usage}).encode()
    result = fold(event({"content": "x"}), event({}, "stop"), last, DONE)
    assert result.usage == Usage(10, 4, 6, 1, 3)
    assert result.usage.raw == usage


def test_what_was_not_said_is_none() -> None:
    assert fold(event({"content": "x"}, "stop"), DONE).usage == Usage()
    assert fold(event({"content": "x"}, "stop", usage={"prompt_tokens": 3})).usage == Usage(3)


def test_cached_tokens_may_stand_at_the_top_of_usage() -> None:
    assert fold(event({"content": "x"}, "stop", usage={"prompt_tokens": 3, "cached_tokens": 2})).usage == Usage(
        3, None, 2
    )


def test_law_7_an_end_marker_without_a_reason_is_other_with_a_warning() -> None:
    parts = stream(event({"content": "x"}), DONE)
    assert isinstance(parts[-1], Finish)
    assert parts[-1].reason == "other"
    assert [warning.feature for warning in parts[-1].warnings] == ["finish_reason"]


def test_law_7_an_end_without_either_has_no_finish() -> None:
    assert not any(part.last for part in stream(event({"content": "x"})))


def test_events_after_the_end_marker_are_nothing() -> None:
    assert stream(event({"content": "x"}, "stop"), DONE, event({"content": "y"}), DONE)[-1].last
    assert fold(event({"content": "x"}, "stop"), DONE, event({"content": "y"})).text == "x"


# ---- tool calls ----


def calls_of(*deltas: dict[str, Any], finish: str = "tool_calls") -> list[tuple[str, str, str]]:
    result = fold(*map(event, deltas), event({}, finish), DONE)
    return [(part.id, part.name, part.input) for part in result.tool_calls]


@pytest.mark.parametrize(
    "deltas",
    [
        [call(0, "a", "f", ""), call(1, "b", "g", "{"), call(0, None, None, "{}"), call(1, None, None, "}")],
        [call(None, "a", "f", "{"), call(None, "b", "g", "{"), call(None, "a", None, "}"), call(None, "b", None, "}")],
        [call(None, "a", "f", "{"), call(None, None, None, "}"), call(None, "b", "g", "{}")],
        [call(0, "a", "f", "{}"), call(0, "b", "g", "{}")],
        [call(0, "a", "f", {}), call(1, "b", "g", {})],
    ],
    ids=["by index", "by id", "the latest", "one index for two calls", "decoded arguments"],
)
def test_pieces_find_their_call(deltas: list[dict[str, Any]]) -> None:
    assert calls_of(*deltas) == [("a", "f", "{}"), ("b", "g", "{}")]


def test_pieces_wait_for_the_name() -> None:
    decoder = ChatDecoder(context())
    assert decoder.event(event(call(0, "a", None, '{"x"')))[1:] == []
    assert decoder.event(event(call(0, None, "f", ":1"))) == [ToolInputDelta("a", "f", '{"x":1')]
    assert decoder.event(event(call(0, None, None, "}"))) == [ToolInputDelta("a", "f", "}")]
    assert [part.type for part in decoder.event(event({}, "tool_calls"))] == ["tool-call"]


def test_missing_ids_are_counted_on_from_the_conversation() -> None:
    decoder = ChatDecoder(context(first_call=3))
    result = fold(
        event(call(0, None, "f", "{}")), event(call(1, None, "g", "{}")), event({}, "tool_calls"), decoder=decoder
    )
    assert [part.id for part in result.tool_calls] == ["call_3", "call_4"]


def test_a_stop_with_tool_calls_is_tool_calls() -> None:
    result = fold(event(call(0, "a", "f", "{}")), event({}, "stop"))
    assert (result.finish_reason, result.raw_finish_reason) == ("tool-calls", "stop")


def test_the_older_function_call() -> None:
    assert calls_of({"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}) == [
        ("call_0", "f", "{}")
    ]
    assert calls_of({"content": "x", "function_call": {"name": "", "arguments": ""}}) == []


def test_a_custom_tool_takes_any_text() -> None:
    message = {
        "content": None,
        "tool_calls": [{"id": "a", "type": "custom", "custom": {"name": "f", "input": "x = 1"}}],
    }
    part = fold_language(whole(message)).tool_calls[0]
    assert (part.name, part.input, part.provider_metadata) == ("f", "x = 1", {"lab": {"type": "custom"}})


def test_a_call_that_never_gets_a_name_is_malformed() -> None:
    with pytest.raises(MalformedEventError, match="no name"):
        stream(event(call(0, "a", None, "{}")), event({}, "tool_calls"))
    assert calls_of({"tool_calls": [{"index": 0}]}) == []


def test_a_cut_stream_gives_out_no_call() -> None:
    assert not [part for part in stream(event(call(0, "a", "f", '{"x":'))) if part.type == "tool-call"]


# ---- errors ----


@pytest.mark.parametrize(
    ("chunk", "kind", "code"),
    [
        (
            {"error": {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}},
            RateLimitError,
            "rate_limit_exceeded",
        ),
        ({"error": {"message": "busy", "type": "overloaded_error"}}, OverloadedError, None),
        ({"error": "boom"}, ServerError, None),
        ({"message": "boom", "type": "server_error", "code": "x"}, ServerError, "x"),
        ({"object": "error", "message": "too many", "type": "t", "code": 429}, RateLimitError, "429"),
        ({"id": "r", "choices": [], "error": {"message": "no", "code": 503}}, OverloadedError, "503"),
    ],
)
def test_an_error_in_the_stream_is_raised(chunk: dict[str, Any], kind: type[APIError], code: str | None) -> None:
    with pytest.raises(kind) as caught:
        stream(event({"content": "x"}), json.dumps(chunk).encode())
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.provider, caught.value.model) == (code, "lab", "m")
    assert caught.value.body == chunk


def test_an_event_named_error_is_an_error() -> None:
    with pytest.raises(ServerError, match="gone"):
        ChatDecoder(context()).event(b'{"detail": "gone"}', "error")


def test_malformed_events_raise_or_warn_by_policy() -> None:
    with pytest.raises(MalformedEventError) as caught:
        stream(event({"content": "x"}), b'{"id": "r1", "cho')
    assert caught.value.event == '{"id": "r1", "cho'
    decoder = ChatDecoder(context(quirks=Quirks(malformed="warn")))
    result = fold(event({"content": "x"}), b'{"id": "r1", "cho', b'{"choices": 5}', event({}, "stop"), decoder=decoder)
    assert result.text == "x"
    assert [warning.feature for warning in result.warnings] == ["malformed event", "malformed event"]


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": None}, [], "text", {"choices": [3]}, {"choices": {}}]
)
def test_an_answer_without_choices_is_invalid(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        decode(ChatDecoder(context()), body)


def test_an_error_in_a_good_answer_is_raised() -> None:
    with pytest.raises(RateLimitError):
        decode(ChatDecoder(context()), {"error": {"message": "slow down", "code": "429"}})


# ---- completions ----


def test_completions_bring_text() -> None:
    body = {"id": "c", "choices": [{"text": " Paris", "index": 0, "finish_reason": "length"}]}
    assert fold_language(decode(CompletionDecoder(context()), body)).text == " Paris"
    events = [json.dumps({"id": "c", "choices": [{"text": text, "index": 0}]}).encode() for text in ("a", "b")]
    assert fold(*events, DONE, decoder=CompletionDecoder(context())).text == "ab"
