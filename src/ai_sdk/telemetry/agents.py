"""The run of a step loop as a span, with a child for each tool that ran.

``generate_text`` and ``stream_text`` call the model once for each step, and run tools between: outside of every layer.
The first traced call of a run observes its record from then on, which is how the spans of one run hang together.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from ai_sdk.call import CallRecord, EventKind, ToolCalled, current_call
from ai_sdk.ending import report_failure
from ai_sdk.telemetry.content import tool_arguments, tool_value
from ai_sdk.telemetry.finishing import finish, is_thrown_away
from ai_sdk.telemetry.scope import attach, current_context
from ai_sdk.telemetry.spans import error_type, set_status

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from ai_sdk.telemetry.sink import Sink

__all__ = ["Agent", "agent_of"]

_FUNCTIONS = frozenset({"generate_text", "stream_text", "generate_object", "stream_object"})
"""Names of records that are no names of agents."""


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


class _Tool:
    """One run of a tool: its span, what was current before it, and what it was asked and has answered."""

    __slots__ = ("answer", "answered", "before", "called", "name", "span", "started")

    def __init__(self, span: Span, name: str, before: Context, started: float) -> None:
        self.span = span
        self.name = name
        self.before = before
        self.started = started
        self.called: ToolCalled | None = None
        self.answer: Any = None
        self.answered = False


class Agent:
    """Observes the record of one run: ends its span when the run is over, or forgotten, after those of its calls."""

    def __init__(self, sink: Sink, root: CallRecord) -> None:
        self.sink = sink
        self.root = weakref.ref(root)
        self.calls = 0
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._tools: dict[CallRecord, _Tool] = {}
        self._made = [0, 0]
        self._once = [None]
        self._over = False
        name = sink.attributes.get("gen_ai.agent.name") or (root.name if root.name not in _FUNCTIONS else None)
        self._said: dict[str, Any] = {} if name is None else {"gen_ai.agent.name": name}
        self._error: BaseException | None = None
        self.span = self._start("invoke_agent", name, {}, None)

    @property
    def context(self) -> Context:
        """The current context, with the span of this run as the current one."""
        return trace.set_span_in_context(self.span)

    def __call__(self, record: CallRecord, event: EventKind, detail: Any, /) -> None:
        """Hear what happens in the run."""
        if record.kind == "tool":
            self._hear_tool(record, event, detail)
        elif event == "record-closed" and record is self.root():
            self._close(detail)

    def _hear_tool(self, record: CallRecord, event: EventKind, detail: Any) -> None:
        if event == "record-opened":
            if self._is_mine(record):
                self._open_tool(record)
            return
        tool = self._tools.get(record)
        if tool is None:
            return
        if event == "tool-called":
            tool.called = detail
        elif event == "tool-answered":
            tool.answered, tool.answer = True, detail
        elif event == "record-closed":
            self._close_tool(self._tools.pop(record), detail)

    def asked(self) -> None:
        """Hear that a call of this run has begun."""
        self.calls += 1
        self._made[0] += 1

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
        attributes = {"gen_ai.operation.name": operation, **more, **self._said, **self.sink.attributes}
        shown = operation if name is None else f"{operation} {name}"
        return self.sink.tracer.start_span(shown, context=context, attributes=attributes)

    def _open_tool(self, record: CallRecord) -> None:
        name = record.name or "unknown"
        more = {"gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
        span = self._start("execute_tool", name, more, self.context)
        self._tools[record] = _Tool(span, name, current_context(), self._loop.time())
        self._made[1] += 1
        attach(trace.set_span_in_context(span))

    def _close_tool(self, tool: _Tool, error: BaseException | None) -> None:
        if trace.get_current_span() is tool.span:
            attach(tool.before)
        if tool.span.is_recording():
            said = self._on_tool(tool)
            if error is not None:
                said["error.type"] = error_type(error)
                set_status(tool.span, error, words=self.sink.on_spans)
            if said:
                tool.span.set_attributes(said)
        seconds = self._loop.time() - tool.started
        known = {"gen_ai.tool.name": tool.name, "gen_ai.tool.type": "function", **self._said, **_failed(error)}
        finish(lambda: self._end_tool(tool, seconds, known), self._loop, finaliser=is_thrown_away(error))

    def _on_tool(self, tool: _Tool) -> dict[str, Any]:
        said: dict[str, Any] = {}
        called = tool.called
        if called is not None:
            said["gen_ai.tool.call.id"] = called.id
            if called.description:
                said["gen_ai.tool.description"] = called.description
            if self.sink.on_spans:
                said["gen_ai.tool.call.arguments"] = tool_arguments(called.arguments)
        if self.sink.on_spans and tool.answered:
            said["gen_ai.tool.call.result"] = tool_value(tool.answer)
        return said

    def _end_tool(self, tool: _Tool, seconds: float, known: dict[str, Any]) -> None:
        _ended(tool.span)
        self._put("gen_ai.execute_tool.duration", seconds, known)

    def _close(self, error: BaseException | None) -> None:
        root = self.root()
        if root is not None:
            root.observers = tuple(each for each in root.observers if each is not self)
        self._error = error
        self._over = True
        if not self.calls:
            finish(self._end, self._loop, finaliser=is_thrown_away(error))

    def _end(self) -> None:
        try:
            self._once.pop()
        except IndexError:
            return
        error = self._error
        if error is not None and self.span.is_recording():
            self.span.set_attribute("error.type", error_type(error))
            set_status(self.span, error, words=self.sink.on_spans)
        _ended(self.span)
        known = dict(self._said)
        self._put("gen_ai.invoke_agent.duration", self._loop.time() - self._started, {**known, **_failed(error)})
        self._put("gen_ai.invoke_agent.inference_calls", self._made[0], known)
        self._put("gen_ai.invoke_agent.tool_calls", self._made[1], known)

    def _put(self, name: str, value: float, attributes: dict[str, Any]) -> None:
        if not self.sink.measures:
            return
        try:
            self.sink.meter.put(name, value, attributes)
        except Exception as error:  # noqa: BLE001 - reported; a meter of the user's own must not change the call
            report_failure("measuring a run", error)

    def __del__(self) -> None:
        if getattr(self, "span", None) is not None and self._once:
            finish(self._abandon, self._loop, finaliser=True)

    def _abandon(self) -> None:
        self.span.set_attribute("ai_sdk.stream.abandoned", True)
        self._end()


def _failed(error: BaseException | None) -> dict[str, str]:
    return {} if error is None else {"error.type": error_type(error)}


def _ended(span: Span) -> None:
    try:
        span.end()
    except Exception as error:  # noqa: BLE001 - reported; a processor of the user's own must not change the call
        report_failure("ending a span", error)
