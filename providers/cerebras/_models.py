"""Common models of Cerebras, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownId", "ModelId"]

KnownId: TypeAlias = Literal[
    "gpt-oss-120b",
    "llama3.1-8b",
    "qwen-3-235b-a22b-instruct-2507",
    "zai-glm-4.7",
]

ModelId: TypeAlias = KnownId | str
