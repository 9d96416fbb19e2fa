"""Waterfalls in the terminal. Pure: lines out of trees; no control character of a recorded text gets through."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ai_sdk.cli._trace_tree import Node, Row, failed, headline, rows, text

__all__ = ["Look", "clean", "harmless", "waterfall", "when"]

_BARS: Final = {"wait": "·", "before": "░", "after": "█", "first": "▌", "failed": "✗", "mark": "▲"}
_PLAIN: Final = {"wait": ".", "before": "-", "after": "=", "first": "|", "failed": "x", "mark": "^"}
_COLOURS: Final = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
_NARROWEST: Final = 40


@dataclass(frozen=True, slots=True)
class Look:
    """How wide, whether with colours, and whether the terminal knows more than ASCII."""

    width: int = 80
    colour: bool = False
    unicode: bool = True

    def paint(self, piece: str, *colours: str) -> str:
        """The piece in these colours, where there are any."""
        if not self.colour or not piece:
            return piece
        return f"\x1b[{';'.join(_COLOURS[each] for each in colours)}m{piece}\x1b[0m"


def waterfall(root: Node, look: Look) -> list[str]:
    """The lines of one call: two of what it was, and one for each thing inside of it."""
    width = max(look.width, _NARROWEST)
    lines = [*_head(root, look, width), *_error_line(root, look, width)]
    found = rows(root)
    if found:
        lines.extend(_body(root, found, look, width))
    return lines if look.unicode else [_ascii(line) for line in lines]


def _head(root: Node, look: Look, width: int) -> Iterator[str]:
    span = root.span
    bad, inside = span.status == "error", failed(root)
    sign, colour = ("✗", "red") if bad else ("●", "yellow") if inside else ("●", "green")
    right = f"{when(root.start)}  {clean(span.trace)[:8]}"
    provider = text(span.attributes, "gen_ai.provider.name")
    name = cut(clean(span.name), width - len(right) - 4)
    more = f" · {clean(provider)}" if provider else ""
    more = cut(more, max(0, width - 2 - wide(name) - len(right) - 2))
    gap = " " * max(2, width - 2 - wide(name) - wide(more) - len(right))
    yield look.paint(sign, colour) + " " + look.paint(name, "bold") + look.paint(more + gap + right, "dim")
    said = headline(root)
    yield from ("  " + line for line in _wrapped([clean(each) for each in said], width - 2))


def _error_line(root: Node, look: Look, width: int) -> Iterator[str]:
    message = root.span.message
    if root.span.status == "error" and message:
        yield "  " + look.paint(cut(clean(message), width - 2), "red")


def _wrapped(said: list[str], width: int) -> Iterator[str]:
    line = ""
    for each in said:
        longer = f"{line} · {each}" if line else each
        if line and wide(longer) > width:
            yield line
            longer = each
        line = cut(longer, width)
    yield line


def _body(root: Node, found: list[Row], look: Look, width: int) -> Iterator[str]:
    labels = [clean(row.label) for row in found]
    widest = max(wide(label) + 2 * row.depth for label, row in zip(labels, found, strict=True))
    left = min(widest, max(12, width * 3 // 10))
    bar = max(10, (width - left - 6) * 2 // 5)
    total = max(1, root.end - root.start)
    taken = max(wide(_took(row)) for row in found)
    for label, row in zip(labels, found, strict=True):
        shown = cut("  " * min(row.depth, left // 4) + label, left)
        shown += " " * (left - wide(shown))
        told = _told(row, taken, width - left - bar - 6, look)
        name = shown if row.kind == "span" else look.paint(shown, "dim")
        yield f"  {name}  {_bar(row, bar, total, look)}  {told}".rstrip()


def _took(row: Row) -> str:
    return row.facts[0] if row.kind != "mark" and row.facts else ""


def _told(row: Row, taken: int, room: int, look: Look) -> str:
    """How long it took, in a column of its own, and what else is known."""
    took = _took(row)
    said = cut(" · ".join(clean(each) for each in row.facts[1 if took else 0 :]), room - taken - 2)
    colour = "red" if row.failed else "dim"
    return f"{took.rjust(taken)}  {look.paint(said, colour)}"


def _bar(row: Row, width: int, total: int, look: Look) -> str:
    glyphs = _BARS if look.unicode else _PLAIN
    begin = min(width - 1, row.start * width // total)
    end = min(width, max(begin + 1, -(-row.end * width // total)))
    if row.kind == "mark":
        drawn, colour = glyphs["mark"], "blue"
        end = begin + 1
    elif row.kind == "wait":
        drawn, colour = glyphs["wait"] * (end - begin), "yellow"
    elif row.failed:
        drawn, colour = glyphs["before"] * (end - begin - 1) + glyphs["failed"], "red"
    elif row.first is None:
        drawn, colour = glyphs["after"] * (end - begin), "cyan"
    else:
        at = min(end - 1, max(begin, row.first * width // total))
        drawn = glyphs["before"] * (at - begin) + glyphs["first"] + glyphs["after"] * (end - at - 1)
        colour = "cyan"
    return " " * begin + look.paint(drawn, colour) + " " * (width - end)


def when(microseconds: int) -> str:
    """The time of day here, with the date."""
    try:
        return datetime.fromtimestamp(microseconds / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "at no known time"


def clean(piece: str) -> str:
    """One line without what could take a terminal over or turn its text around."""
    return harmless(" ".join(piece.split()))


def harmless(piece: str) -> str:
    """The text, with a sign in place of each control character but line feeds and tabs."""
    return "".join("\ufffd" if _is_hostile(each) else each for each in piece)


def _is_hostile(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def wide(piece: str) -> int:
    """How many columns it takes."""
    return sum(_columns(each) for each in piece)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut(piece: str, width: int) -> str:
    """At most ``width`` columns of it."""
    if wide(piece) <= width:
        return piece
    kept, used = "", 0
    for each in piece:
        used += _columns(each)
        if used > width - 1:
            break
        kept += each
    return kept + "…" if width > 0 else ""


def _ascii(line: str) -> str:
    known = line.translate({ord("✗"): "x", ord("●"): "*", ord("·"): "-", ord("→"): ">", ord("…"): "~"})
    return known.encode("ascii", "replace").decode()
