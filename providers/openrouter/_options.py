"""OpenRouter's own options, under ``provider_options={"openrouter": {...}}``; what is not here goes out as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["OpenRouterOptions", "ProviderPreferences", "ReasoningOptions"]


class ProviderPreferences(TypedDict, total=False):
    """Which upstream providers may serve."""

    order: Sequence[str]
    """Providers to try first, in order."""
    allow_fallbacks: bool
    """Whether others may serve when those cannot; true unless said otherwise."""
    require_parameters: bool
    """Only providers that know every parameter of the request."""
    data_collection: Literal["allow", "deny"]
    """``deny``: only providers that do not keep the data."""
    only: Sequence[str]
    """The only providers allowed."""
    ignore: Sequence[str]
    """Providers that are not allowed."""
    quantizations: Sequence[str]
    """Quantizations that are allowed, such as ``fp8``."""
    sort: str | Mapping[str, Any]
    """``price``, ``throughput`` or ``latency`` in place of balancing the load."""
    max_price: Mapping[str, float | str]
    """The most to pay: ``prompt`` and ``completion`` in US dollars per million tokens, ``request``, ``image``."""
    zdr: bool
    """Only endpoints that keep no data at all."""
    enforce_distillable_text: bool
    """Only models whose answers may be used to train others."""
    preferred_min_throughput: float | Mapping[str, float]
    """Tokens per second that an endpoint should reach."""
    preferred_max_latency: float | Mapping[str, float]
    """Seconds that an endpoint should need at most."""


class ReasoningOptions(TypedDict, total=False):
    """How much a model reasons; of ``effort`` and ``max_tokens`` only one."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
    """How hard; the setting ``reasoning`` of a request says the same."""
    max_tokens: int
    """The most tokens of reasoning."""
    exclude: bool
    """Reason, but leave it out of the answer."""
    enabled: bool
    """Reason with the defaults of the model."""
    summary: str
    """How long a summary to give: ``auto``, ``concise`` or ``detailed``."""


class OpenRouterOptions(TypedDict, total=False):
    """Fields of the body of a chat request."""

    models: Sequence[str]
    """Models to fall back to, in order."""
    provider: ProviderPreferences
    """Which upstream providers may serve."""
    reasoning: ReasoningOptions
    """How much the model reasons."""
    include_reasoning: bool
    """The older word for ``reasoning: {"exclude": false}``."""
    plugins: Sequence[Mapping[str, Any]]
    """``{"id": "web" | "file-parser" | "moderation" | "response-healing" | ...}`` with their settings."""
    web_search_options: Mapping[str, Any]
    """``search_context_size`` and more for models that search by themselves."""
    transforms: Sequence[str]
    """``middle-out`` shortens prompts that are too long."""
    route: Literal["fallback"]
    """The older way to ask for ``models`` as fallbacks."""
    preset: str
    """A preset of the account."""
    user: str
    """A stable name for the end user."""
    session_id: str
    """Groups requests; they stay with one provider, for its cache. At most 256 characters."""
    cache_control: Mapping[str, Any]
    """A cache breakpoint at the end of the prompt; on messages, parts and tools it stands in their own options."""
    usage: Mapping[str, bool]
    """``{"include": true}``, which is sent unless said otherwise."""
    modalities: Sequence[Literal["text", "image", "audio"]]
    """What to answer with."""
    image_config: Mapping[str, Any]
    """``aspect_ratio`` and more of generated images."""
    service_tier: str
    """``auto``, ``default``, ``flex``, ``priority`` or ``scale``."""
    min_p: float
    """The least probability of a token, relative to the likeliest."""
    top_a: float
    """Another way to leave out unlikely tokens."""
    repetition_penalty: float
    """Above 1 repeats less."""
    logit_bias: Mapping[str, float]
    """Bias by token id."""
    logprobs: bool
    """Give the log probabilities of the tokens."""
    top_logprobs: int
    """How many likely tokens to give at each place, at most 20."""
    parallel_tool_calls: bool
    """Whether the model may call several tools at once."""
    prediction: Mapping[str, Any]
    """An answer that is likely, to be faster."""
    metadata: Mapping[str, str]
    """At most 16 pairs that are kept with the request."""
    debug: Mapping[str, bool]
    """``{"echo_upstream_body": true}`` shows, while streaming, what was sent upstream."""
