"""What models on Bedrock can do, told by their ids: also with a region before them, and in ARNs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ai_sdk._frozen import EMPTY, FrozenDict

__all__ = [
    "EmbeddingModelId",
    "Family",
    "ImageModelId",
    "KnownEmbeddingId",
    "KnownId",
    "KnownImageId",
    "KnownRerankingId",
    "KnownVideoId",
    "ModelId",
    "Profile",
    "RerankingModelId",
    "VideoModelId",
    "family_of",
    "image_family_of",
    "profile_of",
]

KnownId: TypeAlias = Literal[
    "global.anthropic.claude-opus-4-6-v1",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-sonnet-5",
    "us.anthropic.claude-opus-4-8",
    "us.anthropic.claude-opus-4-6-v1",
    "us.anthropic.claude-sonnet-4-6",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-opus-4-1-20250805-v1:0",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
    "us.amazon.nova-2-lite-v1:0",
    "us.amazon.nova-pro-v1:0",
    "us.amazon.nova-lite-v1:0",
    "us.amazon.nova-micro-v1:0",
    "us.meta.llama4-maverick-17b-instruct-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "us.deepseek.r1-v1:0",
    "openai.gpt-oss-120b-1:0",
    "openai.gpt-oss-20b-1:0",
    "mistral.mistral-large-3-675b-instruct",
    "qwen.qwen3-32b-v1:0",
    "moonshot.kimi-k2-thinking",
    "cohere.command-r-plus-v1:0",
]
ModelId: TypeAlias = KnownId | str
"""The common ids; any other string, an ARN too, is a model id."""

KnownEmbeddingId: TypeAlias = Literal[
    "amazon.titan-embed-text-v2:0",
    "amazon.titan-embed-image-v1",
    "amazon.nova-2-multimodal-embeddings-v1:0",
    "cohere.embed-v4:0",
    "cohere.embed-english-v3",
    "cohere.embed-multilingual-v3",
]
EmbeddingModelId: TypeAlias = KnownEmbeddingId | str

KnownRerankingId: TypeAlias = Literal["cohere.rerank-v3-5:0", "amazon.rerank-v1:0"]
RerankingModelId: TypeAlias = KnownRerankingId | str

KnownImageId: TypeAlias = Literal[
    "amazon.nova-canvas-v1:0",
    "amazon.titan-image-generator-v2:0",
    "stability.stable-image-ultra-v1:1",
    "stability.stable-image-core-v1:1",
    "stability.sd3-5-large-v1:0",
    "us.stability.stable-image-inpaint-v1:0",
    "us.stability.stable-outpaint-v1:0",
    "us.stability.stable-image-remove-background-v1:0",
]
ImageModelId: TypeAlias = KnownImageId | str

KnownVideoId: TypeAlias = Literal["amazon.nova-reel-v1:1", "amazon.nova-reel-v1:0", "luma.ray-v2:0"]
VideoModelId: TypeAlias = KnownVideoId | str

Family: TypeAlias = Literal[
    "anthropic", "nova", "openai", "mistral", "cohere", "meta", "deepseek", "qwen", "ai21", "titan", "other"
]

_FAMILIES: dict[Family, str] = {
    "anthropic": r"anthropic\.|claude",
    "nova": r"amazon\.nova",
    "titan": r"amazon\.titan",
    "openai": r"openai\.",
    "mistral": r"mistral\.",
    "cohere": r"cohere\.",
    "meta": r"meta\.",
    "deepseek": r"deepseek\.",
    "qwen": r"qwen\.",
    "ai21": r"ai21\.",
}
_CLAUDE_WITH_SCHEMAS = re.compile(r"claude-(?:opus|sonnet|haiku|fable)-(?:4-[5-9](?!\d)|[5-9](?!\d))")
_OPEN_WITH_SCHEMAS = re.compile(
    r"qwen\.qwen3|google\.gemma-3-(?:12|27)b|minimax\.|nvidia\.nemotron|zai\.glm|moonshot\.kimi|openai\.gpt-oss"
    r"|deepseek\.v3|mistral\.(?:mistral-large-3|ministral|magistral|voxtral)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a model takes.

    ``schemas``: JSON of a schema, and strict tools. ``forced``: what ``toolChoice`` can be beside ``auto``.
    ``more``: settings that Converse lacks, and where they stand in ``additionalModelRequestFields``.
    ``thinks``: it can be asked to reason; other models do or do not.
    """

    family: Family
    schemas: bool = False
    forced: frozenset[str] = frozenset()
    more: Mapping[str, tuple[str, ...]] = field(default=EMPTY)
    thinks: bool = False


_MORE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "anthropic": FrozenDict({"top_k": ("top_k",)}),
    "nova": FrozenDict({"top_k": ("inferenceConfig", "topK")}),
    "mistral": FrozenDict({"top_k": ("top_k",)}),
    "cohere": FrozenDict(
        {
            "top_k": ("k",),
            "seed": ("seed",),
            "frequency_penalty": ("frequency_penalty",),
            "presence_penalty": ("presence_penalty",),
        }
    ),
    "ai21": FrozenDict(
        {"frequency_penalty": ("frequency_penalty",), "presence_penalty": ("presence_penalty",)},
    ),
}
_FORCED: Mapping[str, frozenset[str]] = {
    "anthropic": frozenset({"any", "tool"}),
    "nova": frozenset({"any", "tool"}),
    "mistral": frozenset({"any"}),
    "openai": frozenset({"any", "tool"}),
    "other": frozenset({"any", "tool"}),
}


def family_of(model_id: str) -> Family:
    """Who made a model."""
    for family, pattern in _FAMILIES.items():
        if re.search(pattern, model_id):
            return family
    return "other"


def image_family_of(model_id: str) -> Literal["amazon", "stability"] | None:
    """Whose bodies an image model takes; None for one that is not known."""
    if re.search(r"nova-canvas|titan-image", model_id):
        return "amazon"
    return "stability" if "stability." in model_id else None


def profile_of(model_id: str) -> Profile:
    """What is known of a model (vendor documents; schemas of Claude, Qwen, Gemma, GLM, Mistral and others recorded)."""
    family = family_of(model_id)
    with_schemas = _CLAUDE_WITH_SCHEMAS if family == "anthropic" else _OPEN_WITH_SCHEMAS
    thinks = family in ("anthropic", "openai", "qwen") or "amazon.nova-2" in model_id
    return Profile(
        family=family,
        schemas=with_schemas.search(model_id) is not None,
        forced=_FORCED.get(family, frozenset()),
        more=_MORE.get(family, EMPTY),
        thinks=thinks,
    )
