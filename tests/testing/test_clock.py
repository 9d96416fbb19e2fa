"""The virtual clock: free, exact, repeatable, and honest about a deadlock."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.testing import DeadlockError, VirtualClockLoop, run


def test_sleeping_is_free_and_exact() -> None:
    async def main() -> float:
        await asyncio.sleep(3600 * 24 * 365)
        return asyncio.get_running_loop().time()

    assert run(main()) == 3600 * 24 * 365


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e8), min_size=1, max_size=8))
def test_timers_fire_in_order_and_never_early(delays: list[float]) -> None:
    async def main() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        fired: list[tuple[float, float]] = []

        async def one(delay: float) -> None:
            await asyncio.sleep(delay)
            fired.append((delay, loop.time()))

        await asyncio.gather(*[one(delay) for delay in delays])
        return fired

    fired = run(main())
    assert [delay for delay, _ in fired] == sorted(delays)
    for delay, at in fired:
        assert at == pytest.approx(delay, abs=1e-6, rel=1e-9)
    assert run(main()) == fired


def test_a_timeout_is_on_the_same_clock() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(10)
        return asyncio.get_running_loop().time()

    assert run(main()) == 5


def test_waiting_for_nothing_is_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(DeadlockError, match="nothing can wake one"):
        run(main())


def test_jobs_in_threads_stop_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("hi")
    gate = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        late = asyncio.create_task(asyncio.sleep(1))
        waiting = asyncio.create_task(asyncio.to_thread(gate.wait, 20))
        assert await asyncio.to_thread(path.read_text) == "hi"
        assert loop.time() == 0
        assert isinstance(loop, VirtualClockLoop)
        assert loop.waits_for_threads()
        gate.set()
        assert await waiting
        assert not loop.waits_for_threads()
        await late
        assert loop.time() == 1

    run(main())


def test_sockets_work() -> None:
    async def main() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
        async with server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"hello\n")
            got = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return got

    assert run(main()) == b"hello\n"


def test_a_socket_that_is_not_ready_yet_is_waited_for() -> None:
    here, there = socket.socketpair()

    async def main() -> bytes:
        reader, writer = await asyncio.open_connection(sock=here)
        thread = threading.Thread(target=there.sendall, args=(b"late\n",))
        asyncio.get_running_loop().call_later(5, thread.start)
        line = await reader.readline()
        thread.join()
        writer.close()
        await writer.wait_closed()
        return line

    assert run(main()) == b"late\n"
    there.close()


def test_a_cancelled_job_counts_no_longer() -> None:
    gate = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualClockLoop)
        task = asyncio.create_task(asyncio.to_thread(gate.wait, 20))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
        assert not loop.waits_for_threads()
        gate.set()

    run(main())


def test_run_gives_back_what_main_returns_and_raises_what_it_raises() -> None:
    async def fail() -> None:
        raise KeyError("x")

    async def give() -> str:
        return "ok"

    assert run(give(), debug=True) == "ok"
    with pytest.raises(KeyError):
        run(fail())
