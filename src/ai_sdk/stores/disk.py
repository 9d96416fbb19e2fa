"""A store in a folder of this machine, for processes that follow each other or run side by side."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, MissingExtraError

__all__ = ["DiskStore"]


class DiskStore:
    """Keeps bytes in the folder ``path``, up to about ``max_bytes``; what was stored longest ago goes first.

    Several processes may use one folder. Values are bytes and are read as bytes: nothing in the folder is unpickled or
    run, so that who can write there can change answers but not more. Expiry is by the machine's wall clock.
    The work is done in the loop's default executor. Needs the extra ``disk``: MissingExtraError, at the first use, when
    it is not installed. Raises InvalidRequestError for a size below 1.
    """

    def __init__(self, path: str | Path, *, max_bytes: int = 1024**3) -> None:
        if isinstance(cast("Any", max_bytes), bool) or not isinstance(cast("Any", max_bytes), int) or max_bytes < 1:
            raise InvalidRequestError(f"max_bytes is {max_bytes!r}; allowed is an integer from 1", field="max_bytes")
        self.path = Path(path)
        self.max_bytes = max_bytes
        self._opened: Any = None
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
        await self._run("close")

    async def _run(self, name: str, *arguments: Any) -> Any:
        def work() -> Any:
            return getattr(self._folder(), name)(*arguments)

        return await asyncio.get_running_loop().run_in_executor(None, work)

    def _folder(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = _open(self.path, self.max_bytes)
            return self._opened

    def __repr__(self) -> str:
        return f"DiskStore({str(self.path)!r})"


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
