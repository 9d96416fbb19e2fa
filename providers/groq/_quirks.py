"""What Groq does in its own way."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, cast

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import Message, SourcePart
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.requests import LanguageRequest, ProviderTool
from ai_sdk.results import CallWarning

__all__ = ["QUIRKS"]

_GPT_OSS = ("openai/gpt-oss-20b", "openai/gpt-oss-120b")
_TAKES_SCHEMAS = ("openai/gpt-oss-", "moonshotai/kimi-k2-instruct-0905", "meta-llama/llama-4-")
_FUNCTION_TAG = re.compile(r"<function=([\w.-]+)>?\s*(\{.*\})\s*</function>", re.DOTALL)


def _encode_messages(
    messages: Sequence[Message], provider: str, reasoning_key: str | None
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    """The wire's messages; a PDF, which Groq refuses (400), is an ``UnsupportedError`` before the call."""
    encoded, warnings = encode_messages(messages, provider, reasoning_key)
    for message in encoded:
        content = message.get("content")
        parts = cast("list[dict[str, Any]]", content) if isinstance(content, list) else []
        if any(part.get("type") == "file" for part in parts):
            raise UnsupportedError(
                "groq takes no application/pdf; allowed are image/* and text/*: send its text or its pages as pictures",
                field="messages",
            )
    return encoded, warnings


def _structured_output(model_id: str) -> StructuredOutput:
    """Only some models take a schema (vendor documents)."""
    return "json_schema" if model_id.startswith(_TAKES_SCHEMAS) else "tool"


def _usage(chunk: dict[str, Any]) -> Any:
    """Streams carry it at the top, or under ``x_groq``, or at both places (recorded)."""
    usage = chunk.get("usage")
    own = cast("dict[str, Any]", chunk.get("x_groq") or {})
    return usage if usage is not None else own.get("usage")


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    if request.reasoning is None or body.get("reasoning_effort") != request.reasoning:
        return []
    asked = request.reasoning
    if model_id.startswith("openai/gpt-oss"):
        known = {"none": "low", "minimal": "low", "xhigh": "high"}.get(asked, asked)
    elif model_id.startswith("qwen/qwen3"):
        known = "none" if asked == "none" else "default"
    else:
        del body["reasoning_effort"]
        return [unsupported("reasoning", f"{model_id} has no reasoning effort")]
    body["reasoning_effort"] = known
    if known == asked or known == "default":
        return []
    return [CallWarning("compatibility", "reasoning", f"{model_id} has no effort {asked!r}: {known!r} was asked for")]


def _provider_tool(tool: ProviderTool, model_id: str) -> dict[str, Any] | CallWarning:
    if tool.id != "groq.browser_search":
        return unsupported(tool.id, f"groq does not run the tool {tool.id}")
    if model_id not in _GPT_OSS:
        return unsupported(tool.id, f"only {' and '.join(_GPT_OSS)} search the web with it")
    return {"type": "browser_search", **tool.args}


def _read_delta(delta: dict[str, Any], metadata: dict[str, Any]) -> list[SourcePart]:
    """Tools that Groq ran itself: a stream tells of each twice, the second time with its output (recorded)."""
    sources: list[SourcePart] = []
    for tool in cast("list[dict[str, Any]]", delta.get("executed_tools") or []):
        metadata["executed_tools"] = [
            *(each for each in metadata.get("executed_tools", ()) if each.get("index") != tool.get("index")),
            tool,
        ]
        search = cast("dict[str, Any]", tool.get("search_results") or {})
        results = cast("list[dict[str, Any]]", search.get("results") or [])
        sources += [
            SourcePart(f"source_{tool.get('index', 0)}_{place}", found["url"], found.get("title"))
            for place, found in enumerate(results)
            if found.get("url")
        ]
    return sources


def _recover(failure: Any, tools: frozenset[str]) -> list[tuple[str, str]]:
    """The tool calls in a ``tool_use_failed`` error, when its failed generation is nothing but calls of offered tools.

    ``{"name", "arguments"}`` or a list of ``{"name", "parameters"}`` (recorded), or ``<function=name>{...}</function>``
    (public reports). What a tool makes of arguments that do not fit its schema is the tool's business.
    """
    error = cast("dict[str, Any]", failure).get("error") if isinstance(failure, dict) else None
    if not isinstance(error, dict) or cast("dict[str, Any]", error).get("code") != "tool_use_failed":
        return []
    text = cast("dict[str, Any]", error).get("failed_generation")
    if not isinstance(text, str):
        return []
    calls = [_call(each) for each in _generated(text.strip())]
    saved = [call for call in calls if call is not None and call[0] in tools]
    return saved if len(saved) == len(calls) else []


def _generated(text: str) -> list[Any]:
    if tag := _FUNCTION_TAG.fullmatch(text):
        text = f'{{"name": {json.dumps(tag[1])}, "arguments": {tag[2]}}}'
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _call(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return None
    call = cast("dict[str, Any]", value)
    name = call.get("name")
    given = [call[key] for key in ("arguments", "parameters") if key in call]
    if not isinstance(name, str) or len(given) != 1 or not isinstance(given[0], dict):
        return None
    return name, json.dumps(given[0], ensure_ascii=False)


QUIRKS = Quirks(
    structured_output=_structured_output,
    reasoning_key="reasoning",
    messages=_encode_messages,
    usage=_usage,
    metadata=("service_tier", "system_fingerprint", "usage_breakdown"),
    read_delta=_read_delta,
    adjust=_adjust,
    provider_tool=_provider_tool,
    recover=_recover,
)
