"""Give the answer that was given before, and ask once for many who ask the same.

The law: a hit is equal to what was stored, streamed or not, and only a request that is the same in every field but
``stream``, to the same model, in the same scope, gets it, before its time is over. What is stored ended cleanly and was
read to its end by somebody: no error, no cancelled or truncated answer, none that was closed early by all its readers,
and none that a fallback served. While a call is under way, equal calls join it; a caller who leaves takes nothing from
the others, and the last one to leave closes the upstream (``ai_sdk.flight``). A store that fails is a miss.

A hit costs nothing: its usage is 0 tokens, and ``provider_metadata["ai_sdk"]`` says ``{"cached": True, "usage": ...}``
with what the answer took when it was made. A call that joined another has the usage of that one, whose attempts are in
the record of the first caller alone.

``layer_options={"cache": {"mode": ..., "ttl": ...}}`` asks for one call:

=========  =================  =========================  ==========
mode       a stored answer    calls under way            the answer
=========  =================  =========================  ==========
on         is given           are joined                 is stored
read       is given           are joined                 is not
write      stays, not given   are not joined             is stored
refresh    is forgotten       only refreshing ones are   is stored
off        stays, not given   are not joined             is not
=========  =================  =========================  ==========
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.keys import Identity, Keys, identity_of
from ai_sdk.layer_options import own_options
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.requests import EmbeddingRequest, RerankRequest
from ai_sdk.stores.answers import MODES, Answers, Wish
from ai_sdk.stores.memory import MemoryStore
from ai_sdk.stores.semantic import SemanticIndex

if TYPE_CHECKING:
    from ai_sdk.results import EmbeddingResult
    from ai_sdk.stores import Store
    from ai_sdk.stores.entry import Entry

__all__ = ["cache"]

Req = TypeVar("Req")
Res = TypeVar("Res")
Scope: TypeAlias = str | Callable[[Any], str | None] | None


class _Missing(Enum):
    MISSING = "missing"


def cache(
    store: Store | None = None,
    *,
    ttl: float | None = None,
    max_size: int = 1024,
    scope: Scope | Literal[_Missing.MISSING] = _Missing.MISSING,
    identity: str | None = None,
    only_deterministic: bool = False,
    store_fallback: bool = False,
    cacheable: Callable[[Any], bool] | None = None,
    semantic: Model[EmbeddingRequest, EmbeddingResult] | None = None,
    threshold: float = 0.95,
) -> AnyLayer:
    """Keep answers for ``ttl`` seconds (None: as long as there is room), ``max_size`` of them when they are in memory.

    ``store``: a ``MemoryStore``, ``DiskStore`` or ``RedisValues`` of ``ai_sdk.stores``, or anything with the methods of
    ``Store``. Without one each use of the layer has a store of its own, that no other model sees.
    ``scope``: whose answers these are, such as a tenant's id, or a function of the request that says so. A given store
    needs it, because others may use the store; ``scope=None`` says that everybody may have every answer.
    ``identity``: what tells the model from others in a given store; by default its provider, base URL and id. A plain
    function has none of these. What layers inside the cache change in a request is not in the key.
    ``only_deterministic``: cache only requests with temperature 0, embeddings, rankings, and pictures with a seed.
    ``store_fallback``: store answers of models that a fallback inside went over to, too.
    ``cacheable``: which results to store; by default those that ended with ``stop`` or ``tool-calls`` (not at a limit,
    by a filter, or for an unknown reason), and all of kinds that do not say why they ended.
    ``semantic``: an embedding model. A language request that differs from an answered one only in the text of its last
    message, and is at least ``threshold`` similar there (cosine), gets that answer. The index is this process's own.

    Reports ``cache-hit``, ``cache-miss``, ``joined`` and ``cache-stored`` (detail: the key) to the record of the call.
    Raises InvalidRequestError for options that make no sense, a given store without ``scope`` or identity.
    """
    _check(store, ttl, scope, identity)
    own_store = partial(MemoryStore, max_size=max_size)
    own_index = partial(SemanticIndex, semantic, threshold, max_size) if semantic is not None else _none
    for make in (own_store, own_index):  # what is wrong with the options is said now
        make()
    whose = None if isinstance(scope, _Missing) else scope
    may_be_stored = _ended_well if cacheable is None else _judged_by(cacheable)
    usual = Wish(ttl=ttl)

    def cache(model: Model[Req, Res], /) -> Model[Req, Res]:
        keys = _keys(whose, identity, model, shared=store is not None)
        kept = own_store() if store is None else store
        answers = Answers(kept, may_be_stored, store_fallback=store_fallback, semantic=own_index())
        return _use(answers, keys, usual, only_deterministic)(model)

    return cache


def _use(answers: Answers, keys: Keys | Callable[[Any], Keys], usual: Wish, only_deterministic: bool) -> AnyLayer:
    """The layer around one model."""

    @layer
    async def cache(request: Req, call: Model[Req, Res]) -> Res:
        wish = _wish_of(request, usual) if getattr(request, "layer_options", None) else usual
        if wish.mode == "off" or (only_deterministic and not _is_deterministic(request)):
            return await call(request)
        its_keys = keys(request) if callable(keys) else keys
        try:
            key = its_keys.of(request)
        except (InvalidRequestError, RecursionError):  # nobody can say what is equal to it
            return await call(request)
        return cast("Res", await answers.answer(request, partial(call, request), its_keys, key, wish))

    return cache


def _none() -> None:
    return None


def _keys(scope: Scope, identity: str | None, model: object, *, shared: bool) -> Keys | Callable[[Any], Keys]:
    """What makes the keys of a model's requests: always the same, unless its scope or address may change."""
    endpoint = getattr(model, "endpoint", None)
    moves = identity is None and getattr(endpoint, "base_url_env", None) is not None

    def name() -> Identity | None:
        return (identity,) if identity is not None else identity_of(model)

    if not moves and shared and name() is None:
        message = "the model is a plain function, which nothing tells from others in a given store: give identity="
        raise InvalidRequestError(message, field="identity")
    if callable(scope):
        return lambda request: Keys(scope(request), name())
    return (lambda _request: Keys(scope, name())) if moves else Keys(scope, name())


