"""What xAI takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["XAIChatOptions", "XAIOptions"]


class XAIOptions(TypedDict, total=False):
    """``provider_options={"xai": {...}}`` of ``xai(...)``; other fields go into the body as they are."""

    store: bool
    """Whether xAI keeps the answer, by default it does; without it reasoning comes encrypted, to be sent back."""
    previous_response_id: str
    """Go on from an answer that was kept."""
    include: list[str]
    """What more to give, such as ``reasoning.encrypted_content``."""
    reasoning: dict[str, Any]
    """``{"effort": "low", "summary": "detailed"}``."""
    parallel_tool_calls: bool
    """Whether several tools may be called at once."""
    max_turns: int
    """How many rounds the tools that xAI runs may take."""
    service_tier: Literal["default", "priority"]
    """Be served first, at another price."""
    prompt_cache_key: str
    """Requests of one key are served where the cache of their prompt is."""
    logprobs: bool
    """Give the log probabilities of the tokens."""
    top_logprobs: int
    """For how many alternatives of each token."""
    user: str
    """A name for the end user."""


class XAIChatOptions(TypedDict, total=False):
    """``provider_options={"xai": {...}}`` of ``xai.chat(...)``; other fields go into the body as they are."""

    reasoning_effort: Literal["none", "low", "medium", "high"]
    """How hard the model thinks; not all models take it."""
    parallel_tool_calls: bool
    """Whether several tools may be called at once."""
    search_parameters: dict[str, Any]
    """Live search, which xAI has withdrawn (it answers 410): use the search tools of ``xai(...)``."""
    logprobs: bool
    """Give the log probabilities of the tokens in the provider metadata."""
    top_logprobs: int
    """For how many alternatives of each token, up to 8."""
    user: str
    """A name for the end user."""
