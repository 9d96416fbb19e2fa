"""Messages of LlamaIndex and those here, both ways."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.adapters._shared import arguments_of, as_text, files_of, framework, merged
from ai_sdk.errors import UnsupportedError
from ai_sdk.media import extension_of, media_type_of
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
    UserMessage,
    _plain,
)

__all__ = ["block_of", "from_messages", "parts_of_blocks", "to_message", "to_messages"]

_types = framework("llama_index.core.base.llms.types", "llamaindex")

_METADATA = "tool_call_metadata"
_SOUNDS = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
_ROLES = {"developer": "system", "chatbot": "assistant", "model": "assistant", "function": "tool"}
_SOURCES = {
    "image": ("image", "image_mimetype", "image/*"),
    "audio": ("audio", "format", "audio/*"),
    "video": ("video", "video_mimetype", "video/*"),
    "document": ("data", "document_mimetype", "application/octet-stream"),
}


def from_messages(messages: Iterable[Any]) -> tuple[Message, ...]:
    """The messages of LlamaIndex as messages here. Raises ``UnsupportedError`` for content that has no form here."""
    names: dict[str, str] = {}
    return merged([_from_message(each, names) for each in messages])


def _from_message(message: Any, names: dict[str, str]) -> Message:
    role = _ROLES.get(message.role.value, message.role.value)
    extra: dict[str, Any] = message.additional_kwargs
    if role == "system":
        return SystemMessage(message.content or "")
    parts = parts_of_blocks(message.blocks, extra.get(_METADATA) or {})
    if role == "assistant":
        names.update({each.id: each.name for each in parts if isinstance(each, ToolCallPart)})
        return AssistantMessage(parts)
    if role == "tool":
        called = str(extra.get("tool_call_id") or "")
        name = extra.get("name") or names.get(called, "")
        is_text = all(isinstance(each, TextPart) for each in parts)
        output: Any = (message.content or "") if is_text else parts
        return ToolMessage((ToolResultPart(called, name, output, bool(extra.get("is_error"))),))
    return UserMessage(tuple([each for each in parts if isinstance(each, TextPart | FilePart)]), extra.get("name"))


def parts_of_blocks(blocks: Iterable[Any], about: Mapping[str, Any] = EMPTY) -> tuple[AssistantContent, ...]:
    """The content of blocks, without empty text and cache points; ``about`` is the metadata of tool calls by id."""
    parts: list[AssistantContent] = []
    for block in blocks:
        kind = block.block_type
        if kind == "text":
            parts += [TextPart(block.text)] if block.text else []
        elif kind == "thinking":
            metadata = freeze(block.additional_information.get("provider_metadata") or {})
            parts += [ReasoningPart(block.content or "", metadata)] if block.content or metadata else []
        elif kind == "tool_call":
            given = block.tool_kwargs
            written = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            called = block.tool_call_id or ""
            parts.append(ToolCallPart(called, block.tool_name, written, provider_metadata=about.get(called, EMPTY)))
        elif kind in _SOURCES:
            parts.append(_file(block))
        elif kind != "cache":
            raise UnsupportedError(f"a block of type {kind!r} has no form here", field="messages")
    return tuple(parts)


def _file(block: Any) -> FilePart:
    """A file of a block: its bytes, those of its path, or its URL, which the provider fetches."""
    name, mime, default = _SOURCES[block.block_type]
    source: Any = getattr(block, name)
    media_type = getattr(block, mime)
    if block.block_type == "audio" and media_type:
        media_type = _SOUNDS.get(media_type, f"audio/{media_type}")
    title = getattr(block, "title", None)
    filename = title if title != "input_document" else None
    if source is None and block.path is None:
        return FilePart(url=str(block.url), media_type=media_type or default, filename=filename)
    if source is None:
        data = Path(block.path).read_bytes()
    else:
        data = base64.b64decode(source) if isinstance(source, bytes) else source.read()
    return FilePart(data=data, media_type=media_type or media_type_of(data) or default, filename=filename)


def to_messages(messages: Iterable[Message]) -> list[Any]:
    """Messages here as those of LlamaIndex; a tool message becomes one for each result."""
    done: list[Any] = []
    for message in messages:
        if isinstance(message, SystemMessage):
            done.append(_types.ChatMessage(role="system", content=message.content))
        elif isinstance(message, UserMessage):
            named = {"name": message.name} if message.name is not None else {}
            blocks = [block_of(each) for each in message.content]
            done.append(_types.ChatMessage(role="user", blocks=blocks, additional_kwargs=named))
        elif isinstance(message, AssistantMessage):
            done.append(to_message(message.content))
        else:
            done += [_tool_message(each) for each in message.content]
    return done


def to_message(content: Sequence[AssistantContent]) -> Any:
    """A ``ChatMessage`` of what a model answered; what LlamaIndex has no block for is left out."""
    about = {each.id: _plain(each.provider_metadata) for each in content if isinstance(each, ToolCallPart)}
    about = {called: metadata for called, metadata in about.items() if metadata}
    blocks = [block for block in map(block_of, content) if block is not None]
    extra = {_METADATA: about} if about else {}
    return _types.ChatMessage(role="assistant", blocks=blocks, additional_kwargs=extra)


def block_of(part: AssistantContent) -> Any:
    """A part as a content block, None when LlamaIndex has none for it: a source, or a tool that the provider ran."""
    if isinstance(part, TextPart):
        return _types.TextBlock(text=part.text)
    if isinstance(part, ReasoningPart):
        known = {"provider_metadata": _plain(part.provider_metadata)} if part.provider_metadata else {}
        return _types.ThinkingBlock(content=part.text, additional_information=known)
    if isinstance(part, FilePart):
        return _file_block(part)
    if isinstance(part, ToolCallPart) and not part.provider_executed:
        arguments = arguments_of(part)
        given: Any = part.input if arguments is None else arguments
        return _types.ToolCallBlock(tool_call_id=part.id, tool_name=part.name, tool_kwargs=given)
    return None


def _file_block(part: FilePart) -> Any:
    """The block of a file. Bytes go in as base64: LlamaIndex guesses whether bytes are base64 already."""
    kind = part.media_type.partition("/")[0]
    known: dict[str, Any] = {"url": part.url} if part.url is not None else {}
    encoded = part.base64.encode() if part.url is None else None
    media_type = None if part.media_type.endswith("/*") else part.media_type
    if kind == "image":
        return _types.ImageBlock(image=encoded, image_mimetype=media_type, **known)
    if kind == "audio":
        spoken = extension_of(media_type) if media_type else None
        return _types.AudioBlock(audio=encoded, format=spoken, **known)
    if kind == "video":
        return _types.VideoBlock(video=encoded, video_mimetype=media_type, **known)
    return _types.DocumentBlock(data=encoded, document_mimetype=media_type, title=part.filename, **known)


def _tool_message(result: ToolResultPart) -> Any:
    extra: dict[str, Any] = {"tool_call_id": result.id}
    if result.name:
        extra["name"] = result.name
    if result.is_error:
        extra["is_error"] = True
    parts = files_of(result)
    if parts:
        return _types.ChatMessage(role="tool", blocks=[block_of(each) for each in parts], additional_kwargs=extra)
    return _types.ChatMessage(role="tool", content=as_text(_plain(result.output)), additional_kwargs=extra)
