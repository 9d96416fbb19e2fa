"""Let a call through only when the limits have room for it, first come, first served.

The law: in no interval of ``per`` seconds are more than ``requests`` calls let through, nor more than ``tokens``
reserved, and never do more than ``concurrency`` run at once, each from its admission to the end of its response. A call
takes all that it needs at once, or nothing. It waits only while something is missing or somebody is before it, and
nobody overtakes: a large call is not starved by small ones. A call that can never fit, or not in time, is refused at
once. A call that is cancelled while it waits leaves nothing behind.

Tokens are reserved by an estimate and settled with what the answer says was used. What the provider says of its own
limits can lower what is let through until they are reset, and never raises it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from ai_sdk.call import current_call
from ai_sdk.deadline import deadline
from ai_sdk.errors import InvalidRequestError
from ai_sdk.limits import Cost, Limiter, Permit, RateLimiter, Reading
from ai_sdk.model import AnyLayer, Model, layer, name_of
from ai_sdk.response import hold

__all__ = ["rate_limit"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_ONE = Cost()
_OPTIONS = ("key", "max_wait", "tokens", "weight")
_CHARACTERS_A_TOKEN = 4
_TOKENS_OF_A_FILE = 1000
_MOST_ASSUMED_OUTPUT = 1024


def rate_limit(
    limiter: Limiter | None = None,
    *,
    requests: int | None = None,
    tokens: int | None = None,
    per: float = 60.0,
    burst: int | None = None,
    concurrency: int | None = None,
    learn: bool = True,
    max_wait: float | None = None,
    weight: Callable[[Any], int] | None = None,
    estimate: Callable[[Any], int] | None = None,
    key: Callable[[Any], Hashable] | None = None,
) -> AnyLayer:
    """Limit requests and tokens in a window of ``per`` seconds, and calls at once; None is no limit.

    ``limiter``: share a ``RateLimiter`` between models, or give any other ``Limiter``, instead of the six options
    ``requests``, ``tokens``, ``per``, ``burst``, ``concurrency`` and ``learn``, which make one for this layer alone:
    see ``RateLimiter``. ``rate_limit()`` keeps to what the provider says of its limits, and to nothing else.
    ``max_wait``: seconds to wait at most; 0 never waits. A call that would wait longer, or reach its deadline, is
    refused at once.
    ``weight``: how many requests a request counts as, one by default. ``estimate``: how many tokens to reserve for it.
    By default a quarter of the characters that it sends, 1000 for a file, and ``max_output_tokens`` or else the lesser
    of 1024 and a quarter of ``tokens``.
    ``key``: whose limits they are, such as a tenant's: requests with different keys share none.

    A single call has its own in ``layer_options["rate_limit"]``: ``max_wait``, ``weight``, ``tokens`` (the estimate)
    and ``key``. The slot of a live response is free when the response ends. So do not call the same model from a tool
    while the response that asked for the tool is open.

    Reports ``waited`` (detail: seconds). Raises RateLimitedError, with ``retry_after`` where it is known when there
    will be room, and not retryable when there never will be; InvalidRequestError for options that make no sense.
    """
    if limiter is None:
        limiter = RateLimiter(
            requests=requests, tokens=tokens, per=per, burst=burst, concurrency=concurrency, learn=learn
        )
    elif (requests, tokens, per, burst, concurrency, learn) != (None, None, 60.0, None, None, True):
        raise InvalidRequestError(
            "requests, tokens, per, burst, concurrency and learn are the limiter's: give them to it, or no limiter",
            field="limiter",
        )
    _check_seconds("max_wait", max_wait)
    wanted = _Wants(limiter.tokens, max_wait, weight, estimate, key)
    plain = limiter.tokens is None and max_wait is None and weight is None and key is None

    @layer
    async def rate_limit(request: Req, call: Model[Req, Res]) -> Res:
        if plain and not getattr(request, "layer_options", None):
            permit = await limiter.acquire(_ONE, until=_until(None))
        else:
            cost, owner, seconds = wanted.by(request)
            permit = await limiter.acquire(cost, key=owner, until=_until(seconds))
        return await hold(permit, partial(_learning, permit, call), request)

    return rate_limit


def _until(max_wait: float | None) -> float | None:
    """The loop time by which a call must be let through; at its deadline it is too late."""
    at = deadline()
    limit = None if at is None else math.nextafter(at, -math.inf)
    if max_wait is None:
        return limit
    until = asyncio.get_running_loop().time() + max_wait
    return until if limit is None else min(until, limit)


async def _learning(permit: Permit, call: Model[Req, Res], request: Req, /) -> Res:
    """Call, and let the permit learn from the headers of the answer, before anything that it holds is free."""
    record = current_call()
    before = len(record.attempts) if record is not None else 0
    try:
        response = await call(request)
    except Exception as error:
        if said := getattr(error, "headers", None):
            permit.learn(_readings(said))
        raise
    if record is not None:
        attempts = record.attempts
        for number in range(len(attempts) - 1, before - 1, -1):
            headers = attempts[number].headers
            if headers and attempts[number].model == name_of(call):
                permit.learn(_readings(headers))
                break
    elif said := getattr(getattr(response, "response", None), "headers", None):
        permit.learn(_readings(said))
    return response


def _readings(headers: Mapping[str, str]) -> Iterable[Reading]:
    """What headers say of requests and of tokens; of a finer limit, such as output tokens, only that it is used up."""
    from ai_sdk.retry_after import parse_limits

    for resource, _, remaining, reset in parse_limits(headers):
        if remaining is None:
            continue
        what, _, window = resource.partition("-")
        if what in {"requests", "tokens"} and window in {"", "second", "minute", "hour", "day"}:
            yield Reading("requests" if what == "requests" else "tokens", remaining, reset)
        elif remaining <= 0:
            yield Reading("requests", 0, reset)


class _Wants:
    """What a request asks of the limiter: by its own ``layer_options``, or by the options of the layer."""

    def __init__(
        self,
        tokens: int | None,
        max_wait: float | None,
        weight: Callable[[Any], int] | None,
        estimate: Callable[[Any], int] | None,
        key: Callable[[Any], Hashable] | None,
    ) -> None:
        self._tokens = tokens
        self._max_wait = max_wait
        self._weight = weight
        self._estimate = estimate or partial(_estimate, 0 if tokens is None else tokens)
        self._key = key

    def by(self, request: Any) -> tuple[Cost, Hashable, float | None]:
        """The cost, the key, and how long to wait."""
        own = _own_options(request)
        weight = own["weight"] if "weight" in own else self._weight(request) if self._weight else 1
        tokens: int = 0
        if self._tokens is not None:
            tokens = own["tokens"] if "tokens" in own else self._estimate(request)
        key: Hashable = own["key"] if "key" in own else self._key(request) if self._key else None
        cost = Cost(_whole("weight", weight), _whole("tokens", tokens))
        return cost, key, own.get("max_wait", self._max_wait)


def _own_options(request: Any) -> Mapping[str, Any]:
    own: Any = getattr(request, "layer_options", {}).get("rate_limit", {})
    if not isinstance(own, Mapping):
        raise InvalidRequestError(
            f"layer_options['rate_limit'] is a {type(own).__name__}; allowed is a mapping",
            field="layer_options.rate_limit",
        )
    options = cast("Mapping[str, Any]", own)
    for name in options:
        if name not in _OPTIONS:
            raise InvalidRequestError(
                f"layer_options['rate_limit'] has {name!r}; allowed are {', '.join(_OPTIONS)}",
                field=f"layer_options.rate_limit.{name}",
            )
    _check_seconds("max_wait", options.get("max_wait"))
    return options


def _estimate(limit: int, request: Any) -> int:
    output = 0
    if hasattr(request, "max_output_tokens"):
        output = request.max_output_tokens or min(_MOST_ASSUMED_OUTPUT, limit // 4)
    return max(1, -(-_characters(request) // _CHARACTERS_A_TOKEN) + output)


def _characters(value: Any) -> int:
    """Count the characters that a request sends as text; a file counts as 1000 tokens."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(name)) + _characters(each) for name, each in cast("Mapping[Any, Any]", value).items())
    if isinstance(value, tuple):
        return sum(_characters(each) for each in cast("tuple[Any, ...]", value))
    if getattr(value, "type", None) == "file":
        return _TOKENS_OF_A_FILE * _CHARACTERS_A_TOKEN
    fields: Iterable[str] = getattr(value, "__dataclass_fields__", ())
    return sum(_characters(getattr(value, name)) for name in fields if name in _SENT)


_SENT = {
    *("messages", "content", "text", "input", "output", "tools", "name", "description", "input_schema"),
    *("response_format", "schema", "values", "prompt", "instructions", "query", "documents", "files", "image", "mask"),
}


def _whole(name: str, value: Any) -> int:
    if type(value) is not int or value < 0:
        raise InvalidRequestError(f"{name} is {value!r}; allowed is an integer from 0", field=name)
    return value


def _check_seconds(name: str, value: Any) -> None:
    if value is not None and not (isinstance(value, int | float) and value >= 0):
        raise InvalidRequestError(f"{name} is {value!r}; allowed are seconds from 0, or None", field=name)
