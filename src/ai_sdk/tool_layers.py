"""Layers around tools: the idea of ``wrap_model`` for what a model asks for.

A tool inside its layers is an async callable: one ``ToolRequest`` in, one plain value out. A layer takes such a
callable and gives back one, so the layers for every kind of model (``retry``, ``timeout``, ``rate_limit`` and others of
``ai_sdk.middleware``) can be put around tools too, beside those of this module and your own::

    @layer
    async def announced(request: ToolRequest, call: ToolCallable) -> Any:
        print(request.call.name)
        return await call(request)

    careful = wrap_tool(search, [announced, tool_timeout(5)])

The law of order is that of models: the first layer is outermost, ``wrap_tool(tool, [])`` is the tool itself, and
wrapping twice is wrapping once with both lists. ``Agent(tool_layers=[...])`` puts layers around all tools of an agent.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ParamSpec, TypeAlias, TypeVar

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.model import AnyLayer, Layer, Model, layer
from ai_sdk.tools import Approve, Tool, ToolRequest, ToolSuspended, _ask

__all__ = [
    "ToolCallable",
    "ToolDeniedError",
    "ToolLayer",
    "tool_approval",
    "tool_cache",
    "tool_retry",
    "tool_timeout",
    "tool_tracing",
    "wrap_tool",
]

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D", contravariant=True)

ToolCallable: TypeAlias = Model[ToolRequest, Any]
"""A tool as a layer sees it: any ``async def f(request: ToolRequest)`` that returns plain data."""

ToolLayer: TypeAlias = Layer[ToolRequest, Any] | AnyLayer
"""A tool's callable in, one out; layers for every kind of model are such layers too."""


class ToolDeniedError(ToolExecutionError):
    """A layer has refused the call; the model reads why."""


class _Innermost:
    """A tool without layers, with the names that layers for models look for."""

    provider = "tool"

    def __init__(self, tool: Tool[..., Any, Any]) -> None:
        self.model_id = tool.name
        self._tool = tool

    async def __call__(self, request: ToolRequest, /) -> Any:
        return await (self._tool._runner or self._tool.execute)(request)

    def __repr__(self) -> str:
        return repr(self._tool)


def wrap_tool(tool: Tool[P, R, D], layers: Sequence[ToolLayer], /) -> Tool[P, R, D]:
    """The tool with layers around it, the first outermost. The model sees the same tool."""
    if not layers:
        return tool
    call: ToolCallable = _Innermost(tool)
    for each in reversed(layers):
        call = each(call)
    return replace(tool, _runner=call)


def tool_timeout(seconds: float, /) -> Layer[ToolRequest, Any]:
    """Limit a tool, with the layers inside of this one, to so many seconds.

    Raises ``ToolExecutionError``, which the model reads. A sync function goes on in its thread.
    """
    if not seconds > 0:
        raise InvalidRequestError(f"seconds is {seconds!r}; allowed are seconds above 0", field="seconds")

    @layer
    async def tool_timeout(request: ToolRequest, call: ToolCallable) -> Any:
        scope = asyncio.timeout(seconds)
        try:
            async with scope:
                return await call(request)
        except TimeoutError as error:
            if not scope.expired():
                raise
            name = request.call.name
            raise ToolExecutionError(
                f"{name} did not finish within {seconds:g} s", tool=name, call_id=request.call.id
            ) from error

    return tool_timeout


