"""The ids of OpenAI's common language models."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "gpt-5.6",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.3-codex",
    "gpt-5.2",
    "gpt-5.1",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5-pro",
    "gpt-5-codex",
    "gpt-5-chat-latest",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4o",
    "gpt-4o-mini",
    "o4-mini",
    "o3",
    "o3-pro",
    "o3-mini",
    "o1",
]

ModelId: TypeAlias = KnownId | str
"""A model id; those that are common are offered by editors, any other works as well."""
