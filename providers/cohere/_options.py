"""The options of Cohere's API, in its own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["CitationOptions", "CohereEmbeddingOptions", "CohereOptions", "CohereRerankOptions", "Thinking"]


class Thinking(TypedDict, total=False):
    """Whether the model thinks, and with how many tokens at most."""

    type: Literal["enabled", "disabled"]
    token_budget: int


class CitationOptions(TypedDict, total=False):
    """How citations are made; ``fast`` gives them while the text comes, ``accurate`` at its end."""

    mode: Literal["ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"]


class CohereOptions(TypedDict, total=False):
    """``provider_options={"cohere": {...}}`` of a language model; what is not named here goes out as it is.

    ``documents``: what the answer may cite, texts or ``{"id": ..., "data": {"text": ..., "title": ...}}``.
    ``citation_options``: how citations are made.
    ``thinking``: whether and how long to think; wins over ``reasoning``.
    ``safety_mode``: which safety instruction to use (default: ``CONTEXTUAL``).
    ``strict_tools``: hold the model to the schemas of all tools.
    ``response_format``: the wire's own form of it; wins over the request's.
    ``logprobs``: give the log probabilities of the tokens, which are then in the metadata.
    ``priority``: 0 is served first (default), 999 last.
    """

    documents: list[str | dict[str, Any]]
    citation_options: CitationOptions
    thinking: Thinking
    safety_mode: Literal["CONTEXTUAL", "STRICT", "OFF"]
    strict_tools: bool
    response_format: dict[str, Any]
    logprobs: bool
    priority: int


class CohereEmbeddingOptions(TypedDict, total=False):
    """``provider_options={"cohere": {...}}`` of an embedding model; what is not named here goes out as it is.

    ``input_type``: what the vectors are for (default: ``search_query``); texts that will be searched are
    ``search_document``.
    ``embedding_types``: the types of the numbers (default: float). The first one is the result, the others are in its
    metadata.
    ``output_dimension``: as ``dimensions``; wins over it.
    ``truncate``: what to cut off a text that is too long (default: ``END``); ``NONE`` makes it an error.
    ``max_tokens``: where a text is too long.
    ``images``: data URLs of pictures to embed, in place of texts.
    ``inputs``: mixtures of text and pictures to embed, in place of texts.
    ``priority``: 0 is served first (default), 999 last.
    """

    input_type: Literal["search_document", "search_query", "classification", "clustering", "image"]
    embedding_types: list[Literal["float", "int8", "uint8", "binary", "ubinary", "base64"]]
    output_dimension: Literal[256, 512, 1024, 1536]
    truncate: Literal["NONE", "START", "END"]
    max_tokens: int
    images: list[str]
    inputs: list[dict[str, Any]]
    priority: int


class CohereRerankOptions(TypedDict, total=False):
    """``provider_options={"cohere": {...}}`` of a reranking model; what is not named here goes out as it is.

    ``max_tokens_per_doc``: where a document is cut off (default: 4096).
    ``priority``: 0 is served first (default), 999 last.
    """

    max_tokens_per_doc: int
    priority: int
