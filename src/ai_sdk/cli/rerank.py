"""``ai-sdk rerank MODEL QUERY DOCUMENT ...``: documents in the order of their relevance."""

from __future__ import annotations

import argparse
import json
from typing import Any

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    from ai_sdk.cli._media import add_common

    command = commands.add_parser("rerank", parents=[every], help="order documents by their relevance to a query")
    command.add_argument("model", metavar="PROVIDER:MODEL", help="such as cohere:rerank-v3.5")
    command.add_argument("query", metavar="QUERY")
    command.add_argument("documents", nargs="*", metavar="DOCUMENT", help="else the lines of standard input")
    command.add_argument("--top-n", type=int, metavar="NUMBER", help="print so many")
    command.add_argument("--json", action="store_true", help="an object a line, with index and score")
    add_common(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print score and document, the most relevant first."""
    from ai_sdk.cli._media import given, lines_of, options_of, running
    from ai_sdk.cli._terminal import say
    from ai_sdk.rerank import rerank

    documents = lines_of(args.documents, "document")
    settings = given(top_n=args.top_n, provider_options=options_of(args))
    result = running(rerank(args.model, args.query, documents, **settings), verbose=args.verbose)
    for each in result.ranking:
        if args.json:
            print(json.dumps({"index": each.index, "score": each.score, "document": each.document}, ensure_ascii=False))
        else:
            say(f"{each.score:.4f}\t{each.document}\n")
    return 0
