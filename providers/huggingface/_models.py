"""The ids of common models behind Hugging Face's router."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "deepseek-ai/DeepSeek-V3.1",
    "deepseek-ai/DeepSeek-R1",
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Llama-3.1-8B-Instruct",
    "moonshotai/Kimi-K2-Instruct",
    "Qwen/Qwen3-235B-A22B",
    "Qwen/Qwen3-32B",
    "Qwen/Qwen2.5-72B-Instruct",
    "zai-org/GLM-4.6",
    "google/gemma-3-27b-it",
]

ModelId: TypeAlias = KnownId | str
"""A model id of the hub; ``:<inference provider>`` may follow it."""
