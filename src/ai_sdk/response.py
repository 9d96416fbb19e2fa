"""A response that may still be arriving.

``await model(request)`` returns a ``Response`` when its first content has arrived. Its parts are read once, with
``async for``; ``result()`` reads what is left and folds all parts. A response is closed exactly once, what is inside it
before what was held around it: at its end, before the reader sees the end; on an error or a cancelled read; on leaving
``async with``; or when its last reference is dropped. ``break`` alone does not close it: another reader can go on.
"""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from ai_sdk.ending import Ending, How, Releasable, report_failure
from ai_sdk.errors import APIError, APITimeoutError, ResponseClosedError, StreamError, TruncatedStreamError

if TYPE_CHECKING:
    from types import TracebackType

    from ai_sdk.model import Model

__all__ = ["AnyPart", "Live", "Response", "Watch", "ending_of", "hold", "keep"]

HEAD_PARTS = 64
HEAD_BYTES = 256 * 1024
_SURELY_SMALL = 4


class AnyPart(Protocol):
    """What every part of every kind of response says about itself.

    ``content``: something that a reader would see, so that nobody may call again behind their back.
    ``last``: the finish of a complete response.
    """

    content: ClassVar[bool]
    last: ClassVar[bool]


Req = TypeVar("Req")
Res = TypeVar("Res")
Part = TypeVar("Part", bound=AnyPart)
Result = TypeVar("Result")
Fold = Callable[[Sequence[Part]], Result]


