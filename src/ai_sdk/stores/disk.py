"""A store in a folder of this machine, for processes that follow each other or run side by side."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from ai_sdk.errors import InvalidRequestError, MissingExtraError

__all__ = ["DiskStore"]

T = TypeVar("T")


class DiskStore:
    """Keeps bytes in the folder ``path``, up to about ``max_bytes``; what was stored longest ago goes first.

    Several processes may use one folder. Values are bytes and are read as bytes: nothing in the folder is unpickled or
    run, so that who can write there can change answers but not more. Expiry is by the machine's wall clock.
    The work is done in a thread of the store's own, which ends with ``aclose`` or with the store. Needs the extra
    ``disk``: MissingExtraError, at the first use, when it is not installed. Raises InvalidRequestError for a size
    below 1.
    """

    def __init__(self, path: str | Path, *, max_bytes: int = 1024**3) -> None:
        if isinstance(cast("Any", max_bytes), bool) or not isinstance(cast("Any", max_bytes), int) or max_bytes < 1:
            raise InvalidRequestError(f"max_bytes is {max_bytes!r}; allowed is an integer from 1", field="max_bytes")
        self.path = Path(path)
        self.max_bytes = max_bytes
        self._thread: _Thread | None = None
        self._lock = threading.Lock()

    async def get(self, key: str, /) -> bytes | None:
        """What was set, or None when there is nothing or its time is over."""
        found: Any = await self._run("get", key)
        return found if isinstance(found, bytes) else None

    async def set(self, key: str, value: bytes, ttl: float | None, /) -> None:
        """Keep ``value`` for ``ttl`` seconds, or with None as long as there is room."""
        await self._run("set", key, value, ttl)

    async def delete(self, key: str, /) -> None:
        """Forget what was set, if anything."""
        await self._run("delete", key)

    async def aclose(self) -> None:
        """Close the folder; the next use opens it again."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, thread.close)

    async def _run(self, name: str, *arguments: Any) -> Any:
        with self._lock:
            if self._thread is None:
                self._thread = _Thread(self.path, self.max_bytes)
                weakref.finalize(self, self._thread.drop).atexit = False
            doing = asyncio.get_running_loop().run_in_executor(self._thread, self._thread.do, name, *arguments)
        return await doing

    def __repr__(self) -> str:
        return f"DiskStore({str(self.path)!r})"


class _Thread(Executor):
    """The one thread that has the folder open: a database connection is closed by the thread that opened it.

    ``drop`` may run in a garbage collection, which may interrupt any code, also this: it takes no lock.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._folder: Any = None
        self._work = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]()
        threading.Thread(target=self._loop, name="ai-sdk-disk", daemon=True).start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = Future[T]()
        self._work.put((future, partial(fn, *args, **kwargs)))
        return future

    def do(self, name: str, *arguments: Any) -> Any:
        if self._folder is None:
            self._folder = _open(self._path, self._max_bytes)
        return getattr(self._folder, name)(*arguments)

    def close(self) -> None:
        if self._folder is not None:
            self._folder.close()
            self._folder = None
        self.drop()

    def drop(self) -> None:
        """End the thread when what was begun is done, and close the folder if it is open."""
        self._work.put(None)

    def _loop(self) -> None:
        while (item := self._work.get()) is not None:
            future, work = item
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:  # noqa: BLE001  whoever waits gets it
                    future.set_exception(error)
            del item, future, work
        if self._folder is not None:
            self._folder.close()


def _open(path: Path, max_bytes: int) -> Any:
    try:
        from diskcache import Cache, Disk
    except ModuleNotFoundError as error:
        raise MissingExtraError("the disk store needs its package: pip install 'ai-sdk-layers[disk]'") from error

    class Plain(Disk):
        """Writes and reads bytes, and refuses all else, above all pickles."""

        def store(self, value: Any, read: bool, key: Any = None) -> Any:
            _expect(isinstance(value, bytes))
            return cast("Any", super().store(value, read, key))

        def fetch(self, mode: Any, filename: Any, value: Any, read: bool) -> Any:
            _expect(mode in (_RAW, _BINARY))
            return cast("Any", super().fetch(mode, filename, value, read))

        def remove(self, file_path: Any) -> Any:
            _expect(".." not in Path(file_path).parts and not Path(file_path).is_absolute())
            return super().remove(file_path)

        def put(self, key: Any) -> Any:
            _expect(isinstance(key, str))
            return cast("Any", super().put(key))

        def get(self, key: Any, raw: bool) -> Any:
            _expect(raw)
            return super().get(key, raw)

    return Cache(str(path), disk=Plain, size_limit=max_bytes, eviction_policy="least-recently-stored")


_RAW, _BINARY = 1, 2  # diskcache's marks for a value in the table and for one in a file of its own


def _expect(true: bool) -> None:
    if not true:
        raise ValueError("the folder of a disk store has something in it that is not bytes")
