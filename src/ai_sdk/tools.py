"""Tools: typed functions that a model may ask for.

``@tool`` makes a ``Tool`` of a typed function, sync or async. The model sees its name, the first paragraph of its
docstring and a JSON Schema of its parameters; the arguments that the model writes are validated and converted to the
annotated types before the function runs. A tool that fails does not fail the call: its error goes back to the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    Literal,
    NamedTuple,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
    overload,
)

from ai_sdk import _signature
from ai_sdk._frozen import freeze
from ai_sdk.call import ToolCalled, record_call
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError, ToolExecutionError
from ai_sdk.messages import FilePart, Message, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.requests import ProviderTool, ToolDefinition

if TYPE_CHECKING:
    from types import FrameType

    import typing_extensions

    Deps_co = typing_extensions.TypeVar("Deps_co", default=object, covariant=True)
    Deps_contra = typing_extensions.TypeVar("Deps_contra", default=object, contravariant=True)
else:
    Deps_co, Deps_contra = TypeVar("Deps_co", covariant=True), TypeVar("Deps_contra", contravariant=True)

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

__all__ = ["AnyTool", "Approve", "Tool", "ToolContext", "ToolRequest", "ToolSuspended", "tool"]

P = ParamSpec("P")
R = TypeVar("R")
Deps = TypeVar("Deps")

Answer: TypeAlias = bool | Literal["ask"]
Approve: TypeAlias = Callable[[ToolCallPart, dict[str, Any]], Answer | Awaitable[Answer]]
"""Asked with the call and its arguments, as the model wrote them, before the tool runs; ``"ask"``: a person decides."""


@dataclass(frozen=True, slots=True)
class ToolContext(Generic[Deps_co]):
    """What a tool may know of the call that it serves; a parameter annotated with it is not shown to the model.

    ``messages`` is the conversation up to the tool call, ``step`` the number of the step, from 0. ``deps`` is what was
    given to the run of the agent as ``deps=``: annotate the first parameter with ``ToolContext[Database]``, and type
    checkers hold the agent to it. ``run_id`` and ``call_id`` together are the same when an interrupted call is run
    again: a key for services that take one against doing things twice.
    ``run`` is what sub-agents know the run around them by.
    """

    call_id: str
    messages: tuple[Message, ...] = ()
    step: int = 0
    deps: Deps_co = cast("Any", None)  # noqa: RUF009 - None
    run_id: str = ""
    run: Any = field(default=None, repr=False, compare=False)


class ToolInput(Protocol):
    """What a tool takes: its JSON Schema, also in strict form, and the arguments of its function from a tool call."""

    @property
    def schema(self) -> dict[str, Any]: ...
    @property
    def strict_schema(self) -> dict[str, Any]: ...
    def bind(self, call: ToolCallPart, context: object) -> tuple[list[Any], dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One call of a tool, as the layers around it see it. ``approved``: a person has allowed this very call."""

    tool: Tool[..., Any, Any]
    call: ToolCallPart
    context: ToolContext[Any]
    approved: bool = False


class ToolSuspended(BaseException):
    """Leaves a tool that cannot go on before a person has answered; no layer may take it for an error."""


@dataclass(frozen=True, slots=True, repr=False)
class Tool(Generic[P, R, Deps_contra]):
    """A typed function that a model may ask for; calling it calls the function. Made by ``tool``.

    ``timeout`` is in seconds, None for no limit. ``approve``: True runs without asking, False runs only when the call's
    ``approve_tool`` says yes, or a person whom an agent asks, a function decides for each call. ``strict`` asks the
    provider to hold the model to the schema, which then has every parameter required. ``idempotent``: running it twice
    with the same arguments does no harm, so that an agent may do so after a crash.
    """

    function: Callable[P, R]
    name: str
    description: str | None = None
    timeout: float | None = None
    approve: bool | Approve = True
    strict: bool | None = None
    idempotent: bool = False
    _input: ToolInput = field(kw_only=True, compare=False)
    _runner: Callable[[ToolRequest], Awaitable[Any]] | None = field(default=None, kw_only=True)

    if not TYPE_CHECKING:

        def __class_getitem__(cls, _parameters: Any) -> type[Tool]:
            """Itself: at run time the last type parameter may be left out, as its default says."""
            return cls

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

    async def run(
        self, call: ToolCallPart, context: ToolContext[Deps_contra] | None = None, *, approved: bool = False
    ) -> Any:
        """Run the function with the arguments of a tool call and return what it returned, as plain data.

        A sync function runs in a thread, with a copy of the context variables. Raises ``InvalidToolInputError`` for
        arguments that do not fit, ``ToolExecutionError`` when the time limit passes or the value has no JSON form, and
        whatever the function and the layers around the tool raise.
        """
        request = ToolRequest(self, call, context or ToolContext(call.id), approved)
        return await (self.execute(request) if self._runner is None else self._runner(request))

    async def execute(self, request: ToolRequest, /) -> Any:
        """Do as ``run`` does, without the layers around the tool: what the innermost of them calls."""
        call = request.call
        args, kwargs = self._input.bind(call, request.context)
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


AnyTool: TypeAlias = Tool[..., Any, Any] | ToolDefinition | ProviderTool
"""A tool with a function, the bare definition of one that the caller runs, or one that the provider runs."""


