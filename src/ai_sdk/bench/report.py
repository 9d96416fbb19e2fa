"""What a run found: the raw samples, and all that is said of them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.bench.plan import Plan
from ai_sdk.bench.samples import Sample
from ai_sdk.bench.statistics import Quantile, Verdict, estimate, faster, least, quantile
from ai_sdk.errors import InvalidRequestError

__all__ = ["QUANTILES", "Cell", "Comparison", "Report", "Spread", "Subject", "Throughput"]

QUANTILES = (0.5, 0.9, 0.95, 0.99)
VERSION = 1
_TOO_MANY_FAILURES = 0.1
_COMPARED: tuple[tuple[str, str, bool], ...] = (
    ("first", "time to first token", False),
    ("speed", "tokens a second", True),
    ("total", "time to the last token", False),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that was measured, by the name that it has in the report; ``simulated``: by a server of our own."""

    name: str
    simulated: bool = False

    @property
    def label(self) -> str:
        """The name, and that it is simulated."""
        return f"{self.name} (simulated)" if self.simulated else self.name

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"name": self.name, "simulated": self.simulated}


class Spread(NamedTuple):
    """How values are distributed; each quantile is None where there is no value."""

    size: int
    p50: Quantile | None
    p90: Quantile | None
    p95: Quantile | None
    p99: Quantile | None


class Throughput(NamedTuple):
    """Tokens and requests a second of all callers together: the median of the rounds, the lowest and the highest."""

    tokens: tuple[float, float, float] | None
    requests: tuple[float, float, float]


