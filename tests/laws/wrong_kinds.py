"""Layers that break one law, on some kind of call or on all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextvars import Context
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from laws.layers import passing
from laws.wrong_composition import leaving_it_open
from layer_laws.wrong import retry_cancellations

from ai_sdk.call import CallRecord, entered
from ai_sdk.errors import InvalidRequestError
from ai_sdk.middleware import logging, rate_limit, retry, timeout
from ai_sdk.model import layer
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.response import Response
from ai_sdk.stores.codec import decode, encode
from ai_sdk.stores.entry import Entry

__all__ = ["leaving_it_open"]


def nothing(*_arguments: Any, **_options: Any) -> Any:
    """A layer that does nothing."""
    return passing


def for_language_alone(make: Callable[..., Any]) -> Callable[..., Any]:
    """A layer that does what it should on language models, and nothing on other kinds."""

    def made(*arguments: Any, **options: Any) -> Any:
        real = make(*arguments, **options)

        def wrong(model: Any) -> Any:
            around = real(model)

            async def chosen(request: Any) -> Any:
                return await (around if isinstance(request, LanguageRequest) else model)(request)

            return chosen

        return wrong

    return made


@layer
async def skipping(request: Any, call: Any) -> Any:
    """What stands inside is gone by."""
    return await call.model(request)


@layer
async def writing_into_the_request(request: Any, call: Any) -> Any:
    """The caller's own request is changed."""
    object.__setattr__(request, "provider_options", {"wrong": {}})
    return await call(request)


def another_request_each_time() -> Any:
    """No two attempts see an equal request."""
    count = 0

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        nonlocal count
        count += 1
        return await call(changed(request, headers={"x-attempt": str(count)}))

    return wrong


@layer
async def asking_twice(request: Any, call: Any) -> Any:
    """The first answer is thrown away."""
    first: Any = await call(request)
    if isinstance(first, Response):
        await first.aclose()
    return await call(request)


@layer
async def emptying(request: Any, call: Any) -> Any:
    """Only the end of the answer is given on, or a result with nothing in it."""
    answer: Any = await call(request)
    if not isinstance(answer, Response):
        return type(answer)()
    live = cast("Any", answer)
    return Response[Any, Any].of([part async for part in live][-1:], live.fold)


@layer
async def leaving_a_task(request: Any, call: Any) -> Any:
    """Something is still running when all is over."""
    tasks.append(asyncio.create_task(asyncio.sleep(1e6)))
    return await call(request)


tasks: list[Any] = []


@layer
async def closing_too_late(request: Any, call: Any) -> Any:
    """What is inside is closed some time after what is outside."""
    response: Any = await call(request)

    async def copy() -> AsyncGenerator[Any, None]:
        try:
            async for part in response:
                yield part
        finally:
            tasks.append(asyncio.ensure_future(response.aclose()))

    return await Response[Any, Any].start(copy(), response.fold)


def trying_after_a_cancellation() -> Any:
    """A call that was cancelled is made again."""
    return retry_cancellations(attempts=2)


@layer
async def translating_errors(request: Any, call: Any) -> Any:
    """Every error becomes one of its own."""
    try:
        answer: Any = await call(request)
    except Exception as error:
        raise RuntimeError("it failed") from error
    return answer


@layer
async def in_another_context(request: Any, call: Any) -> Any:
    """The record of the call is not known inside."""
    return await asyncio.get_running_loop().create_task(call(request), context=Context())


@layer
async def leaking_a_record(request: Any, call: Any) -> Any:
    """A record stays behind."""
    entered(CallRecord("layer", "wrong")).__enter__()
    return await call(request)


@layer
async def reading_messages(request: Any, call: Any) -> Any:
    """It takes every request for one of a language model."""
    assert request.messages is not None
    return await call(request)


@layer
async def refusing_too_late(request: Any, call: Any) -> Any:
    """The kind is looked at when the call has been paid."""
    answer: Any = await call(request)
    if not isinstance(request, LanguageRequest):
        if isinstance(answer, Response):
            await cast("Response[Any, Any]", answer).aclose()
        message = f"wrong: the request is a {type(request).__name__}; allowed is a LanguageRequest"
        raise InvalidRequestError(message, field="request")
    return answer


