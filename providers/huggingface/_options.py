"""What ``provider_options={"huggingface": {...}}`` may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

__all__ = ["HuggingFaceOptions"]


class HuggingFaceOptions(TypedDict, total=False):
    """Options that most inference providers have; what is not here goes out as a field of the body as well."""

    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"]
    """Effort (chat)."""
    reasoning: Mapping[str, Any]
    """Effort (Responses)."""
    chat_template_kwargs: Mapping[str, Any]
    """What the model's chat template takes, such as enable_thinking."""
    logprobs: bool
    """Tell the log probabilities of tokens."""
    top_logprobs: int
    """How many likely tokens to tell at each place."""
    parallel_tool_calls: bool
    """Whether several tools may be called in one turn."""
    instructions: str
    """Instructions of this turn (Responses)."""
    metadata: Mapping[str, str]
    """Labels (Responses)."""
