"""One timer for many things that fall due in order."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.testing import run
from ai_sdk.timers import Queue, Queues


class Thing:
    def __init__(self) -> None:
        self.at: list[float] = []

    def interrupt(self) -> None:
        self.at.append(asyncio.get_running_loop().time())


def timers() -> list[Any]:
    loop: Any = asyncio.get_running_loop()
    return [handle for handle in loop._scheduled if not handle.cancelled()]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 0, 3, 9, 11, 12])), max_size=12))
def test_each_is_interrupted_at_its_moment_unless_it_was_removed(plan: list[tuple[int, int | None]]) -> None:
    async def trial() -> None:
        queue, expected, things = Queue(), list[list[float]](), list[Thing]()
        loop = asyncio.get_running_loop()
        for wait, removed in plan:
            await asyncio.sleep(wait)
            thing, due = Thing(), loop.time() + 10
            queue.add(thing, due)
            things.append(thing)
            gone = removed is not None and removed < 10
            expected.append([] if gone else [due])
            if removed is not None:
                loop.call_later(removed, queue.remove, thing)
            assert len([handle for handle in timers() if "_look" in repr(handle)]) == 1
        await asyncio.sleep(100)
        assert [thing.at for thing in things] == expected
        assert not timers()

    run(trial())


def test_queues_belong_to_their_loop_and_do_not_keep_it() -> None:
    queues = Queues("a", "b")

    async def main() -> tuple[Any, weakref.ref[Any]]:
        assert queues.here() is queues.here()
        assert set(queues.here()) == {"a", "b"}
        queues.here()["a"].add(Thing(), 100.0)
        return queues.here()["a"], weakref.ref(asyncio.get_running_loop())

    first, loop = run(main())
    second, _ = run(main())
    assert first is not second
    gc.collect()
    assert loop() is None