def tool_retry(
    attempts: int = 3,
    /,
    *,
    on: type[Exception] | tuple[type[Exception], ...] = Exception,
    delay: float = 0.5,
    only_idempotent: bool = True,
) -> Layer[ToolRequest, Any]:
    """Call a tool again when it fails with an error of ``on``, up to ``attempts`` times in all.

    A tool that fails may have done its work: only tools marked ``idempotent`` are called again, unless
    ``only_idempotent`` is False. ``delay``: seconds before the second attempt, doubled before each further one.
    Arguments that do not fit and refusals are not tried again.
    """
    if attempts < 1:
        raise InvalidRequestError(f"attempts is {attempts!r}; allowed is a number of at least 1", field="attempts")
    if not delay >= 0:
        raise InvalidRequestError(f"delay is {delay!r}; allowed are seconds from 0", field="delay")

    @layer
    async def tool_retry(request: ToolRequest, call: ToolCallable) -> Any:
        tries = 1 if only_idempotent and not request.tool.idempotent else attempts
        for number in range(tries):
            try:
                return await call(request)
            except on as error:
                if number + 1 == tries or _is_final(error):
                    raise
            await asyncio.sleep(delay * 2**number)
        raise AssertionError("unreachable")

    return tool_retry


def _is_final(error: Exception) -> bool:
    from ai_sdk.errors import InvalidToolInputError

    return isinstance(error, ToolDeniedError | InvalidToolInputError)


def tool_cache(*, size: int = 1024, only_idempotent: bool = True) -> Layer[ToolRequest, Any]:
    """Give the value of an earlier call of the same tool with the same arguments, for the life of this layer.

    Arguments are the same when they are equal as JSON. Errors are not kept; of more than ``size`` values the one that
    was not used for longest goes. Only tools marked ``idempotent`` are asked once, unless ``only_idempotent`` is False.
    What a tool knows of its context (``deps``, messages) is not looked at: put no layer around two tenants' tools.
    """
    if size < 1:
        raise InvalidRequestError(f"size is {size!r}; allowed is a number of at least 1", field="size")
    values: OrderedDict[str, Any] = OrderedDict()
    lock = threading.Lock()

    @layer
    async def tool_cache(request: ToolRequest, call: ToolCallable) -> Any:
        if only_idempotent and not request.tool.idempotent:
            return await call(request)
        key = json.dumps([request.tool.name, request.call.arguments()], sort_keys=True)
        with lock:
            if key in values:
                values.move_to_end(key)
                return values[key]
        value = freeze(await call(request))
        with lock:
            values[key] = value
            while len(values) > size:
                values.popitem(last=False)
        return value

    return tool_cache


def tool_approval(rule: Approve, /) -> Layer[ToolRequest, Any]:
    """Ask ``rule`` about each call that comes as far as this layer: True lets it pass, False refuses it.

    ``"ask"``: an agent is suspended, and a person decides; outside of an agent the call is denied. A call that a person
    has approved passes. Inside of a cache, what the cache knows needs no approval.
    """

    @layer
    async def tool_approval(request: ToolRequest, call: ToolCallable) -> Any:
        answer = True if request.approved else await _ask(rule, request.call, request.call.arguments())
        if answer == "ask":
            raise ToolSuspended
        if not answer:
            name = request.call.name
            raise ToolDeniedError(f"denied: this call of {name} was not approved", tool=name, call_id=request.call.id)
        return await call(request)

    return tool_approval


def tool_tracing(tracer: Any = None) -> Layer[ToolRequest, Any]:
    """Make a span ``execute_tool <name>`` of each call, by the conventions for generative AI.

    For tools whose model is not traced: inside of a traced call ``ai_sdk.middleware.tracing`` makes these spans itself.
    ``tracer``: an OpenTelemetry tracer; by default that of the global provider.
    """

    @layer
    async def tool_tracing(request: ToolRequest, call: ToolCallable) -> Any:
        from opentelemetry import trace

        found = tracer or trace.get_tracer("ai_sdk.tool_layers")
        attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": request.call.name,
            "gen_ai.tool.call.id": request.call.id,
            "gen_ai.tool.type": "function",
        }
        name = f"execute_tool {request.call.name}"
        quiet: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
        with found.start_as_current_span(name, attributes=attributes, **quiet) as span:
            try:
                return await call(request)
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(trace.StatusCode.ERROR)
                raise

    return tool_tracing
