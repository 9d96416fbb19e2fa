"""``ai-sdk trace``: the last calls of a pipeline as waterfalls, in the terminal or as a page."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.cli._trace_tree import Node

__all__ = ["add", "run"]


def add(commands: Any, every: argparse.ArgumentParser) -> None:
    """Add the command."""
    command = commands.add_parser(
        "trace", parents=[every], help="show the last calls of a pipeline, attempt by attempt"
    )
    command.add_argument("--last", type=_count, metavar="N", help="how many calls (5)")
    command.add_argument("--file", type=Path, metavar="PATH", help="the file, if configure() was given another one")
    command.add_argument("--errors", action="store_true", help="only calls in which something failed")
    command.add_argument("--trace", metavar="ID", help="only calls whose trace id begins like this")
    command.add_argument("--json", action="store_true", help="print a JSON object a call")
    command.add_argument("--html", type=Path, metavar="OUT.html", help="write a page that shows them in a browser")
    command.set_defaults(run=run)


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number from 1 on")
    return int(word)


def run(args: argparse.Namespace) -> int:
    """Show the calls; what is asked for with ``--trace`` and is not there is a failure."""
    from ai_sdk.cli._failures import FAILED, OK
    from ai_sdk.cli._terminal import note

    path: Path = args.file or _default()
    calls, broken = _calls(path)
    if broken:
        note(f"{broken} broken line{'s' if broken != 1 else ''} of {path} left out")
    shown = _chosen(calls, args)
    if args.html is not None:
        from ai_sdk.cli._trace_page import page

        args.html.write_text(page(shown), encoding="utf-8")
        note(f"{_counted(len(shown))} in {args.html}")
    elif args.json:
        _print_json(shown)
    elif shown:
        _print_text(shown)
    if not shown and args.html is None:
        note(f"no such call in {path}" if calls else f'no call in {path} yet: configure("file") writes them there')
    return FAILED if args.trace is not None and not shown else OK


def _default() -> Path:
    from ai_sdk.telemetry.trace_file import default_path

    return default_path()


def _calls(path: Path) -> tuple[list[Node], int]:
    from ai_sdk.cli._trace_tree import trees
    from ai_sdk.errors import InvalidRequestError
    from ai_sdk.telemetry.trace_file import read

    try:
        spans, broken = read(path)
    except FileNotFoundError:
        raise InvalidRequestError(
            f'there is no {path}: ai_sdk.telemetry.configure("file") in the pipeline writes it', field="--file"
        ) from None
    return trees(spans), broken


def _chosen(calls: list[Node], args: argparse.Namespace) -> list[Node]:
    from ai_sdk.cli._trace_tree import failed

    if args.trace is not None:
        calls = [each for each in calls if each.span.trace.startswith(args.trace.lower())]
    if args.errors:
        calls = [each for each in calls if failed(each)]
    if args.trace is not None and args.last is None:
        return calls
    return calls[-(args.last or 5) :]


def _print_text(shown: list[Node]) -> None:
    from ai_sdk.cli._trace_text import Look, waterfall

    out = sys.stdout
    look = Look(
        width=min(shutil.get_terminal_size().columns, 160),
        colour=out.isatty() and "NO_COLOR" not in os.environ,
        unicode=(out.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32"),
    )
    print("\n\n".join("\n".join(waterfall(each, look)) for each in shown))


def _print_json(shown: list[Node]) -> None:
    from ai_sdk.cli._trace_tree import as_data

    for each in shown:
        print(json.dumps(as_data(each)))


def _counted(count: int) -> str:
    return f"{count} call{'s' if count != 1 else ''}"
