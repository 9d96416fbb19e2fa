"""Common models at Replicate, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["ImageModelId", "KnownId", "KnownImageId", "KnownVideoId", "ModelId", "VideoModelId"]

KnownId: TypeAlias = Literal[
    "anthropic/claude-4-sonnet",
    "deepseek-ai/deepseek-r1",
    "google/gemini-2.5-flash",
    "meta/meta-llama-3-70b-instruct",
    "meta/meta-llama-3-8b-instruct",
    "openai/gpt-5",
    "openai/gpt-5-mini",
]

ModelId: TypeAlias = KnownId | str
"""``owner/name``, ``owner/name:version``, the id of a version, or ``deployments/owner/name``."""

KnownImageId: TypeAlias = Literal[
    "black-forest-labs/flux-1.1-pro",
    "black-forest-labs/flux-2-pro",
    "black-forest-labs/flux-dev",
    "black-forest-labs/flux-kontext-pro",
    "black-forest-labs/flux-schnell",
    "google/nano-banana",
    "ideogram-ai/ideogram-v3-turbo",
    "recraft-ai/recraft-v3",
    "stability-ai/sdxl",
]

ImageModelId: TypeAlias = KnownImageId | str

KnownVideoId: TypeAlias = Literal[
    "bytedance/seedance-1-pro",
    "google/veo-3-fast",
    "kwaivgi/kling-v2.1",
    "luma/ray-2-720p",
    "minimax/hailuo-02",
    "wan-video/wan-2.2-i2v-fast",
]

VideoModelId: TypeAlias = KnownVideoId | str
