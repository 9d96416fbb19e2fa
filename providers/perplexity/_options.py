"""What Perplexity takes beyond the settings that all providers share."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["PerplexityEmbeddingOptions", "PerplexityOptions"]


class PerplexityOptions(TypedDict, total=False):
    """``provider_options={"perplexity": {...}}``; other fields go into the body as they are."""

    search_mode: Literal["web", "academic", "sec"]
    """Where to search."""
    search_recency_filter: Literal["hour", "day", "week", "month", "year"]
    """How old what is found may be."""
    search_domain_filter: list[str]
    """Domains to search; those with a leading ``-`` are left out."""
    search_language_filter: list[str]
    """Languages of what is found, as ISO 639-1 codes."""
    search_after_date_filter: str
    """Published after this day, as ``%m/%d/%Y``."""
    search_before_date_filter: str
    """Published before this day."""
    last_updated_after_filter: str
    """Changed after this day."""
    last_updated_before_filter: str
    """Changed before this day."""
    web_search_options: dict[str, Any]
    """``search_context_size`` (low, medium, high), ``user_location``, ``search_type``."""
    disable_search: bool
    """Answer without a search."""
    enable_search_classifier: bool
    """Let the model decide whether to search."""
    return_images: bool
    """Give images, in the provider metadata."""
    return_related_questions: bool
    """Give related questions, in the provider metadata."""
    image_domain_filter: list[str]
    """Domains of images."""
    image_format_filter: list[str]
    """Formats of images, such as ``gif``."""
    reasoning_effort: Literal["minimal", "low", "medium", "high"]
    """How hard a reasoning model works."""


class PerplexityEmbeddingOptions(TypedDict, total=False):
    """``provider_options={"perplexity": {...}}`` of an embedding request."""

    encoding_format: Literal["base64_int8", "base64_binary"]
    """Vectors of whole numbers from -128 to 127 (the default), or of the bits of eight dimensions each."""
