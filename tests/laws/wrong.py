"""For each law, implementations that break it. Each is a mistake that is easy to make."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from laws.coherence import Fold
from laws.harness import FINISH, A, LanguageLayer, LanguageModel

from ai_sdk.call import CallRecord, Observer, current_call, record_call
from ai_sdk.call import _current as current
from ai_sdk.ending import Ending, Releasable
from ai_sdk.errors import APIError, InvalidRequestError
from ai_sdk.messages import TextPart, user
from ai_sdk.model import AnyLayer, Model, Wrapped, layer, wrap_model
from ai_sdk.parts import Finish, LanguagePart, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import Live, hold
from ai_sdk.results import LanguageResponse, LanguageResult, Usage, fold_language

Req = TypeVar("Req")
Res = TypeVar("Res")
Layers = Sequence[LanguageLayer]


# Law 1, order


def wraps_backwards(model: LanguageModel, layers: Layers) -> LanguageModel:
    """The first layer is innermost."""
    return wrap_model(model, list(reversed(layers)))


def forgets_the_inner_stack(model: LanguageModel, layers: Layers) -> LanguageModel:
    """Flattens a nested stack by taking its innermost model alone."""
    return wrap_model(model.model if isinstance(model, Wrapped) else model, layers)


def wraps_even_without_layers(model: LanguageModel, layers: Layers) -> LanguageModel:
    """Without layers it still gives another object."""
    return Wrapped(model, layers)


class SharesItsStack:
    """Remembers the layers of every stack that it ever made."""

    def __init__(self) -> None:
        self.layers: list[LanguageLayer] = []

    def __call__(self, model: LanguageModel, layers: Layers) -> LanguageModel:
        self.layers.extend(layers)
        return wrap_model(model, self.layers)


@layer
async def answers_but_also_asks(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    """A cache that asks the model all the same."""
    await (await call(request)).result()
    return LanguageResponse.of([TextDelta("cached"), FINISH], fold_language)


class RemembersItsResponse:
    """Hands the response of its first call to every later caller."""

    def __call__(self, model: LanguageModel, /) -> LanguageModel:
        first: list[LanguageResponse] = []

        async def call(request: LanguageRequest, /) -> LanguageResponse:
            if not first:
                first.append(await model(request))
            return first[0]

        return call


# Law 2, immutability


@layer
async def changes_in_place(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    """Gets around the frozen class."""
    object.__setattr__(request, "temperature", 0.123)
    return await call(request)


@layer
async def adds_on_every_attempt(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    """Each attempt sees one message more."""
    for left in (2, 1, 0):
        request = replace(request, messages=(*request.messages, user("please")))
        try:
            return await call(request)
        except Exception:
            if not left:
                raise
    raise AssertionError


@dataclass(frozen=True)
class ShallowRequest:
    """Frozen on the surface: it keeps the caller's own lists and dicts."""

    messages: Any = ()
    stop: Any = ()
    tools: Any = ()
    response_format: Any = None
    headers: Any = None
    provider_options: Any = None


# Law 3, coherence


def dropping(*, only: bool) -> Callable[[], Layers]:
    """Loses a part: every second one, or those that came after the first content."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        at = 0
        async for part in parts:
            at += 1
            if part.last or (at % 2 if not only else at < 3):
                yield part

    @layer
    async def drop(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        response = await call(request)
        return await response.through(change) if request.stream or not only else response

    return lambda: [drop]


def copying() -> Layers:
    """Gives on equal parts that are not the same objects, where it promised to leave them alone."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield replace(part)

    @layer
    async def copy(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await call(request)).through(change)

    return [copy]


def folds_previews(parts: Sequence[LanguagePart]) -> LanguageResult:
    """Takes the preview of a tool's input for text."""
    return fold_language([TextDelta(part.delta) if isinstance(part, ToolInputDelta) else part for part in parts])


def folds_each_delta_apart(parts: Sequence[LanguagePart]) -> LanguageResult:
    """Makes a block of every delta."""
    result = fold_language(parts)
    texts = [TextPart(part.text) for part in parts if isinstance(part, TextDelta) and part.text]
    rest = [part for part in result.content if not isinstance(part, TextPart)]
    return replace(result, content=(*texts, *rest))


def folds_unknown_to_zero(parts: Sequence[LanguagePart]) -> LanguageResult:
    """Says 0 where the provider said nothing."""
    result = fold_language(parts)
    known = result.usage
    return replace(result, usage=Usage(known.input_tokens or 0, known.output_tokens or 0))


# Law 5, cancellation


