"""What DeepSeek takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["DeepSeekOptions", "Thinking"]


class Thinking(TypedDict):
    """Whether the model thinks before it answers."""

    type: Literal["enabled", "disabled"]


class DeepSeekOptions(TypedDict, total=False):
    """``provider_options={"deepseek": {...}}``; other fields go into the body as they are."""

    thinking: Thinking
    """Whether the model thinks; the v4 models do unless told otherwise (vendor documents)."""
    reasoning_effort: Literal["low", "medium", "high", "max"]
    """How hard it thinks."""
    logprobs: bool
    """Give the log probabilities of the tokens, of the reasoning as well, in the provider metadata."""
    top_logprobs: int
    """For how many alternatives of each token, 0 to 20."""
    user_id: str
    """A name for the end user."""
    suffix: str
    """The text after the gap that a completion model fills."""
    echo: bool
    """Whether a completion model repeats the prompt."""
