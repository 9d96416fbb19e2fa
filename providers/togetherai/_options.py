"""What TogetherAI takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["TogetherAIOptions"]


class TogetherAIOptions(TypedDict, total=False):
    """``provider_options={"togetherai": {...}}``; other fields go into the body as they are."""

    reasoning_effort: Literal["low", "medium", "high"]
    """How hard a model thinks."""
    reasoning: dict[str, Any]
    """``{"enabled": False}`` for models whose thinking can be switched."""
    chat_template_kwargs: dict[str, Any]
    """Variables for the model's chat template."""
    repetition_penalty: float
    """Above 1.0 punishes tokens that occurred."""
    min_p: float
    """Least probability of a token, as a share of that of the likeliest, 0 to 1."""
    logprobs: int
    """Log probabilities of so many of the likeliest tokens, 0 to 20."""
    logit_bias: dict[str, float]
    """Makes tokens, by their id, likelier or less likely."""
    safety_model: str
    """A model that checks what is answered."""
    context_length_exceeded_behavior: Literal["truncate", "error"]
    """What happens when prompt and ``max_tokens`` together are too long."""
