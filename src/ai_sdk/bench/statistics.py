"""Quantiles with intervals that assume nothing about the distribution, and when one model may be called faster.

The interval of a quantile is a pair of order statistics: of ``n`` independent values, so many lie below the true
quantile as a binomial distribution says, whatever the values are distributed like. It covers the true quantile with at
least the stated probability. Where ``n`` is too small for a bound, there is none (None): the 99th percentile of 30
values has no upper bound.

``faster`` calls one of several models faster than another only where the intervals of their medians do not touch.
These intervals are wider: with ``k`` models each covers with ``1 - 0.05 / k``. If no two models differed, some verdict
among them would come out in at most 5 % of the runs: a wrong one needs at least one interval that misses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["CONFIDENCE", "Quantile", "Verdict", "estimate", "faster", "least", "quantile", "ranks"]

CONFIDENCE = 0.95
"""Of the intervals that are shown; and one minus it is the rate of wrong verdicts at most."""


def least(groups: int) -> int:
    """How many values each of so many models needs at least for a verdict: fewer have no interval of the median."""
    return math.ceil(math.log2(2 * groups / (1 - CONFIDENCE)))


class Quantile(NamedTuple):
    """An estimate of a quantile and its interval; a bound that the number of values does not allow is None."""

    value: float
    low: float | None
    high: float | None


class Verdict(NamedTuple):
    """``winner`` is better than ``loser``: by ``ratio`` of their medians, 1 or more."""

    winner: str
    loser: str
    ratio: float


def estimate(values: Sequence[float], q: float) -> float | None:
    """The ``q``-quantile of sorted values: the smallest that at least this share of them do not exceed; None of none.

    Where several would do, it is the middle of them, as usual for the median. ``0 < q < 1``.
    """
    count = len(values)
    if count == 0:
        return None
    rank = max(1, math.ceil(count * q - 1e-9))
    between = rank < count and abs(rank - count * q) < 1e-9
    return (values[rank - 1] + values[rank]) / 2 if between else values[rank - 1]


def quantile(values: Sequence[float], q: float, confidence: float = CONFIDENCE) -> Quantile | None:
    """The estimate with its interval, which is as the words of this module say."""
    value = estimate(values, q)
    if value is None:
        return None
    low, high = ranks(len(values), q, confidence)
    return Quantile(value, None if low is None else values[low - 1], None if high is None else values[high - 1])


@lru_cache(maxsize=4096)
def ranks(count: int, q: float, confidence: float) -> tuple[int | None, int | None]:
    """Which of ``count`` sorted values, counted from 1, bound the ``q``-quantile; each may be missed half as often.

    The largest ``low`` with P(fewer than ``low`` values below the quantile) <= (1 - confidence) / 2, and the smallest
    ``high`` with P(``high`` or more below it) <= (1 - confidence) / 2.
    """
    miss = (1 - confidence) / 2
    logs = [_log_binomial(count, each, q) for each in range(count + 1)]
    low: int | None = None
    total = 0.0
    for rank in range(1, count + 1):
        total += math.exp(logs[rank - 1])
        if total > miss:
            break
        low = rank
    high: int | None = None
    total = 0.0
    for rank in range(count, 0, -1):
        total += math.exp(logs[rank])
        if total > miss:
            break
        high = rank
    return low, high


def _log_binomial(count: int, successes: int, q: float) -> float:
    ways = math.lgamma(count + 1) - math.lgamma(successes + 1) - math.lgamma(count - successes + 1)
    return ways + successes * math.log(q) + (count - successes) * math.log1p(-q)


def faster(groups: Mapping[str, Sequence[float]], *, higher_is_better: bool = False) -> list[Verdict]:
    """Every verdict about the medians of sorted values that the intervals allow, winners first.

    ``higher_is_better`` for speeds. The rate of wrong verdicts is that of the words of this module.
    """
    known = {name: values for name, values in groups.items() if values}
    found = {name: quantile(values, 0.5, 1 - (1 - CONFIDENCE) / len(known)) for name, values in known.items()}
    verdicts: list[Verdict] = []
    for winner, better in found.items():
        for loser, worse in found.items():
            if winner == loser or better is None or worse is None:
                continue
            small, large = (worse, better) if higher_is_better else (better, worse)
            if small.high is not None and large.low is not None and small.high < large.low:
                verdicts.append(Verdict(winner, loser, large.value / small.value if small.value > 0 else math.inf))
    return sorted(verdicts, key=lambda each: (found[each.winner] or (0.0,))[0], reverse=higher_is_better)
