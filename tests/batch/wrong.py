"""Implementations that break a law of ``map_rows``."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from typing import Any, cast
from unittest import mock

from ai_sdk.batch import RowError, RowResult, _journal, map_rows
from ai_sdk.batch._calling import Calling
from ai_sdk.batch._desk import Desk
from ai_sdk.batch._journal import Journal


class Simple:
    """A batch that a newcomer might write: everything at once."""

    def __init__(self, function: Any, rows: Any, **options: Any) -> None:
        self.function, self.rows, self.options = function, rows, options

    async def __aenter__(self) -> Simple:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> AsyncGenerator[RowResult[Any], None]:
        rows: list[Any] = list(self.rows) if hasattr(self.rows, "__iter__") else [row async for row in self.rows]
        tasks = [asyncio.create_task(self.one(at, row)) for at, row in enumerate(rows)]
        for task in tasks:
            yield await task

    async def one(self, at: int, row: Any) -> RowResult[Any]:
        try:
            return RowResult(at, str(at), await self.function(row))
        except Exception as error:
            return RowResult(at, str(at), error=RowError.of(error))


class LosesErrors(Simple):
    async def __aiter__(self) -> AsyncGenerator[RowResult[Any], None]:
        async for row in super().__aiter__():
            if row.error is None:
                yield row


class GivesTheLastTwice(Simple):
    async def __aiter__(self) -> AsyncGenerator[RowResult[Any], None]:
        row = None
        async for row in super().__aiter__():
            yield row
        if row is not None:
            yield row


def changed(*replaced: tuple[Any, str, Any]) -> type[Any]:
    """``map_rows`` with something replaced, while it is read."""

    class Changed:
        def __init__(self, *args: Any, **options: Any) -> None:
            self.args, self.options = args, options
            self.patches: list[Any] = [mock.patch.object(where, name, new) for where, name, new in replaced]
            self.stream: Any = None

        async def __aenter__(self) -> Any:
            for each in self.patches:
                each.start()
            try:
                self.stream = map_rows(*self.args, **self.options)
                return await self.stream.__aenter__()
            except BaseException:
                self.end()
                raise

        async def __aexit__(self, *error: Any) -> None:
            try:
                await self.stream.__aexit__(*error)
            finally:
                self.end()

        def end(self) -> None:
            for each in self.patches:
                each.stop()

    return Changed


_desk: Any = cast("Any", Desk).__init__
_calling: Any = Calling.__init__
_find: Any = Journal.find
_append: Any = Journal._append
_close: Any = Journal.close


def _any_order(self: Any, *, ordered: bool, lookahead: int) -> None:
    del ordered
    _desk(self, ordered=False, lookahead=lookahead)


def _in_order(self: Any, *, ordered: bool, lookahead: int) -> None:
    del ordered
    _desk(self, ordered=True, lookahead=lookahead)


def _one_more(self: Any, rows: Any, concurrency: int) -> None:
    _calling(self, rows, concurrency + 1)


def _one(self: Any, rows: Any, concurrency: int) -> None:
    del concurrency
    _calling(self, rows, 1)


def _too_full(self: Any) -> bool:
    return bool(self._open > self._lookahead)


def _unchecked(line: bytes) -> Any:
    try:
        return json.loads(line.rstrip(b"\n").rpartition(b" ")[0])
    except ValueError:
        return None


def _by_name_alone(self: Any, row: Any, *, errors: bool = True) -> Any:
    entry = self._entries.get(self._name(row))
    if entry is not None:
        self._entries[self._name(row)] = entry._replace(digest=row.digest)
    return _find(self, row, errors=errors)


def _without_errors(self: Any, row: Any, *, errors: bool = True) -> Any:
    del errors
    return _find(self, row, errors=False)


def _nothing(*_: Any) -> None:
    pass


def _kept(self: Any, line: bytes) -> None:
    if self._size == 0:
        _append(self, line)
    else:
        self.__dict__.setdefault("kept", []).append(line)


def _written_at_the_end(self: Any, *, sync: bool = True) -> None:
    task = asyncio.current_task()
    if self._file >= 0 and task is not None and not task.cancelling():
        for line in self.__dict__.pop("kept", []):
            _append(self, line)
    _close(self, sync=sync)


order_of_arrival = changed((Desk, "__init__", _any_order))
always_ordered = changed((Desk, "__init__", _in_order))
one_too_many_calls = changed((Calling, "__init__", _one_more))
one_at_a_time = changed((Calling, "__init__", _one))
one_too_many_rows = changed((Desk, "full", property(_too_full)))
unchecked_lines = changed((_journal, "_checked", _unchecked))
knows_the_name_alone = changed((Journal, "find", _by_name_alone))
does_not_look_at_the_end = changed((Journal, "end", _nothing), (Journal, "_check_total", _nothing))
keeps_the_torn_end = changed((os, "ftruncate", _nothing))
forgets_errors = changed((Journal, "find", _without_errors))
writes_at_the_end = changed((Journal, "_append", _kept), (Journal, "close", _written_at_the_end))
