"""Ids of models that OpenRouter is often asked for."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "openrouter/auto",
    "anthropic/claude-haiku-4.5",
    "anthropic/claude-opus-4.5",
    "anthropic/claude-sonnet-4.5",
    "anthropic/claude-sonnet-4.6",
    "deepseek/deepseek-chat-v3.1",
    "deepseek/deepseek-v3.2",
    "google/gemini-2.5-flash",
    "google/gemini-2.5-flash-lite",
    "google/gemini-2.5-pro",
    "google/gemini-3-flash-preview",
    "google/gemini-3-pro-preview",
    "meta-llama/llama-3.3-70b-instruct",
    "minimax/minimax-m2",
    "mistralai/mistral-large",
    "moonshotai/kimi-k2.5",
    "openai/gpt-4o-mini",
    "openai/gpt-5",
    "openai/gpt-5-mini",
    "openai/gpt-5-nano",
    "openai/gpt-oss-120b",
    "qwen/qwen3-235b-a22b",
    "x-ai/grok-4",
    "x-ai/grok-4.1-fast",
    "z-ai/glm-4.6",
]
"""Models that are often asked for."""

ModelId: TypeAlias = KnownId | str
"""Any model, by its id."""
