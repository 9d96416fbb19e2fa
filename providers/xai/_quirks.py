"""What xAI does in its own way, in both of its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._quirks import SETTINGS, Quirks
from ai_sdk.providers.xai._models import efforts_of, reasons
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, Usage

__all__ = ["QUIRKS", "xai_error"]

_REFUSED_BY_REASONING = ("stop", "presence_penalty", "frequency_penalty")
_STATUS_OF_CODE: Mapping[str, int] = FrozenDict(
    {
        "The service is currently unavailable": 503,
        "The caller does not have permission to execute the specified operation": 403,
        "Some requested entity was not found": 404,
        "Some resource has been exhausted": 429,
        "Internal error": 500,
    }
)


def xai_error(body: Any) -> ErrorInfo:
    """Errors of the dialect, and ``{"code": "...", "error": "..."}``, which comes with status 200 too.

    Then the code decides: a service that is unavailable may be asked again, what is not known may not (vendor's SDKs).
    """
    info = read_error(body)
    flat = isinstance(body, dict) and isinstance(cast("dict[str, Any]", body).get("error"), str)
    if not flat or info.code is None or info.status is not None:
        return info
    return info._replace(status=_STATUS_OF_CODE.get(info.code, 400))


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings = fit_effort(body, request, model_id, efforts_of(model_id))
    if reasons(model_id):
        why = f"{model_id} reasons and has no such setting"
        warnings += [unsupported(name, why) for name in _REFUSED_BY_REASONING if body.pop(name, None) is not None]
    if "search_parameters" in body:
        how = "xAI has withdrawn live search; xai.responses(...) has the tools xai.web_search and xai.x_search"
        warnings.append(CallWarning("other", "search_parameters", how))
    return warnings


def _count(usage: Usage) -> Usage:
    """Tokens of reasoning are not among those of the answer (recorded), as the total shows."""
    output, reasoning = usage.output_tokens, usage.reasoning_tokens
    total = usage.raw.get("total_tokens") if usage.raw is not None else None
    if output is None or not reasoning:
        return usage
    if isinstance(total, int) and total == (usage.input_tokens or 0) + output:
        return usage
    return replace(usage, output_tokens=output + reasoning)


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "max_output_tokens": "max_completion_tokens"}),
    structured_output=lambda _model_id: "json_schema",
    count=_count,
    adjust=_adjust,
)
