"""Trials of tracing: random stacks, scripts and ways in which a call ends, and all that was seen of them.

A trial takes ``make``, which makes the layer from the options of ``tracing``.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from hypothesis import strategies as st
from laws.harness import turns
from laws.layers import passing
from opentelemetry import context as otel
from opentelemetry import trace

from ai_sdk.call import Attempt, CallRecord, current_call
from ai_sdk.ending import Ending
from ai_sdk.errors import BadRequestError, ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import cache, fallback, hedge, rate_limit, retry, timeout
from ai_sdk.model import AnyLayer, layer, wrap_model
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import ending_of, keep
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.testing import HANG, Hang, run

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan as ReadableSpan
    from opentelemetry.sdk.trace import SpanProcessor as SpanProcessor
    from opentelemetry.sdk.trace import TracerProvider as TracerProvider
else:
    try:
        from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    except ImportError:  # the laws are those of the layer, and it needs no SDK
        from laws.own_spans import ReadableSpan, SpanProcessor, TracerProvider

Make: TypeAlias = Callable[..., AnyLayer]
SECRET = "rosebud"
REQUEST = LanguageRequest(messages=(user(f"hi {SECRET}"),), stream=True)
A, B = TextDelta(f"a {SECRET}"), TextDelta("b")
FINISH = Finish("stop", Usage(input_tokens=20, output_tokens=3, cache_read_tokens=5))


def _script(name: str) -> list[LanguagePart | float | Exception | Hang]:
    busy, final = ServerError(f"busy {SECRET}", status=500), BadRequestError(f"no {SECRET}", status=400)
    scripts: dict[str, list[Any]] = {
        "good": [A, 1.0, B, FINISH],
        "late": [3.0, A, B, FINISH],
        "busy": [0.5, busy],
        "refused": [final],
        "broken": [A, 1.0, ServerError(f"gone {SECRET}", status=500)],
        "hanging": [A, 1.0, HANG],
        "dead": [HANG],
    }
    return scripts[name]


class Probing:
    """A model that plays scripts by their names and remembers what the current span was whenever it was asked."""

    provider = "scripted"
    records_attempts = True

    def __init__(self, scripts: Sequence[str], model_id: str = "model") -> None:
        self.scripts = scripts
        self.model_id = model_id
        self.calls = 0
        self.seen: dict[Attempt, list[Any]] = {}

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer with the next script; the last one repeats."""
        script = self.scripts[min(self.calls, len(self.scripts) - 1)]
        self.calls += 1
        record = current_call()
        assert record is not None
        attempt = record.attempt(f"{self.provider}:{self.model_id}")
        response: LanguageResponse = await LanguageResponse.start(
            self._live(_script(script), attempt), fold_language, attempt
        )
        attempt.begun()
        return response

    async def _live(self, steps: Sequence[Any], attempt: Attempt) -> AsyncGenerator[LanguagePart, None]:
        for step in steps:
            self.seen.setdefault(attempt, []).append(trace.get_current_span())
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Hang):
                await asyncio.get_running_loop().create_future()
            elif isinstance(step, float):
                await asyncio.sleep(step)
            else:
                yield step


