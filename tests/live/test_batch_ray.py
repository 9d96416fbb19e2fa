"""Ray Data on this machine: two workers, a pipeline in each, one limit in Redis for both. ``make ray`` runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from redis_kit import Server, grown_up, most_in_a_window
from redis_upstream import Upstream

import ai_sdk
from ai_sdk.batch.ray import map_dataset

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900),  # Ray takes its time to start its processes
    pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: make ray"),
    pytest.mark.filterwarnings("ignore"),  # of Ray's own
]

WINDOW, LIMIT, ROWS, WORKERS = 1.0, 20, 90, 2
LATENESS = 0.3


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray with two processors, whose workers find this package and what the tests have."""
    ray: Any = import_module("ray")
    import_module("ray.data")
    here = Path(__file__).parents[1]
    paths = os.pathsep.join([str(Path(ai_sdk.__file__).parents[1]), str(here)])
    ray.init(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": {"PYTHONPATH": paths}}, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    server.start()
    server.ready.wait()
    yield server
    server.stop()


def limited(redis: str, upstream: int, requests: int | None) -> Callable[[], Any]:
    """A pipeline that asks the upstream, at most so often a second; its process is part of what it asks for."""

    def pipeline() -> Any:
        import asyncio
        import os

        from ai_sdk import wrap_model
        from ai_sdk.middleware import rate_limit
        from ai_sdk.stores.redis import RedisConnection
        from ai_sdk.stores.redis_limits import RedisRateLimiter

        async def ask(row: dict[str, Any]) -> str:
            reader, writer = await asyncio.open_connection("127.0.0.1", upstream)
            writer.write(f"POST /run/{os.getpid()} HTTP/1.1\r\nHost: upstream\r\nContent-Length: 0\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            if row["id"] == 13:
                raise ValueError("unlucky")
            return f"row {row['id']}"

        if requests is None:
            return ask
        connection = RedisConnection(redis, timeout=1.0, probe_interval=0.1)
        limiter = RedisRateLimiter(connection, name="ray", requests=requests, per=WINDOW, slack=LATENESS)
        return wrap_model(ask, [rate_limit(limiter)])

    return pipeline


def rows_of(ray: Any, pipeline: Any) -> list[dict[str, Any]]:
    dataset = ray.data.range(ROWS, override_num_blocks=6)  # which needs a processor that the workers leave
    found: list[dict[str, Any]] = map_dataset(
        pipeline, dataset, workers=WORKERS, concurrency=8, batch_size=15
    ).take_all()
    return sorted(found, key=_id)


def _id(row: dict[str, Any]) -> int:
    return int(row["id"])


def check_rows(rows: list[dict[str, Any]]) -> None:
    assert [row["id"] for row in rows] == list(range(ROWS))
    assert [row["value"] for row in rows] == [None if n == 13 else f"row {n}" for n in range(ROWS)]
    assert {row["id"]: row["error"] for row in rows if row["error"] is not None} == {13: "ValueError"}


def test_two_workers_share_one_limit(ray: Any, redis: Server, upstream: Upstream) -> None:
    grown_up(redis, redis.connection(), f"ray:{WINDOW}")
    check_rows(rows_of(ray, limited(redis.url, upstream.port, LIMIT)))
    arrivals = upstream.of("run")
    shares = {process: len(times) for (_, process), times in upstream.arrivals.items()}
    most = most_in_a_window(arrivals, WINDOW)
    print(f"{len(arrivals)} calls of {len(shares)} workers {sorted(shares.values())}, at most {most} in {WINDOW:g} s")
    assert len(arrivals) == ROWS
    assert len(shares) == WORKERS
    assert LIMIT / 2 < most <= LIMIT


def test_without_the_limit_there_are_more_calls(ray: Any, redis: Server, upstream: Upstream) -> None:
    """What the other test counts is the limit's doing."""
    check_rows(rows_of(ray, limited(redis.url, upstream.port, None)))
    assert most_in_a_window(upstream.of("run"), WINDOW) > LIMIT


def test_columns_of_results_are_not_overwritten(ray: Any) -> None:
    dataset = ray.data.from_items([{"value": 1}])
    with pytest.raises(Exception, match="columns named value"):
        map_dataset(limited("", 0, None), dataset, workers=1).take_all()
