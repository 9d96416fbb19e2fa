"""Try again when a call fails before its first content.

The law: the model is called at least once and at most ``attempts`` times, one call after the other. The first answer is
handed on as it is; when all fail, the last error itself is raised. An error that trying again cannot mend ends the call
after one attempt, and a cancellation always does. Everything happens inside the ``await``, so a response that has shown
content to its reader is never asked for again, and the parts of a failed attempt are never seen.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from ai_sdk.call import report
from ai_sdk.deadline import deadline
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    APIConnectionError,
    APIError,
    APITimeoutError,
    InvalidRequestError,
    LayerError,
)
from ai_sdk.model import AnyLayer, Model, layer

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["retry"]

Req = TypeVar("Req")
Res = TypeVar("Res")
RetryOn: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool | None]

_REFUSED_UNSEEN = frozenset({429, 503, 529})


def retry(
    *,
    attempts: int | None = 3,
    base: float = 0.5,
    cap: float = 8.0,
    wait: float | Callable[[RetryCallState], float] | None = None,
    stop: Callable[[RetryCallState], bool] | None = None,
    max_wait: float = 60.0,
    retry_on: RetryOn | None = None,
    honour_retry_after: bool = True,
    idempotent: bool = True,
    rng: random.Random | None = None,
) -> AnyLayer:
    """Make up to ``attempts`` attempts in all, three by default, waiting between them.

    ``base``, ``cap``: before attempt ``k + 1`` it waits a random time between 0 and ``min(cap, base * 2 ** (k - 1))``
    seconds. ``rng=random.Random(7)`` makes the waits repeatable.
    ``wait``, ``stop``: instead, a number of seconds or any wait policy of tenacity, and besides ``attempts`` any stop
    policy of tenacity (``stop_after_delay(20) | stop_after_attempt(5)``); their time is the event loop's. Give
    ``attempts=None`` to leave the number to ``stop``.
    ``honour_retry_after``: never wait less than the provider asked for. When it asked for more than ``max_wait``
    seconds, or when the wait would reach the deadline of the call, the error is raised at once, without sleeping. The
    policy's own waits are cut to ``max_wait``.
    ``retry_on``: exceptions to retry besides those that are by default; or a predicate that decides alone, and leaves
    to the default what it answers with None. By default an error of this library is retried if it is ``retryable`` and
    not the end of a deadline; of other exceptions only ConnectionError and TimeoutError are.
    ``idempotent=False``: retry only what has surely not been processed: no connection, a refusal with status 429, 503
    or 529, or a refusal by a layer inside.

    Reports ``retried`` (detail: the error) and ``waited`` (detail: seconds) to the record of the call.
    Raises InvalidRequestError for options that make no sense, when the layer is made.
    """
    _check(attempts, stop, base=base, cap=cap, max_wait=max_wait)
    waits = _full_jitter(base, cap, rng or random.Random()) if wait is None else wait
    policy = _Policy(attempts, waits, stop, max_wait, _eligible(retry_on, idempotent), honour_retry_after)

    @layer
    async def retry(request: Req, call: Model[Req, Res]) -> Res:
        started = asyncio.get_running_loop().time()
        if _is_over():
            raise APITimeoutError("the deadline had passed before the first attempt", limit="deadline")
        number = 1
        while True:
            try:
                return await call(request)
            except Exception as error:
                seconds = policy.wait_after(error, number, started)
                if seconds is None:
                    raise
                failed = error
            try:
                await _sleep_after(failed, seconds)
            finally:
                del failed
            number += 1

    return retry


async def _sleep_after(failed: Exception, seconds: float) -> None:
    report("retried", failed)
    await asyncio.sleep(seconds)
    report("waited", seconds)
    if _is_over():
        raise failed


def _is_over() -> bool:
    at = deadline()
    return at is not None and asyncio.get_running_loop().time() >= at


class _Policy:
    """Whether and when to try again after an error."""

    def __init__(
        self,
        attempts: int | None,
        wait: float | Callable[[RetryCallState], float],
        stop: Callable[[RetryCallState], bool] | None,
        max_wait: float,
        eligible: Callable[[Exception], bool],
        honour_retry_after: bool,
    ) -> None:
        from tenacity import RetryCallState

        self._new_state: Callable[..., RetryCallState] = RetryCallState
        self._attempts = attempts
        self._wait = wait if callable(wait) else _always(wait)
        self._stop = stop
        self._max_wait = max_wait
        self._eligible = eligible
        self._honour_retry_after = honour_retry_after

    def wait_after(self, error: Exception, number: int, started: float) -> float | None:
        """Seconds to wait after attempt ``number`` failed, or None to give up; ``started`` is the first one's start."""
        if number == self._attempts or not self._eligible(error):
            return None
        now = asyncio.get_running_loop().time()
        state = self._state(error, number, started, now)
        seconds = min(max(0.0, self._wait(state)), self._max_wait)
        asked = getattr(error, "retry_after", None) if self._honour_retry_after else None
        if isinstance(asked, int | float):
            if asked > self._max_wait:
                return None
            seconds = max(seconds, asked)
        state.upcoming_sleep = seconds
        at = deadline()
        if (at is not None and now + seconds >= at) or (self._stop is not None and self._stop(state)):
            return None
        return seconds

    def _state(self, error: Exception, number: int, started: float, now: float) -> RetryCallState:
        state = self._new_state(None, None, (), {})
        state.attempt_number = number
        state.set_exception((type(error), error, error.__traceback__))
        state.start_time, state.outcome_timestamp = started, now
        return state


def _always(seconds: float) -> Callable[[RetryCallState], float]:
    return lambda _state: seconds


def _full_jitter(base: float, cap: float, rng: random.Random) -> Callable[[RetryCallState], float]:
    from tenacity import wait_exponential

    ceiling = wait_exponential(multiplier=base, max=cap)
    return lambda state: rng.uniform(0.0, ceiling(state))


def _eligible(retry_on: RetryOn | None, idempotent: bool) -> Callable[[Exception], bool]:
    def eligible(error: Exception) -> bool:
        if not (idempotent or _is_unsent(error)):
            return False
        if retry_on is None:
            return _is_transient(error)
        if isinstance(retry_on, type | tuple):
            return isinstance(error, retry_on) or _is_transient(error)
        verdict = retry_on(error)
        return _is_transient(error) if verdict is None else verdict

    return eligible


def _is_transient(error: Exception) -> bool:
    if isinstance(error, AISDKError):
        return error.retryable and not (isinstance(error, APITimeoutError) and error.limit == "deadline")
    return isinstance(error, ConnectionError | TimeoutError)


def _is_unsent(error: Exception) -> bool:
    if isinstance(error, AllModelsFailedError):
        return all(_is_unsent(each) for each in error.exceptions)
    if isinstance(error, APIConnectionError):
        return not error.sent
    if isinstance(error, APIError):
        return error.status in _REFUSED_UNSEEN
    return isinstance(error, LayerError | ConnectionRefusedError)


def _check(attempts: int | None, stop: Any, **seconds: float) -> None:
    if attempts is None and stop is None:
        raise InvalidRequestError("retry(attempts=None) would never end: give stop=, too", field="attempts")
    if attempts is not None and (isinstance(cast("Any", attempts), bool) or attempts < 1):
        raise InvalidRequestError(f"attempts is {attempts!r}; allowed is an integer from 1", field="attempts")
    for name, value in seconds.items():
        if not value >= 0:
            raise InvalidRequestError(f"{name} is {value!r}; allowed are seconds from 0", field=name)
