"""What Fireworks takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["FireworksOptions"]


class FireworksOptions(TypedDict, total=False):
    """``provider_options={"fireworks": {...}}``; other fields go into the body as they are."""

    reasoning_effort: str | int
    """How hard a model thinks: a word, or a number of tokens."""
    thinking: dict[str, Any]
    """``{"type": "enabled", "budget_tokens": 4096}``, instead of an effort."""
    reasoning_history: Literal["disabled", "interleaved", "preserved"]
    """What of earlier reasoning the model sees."""
    service_tier: Literal["priority"]
    """Be served first, at another price."""
    prompt_cache_key: str
    """Requests of one key are served where the cache of their prompt is."""
    prompt_truncate_len: int
    """Cut the prompt to so many tokens."""
    context_length_exceeded_behavior: Literal["error", "truncate"]
    """What to do when prompt and answer do not fit."""
    perf_metrics_in_response: bool
    """Give ``perf_metrics`` in the provider metadata."""
    repetition_penalty: float
    """Above 1.0 punishes tokens that occurred."""
    min_p: float
    """Least probability of a token, as a share of that of the likeliest."""
    mirostat_target: float
    """Perplexity to aim at."""
    mirostat_lr: float
    """How fast to aim."""
    logprobs: int | bool
    """Give log probabilities."""
    user: str
    """A name for the end user."""
