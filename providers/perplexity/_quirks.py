"""What Perplexity does in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.messages import Message, ToolMessage
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.providers.openai_compatible._quirks import SETTINGS, Quirks
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, Usage

__all__ = ["QUIRKS"]

_LACKS = ("stop", "seed")


def _messages(
    messages: Sequence[Message], provider: str, reasoning_key: str | None
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    encoded, warnings = encode_messages(messages, provider, reasoning_key, file_urls=True)
    names: dict[str, str] = {}
    for each in encoded:
        if isinstance(each["content"], list):
            each["content"] = [_part(part) for part in cast("list[dict[str, Any]]", each["content"])]
        _tell_calls(each, names)
    if names or any(isinstance(message, ToolMessage) for message in messages):
        how = "this provider has no tools: earlier calls and their results are told as text"
        warnings.append(CallWarning("compatibility", "tool messages", how))
    return encoded, warnings


def _tell_calls(message: dict[str, Any], names: dict[str, str]) -> None:
    """Calls of tools, and what they answered, as text; ``names`` are those of the calls by id."""
    said = [message["content"]] if message["content"] else []
    for call in cast("list[dict[str, Any]]", message.pop("tool_calls", ())):
        body = cast("dict[str, str]", call.get("function") or call.get("custom") or {})
        names[call["id"]] = body["name"]
        said.append(f"({body['name']} was called with {body.get('arguments') or body.get('input')})")
        message["content"] = "\n".join(said)
    if message["role"] == "tool":
        name = names.get(message.pop("tool_call_id"), "a tool")
        message.update(role="user", content=f"({name} answered) {message['content']}")


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A document: its URL, or its bytes as bare base64, not as a data: URL (recorded)."""
    if part["type"] != "file":
        return part
    file = cast("dict[str, str]", part["file"])
    url = file["file_data"]
    if url.startswith("data:"):
        url = url.partition(",")[2]
    rest = {key: value for key, value in part.items() if key not in ("type", "file")}
    return {"type": "file_url", "file_url": {"url": url}, "file_name": file["filename"], **rest}


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings = fit_effort(body, request, model_id, ("minimal", "low", "medium", "high"))
    if body.pop("tools", None) is not None:
        body.pop("tool_choice", None)
        warnings.append(unsupported("tools", "this provider has no tools"))
    return warnings


def _count(usage: Usage) -> Usage:
    """Tokens of reasoning stand at the top, and are counted and paid beside those of the answer (vendor documents)."""
    tokens = usage.raw.get("reasoning_tokens") if usage.raw is not None else None
    if usage.reasoning_tokens is not None or not isinstance(tokens, int) or isinstance(tokens, bool):
        return usage
    return replace(usage, output_tokens=(usage.output_tokens or 0) + tokens, reasoning_tokens=tokens)


QUIRKS = Quirks(
    settings=FrozenDict({field: word for field, word in SETTINGS.items() if field not in _LACKS}),
    structured_output=lambda _model_id: "json_schema",
    strict=None,
    json_object=False,
    reasoning_key=None,
    messages=_messages,
    stream_usage=False,
    count=_count,
    metadata=("images", "related_questions", "videos"),
    adjust=_adjust,
)
