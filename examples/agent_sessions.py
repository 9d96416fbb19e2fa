"""Runs of a team in one SQLite file: listed, shared, gone on with after a crash, and branched."""

import asyncio
import tempfile
from pathlib import Path

from ai_sdk import ServerError, tool
from ai_sdk.agent import Agent
from ai_sdk.messages import ToolCallPart
from ai_sdk.results import LanguageResult
from ai_sdk.sessions import SessionAccessError, SQLiteSessions
from ai_sdk.testing import ScriptedModel

SEARCH = LanguageResult(content=(ToolCallPart("1", "search", '{"query": "bees"}'),), finish_reason="tool-calls")


@tool(idempotent=True)
async def search(query: str) -> str:
    """Search the library."""
    print("searching for", query)
    return "three books"


async def main() -> None:
    store = SQLiteSessions(Path(tempfile.mkdtemp()) / "runs.db")
    ada, bob = store.of("ada"), store.of("bob")

    shaky = Agent(ScriptedModel([SEARCH, ServerError("the provider is gone")]), tools=[search], sessions=ada)
    try:
        await shaky.run("Find books about bees", session="bees")
    except ServerError as error:
        print("broken off:", error.message)

    agent = Agent(ScriptedModel(["There are three books.", "Two are new."]), tools=[search], sessions=ada)
    print((await agent.run(session="bees")).text)

    try:
        await bob.load("bees")
    except SessionAccessError as error:
        print(error)
    await ada.share("bees", "bob")
    await bob.branch("bees", "bees, by bob")
    print((await agent.replace(sessions=bob).run("Which are new?", session="bees, by bob")).text)
    for info in await store.list():
        print(f"{info.name}: {info.owner}, {info.phase}, from {info.parent}")
    await store.aclose()


asyncio.run(main())