class Spans(SpanProcessor):
    """Remembers every span that starts and ends."""

    def __init__(self) -> None:
        self.started: list[ReadableSpan] = []
        self.ended: list[ReadableSpan] = []
        self._news = threading.Condition()

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Remember."""
        self.started.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        """Remember."""
        with self._news:
            self.ended.append(span)
            self._news.notify_all()

    def settle(self) -> None:
        """Wait for the threads in which spans end whose event loop is gone."""
        with self._news:
            self._news.wait_for(lambda: len(self.ended) >= len(self.started), timeout=2)

    def named(self, prefix: str) -> list[ReadableSpan]:
        """Those that have ended, in the order in which they started."""
        found = {span_id(span): span for span in self.ended if span.name.startswith(prefix)}
        return [found[span_id(span)] for span in self.started if span_id(span) in found]

    def children(self, parent: ReadableSpan, prefix: str = "") -> list[ReadableSpan]:
        """The children of a span."""
        return [each for each in self.named(prefix) if each.parent and each.parent.span_id == span_id(parent)]


def span_id(span: Any) -> int:
    assert span.context is not None
    number: int = span.context.span_id
    return number


@dataclass
class Call:
    """What stood around the tracing layer saw of one call."""

    started: float
    span: Any = None
    first: float | None = None
    open_at_first: bool | None = None
    ending: Ending | None = None
    ended_before: bool | None = None
    record: CallRecord | None = None

    def release(self, ending: Ending, /) -> None:
        """Remember how it ended, and whether its span had."""
        if self.ending is None:
            self.ending = ending
            self.ended_before = self.span is None or self.span.end_time is not None


@dataclass
class Trial:
    """One trial and all that was seen of it."""

    make: Make
    names: Sequence[str]
    at: int
    scripts: Sequence[str]
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    bare: bool = False
    calls: list[Call] = field(default_factory=list[Call])
    spans: Spans = field(default_factory=Spans)
    complaints: list[str] = field(default_factory=list[str])
    got: list[Any] = field(default_factory=list[Any])
    reports: list[Any] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(self.spans)
        self.model = Probing(self.scripts)
        self.other = Probing(["good"], "other")
        self.caller = self.provider.get_tracer("caller").start_span("caller")

    def stack(self) -> Any:
        """The model under its layers, with tracing at its place."""
        made: list[AnyLayer] = [LAYERS[name](self.other) for name in self.names]
        traced = [passing] if self.bare else [self._outside, self._tracing(), self._inside]
        return wrap_model(self.model, [*made[: self.at], *traced, *made[self.at :]])

    def _tracing(self) -> AnyLayer:
        return self.make(**{"tracer_provider": self.provider, **self.options})

    @property
    def _outside(self) -> AnyLayer:
        @layer
        async def outside(request: Any, call: Any) -> Any:
            loop = asyncio.get_running_loop()
            seen = Call(loop.time())
            self.calls.append(seen)
            before = trace.get_current_span()
            _number.append(seen)
            try:
                response = await call(request)
            except BaseException as error:
                seen.release(ending_of(error))
                raise
            finally:
                if trace.get_current_span() is not before:
                    self.complaints.append("the span is current after the call")
            seen.first = loop.time() - seen.started
            if not response.closed:
                seen.open_at_first = seen.span is not None and seen.span.end_time is None
            keep(seen, response)
            return response

        made: Any = outside
        return cast("AnyLayer", made)

    @property
    def _inside(self) -> AnyLayer:
        @layer
        async def inside(request: Any, call: Any) -> Any:
            seen = _number.pop()
            seen.record = current_call()
            seen.span = trace.get_current_span()
            if not isinstance(seen.span, ReadableSpan):
                seen.span = None
            return await call(request)

        made: Any = inside
        return cast("AnyLayer", made)


_number: list[Call] = []
LAYERS: dict[str, Callable[[Any], AnyLayer]] = {
    "retry": lambda _: retry(attempts=3, wait=0.5),
    "fallback": fallback,
    "cache": lambda _: cache(ttl=300),
    "hedge": lambda _: hedge(delay=1.0),
    "rate_limit": lambda _: rate_limit(concurrency=2),
    "timeout": lambda _: timeout(total=50),
}
STACKS = st.lists(st.sampled_from(sorted(LAYERS)), max_size=4, unique=True).flatmap(
    lambda names: st.tuples(st.just(names), st.integers(0, len(names)))
)
SCRIPTS = st.lists(
    st.sampled_from(["good", "late", "busy", "refused", "broken", "hanging", "dead"]), min_size=1, max_size=3
)


async def _to_the_end(trial: Trial, stack: Any) -> None:
    task = asyncio.ensure_future(_read(trial, stack))
    await asyncio.wait([task], timeout=200)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is not None:
        trial.got.append(type(task.exception()))


async def _read(trial: Trial, stack: Any) -> None:
    with _in_callers_context(trial):
        async for part in await stack(REQUEST):
            trial.got.append(part)
            _check_context(trial)


async def _twice(trial: Trial, stack: Any) -> None:
    await _to_the_end(trial, stack)
    await _to_the_end(trial, stack)


async def _leave(trial: Trial, stack: Any) -> None:
    with _in_callers_context(trial):
        async with await _called(stack) as response:
            async for part in response:
                trial.got.append(part)
                _check_context(trial)
                break


async def _close_unread(trial: Trial, stack: Any) -> None:
    with _in_callers_context(trial):
        response = await _called(stack)
        _check_context(trial)
        await response.aclose()


async def _drop(trial: Trial, stack: Any) -> None:
    with _in_callers_context(trial), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        response = await _called(stack)
        async for part in response:
            trial.got.append(part)
            break
        del response
        gc.collect(0)
        _check_context(trial)
        await turns(20)


async def _called(stack: Any) -> Any:
    async with asyncio.timeout(20):
        return await stack(REQUEST)


async def _cancel(trial: Trial, stack: Any, seconds: float) -> None:
    task = asyncio.ensure_future(_read(trial, stack))
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.wait([task])
    trial.got.append("cancelled" if task.cancelled() else type(task.exception()))


async def _cancel_at_once(trial: Trial, stack: Any) -> None:
    await _cancel(trial, stack, 0)


async def _cancel_early(trial: Trial, stack: Any) -> None:
    await _cancel(trial, stack, 0.25)


async def _cancel_later(trial: Trial, stack: Any) -> None:
    await _cancel(trial, stack, 1.5)


async def _close_elsewhere(trial: Trial, stack: Any) -> None:
    with _in_callers_context(trial):
        response = await _called(stack)
        reader = asyncio.ensure_future(_rest(trial, response))
        await turns(2)
        await asyncio.ensure_future(response.aclose())
        _check_context(trial)
        reader.cancel()
        await asyncio.wait([reader])


async def _rest(trial: Trial, response: Any) -> None:
    async for part in response:
        trial.got.append(part)
        _check_context(trial)


Use: TypeAlias = Callable[[Trial, Any], Any]
ENDS: tuple[Use, ...] = (
    _to_the_end,
    _twice,
    _leave,
    _close_unread,
    _drop,
    _cancel_at_once,
    _cancel_early,
    _cancel_later,
    _close_elsewhere,
)


@contextmanager
def _in_callers_context(trial: Trial) -> Generator[None, None, None]:
    token = otel.attach(trace.set_span_in_context(trial.caller))
    try:
        yield
    finally:
        _check_context(trial)
        otel.detach(token)


def _check_context(trial: Trial) -> None:
    if trace.get_current_span() is not trial.caller:
        trial.complaints.append("the caller has another current span")


@contextmanager
def _quiet(trial: Trial) -> Generator[None, None, None]:
    """Whatever OpenTelemetry logs is a complaint, as a context that cannot be detached and a span that ends twice."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            trial.complaints.append(f"{record.name}: {record.getMessage()}")

    logger, handler = logging.getLogger("opentelemetry"), Handler()
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


async def _playing(trial: Trial, use: Use) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: trial.reports.append(repr(context)))
    try:
        await use(trial, trial.stack())
    except Exception as error:
        trial.got.append(type(error))
    await turns(20)


def played(trial: Trial, use: Use) -> Trial:
    """The trial when all is over, also what ends after the event loop."""
    with _quiet(trial):
        run(_playing(trial, use))
        gc.collect(0)
        trial.caller.end()
        trial.spans.settle()
    _number.clear()
    return trial


def played_past_its_loop(trial: Trial, reads: int) -> Trial:
    """The trial in which a response is dropped when its loop has ended."""

    async def begin() -> Any:
        with _in_callers_context(trial):
            response = await _called(trial.stack())
            if reads:
                async for _ in response:
                    break
            return response

    with _quiet(trial), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        box: list[Any] = [run(begin())]
        box.append(box)
        del box
        gc.collect()
        trial.caller.end()
        trial.spans.settle()
    _number.clear()
    return trial
