"""From Gemini's answers to parts: what is not plain in the recordings, and what only documents tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    InvalidResponseError,
    MalformedEventError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
)
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    user,
)
from ai_sdk.parts import Finish, LanguagePart, ToolInputDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.google import create_google
from ai_sdk.providers.google._decode import decode
from ai_sdk.requests import JSONFormat, ToolDefinition
from ai_sdk.results import LanguageResult, fold_language

OLD = "gemini-2.5-flash"


def answer(*parts: Any, reason: Any = "STOP", **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}
    if reason is not None:
        candidate["finishReason"] = reason
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": "gemini-x"}


def decoder(**fields: Any) -> Any:
    model = create_google()(OLD)
    return model.decoder(ask(**fields), Exchange(model.endpoint, OLD), {}, [])


def streamed(*events: Any, **fields: Any) -> list[LanguagePart]:
    reader = decoder(stream=True, **fields)
    parts: list[LanguagePart] = [part for each in events for part in reader.event(json.dumps(each).encode())]
    parts += reader.end()
    return parts


def whole(body: Any, **fields: Any) -> LanguageResult:
    return fold_language(decode(decoder(**fields), body))


def own(part: Any) -> Any:
    return part.provider_metadata.get("google")


# ---- text, thoughts and signatures ----


def test_text_goes_on_in_the_next_event_and_a_signature_ends_its_block() -> None:
    parts = streamed(
        answer({"text": "Hm", "thought": True}, reason=None),
        answer({"text": ".", "thought": True}, reason=None),
        answer({"text": "So"}, reason=None),
        answer({"text": " it is."}, reason=None),
        answer({"text": "", "thoughtSignature": "c2ln"}, reason=None),
        answer({"text": "More"}),
    )
    assert fold_language(parts).content == (
        ReasoningPart("Hm.", {"google": {"thought": True}}),
        TextPart("So it is.", {"google": {"thoughtSignature": "c2ln"}}),
        TextPart("More"),
    )


def test_two_parts_of_one_event_are_two_blocks() -> None:
    result = whole(answer({"text": "a"}, {"text": "b", "thoughtSignature": "c2ln"}, {"text": ""}))
    assert result.content == (TextPart("a"), TextPart("b", {"google": {"thoughtSignature": "c2ln"}}))
    alone = whole(answer({"functionCall": {"name": "f"}}, {"thoughtSignature": "c2ln"}))
    assert own(alone.content[1]) == {"thoughtSignature": "c2ln"}


def test_a_signed_thought() -> None:
    (part,) = whole(answer({"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"})).content
    assert part == ReasoningPart("Hm.", {"google": {"thought": True, "thoughtSignature": "c2ln"}})


def test_who_answered_and_when() -> None:
    body = {**answer({"text": "Hi"}), "createTime": "2026-05-27T16:53:45.443719Z"}
    info = whole(body).response
    assert (info.id, info.model, info.timestamp) == ("r1", "gemini-x", 1779900825.443719)


def test_only_the_first_candidate_is_read() -> None:
    body = answer({"text": "one"})
    body["candidates"].append({"index": 1, "content": {"parts": [{"text": "two"}]}, "finishReason": "MAX_TOKENS"})
    assert (whole(body).text, whole(body).finish_reason) == ("one", "stop")


# ---- calls ----


def test_calls_without_ids_are_numbered_on_from_the_history() -> None:
    calls = [{"functionCall": {"name": "f", "args": {"a": 1}}}, {"functionCall": {"name": "g", "id": "given"}}]
    before = (user("Hi"), AssistantMessage((ToolCallPart("call_0", "f", "{}"),)), user("Go on"))
    result = whole(answer(*calls, {"functionCall": {"name": "h"}}), messages=before)
    assert [(call.id, call.name, call.input) for call in result.tool_calls] == [
        ("call_1", "f", '{"a":1}'),
        ("given", "g", "{}"),
        ("call_2", "h", "{}"),
    ]
    assert (result.finish_reason, result.raw_finish_reason) == ("tool-calls", "STOP")


def test_a_call_comes_as_soon_as_it_is_here() -> None:
    reader = decoder(stream=True)
    (_, call) = reader.event(json.dumps(answer({"functionCall": {"name": "f"}}, reason=None)).encode())
    assert isinstance(call, ToolCallPart)


def piece(path: str, going: bool = True, **value: Any) -> dict[str, Any]:
    return answer({"functionCall": {"partialArgs": [{"jsonPath": path, **value}], "willContinue": going}}, reason=None)


def test_arguments_that_stream_in_pieces() -> None:
    begin = {"functionCall": {"name": "cook", "willContinue": True}, "thoughtSignature": "c2ln"}
    parts = streamed(
        answer(begin, reason=None),
        piece("$.steps[1].text", stringValue="sti"),
        piece("$.steps[1].text", stringValue="r"),
        piece("$.steps[0]['a.b']", numberValue=2),
        piece('$.deep["x"]', boolValue=True),
        piece("$.nothing", nullValue="NULL_VALUE"),
        piece("nonsense", stringValue="lost"),
        piece("$.steps.wrong", stringValue="lost"),
        answer({"functionCall": {}}, {"functionCall": {"name": "next"}}),
    )
    assert [part for part in parts if isinstance(part, ToolInputDelta)] == [ToolInputDelta("call_0", "cook", "")]
    first, second = (part for part in parts if isinstance(part, ToolCallPart))
    assert first.arguments() == {"steps": [{"a.b": 2}, {"text": "stir"}], "deep": {"x": True}, "nothing": None}
    assert own(first) == {"thoughtSignature": "c2ln"}
    assert (second.id, second.name) == ("call_1", "next")


def test_a_call_whose_last_piece_is_the_last_event_is_given_at_the_end() -> None:
    parts = streamed(answer({"functionCall": {"name": "f", "willContinue": True}}, reason=None), answer())
    assert [part.type for part in parts][-2:] == ["tool-call", "finish"]


def test_a_call_without_a_name_is_malformed() -> None:
    with pytest.raises(MalformedEventError, match="a function call has no name"):
        streamed(answer({"functionCall": {"args": {}}}))
    with pytest.raises(InvalidResponseError, match="a function call has no name"):
        whole(answer({"functionCall": {"args": {}}}))


def test_the_json_tool_is_the_text_of_the_answer() -> None:
    fields: dict[str, Any] = {"tools": (ToolDefinition("f"),), "response_format": JSONFormat()}
    result = whole(answer({"functionCall": {"name": "json", "args": {"a": 1}}}), **fields)
    assert (result.text, result.tool_calls, result.finish_reason) == ('{"a":1}', (), "stop")
    called = whole(answer({"functionCall": {"name": "f"}}), **fields)
    assert called.finish_reason == "tool-calls"
    assert whole(answer({"functionCall": {"name": "json"}}), tools=fields["tools"]).tool_calls


# ---- what Google runs itself ----


def test_code_that_ran_with_and_without_ids() -> None:
    result = whole(
        answer(
            {"executableCode": {"language": "PYTHON", "code": "1/0"}, "thoughtSignature": "c2ln"},
            {"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "ZeroDivisionError"}},
            {"executableCode": {"language": "PYTHON", "code": "2", "id": "x"}},
            {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2", "id": "x"}},
        )
    )
    first, failed, second, fine = result.content
    assert isinstance(first, ToolCallPart)
    assert isinstance(failed, ToolResultPart)
    assert isinstance(second, ToolCallPart)
    assert isinstance(fine, ToolResultPart)
    assert (first.id, first.name, first.provider_executed) == ("call_0", "code_execution", True)
    assert first.arguments() == {"language": "PYTHON", "code": "1/0"}
    assert (failed.id, failed.is_error, failed.provider_executed) == ("call_0", True, True)
    assert failed.output == {"outcome": "OUTCOME_FAILED", "output": "ZeroDivisionError"}
    assert (second.id, fine.id, fine.is_error) == ("x", "x", False)
    assert result.finish_reason == "stop"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("GOOGLE_SEARCH_WEB", "google_search"), ("FILE_SEARCH", "file_search"), ("URL_CONTEXT", "url_context")],
)
def test_tools_of_google(kind: str, name: str) -> None:
    body = answer(
        {"toolCall": {"toolType": kind, "id": "t", "args": {"queries": ["a"]}}, "thoughtSignature": "c2ln"},
        {"toolResponse": {"toolType": kind, "id": "t", "response": {"found": 1}}},
        {"text": "So."},
    )
    result = whole(body)
    call, found, _ = result.content
    assert isinstance(call, ToolCallPart)
    assert isinstance(found, ToolResultPart)
    assert (call.name, call.provider_executed, found.id, found.output) == (name, True, "t", {"found": 1})
    echo, _ = create_google()(OLD).encode(ask(messages=(user("Hi"), assistant(*result.content), user("Go on"))))
    assert echo["contents"][1]["parts"] == body["candidates"][0]["content"]["parts"]


def test_sources_come_once_while_streaming() -> None:
    def chunks(*found: dict[str, Any]) -> dict[str, Any]:
        return {"groundingMetadata": {"groundingChunks": list(found), "webSearchQueries": ["q"]}}

    page = {"web": {"uri": "https://a.example", "title": "A"}}
    place = {"maps": {"uri": "https://maps.example", "title": "Café", "placeId": "places/1"}}
    text = {"retrievedContext": {"text": "Paris is ...", "fileSearchStore": "stores/1"}}
    titled = {"retrievedContext": {"title": "a.pdf", "text": "one"}}
    again = {"retrievedContext": {"title": "a.pdf", "text": "two"}}
    picture = {"image": {"sourceUri": "https://pic.example", "imageUri": "https://pic.example/1.png"}}
    parts = streamed(
        answer({"text": "So"}, reason=None, **chunks(page)),
        answer({"text": "."}, **chunks(page, place, text, titled, again, picture, {"web": {}}, {"odd": 1})),
    )
    sources = [part for part in parts if isinstance(part, SourcePart)]
    assert [(part.id, part.url, part.title) for part in sources] == [
        ("source_0", "https://a.example", "A"),
        ("source_1", "https://maps.example", "Café"),
        ("source_2", None, None),
        ("source_3", None, "a.pdf"),
        ("source_4", "https://pic.example", None),
    ]
    assert own(sources[2]) == {"fileSearchStore": "stores/1", "text": "Paris is ..."}
    assert [part.type for part in parts][1:4] == ["text-delta", "source", "text-delta"]
    finish = parts[-1]
    assert isinstance(finish, Finish)
    assert own(finish)["groundingMetadata"]["webSearchQueries"] == ("q",)


# ---- files ----


def test_generated_pictures_and_files() -> None:
    result = whole(
        answer(
            {"text": "Here:"},
            {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}, "thoughtSignature": "c2ln"},
            {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}, "thought": True},
            {"fileData": {"fileUri": "gs://bucket/a.mp4", "mimeType": "video/mp4"}},
        )
    )
    picture, draft, clip = result.files
    assert (picture.data, picture.media_type, own(picture)) == (
        b"\x89PNG\r\n",
        "image/png",
        {"thoughtSignature": "c2ln"},
    )
    assert own(draft) == {"thought": True}
    assert (clip.url, clip.media_type) == ("gs://bucket/a.mp4", "video/mp4")


def test_pieces_of_audio_are_one_file() -> None:
    def sound(data: str, kind: str = "audio/L16;rate=24000", reason: Any = None) -> dict[str, Any]:
        return answer({"inlineData": {"mimeType": kind, "data": data}}, reason=reason)

    parts = streamed(sound("AAE="), sound("AgM="), answer({"text": "!"}, reason=None), sound("BA", "audio/wav", "STOP"))
    files = [part for part in parts if isinstance(part, FilePart)]
    assert [(file.data, file.media_type) for file in files] == [
        (b"\0\1\2\3", "audio/L16;rate=24000"),
        (b"\4", "audio/wav"),
    ]
    assert [part.type for part in parts][1:] == ["file", "text-delta", "file", "finish"]


def test_bytes_that_are_none_are_malformed() -> None:
    with pytest.raises(MalformedEventError):
        streamed(answer({"inlineData": {"mimeType": "image/png", "data": "!"}}))


# ---- the end ----


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content-filter"),
        ("RECITATION", "content-filter"),
        ("MODEL_ARMOR", "content-filter"),
        ("IMAGE_SAFETY", "content-filter"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("UNEXPECTED_TOOL_CALL", "error"),
        ("OTHER", "other"),
        ("SOMETHING_NEW", "other"),
        (1, "stop"),
        (2, "length"),
        (5, "other"),
    ],
)
def test_finish_reasons(raw: Any, reason: str) -> None:
    result = whole(answer({"text": "a"}, reason=raw))
    assert (result.finish_reason, result.raw_finish_reason) == (reason, str(raw))


def test_a_call_of_an_unknown_tool_is_still_a_call() -> None:
    result = whole(answer({"functionCall": {"name": "made_up"}}, reason="UNEXPECTED_TOOL_CALL"))
    assert result.finish_reason == "tool-calls"


def test_a_blocked_prompt() -> None:
    body = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 3}}
    result = whole(body)
    assert (result.finish_reason, result.raw_finish_reason) == ("content-filter", "PROHIBITED_CONTENT")
    assert own(result)["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    finish = streamed(body)[-1]
    assert isinstance(finish, Finish)
    assert finish.reason == "content-filter"


def test_an_answer_without_a_reason_warns_and_a_stream_without_one_has_no_finish() -> None:
    result = whole(answer({"text": "a"}, reason=None))
    assert result.finish_reason == "other"
    assert [each.feature for each in result.warnings] == ["finish_reason"]
    assert [part.type for part in streamed(answer({"text": "a"}, reason=None))] == ["response-metadata", "text-delta"]


def test_usage_counts_what_the_tools_read_and_what_was_thought() -> None:
    usage = {
        "promptTokenCount": 10,
        "cachedContentTokenCount": 4,
        "toolUsePromptTokenCount": 100,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 20,
        "totalTokenCount": 137,
    }
    found = whole({**answer({"text": "a"}), "usageMetadata": usage}).usage
    assert (found.input_tokens, found.output_tokens, found.total_tokens) == (110, 27, 137)
    assert (found.cache_read_tokens, found.reasoning_tokens) == (4, 20)
    assert found.raw == usage
    assert whole(answer({"text": "a"})).usage.input_tokens is None


def test_what_is_said_beside_the_answer_is_metadata() -> None:
    more: dict[str, Any] = {
        "avgLogprobs": -0.1,
        "safetyRatings": [{"category": "A"}],
        "urlContextMetadata": {"urlMetadata": []},
    }
    assert own(whole(answer({"text": "a"}, **more, citationMetadata={}))) == {
        "avgLogprobs": -0.1,
        "safetyRatings": ({"category": "A"},),
        "urlContextMetadata": {"urlMetadata": ()},
    }


@pytest.mark.parametrize("body", [{}, [], None, 5, "text", {"candidates": []}, {"candidates": 3}, [[]]])
def test_what_is_no_answer(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        whole(body)


def test_a_stream_that_came_as_a_list() -> None:
    assert whole([answer({"text": "Hel"}, reason=None), answer({"text": "lo"})]).text == "Hello"


# ---- errors ----


def failing(status: int, error: dict[str, Any]) -> APIError:
    from ai_sdk.providers.google._errors import refined

    model = create_google()(OLD)
    body = json.dumps({"error": error}).encode()
    return refined(Exchange(model.endpoint, OLD).error(status, {}, body))


def details(*found: dict[str, Any]) -> dict[str, Any]:
    return {"details": [{"@type": "type.googleapis.com/google.rpc.X", **each} for each in found]}


QUOTA = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "API key not valid.", **details({"reason": "API_KEY_INVALID"})}, AuthenticationError),
        (400, {"message": "The input token count (9) exceeds the maximum of 8."}, ContextLengthError),
        (400, {"message": "Invalid argument", "status": "INVALID_ARGUMENT"}, BadRequestError),
        (429, {"message": QUOTA}, RateLimitError),
        (429, {"message": QUOTA, **details({"violations": [{"quotaId": "RequestsPerMinute"}]})}, RateLimitError),
        (429, {"message": QUOTA, **details({"violations": [{"quotaId": "RequestsPerDay"}]})}, QuotaExceededError),
        (
            429,
            {"message": QUOTA, **details({"violations": [{"quotaId": "XPerDay"}, {"quotaId": "XPerMinute"}]})},
            RateLimitError,
        ),
        (429, {"message": "Your prepayment credits are depleted."}, QuotaExceededError),
        (503, {"message": "The model is overloaded.", "status": "UNAVAILABLE"}, OverloadedError),
    ],
)
def test_the_class_of_an_error(status: int, error: dict[str, Any], kind: type[APIError]) -> None:
    found = failing(status, {"code": status, **error})
    assert type(found) is kind
    assert (found.message, found.status, found.provider, found.model) == (error["message"], status, "google", OLD)


def test_when_to_come_back_and_what_it_is_called() -> None:
    error = {"code": 429, "message": QUOTA, "status": "RESOURCE_EXHAUSTED", **details({"retryDelay": "13.5s"})}
    found = failing(429, error)
    assert (found.retry_after, found.type, found.code) == (13.5, "RESOURCE_EXHAUSTED", "429")
    assert found.body == {"error": error}


@pytest.mark.parametrize(
    "body", [{"error": {"code": 503, "message": "full"}}, [{"error": {"code": 503, "message": "full"}}]]
)
def test_an_error_inside_a_stream(body: Any) -> None:
    with pytest.raises(OverloadedError, match="full") as caught:
        streamed(answer({"text": "a"}, reason=None), body)
    assert caught.value.status == 503
