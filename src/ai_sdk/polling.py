"""Waiting for what a provider makes in the background: one poller for every API that works with jobs.

A model of such an API submits a job, gives ``poll`` a function that looks at it once, and makes its result of what that
gives. How long to wait is a ``Polling``: that of the model, unless the call has one of its own
(``generate_video(..., polling=Polling(timeout=1800))``). Each look at a job that is not done is a ``progress`` event of
the call's record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar, cast

from ai_sdk.call import report
from ai_sdk.deadline import deadline
from ai_sdk.errors import AISDKError, APIError, APITimeoutError, InvalidRequestError

if TYPE_CHECKING:
    from types import TracebackType

    from ai_sdk.errors import TimeoutLimit

__all__ = ["Pending", "Polling", "Progress", "poll", "polling_with"]

T = TypeVar("T")
_CALLING_OFF = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How to wait for a job, in seconds.

    The first look is ``interval`` after the job was submitted, each pause is ``factor`` times the one before and never
    longer than ``longest``, or than ``interval`` when that is longer; what the provider itself says of the time to wait
    goes first. ``timeout`` is for all of it, also for a look that is under way; None is for ever. ``failures``: so many
    looks in a row may fail with an error that is retryable, because the job goes on although nobody sees it; the next
    one is raised.
    """

    interval: float = 1.0
    factor: float = 1.5
    longest: float = 10.0
    timeout: float | None = 600.0
    failures: int = 5

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            least = {"factor": 1, "failures": 0}.get(each.name)
            fits = value is None if each.name == "timeout" else False
            fits = fits or (isinstance(value, int | float) and (value > 0 if least is None else value >= least))
            if not fits:
                allowed = "above 0" if least is None else f"of at least {least}"
                raise InvalidRequestError(
                    f"Polling({each.name}={value!r}): allowed is a number {allowed}", field=each.name
                )


@dataclass(frozen=True, slots=True)
class Pending:
    """A job is not done: the provider's word for its state, and what else it says.

    ``fraction`` from 0 to 1, ``message`` such as its place in a queue, ``wait`` the seconds until it wants to be asked
    again.
    """

    status: str
    fraction: float | None = None
    message: str | None = None
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What one look at a job saw, and ``seconds`` since it was submitted; the detail of a ``progress`` event.

    ``job`` is the provider's id of it. ``error`` is why a look failed that will be repeated.
    """

    job: str
    status: str
    fraction: float | None
    message: str | None
    seconds: float
    error: Exception | None = None


_wanted: ContextVar[Polling | None] = ContextVar("ai_sdk_polling", default=None)


class polling_with:  # noqa: N801 - used as a function
    """Let the calls in a ``with`` block wait as ``polling`` says; None changes nothing. No ``yield`` in the block."""

    __slots__ = ("_polling", "_token")

    def __init__(self, polling: Polling | None) -> None:
        self._polling = polling

    def __enter__(self) -> None:
        self._token = _wanted.set(self._polling if self._polling is not None else _wanted.get())

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        _wanted.reset(self._token)


async def poll(
    look: Callable[[], Awaitable[T | Pending]],
    *,
    job: str,
    polling: Polling,
    first: Pending | None = None,
    cancel: Callable[[], Awaitable[object]] | None = None,
) -> T:
    """Look at a job until it gives something else than ``Pending``, and return that.

    ``look`` raises what the provider says of a job that failed, with its id as ``job``: that is raised at once, also
    when another job may succeed (``retryable``). ``first`` is what the answer to the submission said. Whoever stops
    waiting calls the job off: on a cancellation, when a limit passes or when looking fails too often, ``cancel`` is
    awaited for two seconds at most, and its failure changes nothing. Each error of the provider that ends the waiting
    has the id as ``job``. An error of looking too often in vain is not retryable: a new job would be another bill.

    Raises ``APITimeoutError``, not retryable because a new job would be another bill, with the limit ``polling`` or,
    when the call's own deadline was earlier, ``deadline``; its ``job`` is the id.
    """
    waiting = _Waiting(job, _wanted.get() or polling)
    try:
        return await waiting.result(look, first)
    except BaseException as error:
        if isinstance(error, APIError):
            error.job = error.job or job
        if cancel is not None and (waiting.gave_up or isinstance(error, asyncio.CancelledError)):
            await _call_off(cancel)
        raise


class _Waiting:
    """The waiting for one job."""

    def __init__(self, job: str, polling: Polling) -> None:
        self.gave_up = False
        self._job = job
        self._polling = polling
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._pause = polling.interval
        self._failed = 0
        self._limit: TimeoutLimit = "polling"
        self._ends = None if polling.timeout is None else self._began + polling.timeout
        by = deadline()
        if by is not None and (self._ends is None or by < self._ends):
            self._ends, self._limit = by, "deadline"

    async def result(self, look: Callable[[], Awaitable[T | Pending]], first: Pending | None) -> T:
        seen = first
        if seen is not None:
            self._tell(seen)
        while True:
            await self._sleep(seen)
            found = await self._look(look, seen)
            if not isinstance(found, Pending):
                return found
            seen = found

    async def _look(self, look: Callable[[], Awaitable[T | Pending]], seen: Pending | None) -> T | Pending:
        try:
            found = await self._in_time(look, seen)
        except AISDKError as error:
            if not error.retryable or getattr(error, "job", None) is not None:
                raise
            self._failed += 1
            if self._failed > self._polling.failures:
                self.gave_up = True
                error.retryable = False  # the job is there: asking for another one would be another bill
                raise
            pending = Pending(seen.status if seen else "unknown", wait=error.retry_after)
            self._tell(pending, error)
            return pending
        self._failed = 0
        if isinstance(found, Pending):
            self._tell(cast("Pending", found))
        return found

    async def _in_time(self, look: Callable[[], Awaitable[T | Pending]], seen: Pending | None) -> T | Pending:
        """Look; a look that is still under way when the time is over is broken off."""
        limit = asyncio.timeout_at(self._ends)
        try:
            async with limit:
                return await look()
        except TimeoutError:
            if not limit.expired():
                raise
            self.gave_up = True
            raise self._late(seen) from None

    async def _sleep(self, seen: Pending | None) -> None:
        pause = self._pause
        if seen is not None and seen.wait is not None:
            pause = max(seen.wait, 0.0)
        else:
            self._pause = min(self._pause * self._polling.factor, max(self._polling.longest, self._polling.interval))
        left = None if self._ends is None else self._ends - self._loop.time()
        if left is not None and left <= pause:
            await asyncio.sleep(max(left, 0.0))
            self.gave_up = True
            raise self._late(seen)
        await asyncio.sleep(pause)

    def _late(self, seen: Pending | None) -> APITimeoutError:
        waited = self._loop.time() - self._began
        how = "; Polling(timeout=...) sets this limit" if self._limit == "polling" else ""
        state = f"still {seen.status!r}" if seen is not None else "not done"
        error = APITimeoutError(
            f"the job {self._job} was {state} after {waited:.6g} seconds{how}", limit=self._limit, seconds=waited
        )
        error.retryable = False
        error.job = self._job
        return error

    def _tell(self, seen: Pending, error: Exception | None = None) -> None:
        seconds = self._loop.time() - self._began
        report("progress", Progress(self._job, seen.status, seen.fraction, seen.message, seconds, error))


async def _call_off(cancel: Callable[[], Awaitable[object]]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_CALLING_OFF):
            await cancel()
