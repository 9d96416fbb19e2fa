"""A tool that a person has to approve: the run stops, its state goes to a file, and another process goes on."""

import asyncio
import json
import secrets
import tempfile
from pathlib import Path

from ai_sdk import tool
from ai_sdk.agent import Agent, AgentState
from ai_sdk.messages import ToolCallPart
from ai_sdk.results import LanguageResult
from ai_sdk.testing import ScriptedModel

PAY = LanguageResult(content=(ToolCallPart("1", "pay", '{"to": "Ada", "euros": 90}'),), finish_reason="tool-calls")


@tool(approve=lambda _call, arguments: True if arguments["euros"] < 50 else "ask")
async def pay(to: str, euros: int) -> str:
    """Pay somebody."""
    return f"paid {euros} euros to {to}"


async def main() -> None:
    key = secrets.token_bytes(32)
    file = Path(tempfile.mkdtemp()) / "run.json"

    agent = Agent(ScriptedModel([PAY]), tools=[pay], approval_key=key)
    result = await agent.run("Pay Ada 90 euros")
    file.write_text(json.dumps(result.state.to_dict()))
    for request in result.pending:
        print("may it run?", request.call.name, request.call.arguments())

    later = Agent(ScriptedModel(["Ada has her money."]), tools=[pay], approval_key=key)
    state = AgentState.from_dict(json.loads(file.read_text()))
    result = await later.run(state=state, approvals=[request.approve() for request in result.pending])
    print(result.steps[0].tool_results[0].output)
    print(result.text)


asyncio.run(main())