def _wish_of(request: object, usual: Wish) -> Wish:
    """What the request asks of the cache. Raises InvalidRequestError for what is not understood."""
    own = own_options(request, "cache", "mode", "ttl")
    mode, ttl = own.get("mode", usual.mode), own.get("ttl", usual.ttl)
    if mode not in MODES:
        message = f"layer_options['cache']['mode'] is {mode!r}; allowed are {', '.join(MODES)}"
        raise InvalidRequestError(message, field="layer_options.cache.mode")
    _check_seconds(ttl, "layer_options['cache']['ttl']", "layer_options.cache.ttl")
    return Wish(mode, ttl)


def _is_deterministic(request: object) -> bool:
    """Whether the same request has the same answer: by the request alone, as far as it says."""
    if hasattr(request, "temperature"):
        return bool(cast("Any", request).temperature == 0)
    if hasattr(request, "seed"):
        return cast("Any", request).seed is not None
    return isinstance(request, EmbeddingRequest | RerankRequest)


def _ended_well(entry: Entry) -> bool:
    return entry.reason() in (None, "stop", "tool-calls")


def _judged_by(cacheable: Callable[[Any], bool]) -> Callable[[Entry], bool]:
    return lambda entry: cacheable(entry.result())


def _check(store: object, ttl: Any, scope: Any, identity: Any) -> None:
    _check_seconds(ttl, "ttl", "ttl")
    if store is not None and scope is _Missing.MISSING:
        message = "a given store needs scope=: whose answers these are, or None if everybody may have every answer"
        raise InvalidRequestError(message, field="scope")
    if not (scope is None or isinstance(scope, str | _Missing) or callable(scope)):
        given = type(scope).__name__
        raise InvalidRequestError(f"scope is a {given}; allowed are a string, a function and None", field="scope")
    if identity is not None and not (isinstance(identity, str) and identity):
        raise InvalidRequestError(f"identity is {identity!r}; allowed is a string that is not empty", field="identity")


def _check_seconds(seconds: Any, name: str, field: str) -> None:
    if seconds is None or (isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0):
        return
    raise InvalidRequestError(f"{name} is {seconds!r}; allowed are seconds above 0, or None", field=field)
