"""The plots of a report as SVG: first tokens as cumulative shares, figures over load, requests over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ai_sdk.bench.report import Cell, Report
from ai_sdk.bench.samples import Sample
from ai_sdk.bench.statistics import estimate
from ai_sdk.bench.svg import Scale, circle, group, line, path, rect, text, ticks
from ai_sdk.bench.wording import count, seconds, tick

__all__ = [
    "COLOURS",
    "MOST_BARS",
    "NARROW",
    "WIDTH",
    "Metric",
    "Series",
    "cumulative",
    "first_over_load",
    "throughput_over_load",
    "timeline",
]

Metric: TypeAlias = Literal["first", "total"]

COLOURS: Final = 8
"""So many models have a colour of their own."""
MOST_BARS: Final = 3000
"""So many requests are drawn in a timeline at most."""

WIDTH: Final = 560.0
NARROW: Final = 400.0
"""The widths of a plot, in pixels of its own."""
_HEIGHT = 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 76.0, 18.0, 14.0, 44.0
_FAR = 15.0
_SHARES = (0.0, 0.25, 0.5, 0.75, 0.95)
_WORDS = {"first": "time to first token", "total": "time to the last token"}


def cumulative(report: Report, load: str, metric: Metric = "first", width: float = WIDTH) -> str:
    """The share of all requests that had got there after so many seconds; those that failed never do."""
    cells = [each for each in report.cells if each.load == load]
    values = [value for cell in cells for value in _times(cell, metric)]
    if not values:
        return _nothing("no request was answered")
    low, high = max(min(values), 1e-6), max(*values, 1e-5)
    log = high / low > _FAR
    x = Scale(low * 0.85 if log else 0.0, high * 1.05, _LEFT - 14, width - _RIGHT, log)
    y = Scale(0.0, 1.0, _HEIGHT - _BOTTOM, _TOP)
    pieces = list(_frame(x, y, _WORDS[metric], tick, "share of requests", "{:.0%}".format, shares=_SHARES))
    for at, cell in enumerate(cells):
        pieces.extend(_steps(cell, at, metric, x, y))
    return group(width, _HEIGHT, f"{_WORDS[metric]}, {load}: cumulative share of requests", pieces)


def _times(cell: Cell, metric: Metric) -> list[float]:
    return sorted(value for each in cell.answers if (value := getattr(each, metric)) is not None)


def _steps(cell: Cell, at: int, metric: Metric, x: Scale, y: Scale) -> Iterator[str]:
    values = _times(cell, metric)
    if not values:
        return
    points = [(x(values[0]), y(0.0))]
    for number, value in enumerate(values, 1):
        points += [(x(value), points[-1][1]), (x(value), y(number / len(cell.samples)))]
    points.append((x.end, points[-1][1]))
    yield path(points, f"curve m{at % COLOURS}", cell.model.label)
    middle = estimate(values, 0.5)
    if middle is not None and len(values) >= len(cell.samples) / 2:
        yield circle(x(middle), y(0.5), 4, f"dot m{at % COLOURS}", f"{cell.model.label}: {seconds(middle)}")


@dataclass(frozen=True, slots=True)
class Series:
    """A figure of one model over loads: for each a value, and how low and how high it may be."""

    label: str
    at: int
    points: tuple[tuple[float, float, float, float], ...]


def throughput_over_load(report: Report, *, rates: bool) -> str:
    """Tokens a second of all callers together, with the lowest and the highest round."""

    def read(cell: Cell) -> tuple[float, float, float] | None:
        return cell.throughput.tokens if cell.throughput is not None else None

    return _over_load(report, read, "tokens a second, all callers", _plain, rates=rates)


def _plain(value: float) -> str:
    return f"{value:,g}"


def first_over_load(report: Report, *, rates: bool) -> str:
    """The median time to first token, with its interval."""

    def read(cell: Cell) -> tuple[float, float, float] | None:
        found = cell.first.p50
        if found is None:
            return None
        values = [value for each in cell.answers if (value := each.first) is not None]
        low = found.low if found.low is not None else min(values)
        return found.value, low, found.high if found.high is not None else max(values)

    return _over_load(report, read, "median time to first token", tick, rates=rates)


def _over_load(
    report: Report,
    read: Callable[[Cell], tuple[float, float, float] | None],
    words: str,
    say: Callable[[float], str],
    *,
    rates: bool,
) -> str:
    loads = {load.label: load.rate if rates else load.concurrency for load in report.plan.loads}
    wanted = {label: float(value) for label, value in loads.items() if value is not None}
    series: list[Series] = []
    for at, model in enumerate(report.models):
        cells = [each for each in report.cells if each.model == model and each.load in wanted]
        found = [(wanted[each.load], value) for each in cells if (value := read(each)) is not None]
        series.append(Series(model.label, at, tuple((place, *value) for place, value in sorted(found))))
    under = "requests a second offered" if rates else "requests at once"
    return _lines(series, sorted(wanted.values()), words, say, under)


def _lines(
    series: Sequence[Series], places: Sequence[float], words: str, say: Callable[[float], str], under: str
) -> str:
    tops = [high for each in series for _, _, _, high in each.points]
    if not tops or max(tops) <= 0:
        return _nothing("nothing was measured")
    spread = max(1.0, (places[-1] / places[0]) ** 0.08) if len(places) > 1 else 1.6
    x = Scale(places[0] / spread, places[-1] * spread, _LEFT, WIDTH - _RIGHT, log=True)
    least = min(low for each in series for _, _, low, _ in each.points)
    log = least > 0 and max(tops) / least > _FAR
    y = Scale(least * 0.8 if log else 0.0, max(tops) * (1.3 if log else 1.08), _HEIGHT - _BOTTOM, _TOP, log)
    pieces = list(_frame(x, y, under, lambda value: f"{value:g}", words, say, places))
    for each in series:
        kind = f"m{each.at % COLOURS}"
        shift = (each.at - (len(series) - 1) / 2) * 5
        spots = [(x(place) + shift, value, low, high) for place, value, low, high in each.points]
        if len(spots) > 1:
            pieces.append(path([(at, y(value)) for at, value, _, _ in spots], f"curve {kind}", each.label))
        for at, value, low, high in spots:
            pieces.append(line(at, y(low), at, y(high), f"whisker {kind}"))
            told = seconds if say is tick else count
            title = f"{each.label}: {told(value)}, {told(low)} to {told(high)}"
            pieces.append(circle(at, y(value), 4, f"dot {kind}", title))
    return group(WIDTH, _HEIGHT, f"{words} over {under}", pieces)


def _frame(
    x: Scale,
    y: Scale,
    x_words: str,
    say_x: Callable[[float], str],
    y_words: str,
    say_y: Callable[[float], str],
    places: Sequence[float] | None = None,
    shares: Sequence[float] | None = None,
) -> Iterator[str]:
    """Grid, ticks and names of both axes."""
    for value in shares if shares is not None else ticks(y.low, y.high, log=y.log):
        yield line(x.start, y(value), x.end, y(value), "grid")
        yield text(x.start - 8, y(value) + 4, say_y(value), "tick", "end")
    marks = places if places is not None else ticks(x.low, x.high, log=x.log)
    last = -100.0
    for value in marks:
        yield line(x(value), y.start, x(value), y.start + 4, "axis")
        if x(value) - last > 46 or places is not None:
            last = x(value)
            yield text(x(value), y.start + 18, say_x(value))
    yield line(x.start, y.start, x.end, y.start, "axis")
    yield text((x.start + x.end) / 2, y.start + 36, x_words, "name")
    middle = (y.start + y.end) / 2
    yield f'<g transform="rotate(-90 14 {middle:.2f})">{text(14, middle, y_words, "name")}</g>'


def _nothing(words: str) -> str:
    return group(WIDTH, 60, words, [text(WIDTH / 2, 34, words, "name")])


_WIDE, _GAP, _LABEL, _HEAD = 1140.0, 24.0, 20.0, 18.0
_LANE, _MOST_LANES = 10.0, 64.0


def timeline(report: Report) -> str:
    """Every request from its intended start to its end: pale until the first token; failed ones are red."""
    samples = report.samples[:MOST_BARS]
    if not samples:
        return _nothing("no request was sent")
    end = max(each.at + each.total for each in samples)
    start = min(0.0, *(each.at for each in samples))
    x = Scale(start, max(end, start + 1e-6), 24.0, _WIDE - 24.0)
    pieces: list[str] = []
    top = _HEAD + _LABEL
    for at, model in enumerate(report.models):
        own = [each for each in samples if each.model == model.name]
        lanes = _lanes(own)
        count_of = max(lanes, default=0) + 1
        tall = min(_LANE, _MOST_LANES / count_of)
        pieces.append(text(24, top - 5, model.label, "lane", "start"))
        pieces.extend(_band(own, lanes, tall, x, top, f"m{at % COLOURS}"))
        top += count_of * tall + _GAP
    bottom = top - _GAP + 8
    behind: list[str] = []
    for value in ticks(start, end, 10):
        behind += [line(x(value), _HEAD, x(value), bottom, "grid"), text(x(value), bottom + 18, tick(value))]
    behind.extend(_rounds(samples, x, bottom))
    behind.append(text(_WIDE / 2, bottom + 34, "time since the start of the run", "name"))
    return group(_WIDE, bottom + 40, "Requests over time, a band for each model", [*behind, *pieces])


def _rounds(samples: Sequence[Sample], x: Scale, bottom: float) -> Iterator[str]:
    """Where each round begins."""
    begins: dict[int, float] = {}
    for each in samples:
        if not each.warm_up:
            begins[each.round] = min(each.at, begins.get(each.round, each.at))
    for number, begin in sorted(begins.items()):
        yield line(x(begin), _HEAD - 4, x(begin), bottom, "mark")
        yield text(x(begin) + 4, _HEAD - 4, f"round {number}", "tick", "start")


def _band(
    samples: Sequence[Sample], lanes: Sequence[int], tall: float, x: Scale, top: float, kind: str
) -> Iterator[str]:
    for each, lane in zip(samples, lanes, strict=True):
        y, high = top + lane * tall, max(0.8, tall * 0.82)
        left, right = x(each.at), x(each.at + each.total)
        first = x(each.at + each.first) if each.first is not None else right
        title = _told(each)
        faint = " warm" if each.warm_up else ""
        if not each.ok:
            yield rect(left, y, max(1.2, right - left), high, f"failed{faint}", title)
            continue
        yield rect(left, y, max(0.4, first - left), high, f"wait {kind}{faint}", title)
        yield rect(first, y, max(0.6, right - first), high, f"bar {kind}{faint}", title)


def _lanes(samples: Sequence[Sample]) -> list[int]:
    """A lane for each, the first in which it does not meet another."""
    free: list[float] = []
    order = sorted(range(len(samples)), key=lambda at: samples[at].at)
    lanes = [0] * len(samples)
    for at in order:
        each = samples[at]
        lane = next((number for number, until in enumerate(free) if until <= each.at + 1e-9), len(free))
        if lane == len(free):
            free.append(0.0)
        free[lane] = each.at + each.total
        lanes[at] = lane
    return lanes


def _told(each: Sample) -> str:
    ending = each.error or f"{each.output_tokens if each.output_tokens is not None else '?'} tokens"
    warm = ", warm-up" if each.warm_up else ""
    return f"{each.load}, round {each.round}{warm}: first token {seconds(each.first)}, {seconds(each.total)}, {ending}"
