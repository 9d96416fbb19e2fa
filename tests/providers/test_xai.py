"""What xAI does in its own way, in both of its APIs; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    BadRequestError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    RateLimitError,
    UnsupportedError,
)
from ai_sdk.messages import SourcePart, ToolCallPart, ToolResultPart, assistant, user
from ai_sdk.parts import ReasoningDelta
from ai_sdk.providers.openai.responses import ResponsesModel
from ai_sdk.providers.xai import create_xai, xai
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, ToolDefinition
from ai_sdk.results import LanguageResult, Usage, fold_language

GROK3 = xai.chat("grok-3")
MINI = xai.chat("grok-3-mini")
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 1,
    "total_tokens": 241,
    "prompt_tokens_details": {"text_tokens": 12, "cached_tokens": 2},
    "completion_tokens_details": {"reasoning_tokens": 228},
}


def test_the_door() -> None:
    assert xai.kinds == ("language", "image", "speech", "transcription", "video")
    assert (xai.base_url, xai.key_env) == ("https://api.x.ai/v1", ("XAI_API_KEY",))
    assert isinstance(xai("grok-4.3"), ResponsesModel)
    assert isinstance(xai.responses("grok-4.3"), ResponsesModel)
    assert repr(GROK3) == repr(xai("grok-3")) == 'xai("grok-3")'
    assert (GROK3.structured_output, xai("m").structured_output) == ("json_schema", "json_schema")
    assert create_xai(structured_output="tool")("m").structured_output == "tool"
    with pytest.raises(UnsupportedError, match="no reranking models"):
        xai.reranking("m")


async def test_keys_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    http = replaying(whole({"content": "Hi"}))
    provider = create_xai(http=http, base_url="https://proxy.test/v1/", headers={"x-team": "blue"})
    with pytest.raises(MissingAPIKeyError, match="XAI_API_KEY"):
        await answered(provider.chat("grok-3"))
    monkeypatch.setenv("XAI_API_KEY", "key-123456")
    assert (await answered(provider.chat("grok-3"))).text == "Hi"
    sent = http.requests[0]
    assert sent.url == "https://proxy.test/v1/chat/completions"
    assert (sent.headers["authorization"], sent.headers["x-team"]) == ("Bearer key-123456", "blue")


def test_chat_settings() -> None:
    body = body_of(GROK3, max_output_tokens=9, temperature=0.5, top_p=0.9, seed=1, stop=("x",), presence_penalty=0.5)
    wire = {
        "max_completion_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 1,
        "stop": ("x",),
        "presence_penalty": 0.5,
    }
    assert body == {"model": "grok-3", "messages": [{"role": "user", "content": "Hi"}], **wire}
    assert lost_by(GROK3, top_k=3)[1] == [("unsupported", "top_k")]


@pytest.mark.parametrize(
    ("model_id", "refuses"),
    [
        ("grok-3-mini", True),
        ("grok-4", True),
        ("grok-4.3", True),
        ("grok-code-fast-1", True),
        ("grok-4-fast-non-reasoning", False),
    ],
)
def test_models_that_reason_refuse_stop_and_penalties(model_id: str, refuses: bool) -> None:
    body, lost = lost_by(xai.chat(model_id), stop=("x",), presence_penalty=0.5, frequency_penalty=0.5)
    names = ["stop", "presence_penalty", "frequency_penalty"]
    assert [name in body for name in names] == [not refuses] * 3
    assert lost == [("unsupported", name) for name in names if refuses]


EFFORTS = [
    ("grok-3-mini", "low", "low", None),
    ("grok-3-mini", "medium", "high", "compatibility"),
    ("grok-3-mini", "none", None, "unsupported"),
    ("grok-4", "low", None, "unsupported"),
    ("grok-4-0709", "low", None, "unsupported"),
    ("grok-4-fast-reasoning", "high", None, "unsupported"),
    ("grok-4.20-reasoning", "high", None, "unsupported"),
    ("grok-4.20-multi-agent", "xhigh", "xhigh", None),
    ("grok-code-fast-1", "high", None, "unsupported"),
    ("grok-4.3", "none", "none", None),
    ("grok-4.3", "minimal", "low", "compatibility"),
    ("grok-4.3-non-reasoning", "low", None, "unsupported"),
    ("grok-4.5", "none", None, "unsupported"),
    ("grok-4.5", "xhigh", "high", "compatibility"),
    ("grok-latest", "medium", "medium", None),
]


@pytest.mark.parametrize(("model_id", "asked", "sent", "kind"), EFFORTS)
def test_efforts_by_model(model_id: str, asked: Any, sent: str | None, kind: str | None) -> None:
    expected = [] if kind is None else [(kind, "reasoning")]
    body, lost = lost_by(xai.chat(model_id), reasoning=asked)
    assert (body.get("reasoning_effort"), lost) == (sent, expected)
    body, lost = lost_by(xai(model_id), reasoning=asked)
    assert (body.get("reasoning"), lost) == (None if sent is None else {"effort": sent}, expected)


def test_live_search_is_withdrawn() -> None:
    options = {"xai": {"search_parameters": {"mode": "on"}, "parallel_tool_calls": False}}
    body, lost = lost_by(GROK3, provider_options=options)
    assert (body["search_parameters"], body["parallel_tool_calls"]) == ({"mode": "on"}, False)
    assert lost == [("other", "search_parameters")]


def test_a_schema() -> None:
    wanted = JSONFormat(freeze({"type": "object"}))
    sent = body_of(GROK3, response_format=wanted)["response_format"]
    assert (sent["type"], sent["json_schema"]["strict"]) == ("json_schema", True)
    assert body_of(xai("grok-4.3"), response_format=wanted)["text"]["format"]["schema"] == {"type": "object"}


def test_tokens_of_reasoning_are_counted_beside_the_answer() -> None:
    result = fold_language(streamed(MINI, chunk({"content": "Hello"}), chunk({}, "stop", usage=USAGE)))
    assert result.usage == Usage(12, 229, 2, reasoning_tokens=228)
    inclusive = {**USAGE, "completion_tokens": 229}
    assert fold_language(streamed(MINI, chunk({"content": "x"}, "stop", usage=inclusive))).usage.output_tokens == 229


def test_a_call_comes_whole_after_reasoning_that_repeats_itself() -> None:
    """ "J.R.R." arrives as " J", ".R", ".R": a delta that repeats the one before is text."""
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    parts = streamed(
        MINI,
        chunk({"role": "assistant", "reasoning_content": "J"}),
        chunk({"reasoning_content": ".R"}),
        chunk({"reasoning_content": ".R"}),
        chunk({"tool_calls": [call]}),
        chunk({}, "tool_calls"),
    )
    result = fold_language(parts)
    assert len([part for part in parts if isinstance(part, ReasoningDelta)]) == 3
    assert (result.reasoning, result.finish_reason) == ("J.R.R", "tool-calls")
    assert result.tool_calls == (ToolCallPart("call_1", "add", '{"a":1}'),)


def test_citations_of_the_last_event_are_sources() -> None:
    """Vendor documents, of live search."""
    cited: dict[str, Any] = {"citations": ["https://a.test", "https://b.test", "https://a.test"]}
    parts = streamed(GROK3, chunk({"content": "Yes"}), chunk({"content": "."}, **cited), chunk({}, "stop", **cited))
    assert fold_language(parts).sources == (
        SourcePart("source_0", "https://a.test"),
        SourcePart("source_1", "https://b.test"),
    )


def test_an_echo_of_the_last_assistant_message_is_left_out() -> None:
    """As the vendor's SDKs do."""
    history = (user("Say abc"), assistant("abc"))
    parts = streamed(
        GROK3,
        chunk({"role": "assistant"}),
        chunk({"content": "abc"}),
        chunk({"content": "def"}, "stop"),
        messages=history,
    )
    assert fold_language(parts).text == "def"
    again = streamed(GROK3, chunk({"content": "x"}), chunk({"content": "abc"}, "stop"), messages=history)
    assert fold_language(again).text == "xabc"


