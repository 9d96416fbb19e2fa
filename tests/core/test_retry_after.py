"""Hints about when to come back, as vendors write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.retry_after import parse_retry_after

NOW = 1_763_701_200.0
DATE = format_datetime(datetime.fromtimestamp(NOW, UTC), usegmt=True)
HEADERS = (
    "retry-after",
    "retry-after-ms",
    "x-ms-retry-after-ms",
    "date",
    "x-ratelimit-reset",
    "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-remaining-tokens",
    "anthropic-ratelimit-tokens-reset",
)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"retry-after": "1e1"}, 10.0),
        ({"retry-after": "13s"}, 13.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e999"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "1_0"}, None),
        ({"retry-after": "5 apples"}, None),
        ({}, None),
        ({"x-ratelimit-reset-tokens": "1m42.653s"}, 102.653),
        ({"x-ratelimit-reset-requests": "6ms"}, 0.006),
        ({"x-ratelimit-reset-requests": "1h0m1s"}, 3601.0),
        ({"x-ratelimit-reset-requests": "120µs"}, 0.00012),
        ({"x-ratelimit-reset": "2"}, 2.0),
        ({"x-ratelimit-reset": str(int(NOW) + 30)}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW + 30) * 1000)}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW) - 30)}, 0.0),
        ({"anthropic-ratelimit-tokens-reset": "2025-11-21T05:00:07Z"}, 7.0),
        ({"anthropic-ratelimit-tokens-reset": "2025-11-21T05:00:07"}, 7.0),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_retry_after(headers, now=NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ("Rate limit reached ... Please try again in 634ms. Visit https://example.com", 0.634),
        ("Please try again in 1.2s.", 1.2),
        ("please TRY AGAIN in 1m2s", 62.0),
        ("Please try again in 6m0s", 360.0),
        ("quota will reset after 2m 13s", 133.0),
        ("Please retry after 26 seconds.", 26.0),
        ("Please try again in 7 minutes", 420.0),
        ("Please retry in 37.4s.", 37.4),
        ('{"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "13s"}]}', 13.0),
        ('{"retryDelay":"0.847655010s"}', 0.84765501),
        (r"{\"retryDelay\": \"5s\"}", 5.0),
        ("Please try again later.", None),
        ("try again in 5 apples", None),
        ("try again in 3 months", None),
        ("retry after 26", None),
        ('{"retryDelay": "soon"}', None),
    ],
)
def test_bodies(body: str, seconds: float | None) -> None:
    assert parse_retry_after({}, body) == pytest.approx(seconds)


@given(st.floats(0, 1e8), st.text(max_size=20))
def test_an_explicit_header_beats_everything_else(seconds: float, body: str) -> None:
    headers = {"retry-after": repr(seconds), "x-ratelimit-reset-tokens": "9s", "x-ratelimit-remaining-tokens": "0"}
    assert parse_retry_after(headers, f"{body} try again in 3s") == seconds


def test_milliseconds_beat_seconds_and_nonsense_gives_way() -> None:
    assert parse_retry_after({"retry-after-ms": "100", "retry-after": "9"}) == 0.1
    assert parse_retry_after({"retry-after-ms": "soon", "retry-after": "9"}) == 9.0
    assert parse_retry_after({"retry-after": "soon"}, "try again in 2s") == 2.0
    assert parse_retry_after({"x-ratelimit-reset-tokens": "9s"}, "try again in 2s") == 2.0


@given(st.integers(-(10**6), 10**6))
def test_a_date_counts_from_now_or_from_the_date_of_the_response(offset: int) -> None:
    when = format_datetime(datetime.fromtimestamp(NOW + offset, UTC), usegmt=True)
    assert parse_retry_after({"retry-after": when}, now=NOW) == max(0.0, offset)
    assert parse_retry_after({"retry-after": when, "date": DATE}) == max(0.0, offset)
    assert parse_retry_after({"retry-after": when}) is None
    assert parse_retry_after({"retry-after": when, "date": "yesterday"}) is None


Limits = st.dictionaries(
    st.sampled_from(["", "-requests", "-tokens", "-tokens-minute"]),
    st.tuples(st.integers(0, 10_000), st.none() | st.integers(-3, 3)),
    max_size=4,
)


@given(Limits)
def test_the_largest_reset_of_the_limits_that_are_used_up(limits: dict[str, tuple[int, int | None]]) -> None:
    headers = {f"x-ratelimit-reset{name}": f"{reset}s" for name, (reset, _) in limits.items()}
    headers |= {f"x-ratelimit-remaining{name}": str(left) for name, (_, left) in limits.items() if left is not None}
    used_up = [reset for reset, left in limits.values() if left is not None and left <= 0]
    unknown = [reset for reset, left in limits.values() if left is None]
    assert parse_retry_after(headers) == max(used_up or unknown, default=None)


@given(st.integers(0, 100), st.integers(0, 59), st.integers(0, 59_999))
def test_a_duration_is_the_sum_of_its_pieces(hours: int, minutes: int, milliseconds: int) -> None:
    expected = hours * 3600 + minutes * 60 + milliseconds / 1000
    written = f"{hours}h{minutes}m{milliseconds / 1000}s"
    assert parse_retry_after({"x-ratelimit-reset-tokens": written}) == pytest.approx(expected)
    assert parse_retry_after({}, f"try again in {written}.") == pytest.approx(expected)


Values = st.text(max_size=40) | st.floats().map(str) | st.integers().map(str) | st.sampled_from([DATE, "1m2s", "7ms"])


@given(st.dictionaries(st.sampled_from(HEADERS), Values), st.text(max_size=60), st.none() | st.floats(0, 4e9))
def test_it_never_raises_and_never_answers_nonsense(headers: dict[str, str], body: str, now: float | None) -> None:
    seconds = parse_retry_after(headers, body, now=now)
    assert seconds is None or (0.0 <= seconds < math.inf)
