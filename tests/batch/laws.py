"""The laws of ``map_rows``, each a function of an implementation."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_laws.kit import examples

from ai_sdk.batch import DatasetChangedError, RowResult
from ai_sdk.testing import run

MapRows = Callable[..., Any]
EXAMPLES = 60


@dataclass(frozen=True)
class Case:
    """A dataset, how its calls go, and how it is read. Times are in seconds."""

    seconds: tuple[float, ...]
    failing: frozenset[int]
    concurrency: int
    lookahead: int
    ordered: bool
    reading: float

    @property
    def options(self) -> dict[str, Any]:
        return {"concurrency": self.concurrency, "lookahead": self.lookahead, "ordered": self.ordered}

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"at": at, "seconds": seconds} for at, seconds in enumerate(self.seconds)]


durations: st.SearchStrategy[float] = st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.5, 7.0])
cases = st.builds(
    Case,
    seconds=st.lists(durations, max_size=12).map(tuple),
    failing=st.frozensets(st.integers(0, 12), max_size=4),
    concurrency=st.integers(1, 4),
    lookahead=st.integers(1, 6),
    ordered=st.booleans(),
    reading=st.sampled_from([0.0, 0.3, 3.0]),
)


@dataclass
class House:
    """The function that is mapped, and what happened to it."""

    case: Case
    began: list[int] = field(default_factory=list[int])
    ended: list[int] = field(default_factory=list[int])
    running: int = 0
    most: int = 0

    async def function(self, row: dict[str, Any]) -> dict[str, int]:
        self.began.append(row["at"])
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(row["seconds"])
        finally:
            self.running -= 1
        self.ended.append(row["at"])
        if row["at"] in self.case.failing:
            raise ValueError(f"row {row['at']}")
        return {"double": 2 * row["at"]}

    def expected(self, row: RowResult[Any]) -> bool:
        """Whether this is what the function makes of the row."""
        if row.index in self.case.failing:
            return row.error is not None and row.error.kind == "ValueError" and row.value is None
        return row.error is None and row.value == {"double": 2 * row.index}


async def read_all(stream: Any, seconds: float = 0.0) -> list[RowResult[Any]]:
    found: list[RowResult[Any]] = []
    async with stream as rows:
        async for row in rows:
            found.append(row)
            if seconds:
                await asyncio.sleep(seconds)
    return found


@contextmanager
def journal() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "journal"


def whole(house: House, found: list[RowResult[Any]]) -> None:
    """Every row is there exactly once, with what the function makes of it, in order if asked."""
    indexes = [row.index for row in found]
    assert sorted(indexes) == list(range(len(house.case.seconds)))
    assert all(map(house.expected, found))
    if house.case.ordered:
        assert indexes == sorted(indexes)


def every_row_once(map_rows: MapRows) -> None:
    """Every row comes out exactly once, in order when that is asked; errors are rows."""

    @examples(EXAMPLES)
    @given(cases)
    def law(case: Case) -> None:
        house = House(case)
        found = run(read_all(map_rows(house.function, case.rows, **case.options), case.reading))
        whole(house, found)
        assert sorted(house.began) == list(range(len(case.seconds)))

    law()


def as_they_are_done(map_rows: MapRows) -> None:
    """Without order a row that is done does not wait for one that is not."""

    async def trial() -> None:
        rows = [{"at": 0, "seconds": 5.0}, {"at": 1, "seconds": 1.0}, {"at": 2, "seconds": 1.0}]
        house = House(Case((5.0, 1.0, 1.0), frozenset(), 2, 6, False, 0.0))
        found = await read_all(map_rows(house.function, rows, concurrency=2, ordered=False))
        assert [row.index for row in found] == [1, 2, 0]
        assert asyncio.get_running_loop().time() == 5.0

    run(trial())


def bounded_concurrency(map_rows: MapRows) -> None:
    """Never are more than ``concurrency`` calls under way; with room and rows there are as many."""

    @examples(EXAMPLES)
    @given(cases)
    def law(case: Case) -> None:
        house = House(case)
        run(read_all(map_rows(house.function, case.rows, **case.options), case.reading))
        assert house.most <= case.concurrency
        if all(case.seconds) and case.lookahead >= case.concurrency:
            assert house.most == min(case.concurrency, len(case.seconds))

    law()


def bounded_lookahead(map_rows: MapRows) -> None:
    """Never are more than ``lookahead`` rows read and not yet handed out."""

    @examples(EXAMPLES)
    @given(cases, st.booleans())
    def law(case: Case, asynchronous: bool) -> None:
        house, counts = House(case), {"read": 0, "handed": 0}

        def rows() -> Iterator[dict[str, Any]]:
            for row in case.rows:
                counts["read"] += 1
                assert counts["read"] - counts["handed"] <= case.lookahead
                yield row

        async def later() -> AsyncGenerator[dict[str, Any], None]:
            for row in rows():
                yield row
                await asyncio.sleep(0.1)

        async def trial() -> None:
            source = later() if asynchronous else rows()
            async with map_rows(house.function, source, **case.options) as stream:
                async for _ in stream:
                    counts["handed"] += 1
                    await asyncio.sleep(case.reading)

        run(trial())
        assert counts["handed"] == len(case.seconds)

    law()


def resumes_after_any_cut(map_rows: MapRows) -> None:
    """A journal that is cut off at any byte gives the same output, and no row is called that is in it."""

    @examples(EXAMPLES)
    @given(cases, st.data())
    def law(case: Case, data: st.DataObject) -> None:
        with journal() as path:
            first = House(case)
            before = run(read_all(map_rows(first.function, case.rows, journal=path, fsync=None, **case.options)))
            assert path.exists()
            written = path.read_bytes()
            cut = data.draw(st.integers(0, len(written)))
            path.write_bytes(written[:cut])
            kept = max(0, written[:cut].count(b"\n") - 1)
            second = House(case)
            after = run(read_all(map_rows(second.function, case.rows, journal=path, fsync=None, **case.options)))
            whole(second, after)
            assert sorted(after, key=at) == sorted(before, key=at)
            assert len(second.began) == len(case.seconds) - kept
            third = House(case)
            assert sorted(
                run(read_all(map_rows(third.function, case.rows, journal=path, fsync=None, **case.options))), key=at
            ) == sorted(before, key=at)
            assert not third.began

    law()


def at(row: RowResult[Any]) -> int:
    return row.index


def resumes_after_a_crash(map_rows: MapRows) -> None:
    """Stopped at any moments, it sends again at most what was in flight, and gives every row once."""

    @examples(EXAMPLES)
    @given(cases, st.lists(st.floats(0, 20), max_size=4), st.booleans())
    def law(case: Case, crashes: list[float], killed: bool) -> None:
        with journal() as path:
            house = House(case)

            async def crash(seconds: float) -> None:
                copied = path.with_name("copy")
                task = asyncio.create_task(
                    read_all(
                        map_rows(house.function, case.rows, journal=path, fsync=None, **case.options), case.reading
                    )
                )
                await asyncio.sleep(seconds)
                if killed and path.exists():
                    copied.write_bytes(path.read_bytes())
                task.cancel()
                await asyncio.wait([task])
                assert house.running == 0
                if copied.exists():
                    copied.replace(path)

            for seconds in crashes:
                run(crash(seconds))
            found = run(read_all(map_rows(house.function, case.rows, journal=path, fsync=None, **case.options)))
            whole(house, found)
            assert len(house.began) <= len(case.seconds) + case.concurrency * len(crashes)

    law()


def damage_is_no_value(map_rows: MapRows) -> None:
    """A byte that changed in a journal never changes a value: the row is called again, or the journal is refused."""

    @examples(EXAMPLES)
    @given(cases, st.data())
    def law(case: Case, data: st.DataObject) -> None:
        with journal() as path:
            house = House(case)
            run(read_all(map_rows(house.function, case.rows, journal=path, fsync=None, **case.options)))
            written = bytearray(path.read_bytes())
            first = written.index(b"\n") + 1
            if first == len(written):
                return
            place = data.draw(st.integers(first, len(written) - 1))
            written[place] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16]))
            path.write_bytes(bytes(written))
            with pytest.warns(match="damaged") if b"\n" in written[place:-1] else nothing():
                found = run(read_all(map_rows(house.function, case.rows, journal=path, fsync=None, **case.options)))
            whole(house, found)

    law()


@contextmanager
def nothing() -> Generator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def refuses_a_changed_dataset(map_rows: MapRows) -> None:
    """A row that changed, came or went is found out, and no changed row is called."""

    @examples(EXAMPLES)
    @given(cases, st.data())
    def law(case: Case, data: st.DataObject) -> None:
        if not case.seconds:
            return
        rows = case.rows
        with journal() as path:
            house = House(case)
            keyed: dict[str, Any] = {"key": _key} if data.draw(st.booleans()) else {}
            options: dict[str, Any] = {"journal": path, "fsync": None, **case.options, **keyed}
            sized = data.draw(st.booleans())
            run(read_all(map_rows(house.function, rows if sized else iter(rows), **options)))
            house.began.clear()
            place = data.draw(st.integers(0, len(rows) - 1))
            how = data.draw(st.sampled_from(["changed", "gone", "added"]))
            other = [dict(row) for row in rows]
            if how == "changed":
                other[place]["seconds"] += 1
            elif how == "gone":
                del other[-1]
            else:
                other.append({"at": len(rows), "seconds": 0.0})
            with pytest.raises(DatasetChangedError):
                run(read_all(map_rows(house.function, other if sized else iter(other), **options)))
            assert not house.began

    law()


def _key(row: dict[str, Any]) -> str:
    return f"k{row['at']}"


def stops_at_an_error(map_rows: MapRows) -> None:
    """With ``on_error="raise"`` the first error is raised, and nothing goes on behind it."""

    @examples(EXAMPLES)
    @given(cases)
    def law(case: Case) -> None:
        house = House(case)
        fails = any(place < len(case.seconds) for place in case.failing)

        async def trial() -> None:
            try:
                found = await read_all(map_rows(house.function, case.rows, on_error="raise", **case.options))
            except ValueError:
                assert fails
                assert not case.failing.isdisjoint(house.ended)
            else:
                assert not fails
                assert len(found) == len(case.seconds)
            assert house.running == 0
            began = len(house.began)
            await asyncio.sleep(100)
            assert len(house.began) == began

        run(trial())

    law()
