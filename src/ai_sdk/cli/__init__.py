"""The ``ai-sdk`` command.

Exit codes: 0 done; 1 the provider or the model failed; 2 wrong usage or bad input; 3 an API key or a part that must be
installed is missing; 130 interrupted with Ctrl-C. A failure is one line on standard error; ``--debug`` adds the
traceback.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ai_sdk.cli import (
    bench,
    chat,
    doctor,
    embed,
    image,
    mcp,
    models,
    providers,
    pull,
    rerank,
    serve,
    speak,
    trace,
    transcribe,
    video,
)
from ai_sdk.cli._failures import USAGE, guarded

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        args = _parser().parse_args(arguments)
    except SystemExit as over:
        return over.code if isinstance(over.code, int) else USAGE
    return guarded(lambda: args.run(args), debug=args.debug)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from ai_sdk.cli._versions import version_of

        print(f"ai-sdk {version_of('ai-sdk-layers') or '(not installed)'}, Python {sys.version.split()[0]}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ai-sdk",
        description="Talk to models, make pictures, sounds and films; see what is installed and reachable.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    for command in (
        chat,
        image,
        speak,
        transcribe,
        embed,
        rerank,
        video,
        providers,
        models,
        pull,
        bench,
        mcp,
        trace,
        serve,
        doctor,
    ):
        command.add(commands, every)
    return parser
