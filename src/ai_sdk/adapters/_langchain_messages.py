"""Messages of LangChain and those here, both ways."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.adapters._shared import arguments_of, files_of, framework, merged
from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import (
    AssistantContent,
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
    _part_from,
    _part_to_dict,
    _plain,
)

__all__ = ["block_of", "from_messages", "parts_of_blocks", "to_message", "to_messages", "tool_calls_of"]

_messages = framework("langchain_core.messages", "langchain")

_DEFAULT_TYPES = {"image": "image/*", "audio": "audio/*", "video": "video/*", "file": "application/octet-stream"}
_METADATA = "tool_call_metadata"


def from_messages(messages: Iterable[Any]) -> tuple[Message, ...]:
    """The messages of LangChain as messages here. Raises ``UnsupportedError`` for content that has no form here."""
    names: dict[str, str] = {}
    return merged([_from_message(each, names) for each in messages])


def _from_message(message: Any, names: dict[str, str]) -> Message:
    if isinstance(message, _messages.SystemMessage):
        return SystemMessage(str(message.text))
    if isinstance(message, _messages.AIMessage):
        content = (*parts_of_blocks(message.content_blocks), *tool_calls_of(message))
        names.update({each.id: each.name for each in content if isinstance(each, ToolCallPart)})
        return AssistantMessage(content)
    if isinstance(message, _messages.ToolMessage):
        return ToolMessage((_tool_result(message, names),))
    if isinstance(message, _messages.HumanMessage) or getattr(message, "role", None) == "user":
        return UserMessage(_user_content(message), message.name)
    raise UnsupportedError(
        f"a {type(message).__name__} has no form here; allowed are system, human, AI and tool messages",
        field="messages",
    )


def _user_content(message: Any) -> tuple[UserContent, ...]:
    parts: list[UserContent] = []
    for part in parts_of_blocks(message.content_blocks, strict=True):
        if not isinstance(part, TextPart | FilePart):
            raise UnsupportedError(f"a human message has a part of type {part.type}", field="messages")
        parts.append(part)
    return tuple(parts)


def _tool_result(message: Any, names: Mapping[str, str]) -> ToolResultPart:
    output: Any = message.content
    if not isinstance(output, str):
        output = _user_content(message)
    name = message.name or names.get(message.tool_call_id, "")
    return ToolResultPart(message.tool_call_id, name, output, message.status == "error")


def tool_calls_of(message: Any) -> tuple[ToolCallPart, ...]:
    """The tool calls of an AI message, those whose arguments are no JSON last."""
    about = cast("dict[str, Any]", message.additional_kwargs.get(_METADATA) or {})
    calls = [
        ToolCallPart(
            each["id"] or "",
            each["name"],
            json.dumps(each["args"], ensure_ascii=False),
            provider_metadata=about.get(each["id"], EMPTY),
        )
        for each in message.tool_calls
    ]
    calls += [
        ToolCallPart(
            each["id"] or "", each["name"] or "", each["args"] or "", provider_metadata=about.get(each["id"], EMPTY)
        )
        for each in message.invalid_tool_calls
    ]
    return tuple(calls)


def parts_of_blocks(blocks: Iterable[Any], *, strict: bool = False) -> tuple[AssistantContent, ...]:
    """The content of standard blocks, without tool calls and empty text; ``strict`` refuses what has no form here."""
    parts: list[AssistantContent] = []
    for block in blocks:
        part = _part_of(block)
        if part is not None:
            parts.append(part)
        elif strict and block["type"] != "text":
            raise UnsupportedError(f"content of type {block['type']!r} has no form here", field="messages")
    return tuple(parts)


def _part_of(block: Mapping[str, Any]) -> AssistantContent | None:
    kind = block["type"]
    extras: Mapping[str, Any] = block.get("extras") or {}
    metadata = freeze(extras.get("provider_metadata") or {})
    if kind == "text":
        return TextPart(block["text"], metadata) if block["text"] or metadata else None
    if kind == "reasoning":
        text = block.get("reasoning") or ""
        return ReasoningPart(text, metadata) if text or metadata else None
    if kind == "text-plain":
        mime_type = block.get("mime_type") or "text/plain"
        if block.get("text") is not None:
            return FilePart(data=block["text"].encode(), media_type=mime_type, filename=block.get("title"))
        return _file({**block, "type": "file", "mime_type": mime_type}, metadata)
    if kind in _DEFAULT_TYPES:
        return _file(block, metadata)
    if kind == "server_tool_call":
        return ToolCallPart(block["id"], block["name"], json.dumps(block["args"], ensure_ascii=False), True, metadata)
    if kind == "non_standard" and "ai_sdk" in block["value"]:
        return cast("AssistantContent", _part_from(block["value"]["ai_sdk"], "assistant"))
    return None


def _file(block: Mapping[str, Any], metadata: Mapping[str, Any]) -> FilePart | None:
    extras: Mapping[str, Any] = block.get("extras") or {}
    filename = extras.get("filename") or block.get("filename")
    media_type = block.get("mime_type") or _DEFAULT_TYPES[block["type"]]
    if block.get("base64") is not None:
        data = base64.b64decode(block["base64"])
        return FilePart(data=data, media_type=media_type, filename=filename, provider_metadata=metadata)
    if block.get("url") is not None:
        return FilePart(url=block["url"], media_type=media_type, filename=filename, provider_metadata=metadata)
    return None


def to_messages(messages: Iterable[Message]) -> list[Any]:
    """Messages here as those of LangChain; a tool message becomes one for each result."""
    done: list[Any] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            done.append(_messages.SystemMessage(message.content))
        elif isinstance(message, UserMessage):
            done.append(_messages.HumanMessage(_content(message.content), name=message.name))
        elif isinstance(message, AssistantMessage):
            done.append(to_message(message.content))
        else:
            done += [_tool_message(each) for each in message.content]
    return done


def to_message(content: Sequence[AssistantContent], **about: Any) -> Any:
    """An ``AIMessage`` of what a model answered; ``about`` are its other fields."""
    calls = [each for each in content if isinstance(each, ToolCallPart) and not each.provider_executed]
    others = [each for each in content if not isinstance(each, ToolCallPart) or each.provider_executed]
    tool_calls: list[dict[str, Any]] = []
    invalid: list[dict[str, Any]] = []
    for call in calls:
        arguments = arguments_of(call)
        if arguments is None:
            invalid.append({"name": call.name, "args": call.input, "id": call.id, "error": "not a JSON object"})
        else:
            tool_calls.append({"name": call.name, "args": arguments, "id": call.id})
    return _messages.AIMessage(
        _content(others),
        tool_calls=tool_calls,
        invalid_tool_calls=invalid,
        additional_kwargs=metadata_of(calls),
        **about,
    )


def metadata_of(calls: Sequence[ToolCallPart]) -> dict[str, Any]:
    """What providers want back with tool calls, by the id of the call: LangChain's own tool calls have no room."""
    about = {call.id: _plain(call.provider_metadata) for call in calls if call.provider_metadata}
    return {_METADATA: about} if about else {}


