"""Fallbacks that are wrong in one way each. The laws of ``test_fallback`` must find them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import suppress
from contextvars import Context, ContextVar
from typing import Any, TypeVar, cast

from ai_sdk.errors import AISDKError, AllModelsFailedError, ContextLengthError
from ai_sdk.failover import Candidate, Judge, Target, ask_in_turn, forget_asked, targets_around
from ai_sdk.middleware.fallback import fallback
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.parts import ResponseMetadata
from ai_sdk.requests import changed
from ai_sdk.response import Response

Req = TypeVar("Req")
Res = TypeVar("Res")
Others = Model[Any, Any] | Candidate


def _over(
    others: Sequence[Others],
    targets_of: Callable[[tuple[Target, ...]], Sequence[Target]] = lambda targets: targets,
    judge: Callable[[Exception], Any] | None = None,
) -> AnyLayer:
    """The right way through other targets, or with another judge."""

    def wrong(model: Model[Req, Res], /) -> Model[Req, Res]:
        targets = targets_of(targets_around(model, [Candidate.of(each) for each in others]))

        @layer
        async def wrong(request: Req, call: Model[Req, Res]) -> Res:
            return cast("Res", await ask_in_turn(targets, request, cast("Any", judge or Judge())))

        return wrong(model)

    return wrong


def _naive(others: Sequence[Others], *, catches: type[BaseException] = AISDKError) -> AnyLayer:
    """A loop that knows nothing but the order."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        errors: list[Any] = []
        for each in (call, *others):
            try:
                return cast("Res", await cast("Any", each)(request))
            except catches as error:
                errors.append(error)
        raise AllModelsFailedError("all failed", errors)

    return wrong


def backwards(*others: Others, **_options: Any) -> AnyLayer:
    """Asks the others in the opposite order."""
    return _over(others, lambda targets: (targets[0], *reversed(targets[1:])))


def asks_everybody(*others: Others, **_options: Any) -> AnyLayer:
    """Asks the next one also when the last one has answered."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        answer = await _over(others)(call)(request)
        with suppress(Exception):
            more: Any = await cast("Any", others[-1])(request)
            if isinstance(more, Response):
                await cast("Response[Any, Any]", more).aclose()
        return answer

    return wrong


def raises_the_last(*others: Others, **_options: Any) -> AnyLayer:
    """Raises the last error when all failed."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await _over(others)(call)(request)
        except AllModelsFailedError as group:
            raise group.exceptions[-1] from None

    return wrong


def sorts_errors(*others: Others, **_options: Any) -> AnyLayer:
    """Has all errors, in another order than that in which they came."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await _over(others)(call)(request)
        except AllModelsFailedError as group:
            raise AllModelsFailedError("all failed", sorted(group.exceptions, key=repr)) from None

    return wrong


def moves_on_from_everything(*others: Others, **_options: Any) -> AnyLayer:
    """Takes every error for one that another model may mend."""
    return _over(others, judge=lambda _error: "any")


def wraps_what_stops(*others: Others, **_options: Any) -> AnyLayer:
    """Raises an error that stops inside of another one."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await _over(others)(call)(request)
        except AllModelsFailedError:
            raise
        except Exception as error:
            raise RuntimeError("fallback failed") from error

    return wrong


def gives_up_on_the_key(*others: Others, **_options: Any) -> AnyLayer:
    """Only moves on from what may be tried again at the same model."""
    return _over(others, judge=lambda error: "any" if getattr(error, "retryable", False) else "stop")


def settings_that_add_up(*others: Others, **_options: Any) -> AnyLayer:
    """Changes the request for one candidate, and gives the next one that."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        for each in (Candidate(call), *map(Candidate.of, others)):
            request = Target(each, call, None).request_of(request)
            try:
                return cast("Res", await cast("Any", each.model)(request))
            except AISDKError:
                continue
        raise AssertionError

    return wrong


def settings_that_replace_mappings(*others: Others, **_options: Any) -> AnyLayer:
    """Gives a candidate its own provider options alone, and not those of the request besides."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        for each in (Candidate(call), *map(Candidate.of, others)):
            try:
                return cast("Res", await cast("Any", each.model)(changed(request, **each.settings)))
            except AISDKError:
                continue
        raise AssertionError

    return wrong


def sends_credentials_along(*others: Others, **_options: Any) -> AnyLayer:
    """Gives every provider the headers of the request as they are."""
    return _naive([cast("Any", Candidate.of(each).model) for each in others])


