"""Reading JSON that a browser sent: each value is asked for with its type, and an error names where it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from ai_sdk.errors import InvalidRequestError

__all__ = ["ChatRequestError", "Field", "Limits", "check_content_type", "parse"]

_KINDS: dict[type[Any], str] = {
    str: "a string",
    bool: "true or false",
    dict: "an object",
    list: "an array",
    type(None): "null",
    int: "a number",
    float: "a number",
}


class ChatRequestError(InvalidRequestError):
    """What a browser posted cannot be used.

    ``status`` is the HTTP status to answer with: 400, 401, 403, 405, 413 or 415. The message names the field, what kind
    of thing was given and what is allowed; it has no content of the request.
    """

    def __init__(self, message: str, *, field: str | None = None, status: int = 400) -> None:
        super().__init__(message, field=field)
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring.

    ``bytes``: of the whole body. ``messages``, ``parts``: how many, the parts of all messages together. ``depth``: of
    nested objects and arrays. ``text``: characters of one string that is no file. ``file_bytes``: of one file.
    """

    bytes: int = 16 * 1024 * 1024
    messages: int = 1_000
    parts: int = 10_000
    depth: int = 64
    text: int = 1_000_000
    file_bytes: int = 10 * 1024 * 1024


def check_content_type(given: str) -> None:
    """Refuse what is not JSON by its header: a page of another site cannot send that without being asked."""
    if given.partition(";")[0].strip().lower() != "application/json":
        raise ChatRequestError("content-type is not application/json", field="content-type", status=415)


def parse(body: bytes, limits: Limits) -> Any:
    """The JSON of a body. Raises ``ChatRequestError``."""
    if len(body) > limits.bytes:
        raise ChatRequestError(f"the body is larger than {limits.bytes} bytes", status=413)
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ChatRequestError("the body is not JSON", field="body") from None
    _check_depth(value, limits.depth)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_depth(value: Any, most: int) -> None:
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [each for node in level for each in _nested(node)]
        if not level:
            return
    raise ChatRequestError(f"the body is nested more than {most} levels deep", field="body")


def _nested(node: Any) -> list[Any]:
    """The objects and arrays in one."""
    if isinstance(node, dict):
        node = list(cast("dict[str, Any]", node).values())
    values = cast("list[Any]", node) if isinstance(node, list) else []
    return [each for each in values if isinstance(each, dict | list)]


class Field:
    """A value and where it stands, such as ``messages[2].parts[0].text``."""

    __slots__ = ("limits", "path", "value")

    def __init__(self, value: Any, path: str, limits: Limits) -> None:
        self.value = value
        self.path = path
        self.limits = limits

    def refuse(self, allowed: str, status: int = 400) -> NoReturn:
        """Raise the error that names this field."""
        given = _KINDS.get(cast("type[Any]", type(self.value)), "nothing")
        name = self.path or "body"
        raise ChatRequestError(f"{name} is {given}; allowed is {allowed}", field=name, status=status)

    def get(self, name: str) -> Field:
        """A field of this object, with None for one that it lacks."""
        return Field(self.object().get(name), f"{self.path}.{name}" if self.path else name, self.limits)

    def object(self) -> Mapping[str, Any]:
        """This object."""
        value: object = self.value
        if not isinstance(value, dict):
            self.refuse("an object")
        return cast("dict[str, Any]", value)

    def items(self, most: int) -> list[Field]:
        """The items of this array."""
        value: object = self.value
        if not isinstance(value, list):
            self.refuse("an array")
        values = cast("list[Any]", value)
        if len(values) > most:
            self.refuse(f"an array of at most {most} items", 413)
        return [Field(each, f"{self.path}[{at}]", self.limits) for at, each in enumerate(values)]

    def text(self, most: int | None = None) -> str:
        """This string."""
        if not isinstance(self.value, str):
            self.refuse("a string")
        limit = self.limits.text if most is None else most
        if len(self.value) > limit:
            self.refuse(f"a string of at most {limit} characters", 413)
        return self.value

    def optional_text(self, most: int | None = None) -> str | None:
        """This string, or None when there is none."""
        return None if self.value is None else self.text(most)

    def flag(self) -> bool:
        """This true or false; false when there is none."""
        if not isinstance(self.value, bool | None):
            self.refuse("true or false")
        return bool(self.value)

    def one_of(self, *allowed: str) -> str:
        """This string, one of a few."""
        if not isinstance(self.value, str) or self.value not in allowed:
            self.refuse(f"one of {', '.join(allowed)}")
        return self.value