FLAT = [
    ("The service is currently unavailable", OverloadedError, True),
    ("Some resource has been exhausted", RateLimitError, True),
    ("Some requested entity was not found", NotFoundError, False),
    ("Client specified an invalid argument", BadRequestError, False),
    ("Something that nobody knows", BadRequestError, False),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("chat", [False, True], ids=["responses", "chat"])
@pytest.mark.parametrize(("code", "kind", "retryable"), FLAT)
async def test_errors_that_come_with_a_good_status(
    code: str, kind: type[APIError], retryable: bool, chat: bool, stream: bool
) -> None:
    provider = create_xai(api_key="k", http=replaying({"code": code, "error": "It failed."}))
    with pytest.raises(kind, match=r"It failed\.") as failed:
        await answered(provider.chat("grok-3") if chat else provider("grok-4.3"), stream=stream)
    assert (failed.value.code, failed.value.retryable) == (code, retryable)


async def test_errors_of_both_shapes_with_a_bad_status() -> None:
    flat = {"code": "Client specified an invalid argument", "error": "Model grok-4 does not support parameter x."}
    with pytest.raises(BadRequestError, match="does not support parameter x") as failed:
        await answered(create_xai(api_key="k", http=replaying(flat, 400)).chat("grok-4"))
    assert failed.value.status == 400
    gone = {"error": "Live search is deprecated. Please switch to the Agent Tools API"}
    with pytest.raises(APIError, match="Live search is deprecated"):
        await answered(create_xai(api_key="k", http=replaying(gone, 410)).chat("grok-4"))
    nested = {"error": {"message": "slow down", "type": "rate_limit_error", "code": None}}
    with pytest.raises(RateLimitError, match="slow down") as slow:
        await answered(create_xai(api_key="k", http=replaying(nested, 429, **{"retry-after": "3"})).chat("grok-4"))
    assert slow.value.retry_after == 3


async def test_models() -> None:
    (model,) = await create_xai(api_key="k", http=replaying({"data": [{"id": "grok-3", "owned_by": "xai"}]})).models()
    assert (model.id, model.owner) == ("grok-3", "xai")


# ---- Responses ----

TOOLS = (
    ProviderTool("xai.web_search", {"filters": {"allowed_domains": ["x.ai"]}}),
    ProviderTool("xai.x_search"),
    ProviderTool("xai.code_execution"),
    ProviderTool("xai.file_search", {"vector_store_ids": ["c"]}),
    ProviderTool("xai.mcp", {"server_url": "https://mcp.test", "server_label": "mcp"}),
    ProviderTool("groq.browser_search"),
    ToolDefinition("add"),
)


def test_tools_that_xai_runs() -> None:
    body, lost = lost_by(xai("grok-4.3"), tools=TOOLS)
    assert [tool["type"] for tool in body["tools"]] == [
        "web_search",
        "x_search",
        "code_interpreter",
        "file_search",
        "mcp",
        "function",
    ]
    assert body["tools"][0]["filters"] == freeze({"allowed_domains": ["x.ai"]})
    assert body["tools"][2] == {"type": "code_interpreter"}
    assert "strict" not in body["tools"][5]
    assert lost == [("unsupported", "groq.browser_search")]
    assert lost_by(GROK3, tools=TOOLS[:1])[1] == [("unsupported", "xai.web_search")]


def test_reasoning_that_is_not_stored_comes_encrypted() -> None:
    model = xai("grok-4.3")
    assert "include" not in body_of(model)
    assert "store" not in body_of(model)
    body = body_of(model, provider_options={"xai": {"store": False, "include": ["x"]}})
    assert (body["store"], body["include"]) == (False, ["x", "reasoning.encrypted_content"])
    quick = body_of(xai("grok-4-fast-non-reasoning"), provider_options={"xai": {"store": False}})
    assert "include" not in quick


def test_instructions_come_from_system() -> None:
    from ai_sdk.messages import system

    body = body_of(xai("grok-4.3"), messages=(system("Be brief."), user("Hi")))
    assert [item["role"] for item in body["input"]] == ["system", "user"]


RESPONSE = {"id": "resp_1", "object": "response", "model": "grok-4.3", "status": "completed", "error": None}
TEXT: dict[str, Any] = {"type": "output_text", "text": "55", "annotations": []}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [TEXT],
}
SPENT = {
    "input_tokens": 1606,
    "input_tokens_details": {"cached_tokens": 1235},
    "output_tokens": 292,
    "output_tokens_details": {"reasoning_tokens": 190},
    "total_tokens": 1898,
}


