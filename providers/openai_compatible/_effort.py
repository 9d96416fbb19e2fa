"""Efforts of reasoning that a model does not know by the name that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ai_sdk.provider import unsupported
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.requests import LanguageRequest

__all__ = ["fit_effort"]

_RANKS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def fit_effort(
    body: dict[str, Any],
    request: LanguageRequest,
    model_id: str,
    known: Sequence[str],
    *,
    field: str = "reasoning_effort",
) -> list[CallWarning]:
    """Put the nearest of the ``known`` efforts into the body, the higher of two that are as near.

    What the options say stays as it is. Nothing is near to ``none``: who does not know it reasons anyway.
    """
    asked = request.reasoning
    if asked is None or body.get(field) != asked or asked in known:
        return []
    if not known or asked == "none":
        del body[field]
        why = "cannot be kept from reasoning" if known else "has no reasoning effort"
        return [unsupported("reasoning", f"{model_id} {why}")]
    rank = _RANKS.index(asked)
    levels = [each for each in known if each != "none"]
    nearest = min(levels, key=lambda each: (abs(_RANKS.index(each) - rank), -_RANKS.index(each)))
    body[field] = nearest
    return [CallWarning("compatibility", "reasoning", f"{model_id} has no effort {asked!r}: {nearest!r} was asked for")]
