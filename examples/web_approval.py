"""The two requests of a page whose user approves a tool: what the server sends, and what the page posts back."""

import asyncio
import json

import httpx
from starlette.applications import Starlette

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel
from ai_sdk.web import ChatEndpoint, UIMessageBuilder
from ai_sdk.web.starlette import chat_routes


@tool(approve=False)
def send_email(to: str, subject: str) -> str:
    """Send an e-mail."""
    return f"sent to {to}"


model = ScriptedModel(
    [
        [
            ToolCallPart("call-1", "send_email", '{"to": "ada@example.com", "subject": "Tea"}'),
            Finish("tool-calls", Usage()),
        ],
        "Ada has it.",
    ]
)
key = "a secret of the application, the same in all its processes"
agent = Agent(model, tools=[send_email], approval_key=key)
app = Starlette(routes=chat_routes("/api/chat", ChatEndpoint(agent, key=key)))


async def post(client: httpx.AsyncClient, messages: list[object], builder: UIMessageBuilder) -> None:
    """Post a chat as `useChat` does, and build the message that the page shows."""
    async with client.stream("POST", "/api/chat", json={"id": "chat-1", "messages": messages}) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                builder.add(json.loads(line.removeprefix("data: ")))


async def main() -> None:
    question = {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Invite Ada to tea"}]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        first = UIMessageBuilder()
        await post(client, [question], first)
        part = first.message["parts"][-1]
        print(part["type"], part["state"], part["input"])

        part["state"] = "approval-responded"  # addToolApprovalResponse({ id, approved: true })
        part["approval"]["approved"] = True
        answered = UIMessageBuilder(first.message)
        await post(client, [question, first.message], answered)
        for part in answered.message["parts"]:
            print(part["type"], part.get("state", ""), part.get("output", part.get("text", "")))


if __name__ == "__main__":
    asyncio.run(main())
