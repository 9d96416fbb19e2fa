"""The options of Mistral's API, in its own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["MistralEmbeddingOptions", "MistralOptions", "Prediction"]


class Prediction(TypedDict, total=False):
    """What the answer will mostly be, which makes it faster: ``{"type": "content", "content": "..."}``."""

    type: Literal["content"]
    content: str


class MistralOptions(TypedDict, total=False):
    """``provider_options={"mistral": {...}}`` of a language model; what is not named here goes out as it is.

    ``safe_prompt``: put Mistral's safety prompt before the conversation.
    ``random_seed``: as ``seed``; wins over it.
    ``reasoning_effort``: ``high`` or ``none``; wins over ``reasoning``.
    ``prompt_mode``: ``reasoning`` uses the system prompt for reasoning of the Magistral models, None does not.
    ``parallel_tool_calls``: whether one answer may have several tool calls (default: True).
    ``document_image_limit``: how many images of a document are read.
    ``document_page_limit``: how many pages of a document are read.
    ``prediction``: what the answer will mostly be.
    ``prompt_cache_key``: requests with one key share the cache of their common beginning.
    ``n``: how many answers to make; only the first one is read.
    ``guardrails``: moderation of this request.
    ``metadata``: the caller's own, kept by Mistral.
    """

    safe_prompt: bool
    random_seed: int
    reasoning_effort: Literal["high", "none"]
    prompt_mode: Literal["reasoning"] | None
    parallel_tool_calls: bool
    document_image_limit: int
    document_page_limit: int
    prediction: Prediction
    prompt_cache_key: str
    n: int
    guardrails: list[dict[str, Any]]
    metadata: dict[str, Any]


class MistralEmbeddingOptions(TypedDict, total=False):
    """``provider_options={"mistral": {...}}`` of an embedding model; what is not named here goes out as it is.

    ``output_dimension``: as ``dimensions``; wins over it.
    ``output_dtype``: the type of the numbers (default: float). A vector of a binary type has a number for eight values.
    ``metadata``: the caller's own, kept by Mistral.
    """

    output_dimension: int
    output_dtype: Literal["float", "int8", "uint8", "binary", "ubinary"]
    metadata: dict[str, Any]
