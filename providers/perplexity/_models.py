"""Perplexity's current models, for completion in editors; any other id works as well."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["EmbeddingModelId", "KnownEmbeddingId", "KnownId", "ModelId"]

KnownId: TypeAlias = Literal["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"]

ModelId: TypeAlias = KnownId | str
KnownEmbeddingId: TypeAlias = Literal["pplx-embed-v1-0.6b", "pplx-embed-v1-4b"]

EmbeddingModelId: TypeAlias = KnownEmbeddingId | str
