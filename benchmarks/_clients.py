"""The clients that ``overhead.py`` compares, and what one of them does in its own process.

``python benchmarks/_clients.py CASE JSON`` measures one case against a running stub server and prints one JSON object.
Each client is made inside its own function, so that a process imports only what it measures and other environments need
nothing of ours. Other libraries are in ``_peers.py``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import _peers
from _case import KEY, MODEL, PROMPT, Client
from _stub import CHUNKS, PACE, TEXT, pin

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResponse

    ChatModel: TypeAlias = Model[LanguageRequest, LanguageResponse]


@dataclass(frozen=True)
class Plan:
    """How much to measure: calls in a row, at ``concurrency`` and in a ``crowd``; streams; calls that are ``kept``."""

    url: str
    cpu: int | None = None
    warm_up: int = 200
    sequential: int = 600
    concurrent: int = 2000
    concurrency: int = 100
    many: int = 3000
    crowd: int = 1000
    bursts: int = 40
    paced: int = 4
    kept: int = 100_000


def _body(stream: bool) -> bytes:
    body: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}]}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return json.dumps(body).encode()


def _headers() -> dict[str, str]:
    return {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


def _text(answer: bytes) -> str:
    text: str = json.loads(answer)["choices"][0]["message"]["content"]
    return text


def _piece(data: str | bytes) -> int:
    """Decode one event as a careful hand-written loop would; whether it had text."""
    chunk = json.loads(data)
    if "error" in chunk:
        raise RuntimeError(chunk["error"])
    choices = chunk["choices"]
    return 1 if choices and choices[0]["delta"].get("content") else 0


async def raw_httpx(url: str) -> Client:
    """httpx as its users write it: one client, no limit below the concurrency that is measured."""
    import httpx

    client = httpx.AsyncClient(limits=httpx.Limits(max_connections=None, max_keepalive_connections=1000))

    async def call() -> str:
        response = await client.post(f"{url}/v1/chat/completions", content=_body(False), headers=_headers())
        response.raise_for_status()
        return _text(await response.aread())

    async def stream(base: str) -> int:
        count = 0
        where = f"{base}/chat/completions"
        async with client.stream("POST", where, content=_body(True), headers=_headers()) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    count += _piece(line[6:])
        return count

    return Client(call, stream, client.aclose)


async def raw_aiohttp(url: str) -> Client:
    """aiohttp as its users write it: one session, no limit, a loop over lines."""
    import aiohttp

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def call() -> str:
        async with session.post(f"{url}/v1/chat/completions", data=_body(False), headers=_headers()) as response:
            response.raise_for_status()
            return _text(await response.read())

    async def stream(base: str) -> int:
        count = 0
        async with session.post(f"{base}/chat/completions", data=_body(True), headers=_headers()) as response:
            response.raise_for_status()
            async for line in response.content:
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    count += _piece(line[6:])
        return count

    return Client(call, stream, session.close)


def _models(url: str, layers: bool) -> tuple[ChatModel, ChatModel, Callable[[], Awaitable[None]]]:
    """Our model on the plain address and on the paced one, and what closes their HTTP clients."""
    from ai_sdk import wrap_model
    from ai_sdk.http import default_http
    from ai_sdk.middleware import default_settings, logging, retry, timeout
    from ai_sdk.providers.openai_compatible import create_openai_compatible

    def model(base: str) -> ChatModel:
        bare = create_openai_compatible(name="stub", base_url=base, api_key=KEY)(MODEL)
        stack = [logging(), timeout(total=60), default_settings(temperature=0.2), retry()]
        return wrap_model(bare, stack) if layers else bare

    return model(f"{url}/v1"), model(f"{url}/paced/v1"), default_http().aclose


async def ours_model(url: str) -> Client:
    """Our provider's model, called directly with a request."""
    from ai_sdk.messages import TextPart, UserMessage
    from ai_sdk.parts import TextDelta
    from ai_sdk.requests import LanguageRequest

    model, paced, close = _models(url, layers=False)

    def request(stream: bool) -> LanguageRequest:
        return LanguageRequest(messages=(UserMessage((TextPart(PROMPT),)),), stream=stream)

    async def call() -> str:
        return (await (await model(request(False))).result()).text

    async def stream(base: str) -> int:
        count = 0
        async with await (paced if "/paced/" in base else model)(request(True)) as response:
            async for part in response:
                count += isinstance(part, TextDelta)
        return count

    return Client(call, stream, close)


async def _ours(url: str, layers: bool) -> Client:
    from ai_sdk import generate_text, stream_text

    model, paced, close = _models(url, layers)

    async def call() -> str:
        return (await generate_text(model, PROMPT)).text

    async def stream(base: str) -> int:
        count = 0
        async with stream_text(paced if "/paced/" in base else model, PROMPT) as answer:
            async for _ in answer.text:
                count += 1
        return count

    return Client(call, stream, close)


async def ours(url: str) -> Client:
    """``generate_text`` and ``stream_text`` with a bare model."""
    return await _ours(url, layers=False)


async def ours_stack(url: str) -> Client:
    """``generate_text`` and ``stream_text`` through logging, timeout, default_settings and retry."""
    return await _ours(url, layers=True)


