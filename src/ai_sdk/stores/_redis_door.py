"""The connections of one event loop to Redis: the only module that imports redis-py."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,  # noqa: A004 - Redis's own
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - Redis's own
    TryAgainError,
)

from ai_sdk.errors import InvalidRequestError
from ai_sdk.http._loops import end_transport
from ai_sdk.stores.redis import RedisUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from ai_sdk.stores.redis import Script

T = TypeVar("T")
Arg = str | bytes | int | float
Posted = tuple["Script", "Sequence[str]", "Sequence[Arg]"]

_GONE: tuple[type[Exception], ...] = (  # OSError is the time limit, too
    ConnectionError,
    TimeoutError,
    OSError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TryAgainError,
    RedisClusterException,
)
_FAILURES: tuple[type[Exception], ...] = (RedisError, *_GONE)
_AT_ONCE = 16
_BATCH = 64
_WAITING = 10_000


def client_of(url: str) -> Any:
    """A client that makes one attempt at a command and leaves time limits to the door."""
    try:
        return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            protocol=2,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            max_connections=100_000,
        )
    except ValueError:
        raise InvalidRequestError("url has an option that Redis clients do not know", field="url") from None


class Door:
    """A client of the running loop, with the time limit of a command and the circuit breaker of an outage.

    At most 16 commands are under way at once; those that wait in a list (``pop``) are not counted.
    """

    def __init__(self, client: Any, own: bool, where: str, timeout: float, probe_interval: float) -> None:
        self._client = client
        self._own = own
        self._where = where
        self._timeout = timeout
        self._probe_interval = probe_interval
        self._loop = asyncio.get_running_loop()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._down = False
        self._probe_at = 0.0
        self._probing: asyncio.Task[None] | None = None
        self._posted: deque[Posted] = deque(maxlen=_WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._sent_posts = 0
        self._batch: asyncio.Future[None] = self._loop.create_future()

    async def command(self, *parts: Arg) -> Any:
        """Send one command."""
        return await self._guarded(lambda: self._client.execute_command(*parts, NEVER_DECODE=True))

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Arg]) -> Any:
        """Run a script by its hash, or by its text when the server does not know the hash."""
        try:
            return await self.command("EVALSHA", script.sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self.command("EVAL", script.source, len(keys), *keys, *args)

    async def pop(self, key: str, seconds: float) -> bool:
        """Wait for a list to have something."""
        seconds = max(0.01, seconds)
        self.check()
        found = await self._sent(lambda: self._client.execute_command("BLPOP", key, round(seconds, 3)), seconds)
        return found is not None

    async def recovered(self) -> None:
        """Wait until a probe has found Redis, looking for it all the time."""
        while self._down:
            await asyncio.sleep(self._probe_at - self._loop.time())
            self._look()
            if self._probing is not None:
                await asyncio.wait({self._probing})

    def post(self, script: Script, keys: Sequence[str], args: Sequence[Arg], patient: bool) -> None:
        """Run a script soon; one that is not ``patient`` is dropped while Redis is gone. Safe in any thread."""
        if patient or not self._down:
            self._posted.append((script, keys, args))
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._look_or_send)

    def _look_or_send(self) -> None:
        if self._down:
            self._look()
        else:
            self._send_soon()

    def check(self) -> None:
        """Raise when Redis is known to be gone."""
        if self._down:
            raise self._unavailable()

    async def flush(self) -> None:
        """Wait until what is posted by now has been sent, or Redis is gone."""
        end = self._sent_posts + len(self._posted)
        while self._posted and not self._down and self._sent_posts < end:
            self._send_soon()
            await asyncio.wait({self._batch})

    async def aclose(self) -> None:
        """Send what was posted, if Redis is there, and close the connections."""
        for task in (self._probing, self._sending):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        await self._send_posted()
        self._posted.clear()
        if self._own:
            await self._client.aclose()

    def kill(self) -> None:
        """Close the connections of a loop that is closed already."""
        if not self._own:
            return
        pool = self._client.connection_pool
        for connection in [*pool._available_connections, *pool._in_use_connections]:
            writer, connection._writer, connection._reader = connection._writer, None, None
            if writer is not None:
                end_transport(writer.transport, self._loop)

    async def _guarded(self, send: Callable[[], Awaitable[T]]) -> T:
        self.check()
        async with self._gate:
            self.check()
            return await self._sent(send)

    async def _sent(self, send: Callable[[], Awaitable[T]], longer: float = 0.0) -> T:
        try:
            return await _within(self._timeout + longer, send)
        except NoScriptError:
            raise
        except _GONE as error:
            self._lost()
            raise self._unavailable(error) from error
        except RedisError as error:
            raise RedisUnavailableError(f"Redis refused: {type(error).__name__}", refused=True) from error

    def _lost(self) -> None:
        self._down = True
        self._probe_at = self._loop.time() + self._probe_interval * random.uniform(0.5, 1.0)

    def _unavailable(self, error: BaseException | None = None) -> RedisUnavailableError:
        self._look()
        why = "is not asked, because it did not answer before" if error is None else f"failed: {type(error).__name__}"
        wait = self._timeout if self._probing is not None else max(0.001, self._probe_at - self._loop.time())
        return RedisUnavailableError(f"Redis at {self._where} {why}", retry_after=wait, sent=error is not None)

    def _look(self) -> None:
        """Start a probe when one is due."""
        if self._probing is None and self._loop.time() >= self._probe_at:
            self._probing = self._task(self._probe())

    async def _probe(self) -> None:
        try:
            await _within(self._timeout, lambda: self._client.execute_command("PING"))
        except _FAILURES:
            self._lost()
        else:
            self._down = False
            self._send_soon()
        finally:
            self._probing = None

    def _send_soon(self) -> None:
        if self._sending is None and self._posted and not self._down:
            self._sending = self._task(self._send())

    async def _send(self) -> None:
        try:
            await self._send_posted()
        finally:
            self._sending = None
            self._end_batch()

    async def _send_posted(self) -> None:
        """What was sent may be sent again when the answer was lost; what Redis refuses is dropped."""
        while self._posted and not self._down:
            batch = [self._posted[index] for index in range(min(_BATCH, len(self._posted)))]
            with suppress(RedisUnavailableError):
                await self._guarded(partial(self._pipelined, batch))
            if not self._down:
                for posted in batch:
                    if self._posted and self._posted[0] is posted:
                        self._posted.popleft()
                self._sent_posts += len(batch)
            self._end_batch()

    def _end_batch(self) -> None:
        batch, self._batch = self._batch, self._loop.create_future()
        batch.set_result(None)

    async def _pipelined(self, batch: list[Posted]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, args in batch:
            pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *args)
        answers = await pipeline.execute(raise_on_error=False)
        for (script, keys, args), answer in zip(batch, answers, strict=True):
            if isinstance(answer, NoScriptError):
                with suppress(ResponseError):
                    await self._client.execute_command("EVAL", script.source, len(keys), *keys, *args)

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._loop.create_task(work)


async def _within(seconds: float, send: Callable[[], Awaitable[T]]) -> T:
    """Give up after ``seconds``, not counting time for which the loop stood still.

    An event loop that stands still makes all that it waits for look late at once, although the answers are here.
    """
    async with asyncio.timeout(None) as scope:
        alarm = _Alarm(scope, seconds)
        try:
            return await send()
        finally:
            alarm.stop()


class _Alarm:
    __slots__ = ("_handle", "_loop", "_scope", "_seconds")

    def __init__(self, scope: asyncio.Timeout, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._scope = scope
        self._seconds = seconds
        self._handle = self._loop.call_later(seconds, self._ring)

    def stop(self) -> None:
        self._handle.cancel()

    def _ring(self) -> None:
        now = self._loop.time()
        if now - self._handle.when() > self._seconds / 5:
            self._handle = self._loop.call_later(self._seconds, self._ring)
        else:
            self._scope.reschedule(now)
