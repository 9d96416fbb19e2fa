"""Typed values from a language model, at once or growing while they arrive.

A schema is a pydantic model, anything else that a pydantic ``TypeAdapter`` takes (``list[Person]``, a ``Literal``, a
dataclass, a ``TypedDict``, a ``TypeAdapter`` itself), or a JSON Schema as a plain dict; then the object is plain data.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Self, TypeAlias, TypeVar, Unpack, cast, overload

from ai_sdk._calls import check_names
from ai_sdk._frozen import freeze
from ai_sdk._loop import StepLoop, plan
from ai_sdk._partial_json import MISSING, PartialJSON
from ai_sdk._schema import Schema, as_object, can_be_strict, is_strict, plain, strict, without_titles
from ai_sdk._signature import what_is_wrong
from ai_sdk.call import Attempt, mark
from ai_sdk.errors import InvalidRequestError, NoObjectGeneratedError
from ai_sdk.messages import Message, Prompt, SystemMessage, ToolCallPart
from ai_sdk.parts import TextDelta, ToolInputDelta
from ai_sdk.registry import resolve
from ai_sdk.requests import JSONFormat, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning, FinishReason, ResponseInfo, Usage
from ai_sdk.steps import LanguageModel, RequestSettings, StreamPart, TextResult, TextSettings
from ai_sdk.text import TextStream

if TYPE_CHECKING:
    from types import TracebackType

    from pydantic import TypeAdapter

__all__ = ["ObjectMode", "ObjectResult", "ObjectStream", "generate_object", "stream_object", "wire_schema"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

ObjectMode: TypeAlias = Literal["auto", "json", "tool"]
"""``json``: the model is asked for JSON of the schema. ``tool``: for a call of one tool with the schema as its input.
``auto``: what the model's ``structured_output`` says, ``tool`` when it says nothing."""

_MODES = ("auto", "json", "tool")
_SETTINGS = frozenset(RequestSettings.__annotations__)
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)
_CUT_OFF = ("length", "content-filter", "error")


@dataclass(frozen=True, slots=True)
class ObjectResult(Generic[T_co]):
    """A value of the schema, and what the call was like. ``raw`` is the result of the call that it came from."""

    object: T_co
    raw: TextResult

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the answer ended."""
        return self.raw.finish_reason

    @property
    def usage(self) -> Usage:
        """What the call used, failed attempts included as far as they reported it."""
        return self.raw.usage

    @property
    def warnings(self) -> tuple[CallWarning, ...]:
        """What was asked for and not done, or not as asked."""
        return self.raw.warnings

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried."""
        return self.raw.attempts

    @property
    def reasoning(self) -> str:
        """The reasoning, joined."""
        return self.raw.reasoning

    @property
    def response(self) -> ResponseInfo:
        """Who answered."""
        return self.raw.response

    @property
    def provider_metadata(self) -> Mapping[str, Any]:
        """What the provider said beside the answer, namespaced by provider."""
        return self.raw.provider_metadata


@overload
async def generate_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: type[T] | TypeAdapter[T],
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    stream: bool = False,
    **settings: Unpack[RequestSettings],
) -> ObjectResult[T]: ...
@overload
async def generate_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: object,
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    stream: bool = False,
    **settings: Unpack[RequestSettings],
) -> ObjectResult[Any]: ...
async def generate_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: Any,
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    stream: bool = False,
    **settings: Unpack[RequestSettings],
) -> ObjectResult[Any]:
    """Generate a value of ``schema``: see the module's words for what a schema is, and ``ObjectMode`` for ``mode``.

    ``name`` and ``description`` tell the model what the value is; by default they are the schema's own. ``strict`` asks
    the provider to hold the model to the schema in its strict form (every property required); None does so where the
    schema has such a form. ``stream`` asks the provider to stream although only the whole value is returned.

    Raises ``NoObjectGeneratedError``, with the text and the usage, when the answer is no value of the schema or was cut
    off. One Markdown fence around the JSON is taken off; nothing else is repaired.
    """
    target = _Target.of(schema, name, description, strict)
    loop = _ask("generate_object", model, prompt, target, mode, settings, stream=stream)
    return target.read(await loop.run(), loop)


@overload
def stream_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: type[T] | TypeAdapter[T],
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    **settings: Unpack[RequestSettings],
) -> ObjectStream[T]: ...
@overload
def stream_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: object,
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    **settings: Unpack[RequestSettings],
) -> ObjectStream[Any]: ...
def stream_object(
    model: LanguageModel,
    prompt: Prompt | None = None,
    /,
    *,
    schema: Any,
    mode: ObjectMode = "auto",
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
    **settings: Unpack[RequestSettings],
) -> ObjectStream[Any]:
    """Do as ``generate_object`` does, handing out the value while it grows.

    Returns at once; the call is made when the stream is entered: ``async with stream_object(...) as stream``.
    """
    target = _Target.of(schema, name, description, strict)
    return ObjectStream(_ask("stream_object", model, prompt, target, mode, settings, stream=True), target)


