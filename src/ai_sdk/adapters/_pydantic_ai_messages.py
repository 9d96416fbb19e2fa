"""Messages of pydantic-ai and those here, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.adapters._shared import as_text, files_of, framework, merged
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
    _plain,
)

__all__ = ["from_messages", "parts_of_response", "response_part", "to_messages"]

_messages = framework("pydantic_ai.messages", "pydantic-ai")

_URLS = {"image-url": "image/*", "audio-url": "audio/*", "video-url": "video/*", "document-url": "application/pdf"}
_URL_CLASSES = {"image": "ImageUrl", "audio": "AudioUrl", "video": "VideoUrl"}


def from_messages(messages: Iterable[Any]) -> tuple[Message, ...]:
    """The messages of pydantic-ai as messages here. Raises ``UnsupportedError`` for what has no form here."""
    done: list[Message] = []
    for message in messages:
        if message.kind == "response":
            done.append(AssistantMessage(parts_of_response(message.parts)))
        else:
            done += [_from_request_part(part) for part in message.parts]
    return merged(done)


def _from_request_part(part: Any) -> Message:
    kind = part.part_kind
    if kind == "system-prompt":
        return SystemMessage(part.content)
    if kind == "user-prompt":
        content = [part.content] if isinstance(part.content, str) else part.content
        return UserMessage(tuple([each for each in map(_user_content, content) if each is not None]))
    if kind == "tool-return":
        return ToolMessage((_tool_result(part),))
    if kind == "retry-prompt":
        if part.tool_name is None:
            return UserMessage((TextPart(part.model_response()),))
        return ToolMessage((ToolResultPart(part.tool_call_id, part.tool_name, part.model_response(), True),))
    raise UnsupportedError(
        f"a {type(part).__name__} has no form here; call model.prepare_messages(messages) first, as an Agent does",
        field="messages",
    )


def _tool_result(part: Any) -> ToolResultPart:
    output: Any = part.model_response_str(wrap_if_error=False)
    if part.files:
        items = part.content_items(mode="str", wrap_if_error=False)
        output = tuple([each for each in map(_user_content, items) if each is not None])
    return ToolResultPart(part.tool_call_id, part.tool_name, output, part.outcome != "success")


def _user_content(item: Any) -> UserContent | None:
    if isinstance(item, str):
        return TextPart(item)
    if item.kind == "binary":
        return FilePart(data=item.data, media_type=item.media_type)
    if item.kind in _URLS:
        return FilePart(url=item.url, media_type=_media_type(item))
    if item.kind == "cache-point":
        return None
    if isinstance(item, _messages.TextContent):
        return TextPart(item.content)
    raise UnsupportedError(f"a {type(item).__name__} has no form here", field="messages")


def _media_type(item: Any) -> str:
    try:
        return str(item.media_type)
    except ValueError:
        return _URLS[item.kind]


def parts_of_response(parts: Iterable[Any]) -> tuple[AssistantContent, ...]:
    """The content of a response, without empty text and what only another provider understands."""
    return tuple([each for each in map(_from_response_part, parts) if each is not None])


def _from_response_part(part: Any) -> AssistantContent | None:
    details: Mapping[str, Any] = part.provider_details or {}
    metadata = freeze(details.get("provider_metadata") or {}) or EMPTY
    kind = part.part_kind
    if kind == "text":
        return TextPart(part.content, metadata) if part.content or metadata else None
    if kind == "thinking":
        return ReasoningPart(part.content, metadata) if part.content or metadata else None
    if kind == "file":
        return FilePart(data=part.content.data, media_type=part.content.media_type, provider_metadata=metadata)
    if kind == "tool-call" or isinstance(part, _messages.NativeToolCallPart):
        ran = kind != "tool-call"
        return ToolCallPart(part.tool_call_id, part.tool_name, _written(part.args), ran, metadata)
    if isinstance(part, _messages.NativeToolReturnPart):
        return ToolResultPart(part.tool_call_id, part.tool_name, part.content, False, True, metadata)
    return None


def _written(args: Any) -> str:
    if args is None:
        return ""
    return args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)


def to_messages(messages: Iterable[Message], provider: str) -> list[Any]:
    """Messages here as those of pydantic-ai; neighbouring messages to the model become one request."""
    done: list[Any] = []
    parts: list[Any] = []
    for message in messages:
        if isinstance(message, AssistantMessage):
            if parts:
                done.append(_messages.ModelRequest(parts))
                parts = []
            said = [each for each in (response_part(part, provider) for part in message.content) if each is not None]
            done.append(_messages.ModelResponse(said, provider_name=provider))
        else:
            parts += _request_parts(message)
    if parts:
        done.append(_messages.ModelRequest(parts))
    return done


def _request_parts(message: Message) -> list[Any]:
    if isinstance(message, SystemMessage):
        return [_messages.SystemPromptPart(message.content)]
    if isinstance(message, ToolMessage):
        return [_tool_return(each) for each in message.content]
    assert isinstance(message, UserMessage)
    return [_messages.UserPromptPart([_user_item(each) for each in message.content])]


def _tool_return(result: ToolResultPart) -> Any:
    outcome = "failed" if result.is_error else "success"
    content: Any = _plain(result.output)
    parts = files_of(result)
    if parts:
        content = [_user_item(each) for each in parts]
    elif not isinstance(content, dict | list):
        content = as_text(content)
    return _messages.ToolReturnPart(result.name, content, result.id, outcome=outcome)


def _user_item(part: UserContent) -> Any:
    if isinstance(part, TextPart):
        return part.text
    if part.data is not None:
        return _messages.BinaryContent(part.data, media_type=part.media_type)
    kind = getattr(_messages, _URL_CLASSES.get(part.media_type.partition("/")[0], "DocumentUrl"))
    return kind(part.url, media_type=None if part.media_type.endswith("/*") else part.media_type)


def response_part(part: AssistantContent, provider: str) -> Any:
    """A part of an answer; None for what pydantic-ai has no part for: a source, a file at a URL."""
    known: dict[str, Any] = {}
    if part.provider_metadata:
        details = {"provider_metadata": _plain(part.provider_metadata)}
        known = {"provider_name": provider, "provider_details": details}
    if isinstance(part, TextPart):
        return _messages.TextPart(part.text, **known)
    if isinstance(part, ReasoningPart):
        return _messages.ThinkingPart(part.text, **known)
    if isinstance(part, FilePart) and part.data is not None:
        return _messages.FilePart(_messages.BinaryContent(part.data, media_type=part.media_type), **known)
    if isinstance(part, ToolCallPart):
        kind = _messages.NativeToolCallPart if part.provider_executed else _messages.ToolCallPart
        named = {"provider_name": provider} if part.provider_executed else {}
        return kind(part.name, part.input or None, part.id, **{**named, **known})
    if isinstance(part, ToolResultPart):
        return _messages.NativeToolReturnPart(
            part.name, _plain(part.output), part.id, **{"provider_name": provider, **known}
        )
    return None


def said_by(content: Sequence[AssistantContent], provider: str) -> list[Any]:
    """The parts of an answer that pydantic-ai has a part for."""
    return [each for each in (response_part(part, provider) for part in content) if each is not None]
