"""One call on its way into spans and metrics: an observer of its record, and of nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber

from ai_sdk.call import Attempt, CallRecord, EventKind
from ai_sdk.ending import Ending, report_failure
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import Response, ending_of
from ai_sdk.results import LanguageResult
from ai_sdk.telemetry.agents import agent_of
from ai_sdk.telemetry.content import as_json, input_of, instructions_of, output_of, tools_of
from ai_sdk.telemetry.finishing import finish, is_thrown_away
from ai_sdk.telemetry.spans import error_type, fail, named, on_answer, on_request

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from ai_sdk.response import AnyPart
    from ai_sdk.telemetry.sink import Sink

__all__ = ["TracedCall"]

_EVENTS: dict[str, str] = {
    "waited": "ai_sdk.wait",
    "retried": "ai_sdk.retry",
    "fell-over": "ai_sdk.fallback",
    "cache-hit": "ai_sdk.cache.hit",
    "cache-miss": "ai_sdk.cache.miss",
    "cache-stored": "ai_sdk.cache.stored",
    "joined": "ai_sdk.joined",
    "hedged": "ai_sdk.hedge",
    "repaired": "ai_sdk.repair",
    "reasked": "ai_sdk.reask",
    "circuit-changed": "ai_sdk.circuit.changed",
    "key-benched": "ai_sdk.key.benched",
    "shadowed": "ai_sdk.shadow",
}
_LOOKUPS = {"cache-hit": "hit", "cache-miss": "miss", "joined": "joined"}
_COUNTED = {
    "retried": "ai_sdk.client.retries",
    "fell-over": "ai_sdk.client.fallbacks",
    "hedged": "ai_sdk.client.hedges",
}


class TracedCall:
    """The span of one call with a child for each attempt, each ended exactly once, and its metrics.

    ``heard``: whether what happens inside is of any use; when it is not, all there is to do is ``enter`` and ``leave``.
    """

    record: CallRecord
    recording = False

    def __init__(self, sink: Sink, request: object, model: object) -> None:
        self._sink = sink
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._identity = identity = sink.identity(request, model)
        self._agent = None
        self._span: Span | None = None
        self._context: Context | None = None
        if sink.traces:
            agent = self._agent = agent_of(sink, request)
            self._span = sink.tracer.start_span(
                identity.name,
                context=agent.context if agent is not None else None,
                kind=identity.kind,
                attributes=identity.started,
            )
            self._context = trace.set_span_in_context(self._span)
            self.recording = self._span.is_recording()
            if agent is not None:
                agent.calls += 1
        self.heard = self.recording or sink.measures or sink.events or self._agent is not None
        if self.heard:
            self._prepare()

    def _prepare(self) -> None:
        self._base = self._identity.base
        self._spans: dict[Attempt, Span] = {}
        self._open: dict[Attempt, Context] = {}
        self._costs: dict[Attempt, float | None] = {}
        self._unended: list[Callable[[], None]] = []
        self._once = [None]
        self._first: float | None = None
        self._last_part: float | None = None
        self._retried = self._found = False
        if self.recording:
            self._safely(self._write_request)

    def _safely(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:  # noqa: BLE001 - reported; telemetry must not change the call
            report_failure("tracing a call", error)

    def _write_request(self) -> None:
        span, request = self._span, self._request
        assert span is not None
        settings = on_request(request, self._sink.conventions)
        if self._sink.on_spans and isinstance(request, LanguageRequest):
            settings.update({name: as_json(value) for name, value in _input_of(request).items()})
        if settings:
            span.set_attributes(settings)

    def enter(self) -> tuple[Context, Token[Context]] | None:
        """Make the span, or that of the attempt that is under way, the current one."""
        context = self._context
        if context is None:
            return None
        if self.heard and self._open:
            context = next(reversed(self._open.values()))
        return otel.get_current(), otel.attach(context)

    def leave(self, entered: tuple[Context, Token[Context]] | None, error: BaseException | None = None) -> None:
        """Make what was current before the current one again.

        A coroutine that is thrown away may be closed in somebody else's context, in which there is nothing to restore.
        """
        if entered is None:
            return
        before, token = entered
        if not is_thrown_away(error):
            otel.detach(token)
        elif self._is_here():
            otel.attach(before)

    def _is_here(self) -> bool:
        """Whether this code runs inside of the call, and not in the context of somebody else."""
        current = trace.get_current_span()
        return current is self._span or (self.heard and current in self._spans.values())

    def begun(self, response: object) -> None:
        """Hear that the call has returned, which a live response does when its first content is here."""
        if not isinstance(response, Response):
            return
        live = cast("Response[Any, Any]", response)
        if getattr(self._request, "stream", False):
            self._first = self._loop.time() - self._started
        if not live.closed and (self.recording or (self._sink.per_chunk and self._sink.measures)):
            live.watch(self)

    def observe(self, record: CallRecord, event: EventKind, detail: Any) -> None:
        """Hear what happens inside of the call."""
        if event == "attempt-started":
            self._attempt_started(detail)
        elif event == "attempt-ended":
            self._attempt_ended(detail)
        elif event in _EVENTS:
            reason = "retry" if self._retried else "limit"
            self._retried = event == "retried"
            words = _words(event, detail, reason)
            self._found = self._found or event in ("cache-hit", "joined")
            if self.recording and self._once:
                assert self._span is not None
                self._span.add_event(_EVENTS[event], words)
                if event in _LOOKUPS:
                    self._span.set_attribute("ai_sdk.cache", _LOOKUPS[event])
            if self._sink.measures:
                self._count(event, detail, reason)

    def _count(self, event: str, detail: Any, reason: str) -> None:
        put, base = self._sink.meter.put, self._base
        if event == "waited":
            put("ai_sdk.client.wait", float(detail), {**base, "ai_sdk.wait.reason": reason})
        elif event in _LOOKUPS:
            put("ai_sdk.client.cache.lookups", 1, {**base, "ai_sdk.cache": _LOOKUPS[event]})
        elif event == "circuit-changed":
            put("ai_sdk.client.circuit.transitions", 1, {**base, "ai_sdk.circuit.to": str(detail.new)})
        elif event in _COUNTED:
            put(_COUNTED[event], 1, base)

    def _attempt_started(self, attempt: Attempt) -> None:
        if not self.recording or not self._once:
            return
        name, known = self._sink.attempt(attempt.model)
        attributes = {"ai_sdk.attempt.number": len(self._spans) + 1, **known}
        here = self._is_here()
        span = self._sink.tracer.start_span(name, context=self._context, attributes=attributes)
        self._spans[attempt] = span
        context = self._open[attempt] = trace.set_span_in_context(span)
        if here:
            otel.attach(context)

    def _attempt_ended(self, attempt: Attempt) -> None:
        finaliser = is_thrown_away(attempt.error) or asyncio._get_running_loop() is not self._loop
        self._open.pop(attempt, None)
        span = self._spans.get(attempt)
        if span is not None and trace.get_current_span() is span:
            assert self._context is not None
            otel.attach(self._context)
        job = partial(self._safely, partial(self._end_attempt, attempt, span))
        if not finaliser:
            job()
        elif self._once:
            self._unended.append(job)
        else:
            finish(job, self._loop, finaliser=True)

    def _end_attempt(self, attempt: Attempt, span: Span | None) -> None:
        if span is not None and span.is_recording():
            cost = self._cost_of(attempt)
            span.set_attributes(_on_attempt(attempt, cost))
            fail(span, attempt.error, words=self._sink.on_spans)
            span.end()
        if self._sink.measures:
            how = "ok" if attempt.error is None else error_type(attempt.error)
            self._sink.meter.put("ai_sdk.client.attempts", 1, {**self._base, "ai_sdk.attempt.outcome": how})

    def check(self, part: AnyPart, /) -> None:
        """Hear of a part that was here before the first read."""
        if self._sink.per_chunk and self._sink.measures:
            self._part_arrived()

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Await one read of the response, inside of the span."""
        entered = self.enter()
        try:
            part = await read()
        except BaseException as error:
            self.leave(entered, error)
            raise
        self.leave(entered)
        if self._sink.per_chunk and self._sink.measures:
            self._part_arrived()
        return part

    def _part_arrived(self) -> None:
        now = self._loop.time()
        if self._last_part is not None:
            gap, inference = now - self._last_part, self._identity.inference
            name = "gen_ai.client.operation.time_per_output_chunk"
            self._safely(lambda: self._sink.meter.put(name, gap, self._base, inference=inference))
        self._last_part = now

    def raised(self, error: BaseException) -> None:
        """Hear that the call has raised."""
        self.release(Ending("dropped", error) if isinstance(error, GeneratorExit) else ending_of(error))

    def release(self, ending: Ending, /) -> None:
        """End the span and record the metrics, once; from any thread, also from a finaliser."""
        if not self.heard:
            return
        try:
            self._once.pop()
        except IndexError:
            return
        finish(partial(self._finish, ending), self._loop, finaliser=is_thrown_away(ending.error))

    def _finish(self, ending: Ending) -> None:
        """End what is open, inner first."""
        for job in self._unended:
            job()
        for attempt in list(self._open):
            self._safely(partial(self._leave_attempt, self._spans[attempt]))
        self._safely(partial(self._write, ending))
        if self._span is not None:
            self._safely(self._span.end)
        if self._agent is not None:
            self._safely(self._agent.forgotten if ending.how == "dropped" else self._agent.left)

    def _leave_attempt(self, span: Span) -> None:
        """An attempt that others wait for, or that is just being cancelled, goes on without this call."""
        span.set_attribute("ai_sdk.attempt.outlives", True)
        span.end()

    def _write(self, ending: Ending) -> None:
        result = ending.result()
        answered = on_answer(result)
        cost = self._cost()
        if self.recording:
            self._write_ending(ending, result, answered, cost)
        if self._sink.events:
            self._write_event(result, answered)
        if self._sink.measures:
            self._sink.meter.call(
                self._base,
                answered,
                inference=self._identity.inference,
                duration=self._loop.time() - self._started,
                first=self._first,
                cost=cost,
                error=error_type(ending.error) if ending.error is not None and ending.how != "dropped" else None,
            )

    def _write_ending(self, ending: Ending, result: Any, answered: Mapping[str, Any], cost: float | None) -> None:
        span = self._span
        assert span is not None
        attributes = named(answered, self._sink.conventions)
        attributes["ai_sdk.attempts"] = len(self.record.attempts)
        if self._first is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = self._first
        if cost is not None:
            attributes["operation.cost"] = attributes["gen_ai.usage.cost"] = cost
        if ending.how in ("closed", "dropped"):
            attributes["ai_sdk.stream.abandoned"] = True
        if self._sink.on_spans and isinstance(result, LanguageResult):
            attributes["gen_ai.output.messages"] = as_json(output_of(result))
        span.set_attributes(attributes)
        if ending.how != "dropped":
            fail(span, ending.error, words=self._sink.on_spans)

    def _cost(self) -> float | None:
        """What all attempts cost; None as soon as one of them is not known."""
        attempts = self.record.attempts
        if not attempts and not self._found:
            return None
        costs = [self._cost_of(each) for each in attempts]
        return None if None in costs else sum(cast("list[float]", costs), 0.0)

    def _cost_of(self, attempt: Attempt) -> float | None:
        if attempt.ending is None:
            return None
        if attempt not in self._costs:
            self._costs[attempt] = self._sink.price(attempt, self._request)
        return self._costs[attempt]

    def _write_event(self, result: Any, answered: Mapping[str, Any]) -> None:
        request = self._request
        if not isinstance(request, LanguageRequest):
            return
        conventions = self._sink.conventions
        asked = {**self._identity.started, **on_request(request, conventions), **_input_of(request)}
        body: dict[str, Any] = {**asked, **named(answered, conventions)}
        if isinstance(result, LanguageResult):
            body["gen_ai.output.messages"] = output_of(result)
        self._sink.logger.emit(
            LogRecord(
                event_name="gen_ai.client.inference.operation.details",
                severity_number=SeverityNumber.DEBUG,
                attributes=cast("Any", body),
                context=self._context,
            )
        )