def _content(parts: Sequence[AssistantContent]) -> str | list[Any]:
    if not parts:
        return ""
    first = parts[0]
    if len(parts) == 1 and isinstance(first, TextPart) and not first.provider_metadata:
        return first.text
    return [block_of(each) for each in parts]


def block_of(part: AssistantContent) -> dict[str, Any]:
    """A part as one of LangChain's standard content blocks."""
    block: dict[str, Any]
    if isinstance(part, TextPart):
        block = {"type": "text", "text": part.text}
    elif isinstance(part, ReasoningPart):
        block = {"type": "reasoning", "reasoning": part.text}
    elif isinstance(part, FilePart):
        block = _file_block(part)
    elif isinstance(part, ToolCallPart):
        block = {"type": "server_tool_call", "id": part.id, "name": part.name, "args": arguments_of(part) or {}}
    else:
        return {"type": "non_standard", "value": {"ai_sdk": _part_to_dict(part)}}
    if part.provider_metadata:
        block.setdefault("extras", {})["provider_metadata"] = _plain(part.provider_metadata)
    return block


def _file_block(part: FilePart) -> dict[str, Any]:
    kind = part.media_type.partition("/")[0]
    block: dict[str, Any] = {"type": kind if kind in _DEFAULT_TYPES else "file", "mime_type": part.media_type}
    if part.url is not None:
        block["url"] = part.url
    else:
        block["base64"] = part.base64
    if part.filename is not None:
        block["extras"] = {"filename": part.filename}
    return block


def _tool_message(result: ToolResultPart) -> Any:
    output: Any = _plain(result.output)
    parts = files_of(result)
    if parts:
        content: Any = [block_of(each) for each in parts]
    else:
        content = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    status = "error" if result.is_error else "success"
    return _messages.ToolMessage(content, tool_call_id=result.id, name=result.name or None, status=status)