class ObjectStream(Generic[T]):
    """A value that grows while it is read, made by ``stream_object``. Entering it makes the call.

    ``partial`` yields the plain data of the value as far as it has arrived, after each piece of the answer that changes
    it: objects and arrays without what is missing, strings as far as they go, numbers once they are complete. A value
    that was yielded never changes; it shares its finished parts with the next ones, so it is not to be changed either.
    The cost of all of them is linear in the length of the answer: of a very large value some pieces are passed over.

    ``partial`` and ``result()`` share one reader. The last partial value is not validated: ``result()`` is.
    """

    __slots__ = ("_loop", "_partial", "_stream", "_target")

    def __init__(self, loop: StepLoop, target: _Target) -> None:
        self._loop = loop
        self._target = target
        self._stream = TextStream(loop)
        self._partial = self._grow()

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the response now; closing twice does nothing."""
        await self._stream.aclose()
        if not getattr(self._partial, "ag_running", False):
            await self._partial.aclose()

    @property
    def partial(self) -> AsyncIterator[Any]:
        """The value as far as it has arrived, again and again."""
        self._stream.check()
        return self._partial

    async def result(self) -> ObjectResult[T]:
        """Read to the end and return the validated value. Raises as ``generate_object`` does."""
        return self._target.read(await self._stream.result(), self._loop)

    async def _grow(self) -> AsyncGenerator[Any, None]:
        parser = PartialJSON()
        piece_of = _ToolInput() if self._loop.request.tools else _Text()
        async for part in self._stream.parts:
            piece = piece_of(part)
            if piece and parser.feed(piece) and parser.affordable:
                value = self._target.unwrap(parser.snapshot())
                if value is not MISSING:
                    yield value
        if parser.changed and (value := self._target.unwrap(parser.snapshot())) is not MISSING:
            yield value


class _ToolInput:
    """Picks the input of the first tool call out of a stream."""

    __slots__ = ("_id",)

    def __init__(self) -> None:
        self._id: str | None = None

    def __call__(self, part: StreamPart) -> str:
        if isinstance(part, ToolInputDelta):
            if self._id is None:
                self._id = part.id
            return part.delta if part.id == self._id else ""
        if isinstance(part, ToolCallPart) and self._id is None:
            self._id = part.id
            return part.input
        return ""


class _Text:
    """Picks the text out of a stream, without a Markdown fence in front of it."""

    __slots__ = ("_head", "_in_body")

    def __init__(self) -> None:
        self._head = ""
        self._in_body = False

    def __call__(self, part: StreamPart) -> str:
        if type(part) is not TextDelta:
            return ""
        if self._in_body:
            return part.text
        self._head = (self._head + part.text).lstrip()
        if self._head and not self._head.startswith("`"):
            self._in_body = True
            return self._head
        fence, newline, body = self._head.partition("\n")
        if newline and fence.startswith("```"):
            self._in_body = True
            return body
        return ""


class _Target(NamedTuple):
    """What is to be generated: the schema as it goes out, and how the answer becomes a value."""

    schema: Schema
    wrapped: bool
    held: bool
    asked: bool | None
    name: str
    description: str | None
    validate: Callable[[str], Any]

    @classmethod
    def of(cls, schema: Any, name: str | None, description: str | None, strict: bool | None) -> _Target:
        validate: Callable[[str], Any]
        if isinstance(schema, Mapping):
            given = plain(schema)
            wire, wrapped = as_object(given)
            hold = is_strict(wire) if strict is None else strict
            validate = json.loads if wrapped else _object_of
        else:
            adapter, given = _typed_once(schema) if isinstance(schema, type) else _typed(schema)
            wire, wrapped = as_object(given)
            hold = can_be_strict(wire) if strict is None else strict
            validate = adapter.validate_json
        called = re.sub(r"[^a-zA-Z0-9_-]+", "_", str(name or given.get("title") or "json"))[:64]
        return cls(
            _form(wire, hold=hold), wrapped, hold, strict, called, description or given.get("description"), validate
        )

    def unwrap(self, value: Any) -> Any:
        """The value of partial data that came over the wire, ``MISSING`` when it has not begun."""
        if not self.wrapped or value is MISSING:
            return value
        return cast("dict[str, Any]", value).get("value", MISSING) if isinstance(value, dict) else MISSING

    def read(self, result: TextResult, loop: StepLoop) -> ObjectResult[Any]:
        """The value in a finished answer."""
        text = next((call.input for call in result.tool_calls if not call.provider_executed), result.text)
        cause: Exception | None = None
        if result.finish_reason in _CUT_OFF:
            reason = f"the answer was cut off: its finish reason is {result.finish_reason!r}"
        elif not text.strip():
            reason = "the answer is empty"
        else:
            try:
                return ObjectResult(self._value(_unfenced(text)), result)
            except (ValueError, TypeError) as error:
                cause = error
                reason = f"the answer is no value of the schema: {_reason(error)}"
        failure = NoObjectGeneratedError(reason, text=text, finish_reason=result.finish_reason, usage=result.usage)
        mark(failure, loop.record)
        raise failure from cause

    def _value(self, text: str) -> Any:
        if not self.wrapped:
            return self.validate(text)
        value = json.loads(text)
        if not isinstance(value, dict) or "value" not in value:
            raise ValueError('it must be an object with the property "value"')
        return self.validate(json.dumps(value["value"]))


def _reason(error: Exception) -> str:
    from pydantic import ValidationError

    return what_is_wrong(error) if isinstance(error, ValidationError) else str(error)


def _unfenced(text: str) -> str:
    match = _FENCE.fullmatch(text.strip())
    return match[1] if match else text


def _object_of(text: str) -> Any:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(f"it must be an object, not a {type(value).__name__}")
    return cast("dict[str, Any]", value)


def _typed(schema: Any) -> tuple[TypeAdapter[Any], Schema]:
    """What validates a value of the type, and its JSON Schema."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

    try:
        adapter = cast("TypeAdapter[Any]", schema if isinstance(schema, TypeAdapter) else TypeAdapter(schema))
        return adapter, adapter.json_schema()
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise InvalidRequestError(
            f"schema is {schema!r}; allowed is a pydantic model, a type that pydantic has a JSON Schema for, or a JSON "
            f"Schema: {error.message}",
            field="schema",
        ) from error


