"""Implementations of ``tracing`` that each break one law.

The classes stand for ``ai_sdk.telemetry.recording.TracedCall``, the functions for the layer itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, TypeVar, cast

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

from ai_sdk.ending import Ending
from ai_sdk.middleware.tracing import tracing
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.telemetry.recording import TracedCall

Req = TypeVar("Req")
Res = TypeVar("Res")


class Forgets(TracedCall):
    """Sees exceptions, and a cancellation is none."""

    def release(self, ending: Ending, /) -> None:
        if ending.how != "cancelled":
            super().release(ending)


class Leaks(TracedCall):
    """Ends what is read to its end."""

    def release(self, ending: Ending, /) -> None:
        if ending.how not in ("closed", "dropped"):
            super().release(ending)


class Twice(TracedCall):
    """Ends the span in two places."""

    def _finish(self, ending: Ending) -> None:
        super()._finish(ending)
        if self._span is not None:
            self._span.end()


class Childless(TracedCall):
    """Knows nothing of attempts."""

    def _attempt_started(self, attempt: Any) -> None:
        return


class Rootless(TracedCall):
    """Its attempts are spans beside that of the call."""

    def _attempt_started(self, attempt: Any) -> None:
        context, self._context = self._context, otel.Context()
        super()._attempt_started(attempt)
        self._context = context


class Hasty(TracedCall):
    """The span of the call ends as soon as it is known that it will."""

    def release(self, ending: Ending, /) -> None:
        if self._span is not None:
            self._write(ending)
            self._span.end()
        super().release(ending)


class Early(TracedCall):
    """An attempt that is under way when the call ends is left to itself."""

    def _finish(self, ending: Ending) -> None:
        self._open.clear()
        super()._finish(ending)


class AtTheAwait(TracedCall):
    """The span is that of the await, whatever arrives after it."""

    def begun(self, response: object) -> None:
        super().begun(response)
        self.release(Ending("end"))


class Late(TracedCall):
    """The first content is there when the last one is."""

    def release(self, ending: Ending, /) -> None:
        if self.heard and self._first is not None:
            self._first = self._loop.time() - self._started
        super().release(ending)


class Alarmed(TracedCall):
    """A cancellation is an error."""

    def _write(self, ending: Ending) -> None:
        super()._write(ending)
        if ending.how == "cancelled" and self._span is not None:
            self._span.set_status(Status(StatusCode.ERROR))


class Calm(TracedCall):
    """What an error is called is all there is to say."""

    def _write(self, ending: Ending) -> None:
        span = self._span
        super()._write(ending)
        if span is not None and ending.error is not None:
            span.set_status(Status(StatusCode.OK))


class Silent(TracedCall):
    """A reader who leaves is one who has read everything."""

    def _write(self, ending: Ending) -> None:
        super()._write(Ending("end", None, ending.result) if ending.how in ("closed", "dropped") else ending)


class Absent(TracedCall):
    """No span is current inside."""

    def enter(self) -> None:
        return None


class Outer(TracedCall):
    """The span of the call is the current one, also in its attempts."""

    def _is_here(self) -> bool:
        return False


class Unread(TracedCall):
    """No span is current while the response is read."""

    async def read(self, read: Any, /) -> Any:
        return await read()


class Stays(TracedCall):
    """The span stays the current one."""

    def leave(self, token: Any, error: BaseException | None = None) -> None:
        return


class Fragile(TracedCall):
    """Who exports is trusted."""

    def _safely(self, write: Any, *given: Any) -> None:
        write(*given)


class Doubled(TracedCall):
    """Adds what its attempts used to what the answer says."""

    def _write_ending(self, ending: Ending, answered: Any, cost: float | None) -> None:
        doubled = {name: 2 * each if name.startswith("gen_ai.usage") else each for name, each in answered.items()}
        super()._write_ending(ending, doubled, cost)


class Single(TracedCall):
    """Every attempt is the first."""

    def _attempt_started(self, attempt: Any) -> None:
        super()._attempt_started(attempt)
        if attempt in self._spans:
            self._spans[attempt].set_attribute("ai_sdk.attempt.number", 1)


def content_always(**options: Any) -> AnyLayer:
    """Content is written whether or not it was asked for."""
    given: dict[str, Any] = {**options, "content": True}
    return tracing(**given)


def around_a_yield(*, tracer_provider: Any = None, **_options: Any) -> AnyLayer:
    """The span is the current one for as long as the stream is read: also for the reader."""
    tracer = (tracer_provider or trace.get_tracer_provider()).get_tracer("wrong")

    @layer
    async def wrong(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
        response = await call(request)

        async def spanned(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            with tracer.start_as_current_span("chat model"):
                async for part in parts:
                    yield part

        return await response.through(spanned)

    made: Any = wrong
    return cast("AnyLayer", made)


def an_attempt_alone(*, tracer_provider: Any = None, **_options: Any) -> AnyLayer:
    """The span of a call is that of its attempt."""
    tracer = (tracer_provider or trace.get_tracer_provider()).get_tracer("wrong")

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        span = tracer.start_span("attempt model")
        try:
            return await call(request)
        finally:
            span.end()

    return wrong
