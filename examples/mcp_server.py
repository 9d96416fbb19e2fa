"""A tool and a model of ours as an MCP server on standard input and output, and a client that asks it.

A desktop application that knows MCP is told to start ``python examples/mcp_server.py serve``.
"""

import asyncio
import sys

from ai_sdk import tool
from ai_sdk.mcp import connect, prompt_tool, serve, stdio


@tool
async def word_count(text: str) -> dict[str, int]:
    """Count the words of a text."""
    return {"words": len(text.split())}


async def ask_it() -> None:
    async with connect(stdio(sys.executable, __file__, "serve")) as server:
        for each in await server.tools():
            print(f"{each.name}: {each.description}")
        print(await server.call_tool("word_count", {"text": "to be or not to be"}))
        print(await server.call_tool("helper", {"prompt": "What is the capital of France?"}))


if "serve" in sys.argv:
    helper = prompt_tool("local:smollm2", name="helper", description="Answers simple questions.")
    asyncio.run(serve(word_count, helper, name="example"))
else:
    asyncio.run(ask_it())
