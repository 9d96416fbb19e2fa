"""Agents as tools of an agent: their questions, limits and tokens are those of the run around them."""

import asyncio

from ai_sdk import tool
from ai_sdk.agent import Agent, RunLimitError, RunLimits
from ai_sdk.messages import ToolCallPart
from ai_sdk.results import LanguageResult, Usage
from ai_sdk.testing import ScriptedModel


def calling(name: str, arguments: str) -> LanguageResult:
    return LanguageResult(
        content=(ToolCallPart("1", name, arguments),), finish_reason="tool-calls", usage=Usage(50, 10)
    )


@tool(approve=False)
async def publish(text: str) -> str:
    """Publish a text."""
    return f"published: {text}"


async def main() -> None:
    editor = Agent(
        ScriptedModel([calling("publish", '{"text": "Bees!"}'), "It is out."]),
        name="editor",
        instructions="Publishes texts.",
        tools=[publish],
    )
    chief = Agent(
        ScriptedModel([calling("editor", '{"task": "publish the text about bees"}'), "Done."]),
        name="chief",
        tools=[editor.as_tool()],
        limits=RunLimits(steps=3),
    )
    result = await chief.run("Get it published")
    for request in result.pending:
        print(f"{request.agent} asks: {request.call.name} {request.call.arguments()}")
    approvals = [request.approve() for request in result.pending]
    try:
        await chief.run(state=result.state, approvals=approvals)
    except RunLimitError as error:
        print(error)
        result = await chief.replace(limits=RunLimits(steps=10)).run(state=error.state)
    print(result.text, f"{result.usage.total_tokens} tokens in {result.state.spent.steps} steps")


asyncio.run(main())
