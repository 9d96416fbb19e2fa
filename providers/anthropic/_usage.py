"""Tokens and the reason of an ending, in the words of Anthropic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.results import Usage
from ai_sdk.wire import object_of

if TYPE_CHECKING:
    from ai_sdk.results import FinishReason

__all__ = ["FINISH_REASONS", "usage_from"]

FINISH_REASONS: Mapping[str, FinishReason] = FrozenDict(
    {
        "end_turn": "stop",
        "stop_sequence": "stop",
        "pause_turn": "stop",
        "tool_use": "tool-calls",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "refusal": "content-filter",
        "compaction": "other",
    }
)


def usage_from(raw: Mapping[str, Any]) -> Usage:
    """The input is what was not cached, read from a cache and written to it, added up.

    The top of the object sums the iterations that wrote the answer; a compaction of the conversation before it is not
    in there and is added (recorded). What an advisor model used stays in ``raw``: it has a price of its own.
    """
    if not raw:
        return Usage()
    said = [raw, *_compactions(raw)]
    fresh = _sum(said, "input_tokens")
    read = _sum(said, "cache_read_input_tokens")
    written = _sum(said, "cache_creation_input_tokens")
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=_sum(said, "output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=_count(object_of(raw.get("output_tokens_details")).get("thinking_tokens")),
        raw=freeze(raw),
    )


def _compactions(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    iterations = raw.get("iterations")
    if not isinstance(iterations, list):
        return []
    each = [object_of(iteration) for iteration in cast("list[Any]", iterations)]
    return [iteration for iteration in each if iteration.get("type") == "compaction"]


def _sum(said: list[Mapping[str, Any]], name: str) -> int | None:
    known = [count for each in said if (count := _count(each.get(name))) is not None]
    return sum(known) if known else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
