"""How costs grow: with concurrency, history, tools, chunks, a cache, calls already made, and processes.

``python benchmarks/scale.py [--quick] [--only PART ...] [--laps N] [--nice N] [--results DIR]``

``growth``: CPU time of a call through ``generate_text`` or ``stream_text`` over loopback HTTP, the least of the rounds;
of a cache hit in memory. ``memory``: a million calls and a hundred thousand streams in one process, see
``_endurance.py``. ``redis``: processes that share one limit in a Redis of their own (``scripts/redis.sh`` installs it),
with a limit that binds and with one that does not. The stub server has a process of its own everywhere.

Ends with status 1 when something stayed in memory or a limit did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from _case import KEY, MODEL, PROMPT
from _endurance import Task, at_once
from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import TEXT, WORD, pin, stub_server

from ai_sdk import generate_text, stream_text, tool, wrap_model
from ai_sdk.http import HTTP
from ai_sdk.messages import TextPart, assistant, user
from ai_sdk.middleware import cache, rate_limit
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.tools import Tool

    ChatModel: TypeAlias = Model[LanguageRequest, LanguageResponse]

PARTS = ("growth", "memory", "redis")
PROCESSES = (1, 2, 4)
LIMIT = 100
"""Calls a second, for all processes together."""
_THREADS = ThreadPoolExecutor(max(PROCESSES))


@dataclass(frozen=True)
class Amounts:
    """How much of everything."""

    rounds: int = 9
    calls: int = 200
    concurrency: tuple[int, ...] = (1, 10, 100, 1000)
    history: tuple[int, ...] = (1, 10, 100, 1000)
    tools: tuple[int, ...] = (0, 1, 10, 100)
    chunks: tuple[int, ...] = (10, 100, 1000, 10_000)
    entries: tuple[int, ...] = (10, 1000, 100_000)
    seconds: float = 5.0
    laps: int = 1000
    lap: int = 1000
    nice: int = 0


QUICK = Amounts(2, 40, (1, 100), (1, 100), (0, 10), (10, 1000), (10, 1000), 1.5, 20, 100)


@dataclass(frozen=True)
class Growth:
    """What one thing costs at one size, in microseconds."""

    what: str
    size: int
    us: float
    unit: str = "a call"


def model_at(url: str, base: str, http: HTTP) -> ChatModel:
    """A chat model of the stub server."""
    return create_openai_compatible(name="stub", base_url=f"{url}/{base}", api_key=KEY, http=http)(MODEL)


async def least(work: Callable[[int], Awaitable[None]], amount: int, concurrency: int, rounds: int) -> float:
    """The least CPU time of ``amount`` pieces of work, in microseconds for one."""
    taken: list[float] = []
    for _ in range(rounds + 1):
        gc.collect()
        start = time.process_time()
        await at_once(work, amount, concurrency)
        taken.append((time.process_time() - start) / amount * 1e6)
    return min(taken[1:])


async def growths(url: str, amounts: Amounts) -> list[Growth]:
    """Everything that is measured by CPU time."""
    http = HTTP()
    model = model_at(url, "v1", http)
    found: list[Growth] = []
    for size in amounts.concurrency:
        found.append(Growth("calls at once", size, await _call_cost(model, amounts, size)))
    for size in amounts.history:
        turns = [user(PROMPT) if at % 2 == 0 else assistant(TEXT) for at in range(size)]
        found.append(
            Growth("messages of 85 and 450 characters", size, await _call_cost(model, amounts, 1, messages=turns))
        )
    for size in amounts.tools:
        given = [_tool(at) for at in range(size)]
        found.append(Growth("tools", size, await _call_cost(model, amounts, 1, tools=given)))
    for size in amounts.chunks:
        found.append(await _stream_cost(model_at(url, f"{size}/v1", http), amounts, size))
    for size in amounts.entries:
        found.append(await _hit_cost(amounts, size))
    await http.aclose()
    return found


async def _call_cost(model: ChatModel, amounts: Amounts, concurrency: int, **settings: Any) -> float:
    prompt = None if "messages" in settings else PROMPT

    async def call(_number: int) -> None:
        assert (await generate_text(model, prompt, **settings)).text == TEXT

    return await least(call, max(amounts.calls, concurrency), concurrency, amounts.rounds)


def _tool(number: int) -> Tool[[str, int], str]:
    def look(city: str, days: int = 1) -> str:
        """Look up the weather of a city, for so many days."""
        return f"{city} {days}"

    return tool(name=f"look_{number}")(look)


async def _stream_cost(model: ChatModel, amounts: Amounts, chunks: int) -> Growth:
    async def stream(_number: int) -> None:
        async with stream_text(model, PROMPT) as answer:
            assert [piece async for piece in answer.text] == [WORD] * chunks

    streams = max(1, amounts.calls * 10 // chunks)
    return Growth("chunks", chunks, await least(stream, streams, 1, amounts.rounds) / chunks, "a chunk")


async def _hit_cost(amounts: Amounts, entries: int) -> Growth:
    async def answer(_request: LanguageRequest) -> LanguageResponse:
        parts: list[LanguagePart] = [TextDelta(TEXT), Finish("stop", Usage())]
        return LanguageResponse.of(parts, fold_language)

    model = wrap_model(answer, [cache(max_size=entries)])
    requests = [LanguageRequest(messages=(user(TextPart(f"{PROMPT} {at}")),)) for at in range(entries)]

    async def ask(number: int) -> None:
        response = await model(requests[number * 7919 % entries])
        assert (await response.result()).text == TEXT

    await at_once(ask, entries, 1)
    return Growth("answers in the cache, all hits", entries, await least(ask, amounts.calls * 5, 1, amounts.rounds))


def endurance(url: str, amounts: Amounts, cpu: int | None) -> dict[str, Any]:
    """The memory run, in a process of its own; what it says is shown while it runs."""
    task = Task(url, amounts.laps, amounts.lap, cpu=cpu, nice=amounts.nice)
    command = [sys.executable, str(Path(__file__).with_name("_endurance.py")), json.dumps(asdict(task))]
    lines: list[dict[str, Any]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            lines.append(json.loads(line))
    if process.returncode:
        raise SystemExit("the memory run failed")
    return {**lines[-1], "samples": lines[:-1]}


@contextmanager
def redis_server() -> Generator[str | None]:
    """The URL of a Redis of our own, without persistence; None where there is none."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("Redis did not start")