async def response_of(*items: dict[str, Any]) -> tuple[LanguageResult, list[dict[str, Any]]]:
    """The result, and how it is sent back."""
    body: dict[str, Any] = {**RESPONSE, "output": [*items, MESSAGE], "usage": SPENT}
    model = create_xai(api_key="k", http=replaying(body))("grok-4.3")
    result = await answered(model)
    sent, _ = model.encode(LanguageRequest(messages=(user("Hi"), result.message)))
    return result, json.loads(json.dumps(sent["input"][1:]))


@pytest.mark.parametrize(
    ("item", "name", "identity"),
    [
        (
            {"id": "ctc_1", "call_id": "xs_1", "type": "custom_tool_call", "name": "x_keyword_search", "input": "{}"},
            "x_keyword_search",
            "xs_1",
        ),
        (
            {"id": "fc_1", "call_id": "", "type": "x_search_call", "name": "x_semantic_search", "arguments": "{}"},
            "x_semantic_search",
            "fc_1",
        ),
        (
            {"id": "ci_1", "call_id": "", "type": "code_interpreter_call", "status": "completed"},
            "code_execution",
            "ci_1",
        ),
        ({"id": "ws_1", "type": "web_search_call", "action": {"type": "search", "query": "x"}}, "web_search", "ws_1"),
        ({"id": "v_1", "type": "view_image_call", "status": "completed"}, "view_image", "v_1"),
    ],
)
async def test_calls_of_tools_that_xai_ran(item: dict[str, Any], name: str, identity: str) -> None:
    result, sent = await response_of(item)
    call, output = result.content[0], result.content[1]
    assert isinstance(call, ToolCallPart)
    assert isinstance(output, ToolResultPart)
    assert (call.name, call.id, call.provider_executed) == (name, identity, True)
    assert (output.name, output.id, output.provider_executed) == (name, identity, True)
    assert (result.text, result.finish_reason) == ("55", "stop")
    assert sent[0] == item


async def test_a_function_is_for_the_caller() -> None:
    call = {"id": "fc_1", "call_id": "call_7", "type": "function_call", "name": "add", "arguments": '{"a":1}'}
    result, sent = await response_of(call)
    assert [(each.id, each.provider_executed) for each in result.tool_calls] == [("call_7", False)]
    assert sent[0] == call
    assert result.usage == Usage(1606, 292, 1235, reasoning_tokens=190)


async def test_encrypted_reasoning_goes_back() -> None:
    thought = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Hm"}],
        "encrypted_content": "x",
    }
    result, sent = await response_of(thought)
    assert result.reasoning == "Hm"
    assert sent[0] == thought
