"""Workers that share their limits through a real Redis, which is killed and started again under them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from live.gateway.gateway_kit import gateway
from redis_kit import Server, grown_up, until

from ai_sdk.stores import RedisConnection

pytestmark = pytest.mark.live

PIPELINE = """
import asyncio
import os
from ai_sdk import wrap_model
from ai_sdk.middleware import rate_limit
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.server import Gateway, Key
from ai_sdk.stores import RedisConnection
from ai_sdk.stores.redis_limits import RedisRateLimiter

redis = RedisConnection(os.environ["REDIS"], timeout=1.0, probe_interval=0.1)

async def parts():
    for number in range(50):
        yield TextDelta(f"{number} ")
        await asyncio.sleep(0.05)
    yield Finish("stop", Usage(1, 50))

async def slow(request):
    return await LanguageResponse.start(parts(), fold_language)

async def quick(request):
    return LanguageResponse.of([TextDelta("ok"), Finish("stop", Usage(1, 1))], fold_language)

limit = RedisRateLimiter(redis, name="all", requests=30, per=60)
second = RedisRateLimiter(redis, name="second", requests=100, per=1)
gateway = Gateway({
    "counted": wrap_model(quick, [rate_limit(limit, max_wait=0)]),
    "steady": wrap_model(quick, [rate_limit(second, max_wait=0)]),
    "slow": wrap_model(slow, [rate_limit(second, max_wait=0)]),
})
"""


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    path = tmp_path / "shared.py"
    path.write_text(PIPELINE)
    return path


def call(address: str, model: str) -> tuple[int, str]:
    """The status, and the word of the error or the end of the stream."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        body = {"model": model, "stream": model == "slow", "messages": [{"role": "user", "content": "hi"}]}
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        answer = connection.getresponse()
        data = answer.read().decode()
        if answer.status == 200:
            return 200, data.strip().splitlines()[-1]
        return answer.status, str(json.loads(data)["error"]["code"])
    finally:
        connection.close()


def prepared(server: Server) -> None:
    """Limits that have been there for long, so that they admit at once."""
    redis = RedisConnection(server.url)
    grown_up(server, redis, "all:60", "second:1")


def test_two_workers_keep_one_limit(mortal: Server, pipeline: Path) -> None:
    prepared(mortal)
    with gateway("", "--workers", "2", pipeline=pipeline, environment={"REDIS": mortal.url}) as (_, address):
        statuses = [call(address, "counted")[0] for _ in range(60)]
    assert (statuses.count(200), statuses.count(429)) == (30, 30)


def test_an_outage_of_redis_refuses_new_calls_and_cuts_no_stream(mortal: Server, pipeline: Path) -> None:
    prepared(mortal)
    with gateway("", "--workers", "2", pipeline=pipeline, environment={"REDIS": mortal.url}) as (process, address):
        until(lambda: all(call(address, "steady")[0] == 200 for _ in range(12)))  # both workers know the limit
        streams: list[tuple[int, str]] = []
        readers = [threading.Thread(target=lambda: streams.append(call(address, "slow"))) for _ in range(6)]
        for reader in readers:
            reader.start()
        time.sleep(1)
        mortal.kill()
        during = [call(address, "steady") for _ in range(20)]
        for reader in readers:
            reader.join(30)
        assert {status for status, _ in during} <= {429, 503}
        assert streams == [(200, "data: [DONE]")] * 6
        mortal.start()
        until(lambda: call(address, "steady")[0] == 200)
        assert "Traceback" not in process.output