def swallowing() -> Layers:
    """A bare except around the call."""

    @layer
    async def swallow(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        try:
            return await call(request)
        except BaseException:
            return LanguageResponse.of([A, FINISH], fold_language)

    return [swallow]


def retrying_cancellation() -> Layers:
    """Takes a cancellation for a failure."""

    @layer
    async def again(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        try:
            return await call(request)
        except BaseException:
            return await call(request)

    return [again]


def converting() -> Layers:
    """Makes another error of a cancelled read."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        try:
            async for part in parts:
                yield part
        except asyncio.CancelledError:
            raise TimeoutError("the model is slow") from None

    @layer
    async def convert(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await call(request)).through(change)

    return [convert]


def shielding() -> Layers:
    """Lets the call go on in a task that nobody owns."""

    @layer
    async def shield(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await asyncio.shield(asyncio.ensure_future(call(request)))

    return [shield]


class SharedCall:
    """Gives every caller the same task, so that one who leaves cancels it for all."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.task: asyncio.Task[LanguageResult] | None = None

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        async def call() -> LanguageResult:
            return await (await self.model(request)).result()

        self.task = self.task or asyncio.ensure_future(call())
        return LanguageResponse.of([TextDelta((await self.task).text), FINISH], fold_language)


# Law 6, one record


def sends_twice(make: Callable[..., LanguageModel]) -> Callable[..., LanguageModel]:
    """A model with a retry of its own, hidden below the layers."""

    def made(scripts: list[Any], sent: list[object]) -> LanguageModel:
        model = make(scripts, sent)

        async def call(request: LanguageRequest, /) -> LanguageResponse:
            try:
                return await model(request)
            except Exception:
                return await model(request)

        return call

    return made


def reports_nothing(make: Callable[..., LanguageModel]) -> Callable[..., LanguageModel]:
    """A model that promises to report its attempts and does not."""

    def made(scripts: list[Any], sent: list[object]) -> LanguageModel:
        model = make(scripts, sent)

        class Silent:
            records_attempts = True

            async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
                token = current.set(None)
                try:
                    return await model(request)
                finally:
                    current.reset(token)

        return Silent()

    return made


def reports_too_early(make: Callable[..., LanguageModel]) -> Callable[..., LanguageModel]:
    """Ends the attempt of a stream when the call returns."""

    def made(scripts: list[Any], sent: list[object]) -> LanguageModel:
        model = make(scripts, sent)

        async def call(request: LanguageRequest, /) -> LanguageResponse:
            response = await model(request)
            if record := current_call():
                record.attempts[-1].release(Ending("end"))
            return response

        return call

    return made


def leaves_its_record(model: LanguageModel, layers: Layers) -> LanguageModel:
    """Sets the context variable and never resets it."""
    inner = wrap_model(model, layers)

    async def call(request: LanguageRequest, /) -> LanguageResponse:
        current.set(CallRecord())
        return await inner(request)

    return call


def hides_the_attempts(model: LanguageModel, layers: Layers) -> LanguageModel:
    """Makes a new error of the last one, without its record."""
    inner = wrap_model(model, layers)

    async def call(request: LanguageRequest, /) -> LanguageResponse:
        try:
            return await inner(request)
        except Exception as error:
            raise type(error)(*error.args) from error

    return call


class LoudRecord(CallRecord):
    """A record whose observers can break the call that they watch."""

    def tell(self, kind: Any, detail: Any = None) -> None:
        for observer in self.observers:
            observer(self, kind, detail)


def tells_loudly(observers: tuple[Observer, ...]) -> AbstractContextManager[CallRecord]:
    """``record_call`` with loud records."""
    opened = record_call(observers=observers)

    class Loud(AbstractContextManager[CallRecord]):
        def __enter__(self) -> CallRecord:
            record = opened.__enter__()
            record.__class__ = LoudRecord
            return record

        def __exit__(self, *error: Any) -> None:
            opened.__exit__(*error)

    return Loud()


# Law 7, truncation


async def loses_the_partial(
    source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable
) -> LanguageResponse:
    """Folds nothing into the error."""
    return await LanguageResponse.start(source, lambda parts: fold(parts if parts and parts[-1].last else ()), *held)


async def invents_a_finish(
    source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable
) -> LanguageResponse:
    """Adds the finish that the provider never sent."""

    async def ended() -> AsyncGenerator[LanguagePart, None]:
        finished = False
        async for part in source:
            finished = finished or isinstance(part, Finish)
            yield part
        if not finished:
            yield FINISH

    return await LanguageResponse.start(ended(), fold, *held)


def decodes_with_json(text: str) -> object:
    """Lets the decoder's own exception out."""
    return json.loads(text)


# Law 8, secrets


@dataclass(frozen=True)
class ShowsItsKey:
    """A dataclass prints all its fields."""

    api_key: str


def error_with_headers(secret: str) -> APIError:
    """Puts the request into the sentence."""
    return APIError(f"the request with {{'authorization': 'Bearer {secret}'}} failed", status=401)


# Law 10, loops and threads


def shared_semaphore(size: int) -> AnyLayer:
    """A semaphore belongs to the first loop that waits for it."""
    semaphore = asyncio.Semaphore(size)

    class Permit:
        def release(self, _ending: Ending, /) -> None:
            semaphore.release()

    @layer
    async def limited(request: Req, call: Model[Req, Res]) -> Res:
        await semaphore.acquire()
        return await hold(Permit(), call, request)

    return limited


def semaphore_per_loop(size: int) -> AnyLayer:
    """A limit that is not global: each loop has its own."""
    semaphores: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}

    @layer
    async def limited(request: Req, call: Model[Req, Res]) -> Res:
        async with semaphores.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(size)):
            return await call(request)

    return limited


def limits_the_call_alone(size: int) -> AnyLayer:
    """Gives the slot back when the call returns, while the response is live."""
    return semaphore_per_loop(size)


def never_gives_back(size: int) -> AnyLayer:
    """Holds the slot until the response object goes."""
    semaphore = asyncio.Semaphore(size)

    @layer
    async def limited(request: Req, call: Model[Req, Res]) -> Res:
        await semaphore.acquire()
        response = await call(request)
        if not isinstance(response, Live):
            semaphore.release()
        return response

    return limited


# Law 11, bad input


def accepts_anything(**given: Any) -> dict[str, Any]:
    """Leaves it to the provider to complain."""
    return given


def complains_about_nothing_in_particular(**given: Any) -> LanguageRequest:
    """Names neither the field nor what is allowed."""
    try:
        return LanguageRequest(**given)
    except InvalidRequestError:
        raise InvalidRequestError("bad input") from None


def lets_python_complain(**given: Any) -> LanguageRequest:
    """Raises whatever comes."""
    try:
        return LanguageRequest(**given)
    except InvalidRequestError as error:
        raise TypeError(error.message) from None
