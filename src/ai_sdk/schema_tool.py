"""Tools whose parameters are a JSON Schema: those of a server, of a plug-in, of a file."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

from ai_sdk._schema import can_be_strict, plain, strict
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import ToolCallPart
from ai_sdk.tools import _NAME, Approve, Tool, ToolContext

__all__ = ["SchemaFunction", "SchemaInput", "schema_tool"]

SchemaFunction: TypeAlias = Callable[[dict[str, Any]], Awaitable[Any]] | Callable[[dict[str, Any], ToolContext], Any]
"""An async function of the arguments, and of the context of the call when it has a second parameter."""


class SchemaInput:
    """Arguments by a given JSON Schema. They are decoded, not validated: that is up to the function.

    ``context``: the function takes the context of the call as its second argument.
    """

    __slots__ = ("_context", "_name", "_schema")

    def __init__(self, name: str, schema: Mapping[str, Any], *, context: bool = False) -> None:
        self._name = name
        self._schema: dict[str, Any] = plain(schema)
        self._context = context

    @property
    def schema(self) -> dict[str, Any]:
        """The schema as it was given."""
        return self._schema

    @property
    def strict_schema(self) -> dict[str, Any]:
        """The schema in strict form: every parameter required."""
        if not can_be_strict(self._schema):
            raise InvalidRequestError(
                f"the tool {self._name} cannot be strict: a parameter is an open object, a tuple or untyped",
                field="strict",
            )
        return strict(self._schema)

    def bind(self, call: ToolCallPart, context: object) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as one dict. Raises ``InvalidToolInputError`` for anything but a JSON object."""
        arguments = call.arguments()
        return ([arguments, context] if self._context else [arguments]), {}


def schema_tool(
    function: SchemaFunction,
    /,
    *,
    name: str,
    input_schema: Mapping[str, Any],
    description: str | None = None,
    timeout: float | None = None,
    approve: bool | Approve = True,
    strict: bool | None = None,
    idempotent: bool = False,
) -> Tool[..., Any]:
    """Make a tool of a JSON Schema and an async function of a dict.

    The schema is shown to the model as it is; what the model wrote is decoded and handed to the function, which
    validates it. A function with a second parameter gets the ``ToolContext`` there. ``timeout`` (seconds), ``approve``,
    ``strict`` and ``idempotent`` are described at ``Tool``. Raises ``InvalidRequestError`` for a name that models do
    not take and for a schema that is not one of an object.
    """
    check_tool_name(name)
    if not isinstance(cast("object", input_schema), Mapping) or input_schema.get("type", "object") != "object":
        raise InvalidRequestError(
            f"input_schema of the tool {name} must be a JSON Schema of type object", field="input_schema"
        )
    takes_context = len(inspect.signature(function).parameters) > 1
    arguments = SchemaInput(name, {"type": "object", **input_schema}, context=takes_context)
    called = cast("Callable[..., Any]", function)
    return Tool(called, name, description, timeout, approve, strict, idempotent, _input=arguments)


def check_tool_name(name: str) -> None:
    """Raise ``InvalidRequestError`` for a name that is not 1 to 64 letters, digits, _ and -."""
    if not _NAME.fullmatch(name):
        raise InvalidRequestError(
            f"a tool is named {name!r}; allowed are 1 to 64 letters, digits, _ and -", field="name"
        )