CASES: dict[str, Callable[[str], Awaitable[Client]]] = {
    "raw aiohttp": raw_aiohttp,
    "raw httpx": raw_httpx,
    "ai_sdk: model": ours_model,
    "ai_sdk: generate_text": ours,
    "ai_sdk: stack of 4 layers": ours_stack,
    "openai": _peers.openai,
    "openai on aiohttp": _peers.openai_aiohttp,
    "litellm": _peers.litellm,
    "pydantic-ai": _peers.pydantic_ai,
    "langchain-openai": _peers.langchain,
    "any-llm": _peers.any_llm,
}
PEERS: dict[str, tuple[str, ...]] = {
    "openai": ("openai",),
    "openai on aiohttp": ("openai[aiohttp]",),
    "litellm": ("litellm",),
    "pydantic-ai": ("pydantic-ai-slim[openai]",),
    "langchain-openai": ("langchain-openai",),
    "any-llm": ("any-llm-sdk[openai]",),
}
"""What a case needs beside this environment: the requirements of a throw-away one."""


@dataclass
class Measured:
    """Of one case in one process. Times in the unit of their name; CPU is that of this process; 0 is a failure."""

    first_call_ms: float = 0.0
    sequential_us: float = 0.0
    sequential_p99_us: float = 0.0
    sequential_cpu_us: float = 0.0
    concurrent_per_s: float = 0.0
    concurrent_cpu_us: float = 0.0
    crowd_per_s: float = 0.0
    crowd_cpu_us: float = 0.0
    burst_ms: float = 0.0
    burst_cpu_ms: float = 0.0
    chunk_us: float = 0.0
    paced_cpu_ms: float = 0.0
    import_ms: float = 0.0
    rss_mb: float = 0.0
    kept_mb: float = 0.0


async def _call(client: Client) -> None:
    text = await client.call()
    assert text == TEXT, text


async def _stream(client: Client, base: str) -> None:
    pieces = await client.stream(base)
    assert CHUNKS - 1 <= pieces <= CHUNKS + 2, pieces


async def _sequential(client: Client, plan: Plan, out: Measured) -> None:
    for _ in range(plan.warm_up):
        await _call(client)
    gc.collect()
    took: list[float] = []
    cpu = time.process_time()
    for _ in range(plan.sequential):
        start = time.perf_counter()
        await _call(client)
        took.append(time.perf_counter() - start)
    out.sequential_cpu_us = (time.process_time() - cpu) / plan.sequential * 1e6
    out.sequential_us = statistics.median(took) * 1e6
    out.sequential_p99_us = sorted(took)[int(len(took) * 0.99)] * 1e6


async def _at_once(client: Client, calls: int, concurrency: int) -> None:
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await _call(client)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())


async def _rate(client: Client, calls: int, concurrency: int) -> tuple[float, float]:
    """Calls a second, and microseconds of CPU a call."""
    await _at_once(client, concurrency, concurrency)
    gc.collect()
    cpu, start = time.process_time(), time.perf_counter()
    await _at_once(client, calls, concurrency)
    return calls / (time.perf_counter() - start), (time.process_time() - cpu) / calls * 1e6


async def _concurrent(client: Client, plan: Plan, out: Measured) -> None:
    out.concurrent_per_s, out.concurrent_cpu_us = await _rate(client, plan.concurrent, plan.concurrency)
    if plan.many:
        try:
            out.crowd_per_s, out.crowd_cpu_us = await _rate(client, plan.many, plan.crowd)
        except Exception as error:
            print(f"{plan.crowd} at once: {error!r:.300}", file=sys.stderr)


async def _kept(client: Client, plan: Plan, out: Measured) -> None:
    """The resident memory after many calls, less that before them."""
    if not plan.kept or not Path("/proc/self/statm").exists():
        return
    gc.collect()
    before = _resident_mb()
    await _at_once(client, plan.kept, plan.concurrency)
    gc.collect()
    out.kept_mb = _resident_mb() - before


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _bursts(client: Client, plan: Plan, out: Measured) -> None:
    for _ in range(3):
        await _stream(client, f"{plan.url}/v1")
    gc.collect()
    took: list[float] = []
    cpu = time.process_time()
    for _ in range(plan.bursts):
        start = time.perf_counter()
        await _stream(client, f"{plan.url}/v1")
        took.append(time.perf_counter() - start)
    out.burst_cpu_ms = (time.process_time() - cpu) / plan.bursts * 1e3
    out.burst_ms = statistics.median(took) * 1e3
    out.chunk_us = out.burst_ms * 1e3 / CHUNKS


async def _paced(client: Client, plan: Plan, out: Measured) -> None:
    if not plan.paced:
        return
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(plan.paced):
        await _stream(client, f"{plan.url}/paced/v1")
    out.paced_cpu_ms = (time.process_time() - cpu) / plan.paced * 1e3
    least = CHUNKS * PACE * plan.paced * 0.9
    assert time.perf_counter() - start > least, "the server did not pace"


async def measure(case: str, plan: Plan) -> Measured:
    """Everything about one case; the first call counts the imports that it needs."""
    out = Measured()
    start = time.perf_counter()
    client = await CASES[case](plan.url)
    out.import_ms = (time.perf_counter() - start) * 1e3
    try:
        await _call(client)
        out.first_call_ms = (time.perf_counter() - start) * 1e3
        await _sequential(client, plan, out)
        await _bursts(client, plan, out)
        await _concurrent(client, plan, out)
        await _paced(client, plan, out)
        await _kept(client, plan, out)
    finally:
        await client.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out.rss_mb = peak / (1024 if sys.platform == "linux" else 1024 * 1024)
    return out


METRICS = tuple(field.name for field in fields(Measured))

if __name__ == "__main__":
    chosen = Plan(**json.loads(sys.argv[2]))
    pin(chosen.cpu)
    print(json.dumps(asdict(asyncio.run(measure(sys.argv[1], chosen)))))
