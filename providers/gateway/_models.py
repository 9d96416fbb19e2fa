"""Ids of models that the AI Gateway is often asked for."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "anthropic/claude-haiku-4.5",
    "anthropic/claude-opus-4.5",
    "anthropic/claude-sonnet-4",
    "anthropic/claude-sonnet-4.5",
    "deepseek/deepseek-v3.2",
    "google/gemini-2.5-flash",
    "google/gemini-2.5-pro",
    "google/gemini-3-pro-preview",
    "meta/llama-3.3-70b",
    "mistral/mistral-large",
    "moonshotai/kimi-k2",
    "openai/gpt-4o-mini",
    "openai/gpt-5",
    "openai/gpt-5-mini",
    "openai/gpt-oss-120b",
    "perplexity/sonar",
    "xai/grok-4",
    "zai/glm-4.6",
]
"""Models that are often asked for."""

ModelId: TypeAlias = KnownId | str
"""Any model, as ``creator/model``."""
