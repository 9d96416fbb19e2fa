"""Rate limits that are wrong in one way each about tokens and about what a provider says."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from laws.wrong_rate_limit import Held, Maker, altered

from ai_sdk.ending import Ending
from ai_sdk.limits import RateLimiter, Reading, used_tokens
from ai_sdk.middleware import rate_limit
from ai_sdk.model import AnyLayer
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.windows import Window


class Everything(Held):
    """Gives back all that was reserved when nobody says what was used."""

    def release(self, ending: Ending, /) -> None:
        unknown = used_tokens(ending) is None
        super().release(_ending_with(0) if unknown else ending)


class TakenForAll(Held):
    """Takes what a broken stream has said so far for all that it used."""

    def release(self, ending: Ending, /) -> None:
        used = used_tokens(ending)
        super().release(_ending_with(used.tokens) if used is not None else ending)


class NoRefund(Held):
    """Never gives back."""

    def release(self, ending: Ending, /) -> None:
        used = used_tokens(ending)
        super().release(_ending_with(max(used.tokens, self.cost.tokens)) if used is not None else ending)


class NoDebit(Held):
    """Never takes more than the estimate."""

    def release(self, ending: Ending, /) -> None:
        used = used_tokens(ending)
        exact = used is not None and used.exact
        super().release(_ending_with(min(used.tokens, self.cost.tokens)) if used is not None and exact else ending)


def _ending_with(tokens: int) -> Ending:
    return Ending("end", None, lambda: EmbeddingResult(usage=Usage(input_tokens=tokens)))


refunding_the_unknown = altered(Everything)


refunding_the_unfinished = altered(TakenForAll)


never_refunding = altered(NoRefund)


never_debiting = altered(NoDebit)


class RefundsTheGone(Window):
    """Gives back what has left the window already."""

    __slots__ = ()

    def settle(self, entry: list[float], amount: float, now: float) -> None:
        del now
        self.used += amount - entry[1]
        entry[1] = amount


class ForgetsTheGone(Window):
    """Lets a debt go when the reservation has left the window."""

    __slots__ = ()

    def settle(self, entry: list[float], amount: float, now: float) -> None:
        if entry[0] > now:
            super().settle(entry, amount, now)


class WithWindows(RateLimiter):
    """A limiter with other windows."""

    window: type[Window] = Window

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)
        bucket.windows = tuple((index, self.window(each.capacity, each.per)) for index, each in bucket.windows)
        return bucket


def with_window(kind: type[Window]) -> Maker:
    def make(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
        limiter = WithWindows(**options)
        limiter.window = kind
        return rate_limit(limiter, max_wait=max_wait)

    return make


refunding_the_gone = with_window(RefundsTheGone)


forgetting_late_debts = with_window(ForgetsTheGone)


class NewestWins(RateLimiter):
    """Believes the latest reading, also when it raises what may be let through."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)
        right = bucket.learn

        def learn(permit: Any, readings: Any) -> None:
            bucket.ceilings = ()
            right(permit, readings)

        setattr(bucket, "learn", learn)
        return bucket


class FillsTheWindow(RateLimiter):
    """Makes the window what the provider says remains, even if that is more than it may have."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)

        def learn(_permit: Any, readings: Iterable[Reading]) -> None:
            for reading in readings:
                for index, window in bucket.windows:
                    if index == (reading.resource == "tokens"):
                        window.capacity = window.used + reading.remaining

        setattr(bucket, "learn", learn)
        return bucket


class NeverForgets(RateLimiter):
    """Holds to a reading after its reset."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)
        right = bucket.learn

        def learn(permit: Any, readings: Iterable[Reading]) -> None:
            right(permit, tuple([each._replace(reset=1e6) for each in readings]))

        setattr(bucket, "learn", learn)
        return bucket


class CountsItTwice(RateLimiter):
    """Learns nothing of what was let through since the call that it learns from."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)
        right = bucket.learn

        def learn(permit: Any, readings: Any) -> None:
            permit.admitted = (bucket.admitted_requests, bucket.admitted_tokens)
            right(permit, readings)

        setattr(bucket, "learn", learn)
        return bucket


def with_limiter(kind: type[RateLimiter]) -> Maker:
    def make(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
        return rate_limit(kind(**options), max_wait=max_wait)

    return make


newest_reading_wins = with_limiter(NewestWins)


filling_the_window = with_limiter(FillsTheWindow)


never_forgetting = with_limiter(NeverForgets)


forgetting_calls_in_flight = with_limiter(CountsItTwice)


def learning_nothing(**options: Any) -> AnyLayer:
    """Does not listen."""
    deaf: dict[str, Any] = {"concurrency": 1000, **options, "learn": False}
    return rate_limit(**deaf)
