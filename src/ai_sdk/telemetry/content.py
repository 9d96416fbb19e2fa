"""Messages as the conventions write them: the parts of each, as plain data or as a JSON string.

Long texts are cut inside of the structure, so that what arrives can still be parsed; bytes are never written.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from ai_sdk.messages import (
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult
from ai_sdk.telemetry.names import CAPTURE
from ai_sdk.telemetry.spans import finish_of, without_keys

__all__ = ["Capture", "as_json", "capture_of", "input_of", "output_of", "tool_arguments", "tool_value"]

Capture: TypeAlias = Literal["no_content", "span_only", "event_only", "span_and_event"]
_MODES = ("no_content", "span_only", "event_only", "span_and_event")
MOST = 16_384
"""How many characters of one text are written at most."""


def capture_of(wanted: bool | Capture | None) -> Capture:
    """Where content goes: as asked, else as the environment says, else nowhere. An unknown word means nowhere."""
    if wanted is None:
        wanted = cast("Capture", os.environ.get(CAPTURE, "").strip().lower())
    if isinstance(wanted, bool):
        return "span_only" if wanted else "no_content"
    return wanted if wanted in _MODES else "no_content"


def as_json(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> Any:
    return type(value).__name__


def _instructions(request: LanguageRequest) -> list[dict[str, Any]]:
    """The system messages at the beginning."""
    parts: list[dict[str, Any]] = []
    for message in request.messages:
        if not isinstance(message, SystemMessage):
            break
        parts.append({"type": "text", "content": _cut(message.content)})
    return parts


def input_of(request: LanguageRequest) -> dict[str, Any]:
    """What was asked, by the names of its attributes: instructions, messages and tools, as far as there are any."""
    written = {
        "gen_ai.system_instructions": _instructions(request),
        "gen_ai.input.messages": _conversation(request),
        "gen_ai.tool.definitions": _tools(request),
    }
    return {name: value for name, value in written.items() if value}


def _conversation(request: LanguageRequest) -> list[dict[str, Any]]:
    """The conversation, without the system messages at its beginning."""
    messages = list(request.messages)
    while messages and isinstance(messages[0], SystemMessage):
        messages.pop(0)
    return [{"role": each.role, "parts": parts} for each in messages for parts in _spread(each)]


def _spread(message: Message) -> list[list[dict[str, Any]]]:
    """The parts of a message, those of a tool message one by one: Phoenix shows one result a message."""
    parts = _parts(message)
    return [[each] for each in parts] if message.role == "tool" else [parts]


def output_of(result: LanguageResult) -> list[dict[str, Any]]:
    """The answer, as one message with a finish reason."""
    finish = finish_of(result.finish_reason)
    return [{"role": "assistant", "parts": [_part(each) for each in result.content], "finish_reason": finish}]


def _tools(request: LanguageRequest) -> list[dict[str, Any]]:
    """The tools, by name and description."""
    return [
        {"type": "function", "name": each.name, **({"description": each.description} if each.description else {})}
        if isinstance(each, ToolDefinition)
        else {"type": "provider", "name": each.id}
        for each in request.tools
    ]


def _parts(message: Message) -> list[dict[str, Any]]:
    content: str | Iterable[object] = message.content
    if isinstance(content, str):
        return [{"type": "text", "content": _cut(content)}]
    return [_part(each) for each in content]


def _part(part: object) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "text", "content": _cut(part.text)}
        case ReasoningPart():
            return {"type": "reasoning", "content": _cut(part.text)}
        case ToolCallPart():
            return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": _trimmed(_parsed(part.input))}
        case ToolResultPart():
            output = "" if part.output is None else _trimmed(part.output)
            return {"type": "tool_call_response", "id": part.id, "response": output}
        case FilePart():
            return _file(part)
        case _:
            return {"type": getattr(part, "type", type(part).__name__)}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _file(part: FilePart) -> dict[str, Any]:
    modality = part.media_type.partition("/")[0]
    modality = modality if modality in ("image", "audio", "video") else "document"
    about = {"modality": modality, "mime_type": part.media_type}
    if part.url is not None and not part.url.startswith("data:"):
        return {"type": "uri", **about, "uri": part.url}
    size = len(part.url or "") if part.data is None else len(part.data)
    return {"type": "blob", **about, "content": "", "size": size}


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, Mapping):
        return {str(name): _trimmed(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_trimmed(each) for each in cast("Sequence[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, TextPart | FilePart):
        return _part(value)
    return value if isinstance(value, int | float | bool | None) else _plain(value)


def tool_arguments(text: str) -> str:
    """The arguments of a tool call, which are JSON already, with long texts cut."""
    return as_json(_trimmed(_parsed(text)))


def tool_value(value: object) -> str:
    """What a tool returned, as JSON, with long texts cut."""
    return as_json(_trimmed(value))


def _cut(text: str) -> str:
    text = without_keys(text)
    return text if len(text) <= MOST else f"{text[:MOST]}... ({len(text) - MOST} characters more)"
