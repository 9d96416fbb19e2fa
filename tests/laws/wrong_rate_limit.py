"""Rate limits that are wrong in one way each about requests, slots and the line."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any, TypeVar, cast

from ai_sdk.ending import Ending
from ai_sdk.errors import RateLimitedError
from ai_sdk.limits import Cost, Permit, RateLimiter, Reading
from ai_sdk.middleware import rate_limit
from ai_sdk.model import AnyLayer, Model, layer

Req = TypeVar("Req")


Res = TypeVar("Res")


class Nothing:
    """A permit that holds nothing."""

    def learn(self, readings: Iterable[Reading], /) -> None:
        del readings

    def release(self, ending: Ending, /) -> None:
        del ending


class Turnstile:
    """A limiter of one event loop, where the first in line asks ``wait`` how long to sleep, again and again."""

    tokens: int | None = None

    def __init__(self, *, requests: int, per: float = 60.0, **_options: Any) -> None:
        self.requests = requests
        self.per = per
        self.log: list[tuple[float, int]] = []
        self.turnstile = asyncio.Lock()
        self.begin()

    def begin(self) -> None:
        """Prepare what ``wait`` needs."""

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        del key
        async with self.turnstile:
            await self.sleep(cost.requests, until)
        return Nothing()

    async def sleep(self, amount: int, until: float | None) -> None:
        time = asyncio.get_running_loop().time
        while (seconds := self.wait(amount, time())) > 0:
            if until is not None and time() + seconds > until:
                raise RateLimitedError("full")
            await asyncio.sleep(max(seconds, 1e-5))
        self.log.append((time(), amount))

    def wait(self, amount: int, now: float) -> float:
        """Seconds until the amount fits, by the moving log."""
        used = [(at, each) for at, each in self.log if at + self.per > now]
        if sum(each for _, each in used) + amount <= self.requests:
            return 0.0
        return used[0][0] + self.per - now + 1e-9 if used else self.per


Maker = Callable[..., AnyLayer]


def with_turnstile(kind: type[Turnstile]) -> Maker:
    def make(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
        return rate_limit(kind(**options), max_wait=max_wait)

    return make


class FixedWindow(Turnstile):
    """Counts in windows that stand still: nearly twice as many around an edge."""

    def wait(self, amount: int, now: float) -> float:
        start = now // self.per * self.per
        used = sum(each for at, each in self.log if at >= start)
        return 0.0 if used + amount <= self.requests else start + self.per - now


class LeakyBucket(Turnstile):
    """Leaks while it fills: a full bucket, and as much again in the same window."""

    def begin(self) -> None:
        self.level = 0.0
        self.last = 0.0

    def wait(self, amount: int, now: float) -> float:
        rate = self.requests / self.per
        self.level = max(0.0, self.level - (now - self.last) * rate)
        self.last = now
        if self.level + amount <= self.requests + 1e-9:
            self.level += amount
            return 0.0
        return (self.level + amount - self.requests) / rate


class Paced(Turnstile):
    """Spreads the requests evenly and lets capacity go to waste."""

    def wait(self, amount: int, now: float) -> float:
        last, size = self.log[-1] if self.log else (-self.per, 0)
        return max(0.0, last + size * self.per / self.requests - now)


class SmallestFirst(Turnstile):
    """Wakes the smallest waiter first: a stream of small ones starves a large one."""

    def begin(self) -> None:
        self.heap: list[tuple[int, int]] = []
        self.number = 0

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        del key, until
        self.number += 1
        me = (cost.requests, self.number)
        heapq.heappush(self.heap, me)
        time = asyncio.get_running_loop().time
        while self.heap[0] != me or self.wait(cost.requests, time()) > 0:
            await asyncio.sleep(self.per / 100)
        heapq.heappop(self.heap)
        self.log.append((time(), cost.requests))
        return Nothing()


class Overtaking(Turnstile):
    """Lets whoever fits go past those who wait."""

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        del key
        await self.sleep(cost.requests, until)
        return Nothing()


class Booking(Turnstile):
    """Books a time when a call comes, and keeps the booking of a call that was cancelled."""

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        del key, until
        now = asyncio.get_running_loop().time()
        at = max(now, self.log[-1][0] if self.log else now)
        while (seconds := self.wait(cost.requests, at)) > 0:
            at += seconds
        self.log.append((at, cost.requests))
        await asyncio.sleep(at - now)
        return Nothing()


class ByNumberOfWindow(Turnstile):
    """Starts to count anew whenever the number of the window is another one, even an earlier one."""

    def begin(self) -> None:
        self.number = 0.0
        self.used = 0

    def wait(self, amount: int, now: float) -> float:
        if now // self.per != self.number:
            self.number, self.used = now // self.per, 0
        if self.used + amount <= self.requests:
            self.used += amount
            return 0.0
        return (self.number + 1) * self.per - now


class TooLargeWaits(Turnstile):
    """Waits for ever for what never fits."""


class Vague(Turnstile):
    """Tells the mean distance of two calls instead of when there is room."""

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        try:
            return await super().acquire(cost, key=key, until=until)
        except RateLimitedError as error:
            error.retry_after = self.per / self.requests
            raise


fixed_window = with_turnstile(FixedWindow)


leaky_bucket = with_turnstile(LeakyBucket)


paced = with_turnstile(Paced)


smallest_first = with_turnstile(SmallestFirst)


overtaking = with_turnstile(Overtaking)


booking = with_turnstile(Booking)


by_number_of_window = with_turnstile(ByNumberOfWindow)


too_large_waits = with_turnstile(TooLargeWaits)


vague_about_when = with_turnstile(Vague)


def refusing_after_the_wait(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
    """Waits for as long as it may before it finds out that it is too long."""
    limiter = RateLimiter(**options)

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            async with asyncio.timeout(max_wait):
                permit = await limiter.acquire(Cost())
        except TimeoutError:
            error = RateLimitedError("full")
            error.retry_after = 60.0
            raise error from None
        permit.release(Ending("end"))
        return await call(request)

    return wrong


class Slots:
    """Slots of one event loop. It hands a slot to a waiter that may have been cancelled in the same moment."""

    tokens: int | None = None

    def __init__(self, *, concurrency: int, **_options: Any) -> None:
        self.free = concurrency
        self.waiters: deque[asyncio.Future[None]] = deque()

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        del cost, key, until
        if self.free and not self.waiters:
            self.free -= 1
        else:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter in self.waiters:
                    self.waiters.remove(waiter)
                raise
        return Slot(self)

    def give_back(self) -> None:
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.free += 1


class Slot(Nothing):
    """Gives its slot back as often as it is asked to."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots

    def release(self, ending: Ending, /) -> None:
        del ending
        self.slots.give_back()


