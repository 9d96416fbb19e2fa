"""What the commands write: answers, notes, tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

__all__ = ["dim", "note", "say", "table"]

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def say(text: str) -> None:
    """Write a piece of an answer; on a terminal without the control characters that could take it over."""
    out = sys.stdout
    out.write(text.translate(_CONTROLS) if out.isatty() else text)
    out.flush()


def note(text: str) -> None:
    """Write a line that is not part of an answer, to standard error."""
    sys.stdout.flush()
    print(dim(text, sys.stderr), file=sys.stderr, flush=True)


def dim(text: str, stream: TextIO) -> str:
    """The text in a quiet colour, where there are colours."""
    return f"\x1b[2m{text}\x1b[0m" if stream.isatty() and "NO_COLOR" not in os.environ else text


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns; the last column is as long as it likes."""
    lines = [list(row) for row in rows]
    widths = [max(len(row[at]) for row in lines) for at in range(len(lines[0]) - 1)] if lines else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in lines
    )
