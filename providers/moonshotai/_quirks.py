"""What Moonshot does in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.messages import Message
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.providers.openai_compatible._quirks import SETTINGS, Quirks, StructuredOutput
from ai_sdk.requests import LanguageRequest, ProviderTool
from ai_sdk.results import CallWarning

__all__ = ["QUIRKS", "WEB_SEARCH", "moonshot_error"]

Body = dict[str, Any]

WEB_SEARCH = "$web_search"
_FIXED = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_SWITCHED = ("kimi-k2.5", "kimi-k2.6")
_ALWAYS_THINKS = ("kimi-k2.7-code", "kimi-k3", "kimi-k2-thinking")


def _structured_output(model_id: str) -> StructuredOutput:
    return "json_object" if model_id.startswith("moonshot-v1") else "json_schema"


def _adjust(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings = _fixed_settings(body, model_id)
    warnings += _adjust_effort(body, request, model_id)
    return warnings + _adjust_tools(body, request, model_id)


def _fixed_settings(body: Body, model_id: str) -> list[CallWarning]:
    """Sampling of the newer models is fixed, and any other value refused (vendor documents)."""
    if not model_id.startswith((*_SWITCHED, *_ALWAYS_THINKS)):
        return []
    dropped = [name for name in _FIXED if body.pop(name, None) is not None]
    return [unsupported(name, f"{model_id} has a fixed value for it") for name in dropped]


def _adjust_effort(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """kimi-k3 knows efforts; others think or do not (vendor documents)."""
    asked = request.reasoning
    if asked is None or body.get("reasoning_effort") != asked:
        return []
    if model_id.startswith("kimi-k3"):
        return fit_effort(body, request, model_id, ("low", "high", "max"))
    del body["reasoning_effort"]
    off = asked in ("none", "minimal")
    if model_id.startswith(_ALWAYS_THINKS):
        why = "cannot be kept from thinking" if off else "always thinks as hard"
        return [unsupported("reasoning", f"{model_id} {why}")]
    if not model_id.startswith(_SWITCHED):
        return [unsupported("reasoning", f"{model_id} does not reason")]
    body.setdefault("thinking", {"type": "disabled" if off else "enabled"})
    if asked == "none":
        return []
    how = "thinks or does not: it was asked " + ("not to" if off else "to")
    return [CallWarning("compatibility", "reasoning", f"{model_id} knows no efforts, it {how}")]


def _adjust_tools(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    tools = cast("list[dict[str, Any]]", body.get("tools") or [])
    warnings: list[CallWarning] = []
    for tool in tools:
        function = cast("dict[str, Any]", tool.get("function") or {})
        if str(function.get("name")).startswith("$"):
            tool.clear()
            tool.update(_builtin(str(function["name"])))
        elif function.pop("strict", None) is not None:
            warnings.append(unsupported("strict", "this provider has no strict tools"))
    builtin = any(tool.get("type") == "builtin_function" for tool in tools)
    forced = body.get("tool_choice") not in (None, "auto", "none")
    asked = "thinking" in body or request.reasoning is not None
    if (builtin or forced) and not asked and model_id.startswith(_SWITCHED):
        body["thinking"] = {"type": "disabled"}
        feature, what = (WEB_SEARCH, "its web search") if builtin else ("tool_choice", "a forced tool call")
        warnings.append(CallWarning("compatibility", feature, f"{what} turns thinking off"))
    return warnings


def _messages(
    messages: Sequence[Message], provider: str, reasoning_key: str | None
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    """Calls of its own functions have a type of their own, and the results name them (vendor documents)."""
    encoded, warnings = encode_messages(messages, provider, reasoning_key)
    names: dict[str, str] = {}
    for message in encoded:
        for call in cast("list[dict[str, Any]]", message.get("tool_calls") or []):
            name = str(cast("dict[str, Any]", call.get("function") or {}).get("name"))
            if name.startswith("$"):
                call["type"] = "builtin_function"
                names[call["id"]] = name
        if message["role"] == "tool" and message["tool_call_id"] in names:
            message["name"] = names[message["tool_call_id"]]
    return encoded, warnings


def _builtin(name: str) -> dict[str, Any]:
    return {"type": "builtin_function", "function": {"name": name}}


def _provider_tool(tool: ProviderTool, _model_id: str) -> dict[str, Any] | CallWarning:
    if tool.id != "moonshotai.web_search":
        return unsupported(tool.id, f"moonshotai does not run the tool {tool.id}")
    return _builtin(WEB_SEARCH)


def _usage(chunk: dict[str, Any]) -> Any:
    """Streams carry it at the top, or in the last choice (vendor documents)."""
    if chunk.get("usage") is not None:
        return chunk["usage"]
    choices = chunk.get("choices")
    first = cast("list[Any]", choices)[0] if isinstance(choices, list) and choices else None
    return cast("dict[str, Any]", first).get("usage") if isinstance(first, dict) else None


def moonshot_error(body: Any) -> ErrorInfo:
    """An empty account has a type of its own, with the status of a rate limit (vendor documents)."""
    info = read_error(body)
    if info.type == "exceeded_current_quota_error" and info.code is None:
        return info._replace(code="insufficient_quota")
    return info


QUIRKS = Quirks(
    settings=FrozenDict(
        {
            **{field: word for field, word in SETTINGS.items() if field != "seed"},
            "max_output_tokens": "max_completion_tokens",
        }
    ),
    structured_output=_structured_output,
    messages=_messages,
    usage=_usage,
    adjust=_adjust,
    provider_tool=_provider_tool,
)
