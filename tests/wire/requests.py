"""How two bodies of a request differ, as JSON pointers, and the reviewed list of differences that may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from wire.harness import plain

__all__ = ["Rules", "differences", "without_nulls"]

FILE = Path(__file__).parent / "requests_changed.txt"


class Rules:
    """The reviewed differences of a family: ``pointer<TAB>family<TAB>reason`` a line.

    In a pointer ``*`` is any place of a list or any one key, and a last ``**`` is all below. Before it stands what was
    done: ``-`` dropped, ``+`` added, ``~`` changed. A line ``!field`` is a request that we refuse with an error of it.
    """

    def __init__(self, family: str) -> None:
        self.used: set[str] = set()
        self.patterns: dict[str, list[str]] = {}
        for number, line in enumerate(FILE.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                pattern, of, reason = line.split("\t")
                if not reason.strip():
                    raise ValueError(f"{FILE.name}:{number}: there is no reason")
                if of == family:
                    self.patterns[pattern] = pattern.split("/")

    def knows(self, difference: str) -> bool:
        """Whether a difference is in the list; the line counts as used."""
        found = difference.split("/")
        for pattern, words in self.patterns.items():
            if _fits(words, found):
                self.used.add(pattern)
                return True
        return False

    @property
    def idle(self) -> list[str]:
        """The lines that stood for nothing."""
        return [pattern for pattern in self.patterns if pattern not in self.used]


def _fits(pattern: list[str], found: list[str]) -> bool:
    if pattern[-1] == "**":
        pattern, found = pattern[:-1], found[: len(pattern) - 1]
    return len(pattern) == len(found) and all(one in ("*", other) for one, other in zip(pattern, found, strict=True))


def without_nulls(value: Any) -> Any:
    """Plain data without the fields that are null."""
    value = plain(value)
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {key: without_nulls(each) for key, each in found.items() if each is not None}
    return [without_nulls(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def differences(theirs: Any, ours: Any, at: str = "") -> Iterator[str]:
    """What must be done to their body to make it ours."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        old, new = cast("dict[str, Any]", theirs), cast("dict[str, Any]", ours)
        for key in sorted({*old, *new}):
            word = key.replace("~", "~0").replace("/", "~1")
            if key not in new:
                yield f"-{at}/{word}"
            elif key not in old:
                yield f"+{at}/{word}"
            else:
                yield from differences(old[key], new[key], f"{at}/{word}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        before, after = cast("list[Any]", theirs), cast("list[Any]", ours)
        if len(before) != len(after):
            yield f"~{at}"
            return
        for one, other in zip(before, after, strict=True):
            yield from differences(one, other, f"{at}/*")
    elif theirs != ours or isinstance(theirs, bool) != isinstance(ours, bool):
        yield f"~{at}"
