"""Names of models that are often run with Ollama."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "deepseek-r1",
    "gemma3",
    "gemma3:1b",
    "gemma3:4b",
    "gemma4",
    "gpt-oss:20b",
    "gpt-oss:120b",
    "granite3-dense:8b",
    "llama3",
    "llama3.1",
    "llama3.2",
    "llama3.3",
    "llava-phi3",
    "mistral",
    "phi4",
    "qwen2.5:14b",
    "qwen3",
    "qwen3:0.6b",
    "qwen3:4b",
    "qwen3:14b",
]
"""Models that are often run."""

ModelId: TypeAlias = KnownId | str
"""Any model, by the name that ``ollama list`` shows."""
