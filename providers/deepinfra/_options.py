"""What DeepInfra takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["DeepInfraOptions"]


class DeepInfraOptions(TypedDict, total=False):
    """``provider_options={"deepinfra": {...}}``; other fields go into the body as they are."""

    reasoning_effort: Literal["none", "low", "medium", "high"]
    """How hard a model thinks; ``none`` turns thinking off."""
    reasoning: dict[str, Any]
    """``{"enabled": False}`` and the like, instead of an effort."""
    repetition_penalty: float
    """Above 1.0 punishes tokens that occurred, 0.01 to 5."""
    min_p: float
    """Least probability of a token, as a share of that of the likeliest."""
    prompt_cache_key: str
    """Requests of one key share the cache of their prompt."""
    chat_template_kwargs: dict[str, Any]
    """Variables for the model's chat template."""
    logprobs: bool
    """Give the log probabilities of the tokens in the provider metadata."""
    service_tier: Literal["default", "priority"]
    """Be served first, at another price."""
    user: str
    """A name for the end user."""
