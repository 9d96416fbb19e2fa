"""How long a provider asks its caller to wait, read from the headers and body of an error response.

Three kinds of hint, and the first kind that says something understandable wins:

1. an explicit header, for this very request: ``retry-after-ms``, ``x-ms-retry-after-ms``, ``retry-after``;
2. the body: Google's ``RetryInfo`` (``"retryDelay": "13s"``), or a sentence such as ``try again in 1m2s``,
   ``retry after 26 seconds``;
3. the limits of the account, ``x-ratelimit-reset[-requests|-tokens|...]`` (``1m42.653s``, ``6ms``, ``2``, epoch seconds
   or milliseconds) and ``anthropic-ratelimit-...-reset`` (RFC 3339). Only a limit that is used up holds a request back:
   those whose ``remaining`` is 0 or less count, or, when there is none, those that do not tell what remains. The
   largest wins, because all of them must be over.

Negative numbers, NaN and moments that have passed are 0.0 seconds; what cannot be understood is no hint.

``parse_limits`` reads the limits of the account one by one, from any response.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["AccountLimit", "parse_limits", "parse_retry_after"]

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "millisecond": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
}
_NUMBER = r"[0-9]{1,18}(?:\.[0-9]{0,18})?"
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PIECE = re.compile(rf"({_NUMBER})\s*({_UNIT})s?(?![a-zµ])", re.IGNORECASE)
_DURATION = rf"(?:{_NUMBER}\s*(?:{_UNIT})s?(?![a-zµ])\s*)+"
_WHOLE_DURATION = re.compile(rf"\s*{_DURATION}", re.IGNORECASE)
_SENTENCE = re.compile(rf"\b(?:again|retry|reset|resets)\s+(?:in|after)\s+({_DURATION})", re.IGNORECASE)
_RETRY_INFO = re.compile(rf"retryDelay\\*\"\s*:\s*\\*\"({_NUMBER})s")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|[+-]?nan", re.IGNORECASE)
_RESET = re.compile(r"x-ratelimit-reset|x-ratelimit-reset-.+|anthropic-ratelimit-.+-reset")
_ACCOUNT_LIMIT = re.compile(
    r"(?:x-)?ratelimit-(?P<what>limit|remaining|reset)(?:-(?P<of>.+))?"
    r"|anthropic-ratelimit-(?P<of_anthropic>.+)-(?P<what_anthropic>limit|remaining|reset)"
)
_EPOCH_SECONDS = 1e9
_EPOCH_MILLISECONDS = 1e12
_LONGEST_BODY = 100_000


def parse_retry_after(headers: Mapping[str, str], body: str = "", *, now: float | None = None) -> float | None:
    """Seconds to wait before the next try, never negative, or None when the provider says nothing.

    ``headers`` have any case. ``now`` is the Unix time against which dates are read; without it the response's own
    ``date`` header is, and a date without either is no hint.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    if now is None:
        now = _moment(lower.get("date", ""))
    for hint in (_explicit(lower, now), _said(body[:_LONGEST_BODY]), _limits(lower, now)):
        if hint is not None:
            return hint
    return None


class AccountLimit(NamedTuple):
    """One limit of an account: how much of ``resource`` it has in all, how much is left, seconds until it is whole.

    ``resource`` is the provider's word, such as ``requests``, ``tokens``, ``input-tokens`` or ``requests-day``; a
    provider that has no word for it means requests. None is what the provider did not say.
    """

    resource: str
    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


def parse_limits(headers: Mapping[str, str], *, now: float | None = None) -> list[AccountLimit]:
    """Read ``x-ratelimit-*``, ``ratelimit-*`` and ``anthropic-ratelimit-*`` headers, in any case, by resource.

    ``now`` is as in ``parse_retry_after``. What cannot be understood is None, and numbers below 0 are 0.
    """
    said: dict[str, dict[str, str]] = {}
    for name, value in headers.items():
        lower = name.lower()
        if "ratelimit-" in lower and (match := _ACCOUNT_LIMIT.fullmatch(lower)):
            what = match["what"] or match["what_anthropic"]
            said.setdefault(match["of"] or match["of_anthropic"] or "requests", {})[what] = value
    if said and now is None:
        now = _moment(next((value for name, value in headers.items() if name.lower() == "date"), ""))
    return [
        AccountLimit(
            resource,
            _number(words.get("limit", "")),
            _number(words.get("remaining", "")),
            _seconds(words.get("reset", ""), now),
        )
        for resource, words in said.items()
    ]


def _explicit(headers: Mapping[str, str], now: float | None) -> float | None:
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _number(headers.get(name, ""))
        if milliseconds is not None:
            return milliseconds / 1000
    return _seconds(headers.get("retry-after", ""), now)


def _said(body: str) -> float | None:
    if info := _RETRY_INFO.search(body):
        return float(info[1])
    if sentence := _SENTENCE.search(body):
        return _sum(sentence[1])
    return None


def _limits(headers: Mapping[str, str], now: float | None) -> float | None:
    used_up: list[float] = []
    unknown: list[float] = []
    for reset, remaining in _resets(headers, now):
        if remaining is None:
            unknown.append(reset)
        elif remaining <= 0:
            used_up.append(reset)
    return max(used_up or unknown, default=None)


def _resets(headers: Mapping[str, str], now: float | None) -> Iterator[tuple[float, float | None]]:
    for name, value in headers.items():
        if _RESET.fullmatch(name):
            seconds = _seconds(value, now)
            if seconds is not None:
                yield seconds, _number(headers.get(name.replace("reset", "remaining"), ""))


def _seconds(value: str, now: float | None) -> float | None:
    """Read a number of seconds, a duration with units, or a moment."""
    number = _number(value)
    if number is None:
        if _WHOLE_DURATION.fullmatch(value):
            return _sum(value)
        moment = _moment(value)
    elif number < _EPOCH_SECONDS:
        return number
    else:
        moment = number / 1000 if number >= _EPOCH_MILLISECONDS else number
    return None if moment is None or now is None else max(0.0, moment - now)


def _number(value: str) -> float | None:
    value = value.strip()
    if not _PLAIN_NUMBER.fullmatch(value):
        return None
    number = float(value)
    if math.isinf(number):
        return None
    return number if number > 0 else 0.0


def _sum(duration: str) -> float:
    return math.fsum(float(number) * _UNITS[unit.lower()] for number, unit in _PIECE.findall(duration))


def _moment(value: str) -> float | None:
    """Read an HTTP date or an RFC 3339 time as Unix time; without a zone it is UTC."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
