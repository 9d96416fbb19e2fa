"""The Responses API against llama.cpp's own server, which speaks it beside chat completions and messages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ai_sdk import generate_text, stream_text
from ai_sdk.errors import AuthenticationError, BadRequestError
from ai_sdk.messages import assistant, user
from ai_sdk.providers.local._process import Child
from ai_sdk.providers.openai import create_openai

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("child")]

CAPITAL = "What is the capital of France?"
REPEATABLE: dict[str, Any] = {"temperature": 0.0, "max_output_tokens": 40}


def model_at(child: Child, key: str | None = None) -> Any:
    """The server, asked anew each time: it closes the connection after a stream (run live)."""
    provider = create_openai(base_url=f"{child.url}/v1", api_key=key or child.key, headers={"connection": "close"})
    return provider.responses("smollm2")


def test_a_plain_answer(child: Child) -> None:
    result = asyncio.run(generate_text(model_at(child), CAPITAL, **REPEATABLE))
    assert "Paris" in result.text
    assert result.finish_reason == "stop"
    assert (result.usage.input_tokens or 0) > 5
    assert 0 < (result.usage.output_tokens or 0) < 40
    assert result.attempts[0].model == "openai:smollm2"


def test_a_stream_says_what_the_plain_answer_says(child: Child) -> None:
    async def both() -> tuple[str, str, int, Any]:
        model = model_at(child)
        plain = await generate_text(model, CAPITAL, **REPEATABLE)
        async with stream_text(model, CAPITAL, **REPEATABLE) as stream:
            pieces = [delta async for delta in stream.text]
            return plain.text, "".join(pieces), len(pieces), await stream.result()

    plain, streamed, pieces, result = asyncio.run(both())
    assert plain == streamed == result.text
    assert pieces > 1
    assert result.finish_reason == "stop"
    assert (result.usage.output_tokens or 0) > 0


def test_a_conversation_goes_on(child: Child) -> None:
    messages = (user("My name is Ada."), assistant("Hello Ada!"), user("Say my name in one word."))
    result = asyncio.run(generate_text(model_at(child), messages=messages, **REPEATABLE))
    assert result.text
    assert (result.usage.input_tokens or 0) > 20


def test_errors(child: Child) -> None:
    with pytest.raises(AuthenticationError) as caught:
        asyncio.run(generate_text(model_at(child, "wrong"), CAPITAL))
    assert child.key not in str(caught.value)
    with pytest.raises(BadRequestError):
        asyncio.run(generate_text(model_at(child), "word " * 5000, **REPEATABLE))
