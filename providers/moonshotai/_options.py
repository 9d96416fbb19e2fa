"""What Moonshot takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["MoonshotAIOptions", "Thinking"]


class Thinking(TypedDict, total=False):
    """Whether and how the model thinks before it answers."""

    type: Literal["enabled", "disabled"]
    keep: Literal["all"] | None
    """Keep the reasoning of earlier turns before the model's eyes."""


class MoonshotAIOptions(TypedDict, total=False):
    """``provider_options={"moonshotai": {...}}``; other fields go into the body as they are."""

    thinking: Thinking
    """Whether the model thinks; kimi-k2.5 and kimi-k2.6 do unless told otherwise (vendor documents)."""
    reasoning_effort: Literal["low", "high", "max"]
    """How hard kimi-k3 thinks."""
    prompt_cache_key: str
    """Requests of one key share the cache of their prompt."""
    safety_identifier: str
    """A name for the end user."""
    n: int
    """Must stay 1: of several answers the first is read."""
