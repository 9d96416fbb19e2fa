"""What the gateway adds to a call under load, with faults upstream, beside a direct call and litellm's proxy.

``python benchmarks/gateway.py [--seconds 60] [--concurrency 16] [--litellm PATH] [--results DIR]``

One upstream in a process of its own answers after some milliseconds; one call in fifty fails there with 429 or 500, and
half of the calls are streams. Client, upstream and gateway share the CPUs of the machine, so only ratios within this
run mean something. The targets take turns, a slice at a time: the upstream itself, our gateway with one and with two
workers, and the proxy with as many, each with one retry and nothing else. ``--litellm`` is the ``litellm`` program of
an environment that has ``litellm[proxy]``; without it those rows are missing. Memory and open files are those of a
target's processes at the start of the first slice and at the end of the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
from _report import RESULTS, described, machine, table, versions, write

KEY = "sk-benchmark-0123456789"
ANSWER = "The sky is blue because air scatters short waves of light more than long ones."
PIPELINE = """
    import os
    from ai_sdk import wrap_model
    from ai_sdk.middleware import retry
    from ai_sdk.providers.openai_compatible import create_openai_compatible
    from ai_sdk.server import Gateway, Key

    upstream = create_openai_compatible(name="upstream", base_url=os.environ["UPSTREAM"])
    gateway = Gateway({"m": wrap_model(upstream("m"), [retry(attempts=2, base=0.01)])}, keys=[Key("SECRET", "load")])
"""
PROXY = {
    "router_settings": {"num_retries": 1, "retry_after": 0},
    "general_settings": {"master_key": KEY},
}


@dataclass
class Slice:
    """What the calls of one target were, over all its slices."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list[float])
    statuses: dict[str, int] = field(default_factory=dict[str, int])

    def percentile(self, share: float) -> float:
        """A percentile of the good calls, in milliseconds."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 if ranked else float("nan")


async def upstream(port: int) -> None:
    """Serve the dialect until killed: 2 to 8 ms, and one failure in fifty."""
    draw = random.Random(1)
    words = ANSWER.split()
    whole = json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"},
            ],
            "usage": {"prompt_tokens": 9, "completion_tokens": 15, "total_tokens": 24},
        }
    ).encode()
    chunks = [_chunk({"content": f"{word} "}, None) for word in words] + [_chunk({}, "stop"), b"data: [DONE]\n\n"]

    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        stream = (await request.json()).get("stream")
        await asyncio.sleep(draw.uniform(0.002, 0.008))
        if draw.random() < 0.02:
            status = draw.choice([429, 500])
            return aiohttp.web.json_response({"error": {"message": "no", "type": "x", "code": None}}, status=status)
        if not stream:
            return aiohttp.web.Response(body=whole, content_type="application/json")
        response = aiohttp.web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        return response

    app = aiohttp.web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = aiohttp.web.AppRunner(app, access_log=None)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def _chunk(delta: Mapping[str, Any], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


async def load(url: str, seconds: float, concurrency: int, into: Slice) -> None:
    """Call as fast as the answers come, over ``concurrency`` connections."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    headers = {"authorization": f"Bearer {KEY}"}
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def caller(seed: int) -> None:
            draw = random.Random(seed)
            while loop.time() < end:
                stream = draw.random() < 0.5
                body = {"model": "m", "stream": stream, "messages": [{"role": "user", "content": "Why blue?"}]}
                started = loop.time()
                outcome = await _call(session, f"{url}/v1/chat/completions", body, stream=stream)
                into.statuses[outcome] = into.statuses.get(outcome, 0) + 1
                if outcome == "ok":
                    into.latencies.append(loop.time() - started)

        await asyncio.gather(*(caller(seed) for seed in range(concurrency)))
    into.seconds += seconds


async def _call(session: aiohttp.ClientSession, url: str, body: Any, *, stream: bool) -> str:
    try:
        async with session.post(url, json=body) as answer:
            data = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        return type(error).__name__
    if answer.status != 200:
        return str(answer.status)
    complete = data.rstrip().endswith(b"data: [DONE]") if stream else b"scatters" in data
    return "ok" if complete else "cut"


