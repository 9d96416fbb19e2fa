"""Try again when a call fails before its first content.

The law: the model is called at most ``attempts`` times, one call after the other, and at least once unless the deadline
has passed before. The first answer is handed on as it is; when all fail, the last error itself is raised. An error that
trying again cannot mend ends the call after one attempt, and a cancellation always does. Everything happens inside the
``await``: a response that has shown content to its reader is never asked for again, and no part of a failed attempt is
seen.

Two retry layers around each other multiply their attempts. A ``RetryBudget`` that they share bounds them: see
``ai_sdk.retry_budget``.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from ai_sdk.call import report
from ai_sdk.deadline import deadline
from ai_sdk.errors import APITimeoutError, InvalidRequestError
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.retry_budget import RetryBudget, is_replayable, is_transient, is_unsent

if TYPE_CHECKING:
    from tenacity import RetryCallState

__all__ = ["RetryPolicy", "retry"]

Req = TypeVar("Req")
Res = TypeVar("Res")
RetryOn: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool | None]
Wait: TypeAlias = "float | Callable[[RetryCallState], float]"

_NO_BUDGET = nullcontext()
_ROUNDED = 1 + 1e-6  # a limit of a minute that is asked for in floats may say a little more than a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How errors of one class are tried again; the options of ``retry`` itself count where one is None here."""

    attempts: int | None = None
    base: float | None = None
    cap: float | None = None
    wait: Wait | None = None
    max_wait: float | None = None


def retry(
    *,
    attempts: int | None = 3,
    base: float = 0.5,
    cap: float = 8.0,
    wait: Wait | None = None,
    stop: Callable[[RetryCallState], bool] | None = None,
    max_wait: float = 60.0,
    retry_on: RetryOn | None = None,
    policy: Mapping[type[Exception], int | RetryPolicy] | None = None,
    budget: RetryBudget | None = None,
    honour_retry_after: bool = True,
    idempotent: bool = True,
    rng: random.Random | None = None,
) -> AnyLayer:
    """Make up to ``attempts`` attempts in all, waiting between them.

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
    not the end of a deadline; of other exceptions only ConnectionError and TimeoutError are. So bad requests, refused
    keys, used-up quotas, unknown models, content filters and context windows never are.
    ``policy``: other numbers for some errors, ``{RateLimitError: RetryPolicy(attempts=6, cap=60), ServerError: 2}``,
    where a number is ``attempts``. The nearest base class of an error decides, alone: 1 is never again, more is that
    many attempts of the call in all, also for an error that by default is final.
    ``budget``: how many of all calls may be repeated; when it is used up, the error is raised at once. None by default,
    because with one a call's fate depends on others. Give one to everything that talks to the same provider, so that
    it is not asked three times as often just when it fails.
    ``idempotent=False``: retry only what has surely not been processed: no connection, a refusal with status 429, 503
    or 529, or a refusal by a layer inside.

    Requests are values: every attempt sends the same. A request of your own kind that is an iterator is not sent again.
    Reports ``retried`` (detail: the error) and ``waited`` (detail: seconds) to the record of the call. Raises
    InvalidRequestError for options that make no sense, when the layer is made.
    """
    usual = RetryPolicy(attempts=attempts, base=base, cap=cap, wait=wait, max_wait=max_wait)
    if attempts is None and stop is None:
        raise InvalidRequestError("retry(attempts=None) would never end: give stop=, too", field="attempts")
    rng = rng or random.Random()
    by_class = {_error_class(kind): _Rule(_changed(usual, own), rng, kind) for kind, own in (policy or {}).items()}
    rules = _Rules(_Rule(usual, rng), by_class, stop, _eligible(retry_on), idempotent, honour_retry_after, budget)
    return _trying_again(rules)


def _trying_again(rules: _Rules) -> AnyLayer:
    budget = rules.budget

    @layer
    async def retry(request: Req, call: Model[Req, Res]) -> Res:
        started = asyncio.get_running_loop().time()
        if _is_over():
            raise APITimeoutError("the deadline had passed before the first attempt", limit="deadline")
        number = 1
        with _NO_BUDGET if budget is None else budget.call():
            while True:
                try:
                    return await call(request)
                except Exception as error:
                    seconds = rules.wait_after(error, number, started) if is_replayable(request) else None
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


