"""Function calls: whole, or with arguments that stream in pieces (Vertex)."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import ToolInputDelta
from ai_sdk.provider import to_json
from ai_sdk.providers.google._read import objects, said, text

__all__ = ["Calls"]

_STEP = re.compile(r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d{1,6})\]")
_DEEPEST = 64
_FURTHEST = 10_000


class Calls:
    """Reads function calls. A call without an id gets ``call_<n>``, counted from ``first``."""

    __slots__ = ("_arguments", "_id", "_name", "_next", "_provider", "_signature")

    def __init__(self, provider: str, first: int) -> None:
        self._provider = provider
        self._next = first
        self._name = ""
        self._id = ""
        self._signature = ""
        self._arguments: dict[str, Any] = {}

    def identity(self, given: Any) -> str:
        """The id that was given, or the next one."""
        if identity := text(given):
            return identity
        self._next += 1
        return f"call_{self._next - 1}"

    def read(self, call: dict[str, Any], signature: str) -> list[ToolCallPart | ToolInputDelta]:
        """The parts of one ``functionCall``; raises ``ValueError`` for one without a name.

        With ``willContinue`` its arguments follow as ``partialArgs``, each with the JSON path of its place, until a
        ``functionCall`` without ``willContinue`` ends it (vendor documents).
        """
        going = bool(self._name)
        name = text(call.get("name"))
        if not name and not going:
            raise ValueError("a function call has no name")
        continues = call.get("willContinue") is True
        if not going and not continues and "partialArgs" not in call:
            return [self._part(self.identity(call.get("id")), name, call.get("args"), signature)]
        started: list[ToolCallPart | ToolInputDelta] = []
        if not going:
            self._name, self._id, self._arguments = name, self.identity(call.get("id")), dict(said(call.get("args")))
            started.append(ToolInputDelta(self._id, name, ""))
        self._signature = signature or self._signature
        for piece in objects(call.get("partialArgs")):
            _put(self._arguments, text(piece.get("jsonPath")), piece)
        return started if continues else [*started, *self.complete()]

    def complete(self) -> list[ToolCallPart]:
        """The call whose arguments were streaming, if there is one."""
        if not self._name:
            return []
        part = self._part(self._id, self._name, self._arguments, self._signature)
        self._name = self._id = self._signature = ""
        return [part]

    def _part(self, identity: str, name: str, arguments: Any, signature: str) -> ToolCallPart:
        metadata = freeze({self._provider: {"thoughtSignature": signature}}) if signature else EMPTY
        return ToolCallPart(identity, name, to_json(arguments or {}).decode(), provider_metadata=metadata)


def _put(arguments: dict[str, Any], path: str, piece: dict[str, Any]) -> None:
    """Write a piece at ``$.a[0].b``; a string at a place that has one already goes behind it."""
    steps = [_step(match) for match in _STEP.finditer(path)][:_DEEPEST]
    if not steps or not isinstance(steps[0], str):
        return
    place: Any = arguments
    for step, following in pairwise(steps):
        place = _enter(place, step, [] if isinstance(following, int) else {})
    last = steps[-1]
    value = _value(piece)
    have = _enter(place, last, None)
    _set(place, last, have + value if isinstance(have, str) and isinstance(value, str) else value)


def _step(match: re.Match[str]) -> str | int:
    dotted, single, double, index = match.groups()
    if index is not None:
        return int(index)
    return dotted if dotted is not None else re.sub(r"\\(.)", r"\1", single if single is not None else double)


def _enter(place: Any, step: str | int, new: Any) -> Any:
    """What is at a step, put there first when nothing is."""
    if isinstance(place, dict) and isinstance(step, str):
        return cast("dict[str, Any]", place).setdefault(step, new)
    if isinstance(place, list) and isinstance(step, int) and step < _FURTHEST:
        items = cast("list[Any]", place)
        while len(items) <= step:
            items.append(None)
        if items[step] is None:
            items[step] = new
        return items[step]
    return None


def _set(place: Any, step: str | int, value: Any) -> None:
    if (isinstance(place, dict) and isinstance(step, str)) or (
        isinstance(place, list) and isinstance(step, int) and step < len(cast("list[Any]", place))
    ):
        cast("Any", place)[step] = value


def _value(piece: dict[str, Any]) -> Any:
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in piece:
            return piece[name]
    return None
