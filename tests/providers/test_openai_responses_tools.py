"""Tools of the Responses API that OpenAI or the caller runs, and errors."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import Reply, ask, serve, sse
from responses_kit import COMPLETED, decoder, done, message, ours, read, response, whole

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    BadRequestError,
    ContextLengthError,
    InvalidResponseError,
    MalformedEventError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import FilePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import ToolInputDelta
from ai_sdk.providers.openai import create_openai

HOSTED = [
    (
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
        ("ws_1", "web_search", '{"type":"search","query":"q"}'),
        {"status": "completed"},
    ),
    (
        {"type": "file_search_call", "id": "fs_1", "queries": ["q"], "results": [{"file_id": "file-1"}]},
        ("fs_1", "file_search", '{"queries":["q"]}'),
        {"results": ({"file_id": "file-1"},)},
    ),
    (
        {
            "type": "code_interpreter_call",
            "id": "ci_1",
            "code": "1",
            "container_id": "c",
            "outputs": [{"type": "logs", "logs": "1"}],
        },
        ("ci_1", "code_interpreter", '{"code":"1","container_id":"c"}'),
        {"outputs": ({"type": "logs", "logs": "1"},)},
    ),
    (
        {
            "type": "mcp_call",
            "id": "mcp_1",
            "name": "ask",
            "server_label": "w",
            "arguments": '{"q": 1}',
            "output": "yes",
        },
        ("mcp_1", "ask", '{"q": 1}'),
        "yes",
    ),
    (
        {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "w", "tools": [{"name": "ask"}]},
        ("mcpl_1", "mcp_list_tools", "{}"),
        {"tools": ({"name": "ask"},)},
    ),
    (
        {"type": "of_next_year_call", "id": "x_1", "arguments": {"a": 1}, "status": "completed"},
        ("x_1", "of_next_year", '{"a":1}'),
        {"status": "completed"},
    ),
]


@pytest.mark.parametrize(("item", "call", "output"), HOSTED)
def test_tools_that_openai_runs(item: dict[str, Any], call: tuple[str, str, str], output: Any) -> None:
    result = whole(item)
    asked, answered = result.content
    assert isinstance(asked, ToolCallPart)
    assert isinstance(answered, ToolResultPart)
    assert (asked.id, asked.name, asked.input) == call
    assert (answered.id, answered.name, answered.output) == (call[0], call[1], output)
    assert asked.provider_executed
    assert answered.provider_executed
    assert not answered.is_error
    assert ours(asked) == {"item": freeze(item)}
    assert result.finish_reason == "stop"


def test_a_tool_that_failed() -> None:
    failed = {"type": "mcp_call", "id": "mcp_1", "name": "ask", "arguments": "{}", "error": {"message": "down"}}
    answered = whole(failed).content[1]
    assert isinstance(answered, ToolResultPart)
    assert (answered.is_error, answered.output) == (True, {"message": "down"})


def test_a_generated_picture() -> None:
    item = {"type": "image_generation_call", "id": "ig_1", "output_format": "webp", "result": "cG5n"}
    call, file, answered = whole(item).content
    assert isinstance(file, FilePart)
    assert (file.data, file.media_type, ours(file)) == (b"png", "image/webp", {"item_id": "ig_1"})
    assert "result" not in ours(call)["item"]
    assert isinstance(answered, ToolResultPart)
    with pytest.raises(InvalidResponseError, match="not base64"):
        whole({**item, "result": "..."})


def test_tools_that_the_caller_runs() -> None:
    calls = [
        {"type": "local_shell_call", "id": "lsh_1", "call_id": "call_1", "action": {"command": ["ls"]}},
        {"type": "shell_call", "id": "sh_1", "call_id": "call_2", "action": {"commands": ["ls"]}},
        {"type": "apply_patch_call", "id": "apc_1", "call_id": "call_3", "operation": {"type": "create_file"}},
        {"type": "computer_call", "id": "cu_1", "call_id": "call_4", "action": {"type": "screenshot"}},
        {"type": "tool_search_call", "id": "tsc_1", "call_id": "call_5", "execution": "client", "arguments": {"g": 1}},
    ]
    result = whole(*calls)
    assert [(each.id, each.name, each.input) for each in result.tool_calls] == [
        ("call_1", "local_shell", '{"command":["ls"]}'),
        ("call_2", "shell", '{"commands":["ls"]}'),
        ("call_3", "apply_patch", '{"type":"create_file"}'),
        ("call_4", "computer", '{"type":"screenshot"}'),
        ("call_5", "tool_search", '{"g":1}'),
    ]
    assert not any(each.provider_executed for each in result.tool_calls)
    assert result.finish_reason == "tool-calls"


def test_a_shell_in_a_container_and_a_search_on_the_server_are_the_providers() -> None:
    result = whole(
        {"type": "shell_call", "call_id": "call_1", "action": {}, "environment": {"type": "container_reference"}},
        {"type": "shell_call_output", "call_id": "call_1", "output": [{"stdout": "a"}]},
        {"type": "tool_search_call", "id": "tsc_1", "call_id": None, "execution": "server", "arguments": {}},
        {"type": "tool_search_output", "id": "tso_1", "call_id": None, "execution": "server", "tools": []},
    )
    answers = [part for part in result.content if isinstance(part, ToolResultPart)]
    assert [(each.id, each.name, each.output) for each in answers] == [
        ("call_1", "shell", ({"stdout": "a"},)),
        ("tsc_1", "tool_search", ()),
    ]
    assert all(each.provider_executed for each in result.tool_calls)
    assert result.finish_reason == "stop"


def test_an_approval_that_is_asked_for_has_no_result_yet() -> None:
    item = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "ask", "server_label": "w", "arguments": "{}"}
    (call,) = whole(item).content
    assert isinstance(call, ToolCallPart)
    assert (call.id, call.name, call.provider_executed) == ("mcpr_1", "ask", True)


def test_code_is_previewed_as_json() -> None:
    item: dict[str, Any] = {
        "type": "code_interpreter_call",
        "id": "ci_1",
        "code": 'print("ä")\n',
        "container_id": "c",
        "outputs": [],
    }
    delta = {"type": "response.code_interpreter_call_code.delta", "output_index": 0, "item_id": "ci_1"}
    parts = read(
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "code": ""}},
        {**delta, "delta": 'print("'},
        {**delta, "delta": 'ä")\n'},
        *done(item),
    )
    previews = "".join([part.delta for part in parts if isinstance(part, ToolInputDelta)])
    (call,) = [part for part in parts if isinstance(part, ToolCallPart)]
    assert previews == call.input
    assert call.arguments()["code"] == 'print("ä")\n'


@pytest.mark.parametrize(
    ("event", "kind", "words"),
    [
        ({"type": "error", "code": "server_error", "message": "Boom"}, ServerError, "Boom"),
        ({"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow"}}, RateLimitError, "Slow"),
        ({"type": "error", "error": {"code": "insufficient_quota", "message": "Pay"}}, QuotaExceededError, "Pay"),
        ({"type": "error", "code": "context_length_exceeded", "message": "Long"}, ContextLengthError, "Long"),
        ({"error": {"message": "Bare"}}, ServerError, "Bare"),
        (
            {"type": "response.failed", "response": response(error={"code": "invalid_prompt", "message": "Bad"})},
            BadRequestError,
            "Bad",
        ),
        (
            {"type": "response.failed", "response": response(error={"code": "server_error", "message": "Boom"})},
            ServerError,
            "Boom",
        ),
    ],
)
def test_errors_inside_a_stream(event: dict[str, Any], kind: type[APIError], words: str) -> None:
    with pytest.raises(kind) as caught:
        read({"type": "response.created", "response": response()}, event)
    assert caught.value.message == words
    assert (caught.value.provider, caught.value.model) == ("openai", "gpt-5")


def test_an_error_inside_a_good_status() -> None:
    with pytest.raises(ServerError, match="Boom"):
        decoder().answer({"error": {"message": "Boom", "code": "server_error"}})


@pytest.mark.parametrize("body", [[], "x", {}, {"output": None}, {"output": {}}])
def test_json_that_is_no_answer(body: Any) -> None:
    with pytest.raises(InvalidResponseError, match="not an answer"):
        decoder().answer(body)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{",
        b'{"type":"response.output_text.delta","delta":7}',
        b'{"type":"response.output_item.done","item":{"type":"function_call"}}',
        b'{"type":"response.output_item.done","item":{"type":"function_call","call_id":"c"}}',
    ],
)
def test_events_that_cannot_be_understood(data: bytes) -> None:
    with pytest.raises(MalformedEventError, match="openai sent an event that cannot be understood"):
        decoder().event(data)


@pytest.mark.parametrize("data", [b"[DONE]", b"{}", b'{"type":7}', b'{"type":"response.unheard_of"}'])
def test_events_that_say_nothing(data: bytes) -> None:
    assert decoder().event(data) == []


async def test_a_stream_that_ends_without_its_last_event_is_truncated() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hel"}
    async with serve(Reply(pieces=sse({"type": "response.created", "response": response()}, delta))) as server:
        model = create_openai(api_key="key", base_url=server.url).responses("gpt-5")
        answer = await model(ask(stream=True))
        with pytest.raises(TruncatedStreamError) as caught:
            await answer.result()
        assert caught.value.partial.text == "Hel"


async def test_plain_json_in_place_of_events_and_the_other_way_round() -> None:
    events = b"".join(sse(*done(message("Hello")), COMPLETED))
    replies = (
        Reply(response(message("Hello"))),
        Reply(response(message("Hello"))),
        Reply(events, headers={"content-type": "application/json"}),
        Reply(events),
    )
    async with serve(*replies) as server:
        model = create_openai(api_key="key", base_url=server.url).responses("gpt-5")
        for stream in (False, True, True, False):
            assert (await (await model(ask(stream=stream))).result()).text == "Hello"
        assert [asked.path for asked in server.asked] == ["/v1/responses"] * 4
