"""What Moonshot does in its own way; shapes from vendor documents."""

from __future__ import annotations

from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole

from ai_sdk import generate_text
from ai_sdk._frozen import freeze
from ai_sdk.errors import AuthenticationError, QuotaExceededError, RateLimitError, UnsupportedError
from ai_sdk.messages import FilePart, ReasoningPart, ToolCallPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.providers.moonshotai import create_moonshotai, moonshotai
from ai_sdk.providers.moonshotai.tools import web_search
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import LanguageResponse, Usage, fold_language

K26 = moonshotai("kimi-k2.6")
V1 = moonshotai("moonshot-v1-8k")
SEARCH = {"type": "builtin_function", "function": {"name": "$web_search"}}
ASKED = '{"search_result":{"search_id":"abc"},"usage":{"total_tokens":9000}}'
OFF = {"moonshotai": {"thinking": {"type": "disabled"}}}


def test_the_door() -> None:
    assert moonshotai.kinds == ("language",)
    assert (moonshotai.base_url, moonshotai.key_env) == ("https://api.moonshot.ai/v1", ("MOONSHOT_API_KEY",))
    assert repr(K26) == 'moonshotai("kimi-k2.6")'
    assert (K26.structured_output, V1.structured_output) == ("json_schema", "json_object")
    with pytest.raises(UnsupportedError, match="no image models"):
        moonshotai.image("m")


async def test_the_key_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONSHOT_API_KEY", "key-123456")
    http = replaying(whole({"content": "Hi"}))
    provider = create_moonshotai(http=http, base_url="https://api.moonshot.cn/v1", headers={"x-team": "blue"})
    await answered(provider("kimi-k2.6"))
    sent = http.requests[0]
    assert (sent.url, sent.headers["x-team"]) == ("https://api.moonshot.cn/v1/chat/completions", "blue")
    assert sent.headers["authorization"] == "Bearer key-123456"


def test_settings() -> None:
    body = body_of(V1, max_output_tokens=9, temperature=0.5, top_p=0.9, stop=("x",), frequency_penalty=1.0)
    wire = {"max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ("x",), "frequency_penalty": 1.0}
    assert body == {"model": "moonshot-v1-8k", "messages": [{"role": "user", "content": "Hi"}], **wire}
    assert lost_by(V1, seed=1, top_k=2)[1] == [("unsupported", "top_k"), ("unsupported", "seed")]


@pytest.mark.parametrize("model_id", ["kimi-k2.5", "kimi-k2.6", "kimi-k2.7-code", "kimi-k3"])
def test_sampling_of_the_newer_models_is_fixed(model_id: str) -> None:
    body, lost = lost_by(moonshotai(model_id), temperature=0.5, presence_penalty=1.0)
    assert body.keys() == {"model", "messages"}
    assert lost == [("unsupported", "temperature"), ("unsupported", "presence_penalty")]


@pytest.mark.parametrize(
    ("model_id", "asked", "sent", "kind"),
    [
        ("kimi-k2.6", "none", {"thinking": {"type": "disabled"}}, None),
        ("kimi-k2.6", "minimal", {"thinking": {"type": "disabled"}}, "compatibility"),
        ("kimi-k2.5", "high", {"thinking": {"type": "enabled"}}, "compatibility"),
        ("kimi-k2.7-code", "none", {}, "unsupported"),
        ("kimi-k2.7-code", "high", {}, "unsupported"),
        ("kimi-k3", "low", {"reasoning_effort": "low"}, None),
        ("kimi-k3", "medium", {"reasoning_effort": "high"}, "compatibility"),
        ("kimi-k3", "xhigh", {"reasoning_effort": "max"}, "compatibility"),
        ("kimi-k3", "none", {}, "unsupported"),
        ("moonshot-v1-8k", "low", {}, "unsupported"),
    ],
)
def test_efforts_by_model(model_id: str, asked: Any, sent: dict[str, Any], kind: str | None) -> None:
    body, lost = lost_by(moonshotai(model_id), reasoning=asked)
    assert {name: body[name] for name in ("thinking", "reasoning_effort") if name in body} == sent
    assert lost == ([] if kind is None else [(kind, "reasoning")])


def test_reasoning_goes_back_with_calls() -> None:
    said = assistant(ReasoningPart("Add."), ToolCallPart("add:0", "add", "{}"))
    body = body_of(K26, messages=(user("Hi"), said, tool_results(ToolResultPart("add:0", "add", "1"))))
    assert body["messages"][1]["reasoning_content"] == "Add."
    assert body["messages"][2] == {"role": "tool", "tool_call_id": "add:0", "content": "1"}


def test_a_forced_tool_call_turns_thinking_off() -> None:
    for choice in ("required", SpecificTool("add")):
        body, lost = lost_by(K26, tools=(ToolDefinition("add"),), tool_choice=choice)
        assert (body["thinking"], lost) == ({"type": "disabled"}, [("compatibility", "tool_choice")])
    assert "thinking" not in body_of(K26, tools=(ToolDefinition("add"),), tool_choice="auto")
    assert "thinking" not in body_of(V1, tools=(ToolDefinition("add"),), tool_choice="required")


def test_there_are_no_strict_tools() -> None:
    body, lost = lost_by(V1, tools=(ToolDefinition("add", strict=True),))
    assert "strict" not in body["tools"][0]["function"]
    assert lost == [("unsupported", "strict")]


def test_partial_mode_and_options() -> None:
    options = {"prompt_cache_key": "k", "thinking": {"type": "disabled"}}
    messages = (user("Hi"), assistant("Hel", moonshotai={"partial": True}))
    body = body_of(K26, messages=messages, provider_options={"moonshotai": options})
    assert body["messages"][1] == {"role": "assistant", "content": "Hel", "partial": True}
    assert body.items() >= options.items()


def test_pictures_videos_and_schemas() -> None:
    picture, video = FilePart(data=b"x", media_type="image/png"), FilePart(url="ms://file", media_type="video/mp4")
    wanted = JSONFormat(freeze({"type": "object"}))
    body = body_of(K26, messages=(user("See", picture, video),), response_format=wanted)
    assert [part["type"] for part in body["messages"][0]["content"]] == ["text", "image_url", "video_url"]
    assert body["messages"][0]["content"][2]["video_url"] == {"url": "ms://file"}
    assert body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("place", ["top", "choice"])
def test_usage_of_a_stream(place: str) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "cached_tokens": 4}
    last = chunk({}, "stop", usage=usage) if place == "top" else chunk({}, "stop")
    if place == "choice":
        last["choices"][0]["usage"] = usage
    assert fold_language(streamed(K26, chunk({"content": "Hi"}), last)).usage == Usage(9, 2, 4)


