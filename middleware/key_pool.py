"""Spread calls over several API keys of one provider, and rest those that are refused or limited.

The law: each attempt goes out with one free key of the pool, to the account of the model inside alone. In one call no
key is tried twice, so there are at most as many attempts as keys. When the provider refuses a key or limits it, the key
rests and the next free one is tried at once; every other error is raised as it is. A key that rests is not tried until
its time has come. When no key is free the call ends with an error that says until when: nothing is waited for here.

A key is never shown: reports and errors call it ``key 2 of 3``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeVar

from ai_sdk.call import report
from ai_sdk.credentials import Account, account_of, api_key_override
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    LayerError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitedError,
    RateLimitError,
)
from ai_sdk.keyring import Bench, Choose, KeyBench, KeyRing
from ai_sdk.layer_options import own_options
from ai_sdk.model import AnyLayer, Model, layer, name_of

__all__ = ["KeyBenched", "key_pool"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_OF_THE_KEY = (AuthenticationError, PermissionDeniedError, QuotaExceededError, RateLimitError)


class KeyBenched(NamedTuple):
    """A key that rests from now on: which, for what error, and for how many seconds, ``inf`` for good."""

    key: str
    error: str
    seconds: float


def key_pool(
    *keys: str | tuple[str, float],
    choose: Choose = "weighted",
    bench: float | None = None,
    backoff: float = 5.0,
    provider: Any = None,
    shared: Bench | None = None,
) -> AnyLayer:
    """Use several API keys: ``key_pool("sk-a", "sk-b")``, or with weights ``key_pool(("sk-a", 3), ("sk-b", 1))``.

    ``choose``: ``weighted`` takes the free keys in turn, by their weights; ``least-limited`` the one of them whose last
    rate limit is longest ago.
    ``bench``: for how many seconds a key rests that the provider refused (401, no credit left), None for good; one that
    may not use a model (403) rests as long at this model alone. ``backoff``: for how many seconds a key that was
    limited (429) rests at this model when the provider does not say; when it does, for as long as it says.
    ``provider``: a provider's door, or the name of your own provider, whose keys these are; by default that of the
    model inside. A request that brings its own key in its headers goes by the pool.
    ``shared``: share a ``KeyBench`` between pools, or give any other ``Bench``.

    Put ``retry`` outside: it waits until a key is free. Reports ``key-benched`` (detail: ``KeyBenched``). When no key
    is left it raises, of the errors of this call, the RateLimitError, with the ``retry_after`` of the key that is free
    first, else the last one when all keys were tried; else RateLimitedError with ``retry_after``; LayerError when all
    rest for good. Raises InvalidRequestError for options that make no sense.
    """
    KeyRing(keys, choose)
    for name, seconds in (("bench", bench), ("backoff", backoff)):
        if seconds is not None and not 0 < seconds < math.inf:
            raise InvalidRequestError(f"{name} is {seconds!r}; allowed are seconds above 0", field=name)
    rests = _Rests(math.inf if bench is None else bench, backoff)

    def key_pool(model: Model[Req, Res], /) -> Model[Req, Res]:
        account = account_of(model if provider is None else provider)
        if account is None:
            raise InvalidRequestError(
                f"key_pool does not know whose keys these are: {name_of(model)} has no provider; give provider=",
                field="provider",
            )
        pool = _Pool(account, KeyRing(keys, choose), KeyBench() if shared is None else shared, rests, model)
        return _around(pool)(model)

    return key_pool


def _around(pool: _Pool) -> AnyLayer:
    @layer
    async def key_pool(request: Req, call: Model[Req, Res]) -> Res:
        if getattr(request, "layer_options", None):
            own_options(request, "key_pool")
        if pool.is_bypassed_by(request):
            return await call(request)
        tried: list[int] = []
        failed: APIError | None = None
        while True:
            waits = await pool.waits()
            free = [at for at, seconds in enumerate(waits) if not seconds and at not in tried]
            if not free:
                raise pool.exhausted(waits, failed, len(tried))
            at = pool.ring.choose(free)
            tried.append(at)
            try:
                with api_key_override(pool.account, pool.ring.keys[at]):
                    return await call(request)
            except _OF_THE_KEY as error:
                if error.provider not in (None, pool.account.provider):
                    raise
                await pool.rest(at, error)
                if failed is None or not isinstance(failed, RateLimitError) or isinstance(error, RateLimitError):
                    failed = error

    return key_pool


class _Rests(NamedTuple):
    """How long a key rests, in seconds: one that was refused, and one that was limited without a word of when."""

    refused: float
    limited: float


class _Pool:
    """The keys around one model."""

    def __init__(self, account: Account, ring: KeyRing, bench: Bench, rests: _Rests, model: object) -> None:
        self.account = account
        self.ring = ring
        self._bench = bench
        self._rests = rests
        self._names = ring.names(account, name_of(model))
        self._auth = getattr(getattr(model, "endpoint", None), "auth", None)

    def is_bypassed_by(self, request: object) -> bool:
        """Whether the request brings a key of its own in its headers."""
        headers = getattr(request, "headers", None)
        if not headers or self._auth is None:
            return False
        return not {name.lower() for name in self._auth("")}.isdisjoint(name.lower() for name in headers)

    async def waits(self) -> list[float]:
        """For each key the seconds until it is free at this model."""
        seconds = await self._bench.free_in(self._names)
        count = len(self.ring.keys)
        return [max(seconds[at], seconds[at + count]) for at in range(count)]

    async def rest(self, at: int, error: APIError) -> None:
        """Bench a key for what the provider said."""
        seconds, name = self._rests.refused, self._names[at]
        if isinstance(error, RateLimitError):
            self.ring.limited(at)
            seconds = self._rests.limited if error.retry_after is None else max(0.0, error.retry_after)
        if isinstance(error, RateLimitError | PermissionDeniedError):
            name = self._names[at + len(self.ring.keys)]
        await self._bench.put(name, seconds)
        label = self.ring.keys[at].label
        error.add_note(f"with {label} of the pool")
        report("key-benched", KeyBenched(label, type(error).__name__, seconds))

    def exhausted(self, waits: list[float], failed: APIError | None, tried: int) -> Exception:
        """The error of a call that has no key left."""
        soonest = min(waits)
        if isinstance(failed, RateLimitError):
            failed.retry_after = soonest if soonest < math.inf else failed.retry_after
            return failed
        if failed is not None and (tried == len(waits) or soonest == math.inf):
            return failed
        if soonest == math.inf:
            return LayerError(f"all {len(waits)} API keys for {self.account.provider} were refused before")
        error = RateLimitedError(
            f"none of the {len(waits)} API keys for {self.account.provider} is free; one is in {soonest:.3g} s"
        )
        error.retry_after = soonest
        error.__cause__ = failed
        return error
