"""The journal of a batch: an append-only file of lines that check themselves, from which a batch is resumed.

A line is JSON, a space, and the checksum of the JSON (64 bits of BLAKE2b). The first one says what the file is. A line
is one write to the operating system and counts when it is there to its newline with the right checksum: what a crash
cut off is no line, and a line that was damaged later is as good as none, so that its row is asked for again and no
wrong value is ever read. A torn end is cut off when the file is opened again.

What has been written survives the death of the process at once. It survives that of the machine when it was synced:
``fsync`` seconds later at most while rows arrive, and at the end; 0 syncs each row before it is handed out, None leaves
it to the operating system. One process at a time has the file, by a lock that ends with the process.
"""

from __future__ import annotations

import asyncio
import json
import os
import warnings
from collections.abc import Generator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ai_sdk.errors import AISDKError, UnsupportedError

if TYPE_CHECKING:
    from ai_sdk.batch._keys import Row

__all__ = ["DatasetChangedError", "Journal", "JournalError"]

FORMAT = "ai-sdk batch journal 1"
_START = json.dumps({"format": FORMAT}, separators=(",", ":"))[:-1].encode()
_BLOCK = 1 << 20


class JournalError(AISDKError):
    """A journal cannot be used: another process has it, it is of another kind, or the file is no journal."""


class DatasetChangedError(JournalError):
    """The dataset is not the one that the journal is of: a row has changed, is gone or has been added."""


class _Entry(NamedTuple):
    offset: int
    length: int
    digest: str
    failed: bool


