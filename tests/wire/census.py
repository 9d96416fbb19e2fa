"""Which JSON paths the recorded answers of a wire have, and what a reviewed table says of each of them.

``tests/wire/census/<family>.txt`` has one path a line: ``path<TAB>decoded|raw|ignored<TAB>reason``. A path begins with
where it stands: ``answer`` (a whole answer), ``error`` (an answer with a bad status), or ``event`` with the type of the
event in brackets when it has one. Arrays are ``[]``; a path that ends in ``.**`` stands for all below it.

Run in ``tests`` as ``python -m wire.census <family>``: it prints the lines that the table misses, with a guess.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from wire.family import Family
from wire.framings import blocks_of, framing_of, kind_of, payload_of
from wire.harness import recordings

__all__ = ["Table", "missing", "paths_of", "table_of"]

FOLDER = Path(__file__).parent / "census"
WORDS = ("decoded", "raw", "ignored")


class Table:
    """A reviewed table: what is said of each path."""

    def __init__(self, lines: dict[str, str]) -> None:
        self.lines = lines
        self._below = {path.removesuffix(".**") for path in lines if path.endswith(".**")}
        self.used: set[str] = set()

    def knows(self, path: str) -> bool:
        """Whether a line stands for the path; the line counts as used."""
        if path in self.lines:
            self.used.add(path)
            return True
        ends = [at for at, mark in enumerate(path) if mark in ".["]
        above = next((path[:at] for at in reversed(ends) if path[:at] in self._below), None)
        if above is not None:
            self.used.add(f"{above}.**")
        return above is not None

    @property
    def idle(self) -> list[str]:
        """The lines that stood for nothing."""
        return [path for path in self.lines if path not in self.used]


def table_of(family: Family) -> Table | None:
    """The reviewed table of a family; None when there is none yet."""
    file = FOLDER / f"{family.name}.txt"
    if not file.exists():
        return None
    lines: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, _, rest = line.partition("\t")
        word = rest.partition("\t")[0]
        if word not in WORDS or path in lines:
            raise ValueError(f"{file.name}:{number}: {line!r} is no line of a table, or there twice")
        lines[path] = word
    return Table(lines)


def paths_of(family: Family) -> Counter[str]:
    """The paths that occur in the recordings of a family, and in how many answers or events."""
    counts: Counter[str] = Counter()
    for provider in family.providers:
        for exchange in recordings(family, provider, "corpus")[0]:
            framing = framing_of(exchange)
            for block in blocks_of(exchange.body, framing):
                payload = payload_of(block) if block.data else None
                kind = kind_of(block, payload)
                where = f"event[{kind}]" if kind else "event"
                if framing == "json":
                    where = "error" if exchange.status >= 400 else "answer"
                counts.update(set(_walk(payload, where, family.opaque)))
    return counts


def _walk(value: Any, path: str, opaque: frozenset[str]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            below = f"{path}.{key}"
            if key in opaque and isinstance(each, dict | list):
                yield f"{below}.**"
            else:
                yield from _walk(each, below, opaque)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _walk(each, f"{path}[]", opaque)
        if not value:
            yield path
    elif value is not None:
        yield path


def missing(family: Family) -> tuple[dict[str, int], Table]:
    """The paths that no line of the table stands for, and the table, which knows now what it was used for."""
    table = table_of(family) or Table({})
    return {path: count for path, count in sorted(paths_of(family).items()) if not table.knows(path)}, table


_GUESSES = (
    ("usage", "raw"),
    ("error", "decoded"),
    ("content", "decoded"),
    ("delta", "decoded"),
    ("text", "decoded"),
    ("id", "decoded"),
    ("model", "decoded"),
)


def guess(path: str) -> str:
    """What may be said of a path: to be reviewed."""
    return next((word for mark, word in _GUESSES if mark in path.lower()), "ignored")


def main(names: list[str]) -> None:
    """Print what the tables of these families miss, and which of their lines stand for nothing."""
    from wire.families import FAMILIES

    for family in FAMILIES:
        if family.name in names or not names:
            found, table = missing(family)
            for path, count in found.items():
                print(f"{path}\t{guess(path)}\t{count} times")
            for path in table.idle:
                print(f"# occurs nowhere: {json.dumps(path)}")


if __name__ == "__main__":
    main(sys.argv[1:])
