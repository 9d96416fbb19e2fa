"""Requests and spend never pass their limits, also when a run is interrupted anywhere and goes on."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.bench import Plan, Report, measure
from ai_sdk.bench.probing import Probe
from ai_sdk.bench.spending import Costs
from ai_sdk.errors import APIConnectionError, InvalidRequestError, OverloadedError, StreamError
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import Price
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.testing import run
from ai_sdk.usage_estimate import estimate_usage
from bench.kit import PRICE, scripted, timed


class Spender:
    """Uses as much as it likes of what a request allows, fails now and then, and keeps the true bill."""

    provider = "spender"

    def __init__(self, name: str, seed: int) -> None:
        self.model_id = name
        self.bill = 0
        self.calls = 0
        self._draw = random.Random(f"{name}{seed}")

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        self.calls += 1
        await asyncio.sleep(self._draw.random())
        fate = self._draw.random()
        if fate < 0.1:
            raise OverloadedError("busy", status=503)
        most = estimate_usage(request)
        assert most.input_tokens is not None
        usage = Usage(self._draw.randint(1, most.input_tokens), self._draw.randint(1, request.max_output_tokens or 1))
        self.bill += PRICE.of(usage) or 0
        if fate < 0.2:
            raise APIConnectionError("gone")
        if fate < 0.3:
            raise StreamError("broken")
        return LanguageResponse.of([TextDelta("word"), Finish("stop", usage)], fold_language)


PRICES: Mapping[str, Price] = {"spender": PRICE}
plans = st.builds(
    Plan,
    requests=st.integers(3, 25),
    concurrency=st.sampled_from([(1,), (5,)]),
    rate=st.sampled_from([(), (20.0,)]),
    max_cost=st.sampled_from([0.0, 0.0003, 0.001, 0.004, 1.0]),
    rounds=st.integers(1, 3),
    warm_up=st.integers(0, 1),
    prompt_tokens=st.sampled_from([1, 60]),
    output_tokens=st.sampled_from([1, 50]),
)


def hold_limits(plan: Plan, seed: int, *, cut: float | None = None) -> None:
    """Neither limit is passed. With ``cut`` the run is cancelled and goes on from its journal, cut to that share."""
    models = {name: Spender(name, seed) for name in "ab"}
    with TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        if cut is not None:
            run(_interrupted(models, plan, journal))
            whole = journal.read_bytes()
            end = whole.rfind(b"\n") + 1 if whole else 0
            journal.write_bytes(whole[:end] + whole[:7])  # a torn last line
        report = run(measure(models, plan, prices=PRICES, journal=journal))
        assert report.to_json() == Report.from_json(report.to_json()).to_json()
    assert all(each.calls <= plan.requests for each in models.values())
    assert plan.max_cost is not None
    assert sum(each.bill for each in models.values()) <= plan.max_cost * 1e9
    if report.stopped is None and cut is None:
        assert all(each.calls == plan.requests for each in models.values())
    assert sum(each.calls for each in models.values()) == len(report.samples) + report.lost


async def _interrupted(models: Mapping[str, Spender], plan: Plan, journal: Path) -> None:
    task = asyncio.get_running_loop().create_task(measure(models, plan, prices=PRICES, journal=journal))
    await asyncio.sleep(1.7)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@given(plan=plans, seed=st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_neither_limit_is_ever_passed(plan: Plan, seed: int) -> None:
    hold_limits(plan, seed)


@given(plan=plans, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_neither_limit_is_passed_by_a_run_that_was_interrupted(plan: Plan, seed: int) -> None:
    hold_limits(plan, seed, cut=1.0)


TIGHT = Plan(requests=80, concurrency=(5,), max_cost=0.004, prompt_tokens=1, output_tokens=50)


def test_the_law_rejects_a_run_that_counts_after_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    def worst(*_: object) -> int:
        return 0

    monkeypatch.setattr(Costs, "worst", worst)
    with pytest.raises(AssertionError):
        hold_limits(TIGHT, 1)


def test_the_law_rejects_a_run_that_takes_what_is_not_known_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Costs.of

    def of(self: Costs, seen: Probe) -> int:
        return true(self, seen) or 0

    monkeypatch.setattr(Costs, "of", of)
    with pytest.raises(AssertionError):
        for seed in range(20):
            hold_limits(TIGHT, seed)


def test_the_law_rejects_a_resumed_run_that_forgets_its_spend(monkeypatch: pytest.MonkeyPatch) -> None:
    async def book(*_: object) -> None:
        return

    monkeypatch.setattr(Costs, "book", book)
    with pytest.raises(AssertionError):
        for seed in range(20):
            hold_limits(TIGHT, seed, cut=1.0)


SMALL = Plan(requests=25, max_cost=0.001, prompt_tokens=1, output_tokens=10)


async def test_a_run_that_is_stopped_by_its_limit_says_so() -> None:
    report = await measure({"a": Spender("a", 0)}, SMALL, prices=PRICES)
    assert report.stopped is not None
    assert report.stopped.startswith("max_cost: the budget is $0.001")
    assert 0 < len(report.samples) < 25


async def test_a_limit_needs_a_known_price() -> None:
    with pytest.raises(InvalidRequestError, match="the price of scripted:model is not known"):
        await measure([scripted(timed([1.0]))], Plan(max_cost=1.0))


async def test_costs_are_those_of_the_price_and_unknown_ones_are_unknown() -> None:
    model = scripted(timed([1.0], usage=Usage(1000, 100)))
    report = await measure([model], Plan(requests=3, warm_up=0), prices={"scripted": PRICE})
    assert [each.cost for each in report.samples] == [1000 * 1000 + 100 * 2000] * 3
    assert (report.cost, report.cells[0].cost) == (3_600_000, 3_600_000)
    silent = await measure([scripted(timed([1.0], usage=Usage()))], Plan(requests=2), prices={"scripted": PRICE})
    assert (silent.cost, silent.cells[0].cost) == (None, None)
    unpriced = await measure([scripted(timed([1.0]))], Plan(requests=2))
    assert unpriced.cost is None


async def test_a_model_under_another_name_keeps_its_price() -> None:
    report = await measure({"mine": scripted(timed([1.0]))}, Plan(requests=1, warm_up=0), prices={"scripted": PRICE})
    assert report.samples[0].cost == 7 * 1000 + 2000


async def test_a_finished_run_sends_nothing_again(tmp_path: Path) -> None:
    model = scripted(timed([1.0]))
    first = await measure([model], Plan(requests=9), journal=tmp_path / "j")
    again = await measure([model], Plan(requests=9), journal=tmp_path / "j")
    assert len(model.calls) == 9
    assert again.samples == first.samples
    assert again.started == first.started


async def test_a_run_goes_on_with_what_is_left_and_warms_up_again(tmp_path: Path) -> None:
    model, journal = scripted(timed([1.0])), tmp_path / "j"
    plan = Plan(requests=10, rounds=1)
    await measure([model], plan, journal=journal)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:8]))  # three samples, and a fourth request under way
    report = await measure([model], plan, journal=journal)
    assert len(model.calls) == 10 + 6
    assert report.lost == 1
    assert [each.id for each in report.samples] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert [each.id for each in report.samples if each.warm_up] == [0, 4]
    starts = [each.at for each in report.samples]
    assert starts == sorted(starts)


async def test_a_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    model, journal = scripted(timed([1.0])), tmp_path / "j"
    await measure([model], Plan(requests=2), journal=journal)
    before = journal.read_bytes()
    with pytest.raises(InvalidRequestError, match="its requests is 2"):
        await measure([model], Plan(requests=3), journal=journal)
    with pytest.raises(InvalidRequestError, match="its models are scripted:model"):
        await measure({"other": model}, Plan(requests=2), journal=journal)
    assert journal.read_bytes() == before
    for words in ("not a journal\n", json.dumps({"journal": "other"}) + "\n"):
        journal.write_text(words)
        with pytest.raises(InvalidRequestError, match="is not a journal of ai-sdk bench"):
            await measure([model], Plan(requests=2), journal=journal)
        assert journal.read_text() == words


async def test_two_runs_do_not_share_a_journal(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    model, journal = scripted(timed([5.0])), tmp_path / "j"
    task = asyncio.get_running_loop().create_task(measure([model], Plan(requests=3), journal=journal))
    await asyncio.sleep(1)
    with pytest.raises(InvalidRequestError, match="another process writes"):
        await measure([model], Plan(requests=3), journal=journal)
    assert len((await task).samples) == 3
