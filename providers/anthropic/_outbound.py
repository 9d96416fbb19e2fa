"""From parts and results to messages: what a server of this wire sends to its clients; pure.

Text, thinking and tool calls become blocks, one after the other; parts of blocks that were interleaved open a block
again. A tool call goes out whole, when its authoritative part is here. Thinking without a signature of this vendor goes
out with an empty one. Files, sources and tools that a provider ran are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk.messages import ReasoningPart, TextPart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta
from ai_sdk.providers.anthropic._usage import FINISH_REASONS
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_sdk.messages import AssistantContent
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import LanguageResult

__all__ = ["MessagesWriter"]

JSON = dict[str, Any]

_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool-calls": "tool_use", "content-filter": "refusal"}


class MessagesWriter:
    """Writes one answer: ``part`` gives the events of a part of a stream, ``whole`` a whole answer as one object.

    ``identity`` stands in the answer unless the model says its own; ``model`` is the name that the client asked for,
    and stands there unless the model says who served. Tokens that are not known count 0, because the wire has no way
    not to say them.
    """

    def __init__(self, model: str, identity: str) -> None:
        self._message: JSON = {
            "id": identity,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }
        self._begun = False
        self._index = -1
        self._open: tuple[str, str] | None = None
        self._signature = ""

    def part(self, part: LanguagePart) -> list[JSON]:
        """The events of a part."""
        if isinstance(part, ResponseMetadata):
            self._identify(part.id, part.model)
            return []
        if isinstance(part, TextDelta):
            return self._piece(("text", part.id), part.text) if part.text else []
        if isinstance(part, ReasoningDelta):
            return self._thought(part)
        if isinstance(part, ToolCallPart) and not part.provider_executed:
            return self._call(part)
        return self._finish(part) if isinstance(part, Finish) else []

    def whole(self, result: LanguageResult) -> JSON:
        """A whole answer."""
        self._identify(result.response.id, result.response.model)
        ending = _ending(result.finish_reason, result.raw_finish_reason, result.provider_metadata)
        return {
            **self._message,
            "content": [block for block in _blocks(result.content) if block],
            **ending,
            "usage": _usage(result.usage),
        }

    def _identify(self, identity: str | None, model: str | None) -> None:
        self._message["id"] = identity or self._message["id"]
        self._message["model"] = model or self._message["model"]

    def _begin(self) -> list[JSON]:
        if self._begun:
            return []
        self._begun = True
        return [
            {"type": "message_start", "message": {**self._message, "usage": {"input_tokens": 0, "output_tokens": 0}}}
        ]

    def _enter(self, block: tuple[str, str], start: JSON) -> list[JSON]:
        """The events that lead into a block: none when it is the one that is open."""
        if self._open == block:
            return []
        events = [*self._begin(), *self._leave()]
        self._open = block
        self._index += 1
        return [*events, {"type": "content_block_start", "index": self._index, "content_block": start}]

    def _leave(self) -> list[JSON]:
        if self._open is None:
            return []
        signed = self._open[0] == "thinking"
        self._open = None
        events = [self._delta({"type": "signature_delta", "signature": self._signature})] if signed else []
        self._signature = ""
        return [*events, {"type": "content_block_stop", "index": self._index}]

    def _delta(self, delta: JSON) -> JSON:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}

    def _piece(self, block: tuple[str, str], text: str) -> list[JSON]:
        return [*self._enter(block, {"type": "text", "text": ""}), self._delta({"type": "text_delta", "text": text})]

    def _thought(self, part: ReasoningDelta) -> list[JSON]:
        redacted = _own(part.provider_metadata, "redacted_data")
        if redacted:
            block = {"type": "redacted_thinking", "data": redacted}
            return [*self._enter(("redacted", part.id), block), *self._leave()]
        signature = _own(part.provider_metadata, "signature")
        if not part.text and not signature:
            return []
        events = self._enter(("thinking", part.id), {"type": "thinking", "thinking": "", "signature": ""})
        self._signature = signature or self._signature
        if part.text:
            events.append(self._delta({"type": "thinking_delta", "thinking": part.text}))
        return events

    def _call(self, part: ToolCallPart) -> list[JSON]:
        start: JSON = {"type": "tool_use", "id": part.id, "name": part.name, "input": {}}
        said = self._enter(("call", part.id), start)
        piece = self._delta({"type": "input_json_delta", "partial_json": part.input or "{}"})
        return [*said, piece, *self._leave()]

    def _finish(self, part: Finish) -> list[JSON]:
        delta = _ending(part.reason, part.raw_reason, part.provider_metadata)
        return [
            *self._begin(),
            *self._leave(),
            {"type": "message_delta", "delta": delta, "usage": _usage(part.usage)},
            {"type": "message_stop"},
        ]


def _blocks(content: Iterable[AssistantContent]) -> list[JSON]:
    blocks: list[JSON] = []
    for part in content:
        if isinstance(part, TextPart):
            blocks.append({"type": "text", "text": part.text} if part.text else {})
        elif isinstance(part, ReasoningPart):
            blocks.append(_thinking(part))
        elif isinstance(part, ToolCallPart) and not part.provider_executed:
            blocks.append({"type": "tool_use", "id": part.id, "name": part.name, "input": _arguments(part)})
    return blocks


def _thinking(part: ReasoningPart) -> JSON:
    redacted = _own(part.provider_metadata, "redacted_data")
    if redacted:
        return {"type": "redacted_thinking", "data": redacted}
    signature = _own(part.provider_metadata, "signature") or ""
    if not part.text and not signature:
        return {}
    return {"type": "thinking", "thinking": part.text, "signature": signature}


def _arguments(part: ToolCallPart) -> Any:
    """The arguments as an object; those that are none go out as the text that they are, under ``input``."""
    try:
        arguments: Any = from_json(part.input) if part.input.strip() else {}
    except ValueError:
        return {"input": part.input}
    return cast("JSON", arguments) if isinstance(arguments, dict) else {"input": part.input}


def _ending(reason: str | None, raw: str | None, metadata: Mapping[str, Any]) -> JSON:
    agreed = raw is not None and FINISH_REASONS.get(raw) == reason
    word = raw if agreed else _REASONS.get(reason or "", "end_turn")
    return {"stop_reason": word, "stop_sequence": _own(metadata, "stop_sequence")}


def _usage(usage: Usage) -> JSON:
    said: JSON = {"input_tokens": usage.uncached_tokens or 0, "output_tokens": usage.output_tokens or 0}
    if usage.cache_read_tokens is not None:
        said["cache_read_input_tokens"] = usage.cache_read_tokens
    if usage.cache_write_tokens is not None:
        said["cache_creation_input_tokens"] = usage.cache_write_tokens
    return said


def _own(metadata: Mapping[str, Any], name: str) -> str | None:
    """What Anthropic says under this name."""
    said: object = metadata.get("anthropic")
    value: object = cast("JSON", said).get(name) if isinstance(said, dict) else None
    return value if isinstance(value, str) else None
