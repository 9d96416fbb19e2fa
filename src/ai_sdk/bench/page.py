"""A report as one HTML page: no script, nothing from the network, light and dark. Pure; everything is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ai_sdk.bench.environment import described
from ai_sdk.bench.page_style import POLICY, STYLE
from ai_sdk.bench.plots import (
    COLOURS,
    MOST_BARS,
    NARROW,
    WIDTH,
    Metric,
    cumulative,
    first_over_load,
    throughput_over_load,
    timeline,
)
from ai_sdk.bench.report import Cell, Comparison, Report
from ai_sdk.bench.statistics import Quantile
from ai_sdk.bench.svg import escaped
from ai_sdk.bench.wording import METRICS, between, count, dollars, method, planned, remarks, seconds, short_names

__all__ = ["page"]

_HEADS: Final = (
    ("model", ""),
    ("answered", "requests with a whole answer, of those sent"),
    ("first token p50", "median time to first token, with its 95 % interval"),
    ("p90", "time to first token"),
    ("p95", "time to first token"),
    ("p99", "time to first token"),
    ("gap p50", "between one piece and the next"),
    ("gap p99", "between one piece and the next"),
    ("tokens/s p50", "of one answer, after its first piece"),
    ("total p50", "until the last token"),
    ("total p95", "until the last token"),
    ("tokens/s, all callers", "median of the rounds, lowest to highest"),
    ("cost", "of these requests"),
)


def page(report: Report) -> str:
    """The page."""
    title = f"Latency of {len(report.models)} model{'s' if len(report.models) != 1 else ''}"
    made_up = " (simulated)" if report.simulated else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}{made_up}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{_head(report, title)}<main>\n{''.join(_sections(report))}</main>\n{_foot(report)}</body>\n</html>\n"
    )


def _head(report: Report, title: str) -> str:
    notice = f'<p class="notice" role="note">{escaped(report.notice)}</p>' if report.notice else ""
    return (
        f"<header><h1>{title}</h1>{notice}<p>{escaped(_when(report))} · {escaped(planned(report))}</p>"
        f"{_legend(report)}</header>\n"
    )


def _when(report: Report) -> str:
    return report.started.replace("T", " ").replace("+00:00", " UTC")


def _legend(report: Report) -> str:
    keys = "".join(
        f'<li><i class="m{at % COLOURS}"></i>{escaped(each.name)}{_tag(each.simulated)}</li>'
        for at, each in enumerate(report.models)
    )
    return f'<ul class="legend">{keys}</ul>'


def _tag(simulated: bool, words: str = "simulated") -> str:
    return f' <span class="tag">{words}</span>' if simulated else ""


def _sections(report: Report) -> Iterator[str]:
    yield _found(report)
    loads = report.plan.loads
    over = "".join(_over_loads(report))
    if over:
        yield f'<section class="plots">{over}</section>\n'
    width = WIDTH if len(loads) < 3 else NARROW
    drawn = [_cumulative(report, load.label, "first", width) for load in loads]
    if len(loads) == 1:
        drawn.append(_cumulative(report, loads[0].label, "total", width))
    yield f'<section class="plots{" narrow" if len(loads) > 2 else ""}">{"".join(drawn)}</section>\n'
    cut = f" The first {MOST_BARS:,} requests are drawn." if len(report.samples) > MOST_BARS else ""
    words = f"pale: until the first token; solid: from there on; red: failed; faint: warm-up.{cut}"
    figure = _figure(report, "Requests over time", timeline(report), words)
    yield f'<section class="plots wide">{figure}</section>\n'
    for load in loads:
        yield _table(report, load.label)


def _over_loads(report: Report) -> Iterator[str]:
    loads = report.plan.loads
    for rates, known in ((False, [each.concurrency for each in loads]), (True, [each.rate for each in loads])):
        if sum(each is not None for each in known) > 1:
            more = " at a rate" if rates else ""
            drawn = throughput_over_load(report, rates=rates)
            yield _figure(report, f"Throughput over load{more}", drawn, "bars: from the lowest to the highest round")
            drawn = first_over_load(report, rates=rates)
            yield _figure(report, f"First token over load{more}", drawn, "bars: 95 % intervals of the median")


def _cumulative(report: Report, load: str, metric: Metric, width: float) -> str:
    title = f"{'First' if metric == 'first' else 'Last'} token, {load}"
    words = "share of requests by then; dots: medians"
    return _figure(report, title, cumulative(report, load, metric, width), words)


def _figure(report: Report, title: str, drawing: str, words: str) -> str:
    head = f"<h2>{escaped(title)}{_tag(report.simulated, _how(report))}</h2>"
    return f"<figure>{head}{drawing}<figcaption>{escaped(words)}</figcaption></figure>"


def _how(report: Report) -> str:
    return "simulated" if all(each.simulated for each in report.models) else "partly simulated"


def _found(report: Report) -> str:
    """The verdicts: a row a metric, a column a load."""
    notes = "".join(f'<p class="remark">{escaped(each)}</p>' for each in remarks(report))
    if len(report.models) < 2:
        return f'<section class="found">{notes}</section>\n' if notes else ""
    heads = "".join(f'<th scope="col">{escaped(load.label)}</th>' for load in report.plan.loads)
    rows = "".join(
        f'<tr><th scope="row">{escaped(words)}</th>'
        + "".join(f"<td>{_verdicts(report, each)}</td>" for each in report.comparisons if each.metric == metric)
        + "</tr>"
        for metric, words in METRICS.items()
    )
    return (
        f'<section class="found"><h2>Who is faster{_tag(report.simulated, _how(report))}</h2><div class="scroll">'
        f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{notes}</section>\n"
    )


def _verdicts(report: Report, comparison: Comparison) -> str:
    short = short_names(report)
    place = {each.name: at for at, each in enumerate(report.models)}
    losers: dict[str, list[str]] = {}
    for each in comparison.verdicts:
        losers.setdefault(each.winner, []).append(f"{short[each.loser]} ({each.ratio:.2g}\u00d7)")
    lines = [
        f'<p><i class="m{place[winner] % COLOURS}"></i><b>{escaped(short[winner])}</b> '
        f"{escaped('beats ' + ' and '.join(beaten))}</p>"
        for winner, beaten in losers.items()
    ]
    if not lines and len(place) - len(comparison.left_out) > 1:
        lines.append('<p class="quiet">no verdict: the intervals overlap</p>')
    reasons: dict[str, list[str]] = {}
    for name, why in comparison.left_out.items():
        reasons.setdefault(why, []).append(short[name])
    lines += [
        f'<p class="quiet">{escaped("not compared: " + ", ".join(names) + ": " + why)}</p>'
        for why, names in reasons.items()
    ]
    return "".join(lines)


def _table(report: Report, load: str) -> str:
    cells = [each for each in report.cells if each.load == load]
    heads = "".join(f'<th scope="col" title="{escaped(why)}">{escaped(name)}</th>' for name, why in _HEADS)
    rows = "".join(_row(at, each) for at, each in enumerate(cells))
    head = f"<h2>{escaped(load)}{_tag(report.simulated, _how(report))}</h2>"
    return (
        f'<section class="table">{head}<div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>\n"
    )


def _row(at: int, cell: Cell) -> str:
    through = cell.throughput.tokens if cell.throughput is not None else None
    three = _two(count(through[0]), f"{count(through[1])}\u2013{count(through[2])}") if through else _two("?", "")
    values: Sequence[str] = (
        _answered(cell),
        *(_time(each) for each in (cell.first.p50, cell.first.p90, cell.first.p95, cell.first.p99)),
        *(_two(seconds(each.value if each else None), "") for each in (cell.gaps.p50, cell.gaps.p99)),
        _speed(cell.speed.p50),
        *(_time(each) for each in (cell.total.p50, cell.total.p95)),
        three,
        _two(dollars(cell.cost), "simulated" if cell.model.simulated else ""),
    )
    words = escaped(cell.model.name).replace(":", ":<wbr>", 1).replace("/", "/<wbr>")
    name = f'<i class="m{at % COLOURS}"></i>{words}{_tag(cell.model.simulated)}'
    return f'<tr><th scope="row">{name}</th>{"".join(values)}</tr>'


def _answered(cell: Cell) -> str:
    errors = ", ".join(f"{number} {name}" for name, number in cell.errors.items())
    return _two(f"{len(cell.answers)}/{len(cell.samples)}", errors, "bad" if errors else "")


def _time(found: Quantile | None) -> str:
    return _two("?", "") if found is None else _two(seconds(found.value), between(found))


def _speed(found: Quantile | None) -> str:
    return _two("?", "") if found is None else _two(count(found.value), between(found, float))


def _two(value: str, below: str, kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    small = f"<small>{escaped(below)}</small>" if below else ""
    return f"<td{mark}>{escaped(value)}{small}</td>"


def _foot(report: Report) -> str:
    lines = "".join(f"<p>{escaped(each)}</p>" for each in method())
    machine = escaped(described(report.environment))
    return f"<footer><h2>Method</h2>{lines}<h2>Machine</h2><p>{machine}</p></footer>\n"
