"""``ai-sdk serve FILE``: the models that a file defines, as an OpenAI- and Anthropic-compatible server."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser(
        "serve", parents=[every], help="serve a pipeline as an OpenAI- and Anthropic-compatible API"
    )
    command.add_argument("pipeline", metavar="FILE", help="a Python file that defines gateway, models or model")
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    command.add_argument("--port", type=int, default=8000, help="the port (default: 8000)")
    command.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default: 1)")
    command.add_argument(
        "--drain", type=int, default=30, metavar="SECONDS", help="time for open answers when it stops (default: 30)"
    )
    command.add_argument("--open", action="store_true", help="without keys, also on an address that others can reach")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import logging

    from ai_sdk.errors import InvalidRequestError
    from ai_sdk.server._run import Serving, serve

    if args.workers < 1:
        raise InvalidRequestError(f"--workers is {args.workers}; allowed is at least 1", field="workers")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(Serving(args.pipeline, args.host, args.port, args.workers, args.drain, args.open))
    return 0
