"""From Mistral's wire to parts: the OpenAI dialect, but that content may be a list of chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.messages import Message, SourcePart, ToolMessage, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context, usage_from
from ai_sdk.results import CallWarning, Usage
from ai_sdk.wire import object_of

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = ["MistralDecoder", "references_in", "usage_of"]


class MistralDecoder(ChatDecoder):
    """Reads the events of one streamed answer, or one whole answer.

    A block of text ends where thinking or a reference begins, so that all of them keep their places. A reference is
    looked up in the tool results of ``messages``.
    """

    def __init__(
        self,
        context: Context,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
        messages: Sequence[Message] = (),
    ) -> None:
        super().__init__(context, headers, warnings, previews=previews)
        self._messages = messages
        self._block = 0

    def chunk(self, chunk: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; an error may come without the fields by which others tell it."""
        if isinstance(chunk, dict) and cast("dict[str, Any]", chunk).get("object") == "error":
            raise self.error(chunk)
        return super().chunk(chunk, name)

    def _choice(self, choice: dict[str, Any]) -> list[LanguagePart]:
        delta = object_of(choice.get("delta"))
        content = delta.get("content")
        parts: list[LanguagePart] = []
        if isinstance(content, list) or (self._block and isinstance(content, str)):
            for each in cast("list[Any]", [content] if isinstance(content, str) else content):
                parts += self._content({"type": "text", "text": each} if isinstance(each, str) else object_of(each))
            choice = {**choice, "delta": {**delta, "content": None}}
        return parts + super()._choice(choice)

    def delta_of(self, choice: dict[str, Any]) -> dict[str, Any]:
        """What a choice brings; a tool call may have the word ``null`` in place of an id (vendor documents)."""
        delta = super().delta_of(choice)
        calls = delta.get("tool_calls")
        if not isinstance(calls, list):
            return delta
        named = [_without_null_id(call) for call in cast("list[Any]", calls)]
        return {**delta, "tool_calls": named}

    def _content(self, chunk: dict[str, Any]) -> list[LanguagePart]:
        kind = chunk.get("type")
        if kind == "text" and _text(chunk.get("text")):
            self._texted = True
            return [TextDelta(_text(chunk.get("text")), self._id)]
        if kind == "thinking":
            return self._thinking(chunk)
        if kind == "reference":
            self._break()
            return list(self._references(chunk))
        return []

    def _thinking(self, chunk: dict[str, Any]) -> list[LanguagePart]:
        self._break()
        thinking = chunk.get("thinking")
        pieces = cast("list[Any]", thinking) if isinstance(thinking, list) else [{"text": thinking}]
        text = "".join([_text(object_of(each).get("text")) for each in pieces])
        closed = chunk.get("closed")
        if not isinstance(closed, bool):
            return [ReasoningDelta(text, self._id)] if text else []
        return [ReasoningDelta(text, self._id, FrozenDict({self.context.provider: FrozenDict({"closed": closed})}))]

    def _references(self, chunk: dict[str, Any]) -> Iterable[SourcePart]:
        identities = chunk.get("reference_ids")
        known = references_in(self._messages)
        for identity in cast("list[Any]", identities) if isinstance(identities, list) else ():
            if isinstance(identity, int | str):
                found = known.get(str(identity), EMPTY)
                yield SourcePart(
                    f"source_{self._sources}",
                    _text(found.get("url")) or None,
                    _text(found.get("title")) or None,
                    provider_metadata={self.context.provider: {"reference_id": identity}},
                )
                self._sources += 1

    @property
    def _id(self) -> str:
        return str(self._block) if self._block else ""

    def _break(self) -> None:
        if self._texted:
            self._block += 1
            self._texted = False
            self.hurried = False

    def finish(self) -> list[LanguagePart]:
        """The end of the answer."""
        return [
            replace(part, usage=usage_of(self._usage)) if isinstance(part, Finish) else part
            for part in super().finish()
        ]


def usage_of(raw: Any) -> Usage:
    """Tokens; those read from a cache have had three names (recorded, vendor documents)."""
    usage = usage_from(raw)
    said = object_of(raw)
    cached = said.get("num_cached_tokens")
    if cached is None and usage.cache_read_tokens is None:
        cached = object_of(said.get("prompt_token_details")).get("cached_tokens")
    if not isinstance(cached, int) or isinstance(cached, bool):
        return usage
    return replace(usage, cache_read_tokens=cached)


def references_in(messages: Sequence[Message]) -> dict[str, Mapping[str, Any]]:
    """What the tools found, by the numbers with which the model refers to it.

    Mistral wants a tool's findings as ``{"0": {"url": ..., "title": ..., "snippets": [...]}, ...}`` (vendor documents).
    """
    found: dict[str, Mapping[str, Any]] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            for result in message.content:
                output = _output(result)
                found.update({name: object_of(each) for name, each in output.items() if isinstance(each, Mapping)})
    return found


def _output(result: ToolResultPart) -> dict[str, Any]:
    output: Any = result.output
    if isinstance(output, str) and output.lstrip().startswith("{"):
        try:
            output = json.loads(output)
        except (ValueError, RecursionError):
            return {}
    return object_of(output)


def _without_null_id(call: Any) -> Any:
    said = object_of(call)
    return {**said, "id": None} if said.get("id") == "null" else call


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
