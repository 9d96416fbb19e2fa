"""One request, asked of several models until the first of them begins to answer.

The law: whose first content, or plain result, is here first is the response. Everything else that was asked is
cancelled, closed and awaited before ``run`` returns or raises, and so is everything when the caller is cancelled. Each
model is asked with the caller's record and deadline.

The caller's task leads: it asks the first model itself, and hands on its response as it is. What is asked while it
waits is a ``Flight`` of its own; when one of those begins to answer, the task's wait is interrupted, as by a timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, cast

from ai_sdk.call import report
from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import AllModelsFailedError
from ai_sdk.flight import Flight
from ai_sdk.model import Model, name_of
from ai_sdk.response import Response

__all__ = ["Race"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class Race(Generic[Req, Res]):
    """A race that starts with ``models[0]``, and adds the others in turn, at most ``more`` calls.

    One is added ``late`` seconds after the last one (None: never), and one as soon as one fails, if
    ``goes_on(error, same)`` agrees, where ``same`` says whether the next model is the one that failed. ``grant()`` is
    asked before each; when it says no, none is added any more. ``learn`` is told the seconds after which the first
    model began to answer or was overtaken. Reports ``hedged`` (detail: the name of the model) for each that is added.
    """

    __slots__ = ("_cancels", "_errors", "_flights", "_goes_on", "_grant", "_interrupted", "_late", "_leading", "_learn",
                 "_loop", "_models", "_more", "_news", "_over", "_request", "_started", "_task", "_timer", "_until",
                 "_winner")  # fmt: skip

    def __init__(
        self,
        models: Sequence[Model[Req, Res]],
        request: Req,
        *,
        late: float | None,
        more: int,
        goes_on: Callable[[Exception, bool], bool],
        grant: Callable[[], bool],
        learn: Callable[[float], None] | None = None,
    ) -> None:
        self._models = models
        self._request = request
        self._late = late
        self._more = more
        self._goes_on = goes_on
        self._grant = grant
        self._learn = learn
        self._loop = asyncio.get_running_loop()
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancels = self._task.cancelling()
        self._until = deadline()
        self._started = 0
        self._leading = self._interrupted = self._over = False
        self._flights: dict[int, Flight[Res]] = {}
        self._errors: dict[int, Exception] = {}
        self._winner: Flight[Res] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._news: asyncio.Future[None] | None = None

    async def run(self) -> Res:
        """The response of the race; the error itself when one model failed, or AllModelsFailedError with all of them.

        The errors are in the order in which their models were asked.
        """
        answers: list[Res] = []
        try:
            await self._lead(answers)
            if self._flights:
                await self._end(answers)
            if answers:
                return answers[0]
            if self._winner is not None:
                return await self._winner.join()
            raise self._failure()
        except BaseException:
            self._stop()
            self._winner = None
            self._cancel_losers()
            for answer in answers:
                if isinstance(answer, Response):
                    await cast("Response[Any, Any]", answer).aclose()
            for flight in self._flights.values():
                await flight.settle()
            raise
        finally:
            self._stop()
            self._errors.clear()
            self._flights.clear()

    async def _lead(self, answers: list[Res]) -> None:
        """Ask one model after the other here, until one answers or none is to be asked next."""
        started = self._loop.time()
        while True:
            number = self._next()
            self._leading = True
            try:
                answers.append(await self._model(number)(self._request))
            except asyncio.CancelledError:
                if not self._came_back():
                    raise
            except Exception as error:  # noqa: BLE001 - raised when no other model answers
                self._came_back()
                self._errors[number] = error
                if self._may_add(number):
                    continue
                return
            finally:
                self._came_back()
            if number == 0 and self._learn is not None:
                self._learn(self._loop.time() - started)
            return

    async def _end(self, answers: list[Res]) -> None:
        """Wait until somebody has won, if nobody has, and end all the others."""
        if answers:
            self._winner = None
        else:
            while self._winner is None and not all(flight.begun for flight in self._flights.values()):
                self._news = self._loop.create_future()
                await self._news
        self._stop()
        self._cancel_losers()
        for flight in self._flights.values():
            if flight is not self._winner:
                await flight.settle()

    def _cancel_losers(self) -> None:
        for flight in self._flights.values():
            if flight is not self._winner:
                flight.cancel()

    def _next(self) -> int:
        """The number of the model that is asked now; another one will be late after it."""
        number = self._started
        self._started += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._late is not None and self._started <= self._more:
            at = self._loop.time() + self._late
            if self._until is None or at < self._until:
                self._timer = self._loop.call_at(at, self._is_late)
        return number

    def _is_late(self) -> None:
        self._timer = None
        if self._may_add():
            self._fly()

    def _may_add(self, failed: int | None = None) -> bool:
        """Whether to ask one more model now, because all are late or because one ``failed``; if so, report it."""
        if self._over or self._winner is not None or self._started > self._more:
            return False
        model = self._model(self._started)
        if failed is not None and not self._goes_on(self._errors[failed], model is self._model(failed)):
            self._more = 0
            return False
        if (self._until is not None and self._loop.time() >= self._until) or not self._grant():
            self._more = 0
            return False
        report("hedged", name_of(model))
        return True

    def _fly(self) -> None:
        number = self._next()
        flight: Flight[Res] = Flight(partial(self._ask, self._model(number)))
        self._flights[number] = flight
        flight.when_begun(partial(self._begun, number, flight))

    async def _ask(self, model: Model[Req, Res]) -> Res:
        if self._until is None:
            return await model(self._request)
        with deadline_at(self._until):
            return await model(self._request)

    def _begun(self, number: int, flight: Flight[Res]) -> None:
        """A flight has its first content, its result or its error."""
        if self._over or self._winner is not None:
            return
        error = flight.error
        if error is None:
            self._winner = flight
            self._cancel_losers()
            if self._leading and not self._interrupted:
                self._interrupted = True
                self._task.cancel()
        elif isinstance(error, Exception):
            self._errors[number] = error
            if self._may_add(number):
                self._fly()
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _came_back(self) -> bool:
        """The task is not inside a model any more; whether it was interrupted, and by nobody but this race."""
        self._leading = False
        if not self._interrupted:
            return False
        self._interrupted = False
        return self._task.uncancel() <= self._cancels

    def _model(self, number: int) -> Model[Req, Res]:
        return self._models[0 if number == 0 else 1 + (number - 1) % (len(self._models) - 1)]

    def _stop(self) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _failure(self) -> BaseException:
        errors = [self._errors[number] for number in sorted(self._errors)]
        if not errors:
            return asyncio.CancelledError()
        if len(errors) == 1:
            return errors[0]
        return AllModelsFailedError(f"all {len(errors)} calls failed", errors)
