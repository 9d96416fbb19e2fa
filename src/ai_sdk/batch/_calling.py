"""A batch of calls: each row's call in a task of its own, so many at a time."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.batch._tasks import Tasks
from ai_sdk.batch.rows import RowError, RowResult
from ai_sdk.call import Attempt, CallRecord, current_call, entered
from ai_sdk.errors import InvalidRequestError
from ai_sdk.response import Response
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from ai_sdk.batch._keys import Row
    from ai_sdk.batch._running import Batch

__all__ = ["Calling"]


class Calling:
    """Reads rows while there is room and calls the function for those that the journal does not have."""

    def __init__(self, rows: AsyncGenerator[Any, None], concurrency: int) -> None:
        self._rows = rows
        self._concurrency = concurrency
        self._tasks = Tasks()

    async def run(self, batch: Batch) -> None:
        """Call for all rows. When it ends, however it ends, no call is under way and the source is closed."""
        outer = current_call()
        observers = outer.observers if outer is not None else ()
        try:
            count = 0
            while await self._room(batch):
                try:
                    content = await anext(self._rows)
                except StopAsyncIteration:
                    break
                batch.desk.take()
                row = batch.row(count, content)
                count += 1
                known = batch.known(row)
                if known is not None:
                    batch.hand_out(known)
                else:
                    record = CallRecord("call", "map_rows", None, observers)
                    self._tasks.start(_call(batch, row, record), batch.desk)
            while self._tasks and self._tasks.failure is None:
                await batch.desk.change()
            if self._tasks.failure is not None:
                raise self._tasks.failure
            batch.end(count)
        finally:
            await self._tasks.stop()
            await self._rows.aclose()

    async def _room(self, batch: Batch) -> bool:
        """Wait until another row may be read; false when the batch has failed."""
        while self._tasks.failure is None:
            if len(self._tasks) < self._concurrency and not batch.desk.full:
                return True
            await batch.desk.change()
        return False


async def _call(batch: Batch, row: Row, record: CallRecord) -> None:
    """Call the function for one row, and hand out what came of it."""
    record.tell("record-opened")
    failure: Exception | None = None
    value: Any = None
    try:
        with entered(record):
            value = await _awaited(batch.function(row.content))
    except _NotAsyncError:
        raise
    except Exception as error:
        if batch.stop_at_errors:
            record.close(error)
            raise
        failure = error
    except BaseException as error:
        record.close(error)
        raise
    record.close(failure)
    uses = _uses(record.attempts)
    usage = sum((each for _, each in uses), Usage())
    cost = await batch.cost(uses)
    tried = len(record.attempts)
    why = None if failure is None else RowError.of(failure, tried)
    await batch.finish(RowResult(row.index, row.key, value, why, tried, usage, cost), row)


class _NotAsyncError(InvalidRequestError):
    """The function is no async function."""


async def _awaited(value: Any) -> Any:
    if not inspect.isawaitable(value):
        raise _NotAsyncError(
            f"the function gave a {type(value).__name__}; allowed is an async function of a row", field="function"
        )
    found: Any = await value
    if isinstance(found, Response):
        live = cast("Response[Any, Any]", found)
        async with live:
            return await live.result()
    return found


def _uses(attempts: Sequence[Attempt]) -> list[tuple[str, Usage]]:
    """What each attempt used, as far as its provider said."""
    return [(each.model, usage) for each in attempts if (usage := each.usage) is not None]
