"""What ``provider_options={"openai": {...}}`` may say, in OpenAI's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

__all__ = ["OpenAIOptions"]

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


class Reasoning(TypedDict, total=False):
    """How the model reasons; ``summary`` asks for a summary of it."""

    effort: Effort
    summary: Literal["auto", "concise", "detailed"]
    mode: str
    context: str


class Text(TypedDict, total=False):
    """How the model writes: ``verbosity``, and ``format`` in place of that of the request."""

    verbosity: Literal["low", "medium", "high"]
    format: Mapping[str, Any]


class OpenAIOptions(TypedDict, total=False):
    """Options of both APIs; what is not here goes out as a field of the body as well.

    ``reasoning_effort``, ``verbosity`` and ``max_completion_tokens`` are words of the chat API that the Responses API
    understands here too.
    """

    store: bool
    """Keep the answer, so that later requests can refer to it; OpenAI's default is True (Responses)."""
    reasoning: Reasoning
    """Effort and summary (Responses)."""
    text: Text
    """Verbosity (Responses)."""
    include: Sequence[str]
    """Further data in the answer, such as "message.output_text.logprobs" (Responses)."""
    instructions: str
    """Instructions of this turn only, beside the system messages (Responses)."""
    previous_response_id: str
    """The stored answer that this request goes on from (Responses)."""
    conversation: str | Mapping[str, Any]
    """The stored conversation that this request belongs to (Responses)."""
    prompt: Mapping[str, Any]
    """A stored prompt: id, version, variables (Responses)."""
    truncation: Literal["auto", "disabled"]
    """Drop old items when the context is full (Responses)."""
    max_tool_calls: int
    """How many calls of OpenAI's own tools are allowed (Responses)."""
    background: bool
    """Answer at once and work in the background (Responses)."""
    context_management: Sequence[Mapping[str, Any]]
    """Compaction of long conversations (Responses)."""
    top_logprobs: int
    """How many likely tokens to tell at each place."""
    parallel_tool_calls: bool
    """Whether several tools may be called in one turn; the default is True."""
    metadata: Mapping[str, str]
    """Labels kept with a stored answer."""
    service_tier: Literal["auto", "default", "flex", "priority"]
    """Price and speed."""
    prompt_cache_key: str
    """What makes similar requests meet the same cache."""
    prompt_cache_retention: Literal["in_memory", "24h"]
    """How long the cache is kept."""
    safety_identifier: str
    """A stable, hashed name of the end user."""
    user: str
    """The older word for safety_identifier."""
    reasoning_effort: Effort
    """Effort (chat)."""
    verbosity: Literal["low", "medium", "high"]
    """How much is written (chat)."""
    max_completion_tokens: int
    """A limit that counts reasoning too (chat)."""
    logit_bias: Mapping[str, float]
    """Likelihood of single tokens (chat)."""
    logprobs: bool
    """Tell the log probabilities of tokens (chat)."""
    prediction: Mapping[str, Any]
    """Text that the answer will mostly repeat (chat)."""
    modalities: Sequence[Literal["text", "audio"]]
    """What the answer is made of (chat)."""
    audio: Mapping[str, str]
    """Voice and format of a spoken answer (chat)."""
    web_search_options: Mapping[str, Any]
    """How the search models search (chat)."""
