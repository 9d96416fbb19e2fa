"""Anthropic's wire against llama.cpp's own server, which speaks it beside the OpenAI dialect."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ai_sdk import generate_text, stream_text
from ai_sdk.errors import AuthenticationError, BadRequestError
from ai_sdk.messages import ToolCallPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.provider import Exchange
from ai_sdk.providers.anthropic import Anthropic, create_anthropic
from ai_sdk.providers.local._process import Child
from ai_sdk.requests import LanguageRequest, ToolDefinition

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("child")]

CAPITAL = "What is the capital of France?"
REPEATABLE: dict[str, Any] = {"temperature": 0.0, "max_output_tokens": 40}
WEATHER = ToolDefinition(
    "weather",
    "The weather of a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def door(child: Child, key: str | None = None) -> Anthropic:
    """The server, asked anew each time: it closes the connection after a stream (run live)."""
    return create_anthropic(base_url=f"{child.url}/v1", api_key=key or child.key, headers={"connection": "close"})


def test_a_plain_answer(child: Child) -> None:
    result = asyncio.run(generate_text(door(child)("smollm2"), CAPITAL, **REPEATABLE))
    assert "Paris" in result.text
    assert (result.finish_reason, result.raw_finish_reason) == ("stop", "end_turn")
    assert (result.usage.input_tokens or 0) > 5
    assert 0 < (result.usage.output_tokens or 0) < 40
    assert result.attempts[0].model == "anthropic:smollm2"


def test_a_stream_says_what_the_plain_answer_says(child: Child) -> None:
    async def both() -> tuple[str, str, int, Any]:
        model = door(child)("smollm2")
        plain = await generate_text(model, CAPITAL, **REPEATABLE)
        async with stream_text(model, CAPITAL, **REPEATABLE) as stream:
            pieces = [delta async for delta in stream.text]
            return plain.text, "".join(pieces), len(pieces), await stream.result()

    plain, streamed, pieces, result = asyncio.run(both())
    assert plain == streamed == result.text
    assert pieces > 1
    assert result.finish_reason == "stop"
    assert (result.usage.output_tokens or 0) > 0


def test_a_limit_cuts_the_answer_off(child: Child) -> None:
    result = asyncio.run(generate_text(door(child)("smollm2"), "Tell me a story.", max_output_tokens=5))
    assert (result.finish_reason, result.raw_finish_reason, result.usage.output_tokens) == ("length", "max_tokens", 5)


def test_a_tool_turn_is_understood(child: Child) -> None:
    call = ToolCallPart("call.1", "weather", '{"city": "Oslo"}')
    messages = (
        user("What is the weather in Oslo?"),
        assistant(call),
        tool_results(ToolResultPart("call.1", "weather", "4 degrees")),
    )
    result = asyncio.run(generate_text(door(child)("smollm2"), messages=messages, **REPEATABLE))
    assert result.text


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_tool_call(child: Child, stream: bool) -> None:
    """The beginning of the call is put into the model's mouth: it is too small to decide for one."""

    async def called() -> tuple[ToolCallPart, ...]:
        request = LanguageRequest(
            messages=(user("What is the weather in Paris?"), assistant("<tool_call>\n")),
            tools=(WEATHER,),
            tool_choice="required",
            stream=stream,
            **REPEATABLE,
        )
        model = door(child)("smollm2")
        body, _, headers = model.encode(request)
        body["messages"][-1]["content"] = "<tool_call>\n"  # with the white space that Anthropic refuses
        exchange = Exchange(model.endpoint, model.model_id)
        decoder = model.decoder(request, exchange, {}, [])
        if not stream:
            answer, _ = await exchange.json(model.path(stream=False), body, headers)
            return tuple(part for part in decoder.whole(answer) if isinstance(part, ToolCallPart))
        response = await model._start(await exchange.open(model.path(stream=True), body, headers), decoder)
        return (await response.result()).tool_calls

    calls = asyncio.run(called())
    assert [each.name for each in calls[:1]] == ["weather"]
    assert "city" in calls[0].arguments()


def test_errors(child: Child) -> None:
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(generate_text(door(child, "wrong")("smollm2"), CAPITAL))
    assert child.key not in str(caught.value)
    with pytest.raises(BadRequestError):
        asyncio.run(generate_text(door(child)("smollm2"), "word " * 5000, **REPEATABLE))


def test_counting_and_listing(child: Child) -> None:
    async def asked() -> tuple[int, list[str]]:
        provider = door(child)
        count = await provider("smollm2").count_tokens(LanguageRequest(messages=(user(CAPITAL),)))
        return count, [each.id for each in await provider.models()]

    count, models = asyncio.run(asked())
    assert count > 5
    assert models == ["smollm2"]
