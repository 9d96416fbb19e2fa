"""What DeepSeek does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import AuthenticationError, MissingAPIKeyError, QuotaExceededError, UnsupportedError
from ai_sdk.messages import ReasoningPart, ToolCallPart, ToolResultPart, assistant, system, tool_results, user
from ai_sdk.providers.deepseek import create_deepseek, deepseek
from ai_sdk.requests import JSONFormat, SpecificTool, ToolDefinition
from ai_sdk.results import Usage, fold_language

V4 = deepseek("deepseek-v4-flash")
CHAT = deepseek("deepseek-chat")
CALL = ToolCallPart("call_00_a", "add", '{"a":1}')
SAID = assistant(ReasoningPart("Add."), CALL)
RESULT = tool_results(ToolResultPart("call_00_a", "add", "1"))
ADD = ToolDefinition("add")
SCHEMA = freeze({"type": "object", "properties": {"n": {"type": "integer"}}})


def test_the_door() -> None:
    assert deepseek.kinds == ("language",)
    assert (deepseek.base_url, deepseek.key_env) == ("https://api.deepseek.com", ("DEEPSEEK_API_KEY",))
    assert repr(V4) == 'deepseek("deepseek-v4-flash")'
    assert repr(deepseek.completion("m")) == 'deepseek.completion("m")'
    with pytest.raises(UnsupportedError, match="no embedding models"):
        deepseek.embedding("m")


async def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    http = replaying(whole({"content": "Hi"}))
    model = create_deepseek(http=http, headers={"x-team": "blue"})("deepseek-chat")
    with pytest.raises(MissingAPIKeyError, match="DEEPSEEK_API_KEY"):
        await answered(model)
    monkeypatch.setenv("DEEPSEEK_API_KEY", "key-123456")
    assert (await answered(model)).text == "Hi"
    sent = http.requests[0]
    assert sent.url == "https://api.deepseek.com/chat/completions"
    assert (sent.headers["authorization"], sent.headers["x-team"]) == ("Bearer key-123456", "blue")


def test_settings() -> None:
    body = body_of(CHAT, max_output_tokens=9, temperature=0.5, top_p=0.9, presence_penalty=0.1, stop=("x",))
    wire = {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "presence_penalty": 0.1, "stop": ("x",)}
    assert body == {"model": "deepseek-chat", "messages": [{"role": "user", "content": "Hi"}], **wire}
    _, lost = lost_by(CHAT, seed=1, top_k=2)
    assert lost == [("unsupported", "top_k"), ("unsupported", "seed")]


def test_sampling_has_no_effect_while_the_model_thinks() -> None:
    body, lost = lost_by(V4, temperature=0.5, frequency_penalty=1.0)
    assert "temperature" not in body
    assert lost == [("unsupported", "temperature"), ("unsupported", "frequency_penalty")]
    off = {"deepseek": {"thinking": {"type": "disabled"}}}
    assert body_of(V4, temperature=0.5, provider_options=off)["temperature"] == 0.5


@pytest.mark.parametrize(
    ("asked", "effort", "thinking", "lost"),
    [
        ("none", None, "disabled", []),
        ("minimal", "low", "enabled", [("compatibility", "reasoning")]),
        ("low", "low", "enabled", []),
        ("medium", "medium", "enabled", []),
        ("high", "high", "enabled", []),
        ("xhigh", "max", "enabled", [("compatibility", "reasoning")]),
    ],
)
def test_efforts(asked: Any, effort: str | None, thinking: str, lost: list[Any]) -> None:
    body, warnings = lost_by(CHAT, reasoning=asked)
    assert (body.get("reasoning_effort"), body["thinking"], warnings) == (effort, {"type": thinking}, lost)


def test_options_say_more_than_settings() -> None:
    options = {"thinking": {"type": "disabled"}, "reasoning_effort": "max", "user_id": "u"}
    body = body_of(CHAT, reasoning="low", provider_options={"deepseek": options})
    assert body.items() >= options.items()


def history(model: Any, **fields: Any) -> list[dict[str, Any]]:
    messages = (user("1"), SAID, RESULT, assistant("Done."), user("2"), SAID, RESULT)
    body, _ = model.encode(ask(messages=messages, **fields))
    return [message for message in body["messages"] if message["role"] == "assistant"]


def test_reasoning_since_the_last_user_message_goes_back() -> None:
    assert [each.get("reasoning_content") for each in history(CHAT)] == [None, None, "Add."]
    off = {"deepseek": {"thinking": {"type": "disabled"}}}
    assert [each.get("reasoning_content") for each in history(V4, provider_options=off)] == [None, None, "Add."]


def test_a_v4_model_that_thinks_gets_reasoning_with_every_answer() -> None:
    """Vendor documents: a message without the field is refused."""
    assert [each["reasoning_content"] for each in history(V4)] == ["Add.", "", "Add."]


def test_a_forced_tool_call_turns_thinking_off() -> None:
    """Vendor documents: a model that thinks takes no such choice."""
    for choice in ("required", SpecificTool("add")):
        body, lost = lost_by(V4, tools=(ADD,), tool_choice=choice)
        assert (body["thinking"], lost) == ({"type": "disabled"}, [("compatibility", "tool_choice")])
    assert "thinking" not in body_of(V4, tools=(ADD,), tool_choice="auto")
    assert "thinking" not in body_of(CHAT, tools=(ADD,), tool_choice="required")
    assert body_of(V4, tools=(ADD,), tool_choice="required", reasoning="high")["thinking"] == {"type": "enabled"}


def test_a_schema_is_told_in_a_system_message() -> None:
    body, lost = lost_by(CHAT, messages=(system("Be brief."), user("Hi")), response_format=JSONFormat(SCHEMA))
    assert body["response_format"] == {"type": "json_object"}
    assert [message["role"] for message in body["messages"]] == ["system", "system", "user"]
    assert body["messages"][1]["content"].endswith('{"type":"object","properties":{"n":{"type":"integer"}}}')
    assert lost == [("compatibility", "response_format")]


def test_json_is_asked_for_by_its_name() -> None:
    """Vendor documents: the wish for JSON is refused when no message has the word."""
    assert body_of(CHAT, response_format=JSONFormat())["messages"][0]["content"] == "Answer with JSON."
    said = body_of(CHAT, messages=(user("Give me Json"),), response_format=JSONFormat())
    assert [message["role"] for message in said["messages"]] == ["user"]


async def test_beta_requests_go_to_the_beta_address() -> None:
    http = replaying(whole({"content": "x"}))
    model = create_deepseek(api_key="k", http=http)("deepseek-chat")
    await answered(model, messages=(user("Hi"), assistant("```python\n", deepseek={"prefix": True})))
    await answered(model, tools=(ToolDefinition("add", strict=True),))
    await answered(model, messages=(user("Hi"), assistant("Hello")))
    other = create_deepseek(api_key="k", http=http, base_url="https://proxy.test/v1")("deepseek-chat")
    await answered(other, tools=(ToolDefinition("add", strict=True),))
    assert [request.url for request in http.requests] == [
        "https://api.deepseek.com/beta/chat/completions",
        "https://api.deepseek.com/beta/chat/completions",
        "https://api.deepseek.com/chat/completions",
        "https://proxy.test/v1/chat/completions",
    ]
    assert b'"prefix":true' in http.requests[0].body


async def test_completion_fills_a_gap() -> None:
    body = {"id": "r", "choices": [{"index": 0, "text": "return a", "finish_reason": "stop"}], "usage": None}
    http = replaying(body)
    model = create_deepseek(api_key="k", http=http).completion("deepseek-chat")
    options = {"deepseek": {"suffix": "\n"}}
    assert (await answered(model, provider_options=options)).text == "return a"
    assert http.requests[0].url == "https://api.deepseek.com/beta/completions"
    assert b'"suffix":"\\n"' in http.requests[0].body
    other = create_deepseek(api_key="k", base_url="https://proxy.test/v1")
    assert other.completion("m").path == "/completions"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {
                "prompt_tokens": 30,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 20,
                "prompt_cache_miss_tokens": 10,
                "prompt_tokens_details": {"cached_tokens": 20},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(30, 5, 20, reasoning_tokens=3),
        ),
        ({"prompt_tokens": 30, "completion_tokens": 5, "prompt_cache_hit_tokens": 20}, Usage(30, 5, 20)),
        ({"prompt_tokens": 30, "completion_tokens": 5, "prompt_cache_hit_tokens": "many"}, Usage(30, 5)),
    ],
)
def test_usage(usage: dict[str, Any], expected: Usage) -> None:
    result = fold_language(streamed(V4, chunk({"content": "Hi"}), chunk({}, "stop", usage=usage)))
    assert result.usage == expected
    assert result.usage.raw == freeze(usage)


def test_reasoning_and_a_server_without_resources() -> None:
    parts = streamed(
        V4, chunk({"reasoning_content": "Hm"}), chunk({"content": "Pa"}), chunk({}, "insufficient_system_resource")
    )
    result = fold_language(parts)
    assert (result.reasoning, result.text) == ("Hm", "Pa")
    assert (result.finish_reason, result.raw_finish_reason) == ("error", "insufficient_system_resource")


def test_log_probabilities_of_reasoning_are_kept() -> None:
    token = {"token": "We", "logprob": -0.1, "bytes": [87, 101], "top_logprobs": []}
    first = {
        "id": "r",
        "choices": [
            {
                "index": 0,
                "delta": {"reasoning_content": "We"},
                "logprobs": {"content": None, "reasoning_content": [token]},
            }
        ],
    }
    result = fold_language(streamed(V4, first, chunk({"content": "x"}, "stop")))
    assert result.provider_metadata["deepseek"]["logprobs"] == freeze({"reasoning_content": [token]})


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [(402, QuotaExceededError, "Insufficient Balance"), (401, AuthenticationError, "Authentication Fails")],
)
async def test_errors(status: int, kind: type[Exception], message: str) -> None:
    body = {"error": {"message": message, "type": "unknown_error", "param": None, "code": "invalid_request_error"}}
    with pytest.raises(kind, match=message):
        await answered(create_deepseek(api_key="k", http=replaying(body, status))("m"))


async def test_models() -> None:
    http = replaying({"object": "list", "data": [{"id": "deepseek-v4-pro", "object": "model", "owned_by": "deepseek"}]})
    (model,) = await create_deepseek(api_key="k", http=http).models()
    assert (model.id, model.owner) == ("deepseek-v4-pro", "deepseek")
    assert http.requests[0].url == "https://api.deepseek.com/models"
