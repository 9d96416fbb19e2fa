"""``ai-sdk embed MODEL TEXT ...``: a vector a line."""

from __future__ import annotations

import argparse
import json
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("embed", parents=[every], help="embed texts: a JSON array of numbers a line")
    command.add_argument("model", metavar="PROVIDER:MODEL", help="such as openai:text-embedding-3-small")
    command.add_argument("texts", nargs="*", metavar="TEXT", help="else the lines of standard input")
    command.add_argument("--dimensions", type=int, metavar="NUMBER", help="the length of the vectors")
    add_common(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the vectors, in the order of the texts."""
    from ai_sdk.cli._media import given, lines_of, options_of, running
    from ai_sdk.embed import embed_many

    texts = lines_of(args.texts, "text")
    settings = given(dimensions=args.dimensions, provider_options=options_of(args))
    result = running(embed_many(args.model, texts, **settings), verbose=args.verbose)
    for vector in result.embeddings:
        print(json.dumps(vector))
    return 0
