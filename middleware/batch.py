"""Make one call of the embedding calls that come at the same time.

The law: calls whose requests are equal in everything but their texts, and that come while the first of them waits, are
sent as one, with all their texts in the order in which they came. Each caller gets the vectors of its own texts, in
order. No text waits longer than ``max_wait`` seconds, and no call that was put together has more than ``max_size``
texts. A caller who is cancelled takes along its own texts, or only its share of the answer when they have been sent;
when all are, the call is. A call that stays alone is made as it came, and its answer is handed on as it is.

A failure is raised in every caller, in each as an error object of its own. The usage is divided in proportion to the
characters of the texts, and one for each text; the shares add up to the whole exactly. ``usage.raw`` is in none,
because the provider said it of the whole. The attempts are in the record of the caller who came first; the others hear
``joined``. The call runs without a deadline, and each caller waits under its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from functools import partial
from hashlib import sha256
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any, cast
from weakref import WeakKeyDictionary

from ai_sdk.call import report
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.flight import Flight
from ai_sdk.keys import canonical
from ai_sdk.layer_options import check_kind, own_options
from ai_sdk.model import Layer, Model, layer, name_of
from ai_sdk.requests import EmbeddingRequest, changed
from ai_sdk.results import EmbeddingResult, Usage

__all__ = ["batch"]

_EmbeddingModel = Model[EmbeddingRequest, EmbeddingResult]
_Open = dict[Hashable, "_Batch"]

_MOST_TEXTS = 2048
_SETTINGS = [each for each in fields(EmbeddingRequest) if each.name != "values"]
_settings_of = attrgetter(*[each.name for each in _SETTINGS])
_USUAL = tuple(each.default for each in _SETTINGS)
_COUNTS = [each.name for each in fields(Usage) if each.name != "raw"]


def batch(*, max_size: int | None = None, max_wait: float = 0.01) -> Layer[EmbeddingRequest, EmbeddingResult]:
    """Put calls together that come within ``max_wait`` seconds of the first one; 0 is the next turn of the event loop.

    ``max_size``: how many texts one call may have, by default the model's ``max_values_per_call``, or 2048. A batch is
    sent as soon as it is full or the next call does not fit any more. A request with as many texts or more is sent by
    itself at once, and so is one with ``layer_options={"batch": {"alone": True}}``.

    Each event loop and each use of the layer puts together its own calls. Reports ``joined`` (detail: the name of the
    model) to the record of a call that is sent with another's. Raises InvalidRequestError for options that make no
    sense, and InvalidResponseError in all callers when there is not one vector for each text.
    """
    if max_size is not None and (type(cast("Any", max_size)) is not int or max_size < 1):
        raise InvalidRequestError(f"max_size is {max_size!r}; allowed is an integer from 1, or None", field="max_size")
    if not 0 <= max_wait < float("inf"):
        raise InvalidRequestError(f"max_wait is {max_wait!r}; allowed are seconds from 0", field="max_wait")

    def batch(model: _EmbeddingModel, /) -> _EmbeddingModel:
        most: int = max_size or getattr(model, "max_values_per_call", None) or _MOST_TEXTS
        loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Open] = WeakKeyDictionary()

        @layer
        async def batch(request: EmbeddingRequest, call: _EmbeddingModel) -> EmbeddingResult:
            check_kind(request, EmbeddingRequest, "batch")
            count = len(request.values)
            key = None if _is_alone(request) or not 0 < count < most else _key(request)
            if key is None:
                return await call(request)
            loop = asyncio.get_running_loop()
            waiting = loops.setdefault(loop, {})
            current = waiting.get(key)
            if current is not None and (current.flight.abandoned or current.size + count > most):
                current.send()
                current = None
            if current is None:
                current = waiting[key] = _Batch(call, max_wait, partial(_forget, waiting, key))
            else:
                report("joined", name_of(call))
            return await current.take(request, full_at=most)

        return batch(model)

    return batch


def _is_alone(request: EmbeddingRequest) -> bool:
    alone: Any = own_options(request, "batch", "alone").get("alone", False)
    if not isinstance(alone, bool):
        message = f"layer_options['batch']['alone'] is {alone!r}; allowed are True and False"
        raise InvalidRequestError(message, field="layer_options.batch.alone")
    return alone


def _key(request: EmbeddingRequest) -> Hashable | None:
    """What requests have in common that may be sent together; None when nobody can say."""
    settings = _settings_of(request)
    if settings == _USUAL:
        return ()
    try:
        return sha256(canonical(settings).encode("utf-8", "surrogatepass")).digest()
    except (InvalidRequestError, RecursionError):
        return None


def _forget(waiting: _Open, key: Hashable, sent: _Batch) -> None:
    if waiting.get(key) is sent:
        del waiting[key]


class _Batch:
    """Calls that wait to be sent as one. ``size`` is how many texts they have."""

    __slots__ = ("_call", "_due", "_forget", "_requests", "_sent", "flight", "size")

    def __init__(self, call: _EmbeddingModel, max_wait: float, forget: Any) -> None:
        self._call = call
        self._forget = forget
        self._requests: dict[object, EmbeddingRequest] = {}
        self._sent = False
        self._due: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.size = 0
        self.flight = Flight(partial(self._fly, max_wait))

    async def take(self, request: EmbeddingRequest, *, full_at: int) -> EmbeddingResult:
        """Wait for the answer to one more request."""
        caller = object()
        self._requests[caller] = request
        self.size += len(request.values)
        if self.size >= full_at:
            self.send()
        try:
            return (await self.flight.join())[caller]
        finally:
            if not self._sent:
                self.size -= len(self._requests.pop(caller).values)

    def send(self) -> None:
        """Wait no longer."""
        if not self._due.done():
            self._due.set_result(None)

    async def _fly(self, max_wait: float) -> dict[object, EmbeddingResult]:
        timer = asyncio.get_running_loop().call_later(max_wait, self.send)
        try:
            await self._due
        finally:
            timer.cancel()
            self._forget(self)
        self._sent = True
        requests = list(self._requests.values())
        if len(requests) == 1:
            return dict.fromkeys(self._requests, await self._call(requests[0]))
        texts = tuple([text for request in requests for text in request.values])
        result = await self._call(changed(requests[0], values=texts))
        return dict(zip(self._requests, _shares(result, requests, name_of(self._call)), strict=True))


def _shares(result: EmbeddingResult, requests: Sequence[EmbeddingRequest], name: str) -> list[EmbeddingResult]:
    """The result for each of the requests."""
    ends = list(accumulate([len(request.values) for request in requests], initial=0))
    if len(result.embeddings) != ends[-1]:
        raise InvalidResponseError(f"{name} returned {len(result.embeddings)} vectors for {ends[-1]} texts")
    usages = _divided(result.usage, [sum(map(len, request.values)) + len(request.values) for request in requests])
    return [
        replace(result, embeddings=result.embeddings[start:end], usage=usage)
        for (start, end), usage in zip(pairwise(ends), usages, strict=True)
    ]


def _divided(usage: Usage, weights: Sequence[int]) -> list[Usage]:
    """The usage in shares by weight. The first so many shares add up to what is theirs together, rounded down."""
    ends = list(accumulate(weights, initial=0))
    counts = {name: count for name in _COUNTS if (count := getattr(usage, name)) is not None}
    shares: list[dict[str, Any]] = [
        {name: count * end // ends[-1] - count * start // ends[-1] for name, count in counts.items()}
        for start, end in pairwise(ends)
    ]
    return [Usage(**share) for share in shares]
