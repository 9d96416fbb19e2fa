"""A report as text for a terminal; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ai_sdk.bench.environment import described
from ai_sdk.bench.report import Cell, Report
from ai_sdk.bench.statistics import Quantile
from ai_sdk.bench.wording import between, clean, count, dollars, findings, planned, remarks, seconds, short_names

__all__ = ["Look", "text"]

_HEADS = ("MODEL", "OK", "FIRST TOKEN p50", "p95", "GAP p50", "TOKENS/S p50", "TOTAL p50", "p95", "ALL tok/s", "COST")


class Look(NamedTuple):
    """What the terminal can show; a table wider than ``width`` columns leaves its intervals out."""

    colour: bool = False
    unicode: bool = True
    width: int = 200


def text(report: Report, look: Look | None = None) -> str:
    """The whole report: a table for each load, what may be said, what must be known."""
    look = look or Look()
    lines = "\n".join(_lines(report, look))
    return lines if look.unicode else lines.translate(_ASCII).encode("ascii", "replace").decode()


_ASCII = {ord("\u2013"): "-", ord("\u00b7"): "-", ord("\u00d7"): "x"}


def _lines(report: Report, look: Look) -> Iterator[str]:
    if report.notice is not None:
        yield from (_styled(clean(report.notice), "33;1", look), "")
    short = short_names(report)
    if any(name != label for name, label in short.items()):
        yield from (f"{clean(short[each.name])}: {clean(each.label)}" for each in report.models)
        yield ""
    for load in report.plan.loads:
        cells = [each for each in report.cells if each.load == load.label]
        yield _styled(load.label, "1", look)
        yield from _fitting(cells, short, look)
        for each in cells:
            if each.errors:
                yield _styled(f"  {clean(short[each.model.name])}: {_errors(each)}", "31", look)
        yield ""
    if len(report.models) > 1:
        for label, said in findings(report).items():
            yield _styled(f"Who is faster, {label}", "1", look)
            yield from (f"  {clean(each)}" for each in said)
        yield ""
    yield from map(clean, remarks(report))
    yield _styled(planned(report), "2", look)
    yield _styled(clean(described(report.environment)), "2", look)


def _fitting(cells: Sequence[Cell], short: dict[str, str], look: Look) -> Iterator[str]:
    """The table with its intervals, or without them where it would be too wide."""
    for intervals in (True, False):
        lines = list(_table([_HEADS, *(_row(each, short, intervals=intervals) for each in cells)]))
        if max(map(len, lines)) <= look.width:
            break
    yield _styled(lines[0], "2", look)
    yield from lines[1:]


def _row(cell: Cell, short: dict[str, str], *, intervals: bool) -> tuple[str, ...]:
    through = cell.throughput.tokens if cell.throughput is not None else None
    speed = cell.speed.p50
    around = f" [{between(speed, float)}]" if intervals and speed is not None else ""
    return (
        clean(short[cell.model.name]) + (" (simulated)" if cell.model.simulated else ""),
        f"{len(cell.answers)}/{len(cell.samples)}",
        _time(cell.first.p50, intervals=intervals),
        _time(cell.first.p95),
        _time(cell.gaps.p50),
        f"{count(speed.value if speed is not None else None)}{around}",
        _time(cell.total.p50, intervals=intervals),
        _time(cell.total.p95),
        "?" if through is None else count(through[0]),
        dollars(cell.cost),
    )


def _time(found: Quantile | None, *, intervals: bool = False) -> str:
    if found is None:
        return "?"
    return seconds(found.value) + (f" [{between(found)}]" if intervals else "")


def _errors(cell: Cell) -> str:
    words = {each.error: each.message for each in reversed(cell.samples) if each.message}
    told = (f"{number} {name}{f' ({words[name]})' if name in words else ''}" for name, number in cell.errors.items())
    return clean(", ".join(told))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        others = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join(["", row[0].ljust(widths[0]), *others])


def _styled(line: str, code: str, look: Look) -> str:
    return f"\x1b[{code}m{line}\x1b[0m" if look.colour else line
