"""From the body of ``/messages`` to our request: what a server that speaks this wire reads. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
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
)
from ai_sdk.provider import to_json
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolChoice, ToolDefinition

__all__ = ["request_of"]

Block = Mapping[str, Any]

_NAMESPACE = "anthropic"
_SETTINGS = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "stop_sequences": "stop",
    "stream": "stream",
}
_READ = frozenset({*_SETTINGS, "model", "messages", "system", "tools", "tool_choice", "output_config", "output_format"})
_TOOL_FIELDS = frozenset({"name", "description", "input_schema", "strict"})
_CALL_FIELDS = frozenset({"id", "name", "input"})
_CHOICES: Mapping[Any, ToolChoice] = {"auto": "auto", "any": "required", "none": "none"}


def request_of(body: Mapping[str, Any]) -> LanguageRequest:
    """The request that a body means; its ``model`` is the caller's to read.

    What has no field of its own goes into ``provider_options["anthropic"]``, and a block that has no part of its own
    is kept whole, so that encoding the request again gives the same body but for what ``docs/providers/anthropic.md``
    lists. Raises ``InvalidRequestError`` that names the field of a body that is none.
    """
    options = {name: value for name, value in body.items() if name not in _READ}
    fields: dict[str, Any] = {ours: body[name] for name, ours in _SETTINGS.items() if body.get(name) is not None}
    config = dict(_mapping(body.get("output_config") or EMPTY, "output_config"))
    wanted = config.pop("format", None) or body.get("output_format")
    if config:
        options["output_config"] = config
    if wanted is not None:
        schema = _mapping(wanted, "output_config.format").get("schema")
        fields["response_format"] = JSONFormat(None if schema is None else _mapping(schema, "output_config.format"))
    fields["tools"] = tuple(_tool(each, at) for each, at in _each(body.get("tools") or (), "tools"))
    choice = body.get("tool_choice")
    if choice is not None:
        fields["tool_choice"] = _choice(_mapping(choice, "tool_choice"), options)
    return LanguageRequest(
        messages=tuple(_messages(body)),
        provider_options={_NAMESPACE: options} if options else EMPTY,
        **fields,
    )


def _refuse(at: str, value: object, allowed: str) -> NoReturn:
    raise InvalidRequestError(f"{at} is a {type(value).__name__}; allowed is {allowed}", field=at)


def _mapping(value: Any, at: str) -> Block:
    if not isinstance(value, Mapping):
        _refuse(at, value, "an object")
    return cast("Block", value)


def _string(value: Any, at: str) -> str:
    if not isinstance(value, str):
        _refuse(at, value, "a string")
    return value


def _each(value: Any, at: str) -> Iterator[tuple[Block, str]]:
    if not isinstance(value, list | tuple):
        _refuse(at, value, "a list of objects")
    for place, each in enumerate(cast("list[Any]", value)):
        yield _mapping(each, f"{at}[{place}]"), f"{at}[{place}]"


def _own(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    return freeze({_NAMESPACE: extra}) if extra else EMPTY


def _without(block: Block, *names: str) -> dict[str, Any]:
    return {name: each for name, each in block.items() if name not in names}


def _choice(choice: Block, options: dict[str, Any]) -> ToolChoice:
    if "disable_parallel_tool_use" in choice:
        options["disable_parallel_tool_use"] = choice["disable_parallel_tool_use"]
    if choice.get("type") == "tool":
        return SpecificTool(_string(choice.get("name"), "tool_choice.name"))
    if choice.get("type") not in _CHOICES:
        raise InvalidRequestError(
            f"tool_choice.type is {choice.get('type')!r:.80}; allowed are auto, any, tool and none",
            field="tool_choice.type",
        )
    return _CHOICES[choice.get("type")]


def _tool(tool: Block, at: str) -> ToolDefinition | ProviderTool:
    kind = tool.get("type", "custom")
    if kind != "custom":
        named = "name" in tool and _string(tool["name"], f"{at}.name")
        args = _without(tool, "type", "name") if named else _without(tool, "type")
        return ProviderTool(f"{_NAMESPACE}.{_string(kind, f'{at}.type')}", args)
    description = tool.get("description")
    return ToolDefinition(
        _string(tool.get("name"), f"{at}.name"),
        None if description is None else _string(description, f"{at}.description"),
        _mapping(tool.get("input_schema"), f"{at}.input_schema"),
        tool.get("strict") if isinstance(tool.get("strict"), bool) else None,
        _own(_without(tool, *_TOOL_FIELDS)),
    )


def _messages(body: Mapping[str, Any]) -> Iterator[Message]:
    system = body.get("system")
    if isinstance(system, str):
        yield SystemMessage(system)
    elif system is not None:
        yield from _instructions(system, "system")
    names: dict[str, str] = {}
    for message, at in _each(body.get("messages"), "messages"):
        role, content, inside = message.get("role"), message.get("content"), f"{at}.content"
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if role == "user":
            yield from _turn(content, inside, names)
        elif role == "assistant":
            yield AssistantMessage(tuple(_said(block, where, names) for block, where in _each(content, inside)))
        elif role == "system":
            yield from _instructions(content, inside)
        else:
            raise InvalidRequestError(
                f"{at}.role is {role!r:.80}; allowed are user, assistant and system", field=f"{at}.role"
            )


def _instructions(content: Any, at: str) -> Iterator[SystemMessage]:
    for block, _ in _each(content, at):
        if block.get("type") == "text" and isinstance(block.get("text"), str):
            yield SystemMessage(block["text"], _own(_without(block, "type", "text")))
        else:
            yield SystemMessage("", _own({"block": block}))


def _turn(content: Any, at: str, names: Mapping[str, str]) -> Iterator[Message]:
    """A turn of the user: results of tools are a message of their own."""
    results: list[ToolResultPart] = []
    parts: list[TextPart | FilePart] = []
    for block, where in _each(content, at):
        if block.get("type") == "tool_result":
            results.append(_result(block, where, names))
        else:
            parts.append(_given(block, where))
    if results:
        yield ToolMessage(tuple(results))
    if parts or not results:
        yield UserMessage(tuple(parts))


def _given(block: Block, at: str) -> TextPart | FilePart:
    kind = block.get("type")
    if kind == "text":
        return TextPart(_string(block.get("text"), f"{at}.text"), _own(_without(block, "type", "text")))
    if kind == "container_upload":
        own = {**_without(block, "type"), "container_upload": True}
        return FilePart(url=f"file:{block.get('file_id')}", provider_metadata=_own(own))
    if kind in ("image", "document"):
        file = _file(block, image=kind == "image")
        if file is not None:
            return file
    return TextPart(_words(block), _own({"block": block}))


def _words(block: Block) -> str:
    """The text in a block that has no part of its own, for models that cannot read the block."""
    source: Any = block.get("source")
    content = cast("Block", source).get("content") if isinstance(source, Mapping) else block.get("content")
    if not isinstance(content, list | tuple):
        return content if isinstance(content, str) else ""
    texts = [cast("Block", each).get("text") for each in cast("list[Any]", content) if isinstance(each, Mapping)]
    return "\n".join([text for text in texts if isinstance(text, str)])


def _file(block: Block, *, image: bool) -> FilePart | None:
    """A file; None when its source is of another kind or cannot be read."""
    source = block.get("source")
    if not isinstance(source, Mapping):
        return None
    said = cast("Block", source)
    title = block.get("title")
    filename = title if isinstance(title, str) and title and not image else None
    own = _without(block, "type", "source", "title") if filename else _without(block, "type", "source")
    guessed = "image/*" if image else "application/pdf"
    if said.get("type") == "url" and isinstance(said.get("url"), str):
        return FilePart(url=said["url"], media_type=guessed, filename=filename, provider_metadata=_own(own))
    if said.get("type") == "file" and isinstance(said.get("file_id"), str):
        own["file_id"] = said["file_id"]
        url = f"file:{said['file_id']}"
        return FilePart(url=url, media_type=guessed, filename=filename, provider_metadata=_own(own))
    data = _data(said)
    kind = said.get("media_type")
    if data is None or not isinstance(kind, str):
        return None
    return FilePart(data=data, media_type=kind, filename=filename, provider_metadata=_own(own))


def _data(source: Block) -> bytes | None:
    data = source.get("data")
    if not isinstance(data, str):
        return None
    if source.get("type") == "text":
        return data.encode("utf-8", "replace")
    try:
        return base64.b64decode(data, validate=True) if source.get("type") == "base64" else None
    except ValueError:
        return None


def _said(block: Block, at: str, names: dict[str, str]) -> Any:
    kind = block.get("type")
    if kind == "text":
        return TextPart(_string(block.get("text"), f"{at}.text"), _own(_without(block, "type", "text")))
    if kind == "thinking":
        text = _string(block.get("thinking"), f"{at}.thinking")
        return ReasoningPart(text, _own(_without(block, "type", "thinking")))
    if kind == "redacted_thinking":
        return ReasoningPart("", _own({"redacted_data": block.get("data")}))
    if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        return _call(block, at, names)
    if isinstance(kind, str) and kind.endswith("_tool_result"):
        return _executed(block, at, names)
    return ReasoningPart("", _own({"block": block}))


def _call(block: Block, at: str, names: dict[str, str]) -> ToolCallPart:
    identity, name = _string(block.get("id"), f"{at}.id"), _string(block.get("name"), f"{at}.name")
    names[identity] = name
    executed = block["type"] != "tool_use"
    own = _without(block, *_CALL_FIELDS) if executed else _without(block, *_CALL_FIELDS, "type")
    text = to_json(_mapping(block.get("input") or EMPTY, f"{at}.input")).decode()
    return ToolCallPart(identity, name, text, executed, _own(own))


def _executed(block: Block, at: str, names: Mapping[str, str]) -> ToolResultPart:
    identity = _string(block.get("tool_use_id"), f"{at}.tool_use_id")
    name = names.get(identity) or cast("str", block["type"]).removesuffix("_tool_result")
    content = freeze(block.get("content"))
    own = _own(_without(block, "tool_use_id", "content", "is_error"))
    return ToolResultPart(identity, name, content, block.get("is_error") is True, True, own)


def _result(block: Block, at: str, names: Mapping[str, str]) -> ToolResultPart:
    identity = _string(block.get("tool_use_id"), f"{at}.tool_use_id")
    content: Any = block.get("content", "")
    if not isinstance(content, str):
        content = tuple(_given(each, where) for each, where in _each(content or (), f"{at}.content"))
    own = _own(_without(block, "type", "tool_use_id", "content", "is_error"))
    failed = block.get("is_error") is True
    return ToolResultPart(identity, names.get(identity, ""), content, failed, provider_metadata=own)