def losing_a_wakeup(**options: Any) -> AnyLayer:
    """Loses the slot that was meant for a waiter that is cancelled before it wakes."""
    return rate_limit(Slots(**options))


class Altered:
    """A limiter that is right but for what ``alter`` makes of its permits."""

    def __init__(self, alter: Callable[[Permit, Cost], Permit], **options: Any) -> None:
        self.limiter = RateLimiter(**options)
        self.alter = alter

    @property
    def tokens(self) -> int | None:
        return self.limiter.tokens

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        return self.alter(await self.limiter.acquire(cost, key=key, until=until), cost)


class Held:
    """A permit around another one."""

    def __init__(self, permit: Permit, cost: Cost) -> None:
        self.permit = permit
        self.cost = cost

    def learn(self, readings: Iterable[Reading], /) -> None:
        self.permit.learn(readings)

    def release(self, ending: Ending, /) -> None:
        self.permit.release(ending)


def altered(permit: type[Held]) -> Maker:
    def make(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
        return rate_limit(Altered(permit, **options), max_wait=max_wait)

    return make


def freeing_at_return(**options: Any) -> AnyLayer:
    """Frees the slot when the call returns, while the response is still arriving."""
    limiter = RateLimiter(**options)

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        permit = await limiter.acquire(Cost())
        try:
            return await call(request)
        finally:
            permit.release(Ending("end"))

    return wrong


class OnlyWhenRead(Held):
    """Frees the slot only of a response that was read to its end, or failed."""

    def release(self, ending: Ending, /) -> None:
        if ending.how in {"end", "error"}:
            super().release(ending)


only_when_read = altered(OnlyWhenRead)


class OneAfterTheOther:
    """Takes the requests, and then sees whether there are tokens."""

    def __init__(self, *, requests: int, tokens: int, concurrency: int | None = None, **options: Any) -> None:
        self.first = RateLimiter(requests=requests, concurrency=concurrency, **options)
        self.second = RateLimiter(tokens=tokens, **options)
        self.tokens = tokens

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        first = await self.first.acquire(Cost(cost.requests, 0), key=key, until=until)
        try:
            second = await self.second.acquire(Cost(0, cost.tokens), key=key, until=until)
        except BaseException:
            first.release(Ending("error"))
            raise
        return Both(first, second)


class Both(Held):
    """Two permits."""

    def __init__(self, first: Permit, second: Permit) -> None:
        super().__init__(first, Cost())
        self.second = second

    def release(self, ending: Ending, /) -> None:
        self.second.release(ending)
        super().release(ending)


def one_after_the_other(*, max_wait: float | None = None, **options: Any) -> AnyLayer:
    """Takes one resource and then finds that it must wait for the other."""
    return rate_limit(OneAfterTheOther(**options), max_wait=max_wait)


def ignoring_the_key(*, key: object = None, **options: Any) -> AnyLayer:
    """Has one window for everybody."""
    right = rate_limit(**options)
    del key

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        async def asked(_request: Req) -> Res:
            return await call(request)

        bare: Any = replace(cast("Any", request), layer_options={})
        return await right(asked)(bare)

    return wrong


_everybody: dict[str, RateLimiter] = {}


def shared_by_all(**options: Any) -> AnyLayer:
    """Keeps its state where every layer with the same options finds it."""
    return rate_limit(_everybody.setdefault(repr(sorted(options.items())), RateLimiter(**options)))


class KeepsWhatNobodyUsed(RateLimiter):
    """Gives back the slot of a call that was cancelled as it was let in, and keeps its requests."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)

        def undo(permit: Any) -> None:
            bucket.take_back(permit)

        setattr(bucket, "undo", undo)
        return bucket


class ForgetsWhoIsNext(RateLimiter):
    """Does not look at the line when somebody in it gives up."""

    def _open(self, key: Hashable) -> Any:
        bucket = super()._open(key)
        line = bucket.line
        right, advance = line._leave, line.advance

        def leave(waiter: Any) -> None:
            setattr(line, "advance", lambda: None)
            right(waiter)
            setattr(line, "advance", advance)

        setattr(line, "_leave", leave)
        return bucket