def fan_out(url: str, redis: str, amounts: Amounts, processes: int, requests: int) -> dict[str, Any]:
    """How many calls the processes make together, and the most that any second had."""
    job = {"url": url, "redis": redis, "name": f"{processes}-{requests}", "requests": requests}
    command = [sys.executable, __file__, "--worker", json.dumps({**job, "seconds": amounts.seconds})]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for each in workers:
        assert each.stdout is not None
        each.stdout.readline()
    told = [_told(each) for each in workers]
    moments = sorted(moment for said in told for moment in said.result())
    per_s = len(moments) / amounts.seconds
    return {"processes": processes, "limit": requests, "per_s": per_s, "most": _most_in_a_second(moments)}


def _told(worker: subprocess.Popen[str]) -> Future[list[float]]:
    """Let a worker begin; what it will say."""

    def say() -> list[float]:
        said, _ = worker.communicate("go\n")
        if worker.returncode:
            raise SystemExit("a worker failed")
        moments: list[float] = json.loads(said)
        return moments

    return _THREADS.submit(say)


def _most_in_a_second(moments: list[float]) -> int:
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


async def worker(job: dict[str, Any]) -> list[float]:
    """Call as often as the shared limit lets through; when each call was let through, by the machine's clock."""
    from ai_sdk.stores.redis import RedisConnection
    from ai_sdk.stores.redis_limits import RedisRateLimiter

    redis = RedisConnection(job["redis"], timeout=5.0)
    http = HTTP()
    bare = model_at(job["url"], "v1", http)
    now = asyncio.get_running_loop().time
    moments: list[float] = []

    async def noted(request: LanguageRequest) -> LanguageResponse:
        moments.append(now())
        return await bare(request)

    def limited(name: str) -> ChatModel:
        limiter = RedisRateLimiter(redis, name=name, requests=job["requests"], per=1.0)
        return wrap_model(noted, [rate_limit(limiter)])

    await generate_text(limited("warm-up"), PROMPT)
    moments.clear()
    model = limited(job["name"])
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    end = now() + job["seconds"]

    async def until_the_end(_number: int) -> None:
        while now() < end:
            await generate_text(model, PROMPT)

    with suppress(TimeoutError):
        async with asyncio.timeout_at(end):
            await at_once(until_the_end, 20, 20)
    await http.aclose()
    return moments


