"""The one effort setting, in the words of each generation of models."""

from __future__ import annotations

from typing import Any

from ai_sdk.providers.google._models import generation_of, reasons
from ai_sdk.requests import ReasoningEffort
from ai_sdk.results import CallWarning

__all__ = ["thinking_of"]

_LEVELS = {"none": "MINIMAL", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "HIGH"}
_BUDGETS = {"none": 0, "minimal": 512, "low": 2_048, "medium": 8_192, "high": 24_576, "xhigh": 24_576}
_PRO_BUDGETS = {**_BUDGETS, "none": 128, "xhigh": 32_768}


def thinking_of(effort: ReasoningEffort | None, model_id: str) -> tuple[dict[str, Any], list[CallWarning]]:
    """The ``thinkingConfig`` of an effort, and a warning where the model cannot do just that.

    Gemini 3 and later have levels, Gemini 2.5 a budget in tokens, of which the Pro models use at least 128 (vendor
    documents). Summaries of the thoughts are asked for, except with ``none``.
    """
    if effort is None:
        return {}, []
    generation = generation_of(model_id)
    if generation is None or not reasons(model_id):
        return {}, [CallWarning("unsupported", "reasoning", f"{model_id} has no thinking setting; it was left out")]
    shown = effort != "none"
    if generation >= (3, 0):
        level = _level(effort, model_id, generation)
        warnings = _changed(effort, level.lower(), model_id)
        return {"thinkingLevel": level, "includeThoughts": shown}, warnings
    pro = "-pro" in model_id
    warnings = _changed(effort, "a budget of 128 tokens", model_id) if pro and effort == "none" else []
    return {"thinkingBudget": (_PRO_BUDGETS if pro else _BUDGETS)[effort], "includeThoughts": shown}, warnings


def _level(effort: str, model_id: str, generation: tuple[int, int]) -> str:
    """The Pro models have no minimal level, and the first of them no medium one (vendor documents)."""
    level = _LEVELS[effort]
    if "-pro" in model_id and level == "MINIMAL":
        return "LOW"
    if "-pro" in model_id and level == "MEDIUM" and generation == (3, 0) and not model_id.endswith("-latest"):
        return "HIGH"
    return level


def _changed(effort: str, known: str, model_id: str) -> list[CallWarning]:
    if effort == known:
        return []
    return [CallWarning("compatibility", "reasoning", f"{model_id} has no effort {effort!r}: {known!r} was asked for")]
