"""Runs a plan: the models take turns, block by block, and every request is timed from when it should have started.

In an open loop each request starts on schedule, whatever became of those before it: a slow server meets as many
requests as a fast one, and the time that a request waits counts. (A client that waits for an answer before it sends
the next request leaves out just the requests that a slow server would have kept waiting.) In a closed loop ``n``
callers send the next request when the last one is answered; it is the throughput that shows a slow server there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ai_sdk.bench.environment import environment
from ai_sdk.bench.journal import Journal
from ai_sdk.bench.plan import Block, Plan, Shot, blocks
from ai_sdk.bench.probing import Probe, probe
from ai_sdk.bench.prompts import request_of
from ai_sdk.bench.report import Report, Subject
from ai_sdk.bench.samples import Sample
from ai_sdk.bench.spending import Costs
from ai_sdk.errors import (
    AuthenticationError,
    BudgetExceededError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
)
from ai_sdk.model import name_of
from ai_sdk.registry import resolve
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.prices import Price
    from ai_sdk.steps import LanguageModel

__all__ = ["Progress", "closed_loop", "measure", "open_loop"]

_HOPELESS = (AuthenticationError, PermissionDeniedError, NotFoundError, QuotaExceededError)
_PAUSE = 1.0

Send: TypeAlias = Callable[[Shot, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """A request is over: the ``done``-th of ``total``; ``model_done`` of the ``model_total`` of its model."""

    done: int
    total: int
    model_done: int
    model_total: int
    sample: Sample


async def open_loop(shots: Sequence[Shot], at: Sequence[float], send: Send) -> None:
    """Start each shot at its time after now, and come back when all are over."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with asyncio.TaskGroup() as group:
        for shot, offset in zip(shots, at, strict=True):
            await asyncio.sleep(max(0.0, start + offset - loop.time()))
            group.create_task(_send(send, shot, start + offset))


async def closed_loop(shots: Iterable[Shot], callers: int, send: Send) -> None:
    """Let so many callers send the shots, each the next one as soon as it is free."""
    loop = asyncio.get_running_loop()
    waiting = iter(shots)

    async def call() -> None:
        for shot in waiting:
            await send(shot, loop.time())

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(call())


async def _send(send: Send, shot: Shot, intended: float) -> None:
    await send(shot, intended)


