"""Hugging Face's router: its door, its chat and its Responses API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import Reply, ask, serve, sse

from ai_sdk.errors import AISDKError, MissingAPIKeyError
from ai_sdk.messages import system, user
from ai_sdk.providers.huggingface import create_huggingface, huggingface
from ai_sdk.requests import JSONFormat, ProviderTool, ToolDefinition
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges

ANSWER = {
    "id": "resp_1",
    "status": "completed",
    "output": [{"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}],
}


def test_the_door() -> None:
    assert huggingface.base_url == "https://router.huggingface.co/v1"
    assert huggingface.key_env == ("HF_TOKEN", "HUGGINGFACE_API_KEY")
    assert huggingface.kinds == ("language",)
    assert huggingface("m").path == huggingface.chat("m").path == "/chat/completions"
    assert huggingface.responses("m").path == "/responses"


async def test_keys_and_who_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(Reply(ANSWER)) as server:
        with pytest.raises(MissingAPIKeyError, match="HF_TOKEN or HUGGINGFACE_API_KEY"):
            await create_huggingface(base_url=server.url).responses("m")(ask())
        monkeypatch.setenv("HUGGINGFACE_API_KEY", "other")
        await create_huggingface(base_url=server.url).responses("m")(ask())
        monkeypatch.setenv("HF_TOKEN", "token")
        monkeypatch.setenv("HUGGINGFACE_BASE_URL", server.url)
        await create_huggingface(bill_to="us").responses("m")(ask())
        first, second = server.asked
    assert first.headers["authorization"] == "Bearer other"
    assert second.headers["authorization"] == "Bearer token"
    assert second.headers["x-hf-bill-to"] == "us"


def test_chat_takes_schemas_and_sends_no_reasoning_back() -> None:
    schema = {"type": "object"}
    body, warnings = huggingface("m").encode(ask(response_format=JSONFormat(schema), reasoning="low", seed=1))
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert (body["reasoning_effort"], body["seed"]) == ("low", 1)
    assert warnings == []
    assert huggingface.quirks.reasoning_key is None


def test_responses() -> None:
    request = ask(
        messages=(system("Be brief"), user("Hi")),
        temperature=0.5,
        reasoning="low",
        tools=(ToolDefinition("weather"), ProviderTool("huggingface.mcp", {"server_label": "wiki"})),
        provider_options={"huggingface": {"store": False}},
    )
    body, warnings = huggingface.responses("openai/gpt-oss-120b").encode(request)
    assert body["input"][0] == {"role": "system", "content": "Be brief"}
    assert (body["temperature"], body["reasoning"]) == (0.5, {"effort": "low"})
    assert [tool["type"] for tool in body["tools"]] == ["function", "mcp"]
    assert "include" not in body
    assert warnings == []


async def test_a_stream_of_responses() -> None:
    events = [
        {"type": "response.created", "response": {"id": "resp_1", "model": "m"}},
        {"type": "response.reasoning_text.delta", "output_index": 0, "content_index": 0, "delta": "Hm."},
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Hi"},
        {"type": "response.completed", "response": {**ANSWER, "output": []}},
    ]
    async with serve(Reply(pieces=sse(*events))) as server:
        model = create_huggingface(base_url=server.url, api_key="k").responses("m")
        result = await (await model(ask(stream=True))).result()
    assert (result.reasoning, result.text, result.finish_reason) == ("Hm.", "Hi", "stop")


def said_by(exchange: Exchange) -> str:
    """The text of a recorded answer, from its raw JSON."""
    lines = exchange.body.decode().splitlines()
    data = [line[5:] for line in lines if line.startswith("data:") and line[5:].strip() not in ("", "[DONE]")]
    events: list[Any] = [json.loads(each) for each in data] if exchange.streamed else [json.loads(exchange.body)]
    choices: list[Any] = [choice for event in events for choice in event.get("choices") or ()]
    said: list[Any] = [choice.get("delta") or choice.get("message") for choice in choices]
    return "".join([each.get("content") or "" for each in said if each])


@pytest.mark.corpus
async def test_recorded_answers_of_the_router() -> None:
    router = [
        each for each in exchanges("openai_compatible", "chat", corpus_or_skip()) if "router.huggingface.co" in each.url
    ]
    assert len(router) >= 38
    for exchange in router:
        model = create_huggingface(api_key="replayed", http=Replayer(exchange))("m")
        try:
            result = await (await model(ask(stream=exchange.streamed))).result()
        except AISDKError as error:
            raise AssertionError(exchange.id) from error
        assert result.text == said_by(exchange), exchange.id
        assert result.finish_reason in ("stop", "length", "tool-calls"), exchange.id
