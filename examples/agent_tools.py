"""An agent with typed tools, dependencies, limits and a typed answer, on a scripted model: no key, no network."""

import asyncio
from dataclasses import dataclass

from pydantic import BaseModel

from ai_sdk import ToolContext, tool
from ai_sdk.agent import Agent, RunLimits
from ai_sdk.messages import ToolCallPart
from ai_sdk.results import LanguageResult, Usage
from ai_sdk.testing import ScriptedModel


@dataclass
class Shop:
    stock: dict[str, int]


class Answer(BaseModel):
    item: str
    in_stock: bool


@tool
async def stock(context: ToolContext[Shop], item: str) -> int:
    """How many of an item are in stock."""
    return context.deps.stock.get(item, 0)


async def main() -> None:
    model = ScriptedModel(
        [
            LanguageResult(
                content=(ToolCallPart("1", "stock", '{"item": "lamp"}'),),
                finish_reason="tool-calls",
                usage=Usage(60, 12),
            ),
            '{"item": "lamp", "in_stock": true}',
        ]
    )
    agent = Agent(
        model,
        instructions="You answer questions about a shop.",
        tools=[stock],
        output=Answer,
        limits=RunLimits(steps=5, tokens=10_000, seconds=60),
    )
    result = await agent.run("Do you have lamps?", deps=Shop({"lamp": 3}))
    print(result.output)
    print(f"{len(result.steps)} steps, {result.usage.total_tokens} tokens")


asyncio.run(main())
