"""Four processes share limits, a circuit and a budget in one Redis, which hangs, is killed and started again.

The window of the limits is a second long. What counts is when a call reached the upstream server, by its clock.
"""

from __future__ import annotations

import signal
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis_kit import Server, most_in_a_window, until
from redis_upstream import Upstream, fleet

pytestmark = pytest.mark.live

PROCESSES = 4
WINDOW = 1.0
LATENESS = 0.3  # how late an admitted call may reach the upstream
LEASED, CLOSED, OPEN, BUDGET = 20, 15, 18, 450
LEASE = 3
WAIT = 0.4


def run(layer: str, pause: float = 0.0, **options: Any) -> dict[str, Any]:
    return {"layer": layer, "pause": pause, "options": options}


def limit(**options: Any) -> dict[str, Any]:
    return run("rate_limit", per=WINDOW, slack=LATENESS, **options)


RUNS = {
    "leased": limit(requests=LEASED, lease=LEASE),
    "closed": limit(requests=CLOSED),
    "open": limit(requests=OPEN, on_outage="open", processes=PROCESSES),
    "circuit": run("circuit_breaker", 0.05, min_calls=3, wait=WAIT, max_wait=WAIT, jitter=0.0, stall=0.0, refresh=0.1),
    "budget": run("budget", 0.1, requests=BUDGET, per=None),
}


def between(times: list[float], start: float, end: float) -> list[float]:
    return [each for each in times if start < each < end]


def everybody_calls(upstream: Upstream, name: str, since: float) -> bool:
    return all(upstream.of(name, process)[-1:] > [since] for process in range(PROCESSES))


def test_four_processes_and_a_redis_that_hangs_and_is_killed_and_comes_back(tmp_path: Path) -> None:
    redis = Server(tmp_path, "--appendonly", "yes", "--appendfsync", "always")
    redis.start()
    try:
        with fleet(redis, PROCESSES, RUNS) as upstream:
            scene(redis, upstream)
    finally:
        redis.kill()


def scene(redis: Server, upstream: Upstream) -> None:
    upstream.broken.add("circuit")
    until(lambda: len([each for each in upstream.arrivals if each[0] != "circuit"]) == 4 * PROCESSES, 60)
    time.sleep(0.6)
    opened = time.perf_counter()
    time.sleep(1.3)
    healed = time.perf_counter()
    upstream.broken.clear()
    until(lambda: everybody_calls(upstream, "circuit", healed), 20)

    assert redis.process is not None
    redis.process.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    redis.process.send_signal(signal.SIGCONT)
    time.sleep(0.8)
    redis.kill()
    killed = time.perf_counter()
    until(lambda: everybody_calls(upstream, "circuit", killed + 0.05), 20)
    upstream.broken.add("circuit")
    broken = time.perf_counter()
    time.sleep(max(0.0, killed + LATENESS + 2.9 * WINDOW - broken))
    restarted = time.perf_counter()
    redis.start()
    upstream.broken.clear()
    until(lambda: everybody_calls(upstream, "circuit", restarted), 20)
    for name in ("leased", "closed"):
        until(lambda name=name: upstream.of(name)[-1] > restarted, 20)  # type: ignore[misc]
    until(lambda: len(upstream.of("budget")) >= BUDGET, 30)
    time.sleep(0.6)

    check_limits(upstream, killed, restarted)
    check_shares(upstream, killed, restarted)
    check_circuit(upstream, opened, healed, broken, restarted)
    assert len(upstream.of("budget")) == BUDGET
    assert not between(upstream.of("budget"), killed + LATENESS, restarted)


def check_limits(upstream: Upstream, killed: float, restarted: float) -> None:
    leased, closed = upstream.of("leased"), upstream.of("closed")
    assert most_in_a_window(leased, WINDOW) <= LEASED + PROCESSES * LEASE
    assert most_in_a_window(closed, WINDOW) <= CLOSED
    assert not between(closed, killed + LATENESS, restarted + WINDOW)
    assert closed[-1] > restarted + WINDOW
    for name, most in (("leased", LEASED), ("closed", CLOSED), ("open", OPEN)):  # and the limits are used
        assert most_in_a_window(between(upstream.of(name), 0.0, killed), WINDOW) > most / 2


def check_shares(upstream: Upstream, killed: float, restarted: float) -> None:
    share = -(-OPEN // PROCESSES)
    for process in range(PROCESSES):
        alone = between(upstream.of("open", process), killed + LATENESS, restarted)
        assert most_in_a_window(alone, WINDOW) <= share
        assert alone[-1] - alone[0] > WINDOW  # it goes on
    together = between(upstream.of("open"), killed + LATENESS, restarted)
    assert most_in_a_window(together, WINDOW) <= PROCESSES * share
    assert most_in_a_window(upstream.of("open"), WINDOW) <= OPEN + PROCESSES * share


def check_circuit(upstream: Upstream, opened: float, healed: float, broken: float, restarted: float) -> None:
    probes = between(upstream.of("circuit"), opened, healed)
    assert 2 <= len(probes) <= (healed - opened) / WAIT + 1
    assert all(later - earlier > WAIT / 2 for earlier, later in pairwise(probes))
    for process in range(PROCESSES):
        alone = between(upstream.of("circuit", process), broken + 1.0, restarted)
        assert len(alone) <= (restarted - broken - 1.0) / WAIT + 1
