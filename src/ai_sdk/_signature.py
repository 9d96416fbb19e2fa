"""What a typed function takes: its JSON Schema, and its arguments from the JSON of a tool call."""

from __future__ import annotations

import functools
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, cast

from ai_sdk._schema import Schema, can_be_strict, strict, without_titles
from ai_sdk.errors import InvalidRequestError, InvalidToolInputError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from ai_sdk.messages import ToolCallPart

_GOOGLE = re.compile(r"^(?P<indent> +)(?P<name>\w+)(?: *\([^)]*\))?: *(?P<text>.*)$")
_NUMPY = re.compile(r"^(?P<indent>)(?P<name>\w+) *(?::.*)?(?P<text>)$")
_SECTION = re.compile(r"^(Args|Arguments|Parameters):?$")
_RULE = re.compile(r"^-{3,}$")
_HEADING = re.compile(r"^[A-Z]\w*( \w+)*:?$")


class Parameters:
    """The parameters of a function as a model is told them.

    ``context`` is the type of parameters that are not shown and get the context of the call; ``names`` are the local
    names where the function was written, for annotations that are strings. Pydantic is imported at the first use.
    """

    def __init__(self, function: Callable[..., Any], context: type[Any], names: Mapping[str, Any]) -> None:
        plain = _underlying(function)
        self.name: str = getattr(function, "__name__", None) or type(function).__name__
        self.description, self._docs = read_docstring(plain.__doc__)
        self._function = plain
        self._context = context
        self._parameters = list(inspect.signature(function).parameters.values())
        for parameter in self._parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise self._bad(parameter.name, "a model needs to be told each parameter by name: leave out * and **")
        try:
            self._hints: dict[str, Any] | None = _hints(plain, names)
        except NameError:
            self._hints = None

    def _bad(self, name: str, reason: str) -> InvalidRequestError:
        return InvalidRequestError(f"parameter {name!r} of the tool {self.name}: {reason}", field=name)

    @cached_property
    def _annotated(self) -> dict[str, Any]:
        hints = self._hints
        if hints is None:
            try:
                hints = _hints(self._function, {})
            except NameError as error:
                raise self._bad(str(error.name), "this name in an annotation is not defined") from error
        for parameter in self._parameters:
            if parameter.name not in hints:
                raise self._bad(parameter.name, "it has no annotation; write its type, such as city: str")
        return hints

    def _is_context(self, name: str) -> bool:
        hint = self._annotated[name]
        return any((typing.get_origin(each) or each) is self._context for each in (hint, *typing.get_args(hint)))

    @cached_property
    def _model(self) -> type[BaseModel]:
        from pydantic import ConfigDict, Field, create_model
        from pydantic.errors import PydanticUserError

        fields: dict[str, Any] = {}
        for at, parameter in enumerate(self._parameters):
            if self._is_context(parameter.name):
                continue
            told: dict[str, Any] = {"alias": parameter.name}
            if parameter.name in self._docs:
                told["description"] = self._docs[parameter.name]
            hint, *metadata = _unpacked(self._annotated[parameter.name])
            annotation: Any = Annotated[(hint, Field(**told), *metadata)]  # type: ignore[unused-ignore]
            fields[f"p{at}"] = (annotation, ... if parameter.default is parameter.empty else parameter.default)
        config = ConfigDict(extra="forbid", protected_namespaces=())
        try:
            return create_model(self.name, __config__=config, **fields)
        except PydanticUserError as error:
            raise InvalidRequestError(f"the tool {self.name}: {error.message}", field="tools") from error

    @cached_property
    def schema(self) -> Schema:
        """The JSON Schema of the arguments."""
        from pydantic.errors import PydanticUserError

        try:
            schema = without_titles(self._model.model_json_schema())
        except PydanticUserError as error:
            raise InvalidRequestError(f"the tool {self.name}: {error.message}", field="tools") from error
        schema.setdefault("properties", {})
        schema.pop("description", None)
        return schema

    @cached_property
    def strict_schema(self) -> Schema:
        """The schema in strict form: every parameter required."""
        if not can_be_strict(self.schema):
            raise InvalidRequestError(
                f"the tool {self.name} cannot be strict: a parameter is an open dict, a tuple or untyped",
                field="strict",
            )
        return strict(self.schema)

    def bind(self, call: ToolCallPart, context: object) -> tuple[list[Any], dict[str, Any]]:
        """The positional and keyword arguments, converted to the annotated types.

        Raises ``InvalidToolInputError`` that says what is wrong with which argument.
        """
        from pydantic import ValidationError

        try:
            values = self._model.model_validate_json(call.input if call.input.strip() else "{}")
        except ValidationError as error:
            raise InvalidToolInputError(
                f"the arguments of {call.name} do not fit: {what_is_wrong(error)}",
                tool=call.name,
                call_id=call.id,
                input=call.input,
            ) from error
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for at, parameter in enumerate(self._parameters):
            value = context if self._is_context(parameter.name) else getattr(values, f"p{at}")
            if parameter.kind is parameter.POSITIONAL_ONLY:
                args.append(value)
            else:
                kwargs[parameter.name] = value
        return args, kwargs


def what_is_wrong(error: ValidationError) -> str:
    """A validation error in one line, for a model or a person: where and what, not the input."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'the value'}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _underlying(function: Callable[..., Any]) -> Any:
    """The function with the annotations and the docstring."""
    while isinstance(function, functools.partial):
        function = cast("functools.partial[Any]", function).func
    return function if inspect.isroutine(function) else getattr(function, "__call__", function)  # noqa: B004


def _hints(function: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    return typing.get_type_hints(function, localns=dict(names), include_extras=True)


def _unpacked(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) is Annotated:
        return (hint.__origin__, *hint.__metadata__)
    return (hint,)


def read_docstring(docstring: str | None) -> tuple[str | None, dict[str, str]]:
    """The first paragraph on one line, and what a Google or NumPy section says of each parameter."""
    if not docstring:
        return None, {}
    text = inspect.cleandoc(docstring)
    paragraph = " ".join(text.partition("\n\n")[0].split())
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if _SECTION.match(line.strip()):
            numpy = at + 1 < len(lines) and bool(_RULE.match(lines[at + 1].strip()))
            first = None if at == 0 else paragraph
            return first, _read_section(lines[at + 2 if numpy else at + 1 :], _NUMPY if numpy else _GOOGLE)
    return paragraph or None, {}


def _read_section(lines: list[str], entry: re.Pattern[str]) -> dict[str, str]:
    docs: dict[str, list[str]] = {}
    words: list[str] | None = None
    indent: str | None = None
    for line in lines:
        if not line.strip():
            continue
        match = entry.match(line)
        if match and indent in (None, match["indent"]):
            indent = match["indent"]
            words = docs.setdefault(match["name"], [])
            words.append(match["text"])
        elif not line.startswith(" ") and (_HEADING.match(line) or entry is _GOOGLE):
            break
        elif words is not None:
            words.append(line)
    return {name: " ".join(" ".join(words).split()) for name, words in docs.items() if "".join(words).strip()}
