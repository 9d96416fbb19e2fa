"""What Mistral does in its own way."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.provider import unsupported
from ai_sdk.providers.mistral._messages import encode_messages
from ai_sdk.providers.mistral._models import always_reasons, never_reasons
from ai_sdk.providers.openai_compatible._quirks import FINISH_REASONS, SETTINGS, Quirks
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning

__all__ = ["QUIRKS", "read_mistral_error"]


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    if request.tool_choice == "required" and body.get("tool_choice") == "required":
        body["tool_choice"] = "any"
    warnings = _adjust_reasoning(body, request, model_id)
    if "parallel_tool_calls" in body and "tools" not in body:
        del body["parallel_tool_calls"]
        warnings.append(unsupported("parallel_tool_calls", "there are no tools"))
    return warnings


def _adjust_reasoning(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    asked = request.reasoning
    if asked is None or body.get("reasoning_effort") != asked:
        return []
    if always_reasons(model_id):
        del body["reasoning_effort"]
        if asked == "none":
            return [unsupported("reasoning", f"{model_id} always reasons")]
        body.setdefault("prompt_mode", "reasoning")
        return []
    if never_reasons(model_id):
        del body["reasoning_effort"]
        return [] if asked == "none" else [unsupported("reasoning", f"{model_id} does not reason")]
    body["reasoning_effort"] = "none" if asked == "none" else "high"
    if asked in ("none", "high"):
        return []
    return [CallWarning("compatibility", "reasoning", f"{model_id} has no effort {asked!r}: 'high' was asked for")]


def read_mistral_error(body: Any) -> ErrorInfo:
    """``{"object": "error", "message", "type", "code", ...}``, or ``{"detail": "..."}`` of a bad key (recorded).

    What does not fit the schema comes as ``{"detail": [{"loc", "msg", "type"}, ...]}``, which is also seen as the
    ``message`` (vendor documents, public reports).
    """
    if not isinstance(body, dict):
        return read_error(body)
    said = cast("dict[str, Any]", body)
    message = said.get("message")
    holder = cast("dict[str, Any]", message) if isinstance(message, dict) else said
    details = holder.get("detail")
    if isinstance(details, list):
        complaints = [_complaint(each) for each in cast("list[Any]", details)]
        said = {**said, "message": "; ".join(each for each in complaints if each), "detail": None}
    return read_error({**said, "status_code": said.get("status_code") or said.get("raw_status_code")})


def _complaint(detail: Any) -> str:
    if not isinstance(detail, dict):
        return read_error(detail).message or ""
    said = cast("dict[str, Any]", detail)
    place = said.get("loc")
    where = ".".join(str(each) for each in cast("list[Any]", place)) if isinstance(place, list) else ""
    what = read_error({"message": said.get("msg") or said.get("message")}).message or ""
    return f"{where}: {what}" if where else what


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "seed": "random_seed"}),
    structured_output=lambda _model_id: "json_schema",
    messages=encode_messages,
    stream_usage=False,
    finish_reasons=FrozenDict({**FINISH_REASONS, "model_length": "length"}),
    adjust=_adjust,
)
