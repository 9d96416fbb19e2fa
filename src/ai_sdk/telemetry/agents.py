"""The run of a step loop as a span, with a child for each tool that ran.

``generate_text`` and ``stream_text`` call the model once for each step, and run tools between: outside of every layer.
The first traced call of a run observes its record from then on, which is how the spans of one run hang together.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel
from opentelemetry import trace

from ai_sdk.call import CallRecord, EventKind, current_call
from ai_sdk.ending import report_failure
from ai_sdk.telemetry.finishing import finish, is_thrown_away
from ai_sdk.telemetry.spans import fail

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from ai_sdk.telemetry.sink import Sink

__all__ = ["Agent", "agent_of"]


def agent_of(sink: Sink, request: object) -> Agent | None:
    """The run that a call is a step of, observed from now on; None for a call without tools or of its own.

    A layer inside of another tracing layer hangs under that one's span.
    """
    if not getattr(request, "tools", ()):
        return None
    step = current_call()
    while step is not None and step.kind == "layer":
        if step.name == "tracing":
            return None
        step = step.parent
    root = step.parent if step is not None and step.kind == "step" else None
    if step is None or root is None or root.kind != "call":
        return None
    for each in root.observers:
        if isinstance(each, Agent) and each.root() is root:
            return each if each.sink is sink else None
    agent = Agent(sink, root)
    root.observers += (agent,)
    step.observers += (agent,)
    return agent


class Agent:
    """Observes the record of one run: ends its span when the run is over, or forgotten, after those of its calls."""

    def __init__(self, sink: Sink, root: CallRecord) -> None:
        self.sink = sink
        self.root = weakref.ref(root)
        self.calls = 0
        self._loop = asyncio.get_running_loop()
        self._tools: dict[CallRecord, tuple[Span, Context]] = {}
        self._once = [None]
        self._over = False
        self.span = self._start("invoke_agent", sink.attributes.get("gen_ai.agent.name"), {}, None)

    @property
    def context(self) -> Context:
        """The current context, with the span of this run as the current one."""
        return trace.set_span_in_context(self.span)

    def __call__(self, record: CallRecord, event: EventKind, detail: Any, /) -> None:
        """Hear what happens in the run."""
        if event == "record-opened" and record.kind == "tool" and self._is_mine(record):
            self._open_tool(record)
        elif event == "record-closed":
            if record in self._tools:
                self._close_tool(record, detail)
            elif record is self.root():
                self._close(detail)

    def left(self) -> None:
        """Hear that a call of this run is over."""
        self.calls -= 1
        if self._over and not self.calls:
            self._end()

    def forgotten(self) -> None:
        """Hear that a call of this run was dropped, and with it the run."""
        self.calls -= 1
        if self._once:
            self._abandon()

    def _is_mine(self, tool: CallRecord) -> bool:
        step = tool.parent
        return step is not None and step.parent is not None and step.parent is self.root()

    def _start(self, operation: str, name: str | None, more: dict[str, Any], context: Context | None) -> Span:
        attributes = {"gen_ai.operation.name": operation, **more, **self.sink.attributes}
        shown = operation if name is None else f"{operation} {name}"
        return self.sink.tracer.start_span(shown, context=context, attributes=attributes)

    def _open_tool(self, record: CallRecord) -> None:
        name = record.name or "unknown"
        more = {"gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
        span = self._start("execute_tool", name, more, self.context)
        self._tools[record] = span, otel.get_current()
        otel.attach(trace.set_span_in_context(span))

    def _close_tool(self, record: CallRecord, error: BaseException | None) -> None:
        span, before = self._tools.pop(record)
        if trace.get_current_span() is span:
            otel.attach(before)
        fail(span, error, words=self.sink.on_spans)
        finish(lambda: _ended(span), self._loop, finaliser=is_thrown_away(error))

    def _close(self, error: BaseException | None) -> None:
        root = self.root()
        if root is not None:
            root.observers = tuple(each for each in root.observers if each is not self)
        fail(self.span, error, words=self.sink.on_spans)
        self._over = True
        if not self.calls:
            finish(self._end, self._loop, finaliser=is_thrown_away(error))

    def _end(self) -> None:
        try:
            self._once.pop()
        except IndexError:
            return
        _ended(self.span)

    def __del__(self) -> None:
        if getattr(self, "span", None) is not None and self._once:
            finish(self._abandon, self._loop, finaliser=True)

    def _abandon(self) -> None:
        self.span.set_attribute("ai_sdk.stream.abandoned", True)
        self._end()


def _ended(span: Span) -> None:
    try:
        span.end()
    except Exception as error:  # noqa: BLE001 - reported; a processor of the user's own must not change the call
        report_failure("ending a span", error)
