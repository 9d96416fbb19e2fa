"""The line in which calls of several event loops and threads wait."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws.harness import turns
from laws.loops import in_threads
from layer_laws.kit import examples, rejects

from ai_sdk.guard import Guard
from ai_sdk.testing import VirtualClockLoop, run
from ai_sdk.waiting import Line, Waiter


class Room:
    """A gate to a room of so many seats, which also opens only from a given time on. Tickets are numbers."""

    def __init__(self, seats: float = 1, opens: float = -math.inf, line: type[Line[Any, int]] = Line) -> None:
        self.seats = seats
        self.opens = opens
        self.let_in: list[Any] = []
        self.undone: list[int] = []
        self.guard = Guard()
        self.line: Line[Any, int] = line(self.guard, self)

    def admit(self, wish: Any, now: float, /) -> int | None:
        if self.seats <= 0 or now < self.opens:
            return None
        self.seats -= 1
        self.let_in.append(wish)
        return len(self.let_in)

    def due(self, wish: Any, now: float, /) -> float:
        del wish, now
        return math.inf if self.seats <= 0 else self.opens

    def undo(self, ticket: int, /) -> None:
        self.undone.append(ticket)
        self.seats += 1

    def leave(self) -> None:
        with self.guard:
            self.seats += 1
            self.line.advance()

    async def enter(self, wish: Any = None, until: float | None = None) -> int | None:
        with self.guard:
            waiter = self.line.join(wish, until)
        return await self.line.wait(waiter)


def now() -> float:
    return asyncio.get_running_loop().time()


def law_order(line: type[Line[Any, int]]) -> None:
    """In the order in which they came, and whoever leaves the line is not missed."""

    @examples()
    @given(st.integers(1, 8), st.sets(st.integers(0, 7)), st.integers(1, 3))
    def law(count: int, leaving: set[int], seats: int) -> None:
        async def trial() -> None:
            room = Room(0, line=line)
            tasks = [asyncio.ensure_future(room.enter(number)) for number in range(count)]
            await asyncio.sleep(1)
            for number in leaving & set(range(count)):
                tasks[number].cancel()
            for _ in range(count):
                for _ in range(seats):
                    room.leave()
                await asyncio.sleep(0)
            await asyncio.wait(tasks)
            await asyncio.sleep(0)
            stayed = [number for number in range(count) if number not in leaving]
            assert [number for number in room.let_in if number not in leaving] == stayed
            assert room.seats == count * seats - len(stayed), "a seat was lost or made"
            assert room.line.idle()

        run(trial())

    law()


class LastFirst(Line[Any, int]):
    """Asks the last one first."""

    def join(self, wish: Any, until: float | None = None) -> Waiter[Any, int]:
        waiter = super().join(wish, until)
        if waiter.place is not None:
            waiter.place.move_to_end(waiter, last=False)
        return waiter


class Careless(Line[Any, int]):
    """Forgets the ticket of a waiter that is cancelled as it is let in."""

    def _take_back(self, waiter: Waiter[Any, int]) -> None:
        waiter.ticket = None


def test_first_come_first_served_and_who_leaves_is_not_missed() -> None:
    law_order(Line)
    rejects(law_order, LastFirst)
    rejects(law_order, Careless)


async def test_it_looks_again_when_the_gate_says_so() -> None:
    room = Room(3, opens=10)
    assert await asyncio.gather(*[room.enter() for _ in range(3)]) == [1, 2, 3]
    assert now() == 10.0


async def test_patience_ends_and_the_next_is_asked() -> None:
    class Picky(Room):
        def admit(self, wish: Any, now: float, /) -> int | None:
            return super().admit(wish, now) if wish == "small" else None

        def due(self, wish: Any, now: float, /) -> float:
            del wish, now
            return math.inf

    room = Picky()
    large = asyncio.ensure_future(room.enter("large", until=5))
    small = asyncio.ensure_future(room.enter("small"))
    assert await large is None
    assert now() == 5.0
    assert await small == 1
    assert now() == 5.0


async def test_patience_of_one_in_the_middle() -> None:
    room = Room(0)
    tasks = [asyncio.ensure_future(room.enter(number, until)) for number, until in enumerate([None, 3.0, 9.0])]
    await asyncio.sleep(4)
    assert [task.done() for task in tasks] == [False, True, False]
    room.leave()
    room.leave()
    assert [await task for task in tasks] == [1, None, 2]
    assert now() == 4.0


async def test_waiters_that_were_let_in_are_not_remembered_for_their_patience() -> None:
    room = Room(0)
    for _ in range(500):
        task = asyncio.ensure_future(room.enter(until=1e6))
        await asyncio.sleep(0)
        room.leave()
        await task
    assert len(room.line._limits) < 20


def test_a_closed_loop_has_left_the_line() -> None:
    room = Room(0)
    dead = VirtualClockLoop()
    waiting = [dead.create_task(room.enter(number)) for number in range(3)]
    dead.run_until_complete(turns(2))
    dead.close()

    async def main() -> None:
        task = asyncio.ensure_future(room.enter("alive"))
        await asyncio.sleep(1)
        room.leave()
        assert await task == 1
        assert room.let_in == ["alive"]
        assert room.line.idle()

    run(main())
    _forget(waiting)


def test_a_loop_that_stands_still_is_passed_over_and_has_its_place_back_when_it_runs() -> None:
    room = Room(0)
    still = VirtualClockLoop()
    early = [still.create_task(room.enter(number)) for number in range(2)]
    still.run_until_complete(turns(2))

    async def main() -> None:
        task = asyncio.ensure_future(room.enter("awake"))
        await asyncio.sleep(1)
        room.leave()
        assert await task == 1
        assert not room.line.idle()
        for _ in range(2):
            room.leave()

    run(main())
    assert [still.run_until_complete(task) for task in early] == [2, 3]
    assert room.let_in == ["awake", 0, 1]
    still.close()


def test_loops_that_stand_still_go_first_when_they_run_again() -> None:
    room = Room(0)
    still, other = VirtualClockLoop(), VirtualClockLoop()
    early = still.create_task(room.enter("early"))
    still.run_until_complete(turns(2))
    late = other.create_task(room.enter("late"))
    other.run_until_complete(turns(2))

    async def leave_twice() -> None:
        room.leave()
        room.leave()

    still.run_until_complete(leave_twice())
    assert room.let_in == ["early"]
    assert still.run_until_complete(early) == 1
    assert other.run_until_complete(late) == 2
    still.close()
    other.close()


def test_a_loop_that_is_closed_while_it_stands_still_is_forgotten() -> None:
    room = Room(0)
    still = VirtualClockLoop()
    waiting = still.create_task(room.enter("gone"))
    still.run_until_complete(turns(2))
    room.leave()
    assert not room.line.idle()
    still.close()
    room.leave()
    assert room.line.idle()
    assert room.let_in == []
    _forget([waiting])


def test_a_ticket_that_died_with_its_loop_is_given_back() -> None:
    room = Room(0)
    dying = VirtualClockLoop()
    task = dying.create_task(room.enter())

    async def let_in_as_the_last_thing() -> None:
        await turns(2)
        dying.stop()
        room.leave()

    dying.create_task(let_in_as_the_last_thing())
    dying.run_forever()
    assert (room.let_in, room.undone, room.seats) == ([None], [], 0)
    dying.close()
    _forget([task])
    del task
    gc.collect()
    assert (room.undone, room.seats) == ([1], 1)


def test_another_loop_has_its_own_timer_when_the_first_in_line_dies() -> None:
    room = Room(2, opens=10)
    joined, behind = threading.Event(), threading.Event()
    tasks: list[Any] = []

    def first() -> None:
        loop = VirtualClockLoop()
        tasks.append(loop.create_task(room.enter("dead")))

        async def stay() -> None:
            await turns(2)
            joined.set()
            behind.wait(20)

        loop.run_until_complete(stay())
        loop.close()

    thread = threading.Thread(target=first)
    thread.start()
    joined.wait(20)

    async def second() -> None:
        task = asyncio.ensure_future(room.enter("alive"))
        await turns(2)
        behind.set()
        thread.join(20)
        assert await task == 1
        assert now() == 10.0

    run(second())
    assert room.let_in == ["alive"]
    _forget(tasks)


def test_threads_are_served_in_the_order_in_which_they_came() -> None:
    room = Room(3)
    came: list[int] = []
    done: list[int] = []

    async def one(number: int) -> None:
        with room.guard:
            came.append(number)
            waiter = room.line.join(number)
        await room.line.wait(waiter)
        await turns(number % 3)
        done.append(number)
        room.leave()

    async def many(start: int) -> None:
        for begin in range(start, start + 200, 20):
            await asyncio.gather(*[one(number) for number in range(begin, begin + 20)])

    in_threads(*[partial(many, start) for start in (0, 1000, 2000)])
    assert room.let_in == came
    assert len(done) == 600
    assert room.seats == 3
    assert room.line.idle()


def test_cancelled_waiters_of_several_threads_lose_no_seat() -> None:
    room = Room(2)

    async def one(number: int) -> None:
        task = asyncio.ensure_future(room.enter(number))
        await turns(number % 5)
        if number % 2:
            task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            room.leave()

    async def many() -> None:
        for _ in range(10):
            await asyncio.gather(*[one(number) for number in range(20)])

    in_threads(many, many)
    assert room.seats == 2
    assert room.line.idle()


async def test_a_clock_that_goes_backwards_stands_still() -> None:
    room = Room()
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualClockLoop)
    loop.jump(50)
    assert room.line.now() == 50
    loop.jump(-20)
    assert room.line.now() == 50
    loop.jump(21)
    assert room.line.now() == 51


def test_without_a_running_loop_the_latest_time_counts() -> None:
    room = Room()

    async def look() -> None:
        await asyncio.sleep(3)
        assert room.line.now() == 3.0

    run(look())
    assert room.line.now() == 3.0


def _forget(tasks: list[Any]) -> None:
    """Tasks of a loop that died are never finished; let nobody complain of that."""
    for task in tasks:
        task._log_destroy_pending = False
