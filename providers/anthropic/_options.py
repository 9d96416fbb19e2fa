"""The options that Anthropic knows, in its own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["AnthropicOptions", "CacheControl", "Thinking"]


class CacheControl(TypedDict, total=False):
    """A place up to which the prompt is cached; on messages, parts, tools, or for the whole request."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"]


class Thinking(TypedDict, total=False):
    """Thinking: ``enabled`` takes ``budget_tokens`` (at least 1024), ``adaptive`` none."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: int
    display: Literal["summarized", "omitted"]


class AnthropicOptions(TypedDict, total=False):
    """``provider_options={"anthropic": {...}}``; what is not named here goes into the body as it is.

    ``thinking``: how to think; wins over ``reasoning``. ``output_config``: ``effort``, ``task_budget``, ``format``.
    ``cache_control``: cache the prompt up to its last block that can be. ``disable_parallel_tool_use``: one call at
    most in an answer. ``betas``: beta names beside those that are derived. ``metadata``: ``user_id``, a name that says
    nothing about the person. ``service_tier``: ``auto`` or ``standard_only``. ``container``: the id of a
    container of an earlier answer, or ``{"id", "skills"}``. ``context_management``: ``{"edits": [...]}`` that clear
    tool uses or thinking, or compact. ``mcp_servers``: servers whose tools Anthropic calls itself. ``speed``: ``fast``.
    ``inference_geo``: where the model may run. ``fallbacks``: models to go to when the model refuses.
    """

    thinking: Thinking
    output_config: dict[str, Any]
    cache_control: CacheControl
    disable_parallel_tool_use: bool
    betas: list[str]
    metadata: dict[str, str]
    service_tier: Literal["auto", "standard_only"]
    container: str | dict[str, Any]
    context_management: dict[str, Any]
    mcp_servers: list[dict[str, Any]]
    speed: Literal["fast", "standard"]
    inference_geo: str
    fallbacks: Literal["default"] | list[dict[str, Any]]
