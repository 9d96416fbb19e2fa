"""What DeepSeek does in its own way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import to_json, unsupported
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._quirks import FINISH_REASONS, SETTINGS, Quirks
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, Usage

__all__ = ["QUIRKS"]

Body = dict[str, Any]

_EFFORTS = ("low", "medium", "high", "max")
_NOT_WHILE_THINKING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def _adjust(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings = _adjust_effort(body, request, model_id)
    warnings += _keep_forced_choice(body, request, model_id)
    if _thinks(body, model_id):
        why = "has no effect while the model thinks"
        warnings += [unsupported(name, why) for name in _NOT_WHILE_THINKING if body.pop(name, None) is not None]
    _adjust_history(body["messages"], always=_is_v4(model_id) and _thinks(body, model_id))
    _tell_format(body, request)
    return warnings


def _is_v4(model_id: str) -> bool:
    return model_id.startswith("deepseek-v4")


def _thinks(body: Body, model_id: str) -> bool:
    """The v4 models think unless told otherwise, ``deepseek-chat`` when told to (vendor documents)."""
    thinking = body.get("thinking")
    if isinstance(thinking, dict):
        return cast("dict[str, Any]", thinking).get("type") != "disabled"
    return _is_v4(model_id) or model_id == "deepseek-reasoner"


def _adjust_effort(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """An effort turns thinking on, ``none`` turns it off; an option says more than the setting."""
    asked = request.reasoning
    if asked is None or body.get("reasoning_effort") != asked:
        return []
    body.setdefault("thinking", {"type": "disabled" if asked == "none" else "enabled"})
    if asked == "none":
        del body["reasoning_effort"]
        return []
    return fit_effort(body, request, model_id, _EFFORTS)


def _keep_forced_choice(body: Body, request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """A model that thinks cannot be made to call a tool (vendor documents); it thinks only if it was asked to."""
    if body.get("tool_choice") in (None, "auto", "none") or "thinking" in body or request.reasoning is not None:
        return []
    if not _is_v4(model_id):
        return []
    body["thinking"] = {"type": "disabled"}
    return [CallWarning("compatibility", "tool_choice", "a forced tool call turns thinking off")]


def _adjust_history(messages: list[dict[str, Any]], *, always: bool) -> None:
    """Reasoning of earlier turns is left out, that of the turn since the last user message is sent back.

    A v4 model that thinks wants the field in every message of its own, be it empty (vendor documents).
    """
    last_user = max((at for at, message in enumerate(messages) if message["role"] == "user"), default=-1)
    for at, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        if always:
            message.setdefault("reasoning_content", "")
        elif at < last_user:
            message.pop("reasoning_content", None)


def _tell_format(body: Body, request: LanguageRequest) -> None:
    """Say the schema in a system message, and the word JSON, without which the wish is refused (vendor documents)."""
    wanted = request.response_format
    if wanted is None or body.get("response_format") != {"type": "json_object"}:
        return
    messages = cast("list[dict[str, Any]]", body["messages"])
    if wanted.schema is not None:
        text = f"Answer with JSON of this JSON Schema:\n{to_json(wanted.schema).decode()}"
    elif not any("json" in str(message.get("content")).lower() for message in messages):
        text = "Answer with JSON."
    else:
        return
    place = next((at for at, message in enumerate(messages) if message["role"] != "system"), len(messages))
    messages.insert(place, {"role": "system", "content": text})


def _count(usage: Usage) -> Usage:
    """Older answers tell of the cache in words of their own alone (vendor documents)."""
    hit = usage.raw.get("prompt_cache_hit_tokens") if usage.raw is not None else None
    if usage.cache_read_tokens is not None or not isinstance(hit, int) or isinstance(hit, bool):
        return usage
    return replace(usage, cache_read_tokens=hit)


QUIRKS = Quirks(
    settings=FrozenDict({field: word for field, word in SETTINGS.items() if field != "seed"}),
    structured_output=lambda _model_id: "json_object",
    count=_count,
    finish_reasons=FrozenDict({**FINISH_REASONS, "insufficient_system_resource": "error"}),
    adjust=_adjust,
)
