"""A batch by jobs of a provider: rows are put together, submitted, waited for, and their answers are given out."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ai_sdk.batch._tasks import Tasks
from ai_sdk.batch.rows import RowError, RowResult
from ai_sdk.errors import AISDKError, APIError, NotFoundError
from ai_sdk.polling import Pending, poll
from ai_sdk.provider import to_json
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from ai_sdk.batch._journal import Journal
    from ai_sdk.batch._keys import Row
    from ai_sdk.batch._running import Batch
    from ai_sdk.batch.jobs import Answered, BatchItem, BatchModel
    from ai_sdk.polling import Polling

__all__ = ["Submitting"]

_PAUSES = (0.5, 1.0, 2.0)
_BYTES_AROUND = 256


@dataclass(slots=True)
class _Group:
    """Rows that go into one job; those of a job that was submitted before a crash have its id."""

    job: str | None = None
    rows: dict[str, tuple[Row, Any]] = field(default_factory=dict[str, "tuple[Row, Any]"])
    items: list[BatchItem] = field(default_factory=list["BatchItem"])
    size: int = 0


class Submitting:
    """Reads rows while there is room, and keeps so many jobs under way."""

    def __init__(
        self, rows: AsyncGenerator[Any, None], via: BatchModel[Any, Any], concurrency: int, polling: Polling | None
    ) -> None:
        self._rows = rows
        self._via = via
        self._concurrency = concurrency
        self._polling = polling or via.polling
        self._tasks = Tasks()
        self._groups: list[_Group] = []
        self._resumed: dict[str, _Group] = {}
        self._jobs_of: dict[str | int, tuple[str, str]] = {}
        self._left: dict[str, int] = {}

    async def run(self, batch: Batch) -> None:
        """Submit all rows and give out their answers. When it ends, no job of its own is under way and unknown."""
        if batch.journal is not None:
            self._resume(batch.journal)
        try:
            count = 0
            while True:
                await self._room(batch)
                try:
                    content = await anext(self._rows)
                except StopAsyncIteration:
                    break
                batch.desk.take()
                row = batch.row(count, content)
                count += 1
                known = batch.known(row)
                job = self._job_of(batch, row)
                if known is None:
                    await self._add(batch, row, job)
                else:
                    batch.hand_out(known)
                    self._done(batch, job, 1)
            if batch.journal is not None and self._jobs_of:
                raise batch.journal.changed(f"{len(self._jobs_of)} of the rows that were submitted are gone")
            await self._finish(batch)
            batch.end(count)
        finally:
            await self._tasks.stop()
            await self._rows.aclose()

    def _resume(self, journal: Journal) -> None:
        """Remember which rows are in jobs that an earlier run submitted; the last job of a row counts."""
        for job, said in journal.jobs.items():
            self._jobs_of.update({name: (job, digest) for name, digest in said["rows"]})
        self._left = dict.fromkeys(journal.jobs, 0)
        for job, _ in self._jobs_of.values():
            self._left[job] += 1

    def _job_of(self, batch: Batch, row: Row) -> str | None:
        """The job of an earlier run that a row is in. Raises DatasetChangedError when the row has changed since."""
        if batch.journal is None or not self._jobs_of:
            return None
        job, digest = self._jobs_of.pop(batch.journal.name(row), (None, row.digest))
        if digest != row.digest:
            raise batch.journal.changed(f"row {row.index} is not what was submitted")
        return job

    def _done(self, batch: Batch, job: str | None, count: int) -> None:
        """Count rows of a job that are done with; the last one closes it."""
        if job is not None:
            self._left[job] -= count
            if self._left[job] == 0 and batch.journal is not None:
                batch.journal.close_job(job)

    async def _room(self, batch: Batch) -> None:
        """Wait until another row may be read. What has been put together goes out when there is no room."""
        while batch.desk.full:
            await self._flush(batch)
            self._check()
            if batch.desk.full:
                await batch.desk.change()
        self._check()

    def _check(self) -> None:
        if self._tasks.failure is not None:
            raise self._tasks.failure

    async def _finish(self, batch: Batch) -> None:
        """Wait for all jobs; rows that a job of an earlier run has no answer for go into another one."""
        while self._groups or self._resumed or self._tasks:
            await self._flush(batch)
            self._check()
            if self._tasks:
                await batch.desk.change()

    async def _add(self, batch: Batch, row: Row, job: str | None) -> None:
        """Put a row into the group that it belongs to."""
        try:
            made = batch.function(row.content)
            request = self._via.request_of(await made if inspect.isawaitable(made) else made)
            item = await self._via.encoded(request, batch.item_of(row))
        except Exception as error:
            if batch.stop_at_errors:
                raise
            await batch.finish(RowResult(row.index, row.key, None, RowError.of(error)), row)
            self._done(batch, job, 1)
            return
        if job is not None:
            self._resumed.setdefault(job, _Group(job)).rows[item.id] = (row, request)
            return
        if self._put(item, row, request) and len(self._groups) > 1:
            await self._flush(batch, but_the_last=True)

    def _put(self, item: BatchItem, row: Row, request: Any) -> bool:
        """Put a row into the last group, or into a new one when that is full; whether there is a new one."""
        size = len(to_json(item.body)) + _BYTES_AROUND
        last = self._groups[-1] if self._groups else None
        new = last is None or len(last.rows) >= self._via.most_requests or last.size + size > self._via.most_bytes
        if new:
            self._groups.append(_Group())
        group = self._groups[-1]
        group.rows[item.id] = (row, request)
        group.items.append(item)
        group.size += size
        return new

    async def _flush(self, batch: Batch, *, but_the_last: bool = False) -> None:
        """Start a task for each group, when fewer than ``concurrency`` are under way; the last may not be full yet."""
        groups, self._groups = self._groups, []
        if but_the_last:
            self._groups = [groups.pop()]
        else:
            groups = [*self._resumed.values(), *groups]
            self._resumed = {}
        for group in groups:
            while len(self._tasks) >= self._concurrency and self._tasks.failure is None:
                await batch.desk.change()
            if self._tasks.failure is None:
                self._tasks.start(self._work(batch, group), batch.desk)

    async def _work(self, batch: Batch, group: _Group) -> None:
        """Submit a group unless it was before, wait for the job, and give out what it has."""
        earlier = group.job is not None
        job = group.job if group.job is not None else await self._submitted(batch, group)
        said = await self._over(batch, job)
        rest = dict(group.rows)
        async with aclosing(self._answers(said)) as answers:
            async for item, answered in answers:
                found = rest.pop(item, None)
                if found is not None:
                    await self._answer(batch, *found, answered)
        if earlier:
            await self._again(rest)
        else:
            for row, request in rest.values():
                await self._answer(batch, row, request, self._unanswered(job))
        self._done(batch, job, len(group.rows))

    async def _over(self, batch: Batch, job: str) -> Mapping[str, Any]:
        """What the provider says of a job when it is over; one that failed, or is not known, is not looked at again."""
        via, ended = self._via, False

        async def look() -> Pending | Mapping[str, Any]:
            nonlocal ended
            try:
                return await via.look(job)
            except APIError as error:
                ended = error.job is not None or isinstance(error, NotFoundError)
                raise

        try:
            return await poll(look, job=job, polling=self._polling, cancel=partial(via.cancel, job))
        except APIError:
            if ended and batch.journal is not None:
                batch.journal.close_job(job)
            raise

    async def _answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        """The answers of a job. They are paid for: a reading that fails for a moment begins again, three times."""
        for pause in (*_PAUSES, None):
            try:
                async with aclosing(self._via.answers(said)) as answers:
                    async for each in answers:
                        yield each
                return
            except AISDKError as error:
                if pause is None or not error.retryable:
                    raise
                await asyncio.sleep(pause)

    async def _submitted(self, batch: Batch, group: _Group) -> str:
        """Submit, and write down the id at once, also when a cancellation comes in between."""
        submitting = asyncio.ensure_future(self._via.submit(group.items))
        cancelled: asyncio.CancelledError | None = None
        while not submitting.done():
            try:
                await asyncio.shield(submitting)
            except asyncio.CancelledError as error:
                cancelled = error
        job = submitting.result()
        group.items = []
        self._left[job] = len(group.rows)
        if batch.journal is not None:
            names = [[batch.journal.name(row), row.digest] for row, _ in group.rows.values()]
            batch.journal.add_job(job, names)
        if cancelled is not None:
            await self._via.cancel(job)
            raise cancelled
        return job

    async def _again(self, rest: dict[str, tuple[Row, Any]]) -> None:
        """Put rows into another job that an earlier one was called off or expired before it answered."""
        for name, (row, request) in rest.items():
            self._put(await self._via.encoded(request, name), row, request)

    async def _answer(self, batch: Batch, row: Row, request: Any, answered: Answered) -> None:
        """Give out what came of one row."""
        error: RowError | None = None
        value: Any = None
        try:
            value = await self._via.decoded(request, answered)
        except AISDKError as failure:
            if batch.stop_at_errors:
                raise
            error = RowError.of(failure, 1)
        usage = getattr(value, "usage", None)
        usage = usage if isinstance(usage, Usage) else Usage()
        cost = None if error is not None else await batch.cost([(self._via.name, usage)])
        if cost is not None:
            cost = -int(-cost * self._via.share // 1)
        await batch.finish(RowResult(row.index, row.key, value, error, 1, usage, cost), row)

    def _unanswered(self, job: str) -> APIError:
        error = APIError(
            f"the job {job} is over and has no answer to this request",
            provider=self._via.model.provider,
            model=self._via.model.model_id,
            retryable=True,
        )
        error.job = job
        return error