def after_content(*others: Others, **options: Any) -> AnyLayer:
    """Continues with another model what broke after its reader had seen content."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await fallback(*others, **options)(call)(request)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            try:
                async for part in parts:
                    yield part
            except Exception:
                again: Any = await cast("Any", others[-1])(request)
                async for part in again:
                    yield part

        return cast("Res", await response.through(change))

    return wrong


def shows_failed_heads(*others: Others, **options: Any) -> AnyLayer:
    """Shows the reader what a model had sent before its content when it failed."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await call(request)
        except AISDKError:
            response: Any = await fallback(others[0], *others, **options)(call)(request)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            yield ResponseMetadata(id="failed")
            async for part in parts:
                yield part

        return cast("Res", await response.through(change))

    return wrong


def without_memory(*others: Others, **_options: Any) -> AnyLayer:
    """Asks whom it has, whoever was asked before."""
    return _naive(others)


def remembers_only_itself(*others: Others, **_options: Any) -> AnyLayer:
    """Each chain knows what it asked itself, and nothing of the chains around."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        context = Context()
        context.run(forget_asked)
        task = asyncio.get_running_loop().create_task(cast("Any", _over(others)(call)(request)), context=context)
        return cast("Res", await task)

    return wrong


_around: ContextVar[tuple[Any, ...]] = ContextVar("wrong_fallback_around", default=())


def forgets_what_failed_below(*others: Others, **_options: Any) -> AnyLayer:
    """Knows what the chains around it have asked, but not what those inside of a failed model have."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        asked = list(_around.get())
        for each in (call, *others):
            model: Any = Target(Candidate.of(each), call, None).identity
            if any(model is other for other in asked):
                continue
            asked.append(model)
            token = _around.set(tuple(asked))
            try:
                return cast("Res", await model(request))
            except AISDKError:
                continue
            finally:
                _around.reset(token)
        raise AISDKError("nobody is left")

    return wrong


def does_not_record(*others: Others, **_options: Any) -> AnyLayer:
    """Calls a plain function without reporting the attempt."""
    return _naive(others)


def fails_in_secret(*others: Others, **_options: Any) -> AnyLayer:
    """Asks outside of the call's record, and shows only who served."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            task = asyncio.get_running_loop().create_task(cast("Any", call(request)), context=Context())
            return cast("Res", await task)
        except AISDKError:
            return cast("Res", await _naive(others[1:])(cast("Any", others[0]))(request))

    return wrong


def asks_all_at_once(*others: Others, **_options: Any) -> AnyLayer:
    """Asks the next one while the last one is still under way, and takes the first good answer in order."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(cast("Any", each)(request)) for each in (call, *others)]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        for answer in answers:
            if not isinstance(answer, BaseException):
                return cast("Res", answer)
        raise cast("BaseException", answers[-1])

    return wrong


def any_window(*others: Others, **_options: Any) -> AnyLayer:
    """Goes on to whatever window after a request was too long."""
    return _over(others, judge=lambda error: "any" if isinstance(error, ContextLengthError) else Judge()(error))


def no_other_window(*others: Others, **_options: Any) -> AnyLayer:
    """Never goes on after a request was too long."""
    return _over(others, judge=lambda error: "stop" if isinstance(error, ContextLengthError) else Judge()(error))


class _AsLarge(Target):
    __slots__ = ()

    def is_larger_than(self, window: float) -> bool:
        own = self.window()
        return own is not None and own >= window


class _UnknownIsLarge(Target):
    __slots__ = ()

    def is_larger_than(self, window: float) -> bool:
        own = self.window()
        return own is None or own > window


def _of_kind(kind: type[Target]) -> Callable[[tuple[Target, ...]], Sequence[Target]]:
    def made(targets: tuple[Target, ...]) -> Sequence[Target]:
        for each in targets:
            each.__class__ = kind
        return targets

    return made


def as_large_a_window(*others: Others, **_options: Any) -> AnyLayer:
    """Goes on to a window that is no larger."""
    return _over(others, _of_kind(_AsLarge))


def unknown_windows(*others: Others, **_options: Any) -> AnyLayer:
    """Takes a window that nobody knows for a larger one."""
    return _over(others, _of_kind(_UnknownIsLarge))


def moves_on_when_cancelled(*others: Others, **_options: Any) -> AnyLayer:
    """Takes a cancellation for a failure of the model."""
    return _naive(others, catches=BaseException)


def after_the_deadline(*others: Others, **_options: Any) -> AnyLayer:
    """Asks on when the caller's time is over."""
    return _naive(others)
