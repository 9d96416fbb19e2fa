"""An agent's hands: the reference filesystem server of MCP writes a file that the local model wrote the text of."""

import asyncio
import sys
import tempfile
from pathlib import Path

from ai_sdk import generate_text
from ai_sdk.mcp import connect, stdio
from ai_sdk.requests import SpecificTool
from ai_sdk.steps import step_count


async def main(folder: str, *command: str) -> None:
    async with connect(stdio(*command, folder), name="files") as server:
        tools = {each.name: each for each in await server.tools()}
        print(f"{server.server_name} has {len(tools)} tools")
        # the model decides what is written; where it is written is not left to it
        write = tools["write_file"].fixed(path=f"{folder}/greeting.txt")
        result = await generate_text(
            "local:smollm2",
            'Call write_file with content "Hello".',
            tools=[write],
            tool_choice=SpecificTool("write_file"),
            stop_when=step_count(1),
            temperature=0.0,
            max_output_tokens=200,
        )
    print("called", result.tool_calls[0].name, result.tool_calls[0].arguments())


with tempfile.TemporaryDirectory() as folder:
    command = sys.argv[1:] or ("npx", "-y", "@modelcontextprotocol/server-filesystem")
    asyncio.run(main(folder, *command))
    print("on disk:", Path(folder, "greeting.txt").read_text())
