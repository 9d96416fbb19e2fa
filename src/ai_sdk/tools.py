"""Tools: typed functions that a model may ask for.

``@tool`` makes a ``Tool`` of a typed function, sync or async. The model sees its name, the first paragraph of its
docstring and a JSON Schema of its parameters; the arguments that the model writes are validated and converted to the
annotated types before the function runs. A tool that fails does not fail the call: its error goes back to the model.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeAlias, TypeVar, cast, overload

from ai_sdk import _signature
from ai_sdk._frozen import freeze
from ai_sdk.call import record_call
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError, ToolExecutionError
from ai_sdk.messages import FilePart, Message, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.requests import ProviderTool, ToolDefinition

if TYPE_CHECKING:
    from types import FrameType

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

__all__ = ["AnyTool", "Approve", "Tool", "ToolContext", "tool"]

P = ParamSpec("P")
R = TypeVar("R")

Approve: TypeAlias = Callable[[ToolCallPart, dict[str, Any]], bool | Awaitable[bool]]
"""Asked with the call and its arguments, as the model wrote them, before the tool runs."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may know of the call that it serves; a parameter annotated with it is not shown to the model.

    ``messages`` is the conversation up to the tool call, ``step`` the number of the step, from 0.
    """

    call_id: str
    messages: tuple[Message, ...] = ()
    step: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Tool(Generic[P, R]):
    """A typed function that a model may ask for; calling it calls the function. Made by ``tool``.

    ``timeout`` is in seconds, None for no limit. ``approve``: True runs without asking, False runs only when the call's
    ``approve_tool`` says yes, a function decides for each call. ``strict`` asks the provider to hold the model to the
    schema, which then has every parameter required.
    """

    function: Callable[P, R]
    name: str
    description: str | None = None
    timeout: float | None = None
    approve: bool | Approve = True
    strict: bool | None = None
    _input: _signature.Parameters = field(kw_only=True, compare=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        return self.function(*args, **kwargs)

    @property
    def definition(self) -> ToolDefinition:
        """The tool as the model sees it.

        Raises ``InvalidRequestError`` for a parameter that has no annotation or no JSON Schema.
        """
        schema = self._input.strict_schema if self.strict else self._input.schema
        return ToolDefinition(self.name, self.description, freeze(schema), self.strict)

    async def run(self, call: ToolCallPart, context: ToolContext | None = None) -> Any:
        """Run the function with the arguments of a tool call and return what it returned, as plain data.

        A sync function runs in a thread, with a copy of the context variables. Raises ``InvalidToolInputError`` for
        arguments that do not fit, ``ToolExecutionError`` when the time limit passes or the value has no JSON form, and
        whatever the function raises.
        """
        args, kwargs = self._input.bind(call, context or ToolContext(call.id))
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                value = await self._call(args, kwargs)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ToolExecutionError(
                f"{self.name} did not finish within {self.timeout:g} s", tool=self.name, call_id=call.id
            ) from error
        return _output(value, self.name, call.id)

    async def _call(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        function = cast("Callable[..., Any]", self.function)
        if _is_async(function):
            return await function(*args, **kwargs)
        value = await asyncio.to_thread(_without_stop_iteration, function, args, kwargs)
        return await value if inspect.isawaitable(value) else value

    def __repr__(self) -> str:
        return f"Tool({self.name})"


AnyTool: TypeAlias = Tool[..., Any] | ToolDefinition | ProviderTool
"""A tool with a function, the bare definition of one that the caller runs, or one that the provider runs."""


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    approve: bool | Approve = True,
    strict: bool | None = None,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    approve: bool | Approve = True,
    strict: bool | None = None,
) -> Any:
    """Make a tool of a typed function, as ``@tool`` or ``@tool(name=..., timeout=...)``.

    Every parameter needs an annotation that pydantic understands: basic types, pydantic models, dataclasses, enums,
    ``Literal``, optionals, lists of them. ``Annotated[str, Field(description=...)]`` or a Google or NumPy section in
    the docstring describes a parameter to the model. A parameter annotated ``ToolContext`` gets the context of the call
    and is not shown. The function returns text, anything that pydantic can make JSON of, or text and file parts.

    ``name`` is the function's own and ``description`` the first paragraph of its docstring, unless they are given;
    ``timeout`` (seconds), ``approve`` and ``strict`` are described at ``Tool``. A sync function that runs into its
    timeout goes on in its thread; its value is dropped. Raises ``InvalidRequestError`` for ``*args`` or ``**kwargs``.
    """

    def build(function: Callable[..., Any], /, *, frame: FrameType | None = None) -> Tool[..., Any]:
        names = (frame or sys._getframe(1)).f_locals
        parameters = _signature.Parameters(function, ToolContext, names)
        called = name if name is not None else parameters.name
        if not _NAME.fullmatch(called):
            raise InvalidRequestError(
                f"a tool is named {called!r}; allowed are 1 to 64 letters, digits, _ and -: give name=...", field="name"
            )
        about = description if description is not None else parameters.description
        return Tool(function, called, about, timeout, approve, strict, _input=parameters)

    return build if function is None else build(function, frame=sys._getframe(1))


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _without_stop_iteration(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call the function; ``StopIteration`` cannot be put into a future."""
    try:
        return function(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError("StopIteration") from error


def _output(value: object, name: str, call_id: str) -> Any:
    kind = type(value).__name__
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, TextPart | FilePart):
        return (value,)
    if isinstance(value, list | tuple):
        items = tuple(cast("Sequence[Any]", value))
        if items and all(isinstance(each, TextPart | FilePart) for each in items):
            return items
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, ValueError) as error:
        raise ToolExecutionError(
            f"{name} returned a {kind} that has no JSON form: {error}", tool=name, call_id=call_id
        ) from error


