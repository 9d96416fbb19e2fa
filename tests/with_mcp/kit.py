"""Servers in this process, and connections that can be cut."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, ListRoots, Resolve, Sample
from mcp.server.mcpserver.utilities.types import Audio, Image
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp_types import (
    METHOD_NOT_FOUND,
    CreateMessageResult,
    EmbeddedResource,
    ErrorData,
    JSONRPCError,
    JSONRPCRequest,
    ListRootsResult,
    ResourceLink,
    SamplingMessage,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Answer(BaseModel):
    sure: bool


async def are_you_sure() -> Elicit[Answer]:
    return Elicit("Are you sure?", Answer)


async def a_poem() -> Sample:
    message = SamplingMessage(role="user", content=TextContent(text="A poem, please."))
    return Sample([message], max_tokens=5000, system_prompt="Rhyme.", temperature=0.5, stop_sequences=["END"])


async def the_roots() -> ListRoots:
    return ListRoots()


class Seen:
    """What the tools of a server did."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.finished: list[str] = []
        self.cancelled: list[str] = []


def busy_server(seen: Seen | None = None, name: str = "busy") -> MCPServer:
    """A server with a tool for everything that is looked at."""
    noted = seen or Seen()
    server = MCPServer(name, instructions="Be kind.", version="1.2")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True, title="Adding"))
    async def add(a: int, b: int) -> str:
        """Add two numbers."""
        return str(a + b)

    @server.tool(structured_output=True)
    async def point(x: int) -> dict[str, int]:
        """A structured answer."""
        return {"x": x, "y": -x}

    @server.tool(structured_output=False)
    async def media() -> list[Any]:
        """Every kind of content."""
        link = ResourceLink(name="page", uri="https://example.com/p", mime_type="text/html", description="a page")
        text = TextResourceContents(uri="memo://one", mime_type="text/plain", text="remember")
        return [
            TextContent(text="see"),
            Image(data=PNG, format="png"),
            Audio(data=b"RIFF", format="wav"),
            link,
            EmbeddedResource(resource=text),
        ]

    @server.tool()
    async def fail(why: str) -> str:
        """Fail."""
        raise ToolError(why)

    async def sleep(key: str, seconds: float, ctx: Context[Any, Any]) -> str:
        noted.started.append(key)
        try:
            for step in range(4):
                await ctx.report_progress(step, 4, f"step {step}")
                await asyncio.sleep(seconds / 4)
        except asyncio.CancelledError:
            noted.cancelled.append(key)
            raise
        noted.finished.append(key)
        return f"slept {key}"

    server.tool(name="sleep")(sleep)
    server.tool(name="nap", annotations=ToolAnnotations(idempotent_hint=True))(sleep)

    @server.tool()
    async def big(size: int) -> str:
        """A long text."""
        return "x" * size

    @server.tool()
    async def ask_user(answer: Annotated[ElicitationResult[Answer], Resolve(are_you_sure)]) -> str:
        """Ask the user."""
        return f"{answer.action} {getattr(answer, 'data', None)}"

    @server.tool()
    async def ask_model(answer: Annotated[CreateMessageResult, Resolve(a_poem)]) -> str:
        """Ask the client's model."""
        assert isinstance(answer.content, TextContent)
        return f"{answer.content.text} ({answer.model}, {answer.stop_reason})"

    @server.tool()
    async def folders(roots: Annotated[ListRootsResult, Resolve(the_roots)]) -> str:
        """The folders of the client."""
        return " ".join(str(each.uri) for each in roots.roots)

    @server.tool()
    async def grow(name: str, ctx: Context[Any, Any]) -> str:
        """Get another tool."""

        async def grown() -> str:
            return name

        server.add_tool(grown, name=name, description="Grown.")
        if (ctx.protocol_version or "") >= "2026":
            await ctx.notify_tools_changed()
        else:
            await ctx.session.send_tool_list_changed()
        return "grown"

    @server.resource("memo://one", mime_type="text/plain")
    async def one() -> str:
        """A memo."""
        return "remember"

    @server.resource("pixel://{name}", mime_type="image/png")
    async def pixel(name: str) -> bytes:
        """A picture."""
        return PNG

    @server.prompt()
    async def review(code: str) -> str:
        """Ask for a review."""
        return f"Review this: {code}"

    return server


class Line:
    """Connections to a server in this process, which can be cut, refused and counted.

    ``old``: the server speaks the protocol of 2025 alone.
    """

    def __init__(self, server: MCPServer, *, old: bool = False) -> None:
        self.server = server._lowlevel_server
        self.name = server.name
        self.old = old
        self.lives = 0
        self.open = 0
        self.refusals = 0
        self.lingers = 0.0
        self._cut: Any = None

    async def cut(self) -> None:
        """End the connection as a dying server does."""
        await self._cut()

    def __call__(self) -> Any:
        return self._transport()

    @asynccontextmanager
    async def _transport(self) -> AsyncGenerator[Any, None]:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionRefusedError("nobody is there; token=hunter2-secret")
        self.lives += 1
        self.open += 1
        try:
            async with create_client_server_memory_streams() as (ours, theirs), anyio.create_task_group() as group:
                options = self.server.create_initialization_options()
                group.start_soon(self.server.run, theirs[0], theirs[1], options)
                self._cut = theirs[1].aclose
                try:
                    yield (ours[0], _Old(ours[1], theirs[1])) if self.old else ours
                finally:
                    try:
                        await asyncio.sleep(self.lingers)
                    finally:
                        group.cancel_scope.cancel()
        finally:
            self.open -= 1


class _Old:
    """What the client writes to a server that does not know the newer protocol."""

    def __init__(self, stream: Any, answers: Any) -> None:
        self._stream = stream
        self._answers = answers

    async def send(self, item: SessionMessage, /) -> None:
        message = item.message
        if isinstance(message, JSONRPCRequest) and message.method == "server/discover":
            error = ErrorData(code=METHOD_NOT_FOUND, message="Method not found")
            await self._answers.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=message.id, error=error)))
        else:
            await self._stream.send(item)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()
