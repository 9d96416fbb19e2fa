"""A chat server for `useChat`, and a client of it: an agent with a tool behind Starlette on a free port."""

import asyncio

import uvicorn
from starlette.applications import Starlette

from ai_sdk import generate_text, tool
from ai_sdk.agent import Agent
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel
from ai_sdk.web import UIMessageModel
from ai_sdk.web.starlette import chat_routes


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"18 degrees in {city}"


# in place of "groq:llama-3.3-70b-versatile", so that it runs without a key
model = ScriptedModel(
    [[ToolCallPart("call-1", "weather", '{"city": "Oslo"}'), Finish("tool-calls", Usage())], "It has 18 degrees."]
)
app = Starlette(routes=chat_routes("/api/chat", Agent(model, instructions="Be brief.", tools=[weather])))


async def main() -> None:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    # what a page does with useChat({ transport: new DefaultChatTransport({ api: "/api/chat" }) }), in Python
    remote = UIMessageModel(f"http://127.0.0.1:{port}/api/chat")
    result = await generate_text(remote, "How warm is it in Oslo?")
    for part in result.content:
        print(part.type, getattr(part, "text", getattr(part, "output", getattr(part, "input", ""))))

    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