class Watch(Protocol):
    """Stands around the reads of a live response, without looking at its parts: what limits their time does."""

    def check(self, part: AnyPart, /) -> None:
        """Hear of a part that was here before the first read, when it is handed out; may raise instead."""
        ...

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Await one read and give on its part, its error, or an error of this watch."""
        ...


class _Watched:
    """The reads of a source with a watch around each of them."""

    __slots__ = ("_read", "_watch")

    def __init__(self, watch: Watch, source: Any) -> None:
        self._watch = watch
        self._read = source.__anext__

    def __aiter__(self) -> _Watched:
        return self

    def __anext__(self) -> Awaitable[Any]:
        return self._watch.read(self._read)


class Live:
    """What ``hold`` needs to know of a response, whatever its parts are."""

    __slots__ = ()

    def keep(self, resource: Releasable, /) -> None:
        """Release ``resource`` when this response closes."""
        raise NotImplementedError


class _Arrived(Generic[Part, Result]):
    """The parts that were read, folded on demand; an ending keeps this and not the response."""

    __slots__ = ("_count", "_value", "fold", "parts")

    def __init__(self, fold: Fold[Part, Result], parts: list[Part]) -> None:
        self.fold = fold
        self.parts = parts
        self._count = -1
        self._value: Any = None

    def __call__(self) -> Result:
        count = len(self.parts)
        if count != self._count:
            self._value = self.fold(self.parts)
            self._count = count
        result: Result = self._value
        return result


class Response(Live, Generic[Part, Result]):
    """A response that may still be arriving; see the module's words for its laws.

    Made by ``await Response.start(...)`` from a source that is read on demand, by ``Response.of(...)`` from parts that
    are all here, and by ``through`` from another response.
    """

    __slots__ = (
        "__weakref__",
        "_arrived",
        "_closed",
        "_error",
        "_head",
        "_held",
        "_inner",
        "_loop",
        "_over",
        "_source",
        "_watches",
        "fold",
    )

    def __init__(
        self,
        source: AsyncGenerator[Part, None] | None,
        fold: Fold[Part, Result],
        *,
        head: Iterable[Part] = (),
        inner: Response[Any, Any] | None = None,
    ) -> None:
        self.fold = fold
        self._source = source
        self._inner = inner
        self._head = deque(head)
        self._arrived: _Arrived[Part, Result] = _Arrived(fold, [])
        self._held: list[Releasable] = []
        self._watches: tuple[Watch, ...] = ()
        self._error: BaseException | None = None
        self._over = False
        self._closed = source is None
        if source is not None:
            self._loop = asyncio.get_running_loop()

    @classmethod
    async def start(
        cls, source: AsyncGenerator[Part, None], fold: Fold[Part, Result], *held: Releasable
    ) -> Response[Part, Result]:
        """Return when the first content is here, or the finish, or 64 parts or 256 KiB without content.

        What is ``held``, inner first, is released when the response closes, also when it fails right here.
        """
        response = cls(source, fold)
        response._held.extend(held)
        await response._peek()
        return response

    @classmethod
    def of(cls, parts: Iterable[Part], fold: Fold[Part, Result]) -> Response[Part, Result]:
        """Make a response whose parts are all here: it holds nothing and needs no closing."""
        return cls(None, fold, head=parts)

    async def through(
        self, change: Callable[[AsyncIterator[Part]], AsyncGenerator[Part, None]], *, peek: bool = False
    ) -> Response[Part, Result]:
        """Map the parts with an async generator function; the new response closes this one.

        With ``peek`` the new response's first content is awaited here, so that an error of ``change`` can still be
        retried or failed over by the layers around.
        """
        response = Response(change(self._flow()), self.fold, inner=self)
        if peek:
            await response._peek()
        return response

    async def _peek(self) -> None:
        head = self._head
        source = self._source
        assert source is not None
        size = 0
        try:
            while len(head) < HEAD_PARTS and size < HEAD_BYTES:
                part = await anext(source)
                head.append(part)
                if part.content or part.last:
                    return
                if len(head) > _SURELY_SMALL:
                    size += len(repr(part))
        except StopAsyncIteration:
            self._read_head()
            truncated = TruncatedStreamError("the stream ended before any content")
            await self._close_on(truncated)
            raise truncated from None
        except BaseException as error:
            self._read_head()
            await self._close_on(error)
            raise

    def _read_head(self) -> None:
        self._arrived.parts.extend(self._head)
        self._head.clear()

    def keep(self, resource: Releasable, /) -> None:
        """Release ``resource`` when this response closes, after all that is inside it; at once if it is closed."""
        if not self._closed:
            self._held.append(resource)
        elif self._error is not None:
            _release_one(resource, self._ending("error", self._error))
        else:
            _release_one(resource, self._ending("end" if self._over or self._source is None else "closed"))

    def watch(self, watch: Watch, /) -> None:
        """Put ``watch`` around the reads of this response, outside of the watches that it has."""
        self._watches += (watch,)

    @property
    def closed(self) -> bool:
        """Whether nothing is held any more."""
        return self._closed

    def __aiter__(self) -> AsyncIterator[Part]:
        return self._flow()

    async def _flow(self) -> AsyncGenerator[Part, None]:
        """Read on from where the last reader stopped. It holds the response; the response does not hold it."""
        source = self._source
        if self._closed and source is not None:
            self._check_over()
            return
        head, add, watches = self._head, self._arrived.parts.append, self._watches
        while head:
            if watches:
                await self._check(head[0])
            part = head.popleft()
            add(part)
            yield part
            if self._closed and source is not None:
                self._check_over()
        if source is None:
            self._check_finished()
            self._over = True
            return
        reading = True
        reads: AsyncIterator[Part] = source
        for watch in watches:
            reads = _Watched(watch, reads)
        try:
            async for part in reads:
                if self._closed:
                    self._check_over()
                add(part)
                reading = False
                yield part
                if self._closed:
                    self._check_over()
                reading = True
            if self._closed:
                self._check_over()
                return
            self._check_finished()
        except GeneratorExit:
            raise
        except BaseException as error:
            if not reading:  # thrown in by whoever drops this iterator: not the response's error
                raise
            if isinstance(error, RuntimeError) and _is_running(source):
                raise ResponseClosedError("another task is reading this response: a response has one reader") from None
            await self._close_on(error)
            raise
        self._over = True
        await self._close("end")

    async def _check(self, part: Part) -> None:
        try:
            for watch in self._watches:
                watch.check(part)
        except BaseException as error:
            await self._close_on(error)
            raise

    def _check_finished(self) -> None:
        parts = self._arrived.parts
        if not (parts and parts[-1].last) and not any(part.last for part in parts):
            truncated = TruncatedStreamError("the response ended without a finish")
            truncated.partial = self._partial()
            raise truncated

    def _partial(self) -> Result | None:
        try:
            return self._arrived()
        except Exception as error:  # noqa: BLE001 - reported, and the response must still be closed
            report_failure("folding a partial response", error)
            return None

    def _check_over(self) -> None:
        if self._error is not None:
            raise self._error
        if not self._over:
            raise ResponseClosedError("the response was closed before it was read to its end")

    async def result(self) -> Result:
        """Read to the end, close, and fold all parts, also those that were read before."""
        if self._source is None and not self._over:
            self._read_head()
            self._check_finished()
            self._over = True
        elif not self._over:
            async for _ in self:
                pass
        return self._arrived()

    async def __aenter__(self) -> Response[Part, Result]:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close now; reading on raises ``ResponseClosedError``. Closing twice does nothing."""
        if not self._closed:
            await self._close("closed")

    async def _close_on(self, error: BaseException) -> None:
        cancelled = isinstance(error, asyncio.CancelledError)
        if not cancelled:
            self._error = error
            if isinstance(error, StreamError | APIError | APITimeoutError):
                error.partial = self._partial()
        await self._close("cancelled" if cancelled else "error", error)

    async def _close(self, how: How, error: BaseException | None = None) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if self._inner is not None:
                await self._inner._close("closed" if how == "end" else how, error)
        finally:
            try:
                source = self._source
                if source is not None and not self._over and not _is_running(source):
                    await _close_source(source)
            finally:
                if self._held:
                    await _release_and_settle(self._held, self._ending(how, error))

    def _ending(self, how: How, error: BaseException | None = None) -> Ending:
        arrived = self._arrived
        if self._head:
            arrived = _Arrived(self.fold, [*arrived.parts, *self._head])
        return Ending(how, error, arrived)

    def _drop(self) -> list[Releasable]:
        """Mark the whole chain closed and hand out all that it still holds, innermost first."""
        self._closed = True
        inner = self._inner
        held = inner._drop() if inner is not None and not inner._closed else []
        return held + self._held

    def __del__(self) -> None:
        if getattr(self, "_closed", True):
            return
        held = self._drop()
        if held:
            ending = self._ending("dropped")
            try:
                if not self._loop.is_running():
                    raise RuntimeError
                self._loop.call_soon_threadsafe(_release, held, ending, context=Context())
            except RuntimeError:
                _release(held, ending)
        warnings.warn(  # last, because a filter may make it an exception
            f"unclosed {type(self).__name__}: read it to its end or leave it through 'async with'",
            ResourceWarning,
            source=self,
            stacklevel=2,
        )


