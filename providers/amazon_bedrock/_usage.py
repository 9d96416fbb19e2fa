"""Tokens and reasons in Converse's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from ai_sdk.results import FinishReason

__all__ = ["FINISH_REASONS", "usage_from"]

FINISH_REASONS: Mapping[str, FinishReason] = FrozenDict(
    {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "tool-calls",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "content_filtered": "content-filter",
        "guardrail_intervened": "content-filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    }
)


def usage_from(raw: Any) -> Usage:
    """``inputTokens`` are those that no cache was read or written for: the sum of the three is the input (recorded)."""
    if not isinstance(raw, Mapping):
        return Usage()
    said = cast("Mapping[str, Any]", raw)
    uncached = _count(said, "inputTokens")
    read = _count(said, "cacheReadInputTokens", "cacheReadInputTokenCount")
    written = _count(said, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
    return Usage(
        input_tokens=None if uncached is None else uncached + (read or 0) + (written or 0),
        output_tokens=_count(said, "outputTokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        raw=freeze(said),
    )


def _count(said: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = said.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
