"""What Cerebras takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["CerebrasOptions"]


class CerebrasOptions(TypedDict, total=False):
    """``provider_options={"cerebras": {...}}``; other fields go into the body as they are."""

    reasoning_effort: Literal["low", "medium", "high"]
    """How hard ``gpt-oss`` thinks."""
    reasoning_format: Literal["none", "hidden", "parsed", "text_parsed", "raw"]
    """Where reasoning is: nowhere, beside the answer, or inside of it."""
    service_tier: Literal["auto", "default", "flex", "priority"]
    """How requests are served when there is much to do."""
    parallel_tool_calls: bool
    """Whether an answer may have several tool calls."""
    prediction: dict[str, Any]
    """Text that is expected in the answer, which makes it faster."""
    prompt_cache_key: str
    """Requests of one key share the cache of their prompt."""
    logprobs: bool
    """Give the log probabilities of the tokens."""
    top_logprobs: int
    """Of so many of the likeliest tokens, 0 to 20."""
    logit_bias: dict[str, float]
    """Makes tokens, by their id, likelier or less likely."""
    user: str
    """A name for the end user."""
