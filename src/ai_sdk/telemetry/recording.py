"""One call on its way into spans and metrics: an observer of its record, and of nothing else.

What a span says is gathered and given to the SDK at once, when it starts and when it ends: each call of the SDK costs
several microseconds. A read of a live response attaches the context and detaches it, and does nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import set_span_in_context

from ai_sdk.call import Attempt, CallRecord, EventKind
from ai_sdk.ending import Ending, report_failure
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import Response, ending_of
from ai_sdk.results import LanguageResult
from ai_sdk.telemetry.agents import agent_of
from ai_sdk.telemetry.answers import Answer, answer_of, on_answer
from ai_sdk.telemetry.content import as_json, input_of, output_of
from ai_sdk.telemetry.events import COUNTED, EVENTS, LOOKUPS, STATES, tell_of_call, tell_of_failure, words_of
from ai_sdk.telemetry.finishing import finish, is_thrown_away
from ai_sdk.telemetry.scope import attach, current_context, detach
from ai_sdk.telemetry.spans import (
    error_type,
    named,
    on_attempt,
    on_ending,
    on_other,
    on_request,
    set_status,
)

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.trace import Span

    from ai_sdk.response import AnyPart
    from ai_sdk.telemetry.agents import Agent
    from ai_sdk.telemetry.sink import Sink

__all__ = ["TracedCall"]


class TracedCall:
    """The span of one call with a child for each attempt, each ended exactly once, and its metrics.

    ``heard``: whether what happens inside is of any use; when it is not, as for a call that is not sampled, all there
    is to do is to make its span the current one: ``enter``, ``leave`` and ``carry``.
    """

    record: CallRecord
    recording = False
    _agent: Agent | None = None
    _span: Span | None = None
    _context: Context | None = None
    _first: float | None = None
    _lookup: str | None = None
    _retried = _found = False
    _answered: tuple[object, int, Answer] | None = None

    def __init__(self, sink: Sink, request: object, model: object) -> None:
        self._sink = sink
        self._request = request
        self._identity = identity = sink.identity(request, model)
        if getattr(request, "tools", ()) and (sink.traces or sink.measures):
            self._agent = agent_of(sink, request)
        if sink.traces:
            around = self._agent.context if self._agent is not None else None
            self._span = span = sink.tracer.start_span(identity.name, around, identity.kind, identity.started)
            self._context = set_span_in_context(span)
            self.recording = span.is_recording()
        self._now = self._context
        self.heard = self.recording or sink.measures or sink.failures
        if self.heard:
            self._prepare()

    def _prepare(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._base = self._identity.base
        self._spans: dict[Attempt, Span] = {}
        self._open: dict[Attempt, Context] = {}
        self._costs: dict[Attempt, float | None] = {}
        self._unended: list[Callable[[], None]] = []
        self._once = [None]
        if self._agent is not None:
            self._agent.asked()

    def _safely(self, write: Callable[..., None], *given: Any) -> None:
        try:
            write(*given)
        except Exception as error:  # noqa: BLE001 - reported; telemetry must not change the call
            report_failure("tracing a call", error)

    def enter(self) -> Token[Context] | None:
        """Make the span, or that of the attempt that is under way, the current one."""
        return attach(self._now) if self._now is not None else None

    def leave(self, token: Token[Context] | None, error: BaseException | None = None) -> None:
        """Make what was current before the current one again.

        A coroutine may be closed, or run to its end, in another context than it began in: there is nothing to restore.
        """
        if token is None:
            return
        if error is None or not is_thrown_away(error):
            try:
                detach(token)
            except ValueError:
                self._leave_here(token)
        else:
            self._leave_here(token)

    def _leave_here(self, token: Token[Context]) -> None:
        """Do as ``detach`` would, in a context that the token is not of: only when the span is current here, too."""
        before = getattr(token, "old_value", None)
        if self._is_here():
            attach(before if isinstance(before, Context) else Context())

    def _is_here(self) -> bool:
        """Whether this code runs inside of the call, and not in the context of somebody else."""
        if current_context() is self._context:
            return True
        current = trace.get_current_span()
        return current is self._span or (self.heard and current in self._spans.values())

    def carry(self, response: object) -> None:
        """Keep the span the current one inside of the reads of a live response."""
        if self._context is not None and isinstance(response, Response):
            live = cast("Response[Any, Any]", response)
            if not live.closed:
                live.watch(self)

    def begun(self, response: object) -> None:
        """Hear that the call has returned, which a live response does when its first content is here."""
        if not isinstance(response, Response):
            return
        live = cast("Response[Any, Any]", response)
        if getattr(self._request, "stream", False):
            self._first = self._loop.time() - self._started
        if live.closed:
            return
        if self._sink.per_chunk and self._sink.measures:
            live.watch(_Gaps(self._gap, self._loop))
        if self._context is not None:
            live.watch(self)

    def check(self, part: AnyPart, /) -> None:
        """Hear of a part that was here before the first read."""

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Await one read of the response, inside of the span."""
        token = attach(self._now)
        try:
            part = await read()
        except BaseException as error:
            self.leave(token, error)
            raise
        try:
            detach(token)
        except ValueError:
            self._leave_here(token)
        return part

    def _gap(self, seconds: float) -> None:
        name = "gen_ai.client.operation.time_per_output_chunk"
        put, inference = self._sink.meter.put, self._identity.inference
        self._safely(partial(put, name, seconds, self._base, inference=inference))

    def observe(self, record: CallRecord, event: EventKind, detail: Any) -> None:
        """Hear what happens inside of the call."""
        if event == "attempt-started":
            if self.recording and self._once:
                self._attempt_started(detail)
        elif event == "attempt-ended":
            self._attempt_ended(detail)
        elif event in EVENTS:
            self._happened(event, detail)

    def _happened(self, event: str, detail: Any) -> None:
        reason = "retry" if self._retried else "limit"
        self._retried = event == "retried"
        self._found = self._found or event in ("cache-hit", "joined")
        if self.recording and self._once:
            assert self._span is not None
            self._span.add_event(EVENTS[event], words_of(event, detail, reason))
            self._lookup = LOOKUPS.get(event, self._lookup)
        if self._sink.measures:
            self._count(event, detail, reason)

    def _count(self, event: str, detail: Any, reason: str) -> None:
        put, base = self._sink.meter.put, self._base
        if event == "waited":
            put("ai_sdk.client.wait", float(detail), {**base, "ai_sdk.wait.reason": reason})
        elif event in LOOKUPS:
            put("ai_sdk.client.cache.lookups", 1, {**base, "ai_sdk.cache": LOOKUPS[event]})
        elif event == "circuit-changed":
            put("ai_sdk.client.circuit.transitions", 1, {**base, "ai_sdk.circuit.to": str(detail.new)})
            put("ai_sdk.client.circuit.state", STATES.get(str(detail.new), 0), base)
        elif event in COUNTED:
            put(COUNTED[event], 1, base)

    def _attempt_started(self, attempt: Attempt) -> None:
        sink = self._sink
        name, known = sink.attempts.get(attempt.model) or sink.attempt(attempt.model)
        attributes = {"ai_sdk.attempt.number": len(self._spans) + 1, **known}
        here = self._is_here()
        self._spans[attempt] = span = sink.tracer.start_span(name, self._context, attributes=attributes)
        self._now = self._open[attempt] = context = set_span_in_context(span)
        if here:
            attach(context)

    def _attempt_ended(self, attempt: Attempt) -> None:
        context = self._open.pop(attempt, None)
        if context is not None:
            self._now = next(reversed(self._open.values())) if self._open else self._context
        span = self._spans.get(attempt)
        if span is not None and (current_context() is context or trace.get_current_span() is span):
            attach(self._context)
        if asyncio._get_running_loop() is self._loop and (attempt.error is None or not is_thrown_away(attempt.error)):
            self._safely(self._end_attempt, attempt, span)
            return
        job = partial(self._safely, self._end_attempt, attempt, span)
        if self._once:
            self._unended.append(job)
        else:
            finish(job, self._loop, finaliser=True)

    def _end_attempt(self, attempt: Attempt, span: Span | None) -> None:
        error, ending = attempt.error, attempt.ending
        if span is not None and ending is not None and span.is_recording():
            said = on_attempt(attempt, self._answer(ending).usage, self._cost_of(attempt))
            if said:
                span.set_attributes(said)
            if error is not None:
                set_status(span, error, words=self._sink.on_spans)
            span.end()
        if self._sink.measures:
            how = "ok" if error is None else error_type(error)
            self._sink.meter.put("ai_sdk.client.attempts", 1, {**self._base, "ai_sdk.attempt.outcome": how})

    def raised(self, error: BaseException) -> None:
        """Hear that the call has raised."""
        self.release(Ending("dropped", error) if is_thrown_away(error) else ending_of(error))

    def release(self, ending: Ending, /) -> None:
        """End the span and record the metrics, once; from any thread, also from a finaliser."""
        if not self.heard:
            return
        try:
            self._once.pop()
        except IndexError:
            return
        if ending.error is None and asyncio._get_running_loop() is self._loop:
            self._finish(ending)
        else:
            finish(partial(self._finish, ending), self._loop, finaliser=is_thrown_away(ending.error))

    def _finish(self, ending: Ending) -> None:
        """End what is open, inner first."""
        for job in self._unended:
            job()
        for attempt in list(self._open):
            self._safely(self._leave_attempt, self._spans[attempt])
        self._safely(self._write, ending)
        if self._span is not None:
            self._safely(self._span.end)
        if self._agent is not None:
            self._safely(self._agent.forgotten if ending.how == "dropped" else self._agent.left)

    def _leave_attempt(self, span: Span) -> None:
        """An attempt that others wait for, or that is just being cancelled, goes on without this call."""
        span.set_attribute("ai_sdk.attempt.outlives", True)
        span.end()

    def _write(self, ending: Ending) -> None:
        sink = self._sink
        answered = on_answer(self._answer(ending))
        cost = self._cost()
        if self.recording:
            self._write_ending(ending, answered, cost)
        if sink.events:
            tell_of_call(sink, self._request, self._identity.started, ending.result(), answered, self._context)
        failed = ending.error if ending.how != "dropped" else None
        if sink.failures and isinstance(failed, Exception):
            tell_of_failure(sink, failed, self._identity.started, self._context)
        if sink.measures:
            sink.meter.call(
                self._identity,
                answered,
                duration=self._loop.time() - self._started,
                first=self._first,
                cost=cost,
                error=error_type(failed) if failed is not None else None,
            )

    def _write_ending(self, ending: Ending, answered: dict[str, Any], cost: float | None) -> None:
        sink, span, attempts = self._sink, self._span, self.record.attempts
        assert span is not None
        said = on_request(self._request, sink.conventions)
        said.update(answered if sink.conventions == "1.41" else named(answered))
        said["ai_sdk.attempts"] = len(attempts)
        if self._identity.inference and attempts and attempts[-1].model != self._identity.model:
            said.update(on_other(self._base, attempts))
        if self._first is not None:
            said["gen_ai.response.time_to_first_chunk"] = self._first
        if self._lookup is not None:
            said["ai_sdk.cache"] = self._lookup
        if cost is not None:
            said["operation.cost"] = said["gen_ai.usage.cost"] = cost
        if ending.how != "end":
            said.update(on_ending(ending))
        span.set_attributes(said)
        if ending.how == "error" and ending.error is not None:
            set_status(span, ending.error, words=sink.on_spans)
        if sink.on_spans:
            self._safely(self._write_content, span, ending.result())

    def _write_content(self, span: Span, result: Any) -> None:
        said: dict[str, str] = {}
        if isinstance(self._request, LanguageRequest):
            said = {name: as_json(value) for name, value in input_of(self._request).items()}
        if isinstance(result, LanguageResult):
            said["gen_ai.output.messages"] = as_json(output_of(result))
        if said:
            span.set_attributes(said)

    def _answer(self, ending: Ending) -> Answer:
        """What had arrived; that of the last attempt is mostly that of the call, too."""
        arrived: Any = ending._fold
        count = len(getattr(arrived, "parts", ()))
        known = self._answered
        if known is None or known[0] is not arrived or known[1] != count:
            known = self._answered = arrived, count, answer_of(ending)
        return known[2]

    def _cost(self) -> float | None:
        """What all attempts cost; None as soon as one of them is not known."""
        attempts = self.record.attempts
        if not attempts and not self._found:
            return None
        total = 0.0
        for each in attempts:
            cost = self._cost_of(each)
            if cost is None:
                return None
            total += cost
        return total

    def _cost_of(self, attempt: Attempt) -> float | None:
        ending = attempt.ending
        if ending is None:
            return None
        if attempt not in self._costs:
            self._costs[attempt] = self._sink.pricing.of(attempt, self._answer(ending), self._request)
        return self._costs[attempt]


class _Gaps:
    """Stands around the reads of a response and tells the time from each part to the next."""

    def __init__(self, tell: Callable[[float], None], loop: asyncio.AbstractEventLoop) -> None:
        self._tell = tell
        self._loop = loop
        self._last: float | None = None

    def check(self, part: AnyPart, /) -> None:
        """Hear of a part that was here before the first read."""
        self._arrived()

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Await one read of the response."""
        part = await read()
        self._arrived()
        return part

    def _arrived(self) -> None:
        now = self._loop.time()
        if self._last is not None:
            self._tell(now - self._last)
        self._last = now
