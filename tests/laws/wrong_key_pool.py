"""Key pools that are wrong in one way each. The laws of ``test_key_pool`` must find them out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any, TypeVar

from ai_sdk.credentials import Account, SecretKey, account_of, api_key_override
from ai_sdk.errors import APIError, AuthenticationError, RateLimitError
from ai_sdk.keyring import KeyBench
from ai_sdk.middleware import key_pool
from ai_sdk.model import AnyLayer, Model, layer

Req = TypeVar("Req")
Res = TypeVar("Res")


def pool_of_one(*keys: Any, **options: Any) -> AnyLayer:
    """Uses the first key alone."""
    return key_pool(keys[0], **options)


def pool_that_tries_again(*keys: Any, **options: Any) -> AnyLayer:
    """Begins anew when all keys have failed."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await key_pool(*keys, **options)(call)(request)
        except APIError:
            return await key_pool(*keys, **options)(call)(request)

    return wrong


class Forgets(KeyBench):
    """Nobody ever rests."""

    async def put(self, name: str, seconds: float, /) -> None:
        del name, seconds


class Frees(KeyBench):
    """Whoever rests is free when it is asked a second time."""

    async def free_in(self, names: Sequence[str], /) -> Sequence[float]:
        rests = await super().free_in(names)
        self.clear()
        return rests


class RestsForGood(KeyBench):
    """A limited key never comes back."""

    async def put(self, name: str, seconds: float, /) -> None:
        await super().put(name, math.inf if seconds else 0.0)


def pool_that_forgets(*keys: Any, **options: Any) -> AnyLayer:
    """Tries refused keys again in the next call."""
    return key_pool(*keys, shared=Forgets(), **options)


def pool_that_frees(*keys: Any, **options: Any) -> AnyLayer:
    """Frees keys before their time."""
    return key_pool(*keys, shared=Frees(), **options)


def pool_that_rests_for_good(*keys: Any, **options: Any) -> AnyLayer:
    """Does not take limited keys back."""
    return key_pool(*keys, shared=RestsForGood(), **options)


def pool_of_its_own_error(*keys: Any, **options: Any) -> AnyLayer:
    """Hides what the provider said."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await key_pool(*keys, **options)(call)(request)
        except APIError as error:
            raise RuntimeError("no key") from error

    return wrong


def pool_that_rotates_on_everything(*keys: Any, **_options: Any) -> AnyLayer:
    """Tries the next key after any error."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        account = account_of(call)
        assert account is not None
        for at, key in enumerate(keys):
            try:
                with api_key_override(account, SecretKey(key, "key")):
                    return await call(request)
            except Exception:
                if at == len(keys) - 1:
                    raise
        raise AssertionError

    return wrong


def pool_that_retries_cancellations(*keys: Any, **_options: Any) -> AnyLayer:
    """Tries the next key when the caller gives up."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        account = account_of(call)
        assert account is not None
        for at, key in enumerate(keys):
            try:
                with api_key_override(account, SecretKey(key, "key")):
                    return await call(request)
            except (asyncio.CancelledError, AuthenticationError, RateLimitError):
                if at == len(keys) - 1:
                    raise
        raise AssertionError

    return wrong


class EveryAccount(Account):
    """Takes every account for its own."""

    __slots__ = ()

    def is_of(self, provider: str, base_url: str | None, own: str | None) -> bool:
        del provider, base_url, own
        return True


def pool_for_everybody(*keys: Any, **_options: Any) -> AnyLayer:
    """Gives its key to whatever model is called inside."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        with api_key_override(EveryAccount("any"), SecretKey(keys[0], "key")):
            return await call(request)

    return wrong


def pool_without_weights(*keys: Any, **options: Any) -> AnyLayer:
    """Takes all keys in turn."""
    return key_pool(*[each if isinstance(each, str) else each[0] for each in keys], **options)


def pool_that_tells(*keys: Any, **options: Any) -> AnyLayer:
    """Says which key it was, in full."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await key_pool(*keys, **options)(call)(request)
        except Exception as error:
            error.add_note(f"with {keys[0]}")
            raise

    return wrong
