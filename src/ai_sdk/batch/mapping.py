"""``map_rows``: call an async function for each row of a dataset.

The laws. Never are more than ``concurrency`` calls under way. Never are more than ``lookahead`` rows read and not yet
handed out, so that memory is bounded and a slow reader slows the calls down. Every row is handed out exactly once, in
order unless ``ordered`` is false. With a journal, a batch that was broken off at any moment gives, when it is run
again, the same output as one that was not; of the calls whose rows were not in the journal, ``concurrency`` at most had
been made before.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeAlias, TypeVar, cast, overload

from ai_sdk.batch._calling import Calling
from ai_sdk.batch._desk import Desk
from ai_sdk.batch._journal import Journal
from ai_sdk.batch._progress import RowProgress, watch_of
from ai_sdk.batch._running import Batch
from ai_sdk.batch._sources import count_of, rows_of
from ai_sdk.batch.rows import RowResult, RowResults, to_json_line
from ai_sdk.errors import InvalidRequestError, ResponseClosedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from ai_sdk.batch.jobs import BatchModel
    from ai_sdk.polling import Polling
    from ai_sdk.prices import Price
    from ai_sdk.response import Response

__all__ = ["RowProgress", "RowStream", "map_rows"]

T = TypeVar("T")
Req = TypeVar("Req")
Res = TypeVar("Res")

Progressing: TypeAlias = bool | Callable[[RowProgress], object]
OnError: TypeAlias = Literal["row", "raise"]


@overload
def map_rows(
    function: Callable[[Any], Req | str | Awaitable[Req | str]],
    rows: Any,
    /,
    *,
    via: BatchModel[Req, Res],
    concurrency: int = ...,
    lookahead: int | None = ...,
    ordered: bool = ...,
    key: str | Callable[[Any], str] | None = ...,
    journal: str | Path | None = ...,
    fsync: float | None = ...,
    retry_errors: bool = ...,
    on_error: OnError = ...,
    progress: Progressing = ...,
    prices: Mapping[str, Price] | None = ...,
    polling: Polling | None = ...,
) -> RowStream[Res]: ...


@overload
def map_rows(
    function: Callable[[Any], Awaitable[Response[Any, T]]],
    rows: Any,
    /,
    *,
    concurrency: int = ...,
    lookahead: int | None = ...,
    ordered: bool = ...,
    key: str | Callable[[Any], str] | None = ...,
    journal: str | Path | None = ...,
    fsync: float | None = ...,
    retry_errors: bool = ...,
    on_error: OnError = ...,
    progress: Progressing = ...,
    prices: Mapping[str, Price] | None = ...,
) -> RowStream[T]: ...


@overload
def map_rows(
    function: Callable[[Any], Awaitable[T]],
    rows: Any,
    /,
    *,
    concurrency: int = ...,
    lookahead: int | None = ...,
    ordered: bool = ...,
    key: str | Callable[[Any], str] | None = ...,
    journal: str | Path | None = ...,
    fsync: float | None = ...,
    retry_errors: bool = ...,
    on_error: OnError = ...,
    progress: Progressing = ...,
    prices: Mapping[str, Price] | None = ...,
) -> RowStream[T]: ...


def map_rows(
    function: Callable[[Any], Any],
    rows: Any,
    /,
    *,
    via: BatchModel[Any, Any] | None = None,
    concurrency: int = 16,
    lookahead: int | None = None,
    ordered: bool = True,
    key: str | Callable[[Any], str] | None = None,
    journal: str | Path | None = None,
    fsync: float | None = 1.0,
    retry_errors: bool = False,
    on_error: OnError = "row",
    progress: Progressing = False,
    prices: Mapping[str, Price] | None = None,
    polling: Polling | None = None,
) -> RowStream[Any]:
    """Call ``function`` for each row: await it for all results, or enter it and read them as they come.

    ``function`` is an async function of a row, such as one that calls ``generate_text``, or a model whose rows are its
    requests. ``rows``: an iterable or async iterable, a pandas DataFrame, an Arrow Table, RecordBatchReader or Dataset;
    rows of tables are dicts by column. They are read as they are needed.

    ``concurrency``: how many calls are under way at most. ``lookahead``: how many rows are read and not yet handed out
    at most, by default four times as many. ``ordered``: hand out in the order of the rows, else as they are done.
    ``on_error``: an exception is the row's ``error``, or with ``"raise"`` ends the batch and is raised.

    ``journal``: a file to which every finished row is written before it is handed out; run again with the same dataset,
    the batch goes on where it was broken off. It knows rows, not functions: a changed function needs a new journal.
    Rows are known by their index and a hash of their content, or by ``key``, the name of a field or a function, whose
    texts must differ. Values are what the journal gives back: see ``docs/batch.md``. ``fsync``: seconds until what was
    written is on the disk; 0 for each row before it is handed out, None leaves it to the operating system.
    ``retry_errors``: call rows again that the journal has an error of.

    ``progress``: a bar (needs the extra ``cli``), or a function that is told. ``prices``: of your own, as for
    ``price_of``. ``via``: a provider's batch API, such as ``openai.batch("gpt-...")``: ``function`` then makes a row's
    request, and ``polling`` says how to wait for the jobs; ``concurrency`` is how many jobs run at once.

    Raises InvalidRequestError for bad arguments. While it is read: JournalError, DatasetChangedError, what reading the
    rows raises. A cancellation cancels the calls under way and leaves the journal good.
    """
    _check(on_error, fsync, concurrency=concurrency, lookahead=lookahead)
    batch = Batch(function, key, retry_errors=retry_errors, stop_at_errors=on_error == "raise", prices=prices)
    opening = None
    total = count_of(rows)
    if journal is not None:
        opening = partial(Journal, Path(os.fspath(journal)), keyed=key is not None, total=total, fsync=fsync)
    if via is None:
        pump: Callable[[Batch], Awaitable[None]] = Calling(rows_of(rows), concurrency).run
        room = lookahead or 4 * concurrency
    else:
        from ai_sdk.batch._submitting import Submitting

        pump = Submitting(rows_of(rows), via, concurrency, polling).run
        room = lookahead or 2 * concurrency * via.most_requests
    return RowStream(batch, pump, opening, ordered=ordered, lookahead=room, total=total, progress=progress)


def _check(on_error: str, fsync: float | None, **counts: int | None) -> None:
    if on_error not in ("row", "raise"):
        raise InvalidRequestError(f"on_error is {on_error!r}; allowed are 'row' and 'raise'", field="on_error")
    if fsync is not None and not fsync >= 0:
        raise InvalidRequestError(f"fsync is {fsync!r}; allowed are seconds from 0, and None", field="fsync")
    for name, count in counts.items():
        if count is not None and (type(cast("Any", count)) is not int or count < 1):
            raise InvalidRequestError(f"{name} is {count!r}; allowed is an integer from 1", field=name)


class RowStream(Generic[T]):
    """The results of ``map_rows``: awaited, all of them; entered, one after the other, while the calls go on.

    Nothing begins before that. Leaving early cancels the calls under way. It is used once.
    """

    def __init__(
        self,
        batch: Batch,
        pump: Callable[[Batch], Awaitable[None]],
        opening: Callable[[], Journal] | None,
        *,
        ordered: bool,
        lookahead: int,
        total: int | None,
        progress: Progressing,
    ) -> None:
        self._batch = batch
        self._pump = pump
        self._opening = opening
        self._ordered = ordered
        self._lookahead = lookahead
        self._total = total
        self._progress = progress
        self._state: Literal["new", "open", "closed"] = "new"
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._state != "new":
            raise ResponseClosedError("a batch is used once; call map_rows again")
        self._state = "open"
        batch = self._batch
        batch.watch = watch_of(self._progress, self._total)
        try:
            if self._opening is not None:
                batch.journal = await _opened(self._opening)
            batch.desk = Desk(ordered=self._ordered, lookahead=self._lookahead)
            self._task = asyncio.create_task(self._work())
        except BaseException:
            batch.close()
            raise
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RowResult[T]:
        if self._state == "new":
            raise ResponseClosedError("the batch has not begun: enter it with 'async with map_rows(...) as rows'")
        if self._state == "closed":
            raise StopAsyncIteration
        try:
            row = await self._batch.desk.get()
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self.aclose()
            raise
        if row is None:
            await self.aclose()
            raise StopAsyncIteration
        return row

    def __await__(self) -> Generator[Any, None, RowResults[T]]:
        return self._all().__await__()

    async def aclose(self) -> None:
        """Cancel the calls under way and close the journal; closing twice does nothing."""
        self._state = "closed"
        task, self._task = self._task, None
        try:
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        finally:
            self._batch.close()

    async def write_jsonl(self, path: str | Path) -> Path:
        """Run the batch and write one JSON object a row, without keeping the rows in memory.

        The file appears whole, when the batch is over, or not at all.
        """
        path = Path(path)
        partial_file = path.with_name(path.name + ".partial")
        with partial_file.open("w", encoding="utf-8") as file:
            async with self:
                async for row in self:
                    file.write(to_json_line(row))
            file.flush()
            os.fsync(file.fileno())
        return partial_file.replace(path)

    async def _all(self) -> RowResults[T]:
        async with self:
            return RowResults([row async for row in self])

    async def _work(self) -> None:
        desk = self._batch.desk
        try:
            await self._pump(self._batch)
        except asyncio.CancelledError as error:
            desk.fail(error)
            raise
        except BaseException as error:  # noqa: BLE001 - raised to who reads the rows
            desk.fail(error)
        else:
            desk.end()


async def _opened(opening: Callable[[], Journal]) -> Journal:
    """The journal, read in a thread; one whose opener is cancelled is closed before the cancellation goes on."""
    future = asyncio.get_running_loop().run_in_executor(None, opening)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(_close_opened)
        await asyncio.wait([future])
        raise


def _close_opened(future: asyncio.Future[Journal]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()
