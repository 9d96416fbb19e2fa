"""Our tools, functions, agents and models as the tools of an MCP server."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ai_sdk._schema import plain
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.mcp._content import result_blocks
from ai_sdk.mcp._opening import need_mcp
from ai_sdk.mcp._tools import MCPTool
from ai_sdk.mcp.limits import model_name
from ai_sdk.messages import ToolCallPart
from ai_sdk.model import Model, name_of
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.tools import Tool, ToolSet, run_tool_calls, tool

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp_types import CallToolResult
    from mcp_types import Tool as Listed

__all__ = ["Served", "mcp_app", "mcp_server", "prompt_tool", "serve"]

Served: TypeAlias = "Tool[..., Any] | Callable[..., Any] | Model[LanguageRequest, LanguageResponse] | Any"
"""A tool, a typed function, an agent (anything with an async ``run(prompt)``) or a language model."""

_ASGI: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def prompt_tool(target: Any, /, *, name: str | None = None, description: str | None = None) -> Tool[..., Any]:
    """A tool that asks an agent or a model one thing, and answers with its text (or its structured output).

    ``target`` is an agent, which has an async ``run(prompt)`` whose result has ``text``; or a language model, or its
    name for the registry. An agent that stops to have a tool approved fails, because nobody is there to do it.
    """
    runs = getattr(target, "run", None)
    called = name or getattr(target, "name", None) or (target if isinstance(target, str) else name_of(target))

    async def ask(prompt: str) -> Any:
        """Ask.

        Args:
            prompt: what to do or to answer, in full; nothing is remembered from earlier calls
        """
        if runs is not None:
            result = await runs(prompt)
        else:
            from ai_sdk.text import generate_text

            result = await generate_text(target, prompt)
        if getattr(result, "pending", None):
            raise ToolExecutionError("it needs an approval that nobody is here to give", tool=str(called))
        output = getattr(result, "output", None)
        return result.text if output is None else output

    chosen = description or getattr(target, "description", None) or f"Asks {called} and answers with what it says."
    return tool(name=model_name(str(called)), description=str(chosen))(ask)


def mcp_server(
    *things: Served, name: str = "ai-sdk", version: str = "", instructions: str | None = None
) -> Server[Any]:
    """A server object of the ``mcp`` package that offers the things as tools.

    Functions become tools by their annotations (see ``tool``), agents and models by ``prompt_tool``. A tool that is to
    be approved by somebody (``approve=False``) refuses to run, since nobody can be asked. A cancellation by the client
    cancels the tool.
    """
    need_mcp()
    from mcp.server import Server
    from mcp_types import ListToolsResult

    tools = [_tool_of(each) for each in things]
    functions = ToolSet.of(tools)
    listed = [_listed(each) for each in tools]

    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=listed)

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        return await _call(functions, str(context.request_id), params.name, params.arguments or {})

    return Server(name, version=version, instructions=instructions, on_list_tools=list_tools, on_call_tool=call_tool)


async def _call(functions: ToolSet, request: str, name: str, arguments: dict[str, Any]) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent

    call = ToolCallPart(request, name, json.dumps(arguments))
    [answer] = await run_tool_calls([call], functions, (), 0)
    if answer.is_error:
        return CallToolResult(content=[TextContent(text=str(answer.output))], is_error=True)
    blocks, structured = result_blocks(answer.output)
    return CallToolResult(content=blocks, structured_content=structured)


def _tool_of(thing: Any) -> Tool[..., Any]:
    if isinstance(thing, Tool):
        return cast("Tool[..., Any]", thing)
    if isinstance(thing, str) or hasattr(thing, "run") or not inspect.isroutine(thing):
        if not isinstance(thing, str) and not callable(getattr(thing, "run", thing)):
            raise InvalidRequestError(
                f"a {type(thing).__name__} cannot be served; allowed are tools, functions, agents and language models",
                field="things",
            )
        return prompt_tool(thing)
    return tool(cast("Callable[..., Any]", thing))


def _listed(each: Tool[..., Any]) -> Listed:
    from mcp_types import Tool as Listed
    from mcp_types import ToolAnnotations

    definition = each.definition
    annotations = None
    title = None
    if isinstance(each, MCPTool):
        said, title = each.annotations, each.title
        annotations = ToolAnnotations(
            title=said.title,
            read_only_hint=said.read_only,
            destructive_hint=said.destructive,
            idempotent_hint=said.idempotent,
            open_world_hint=said.open_world,
        )
    return Listed(
        name=definition.name,
        title=title,
        description=definition.description,
        input_schema=plain(definition.input_schema),
        annotations=annotations,
    )


def mcp_app(
    *things: Served,
    name: str = "ai-sdk",
    version: str = "",
    instructions: str | None = None,
    path: str = "/mcp",
    host: str = "127.0.0.1",
    token: str | None = None,
) -> _ASGI:
    """The server as an ASGI application that speaks streamable HTTP at ``path``.

    With ``token`` every request needs ``Authorization: Bearer <token>``. ``host`` says where it will listen: on
    this machine alone requests with a foreign ``Host`` or ``Origin`` are refused; anywhere else a token is required.
    """
    if token is None and host not in _LOOPBACK:
        raise InvalidRequestError(f"host is {host!r}: a server that others can reach needs token=", field="token")
    app: _ASGI = mcp_server(*things, name=name, version=version, instructions=instructions).streamable_http_app(
        streamable_http_path=path, host=host
    )
    return app if token is None else _with_token(app, token)


def _with_token(app: _ASGI, token: str) -> _ASGI:
    expected = f"Bearer {token}".encode()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, expected):
            headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b"a bearer token is needed"})
            return
        await app(scope, receive, send)

    return guarded


async def serve(
    *things: Served,
    transport: Literal["stdio", "http"] = "stdio",
    name: str = "ai-sdk",
    version: str = "",
    instructions: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    path: str = "/mcp",
    token: str | None = None,
) -> None:
    """Serve tools, functions, agents and models until the client leaves (``stdio``) or this is cancelled (``http``).

    On standard input and output nothing else may be written to standard output; what a tool prints goes to standard
    error. ``host``, ``port`` (0 for any), ``path`` and ``token`` are those of ``http``, see ``mcp_app``.
    """
    if transport == "http":
        app = mcp_app(*things, name=name, version=version, instructions=instructions, path=path, host=host, token=token)
        await _listen(app, host, port)
        return
    if transport != "stdio":
        raise InvalidRequestError(f"transport is {transport!r}; allowed are 'stdio' and 'http'", field="transport")
    server = mcp_server(*things, name=name, version=version, instructions=instructions)
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def _listen(app: _ASGI, host: str, port: int) -> None:
    import uvicorn

    listening = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)
    )
    task = asyncio.create_task(listening.serve())
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        listening.should_exit = True
        await asyncio.wait([task])
        raise