def test_reasoning_comes_before_text() -> None:
    result = fold_language(streamed(K26, chunk({"reasoning_content": "Hm"}), chunk({"content": "Yes"}, "stop")))
    assert (result.reasoning, result.text) == ("Hm", "Yes")


def test_web_search_is_a_function_of_its_own() -> None:
    for tool in (ProviderTool("moonshotai.web_search"), web_search.definition):
        body, lost = lost_by(K26, tools=(tool, ToolDefinition("add")))
        assert [each["type"] for each in body["tools"]] == ["builtin_function", "function"]
        assert body["tools"][0] == SEARCH
        assert (body["thinking"], lost) == ({"type": "disabled"}, [("compatibility", "$web_search")])
        assert body_of(K26, tools=(tool,), provider_options=OFF)["tools"] == [SEARCH]
    assert lost_by(V1, tools=(ProviderTool("moonshotai.other"),))[1] == [("unsupported", "moonshotai.other")]


class Scripted:
    """Asks for a search, then answers."""

    def __init__(self) -> None:
        self.requests: list[LanguageRequest] = []

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        self.requests.append(request)
        parts: list[LanguagePart]
        if len(self.requests) == 1:
            parts = [ToolCallPart("$web_search:0", "$web_search", ASKED), Finish("tool-calls", Usage())]
        else:
            parts = [TextDelta("Paris."), Finish("stop", Usage())]
        return LanguageResponse.of(parts, fold_language)


async def test_the_tool_loop_gives_the_arguments_back() -> None:
    model = Scripted()
    result = await generate_text(model, "What is the capital of France?", tools=[web_search])
    assert result.text == "Paris."
    body, _ = K26.encode(model.requests[1])
    call = {"id": "$web_search:0", "type": "builtin_function", "function": {"name": "$web_search", "arguments": ASKED}}
    assert body["messages"][1]["tool_calls"] == [call]
    result_message = {"role": "tool", "tool_call_id": "$web_search:0", "name": "$web_search", "content": ASKED}
    assert body["messages"][2] == result_message


@pytest.mark.parametrize(
    ("status", "kind", "type_"),
    [
        (429, QuotaExceededError, "exceeded_current_quota_error"),
        (429, RateLimitError, "rate_limit_reached_error"),
        (429, RateLimitError, "engine_overloaded_error"),
        (401, AuthenticationError, "invalid_authentication_error"),
    ],
)
async def test_errors(status: int, kind: type[Exception], type_: str) -> None:
    body = {"error": {"message": "It failed.", "type": type_}}
    with pytest.raises(kind, match=r"It failed\."):
        await answered(create_moonshotai(api_key="k", http=replaying(body, status))("m"))


async def test_models() -> None:
    http = replaying({"data": [{"id": "kimi-k2.6", "created": 1770000000, "owned_by": "moonshot"}]})
    (model,) = await create_moonshotai(api_key="k", http=http).models()
    assert (model.id, model.created, model.owner) == ("kimi-k2.6", 1770000000.0, "moonshot")