class Server:
    """A process with its children, on a port."""

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        quiet = subprocess.DEVNULL
        env = {**os.environ, **environment}
        self.process = subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet, start_new_session=True)

    def until_ready(self, seconds: float = 120) -> None:
        """Wait until it takes connections."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError(f"nothing listens on port {self.port}")

    def stop(self) -> None:
        """Kill it and its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def usage(self) -> tuple[float, int]:
        """MB of resident memory and open files, of all its processes."""
        pids = [self.process.pid, *_children(self.process.pid)]
        memory = sum(_resident(pid) for pid in pids)
        return memory, sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def start(folder: Path, litellm: str | None) -> dict[str, Server]:
    """The upstream, ours with one and with two workers, and the proxy."""
    port = _free_port()
    servers = {"direct": Server([sys.executable, __file__, "--upstream", str(port)], port, {})}
    base = {"UPSTREAM": f"{servers['direct'].url}/v1"}
    pipeline = folder / "pipeline.py"
    pipeline.write_text(textwrap.dedent(PIPELINE).replace("SECRET", KEY))
    for workers in (1, 2):
        port = _free_port()
        command = [sys.executable, "-m", "ai_sdk.cli", "serve", str(pipeline), "--port", str(port)]
        name = f"ours, {workers} worker{'s' * (workers > 1)}"
        servers[name] = Server([*command, "--workers", str(workers)], port, base)
    config = folder / "litellm.json"
    params = {"model": "openai/m", "api_key": "x", "api_base": base["UPSTREAM"]}
    config.write_text(json.dumps({**PROXY, "model_list": [{"model_name": "m", "litellm_params": params}]}))
    for workers in (1, 2) if litellm else ():
        port = _free_port()
        command = [str(litellm), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
        name = f"litellm, {workers} worker{'s' * (workers > 1)}"
        more = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        servers[name] = Server([*command, "--num_workers", str(workers)], port, more)
    for server in servers.values():
        server.until_ready()
    return servers


async def measure(servers: Mapping[str, Server], seconds: float, concurrency: int, slices: int) -> dict[str, Slice]:
    """Load the targets in turns; a short slice of each first does not count."""
    found = {name: Slice() for name in servers}
    for name, server in servers.items():
        await load(server.url, 2, concurrency, Slice())
        print(f"warm: {name}", file=sys.stderr)
    for number in range(slices):
        for name, server in servers.items():
            await load(server.url, seconds / slices, concurrency, found[name])
        print(f"slice {number + 1} of {slices}", file=sys.stderr)
    return found


def report(
    found: Mapping[str, Slice], before: Mapping[str, Any], after: Mapping[str, Any], where: Any, to: Path
) -> None:
    """Print and write the table."""
    direct = found["direct"]
    rate = len(direct.latencies) / direct.seconds
    rows: list[list[str]] = []
    data: dict[str, Any] = {"machine": where, "targets": {}}
    for name, each in found.items():
        ours = len(each.latencies) / each.seconds
        p50, p99 = each.percentile(0.5), each.percentile(0.99)
        calls = sum(each.statuses.values())
        failed = ", ".join(f"{count} {kind}" for kind, count in sorted(each.statuses.items()) if kind != "ok") or "none"
        more = (p50 - direct.percentile(0.5), p99 - direct.percentile(0.99))
        figures = [f"{ours / rate:.2f}", f"{more[0]:+.1f}", f"{more[1]:+.1f}", str(calls), failed]
        rows.append([name, *figures, _change(name, before, after)])
        data["targets"][name] = {"rate": ours, "p50_ms": p50, "p99_ms": p99, "outcomes": each.statuses}
    header = ["", "calls/s of direct", "p50 ms over direct", "p99 ms over direct", "calls", "failed", "memory, files"]
    data |= {"before": before, "after": after}
    write("gateway", f"{table(header, rows)}\n\n{described(where, versions())}", data, to)


def _change(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    (memory, files), (later, open_files) = before[name], after[name]
    return f"{memory:.0f} to {later:.0f} MB, {files} to {open_files}"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of load for each target (default: 60)")
    parser.add_argument("--slices", type=int, default=6)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--litellm", help="the litellm program of an environment with litellm[proxy]")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--upstream", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.upstream:
        asyncio.run(upstream(args.upstream))
        return
    where = machine()
    with tempfile.TemporaryDirectory() as folder:
        servers = start(Path(folder), args.litellm)
        try:
            before = {name: server.usage() for name, server in servers.items()}
            found = asyncio.run(measure(servers, args.seconds, args.concurrency, args.slices))
            after = {name: server.usage() for name, server in servers.items()}
        finally:
            for server in servers.values():
                server.stop()
    report(found, before, after, where, args.results)


if __name__ == "__main__":
    main()