def _input_of(request: LanguageRequest) -> dict[str, Any]:
    written = {
        "gen_ai.system_instructions": instructions_of(request),
        "gen_ai.input.messages": input_of(request),
        "gen_ai.tool.definitions": tools_of(request),
    }
    return {name: value for name, value in written.items() if value}


def _on_attempt(attempt: Attempt, cost: float | None) -> dict[str, Any]:
    usage = attempt.usage
    said = {
        "http.response.status_code": attempt.status,
        "ai_sdk.request.id": attempt.request_id,
        "ai_sdk.attempt.cost": cost,
        "ai_sdk.attempt.input_tokens": usage.input_tokens if usage is not None else None,
        "ai_sdk.attempt.output_tokens": usage.output_tokens if usage is not None else None,
        "ai_sdk.attempt.time_to_first_chunk": (
            attempt.first_content - attempt.started if attempt.first_content is not None else None
        ),
    }
    return {name: value for name, value in said.items() if value is not None}


def _words(event: str, detail: Any, reason: str) -> dict[str, Any]:
    """The attributes of an event: plain words of its detail, and no keys of caches, which are made of content."""
    if event == "waited":
        return {"ai_sdk.seconds": float(detail), "ai_sdk.wait.reason": reason}
    if event == "retried":
        return {"error.type": error_type(detail)}
    if event == "fell-over":
        return {"error.type": error_type(detail.error), "ai_sdk.model": detail.model}
    if event == "circuit-changed":
        return {"ai_sdk.circuit.from": str(detail.old), "ai_sdk.circuit.to": str(detail.new)}
    if event in ("hedged", "shadowed"):
        return {"ai_sdk.model": str(detail)}
    return {}
