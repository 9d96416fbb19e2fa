"""Stacks and layers that break the laws of composition, in one way each."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

from ai_sdk.middleware import rate_limit, retry
from ai_sdk.model import Wrapped, layer, wrap_model
from ai_sdk.results import LanguageResponse


def wrap_always(model: Any, layers: Any) -> Any:
    """Something is put around the model even when there is no layer."""
    return Wrapped(model, layers)


def wrap_from_the_inside(model: Any, layers: Any) -> Any:
    """The first layer is innermost."""
    return wrap_model(model, list(reversed(layers)))


def wrap_and_forget(model: Any, layers: Any) -> Any:
    """A wrapped model that is wrapped again loses its layers."""
    inside: Any = cast("Any", model).model if isinstance(model, Wrapped) else model
    return wrap_model(inside, layers)


def one_cache_for_all() -> Any:
    """A cache whose answers every model gets."""
    answers: dict[Any, Any] = {}

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        if "answer" not in answers:
            answers["answer"] = await (await call(request)).result()
        return _Whole(answers["answer"])

    return wrong


class _Whole:
    """A result that reads like a response."""

    def __init__(self, value: Any) -> None:
        self.value = value

    async def result(self) -> Any:
        return self.value


def leaving_it_open() -> Any:
    """The response is read by hand and never closed."""
    kept: list[Any] = []

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        response: Any = await call(request)
        kept.append(response)

        async def copy() -> AsyncGenerator[Any, None]:
            async for part in response:
                yield part

        return await LanguageResponse.start(copy(), response.fold)

    return wrong


def nameless() -> Any:
    """A layer that is called something else."""

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        return await call(request)

    return wrong


def cache_that_asks_all_the_same() -> Any:
    """A cache that gives the first answer again, after asking."""
    answers: list[Any] = []

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        answers.append(await (await call(request)).result())
        return _Whole(answers[0])

    return wrong


def retry_with_one_stream(**_options: Any) -> Any:
    """Every call of it gets the stream that the first one opened."""
    opened: list[Any] = []

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        if not opened:
            opened.append(await retry(wait=0)(call)(request))
        return opened[0]

    return wrong


def limit_inside_whatever_was_asked(layers: list[Any]) -> list[Any]:
    """The limit is put next to the model, wherever it was asked for."""
    return [*[each for each in layers if each.__name__ != "rate_limit"], rate_limit(requests=2, per=60)]