def growth_table(found: list[Growth]) -> str:
    """One row a thing, one column a size."""
    names = list(dict.fromkeys(each.what for each in found))
    rows: list[list[str]] = []
    for name in names:
        points = [each for each in found if each.what == name]
        cells = [f"{each.size:,}: {each.us:,.1f}" for each in points]
        rows.append([f"{name} (µs {points[0].unit})", *cells, *[""] * (4 - len(cells))])
    return table(["CPU time by size", "", "", "", ""], rows)


def memory_table(found: dict[str, Any]) -> str:
    """What the memory run found."""
    rows = [
        [
            f"{found['calls']:,}",
            f"{found['streams']:,}",
            f"{found['first_mb']:.1f}",
            f"{found['last_mb']:.1f}",
            f"{found['growth']:+.2%}",
            f"{max(each['tasks'] for each in found['samples']) - 1}",
            f"{max(each['connections'] for each in found['samples'])}",
            f"{found['connections_after_close']}",
            f"{found['descriptors_before']} / {found['descriptors_after']}",
        ]
    ]
    header = ["calls", "streams, half given up", "MB after warm-up", "MB at the end", "growth", "tasks left"]
    return table([*header, "connections, most", "after closing", "descriptors before / after"], rows)


def redis_table(found: list[dict[str, Any]]) -> str:
    """Calls a second by processes."""
    rows = [
        [f"{each['processes']}", f"{each['limit']:,}", f"{each['per_s']:,.0f}", f"{each['most']:,}"] for each in found
    ]
    return table(["processes with one limit in Redis", "limit, calls/s", "calls/s", "most in any second"], rows)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke test: half a minute")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--laps", type=int, help="of 1,000 calls and 100 streams for the memory: 1,000")
    parser.add_argument("--nice", type=int, default=0, help="of the memory run")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(options: argparse.Namespace, amounts: Amounts) -> tuple[list[str], dict[str, Any], list[str]]:
    """The tables, the numbers, and what should not have been found."""
    texts: list[str] = []
    data: dict[str, Any] = {}
    wrong: list[str] = []
    server_cpu, client_cpu = two_cpus()
    if "growth" in options.only:
        with stub_server(server_cpu) as url, ThreadPoolExecutor(1) as thread:
            thread.submit(pin, client_cpu).result()
            found = thread.submit(asyncio.run, growths(url, amounts)).result()
        texts.append(growth_table(found))
        data["growth"] = [asdict(each) for each in found]
    if "redis" in options.only:
        with stub_server() as url, redis_server() as redis:
            if redis is None:
                texts.append("no Redis: run sh scripts/redis.sh")
            else:
                limits = (LIMIT, 1_000_000)
                shared = [fan_out(url, redis, amounts, count, limit) for limit in limits for count in PROCESSES]
                texts.append(redis_table(shared))
                data["redis"] = shared
                wrong += [f"the limit did not hold: {each}" for each in shared if each["most"] > each["limit"]]
    if "memory" in options.only:
        with stub_server(server_cpu) as url:
            kept = endurance(url, amounts, client_cpu)
        texts.append(memory_table(kept))
        data["memory"] = kept
        wrong += kept["failures"]
    return texts, data, wrong


def main() -> None:
    """Measure, print and write."""
    options = arguments()
    if options.worker:
        print(json.dumps(asyncio.run(worker(json.loads(options.worker)))))
        return
    chosen = QUICK if options.quick else Amounts()
    amounts = replace(chosen, laps=options.laps or chosen.laps, nice=options.nice)
    start = machine()
    texts, data, wrong = measure(options, amounts)
    text = "\n\n".join([*texts, described(start, versions()), *wrong])
    name = "scale-quick" if options.quick else "scale"
    write(name, text, {"machine": start, "amounts": asdict(amounts), **data, "wrong": wrong}, options.results)
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