class _Rule:
    """How often and how late to try again; every option of ``given`` but ``wait`` has a value."""

    def __init__(self, given: RetryPolicy, rng: random.Random, kind: type[Exception] | None = None) -> None:
        _check(given, f"policy[{kind.__name__}]." if kind is not None else "")
        wait = given.wait
        if wait is None:
            wait = _full_jitter(cast("float", given.base), cast("float", given.cap), rng)
        self.attempts = math.inf if given.attempts is None else given.attempts
        self.wait: Callable[[RetryCallState], float] = wait if callable(wait) else lambda _state: wait
        self.max_wait = cast("float", given.max_wait)


def _changed(usual: RetryPolicy, own: RetryPolicy | int) -> RetryPolicy:
    """The usual options with those of one class of errors in their places; a new ``base`` or ``cap`` ends ``wait``."""
    if not isinstance(own, RetryPolicy):
        return replace(usual, attempts=own)
    given = {each.name: getattr(own, each.name) for each in fields(own) if getattr(own, each.name) is not None}
    return replace(usual, **{"wait": None if "base" in given or "cap" in given else usual.wait, **given})


@dataclass(frozen=True, slots=True)
class _Rules:
    """Whether and when to try again after an error."""

    usual: _Rule
    by_class: Mapping[type[Exception], _Rule]
    stop: Callable[[RetryCallState], bool] | None
    eligible: Callable[[Exception], bool]
    idempotent: bool
    honour_retry_after: bool
    budget: RetryBudget | None

    def wait_after(self, error: Exception, number: int, started: float) -> float | None:
        """Seconds to wait after attempt ``number`` failed, or None to give up; ``started`` is the first one's start."""
        rule = self._rule_of(error)
        if rule is None or number >= rule.attempts or not (self.idempotent or is_unsent(error)):
            return None
        now = asyncio.get_running_loop().time()
        state = _state(error, number, started, now)
        seconds = min(max(0.0, rule.wait(state)), rule.max_wait)
        asked = getattr(error, "retry_after", None) if self.honour_retry_after else None
        if isinstance(asked, int | float):
            if asked > rule.max_wait * _ROUNDED:
                return None
            seconds = max(seconds, asked)
        state.upcoming_sleep = seconds
        at = deadline()
        if (at is not None and now + seconds >= at) or (self.stop is not None and self.stop(state)):
            return None
        return seconds if self.budget is None or self.budget.withdraw() else None

    def _rule_of(self, error: Exception) -> _Rule | None:
        """The rule for the error, None when it is final."""
        if self.by_class:
            for kind in type(error).__mro__:
                if kind in self.by_class:
                    return self.by_class[kind]
        return self.usual if self.eligible(error) else None


def _state(error: Exception, number: int, started: float, now: float) -> RetryCallState:
    from tenacity import RetryCallState

    state = RetryCallState(cast("Any", None), None, (), {})
    state.attempt_number = number
    state.set_exception((type(error), error, error.__traceback__))
    state.start_time, state.outcome_timestamp = started, now
    return state


def _full_jitter(base: float, cap: float, rng: random.Random) -> Callable[[RetryCallState], float]:
    from tenacity import wait_exponential

    ceiling = wait_exponential(multiplier=base, max=cap)
    return lambda state: rng.uniform(0.0, ceiling(state))


def _eligible(retry_on: RetryOn | None) -> Callable[[Exception], bool]:
    def eligible(error: Exception) -> bool:
        if retry_on is None:
            return is_transient(error)
        if isinstance(retry_on, type | tuple):
            return isinstance(error, retry_on) or is_transient(error)
        verdict = retry_on(error)
        return is_transient(error) if verdict is None else verdict

    return eligible


def _error_class(kind: Any) -> type[Exception]:
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        raise InvalidRequestError(f"policy has the key {kind!r}; allowed are classes of exceptions", field="policy")
    return kind


def _check(given: RetryPolicy, field: str) -> None:
    values: dict[str, Any] = {each.name: getattr(given, each.name) for each in fields(given)}
    attempts = values["attempts"]
    if attempts is not None and (type(attempts) is not int or attempts < 1):
        message = f"{field}attempts is {attempts!r}; allowed is an integer from 1"
        raise InvalidRequestError(message, field=f"{field}attempts")
    for name in ("base", "cap", "max_wait"):
        if not values[name] >= 0:
            message = f"{field}{name} is {values[name]!r}; allowed are seconds from 0"
            raise InvalidRequestError(message, field=f"{field}{name}")