_typed_once = lru_cache(maxsize=128)(_typed)


def wire_schema(adapter: TypeAdapter[Any], strict: bool) -> Schema:
    """The JSON Schema of a type as a provider takes it.

    The root is an object: any other is wrapped in ``{"value": ...}``. In its strict form every object is closed and
    every property required; references are kept. Raises ``InvalidRequestError`` when there is no strict form.
    """
    wire, _ = as_object(_typed(adapter)[1])
    return _form(wire, hold=strict)


def _form(wire: Schema, *, hold: bool) -> Schema:
    wire = without_titles(wire)
    if not hold:
        return wire
    if not can_be_strict(wire):
        raise InvalidRequestError(
            "strict is True, but the schema has an open dict, a tuple or an untyped value", field="strict"
        )
    return strict(wire)


def _ask(
    function: str,
    model: LanguageModel,
    prompt: Prompt | None,
    target: _Target,
    mode: ObjectMode,
    settings: RequestSettings,
    *,
    stream: bool,
) -> StepLoop:
    """The call that asks for the value."""
    check_names(function, settings, _SETTINGS)
    if mode not in _MODES:
        raise InvalidRequestError(f"mode is {mode!r}; allowed are 'auto', 'json' and 'tool'", field="mode")
    callable_model = resolve(model)
    able: str = getattr(callable_model, "structured_output", "tool")
    full = cast("TextSettings", dict(settings))
    if mode == "tool" or (mode == "auto" and able == "tool"):
        definition = ToolDefinition(target.name, target.description, freeze(target.schema), target.asked or None)
        full["tools"] = [definition]
        full["tool_choice"] = SpecificTool(target.name)
    elif able == "json_object":
        full["response_format"] = JSONFormat()
    else:
        full["response_format"] = JSONFormat(
            freeze(target.schema), target.name, target.description, target.asked if target.held else False
        )
    prepared = plan(function, callable_model, prompt, full, stream=stream)
    if able == "json_object" and "response_format" in full:
        messages = _with_instruction(prepared.request.messages, target.schema)
        prepared = prepared._replace(request=replace(prepared.request, messages=messages))
    return StepLoop(prepared)


def _with_instruction(messages: tuple[Message, ...], schema: Schema) -> tuple[Message, ...]:
    instruction = f"Answer with one JSON object, and nothing else, of this JSON Schema:\n{json.dumps(schema)}"
    first = messages[0]
    if isinstance(first, SystemMessage):
        return (replace(first, content=f"{first.content}\n\n{instruction}"), *messages[1:])
    return (SystemMessage(instruction), *messages)
