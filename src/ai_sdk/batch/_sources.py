"""Rows from anything that has rows: iterables, async iterables, data frames, Arrow tables and readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping, Sized
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError

__all__ = ["count_of", "rows_of"]

_CHUNK = 1024


def count_of(rows: Any) -> int | None:
    """How many rows there are, None when nobody knows before the end."""
    if _home(rows) == "pyarrow":
        return getattr(rows, "num_rows", None)
    return len(rows) if isinstance(rows, Sized) else None


def rows_of(rows: Any) -> AsyncGenerator[Any, None]:
    """The rows, one after the other, read as they are asked for.

    Those of a data frame and of Arrow are dicts by column, made 1024 at a time; the batches of an Arrow reader are read
    in a thread. Raises InvalidRequestError for what has no rows.
    """
    if _home(rows) == "pandas" and hasattr(rows, "iloc") and hasattr(rows, "columns"):
        return _of_iterable(_of_frame(rows))
    if _home(rows) == "pyarrow":
        if hasattr(rows, "to_batches") and hasattr(rows, "num_rows"):
            return _of_iterable(_of_table(rows))
        if hasattr(rows, "scanner"):
            return _of_reader(rows.scanner().to_reader())
        if hasattr(rows, "to_pylist"):
            return _of_iterable(rows.to_pylist())
        if hasattr(rows, "read_next_batch"):
            return _of_reader(rows)
    if isinstance(rows, AsyncIterable):
        return _of_async(cast("AsyncIterable[Any]", rows))
    if isinstance(rows, Iterable) and not isinstance(rows, str | bytes | Mapping):
        return _of_iterable(cast("Iterable[Any]", rows))
    kind = cast("type[Any]", type(cast("Any", rows)))
    raise InvalidRequestError(
        f"rows is a {kind.__name__}; allowed are iterables, async iterables, a pandas DataFrame, and an Arrow Table,"
        " RecordBatchReader or Dataset",
        field="rows",
    )


def _home(value: Any) -> str:
    return cast("type[Any]", type(value)).__module__.partition(".")[0]


def _of_frame(frame: Any) -> Iterable[dict[str, Any]]:
    for start in range(0, len(frame), _CHUNK):
        yield from frame.iloc[start : start + _CHUNK].to_dict("records")


def _of_table(table: Any) -> Iterable[dict[str, Any]]:
    for start in range(0, table.num_rows, _CHUNK):
        yield from table.slice(start, _CHUNK).to_pylist()


async def _of_reader(reader: Any) -> AsyncGenerator[Any, None]:
    loop = asyncio.get_running_loop()
    while (batch := await loop.run_in_executor(None, _next_batch, reader)) is not None:
        for row in _of_table(batch):
            yield row


def _next_batch(reader: Any) -> Any:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None


async def _of_iterable(rows: Iterable[Any]) -> AsyncGenerator[Any, None]:
    for row in rows:
        yield row


async def _of_async(rows: AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    iterator = aiter(rows)
    try:
        async for row in iterator:
            yield row
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()
