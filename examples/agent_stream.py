"""A streamed run with a long memory: parts as they come, and a rule for what the model still gets to see."""

import asyncio

from ai_sdk import TextDelta, ToolCallPart, ToolResultPart, tool
from ai_sdk.agent import Agent, keep_turns
from ai_sdk.results import LanguageResult
from ai_sdk.testing import ScriptedModel


@tool
async def weather(city: str) -> str:
    """The weather in a city, now."""
    return f"18 degrees in {city}"


async def main() -> None:
    call = LanguageResult(content=(ToolCallPart("1", "weather", '{"city": "Paris"}'),), finish_reason="tool-calls")
    model = ScriptedModel(["Hello!", call, "It is mild.", "You are welcome."])
    agent = Agent(model, instructions="Be brief.", tools=[weather], memory=keep_turns(2))
    state = None
    for prompt in ("Hi", "How is the weather in Paris?", "Thank you"):
        async with agent.stream(prompt, state=state) as stream:
            async for part in stream.parts:
                if isinstance(part, TextDelta):
                    print(part.text)
                elif isinstance(part, ToolResultPart):
                    print("tool:", part.output)
            state = (await stream.result()).state
    print(f"{len(state.messages) if state else 0} messages kept, {len(model.calls[-1].messages)} sent")


asyncio.run(main())
