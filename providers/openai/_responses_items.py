"""Whole output items of the Responses API to parts: tool calls, what tools of the provider answered, pictures."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.provider import to_json
from ai_sdk.wire import text_of

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart

__all__ = [
    "called",
    "extra_of",
    "hosted_parts",
    "input_of",
    "is_call",
    "is_result",
    "name_of",
    "picture_type",
    "result_part",
    "source_of",
]

_INPUTS = ("arguments", "action", "operation", "input", "queries", "code", "actions")
_NOT_OUTPUT = frozenset(
    {"id", "type", "call_id", "name", "server_label", "namespace", "approval_request_id", "container_id", *_INPUTS}
)
_MESSAGE_FIELDS = frozenset({"id", "type", "call_id", "name", "arguments", "input", "status", "role", "content"})
_REASONING_FIELDS = frozenset({"id", "type", "status", "summary", "content"})
_PICTURES = {"png": "image/png", "webp": "image/webp", "jpeg": "image/jpeg", "jpg": "image/jpeg"}
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))
_CITED = ("file_citation", "container_file_citation", "file_path")


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether an item asks for a tool."""
    return str(item.get("type")).endswith("_call") or item.get("type") in (
        "mcp_list_tools",
        "mcp_approval_request",
        "program",
    )


def is_result(item: Mapping[str, Any]) -> bool:
    """Whether an item is what a tool of the provider answered to an item before."""
    return str(item.get("type")).endswith("_output")


def name_of(item: Mapping[str, Any]) -> str:
    """The name of the tool that an item calls: its own, else that of its type."""
    name = item.get("name")
    return name if isinstance(name, str) and name else str(item.get("type")).removesuffix("_call")


def extra_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an item that no part has a place for; what is null is left out."""
    known = _REASONING_FIELDS if item.get("type") == "reasoning" else _MESSAGE_FIELDS
    return {name: value for name, value in item.items() if name not in known and value is not None}


def input_of(item: Mapping[str, Any]) -> str:
    """The input of a call as text: its own text, or the JSON of what it has instead."""
    kind = item.get("type")
    if kind in ("code_interpreter_call", "program"):
        given = {name: item[name] for name in ("code", "container_id") if item.get(name) is not None}
        return to_json(given).decode()
    if kind == "file_search_call":
        return to_json({"queries": item.get("queries") or []}).decode()
    for name in ("arguments", "input", "action", "operation", "actions"):
        value = item.get(name)
        if value is not None:
            return value if isinstance(value, str) else to_json(value).decode()
    return "{}"


def called(item: Mapping[str, Any], provider: str) -> ToolCallPart:
    """A tool call that the caller is to run."""
    kind = item.get("type")
    if kind in ("function_call", "custom_tool_call"):
        own = {**_identity(item), **extra_of(item)}
        if kind == "custom_tool_call":
            own["type"] = "custom"
    else:
        own = {"item": dict(item)}
    metadata = freeze({provider: own}) if own else FrozenDict[str, Any]()
    return ToolCallPart(_call_id(item), name_of(item), input_of(item), provider_metadata=metadata)


def _identity(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": item["id"]} if isinstance(item.get("id"), str) and item["id"] else {}


def _call_id(item: Mapping[str, Any]) -> str:
    for name in ("call_id", "id"):
        if isinstance(item.get(name), str) and item[name]:
            return str(item[name])
    return f"call_{item.get('type')}"


def hosted_parts(item: Mapping[str, Any], name: str, provider: str) -> list[LanguagePart]:
    """The call of a tool that the provider ran, and what it answered, if that is in the same item."""
    kind = item.get("type")
    identity = _call_id(item)
    picture = item.get("result") if kind == "image_generation_call" else None
    kept = {key: value for key, value in item.items() if not (picture and key == "result")}
    call = ToolCallPart(
        identity, name, input_of(item), provider_executed=True, provider_metadata=freeze({provider: {"item": kept}})
    )
    parts: list[LanguagePart] = [call]
    if isinstance(picture, str) and picture:
        parts.append(_picture(item, picture, provider))
    if kind in ("mcp_approval_request", "shell_call", "tool_search_call", "program"):
        return parts
    output = {key: value for key, value in kept.items() if key not in _NOT_OUTPUT and value is not None}
    failed = item.get("status") == "failed" or bool(item.get("error"))
    said = item.get("error") or (item.get("output") if kind == "mcp_call" else None)
    parts.append(
        ToolResultPart(identity, name, said if said is not None else output, is_error=failed, provider_executed=True)
    )
    return parts


def _picture(item: Mapping[str, Any], encoded: str, provider: str) -> FilePart:
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the generated image is not base64: {error}") from error
    kind = _PICTURES.get(str(item.get("output_format")))
    kind = kind or picture_type(data)
    return FilePart(data=data, media_type=kind, provider_metadata=freeze({provider: {"item_id": item.get("id")}}))


def picture_type(data: bytes) -> str:
    """The media type of a picture, told by its first bytes."""
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")


def result_part(item: Mapping[str, Any], call_id: str, name: str, provider: str) -> ToolResultPart:
    """What a tool of the provider answered to a call, as an item of its own."""
    given = [item[key] for key in ("output", "result", "tools") if item.get(key) is not None]
    return ToolResultPart(
        call_id,
        name,
        given[0] if given else {},
        is_error=item.get("status") == "failed",
        provider_executed=True,
        provider_metadata=freeze({provider: {"item": dict(item)}}),
    )


def source_of(annotation: Mapping[str, Any], number: int, provider: str) -> SourcePart | None:
    """What an annotation of a text cites; None when it cites nothing."""
    kind = annotation.get("type")
    metadata = freeze({provider: {key: each for key, each in annotation.items() if key not in ("url", "title")}})
    if kind == "url_citation":
        cited = annotation.get("url_citation")
        said = cast("Mapping[str, Any]", cited) if isinstance(cited, dict) else annotation
        url, title = text_of(said.get("url")), text_of(said.get("title"))
        return SourcePart(f"source_{number}", url, title, provider_metadata=metadata) if url else None
    if kind not in _CITED:
        return None
    name = text_of(annotation.get("filename"))
    return SourcePart(
        f"source_{number}", title=name or text_of(annotation.get("file_id")), filename=name, provider_metadata=metadata
    )
