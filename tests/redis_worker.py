"""Processes that call an upstream server all the time through layers that share state: a program for tests.

Its one argument is JSON: the ports of Redis and of the upstream, how many processes there are, and the runs: by its
name, the kind of a run's layer, its options, and the pause between two calls. Every process asks for ``POST
/run/process`` over and over, in three tasks for each run. It ends when it is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from typing import Any

from ai_sdk.errors import LayerError, ServerError
from ai_sdk.middleware import budget, circuit_breaker, rate_limit
from ai_sdk.stores import _redis_door as _redis_door  # imported before the forks
from ai_sdk.stores.redis import RedisConnection
from ai_sdk.stores.redis_limits import RedisRateLimiter
from ai_sdk.stores.redis_state import RedisCircuitBreaker, RedisLedger

TASKS = 3
STATES: dict[str, Any] = {"rate_limit": RedisRateLimiter, "circuit_breaker": RedisCircuitBreaker, "budget": RedisLedger}
LAYERS: dict[str, Any] = {"rate_limit": rate_limit, "circuit_breaker": circuit_breaker, "budget": budget}


async def call_for_ever(port: int, path: str, layer: Any, pause: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def upstream(request: str) -> str:
        writer.write(f"POST {request} HTTP/1.1\r\nHost: upstream\r\nContent-Length: 0\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if " 200 " not in head:
            raise ServerError("broken", status=500)
        return head

    model = layer(upstream)
    while True:
        try:
            await model(path)
            await asyncio.sleep(pause)
        except (LayerError, ServerError):
            await asyncio.sleep(0.02)


async def work(settings: dict[str, Any], process: int) -> None:
    calls: list[Any] = []
    for name, run in settings["runs"].items():
        redis = RedisConnection(f"redis://127.0.0.1:{settings['redis']}/0", timeout=0.5, probe_interval=0.2)
        layer = LAYERS[run["layer"]](STATES[run["layer"]](redis, name=name, **run["options"]))
        calls += [call_for_ever(settings["upstream"], f"/{name}/{process}", layer, run["pause"]) for _ in range(TASKS)]
    await asyncio.gather(*calls)


def main() -> None:
    settings = json.loads(sys.argv[1])
    for process in range(settings["processes"]):
        if os.fork() == 0:
            try:
                asyncio.run(work(settings, process))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
    while True:
        os.wait()


if __name__ == "__main__":
    main()
