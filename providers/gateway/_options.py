"""The AI Gateway's own options, under ``provider_options={"gateway": {...}}`` (vendor documents)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["KNOWN", "GatewayOptions", "ProviderTimeouts"]


class ProviderTimeouts(TypedDict, total=False):
    """How long a provider may take to begin, in milliseconds, by provider."""

    byok: Mapping[str, int]
    """With your own credentials."""
    system: Mapping[str, int]
    """With the gateway's credentials."""


class GatewayOptions(TypedDict, total=False):
    """How a request is routed. Names of providers are the gateway's, such as ``anthropic`` or ``bedrock``."""

    order: Sequence[str]
    """Providers to try first, in order."""
    only: Sequence[str]
    """The only providers allowed."""
    sort: Literal["cost", "ttft", "tps"]
    """Try providers by price, time to the first token or tokens per second; after ``order``, when both are given."""
    models: Sequence[str]
    """Models to fall back to, in order, after the one that was asked for."""
    byok: Mapping[str, Sequence[Mapping[str, Any]]]
    """Your own credentials by provider, for this request; tried in order, before the gateway's."""
    caching: Literal["auto"]
    """Set cache breakpoints where a provider needs them."""
    tags: Sequence[str]
    """Labels for the spend report."""
    user: str
    """A name for the end user, for the spend report."""
    quotaEntityId: str
    """What the quota is counted against."""
    providerTimeouts: ProviderTimeouts
    """When to give a provider up and try the next."""
    zeroDataRetention: bool
    """Only providers that have agreed to keep no data."""
    disallowPromptTraining: bool
    """Only providers that do not train on prompts."""
    has: Sequence[str]
    """Only endpoints that can: ``vision``, ``tool-use``, ``reasoning``, ``implicit-caching``, ``structured-output``."""
    serviceTier: Literal["flex", "priority"]
    """Cheaper and slower, or dearer and faster, where there is the choice."""
    idempotencyKey: str
    """Makes a repeated batch one batch."""


KNOWN = frozenset(GatewayOptions.__annotations__)
