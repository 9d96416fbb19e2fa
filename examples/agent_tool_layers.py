"""Layers around tools: the idea of layers around models. Retry, cache, time limit, approval, and one of your own."""

import asyncio
from typing import Any

from ai_sdk import layer, tool
from ai_sdk.agent import Agent
from ai_sdk.messages import ToolCallPart
from ai_sdk.results import LanguageResult
from ai_sdk.testing import ScriptedModel
from ai_sdk.tool_layers import ToolCallable, tool_approval, tool_cache, tool_retry, tool_timeout
from ai_sdk.tools import ToolRequest

answers: list[int | None] = [42, None]


@tool(idempotent=True)
async def look_up(key: str) -> int:
    """Look a number up."""
    found = answers.pop()
    if found is None:
        raise ConnectionError("no answer")
    return found


@layer
async def announced(request: ToolRequest, call: ToolCallable) -> Any:
    value = await call(request)
    print(request.call.name, request.call.arguments(), "->", value)
    return value


async def main() -> None:
    call = ToolCallPart("1", "look_up", '{"key": "answer"}')
    asks = LanguageResult(content=(call,), finish_reason="tool-calls")
    agent = Agent(
        ScriptedModel([asks, asks, "It is 42."]),
        tools=[look_up],
        tool_layers=[
            announced,
            tool_cache(),
            tool_approval(lambda _call, arguments: arguments["key"] != "secret"),
            tool_retry(3, on=ConnectionError, delay=0.01),
            tool_timeout(5),
        ],
    )
    print((await agent.run("What is the answer?")).text)


asyncio.run(main())
