"""Tokens, in Google's words."""

from __future__ import annotations

from typing import Any

from ai_sdk._frozen import freeze
from ai_sdk.providers.google._read import number
from ai_sdk.results import Usage

__all__ = ["usage_from"]


def usage_from(raw: dict[str, Any]) -> Usage:
    """The input is the prompt, with what the cache had, and what Google's own tools read; the output has the thoughts.

    So the sum is ``totalTokenCount`` (recorded). What was not said is None.
    """
    if not raw:
        return Usage()
    return Usage(
        input_tokens=_sum(raw, "promptTokenCount", "toolUsePromptTokenCount"),
        output_tokens=_sum(raw, "candidatesTokenCount", "thoughtsTokenCount"),
        cache_read_tokens=number(raw.get("cachedContentTokenCount")),
        reasoning_tokens=number(raw.get("thoughtsTokenCount")),
        raw=freeze(raw),
    )


def _sum(raw: dict[str, Any], *names: str) -> int | None:
    counts = [count for name in names if (count := number(raw.get(name))) is not None]
    return sum(counts) if counts else None
