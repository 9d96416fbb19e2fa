"""AssemblyAI's common model ids, and what is told by an id."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["KnownModelId", "ModelId", "is_legacy", "takes_prompt"]

KnownModelId: TypeAlias = Literal["universal-3-5-pro", "universal-3-pro", "universal-2", "universal", "slam-1", "best"]
"""The common transcription models."""

ModelId: TypeAlias = KnownModelId | str
"""A common transcription model, or any other."""


def is_legacy(model_id: str) -> bool:
    """Whether it is a name of ``speech_model``, the setting before ``speech_models`` (vendor documents)."""
    return model_id in ("best", "nano")


def takes_prompt(model_id: str) -> bool:
    """Whether it may take a prompt and a temperature (vendor documents); a model that nobody knows may."""
    return model_id not in ("best", "nano", "universal", "universal-2")
