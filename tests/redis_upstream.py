"""The upstream server of tests with several processes, which notes when each request arrives; and the processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis_kit import Server


class Upstream(threading.Thread):
    """An HTTP server. ``arrivals`` has the times for each run and process; the runs in ``broken`` get status 500."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.arrivals: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        self.broken: set[str] = set()
        self.port = 0
        self.ready = threading.Event()
        self._end = asyncio.Event()
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def of(self, run: str, process: int | None = None) -> list[float]:
        """When the requests of a run arrived."""
        logs = [log for (name, number), log in [*self.arrivals.items()] if name == run and process in (None, number)]
        return sorted(arrival for log in logs for arrival in [*log])

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self.join()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self._end.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            await asyncio.wait({task})

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                now = time.perf_counter()
                _, run, process = head.split()[1].decode().split("/")
                self.arrivals[run, int(process)].append(now)
                status = "500 Broken" if run in self.broken else "200 OK"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@contextmanager
def fleet(redis: Server, processes: int, runs: Mapping[str, Any]) -> Generator[Upstream]:
    """The upstream, and so many processes that call it. They must not have said anything at the end."""
    upstream = Upstream()
    upstream.start()
    upstream.ready.wait()
    settings = {"redis": redis.port, "upstream": upstream.port, "processes": processes, "runs": runs}
    program = Path(__file__).parent / "redis_worker.py"
    started = subprocess.Popen(
        [sys.executable, str(program), json.dumps(settings)], stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield upstream
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        assert started.stderr is not None
        said = started.stderr.read().decode()
        started.wait()
        started.stderr.close()
        upstream.stop()
        assert not said
