"""Keys, stores and caches that are wrong in one way each. The laws of their tests must find them out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import fields
from typing import Any, TypeVar, cast

from cachetools import FIFOCache
from laws.wrong_flight import RunsInTheLeader, again

from ai_sdk.keys import Identity, Keys, canonical
from ai_sdk.middleware import cache
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import Response
from ai_sdk.stores import codec
from ai_sdk.stores.answers import Answers, Ask, Asking, Wish
from ai_sdk.stores.entry import Entry
from ai_sdk.stores.memory import MemoryStore
from ai_sdk.stores.semantic import Place, SemanticIndex

Req = TypeVar("Req")
Res = TypeVar("Res")
cache_module: Any = sys.modules["ai_sdk.middleware.cache"]


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class KeysWithoutDelimiters(Keys):
    """Writes the fields one after the other with a colon between name and value."""

    def __init__(self, scope: str | None = None, identity: Identity | None = None) -> None:
        self.start = f"{scope}{identity}"

    def of(self, request: Any) -> str:
        text = "".join(
            f"{each.name}: {getattr(request, each.name)}" for each in fields(request) if each.name != "stream"
        )
        return _hashed(self.start + text)


class KeysInTheOrderOfMappings(Keys):
    """Does not sort the names of a mapping."""

    def __init__(self, scope: str | None = None, identity: Identity | None = None) -> None:
        self.start = [scope, identity]

    def of(self, request: Any) -> str:
        values = {each.name: getattr(request, each.name) for each in fields(request) if each.name != "stream"}
        return _hashed(json.dumps([*self.start, type(request).__name__, values], default=repr))


class KeysOfAFewFields(Keys):
    """Has a list of the fields that count; a new one is forgotten."""

    def of(self, request: Any) -> str:
        named = ("messages", "values", "temperature", "max_output_tokens", "tools", "headers", "provider_options")
        return _hashed(canonical({name: getattr(request, name, None) for name in named}))


class KeysOfTheLastField(Keys):
    """Forgets what it has of a request when it comes to the next field."""

    def of(self, request: Any) -> str:
        said = [each for each in fields(request) if getattr(request, each.name) != each.default]
        return _hashed(canonical({each.name: getattr(request, each.name) for each in said[-1:]}))


class KeysOfTheBody(Keys):
    """Knows neither the scope nor the model."""

    def __init__(self, _scope: str | None = None, _identity: Identity | None = None) -> None:
        super().__init__()


class KeysOfEverything(Keys):
    """Has the fields in it that do not change the answer."""

    def of(self, request: Any) -> str:
        return _hashed(super().of(request) + repr(getattr(request, "stream", None)) + repr(request.layer_options))


class KeysWithoutTypes(Keys):
    """Writes numbers, truth values and text alike."""

    def of(self, request: Any) -> str:
        return _hashed(super().of(type(request)(**{each.name: getattr(request, each.name) for each in fields(request)}
                                                | {"provider_options": _texts(request.provider_options)})))  # fmt: skip


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _texts(each) for key, each in cast("dict[Any, Any]", value).items()}
    if isinstance(value, tuple):
        return tuple(map(_texts, cast("tuple[Any, ...]", value)))
    return str(value)


class CodecOfPlainJSON:
    """Writes what JSON has, and takes the rest for text."""

    @staticmethod
    def encode(entry: Entry) -> bytes:
        parts = None if entry.parts is None else [repr(part) for part in entry.parts]
        return json.dumps([parts, repr(entry.value)]).encode()

    @staticmethod
    def decode(data: bytes) -> Entry:
        parts, value = json.loads(data)
        return Entry(parts, None, value)


class CodecWithoutAChecksum:
    """Believes whatever can be read."""

    @staticmethod
    def decode(data: bytes) -> Entry | None:
        try:
            _, version, length = codec._HEAD.unpack_from(data)
            body = data[codec._HEAD.size :]
            head = codec._HEAD.pack(codec._checksum(version, length, body), version, length)
        except Exception:
            return None
        return codec.decode(head + body)


class MemoryWithoutTime(MemoryStore):
    """Keeps what it has for ever."""

    def set(self, key: str, value: Any, _ttl: float | None, /) -> None:
        super().set(key, value, None)


class MemoryInTheOrderOfStoring(MemoryStore):
    """Throws away what was stored first, however often it is used."""

    def __init__(self, *, max_size: int) -> None:
        super().__init__(max_size=max_size)
        self._entries: Any = FIFOCache(max_size)


class MemoryWithoutABound(MemoryStore):
    """Keeps more than it may."""

    def __init__(self, *, max_size: int) -> None:
        super().__init__(max_size=max_size + 1)


def with_answers(kind: type[Answers]) -> Any:
    """The real cache on top of other ``Answers``."""

    def make(*given: Any, **options: Any) -> AnyLayer:
        real = cache(*given, **options)

        def build(model: Any, /) -> Any:
            right, cache_module.Answers = cache_module.Answers, kind
            try:
                return real(model)
            finally:
                cache_module.Answers = right

        return cast("AnyLayer", build)

    return make


def with_options(**wrong: Any) -> Any:
    """The real cache with other options than those that were asked for."""

    def make(*given: Any, **options: Any) -> AnyLayer:
        return cache(*given, **options | wrong)

    return make


class _Shared(Answers):
    async def put(self, key: str, entry: Entry, ttl: float | None) -> bool:
        self._store.set(key, entry, ttl)
        return True


cache_sharing_its_values = with_answers(_Shared)
"""Stores objects that the first caller can still change."""


class _Alone(Answers):
    def _join(self, key: str, wish: Wish) -> Asking | None:
        return None


cache_without_single_flight = with_answers(_Alone)
"""Asks once for each caller."""


class _Careful(Answers):
    async def find(self, key: str) -> Entry | None:
        found = self._store.get(key)
        if found is not None and not isinstance(found, Entry | bytes):
            found = await found
        return found if found is None or isinstance(found, Entry) else codec.decode(found)


cache_that_needs_its_store = with_answers(_Careful)
"""Raises what the store raises."""


class _Sliding(Answers):
    async def find(self, key: str) -> Entry | None:
        found = await super().find(key)
        if found is not None:
            await self.put(key, found, 5.0)
        return found


cache_that_starts_the_clock_again = with_answers(_Sliding)
"""A hit makes the time of an answer begin anew."""


class _Early(Answers):
    async def answer(self, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> Any:
        response = await super().answer(request, ask, keys, key, wish)
        for known in list(self._under_way.values()):
            asking = known()
            if asking is not None and asking.done and asking.error is None:
                await asking.store(wish.ttl, None)
        return response


cache_of_what_nobody_read = with_answers(_Early)
"""Stores an answer when it has arrived, whether or not anybody reads it."""


class _Modeless(Answers):
    async def answer(self, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> Any:
        return await super().answer(request, ask, keys, key, Wish("on", wish.ttl))


cache_without_modes = with_answers(_Modeless)
"""Does the usual, whatever is asked of it."""


class _Rewriting(Answers):
    async def answer(self, request: Any, ask: Ask, keys: Keys, key: str, wish: Wish) -> Any:
        mode = "on" if wish.mode == "read" else wish.mode
        return await super().answer(request, ask, keys, key, Wish(mode, wish.ttl))


cache_that_writes_when_it_reads = with_answers(_Rewriting)
"""Takes ``read`` for ``on``."""


cache_without_time = with_options(ttl=None)
cache_of_everything = with_options(cacheable=bool)
cache_of_fallbacks = with_options(store_fallback=True)
cache_without_a_scope = with_options(scope=None)
cache_without_a_bound = with_options(max_size=1024)
cache_of_the_indeterminate = with_options(only_deterministic=False)


def naive_cache(*, errors: bool = False, early: bool = False, **_options: Any) -> AnyLayer:
    """Keeps the parts that went by, in whatever way they ended if ``early``, and ``errors`` too."""
    kept: dict[str, Any] = {}

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        key = repr(dataclasses.replace(cast("Any", request), stream=False))
        if key in kept:
            return cast("Res", _again(kept[key]))
        try:
            response: Any = await call(request)
        except Exception as error:
            if errors:
                kept[key] = error
            raise
        if not isinstance(response, Response):
            kept[key] = response
            return cast("Res", response)
        return cast("Res", await cast("Response[Any, Any]", response).through(_keeping(kept, key, response, early)))

    return wrong


def _again(found: Any) -> Any:
    if isinstance(found, Exception):
        raise found
    return again(found)


def _keeping(kept: dict[str, Any], key: str, response: Any, early: bool) -> Any:
    async def keep(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
        seen: list[Any] = []
        try:
            async for part in parts:
                seen.append(part)
                yield part
        finally:
            if early or (seen and seen[-1].last):
                kept[key] = (seen, response.fold)

    return keep


def cache_of_errors(**options: Any) -> AnyLayer:
    """Gives an error again."""
    return naive_cache(errors=True, **options)


def cache_of_pieces(**options: Any) -> AnyLayer:
    """Stores what it has when the stream is broken off."""
    return naive_cache(early=True, **options)


def cache_that_charges_again(**options: Any) -> AnyLayer:
    """Gives the usage of the first call once more."""
    return naive_cache(**options)


def cache_led_by_the_first(**_options: Any) -> AnyLayer:
    """The first caller makes the call for the others: with it they are cancelled."""
    flights: dict[str, RunsInTheLeader] = {}

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        key = repr(request)
        flight = flights.get(key) or flights.setdefault(key, RunsInTheLeader(lambda: call(request)))
        return cast("Res", await flight.join())

    return wrong


class _AnyGroup(SemanticIndex):
    async def place(self, request: object, keys: Keys) -> Place | None:
        place = await super().place(request, keys)
        return None if place is None else place._replace(group="all")


class _AnyLikeness(SemanticIndex):
    def __init__(self, model: Any, _threshold: float, max_size: int) -> None:
        super().__init__(model, 0.01, max_size)


def _with_index(kind: type[SemanticIndex]) -> Any:
    def make(*given: Any, **options: Any) -> AnyLayer:
        right, cache_module.SemanticIndex = cache_module.SemanticIndex, kind
        try:
            return cache(*given, **options)
        finally:
            cache_module.SemanticIndex = right

    return make


semantic_cache_across_settings = _with_index(_AnyGroup)
"""Compares questions whatever the instructions and settings around them are."""
semantic_cache_of_anything = _with_index(_AnyLikeness)
"""Takes anything for similar."""
