"""``ai-sdk mcp tools|call|serve``: look at an MCP server, call one of its tools, serve Python objects as tools."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ai_sdk.mcp import MCPClient

__all__ = ["add", "call", "serve", "tools"]

_WHERE = "a URL, or a program with its arguments; options come before it"


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser("mcp", help="tools over the Model Context Protocol")
    parts = parser.add_subparsers(metavar="WHAT", required=True)
    target = argparse.ArgumentParser(add_help=False)
    target.add_argument("--header-env", metavar="VARIABLE", help="the variable that has the Authorization header")
    target.add_argument("--env", metavar="VARIABLE", action="append", default=[], help="a variable for the program")
    target.add_argument("--sse", action="store_true", help="the URL is an event stream of the older kind")

    listed = parts.add_parser("tools", parents=[every, target], help="list the tools of a server")
    listed.add_argument("--json", action="store_true", help="with their schemas, as JSON")
    listed.add_argument("where", nargs=argparse.REMAINDER, metavar="WHERE", help=_WHERE)
    listed.set_defaults(run=tools)

    called = parts.add_parser("call", parents=[every, target], help="call a tool of a server")
    called.add_argument("tool", metavar="TOOL")
    called.add_argument("arguments", metavar="JSON", help='such as \'{"path": "/tmp"}\'')
    called.add_argument("where", nargs=argparse.REMAINDER, metavar="WHERE", help=_WHERE)
    called.set_defaults(run=call)

    served = parts.add_parser("serve", parents=[every], help="serve tools, functions, agents and models as tools")
    served.add_argument("things", nargs="+", metavar="MODULE:NAME", help="a Python object, or PROVIDER:MODEL")
    served.add_argument("--http", type=int, metavar="PORT", help="over HTTP, at /mcp; else standard input and output")
    served.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    served.add_argument("--token-env", metavar="VARIABLE", help="the variable that has the bearer token to ask for")
    served.set_defaults(run=serve)


def tools(args: argparse.Namespace) -> int:
    """Print the tools of a server, a line each."""
    import asyncio

    async def listing() -> None:
        async with _connected(args) as server:
            for each in await server.tools():
                shown = each.definition
                if args.json:
                    schema = {"name": shown.name, "description": shown.description, "schema": shown.input_schema}
                    print(json.dumps(schema))
                else:
                    first = (shown.description or "").strip().partition("\n")[0]
                    print(f"{shown.name:30} {first[:100]}".rstrip())

    asyncio.run(listing())
    return 0


def call(args: argparse.Namespace) -> int:
    """Print what a tool answers: text as it is, anything else as JSON."""
    import asyncio

    from ai_sdk.errors import InvalidRequestError
    from ai_sdk.messages import TextPart

    try:
        arguments: Any = json.loads(args.arguments)
    except ValueError as error:
        raise InvalidRequestError(f"the arguments are not valid JSON: {error}", field="arguments") from error
    if not isinstance(arguments, dict):
        raise InvalidRequestError("the arguments must be a JSON object", field="arguments")

    async def answer() -> Any:
        async with _connected(args) as server:
            return await server.call_tool(args.tool, cast("dict[str, Any]", arguments))

    found: Any = asyncio.run(answer())
    for each in cast("tuple[Any, ...]", found) if isinstance(found, tuple) else (found,):
        if isinstance(each, TextPart):
            print(each.text)
        elif hasattr(each, "media_type"):
            print(f"[{each.media_type}, {len(each.data or b'')} bytes]")
        elif each is not None:
            print(each if isinstance(each, str) else json.dumps(each))
    return 0


def serve(args: argparse.Namespace) -> int:
    """Serve until the client leaves or Ctrl-C."""
    import asyncio

    from ai_sdk.mcp import serve as serving

    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as python -m does
    things = [_thing(each) for each in args.things]
    token = _variable(args.token_env) if args.token_env else None
    if args.http is None:
        asyncio.run(serving(*things))
    else:
        print(f"http://{args.host}:{args.http}/mcp", file=sys.stderr, flush=True)
        asyncio.run(serving(*things, transport="http", host=args.host, port=args.http, token=token))
    return 0


def _connected(args: argparse.Namespace) -> MCPClient:
    from ai_sdk.errors import InvalidRequestError
    from ai_sdk.mcp import connect, http, sse, stdio

    if not args.where:
        raise InvalidRequestError("say where the server is: a URL, or a program with its arguments", field="where")
    first, *rest = args.where
    if first.startswith(("http://", "https://")):
        headers = {"Authorization": _variable(args.header_env)} if args.header_env else {}
        return connect(sse(first, headers=headers) if args.sse else http(first, headers=headers))
    return connect(stdio(first, *rest, env={name: _variable(name) for name in args.env}))


def _variable(name: str) -> str:
    from ai_sdk.errors import InvalidRequestError

    value = os.environ.get(name)
    if not value:
        raise InvalidRequestError(f"the environment variable {name} is not set", field=name)
    return value


def _thing(name: str) -> Any:
    """A model by ``provider:model``, or else a Python object by ``module:name``."""
    import importlib

    from ai_sdk.errors import InvalidRequestError
    from ai_sdk.mcp import prompt_tool
    from ai_sdk.registry import provider_names

    module, colon, attribute = name.partition(":")
    if not colon or not attribute:
        raise InvalidRequestError(f"{name!r} is neither MODULE:NAME nor PROVIDER:MODEL", field="things")
    if module in provider_names():
        return prompt_tool(name)
    try:
        found: Any = importlib.import_module(module)
        for each in attribute.split("."):
            found = getattr(found, each)
    except (ModuleNotFoundError, AttributeError) as error:
        raise InvalidRequestError(f"{name!r} cannot be imported: {error}", field="things") from error
    return found
