"""A pipeline as the model of a pydantic-ai agent with a tool and a typed answer.

Needs ``pip install 'ai-sdk-layers[pydantic-ai]'``. A scripted model answers, so no key is needed.
"""

import asyncio

from pydantic import BaseModel
from pydantic_ai import Agent

from ai_sdk import wrap_model
from ai_sdk.adapters.pydantic_ai import PydanticAIModel
from ai_sdk.errors import RateLimitError
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import retry
from ai_sdk.parts import Finish
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel


class Weather(BaseModel):
    city: str
    degrees: int


upstream = ScriptedModel(
    [
        RateLimitError("slow down", status=429),
        [ToolCallPart("call_1", "measure", '{"city": "Oslo"}'), Finish("tool-calls", Usage(20, 5))],
        [ToolCallPart("call_2", "final_result", '{"city": "Oslo", "degrees": 3}'), Finish("tool-calls", Usage(30, 9))],
    ]
)
agent = Agent(PydanticAIModel(wrap_model(upstream, [retry(attempts=3, base=0.01)])), output_type=Weather)


@agent.tool_plain
async def measure(city: str) -> str:
    """Measure the temperature in a city."""
    return f"3 degrees in {city}"


async def main() -> None:
    result = await agent.run("How warm is it in Oslo?")
    print(repr(result.output), "|", result.usage.input_tokens, "tokens in |", len(upstream.calls), "attempts")


if __name__ == "__main__":
    asyncio.run(main())