@dataclass(frozen=True)
class Cell:
    """A model under one load. ``samples`` are without warm-ups, in the order of their plan."""

    model: Subject
    load: str
    samples: tuple[Sample, ...]

    @cached_property
    def answers(self) -> tuple[Sample, ...]:
        """Those that were answered; all times below are theirs."""
        return tuple(each for each in self.samples if each.ok)

    @cached_property
    def errors(self) -> dict[str, int]:
        """How many failed, by the class of the error, the most frequent first."""
        return dict(Counter(each.error for each in self.samples if each.error is not None).most_common())

    @property
    def failed(self) -> float:
        """The share that failed, from 0 to 1."""
        return 1 - len(self.answers) / len(self.samples) if self.samples else 0.0

    @cached_property
    def first(self) -> Spread:
        """Time to first token, seconds."""
        return _spread(each.first for each in self.answers)

    @cached_property
    def total(self) -> Spread:
        """Time to the end of the answer, seconds."""
        return _spread(each.total for each in self.answers)

    @cached_property
    def speed(self) -> Spread:
        """Tokens a second of one answer, after its first piece; the higher quantiles are those of the fastest."""
        return _spread(each.speed for each in self.answers)

    @cached_property
    def gaps(self) -> Spread:
        """Seconds between two pieces, of all answers; without intervals: those of one answer depend on each other."""
        values = sorted(gap for each in self.answers for gap in each.gaps)
        found = [estimate(values, q) for q in QUANTILES]
        return Spread(len(values), *(None if each is None else Quantile(each, None, None) for each in found))

    @cached_property
    def throughput(self) -> Throughput | None:
        """Of the rounds in which anything was answered."""
        rounds = [
            [each for each in self.samples if each.round == number]
            for number in sorted({each.round for each in self.samples})
        ]
        done = [each for each in map(_rates, rounds) if each is not None]
        if not done:
            return None
        tokens = [each[0] for each in done if each[0] is not None]
        return Throughput(_three(tokens) if len(tokens) == len(done) else None, _three([each[1] for each in done]))

    @property
    def cost(self) -> int | None:
        """Nano-dollars of all samples; None as soon as one of them is not known."""
        costs = [each.cost for each in self.samples]
        known = [each for each in costs if each is not None]
        return sum(known) if len(known) == len(costs) else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data: seconds, tokens a second, dollars."""
        through = self.throughput
        return {
            "model": self.model.name,
            "simulated": self.model.simulated,
            "load": self.load,
            "requests": len(self.samples),
            "answers": len(self.answers),
            "errors": self.errors,
            "time_to_first_token": _plain(self.first),
            "inter_token_gap": _plain(self.gaps),
            "tokens_per_second": _plain(self.speed),
            "total": _plain(self.total),
            "throughput": through._asdict() if through is not None else None,
            "cost_usd": None if self.cost is None else self.cost / 1e9,
        }


class Comparison(NamedTuple):
    """A metric under one load: the verdicts that its intervals allow, and the models that were left out, with why."""

    load: str
    metric: str
    words: str
    verdicts: tuple[Verdict, ...]
    left_out: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """A run. ``started`` is in UTC; ``stopped`` says which limit ended it; ``given_up``: models that got no further
    request, with why; ``lost``: how many requests of interrupted processes have no sample.

    ``report.to_json()`` and ``Report.from_json(text)`` keep all of it.
    """

    plan: Plan
    models: tuple[Subject, ...]
    samples: tuple[Sample, ...]
    environment: Mapping[str, Any] = field(default=EMPTY)
    started: str = ""
    stopped: str | None = None
    given_up: tuple[tuple[str, str], ...] = ()
    lost: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", freeze(self.environment))

    @property
    def simulated(self) -> bool:
        """Whether any of the models is."""
        return any(each.simulated for each in self.models)

    @property
    def notice(self) -> str | None:
        """What must stand above every view of the report when something in it is simulated."""
        if not self.simulated:
            return None
        if all(each.simulated for each in self.models):
            return "Simulated: servers on this machine answered with invented timing. No provider was measured."
        names = ", ".join(each.name for each in self.models if each.simulated)
        return f"Partly simulated: servers on this machine answered with invented timing for {names}."

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Each load with each model, in the order of the plan."""
        sorted_in: dict[tuple[str, str], list[Sample]] = {}
        for each in self.samples:
            if not each.warm_up:
                sorted_in.setdefault((each.load, each.model), []).append(each)
        return tuple(
            Cell(model, load.label, tuple(sorted_in.get((load.label, model.name), ())))
            for load in self.plan.loads
            for model in self.models
        )

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What may be said of which model is faster, load by load."""
        return tuple(
            _compare([each for each in self.cells if each.load == load.label], metric, words, higher)
            for load in self.plan.loads
            for metric, words, higher in _COMPARED
        )

    @property
    def cost(self) -> int | None:
        """Nano-dollars of all samples, warm-ups included; None when one of them is not known."""
        known = [each.cost for each in self.samples if each.cost is not None]
        return sum(known) if len(known) == len(self.samples) else None

    @property
    def late(self) -> float:
        """By how many seconds at most a request was sent after its time: what this machine was too slow for."""
        return max((each.lag for each in self.samples), default=0.0)

    def to_json(self) -> str:
        """JSON of one object: the raw samples, and ``summary`` and ``comparisons`` that follow from them."""
        data = {
            "report": "ai-sdk bench",
            "v": VERSION,
            "simulated": self.simulated,
            "notice": self.notice,
            "models": [each.to_dict() for each in self.models],
            "plan": self.plan.to_dict(),
            "environment": self.environment,
            "started": self.started,
            "stopped": self.stopped,
            "given_up": [list(each) for each in self.given_up],
            "lost": self.lost,
            "summary": [each.to_dict() for each in self.cells],
            "comparisons": [_comparison(each) for each in self.comparisons],
            "samples": [each.to_dict() for each in self.samples],
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes, /) -> Report:
        """The report again; raises ``InvalidRequestError`` for what is none."""
        try:
            data: Any = json.loads(text)
            if data["report"] != "ai-sdk bench" or data["v"] != VERSION:
                raise InvalidRequestError("this is not a report of ai-sdk bench that this version reads")
            return cls(
                plan=Plan.from_dict(data["plan"]),
                models=tuple(Subject(each["name"], each["simulated"]) for each in data["models"]),
                samples=tuple(map(Sample.from_dict, data["samples"])),
                environment=data["environment"],
                started=data["started"],
                stopped=data["stopped"],
                given_up=tuple((name, why) for name, why in data["given_up"]),
                lost=data["lost"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRequestError(f"this is not a report of ai-sdk bench: {error!r}") from error

    def to_csv(self) -> str:
        """A line for each request, warm-ups included, each with whether it is simulated; what is not known is empty."""
        made_up = {each.name: each.simulated for each in self.models}
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = [name for name, _ in _COLUMNS]
        writer.writerow(["model", "simulated", *names])
        for each in self.samples:
            values = [read(each) for _, read in _COLUMNS]
            shown = ["" if value is None else _cell(value) for value in values]
            writer.writerow([_cell(each.model), str(made_up.get(each.model, False)).lower(), *shown])
        return out.getvalue()


_COLUMNS: tuple[tuple[str, Callable[[Sample], Any]], ...] = (
    ("load", lambda each: each.load),
    ("round", lambda each: each.round),
    ("id", lambda each: each.id),
    ("warm_up", lambda each: each.warm_up),
    ("start_s", lambda each: each.at),
    ("lag_s", lambda each: each.lag),
    ("first_token_s", lambda each: each.first),
    ("first_text_s", lambda each: each.first_text),
    ("total_s", lambda each: each.total),
    ("pieces", lambda each: len(each.chunks)),
    ("mean_gap_s", lambda each: sum(each.gaps) / len(each.gaps) if each.gaps else None),
    ("longest_gap_s", lambda each: max(each.gaps, default=None)),
    ("tokens_per_s", lambda each: each.speed),
    ("input_tokens", lambda each: each.input_tokens),
    ("output_tokens", lambda each: each.output_tokens),
    ("cost_usd", lambda each: None if each.cost is None else each.cost / 1e9),
    ("finish", lambda each: each.finish),
    ("error", lambda each: each.error),
    ("status", lambda each: each.status),
)


def _cell(value: Any) -> str:
    """A value for a spreadsheet: text is one line, and never taken for a formula."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.9g}"
    text = " ".join(str(value).split())
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@") else text


