"""One chat endpoint as the model of another program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from live.web.server_kit import serving, until

from ai_sdk import generate_text, stream_text, tool
from ai_sdk.errors import BadRequestError, StreamError
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.web import ChatEndpoint, Limits, UIMessageModel, answering

pytestmark = pytest.mark.live


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"18 in {city}"


def test_a_remote_chat_is_a_model() -> None:
    call: list[Any] = [
        TextDelta("Let me see."),
        ToolCallPart("t", "weather", '{"city": "Oslo"}'),
        Finish("tool-calls", Usage()),
    ]
    model = ScriptedModel([call, "18 degrees."] * 2)

    async def main(address: str) -> None:
        remote = UIMessageModel(address, headers={"authorization": "Bearer sk-1"})
        assert "sk-1" not in repr(remote)
        for stream in (False, True):
            result = await generate_text(remote, "And in Oslo?", system="Be brief.", stream=stream)
            assert result.text == "Let me see.18 degrees."
            assert [part.type for part in result.content] == ["text", "tool-call", "tool-result", "text"]
            assert result.tool_calls[0].provider_executed
            assert [warning.feature for warning in result.warnings] == ["system"]

    with serving(lambda: ChatEndpoint(answering(model, tools=[weather]))) as address:
        asyncio.run(main(address))
    assert model.calls[0].messages == (user("And in Oslo?"),)


def test_refusals_and_failures_are_typed_and_leaving_is_seen_by_the_server() -> None:
    model = ScriptedModel([LookupError("sk-1"), [TextDelta("a"), HANG]])

    async def main(address: str) -> None:
        remote = UIMessageModel(address)
        with pytest.raises(StreamError, match=r"Something went wrong\."):
            await generate_text(remote, "hi")
        with pytest.raises(BadRequestError, match=r"messages\[0\]\.parts\[0\]\.text") as refused:
            await generate_text(remote, "x" * 20)
        assert refused.value.status == 413
        async with stream_text(remote, "hi") as stream:
            assert await anext(stream.text) == "a"
            assert model.wires[-1].open
        await asyncio.to_thread(until, lambda: not model.wires[-1].open)

    with serving(lambda: ChatEndpoint(model, limits=Limits(text=10))) as address:
        asyncio.run(main(address))
