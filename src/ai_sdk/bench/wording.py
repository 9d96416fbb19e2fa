"""Numbers, verdicts and the method of a report as words, for the terminal and the page."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator

from ai_sdk.bench.report import Comparison, Report
from ai_sdk.bench.statistics import Quantile

__all__ = [
    "METRICS",
    "between",
    "clean",
    "count",
    "dollars",
    "findings",
    "method",
    "planned",
    "remarks",
    "seconds",
    "sentences",
    "short_names",
    "tick",
]

_VERBS = {
    "first": "is faster to the first token than",
    "speed": "writes faster than",
    "total": "is done sooner than",
}
METRICS = {"first": "time to first token", "speed": "tokens a second", "total": "time to the last token"}


def clean(piece: str) -> str:
    """One line without characters that could take a terminal over or turn its text around."""
    line = " ".join(piece.split())
    return "".join("\ufffd" if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") else each for each in line)


def seconds(value: float | None) -> str:
    """``0.42 ms``, ``8.1 ms``, ``153 ms``, ``1.59 s``, ``12.4 s``; ``?`` when it is not known."""
    if value is None:
        return "?"
    if abs(value) < 0.0995:
        return f"{value * 1e3:.2g} ms"
    if abs(value) < 0.9995:
        return f"{value * 1e3:.0f} ms"
    return f"{value:.2f} s" if abs(value) < 9.995 else f"{value:.1f} s"


def tick(value: float) -> str:
    """Seconds on an axis: ``200 ms``, ``20 s``."""
    return f"{value:g} s" if value == 0 or value >= 1 else f"{value * 1e3:.4g} ms"


def count(value: float | None) -> str:
    """A rate: three figures."""
    if value is None:
        return "?"
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def between(found: Quantile, unit: type[float] | None = None) -> str:
    """The interval of a quantile: ``114-190 ms``; a bound that is not known is ``?``."""
    say = count if unit is not None else seconds
    low, high = say(found.low), say(found.high)
    if unit is None and low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return f"{low}\u2013{high}"


def dollars(nano_usd: int | None) -> str:
    """Dollars with three figures; ``?`` when it is not known."""
    if nano_usd is None:
        return "?"
    usd = nano_usd / 1e9
    if usd == 0:
        return "$0"
    return f"${usd:,.2f}" if usd >= 1 else f"${usd:.{min(9, 2 - math.floor(math.log10(usd)))}f}"


def short_names(report: Report) -> dict[str, str]:
    """What is before the colon of each name, where that tells the models apart; else the whole names."""
    short = {each.name: each.name.partition(":")[0] for each in report.models}
    return short if len(set(short.values())) == len(short) else {name: name for name in short}


def sentences(report: Report, comparison: Comparison) -> Iterator[str]:
    """The verdicts on a metric under a load, or that there is none."""
    labels = _labels(report)
    beaten: dict[str, list[str]] = {}
    for each in comparison.verdicts:
        beaten.setdefault(each.winner, []).append(f"{labels[each.loser]} ({each.ratio:.2g}\u00d7)")
    for winner, losers in beaten.items():
        yield f"{labels[winner]} {_VERBS[comparison.metric]} {' and '.join(losers)}."
    if not beaten and len(labels) - len(comparison.left_out) > 1:
        yield f"No verdict on {METRICS[comparison.metric]}: the intervals overlap."


def findings(report: Report) -> dict[str, list[str]]:
    """All verdicts by load, and who is not compared."""
    labels = _labels(report)
    found: dict[str, list[str]] = {}
    missing: dict[str, dict[str, list[str]]] = {}
    for each in report.comparisons:
        found.setdefault(each.load, []).extend(sentences(report, each))
        for name, why in each.left_out.items():
            names = missing.setdefault(each.load, {}).setdefault(why, [])
            names.extend([labels[name]] if labels[name] not in names else [])
    for load, reasons in missing.items():
        found[load].extend(f"Not compared: {', '.join(names)}: {why}." for why, names in reasons.items())
    return found


def _labels(report: Report) -> dict[str, str]:
    short = short_names(report)
    return {each.name: short[each.name] + (" (simulated)" if each.simulated else "") for each in report.models}


def remarks(report: Report) -> list[str]:
    """What a reader must know besides the figures."""
    said: list[str] = []
    if report.stopped is not None:
        said.append(f"The run was stopped before its end by {report.stopped}.")
    labels = {each.name: each.label for each in report.models}
    said.extend(f"{labels[name]} was given up: {why}" for name, why in report.given_up)
    if report.lost:
        said.append(f"{report.lost} requests were under way when the run was interrupted, and have no figures.")
    if report.late > 0.05:
        said.append(f"A request was sent {seconds(report.late)} late: this machine was busy. That is measured, too.")
    if report.simulated:
        said.append("Costs of simulated models are those of as many tokens at the listed price; nothing was paid.")
    return said


def planned(report: Report) -> str:
    """The plan in one line."""
    plan = report.plan
    loads = ", ".join(load.label for load in plan.loads)
    parts = [
        f"up to {plan.requests} requests a model, {plan.warm_up} of them to warm up, in {plan.rounds} rounds",
        f"{loads}{f' ({plan.arrivals})' if plan.rate else ''}",
        f"prompts of about {plan.prompt_tokens} tokens, answers of up to {plan.output_tokens}",
        f"seed {plan.seed}",
    ]
    if plan.max_cost is not None:
        parts.insert(1, f"at most ${plan.max_cost:g}")
    return " \u00b7 ".join(parts)


def method() -> list[str]:
    """How the figures are made."""
    return [" ".join(each.split()) for each in _METHOD.strip().split("\n\n")]


_METHOD = """
Each request is streamed and has another prompt. In every round the models take turns, in random order, so that a slow
moment of the network meets all of them. Warm-up requests are left out.

Times count from the moment at which a request should have started. Under a rate, requests start on schedule whatever
became of those before them, and waiting counts. With so many at once, each caller sends its next request when the last
one is answered.

First token: the first piece of text or reasoning. Gap: from one piece to the next; a provider may put several tokens
into one piece. Tokens a second: of one answer, after its first piece, by the provider's own count of tokens.
Throughput: tokens of all callers together, the median of the rounds, with the lowest and the highest.

Quantiles are of answered requests; the share that failed stands beside them. Their 95 % intervals are order statistics
and assume nothing about the distribution, only that requests are independent of each other. A bound that so few
requests cannot give is "?". Gaps of one answer depend on each other and have no interval.

A verdict needs intervals of the medians that do not touch, made so wide that models that do not differ would get any
verdict in at most 5 % of runs, for each metric and load. Models of which more than a tenth of the requests failed are
not compared.
"""
