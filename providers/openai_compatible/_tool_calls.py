"""Tool calls that arrive in pieces."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import ToolInputDelta
from ai_sdk.provider import to_json

__all__ = ["ToolCalls"]


class _Call:
    __slots__ = ("done", "extra", "id", "name", "texts")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.texts: list[str] = []
        self.extra: dict[str, Any] = {}
        self.done = False


class ToolCalls:
    """Gathers the tool calls of one answer.

    A piece belongs to the call of its ``index``, else of its ``id``, else to the latest call; a piece whose index is
    taken by a call of another id and that brings a name begins a new call (some servers number every call 0). Pieces
    wait until the name of their call is known. A call without an id gets ``call_<n>``, counted from ``first``.
    """

    __slots__ = ("_by_index", "_calls", "first", "provider")

    def __init__(self, provider: str, first: int = 0) -> None:
        self.provider = provider
        self.first = first
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}

    def add(self, piece: dict[str, Any]) -> ToolInputDelta | None:
        """Take a piece; the preview of it, once the call has a name."""
        custom = cast("dict[str, Any]", piece.get("custom") or {})
        kind = "custom" if custom.get("name") or custom.get("input") else "function"
        body = cast("dict[str, Any]", piece.get(kind) or {})
        identity, name = _word(piece.get("id")), _word(body.get("name"))
        text = _text(body.get("input" if kind == "custom" else "arguments"))
        call = self._find(piece.get("index"), identity, name)
        self._describe(call, kind, piece)
        call.id = call.id or identity
        announced = call.name is not None
        call.name = call.name or name
        if text:
            call.texts.append(text)
        if call.name is None:
            return None
        if call.id is None:
            call.id = self._next_id(self._calls.index(call))
        if announced:
            return ToolInputDelta(call.id, call.name, text) if text else None
        return ToolInputDelta(call.id, call.name, "".join(call.texts))

    def _describe(self, call: _Call, kind: str, piece: dict[str, Any]) -> None:
        if kind == "custom":
            call.extra["type"] = "custom"
        if piece.get("extra_content"):
            call.extra["extra_content"] = piece["extra_content"]

    def _find(self, index: Any, identity: str | None, name: str | None) -> _Call:
        if isinstance(index, int):
            call = self._by_index.get(index)
            if call is None or (name and identity and call.id is not None and identity != call.id):
                call = self._by_index[index] = self._begin()
            return call
        if identity:
            return next((call for call in self._calls if call.id == identity), None) or self._begin()
        if not self._calls or (name and self._calls[-1].name is not None):
            return self._begin()
        return self._calls[-1]

    def _begin(self) -> _Call:
        call = _Call()
        self._calls.append(call)
        return call

    def _next_id(self, position: int) -> str:
        return f"call_{self.first + position}"

    def drop(self) -> None:
        """Forget the calls that are not given out."""
        for call in self._calls:
            call.done = True

    def recovered(self, name: str, text: str) -> ToolCallPart:
        """A whole call that was saved from an error."""
        call = self._begin()
        call.done = True
        metadata = FrozenDict({self.provider: FrozenDict({"recovered": True})})
        return ToolCallPart(self._next_id(len(self._calls) - 1), name, text, provider_metadata=metadata)

    def complete(self) -> list[ToolCallPart]:
        """The calls that are not given out yet, in the order in which they began.

        Raises ``ValueError``, once, for a call that never got a name.
        """
        if not self._calls:
            return []
        waiting = [call for call in self._calls if not call.done]
        for call in waiting:
            if call.name is None:
                call.done = True
                if call.texts or call.id is not None:
                    raise ValueError("a tool call has no name")
        return [self._part(call) for call in waiting if not call.done]

    def _part(self, call: _Call) -> ToolCallPart:
        assert call.id is not None
        assert call.name is not None
        call.done = True
        metadata = freeze({self.provider: call.extra}) if call.extra else EMPTY
        return ToolCallPart(call.id, call.name, "".join(call.texts), provider_metadata=metadata)


def _word(value: Any) -> str | None:
    """An id or a name; a number is its digits, and what else is no text says nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value or None if isinstance(value, str) else None


def _text(arguments: Any) -> str:
    """The text of arguments; a server that sends them decoded gets them encoded again."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else to_json(arguments).decode()