def cache_by_the_look_of_it(*_arguments: Any, **_options: Any) -> Any:
    """Requests are the same when they look the same; bytes do not show."""
    answers: dict[str, Any] = {}

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        key = repr(replace(request, stream=False) if hasattr(request, "stream") else request)
        if key in answers:
            return answers[key].replay()
        answer: Any = await call(request)
        if not isinstance(answer, Response):
            answers[key] = Entry(value=answer)
            return answer
        live = cast("Any", answer)
        parts = tuple([part async for part in live])
        answers[key] = Entry(parts, live.fold)
        return Response[Any, Any].of(parts, live.fold)

    return wrong


def cache_of_everything(*_arguments: Any, **_options: Any) -> Any:
    """Whatever is asked, the first answer is given."""
    kept: list[Any] = []

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        if not kept:
            answer: Any = await call(request)
            if not isinstance(answer, Response):
                kept.append(Entry(value=answer))
                return answer
            live = cast("Any", answer)
            kept.append(Entry(tuple([part async for part in live]), live.fold))
            return Response[Any, Any].of(kept[0].parts, live.fold)
        return kept[0].replay()

    return wrong


def _through_text(value: Any) -> Any:
    return value.decode("ascii", "replace").encode() if isinstance(value, bytes) else value


def encode_as_text(entry: Entry) -> bytes:
    """Bytes are taken for text."""

    def texts(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(texts, cast("tuple[Any, ...]", value)))
        for name in ("data", "audio", "images", "videos", "files"):
            if (held := getattr(value, name, None)) is not None:
                value = replace(value, **{name: texts(held)})
        return _through_text(value)

    if entry.parts is None:
        return encode(Entry(value=texts(entry.value)))
    return encode(Entry(texts(entry.parts), entry.fold))


def decode_forgetting(data: bytes) -> Entry | None:
    """The last field that is written is lost."""
    entry = decode(data)
    if entry is None or entry.parts is None:
        return entry and Entry(value=type(entry.value)())
    return Entry(entry.parts[:-1], entry.fold)


def logging_all_the_same(logger: Any, *, content: bool) -> Any:
    """The texts are in the line, asked for or not."""
    return logging(logger, content=content or True)


def logging_the_request(logger: Any, *, content: bool) -> Any:
    """Everything that the request has is in the line, when content is asked for."""

    class Everything:
        def info(self, event: str, **fields: Any) -> None:
            logger.info(event, **fields, **({"request": asked[-1]} if content else {}))

    asked: list[Any] = []

    def wrong(model: Any) -> Any:
        async def noting(request: Any) -> Any:
            asked.append(_shown(request))
            return await model(request)

        return logging(Everything(), content=content)(noting)

    return wrong


def _shown(value: Any) -> Any:
    if is_dataclass(value):
        return [_shown(getattr(value, each.name)) for each in fields(value) if each.name != "headers"]
    return [_shown(each) for each in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else repr(value)


def timeout_of_the_await(**options: Any) -> Any:
    """Reads are not limited."""
    first = min(options.get("total", 1e9), options.get("first_content", 1e9))
    return timeout(first_content=first)


def limit_of_the_await(**options: Any) -> Any:
    """A slot is free when the answer begins."""
    if "concurrency" not in options:
        return rate_limit(**options)
    free = asyncio.Semaphore(options["concurrency"])

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        async with free:
            return await call(request)

    return wrong


def retry_whatever_came(**options: Any) -> Any:
    """A stream that broke is asked for again behind the reader's back."""

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        async def whole() -> Any:
            response: Any = await call(request)
            if not isinstance(response, Response):
                return response
            live = cast("Any", response)
            return Response[Any, Any].of([part async for part in live], live.fold)

        async def model(_request: Any) -> Any:
            return await whole()

        return await retry(**options)(model)(request)

    return wrong