class _MakesTool(Protocol):
    @overload
    def __call__(
        self, function: Callable[Concatenate[ToolContext[Deps], P], R], /
    ) -> Tool[Concatenate[ToolContext[Deps], P], R, Deps]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Tool[P, R]: ...


@overload
def tool(
    function: Callable[Concatenate[ToolContext[Deps], P], R], /
) -> Tool[Concatenate[ToolContext[Deps], P], R, Deps]: ...
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
    idempotent: bool = False,
) -> _MakesTool: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    approve: bool | Approve = True,
    strict: bool | None = None,
    idempotent: bool = False,
) -> Any:
    """Make a tool of a typed function, as ``@tool`` or ``@tool(name=..., timeout=...)``.

    Every parameter needs an annotation that pydantic understands: basic types, pydantic models, dataclasses, enums,
    ``Literal``, optionals, lists of them. ``Annotated[str, Field(description=...)]`` or a Google or NumPy section in
    the docstring describes a parameter to the model. A parameter annotated ``ToolContext`` gets the context of the call
    and is not shown. The function returns text, anything that pydantic can make JSON of, or text and file parts.

    ``name`` is the function's own and ``description`` the first paragraph of its docstring, unless they are given;
    ``timeout`` (seconds), ``approve``, ``strict`` and ``idempotent`` are described at ``Tool``. A sync function that
    runs into its timeout goes on in its thread; its value is dropped. Raises ``InvalidRequestError`` for ``*args`` or
    ``**kwargs``.
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
        return Tool(function, called, about, timeout, approve, strict, idempotent, _input=cast("ToolInput", parameters))

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
    functions: Mapping[str, Tool[..., Any, Any]] = {}

    @classmethod
    def of(cls, tools: Iterable[AnyTool]) -> ToolSet:
        """Sort tools by what runs them.

        Raises ``InvalidRequestError`` for two tools of one name and for what is no tool.
        """
        shown: list[ToolDefinition | ProviderTool] = []
        functions: dict[str, Tool[..., Any, Any]] = {}
        names: set[str] = set()
        for at, each in enumerate(cast("Iterable[object]", tools)):
            if isinstance(each, Tool):
                function = cast("Tool[..., Any, Any]", each)
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
    judged = [await judge(call, tools, approve) for call in calls]
    answers = [denial(call) if isinstance(each, str) else each for call, each in zip(calls, judged, strict=True)]
    allowed = [at for at, answer in enumerate(answers) if answer is None]
    if len(allowed) == 1:
        answers[allowed[0]] = await _answer(calls[allowed[0]], tools, messages, step)
    elif allowed:
        async with asyncio.TaskGroup() as group:
            tasks = {at: group.create_task(_answer(calls[at], tools, messages, step)) for at in allowed}
        for at, task in tasks.items():
            answers[at] = task.result()
    return tuple(answer for answer in answers if answer is not None)


async def _answer(call: ToolCallPart, tools: ToolSet, messages: tuple[Message, ...], step: int) -> ToolResultPart:
    context: ToolContext[Any] = ToolContext(call.id, messages, step)
    return await _run(call, tools.functions[call.name], context) or denial(call)


async def judge(call: ToolCallPart, tools: ToolSet, approve: Approve | None) -> ToolResultPart | Literal["ask"] | None:
    """The result of a call that is not run, ``"ask"`` when a person has to decide, None when it may run.

    The rule of the tool comes first. What it does not deny is for ``approve`` to decide, where there is one.
    """
    function = tools.functions.get(call.name)
    if function is None:
        allowed = ", ".join(each.name for each in tools.shown)
        return failure(call, f"there is no tool named {call.name!r}; the tools are: {allowed}")
    try:
        arguments = call.arguments()
    except InvalidToolInputError as error:
        return failure(call, error.message)
    rule = function.approve
    answer: Answer = await _ask(rule, call, arguments) if callable(rule) else rule or "ask"
    if answer is not False and approve is not None:
        answer = await _ask(approve, call, arguments)
    if answer == "ask":
        return "ask"
    return None if answer else denial(call)


async def _ask(rule: Approve, call: ToolCallPart, arguments: dict[str, Any]) -> Answer:
    answer = rule(call, arguments)
    decided = await answer if inspect.isawaitable(answer) else answer
    return "ask" if decided == "ask" else bool(decided)


async def _run(
    call: ToolCallPart, function: Tool[..., Any, Any], context: ToolContext[Any], *, approved: bool = False
) -> ToolResultPart | None:
    """The result of a call, also of one that went wrong; None when the tool waits for a person."""
    try:
        with record_call("tool", call.name) as record, contextlib.suppress(ToolSuspended):
            record.tell("tool-called", ToolCalled(call.id, call.input, function.description))
            output = await function.run(call, context, approved=approved)
            record.tell("tool-answered", output)
            return ToolResultPart(call.id, call.name, output)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is for the model to read
        return failure(call, str(error) or type(error).__name__)
    return None


def denial(call: ToolCallPart, reason: str | None = None) -> ToolResultPart:
    """The result of a call that was not allowed."""
    return failure(call, f"denied: this call of {call.name} was not approved" + (f": {reason}" if reason else ""))


def failure(call: ToolCallPart, message: str) -> ToolResultPart:
    """The result of a call that went wrong, for the model to read."""
    return ToolResultPart(call.id, call.name, message, is_error=True)
