"""A batch over real HTTP whose process is killed with SIGKILL at random moments, and resumed.

``PYTHONPATH=src:tests python tests/live/test_batch_crash.py 50000`` does it with so many rows and says what it saw.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ai_sdk import generate_text
from ai_sdk.batch import map_rows
from ai_sdk.providers.openai import create_openai

CONCURRENCY = 32
KILLS = 5
PROMPT = re.compile(rb"row (\d+)!")


class Upstream(threading.Thread):
    """A chat server that counts how often it was asked for each row, and answers after a few milliseconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: Counter[int] = Counter()
        self.total = 0
        self.port = 0
        self.ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

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
                length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
                found = PROMPT.search(await reader.readexactly(length))
                assert found is not None
                row = int(found[1])
                self.asked[row] += 1
                self.total += 1
                await asyncio.sleep(0.001 * (row % 7))
                message = {"role": "assistant", "content": f"answer {row}"}
                body = json.dumps(
                    {
                        "id": f"c{row}",
                        "model": "m",
                        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
                    }
                ).encode()
                answer_head = (
                    f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                )
                writer.write(answer_head.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@dataclass(frozen=True)
class Seen:
    """What a trial saw: calls of the upstream, kills that hit, and the rows of the output."""

    rows: int
    calls: int
    kills: int
    output: list[dict[str, Any]]
    seconds: float


def trial(rows: int, folder: Path, seed: int) -> Seen:
    """Kill the process at five random moments, let the sixth end, and read its output."""
    upstream = Upstream()
    upstream.start()
    upstream.ready.wait()
    began = time.perf_counter()
    order = [sys.executable, __file__, "work", str(upstream.port), str(rows), str(folder)]
    try:
        kills = 0
        moments = sorted(random.Random(seed).sample(range(1, rows), KILLS))
        for moment in moments:
            worker = subprocess.Popen(order)
            while upstream.total < moment and worker.poll() is None:
                time.sleep(0.001)
            worker.send_signal(signal.SIGKILL)
            kills += worker.wait() == -signal.SIGKILL
        subprocess.run(order, check=True, timeout=600)
    finally:
        upstream.stop()
    lines = (folder / "out.jsonl").read_text().splitlines()
    seconds = time.perf_counter() - began
    return Seen(rows, upstream.total, kills, [json.loads(line) for line in lines], seconds)


def check(seen: Seen) -> None:
    """Every row exactly once, in order and right; no more calls than rows and ``CONCURRENCY`` for each kill."""
    assert seen.kills == KILLS
    assert [row["index"] for row in seen.output] == list(range(seen.rows))
    assert [row["value"] for row in seen.output] == [f"answer {n}" for n in range(seen.rows)]
    assert {row["input_tokens"] for row in seen.output} == {3}
    assert seen.rows <= seen.calls <= seen.rows + KILLS * CONCURRENCY


@pytest.mark.live
def test_a_batch_that_is_killed_gives_every_row_once(tmp_path: Path) -> None:
    check(trial(3000, tmp_path, seed=7))


@pytest.mark.live
def test_the_example_runs() -> None:
    example = Path(__file__).parents[2] / "examples" / "batch_map.py"
    done = subprocess.run([sys.executable, "-W", "error", str(example)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert re.search(
        r"12 rows, \d+ of them from the journal, 1[3-9] calls in all\nq7: ServerError after 2", done.stdout
    )


async def work(port: int, rows: int, folder: Path) -> None:
    """The process that is killed."""
    model = create_openai(api_key="none", base_url=f"http://127.0.0.1:{port}/v1")("m")

    async def answer(row: dict[str, int]) -> str:
        return (await generate_text(model, f"row {row['n']}!")).text

    dataset = ({"n": n} for n in range(rows))
    batch = map_rows(answer, dataset, concurrency=CONCURRENCY, journal=folder / "journal")
    await batch.write_jsonl(folder / "out.jsonl")


def main() -> None:
    if sys.argv[1] == "work":
        asyncio.run(work(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
        return
    with tempfile.TemporaryDirectory() as folder:
        seen = trial(int(sys.argv[1]), Path(folder), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 1)
        check(seen)
        print(
            f"{seen.rows} rows, {seen.kills} kills: {len(seen.output)} rows in the output, each once; "
            f"{seen.calls} calls, {seen.calls - seen.rows} more than rows (allowed {KILLS * CONCURRENCY}); "
            f"{seen.seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
