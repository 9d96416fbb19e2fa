"""Intervals cover what they say, and equal models get no verdict more often than is stated."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.bench.statistics import CONFIDENCE, Verdict, faster, least, quantile, ranks

Ranks = Callable[[int, float, float], tuple[int | None, int | None]]
Faster = Callable[[Mapping[str, Sequence[float]]], list[Verdict]]


def covers(count: int, q: float, low: int | None, high: int | None) -> float:
    """The exact probability that the order statistics lie around the quantile of a continuous distribution."""
    first, last = (0 if low is None else low), (count + 1 if high is None else high)
    return sum(math.comb(count, k) * q**k * (1 - q) ** (count - k) for k in range(first, min(last, count + 1)))


def hold_coverage(ranks_under_test: Ranks, count: int, q: float, confidence: float) -> None:
    """The law: at least the stated probability, and no order statistic further out than it takes."""
    low, high = ranks_under_test(count, q, confidence)
    miss = (1 - confidence) / 2 + 1e-12
    assert covers(count, q, low, None) >= 1 - miss
    assert covers(count, q, None, high) >= 1 - miss
    tighter_low, tighter_high = (low or 0) + 1, (count if high is None else high - 1)
    assert covers(count, q, tighter_low, None) < 1 - miss + 2e-12
    assert covers(count, q, None, tighter_high) < 1 - miss + 2e-12


counts = st.integers(1, 300)
shares = st.sampled_from([0.5, 0.9, 0.95, 0.99])


@given(count=counts, q=shares, confidence=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=150, deadline=None)
def test_the_interval_covers_as_stated_and_is_no_wider(count: int, q: float, confidence: float) -> None:
    hold_coverage(ranks, count, q, confidence)


def normal_ranks(count: int, q: float, _confidence: float) -> tuple[int | None, int | None]:
    """Wrong: the normal approximation, for few values and far quantiles."""
    around = 1.96 * math.sqrt(count * q * (1 - q))
    return max(1, round(count * q - around)), min(count, round(count * q + around) + 1)


def one_sided_ranks(count: int, q: float, confidence: float) -> tuple[int | None, int | None]:
    """Wrong: spends the whole probability of a miss on each side."""
    return ranks(count, q, 1 - 2 * (1 - confidence))


@pytest.mark.parametrize("wrong", [normal_ranks, one_sided_ranks])
def test_the_law_of_coverage_rejects_wrong_intervals(wrong: Ranks) -> None:
    with pytest.raises(AssertionError):
        for count in (10, 30, 100):
            for q in (0.5, 0.95, 0.99):
                hold_coverage(wrong, count, q, 0.95)


DISTRIBUTIONS: dict[str, tuple[Callable[[random.Random], float], Callable[[float], float]]] = {
    "exponential": (lambda draw: draw.expovariate(1), lambda q: -math.log(1 - q)),
    "uniform": (lambda draw: draw.random(), lambda q: q),
    "pareto": (lambda draw: draw.paretovariate(1.1), lambda q: (1 - q) ** (-1 / 1.1)),
    "whole numbers": (lambda draw: math.floor(10 * draw.random()), lambda q: math.ceil(10 * q) - 1),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_intervals_cover_the_true_quantile_of_known_distributions(name: str, q: float) -> None:
    value, true = DISTRIBUTIONS[name]
    draw = random.Random(f"{name}{q}")
    runs, hits = 1000, 0
    for _ in range(runs):
        found = quantile(sorted(value(draw) for _ in range(60)), q)
        assert found is not None
        low = -math.inf if found.low is None else found.low
        high = math.inf if found.high is None else found.high
        hits += low <= true(q) <= high
    assert hits / runs >= CONFIDENCE - 0.02


def test_the_estimate_is_the_usual_one() -> None:
    draw = random.Random(3)
    values = sorted(draw.random() for _ in range(101))
    found = quantile(values, 0.9)
    assert found is not None
    assert found.value == pytest.approx(quantiles(values, n=10, method="inclusive")[8])


@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=80).map(sorted), q=shares)
def test_the_interval_is_around_the_estimate_unless_values_are_too_few(values: list[float], q: float) -> None:
    found = quantile(values, q)
    assert found is not None
    assert found.low is None or found.low <= found.value + 1e-9
    assert found.high is None or found.high >= found.value - 1e-9
    assert values[0] <= found.value <= values[-1]


def test_few_values_have_no_bound() -> None:
    assert ranks(367, 0.99, 0.95)[1] is None
    assert ranks(368, 0.99, 0.95)[1] == 368
    assert quantile([], 0.5) is None
    one, p99 = quantile([1.0], 0.5), quantile([float(each) for each in range(30)], 0.99)
    assert one is not None
    assert (one.low, one.high) == (None, None)
    assert p99 is not None
    assert p99.high is None
    assert p99.low is not None


def rate_of_verdicts(faster_under_test: Faster, models: int, count: int, runs: int = 400) -> float:
    """How often any verdict comes out among models that do not differ."""
    draw = random.Random(f"{models}/{count}")
    wrong = 0
    for _ in range(runs):
        groups = {f"m{at}": sorted(draw.lognormvariate(0, 0.5) for _ in range(count)) for at in range(models)}
        wrong += bool(faster_under_test(groups))
    return wrong / runs


def compares_medians(groups: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """Wrong: a difference of medians is a verdict."""
    by_median = sorted(groups, key=lambda name: groups[name][len(groups[name]) // 2])
    return [Verdict(by_median[0], by_median[1], 1.1)]


def narrow_intervals(groups: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """Wrong: intervals of half of the runs."""
    found = {name: quantile(values, 0.5, 0.5) for name, values in groups.items()}
    return [
        Verdict(one, other, 1.0)
        for one, better in found.items()
        for other, worse in found.items()
        if better and worse and (better.high or 9e9) < (worse.low or 0.0)
    ]


@pytest.mark.parametrize(("models", "count"), [(2, 10), (2, 40), (3, 30), (6, 20)])
def test_equal_models_get_a_verdict_no_more_often_than_stated(models: int, count: int) -> None:
    assert rate_of_verdicts(faster, models, count) <= 1 - CONFIDENCE


@pytest.mark.parametrize("wrong", [compares_medians, narrow_intervals])
def test_the_rate_of_wrong_verdicts_tells_wrong_methods(wrong: Faster) -> None:
    assert rate_of_verdicts(wrong, 3, 30) > 1 - CONFIDENCE


def test_models_that_differ_get_a_verdict() -> None:
    draw = random.Random(5)
    groups = {
        name: sorted(draw.lognormvariate(0, 0.3) * slow for _ in range(40)) for name, slow in (("a", 1), ("b", 2))
    }
    (verdict,) = faster(groups)
    assert (verdict.winner, verdict.loser) == ("a", "b")
    assert 1.6 < verdict.ratio < 2.4
    (other,) = faster(groups, higher_is_better=True)
    assert (other.winner, other.loser, other.ratio) == ("b", "a", verdict.ratio)


@pytest.mark.parametrize("models", [2, 3, 4, 8])
def test_fewer_values_than_needed_give_no_verdict_and_as_many_can(models: int) -> None:
    def verdicts(count: int) -> list[Verdict]:
        return faster({f"m{at}": [at + each / 1000 for each in range(count)] for at in range(models)})

    assert verdicts(least(models) - 1) == []
    assert len(verdicts(least(models))) == models * (models - 1) / 2