async def measure(
    models: Sequence[LanguageModel] | Mapping[str, LanguageModel],
    plan: Plan | None = None,
    /,
    *,
    prices: Mapping[str, Price] | None = None,
    journal: str | Path | None = None,
    simulated: Iterable[str] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Measure the latency of models, by names such as ``groq:openai/gpt-oss-120b``, as models, or under own names.

    ``plan`` says how; a call of a model counts as one request, so give models without layers that call again.
    ``prices`` of your own go first, as in ``ai_sdk.prices``. ``journal``: a file with which an interrupted run of the
    same plan goes on; what is in it is not sent again. As its connections are new, its first requests to each model
    warm up once more. ``simulated``: the names of those that the report must call simulated.

    Raises ``InvalidRequestError`` for bad input, among it a missing key, as soon as it is found. Whatever else goes
    wrong is measured; a model that refuses the key, or is not there, gets no further request. What would not surely fit
    into ``plan.max_cost`` is not sent, and ends the run.
    """
    chosen = plan if plan is not None else Plan()
    named = _named(models)
    made_up = frozenset(simulated)
    if made_up - set(named):
        raise InvalidRequestError(
            f"simulated names {', '.join(sorted(made_up - set(named)))}, not among the models", field="simulated"
        )
    subjects = tuple(Subject(name, name in made_up) for name in named)
    priced = {name: name_of(model) for name, model in named.items()}
    costs = Costs(list(named), chosen.max_cost, {**(prices or {}), **_own_names(priced, prices)})
    book = Journal(Path(journal) if journal is not None else None, chosen, [each.to_dict() for each in subjects])
    try:
        run = _Run(chosen, named, costs, book, on_progress)
        await run.all()
    finally:
        book.close()
    return Report(
        plan=chosen,
        models=subjects,
        environment=environment(),
        started=book.started,
        samples=tuple(sorted(book.samples, key=lambda each: each.id)),
        stopped=run.stopped,
        given_up=tuple(run.given_up.items()),
        lost=book.lost,
    )


def _own_names(priced: Mapping[str, str], prices: Mapping[str, Price] | None) -> dict[str, Price]:
    """The prices of models that go under other names than their own."""
    from ai_sdk.errors import MissingExtraError
    from ai_sdk.prices import price_of

    found: dict[str, Price] = {}
    for name, own in priced.items():
        if name != own and name not in (prices or {}):
            try:
                price = price_of(own, prices)
            except MissingExtraError:
                continue
            if price is not None:
                found[name] = price
    return found


def _named(
    models: Sequence[LanguageModel] | Mapping[str, LanguageModel],
) -> dict[str, Model[LanguageRequest, LanguageResponse]]:
    named: dict[str, Model[LanguageRequest, LanguageResponse]] = {}
    if isinstance(models, Mapping):
        named.update((name, resolve(model)) for name, model in models.items())
    else:
        for each in models:
            model = resolve(each)
            name = each if isinstance(each, str) else name_of(model)
            if name in named:
                raise InvalidRequestError(
                    f"{name} is there twice: give models under names, as a mapping", field="models"
                )
            named[name] = model
    if not named:
        raise InvalidRequestError("there is no model to measure", field="models")
    return named


class _Run:
    """One run under way."""

    def __init__(
        self,
        plan: Plan,
        models: Mapping[str, Model[LanguageRequest, LanguageResponse]],
        costs: Costs,
        journal: Journal,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.stopped: str | None = None
        self.given_up: dict[str, str] = {}
        self._plan = plan
        self._models = models
        self._costs = costs
        self._journal = journal
        self._on_progress = on_progress
        self._blocks = blocks(plan, list(models))
        self._of = Counter(shot.model for each in self._blocks for shot in each.shots)
        self._done = Counter(each.model for each in journal.samples)
        self._zero = 0.0

    async def all(self) -> None:
        """Send what has not been sent."""
        resumed = bool(self._journal.sent)
        await self._costs.book(self._journal.spent)
        last = max((each.at + each.total for each in self._journal.samples), default=-_PAUSE)
        self._zero = asyncio.get_running_loop().time() - last - _PAUSE
        left = [self._left(each) for each in self._blocks]
        for block in _warmed(left, self._plan.warm_up) if resumed else left:
            if block.shots and self.stopped is None and block.model not in self.given_up:
                await self._block(block)

    def _left(self, block: Block) -> Block:
        """The block without what was sent."""
        sent = self._journal.sent
        kept = [at for at, shot in enumerate(block.shots) if shot.id not in sent]
        at = tuple(block.at[each] - block.at[kept[0]] for each in kept) if block.at else ()
        return replace(block, shots=tuple(block.shots[each] for each in kept), at=at)

    async def _block(self, block: Block) -> None:
        try:
            if block.load.rate is not None:
                await open_loop(block.shots, block.at, self._shoot)
            else:
                await closed_loop(block.shots, block.load.concurrency or 1, self._shoot)
        except* InvalidRequestError as group:
            raise _first(group) from None

    async def _shoot(self, shot: Shot, intended: float) -> None:
        """Send one request, unless a limit says no, and note what was seen.

        A caller of a closed loop may wait for the budget, which is no part of the request; a schedule does not wait.
        """
        if self.stopped is not None or shot.model in self.given_up:
            return
        plan = self._plan
        request = request_of(
            shot.id, prompt_tokens=plan.prompt_tokens, output_tokens=plan.output_tokens, seed=plan.seed
        )
        worst = self._costs.worst(shot.model, request)
        try:
            reservation = await self._costs.reserve(worst, patient=shot.load.rate is None)
        except BudgetExceededError as error:
            self.stopped = f"max_cost: {error.message}"
            return
        if shot.load.rate is None:
            intended = asyncio.get_running_loop().time()
        self._journal.sending(shot.id, worst)
        seen = await probe(self._models[shot.model], request, shot, intended, plan.timeout)
        cost = self._costs.of(seen)
        self._costs.settle(reservation, cost)
        if isinstance(seen.error, _HOPELESS):
            self.given_up.setdefault(shot.model, seen.failure[2] or type(seen.error).__name__)
        self._note(_sample(seen, cost, self._zero))

    def _note(self, sample: Sample) -> None:
        self._journal.measured(sample)
        self._done[sample.model] += 1
        if self._on_progress is not None:
            done, of = self._done, self._of
            self._on_progress(Progress(done.total(), of.total(), done[sample.model], of[sample.model], sample))


def _warmed(left: Sequence[Block], count: int) -> list[Block]:
    """The blocks, with the first ``count`` shots of each model as a warm-up: after a resume connections are new."""
    need: dict[str, int] = {}
    made: list[Block] = []
    for block in left:
        some = min(need.setdefault(block.model, count), len(block.shots))
        need[block.model] -= some
        shots = [replace(shot, warm_up=True) if at < some else shot for at, shot in enumerate(block.shots)]
        made.append(replace(block, shots=tuple(shots)))
    return made


def _first(error: Exception) -> Exception:
    """The first error of a group; the others are of tasks that were under way at the same time."""
    inner: Sequence[Exception] = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error


def _sample(seen: Probe, cost: int | None, zero: float) -> Sample:
    shot, usage = seen.shot, seen.usage
    error, status, message = seen.failure
    return Sample(
        id=shot.id,
        model=shot.model,
        load=shot.load.label,
        round=shot.round,
        warm_up=shot.warm_up,
        at=round(seen.intended - zero, 6),
        lag=seen.sent,
        chunks=tuple(seen.chunks),
        first_text=seen.first_text,
        total=seen.total,
        input_tokens=usage.input_tokens if usage is not None else None,
        output_tokens=usage.output_tokens if usage is not None else None,
        streamed_tokens=seen.streamed_tokens,
        cost=cost,
        finish=seen.finish,
        error=error,
        status=status,
        message=message,
    )
