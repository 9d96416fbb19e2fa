"""What models of Anthropic can do, told by their ids, also as Bedrock and Vertex write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Knowledge", "KnownId", "ModelId", "Thinking", "knowledge_of"]

KnownId: TypeAlias = Literal[
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-fable-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4-5",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
    "claude-opus-4-1",
    "claude-opus-4-1-20250805",
    "claude-opus-4-0",
    "claude-sonnet-4-0",
    "claude-sonnet-4-20250514",
    "claude-3-7-sonnet-20250219",
    "claude-3-5-haiku-20241022",
    "claude-3-haiku-20240307",
]
"""The common ids."""

ModelId: TypeAlias = KnownId | str
"""A common id, or any other string."""

Thinking: TypeAlias = Literal["none", "budget", "adaptive"]
"""How a model is asked to think: not at all, with a budget of tokens, or as it sees fit with an effort."""

_FAMILY_FIRST = re.compile(r"claude-([a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_VERSION_FIRST = re.compile(r"claude-(?:v|instant-v?)?(\d)(?:[-.:](\d))?(?!\d)(?:-([a-z]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a model can do.

    ``max_tokens``: the most that it writes, which is also what it is asked for when nothing else is said.
    ``known``: whether this was looked up, not guessed. ``takes_schemas``: JSON of a schema and strict tools.
    ``rejects_sampling``: refuses temperature, top_p and top_k. ``either_sampling``: takes temperature or top_p, not
    both. ``efforts``: takes ``output_config.effort``; ``top_effort`` is its word for the highest but one wish of ours.
    ``system_anywhere``: takes instructions between the messages.
    """

    max_tokens: int = 4096
    known: bool = True
    takes_schemas: bool = False
    rejects_sampling: bool = False
    either_sampling: bool = False
    thinking: Thinking = "none"
    efforts: bool = False
    top_effort: str = "max"
    system_anywhere: bool = False


_FOREIGN = Knowledge(known=False, thinking="budget")


def knowledge_of(model_id: str) -> Knowledge:
    """What is known of a model (vendor documents); a Claude that nobody knows is taken for the newest."""
    if "claude" not in model_id:
        return _FOREIGN
    family, version = _family_and_version(model_id)
    if version < (4, 0):
        return _before_four(version)
    adaptive = version >= (4, 6)
    newest = version >= (4, 7)
    return Knowledge(
        max_tokens=128_000 if adaptive else 64_000 if version >= (4, 5) or family == "sonnet" else 32_000,
        known=version < (6, 0),
        takes_schemas=version >= (4, 5) or (family == "opus" and version >= (4, 1)),
        rejects_sampling=newest,
        either_sampling=version >= (4, 1),
        thinking="adaptive" if adaptive else "budget",
        efforts=adaptive or (family == "opus" and version >= (4, 5)),
        top_effort="xhigh" if newest else "max",
        system_anywhere=version >= (4, 8),
    )


def _before_four(version: tuple[int, int]) -> Knowledge:
    if version >= (3, 7):
        return Knowledge(max_tokens=64_000, thinking="budget")
    return Knowledge(max_tokens=8192 if version >= (3, 5) else 4096)


def _family_and_version(model_id: str) -> tuple[str, tuple[int, int]]:
    if match := _FAMILY_FIRST.search(model_id):
        return match[1], (int(match[2]), int(match[3] or 0))
    if match := _VERSION_FIRST.search(model_id):
        return match[3] or "", (int(match[1]), int(match[2] or 0))
    return "", (99, 0)