def _spread(values: Iterable[float | None]) -> Spread:
    known = sorted(each for each in values if each is not None)
    return Spread(len(known), *(quantile(known, q) for q in QUANTILES))


def _plain(spread: Spread) -> dict[str, Any]:
    return {name: value._asdict() if isinstance(value, Quantile) else value for name, value in spread._asdict().items()}


def _rates(samples: Sequence[Sample]) -> tuple[float | None, float] | None:
    """Tokens and requests a second of one round, from its first start to its last end."""
    answers = [each for each in samples if each.ok]
    seconds = max(each.at + each.total for each in samples) - min(each.at for each in samples)
    if not answers or seconds <= 0:
        return None
    tokens = [each.output_tokens for each in answers]
    known = [each for each in tokens if each is not None]
    return sum(known) / seconds if len(known) == len(tokens) else None, len(answers) / seconds


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    return median(values), min(values), max(values)


def _compare(cells: Sequence[Cell], metric: str, words: str, higher: bool) -> Comparison:
    groups: dict[str, list[float]] = {}
    left_out: dict[str, str] = {}
    needed = least(len(cells))
    for each in cells:
        values = sorted(value for sample in each.answers if (value := getattr(sample, metric)) is not None)
        if each.failed > _TOO_MANY_FAILURES:
            left_out[each.model.name] = f"{each.failed:.0%} of the requests failed"
        elif len(values) < needed:
            having = f" with {words}" if len(values) < len(each.answers) else ""
            left_out[each.model.name] = f"{len(values)} answers{having}, and a verdict takes {needed}"
        else:
            groups[each.model.name] = values
    load = cells[0].load if cells else ""
    return Comparison(load, metric, words, tuple(faster(groups, higher_is_better=higher)), left_out)


def _comparison(each: Comparison) -> dict[str, Any]:
    return {
        "load": each.load,
        "metric": each.words,
        "verdicts": [verdict._asdict() for verdict in each.verdicts],
        "left_out": dict(each.left_out),
    }