class Journal:
    """An open journal. ``keyed``: rows are known by keys that were given, else by their index.

    ``total`` is how many rows the dataset has, None when nobody knows. Raises JournalError and DatasetChangedError.
    The rows of a journal take about 150 bytes of memory each; their values stay in the file.
    """

    def __init__(self, path: Path, *, keyed: bool, total: int | None, fsync: float | None) -> None:
        self.path = path
        self.jobs: dict[str, dict[str, Any]] = {}
        self._keyed = keyed
        self._total = total
        self._fsync = fsync
        self._entries: dict[str | int, _Entry] = {}
        self._matched = 0
        self._broken = False
        self._size = 0
        self._syncing: asyncio.Task[None] | None = None
        self._file = _open_locked(path)
        try:
            self._load()
        except BaseException:
            self.close(sync=False)
            raise

    @property
    def finished(self) -> int:
        """How many rows are in it."""
        return len(self._entries)

    def find(self, row: Row, *, errors: bool = True) -> dict[str, Any] | None:
        """What was written of a row; None when there is nothing, or an error and ``errors`` is false.

        Raises DatasetChangedError when the row's content is not what it was.
        """
        if self._total is not None and row.index >= self._total:
            raise self.changed(f"there is a row {row.index}, and it had {self._total}")
        entry = self._entries.get(self._name(row))
        if entry is None:
            return None
        if entry.digest != row.digest:
            raise self.changed(f"row {row.index} is not what it was")
        self._matched += 1
        if entry.failed and not errors:
            return None
        return _checked(os.pread(self._file, entry.length, entry.offset))

    def add(self, row: Row, said: Mapping[str, Any], *, failed: bool) -> None:
        """Write what came of a row; the last line of a row counts."""
        self._write({"row": self._name(row), "digest": row.digest, **said, **({"failed": True} if failed else {})})

    def add_job(self, job: str, rows: list[list[Any]]) -> None:
        """Write that a provider works on these rows, each ``[name, digest]``, as the job with this id."""
        self.jobs[job] = {"job": job, "rows": rows}
        self._write(self.jobs[job])

    def close_job(self, job: str) -> None:
        """Write that a job's results are all in the journal, or that it has none."""
        self.jobs.pop(job, None)
        self._write({"closed": job})

    def name(self, row: Row) -> str | int:
        """By what the journal knows a row."""
        return self._name(row)

    def end(self, count: int) -> None:
        """Write that the dataset has so many rows; DatasetChangedError when the journal knows of others."""
        if self._matched < len(self._entries):
            gone = len(self._entries) - self._matched
            raise self.changed(f"{gone} of the rows that are in the journal are gone")
        if self._total is not None and count != self._total:
            raise self.changed(f"it has {count} rows, and had {self._total}")
        if self._total is None:
            self._write({"rows": count})

    async def synced(self) -> None:
        """Sync as ``fsync`` says: now and here, in a while in a thread, or not at all."""
        if self._fsync is None:
            return
        loop = asyncio.get_running_loop()
        if self._fsync == 0:
            await loop.run_in_executor(None, _sync_copy, os.dup(self._file))
        elif self._syncing is None:
            self._syncing = loop.create_task(self._sync_in_a_while(self._fsync))
        elif self._syncing.done():
            syncing, self._syncing = self._syncing, None
            syncing.result()
            await self.synced()

    async def _sync_in_a_while(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await asyncio.get_running_loop().run_in_executor(None, _sync_copy, os.dup(self._file))

    def close(self, *, sync: bool = True) -> None:
        """Close the file, which ends the lock; closing twice does nothing."""
        file, self._file = self._file, -1
        if file < 0:
            return
        if self._syncing is not None:
            self._syncing.cancel()
        try:
            if sync and self._fsync is not None:
                os.fsync(file)
        finally:
            os.close(file)

    def _name(self, row: Row) -> str | int:
        return row.key if self._keyed else row.index

    def changed(self, how: str) -> DatasetChangedError:
        """The error that says how the dataset differs from that of the journal."""
        return DatasetChangedError(
            f"the dataset is not the one that {self.path} is of: {how}; give the dataset of the journal to resume,"
            " or another path for a new journal"
        )

    def _write(self, record: Mapping[str, Any]) -> None:
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        body = text.encode("utf-8", "surrogatepass")
        line = b"%b %b\n" % (body, _checksum(body))
        offset = self._size
        self._append(line)
        self._size += len(line)
        if "row" in record:
            entry = _Entry(offset, len(line), record["digest"], "failed" in record)
            if record["row"] not in self._entries:
                self._matched += 1
            self._entries[record["row"]] = entry

    def _append(self, line: bytes) -> None:
        """Write a line; after one that could not be written whole there is never another."""
        if self._broken:
            raise JournalError(f"the journal {self.path} could not be written, and is not written any more")
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            self._broken = True
            raise JournalError(f"the journal {self.path} cannot be written: {error.strerror}") from error

    def _load(self) -> None:
        """Read what is there, cut off what is torn, and begin the file when there is nothing."""
        damaged = 0
        header: dict[str, Any] | None = None
        for offset, line in _lines(self._file):
            self._size = offset + len(line)
            record = _checked(line)
            if header is None:
                header = self._check_header(record)
            elif record is None:
                damaged += 1
            else:
                self._note(record, offset, len(line))
        if header is None:
            self._begin()
        elif damaged:
            warnings.warn(f"{damaged} lines of {self.path} are damaged; their rows are asked for again", stacklevel=2)
        os.ftruncate(self._file, self._size)

    def _begin(self) -> None:
        torn = os.pread(self._file, 4096, 0)
        if not (torn.startswith(_START) or _START.startswith(torn)):
            raise JournalError(f"{self.path} is no journal of a batch, and is left as it is: give another path")
        os.ftruncate(self._file, 0)
        self._write({"format": FORMAT, "keys": self._keys(), "rows": self._total})
        if self._fsync is not None:
            _sync_copy(os.open(self.path.parent, os.O_RDONLY))

    def _check_header(self, header: dict[str, Any] | None) -> dict[str, Any]:
        if header is None or header.get("format") != FORMAT:
            raise JournalError(f"{self.path} is no journal of a batch, and is left as it is: give another path")
        if header["keys"] != self._keys():
            raise JournalError(f"{self.path} was kept with keys that were {header['keys']}, not {self._keys()}")
        self._check_total(header["rows"])
        return header

    def _check_total(self, total: int | None) -> None:
        if total is not None and self._total not in (None, total):
            raise self.changed(f"it has {self._total} rows, and had {total}")
        self._total = total if total is not None else self._total

    def _keys(self) -> str:
        return "given" if self._keyed else "made"

    def _note(self, record: dict[str, Any], offset: int, length: int) -> None:
        if "row" in record:
            self._entries[record["row"]] = _Entry(offset, length, record["digest"], "failed" in record)
        elif "job" in record:
            self.jobs[record["job"]] = record
        elif "closed" in record:
            self.jobs.pop(record["closed"], None)
        elif "rows" in record:
            self._check_total(record["rows"])


def _checksum(body: bytes) -> bytes:
    return blake2b(body, digest_size=8).hexdigest().encode()


def _checked(line: bytes) -> dict[str, Any] | None:
    """The record of a line, None for one that is not what was written."""
    body, _, checksum = line.rstrip(b"\n").rpartition(b" ")
    if checksum != _checksum(body):
        return None
    record: dict[str, Any] = json.loads(body.decode("utf-8", "surrogatepass"))
    return record


def _lines(file: int) -> Generator[tuple[int, bytes], None, None]:
    """The lines that have their newline, each with its offset."""
    offset = at = 0
    rest = b""
    while block := os.pread(file, _BLOCK, at):
        at += len(block)
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield offset, line + b"\n"
            offset += len(line) + 1


def _open_locked(path: Path) -> int:
    try:
        import fcntl
    except ImportError as error:
        raise UnsupportedError("a journal needs the file locks of POSIX", field="journal") from error
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise JournalError(f"the journal {path} is in use by another batch") from error
    return file


def _sync_copy(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)