def _is_running(source: AsyncGenerator[Any, None]) -> bool:
    return getattr(source, "ag_running", False)


def _release(held: list[Releasable], ending: Ending) -> None:
    """Release what is left, inner first; one that fails does not keep the others."""
    while held:
        _release_one(held.pop(0), ending)


def _release_one(resource: Releasable, ending: Ending) -> None:
    try:
        resource.release(ending)
    except Exception as error:  # noqa: BLE001 - reported, and the others must still be released
        report_failure("releasing a resource", error)


async def _close_source(source: AsyncGenerator[Any, None]) -> None:
    try:
        await source.aclose()
    except Exception as error:  # noqa: BLE001 - reported; it must not replace the error or cancellation that closes
        report_failure("closing a stream of parts", error)


async def _release_and_settle(held: list[Releasable], ending: Ending) -> None:
    try:
        while held:
            resource = held.pop(0)
            _release_one(resource, ending)
            settle = getattr(resource, "settle", None)
            if settle is not None:
                await _settle(settle)
    finally:
        if held:
            _release(held, ending)


async def _settle(settle: Callable[[], Awaitable[None]]) -> None:
    try:
        await settle()
    except Exception as error:  # noqa: BLE001 - reported, and the others must still be released
        report_failure("settling a resource", error)


def ending_of(error: BaseException) -> Ending:
    """The ending of a call that raised."""
    return Ending("cancelled" if isinstance(error, asyncio.CancelledError) else "error", error)


def keep(resource: Releasable, response: object) -> None:
    """Let a live response keep ``resource`` until it closes; release it now when the response is a plain result."""
    if isinstance(response, Live):
        response.keep(resource)
    else:
        _release([resource], Ending("end", None, lambda: response))


async def hold(resource: Releasable, model: Model[Req, Res], request: Req) -> Res:
    """Call the model with an acquired ``resource``; a live response keeps it until it closes.

    The resource is told how the call ended, once: on an error or cancellation of the call, when a live response closes,
    or at once for a plain result. What is inside the response is released before it.
    """
    try:
        response = await model(request)
    except BaseException as error:
        await _release_and_settle([resource], ending_of(error))
        raise
    if isinstance(response, Live):
        response.keep(resource)
    else:
        await _release_and_settle([resource], Ending("end", None, lambda: response))
    return response
