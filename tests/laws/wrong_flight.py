"""Flights that are wrong in one way each. The laws of ``test_flight`` must find them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.flight import Flight
from ai_sdk.response import Live, Response

Call = Callable[[], Awaitable[Any]]
RESPONSE: Any = Response


async def whole(call: Call) -> Any:
    """The plain result, or all parts and how they fold."""
    answer: Any = await call()
    is_live = isinstance(answer, Live)
    return ([part async for part in cast("Any", answer)], cast("Any", answer).fold) if is_live else answer


def again(answer: Any) -> Any:
    """A response of what ``whole`` gave."""
    return RESPONSE.of(*answer) if isinstance(answer, tuple) else answer


class SharesOneGenerator:
    """Gives every caller the one response of the task: the first reader takes the parts away from the others."""

    def __init__(self, call: Call) -> None:
        self.task = asyncio.ensure_future(call())

    async def join(self) -> Any:
        response: Any = await asyncio.shield(self.task)
        if not isinstance(response, Live):
            return response

        async def parts() -> AsyncGenerator[Any, None]:
            async for part in cast("Any", response):
                yield part

        return RESPONSE(parts(), cast("Any", response).fold)


class LeavesALateResponseOpen(Flight[Any]):
    """Reads after the task: to cancel it in the tick in which the response came leaves the response open."""

    async def _fly(self, call: Call) -> None:
        self._started = True
        opening: asyncio.Future[Any] = asyncio.ensure_future(call())
        try:
            answer = await opening
        except BaseException as error:
            if not opening.cancel() and not opening.cancelled() and opening.exception() is None:
                opening.result()._closed = True  # and nobody drops it, as if a log had it
            self._finish(error)
            return
        await super()._fly(lambda: _given(answer))


async def _given(answer: Any) -> Any:
    return answer


class RunsInTheLeader:
    """The first caller makes the call itself: when it is cancelled, the others are."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.first: asyncio.Future[Any] | None = None

    async def join(self) -> Any:
        if self.first is None:
            self.first = asyncio.get_running_loop().create_future()
            try:
                answer: Any = await whole(self.call)
            except BaseException as error:
                if not self.first.done():
                    self.first.set_exception(error)
                    self.first.exception()
                raise
            self.first.set_result(answer)
        return again(await self.first)


class AnybodyCancels:
    """Callers wait for the task itself, so that the first one who is cancelled takes it along."""

    def __init__(self, call: Call) -> None:
        self.task = asyncio.ensure_future(whole(call))

    async def join(self) -> Any:
        return again(await self.task)


class OneErrorForAll(Flight[Any]):
    """Raises one exception object in all callers."""

    def _next_error(self) -> BaseException:
        assert self.error is not None
        return self.error


class NeverGivesUp(Flight[Any]):
    """Reads on when nobody is left to read for."""

    def _leave(self) -> bool:
        return False


class DoesNotWaitForTheEnd(Flight[Any]):
    """The last caller cancels the task and leaves before it has cleaned up."""

    async def settle(self) -> None:
        return


class KeepsTheDeadline(Flight[Any]):
    """Lets the deadline of whoever started it into the call."""

    async def _fly(self, call: Call) -> None:
        around = deadline()

        async def again() -> Any:
            with deadline_at(around or 0.0):
                return await call()

        await super()._fly(again)


class StartsFromNow(Flight[Any]):
    """A view begins with the parts that come after it joined."""

    async def join(self) -> Any:
        late = len(self._buffer)
        view: Any = await super().join()
        if late and isinstance(view, Live):
            cast("Any", view)._head.clear()
        return cast("Any", view)