class ToolSet(NamedTuple):
    """The tools of a step: what the model is shown, and the functions by name."""

    shown: tuple[ToolDefinition | ProviderTool, ...] = ()
    functions: Mapping[str, Tool[..., Any]] = {}

    @classmethod
    def of(cls, tools: Iterable[AnyTool]) -> ToolSet:
        """Sort tools by what runs them.

        Raises ``InvalidRequestError`` for two tools of one name and for what is no tool.
        """
        shown: list[ToolDefinition | ProviderTool] = []
        functions: dict[str, Tool[..., Any]] = {}
        names: set[str] = set()
        for at, each in enumerate(cast("Iterable[object]", tools)):
            if isinstance(each, Tool):
                function = cast("Tool[..., Any]", each)
                functions[function.name] = function
                definition: ToolDefinition | ProviderTool = function.definition
            elif isinstance(each, ToolDefinition | ProviderTool):
                definition = each
            else:
                hint = "; make a tool of the function with @tool" if callable(each) else ""
                raise InvalidRequestError(
                    f"tools[{at}] is a {type(each).__name__}; allowed are Tool, ToolDefinition and ProviderTool{hint}",
                    field=f"tools[{at}]",
                )
            if definition.name in names:
                raise InvalidRequestError(
                    f"two tools are named {definition.name!r}; give one of them another name", field=f"tools[{at}]"
                )
            names.add(definition.name)
            shown.append(definition)
        return cls(tuple(shown), functions)

    def runs(self, call: ToolCallPart) -> bool:
        """Whether this side answers the call: with the tool's function, or by saying that there is no such tool."""
        if call.provider_executed or not self.functions:
            return False
        return call.name in self.functions or all(each.name != call.name for each in self.shown)


async def run_tool_calls(
    calls: Sequence[ToolCallPart],
    tools: ToolSet,
    messages: tuple[Message, ...],
    step: int,
    approve: Approve | None = None,
) -> tuple[ToolResultPart, ...]:
    """Answer tool calls, in their order: approvals one after the other, then all functions at once.

    What goes wrong with a call is its result, for the model to read. A cancellation cancels all of them and waits until
    they have ended. What an approval raises is raised.
    """
    answers: list[ToolResultPart | None] = [await _refusal(call, tools, approve) for call in calls]
    allowed = [at for at, answer in enumerate(answers) if answer is None]
    if len(allowed) == 1:
        answers[allowed[0]] = await _run(calls[allowed[0]], tools, messages, step)
    elif allowed:
        async with asyncio.TaskGroup() as group:
            tasks = {at: group.create_task(_run(calls[at], tools, messages, step)) for at in allowed}
        for at, task in tasks.items():
            answers[at] = task.result()
    return tuple(answer for answer in answers if answer is not None)


async def _refusal(call: ToolCallPart, tools: ToolSet, approve: Approve | None) -> ToolResultPart | None:
    """Why the call is not run, or None when it is."""
    function = tools.functions.get(call.name)
    if function is None:
        allowed = ", ".join(each.name for each in tools.shown)
        return _failure(call, f"there is no tool named {call.name!r}; the tools are: {allowed}")
    try:
        arguments = call.arguments()
    except InvalidToolInputError as error:
        return _failure(call, error.message)
    approved = function.approve is not False or approve is not None
    for rule in (function.approve, approve):
        if approved and callable(rule):
            approved = await _ask(rule, call, arguments)
    return None if approved else _failure(call, f"denied: this call of {call.name} was not approved")


async def _ask(rule: Approve, call: ToolCallPart, arguments: dict[str, Any]) -> bool:
    answer = rule(call, arguments)
    return bool(await answer if inspect.isawaitable(answer) else answer)


async def _run(call: ToolCallPart, tools: ToolSet, messages: tuple[Message, ...], step: int) -> ToolResultPart:
    try:
        with record_call("tool", call.name):
            output = await tools.functions[call.name].run(call, ToolContext(call.id, messages, step))
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is for the model to read
        return _failure(call, str(error) or type(error).__name__)
    return ToolResultPart(call.id, call.name, output)


def _failure(call: ToolCallPart, message: str) -> ToolResultPart:
    return ToolResultPart(call.id, call.name, message, is_error=True)
