"""Where finished rows wait for their reader: in order or as they come, with a bound on how many there may be."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from ai_sdk.batch.rows import RowResult

__all__ = ["Desk"]

T = TypeVar("T")


class Desk(Generic[T]):
    """Rows between the one who reads the dataset and the one who reads the results; of one event loop.

    The law: at most ``lookahead`` rows are taken and not yet handed out; each is handed out once, with ``ordered`` in
    the order of their indexes.
    """

    def __init__(self, *, ordered: bool, lookahead: int) -> None:
        self._ordered = ordered
        self._lookahead = lookahead
        self._waiting: dict[int, RowResult[T]] = {}
        self._open = 0
        self._next = 0
        self._over = False
        self._error: BaseException | None = None
        self._changed = asyncio.Event()
        self._freed = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether no row may be taken."""
        return self._open >= self._lookahead

    async def change(self) -> None:
        """Wait until there may be room: a row was handed out, or ``wake`` was called."""
        await self._freed.wait()
        self._freed.clear()

    def wake(self) -> None:
        """Let who waits for a change look again."""
        self._freed.set()

    def take(self) -> None:
        """Count a row that was read."""
        self._open += 1

    def put(self, row: RowResult[T]) -> None:
        """Lay down a finished row."""
        self._waiting[row.index] = row
        if not self._ordered or row.index == self._next:
            self._changed.set()

    def end(self) -> None:
        """Say that no row will be taken any more."""
        self._over = True
        self._changed.set()

    def fail(self, error: BaseException) -> None:
        """Let the reader have an error in place of all that is not handed out; the first one counts."""
        if self._error is None:
            self._error = error
        self._changed.set()

    async def get(self) -> RowResult[T] | None:
        """Hand out a row, None at the end."""
        while True:
            if self._error is not None:
                raise self._error
            row = self._waiting.pop(self._next, None) if self._ordered else self._any()
            if row is not None:
                self._next += 1
                self._open -= 1
                self._freed.set()
                return row
            if self._over and self._open == 0:
                return None
            self._changed.clear()
            await self._changed.wait()

    def _any(self) -> RowResult[T] | None:
        return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None
