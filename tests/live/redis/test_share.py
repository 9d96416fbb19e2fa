"""What a process may do without asking Redis: its share of a limit, and a chunk of admissions."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_redis
from layer_laws.kit import examples, rejects
from redis_kit import most_in_a_window

from ai_sdk.limits import Cost
from ai_sdk.stores._redis_lane import Limits
from ai_sdk.stores._redis_share import Chunk, Share, Totals

gaps = st.floats(0.0, 3.0)
costs = st.builds(Cost, st.integers(1, 4), st.integers(0, 12))


def law_share(make: Any) -> None:
    @examples()
    @given(st.lists(st.tuples(gaps, costs), max_size=30), st.integers(4, 8), st.integers(12, 20))
    def law(calls: list[tuple[float, Cost]], requests: int, tokens: int) -> None:
        share = make(requests, tokens, None, 5.0)
        now = 0.0
        log: list[tuple[float, Cost]] = []
        for gap, cost in calls:
            now += gap
            wait = share.wait(cost, now)
            fits = _room(log, now, requests, tokens, cost)
            assert (wait == 0) == fits
            if not fits:
                assert _room(log, now + wait + 1e-9, requests, tokens, cost)
                assert not _room(log, now + wait - 1e-6, requests, tokens, cost)
                now += wait
            share.add(cost, now)
            log.append((now, cost))
        assert most_in_a_window([at for at, _ in log], 5.0 - 1e-9) <= requests

    law()


def _room(log: list[tuple[float, Cost]], now: float, requests: int, tokens: int, cost: Cost) -> bool:
    inside = [each for at, each in log if at + 5.0 > now] + [cost]
    return sum(each.requests for each in inside) <= requests and sum(each.tokens for each in inside) <= tokens


def test_a_share_is_an_exact_window_and_says_exactly_how_long_to_wait() -> None:
    law_share(Share)
    rejects(law_share, wrong_redis.ForgetfulShare)


def test_a_share_counts_calls_under_way_and_settles_tokens() -> None:
    share = Share(None, 10, 2, 5.0)
    first, second = share.add(Cost(1, 6), 0.0), share.add(Cost(1, 4), 0.0)
    assert share.wait(Cost(1, 0), 0.0) == math.inf
    share.end(first, 1, 1.0)
    assert share.wait(Cost(1, 5), 1.0) == 0.0
    assert share.wait(Cost(1, 6), 1.0) == 4.0
    share.end(second, None, 1.0)
    assert share.wait(Cost(1, 11), 1.0) == math.inf
    share.hold(9.0)
    assert share.wait(Cost(1, 1), 1.0) == 8.0
    assert not share.idle(8.0)
    assert share.idle(9.0)


@given(st.integers(1, 20), st.lists(st.integers(1, 4), max_size=12))
@examples()
def test_a_chunk_is_used_once_and_not_after_its_time(size: int, wanted: list[int]) -> None:
    chunk = Chunk(size, 5.0, Totals(100, 0))
    taken = 0
    for requests in wanted:
        totals = chunk.take(requests, 4.9)
        assert (totals is not None) == (taken + requests <= size)
        taken += requests if totals is not None else 0
        assert totals is None or totals.requests == 100 - size + taken
    assert taken <= size
    assert chunk.take(1, 5.0) is None


@given(st.integers(1, 1000), st.integers(1, 50))
@examples()
def test_the_shares_of_all_processes_are_the_limit_rounded_up(requests: int, processes: int) -> None:
    share = Limits(requests, None, None, 5.0, 1, 30.0, 0.0, True, processes).share()
    part = int(share.windows[0].capacity)
    assert part == math.ceil(requests / processes)
    assert requests <= part * processes < requests + processes
