"""The options of Voyage AI's API, in its own words."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["VoyageEmbeddingOptions", "VoyageRerankOptions"]


class VoyageEmbeddingOptions(TypedDict, total=False):
    """``provider_options={"voyage": {...}}`` of an embedding model; what is not named here goes out as it is.

    ``input_type``: what the texts are, so that the vendor puts its own prompt before them (default: none).
    ``output_dimension``: as ``dimensions``; wins over it.
    ``output_dtype``: the type of the numbers (default: float); of ``binary`` and ``ubinary`` eight bits are one number.
    ``truncation``: cut a text that is too long (default: True); False makes it an error.
    ``encoding_format``: ``base64`` for a smaller answer, which is decoded here.
    """

    input_type: Literal["query", "document"]
    output_dimension: Literal[256, 512, 1024, 2048]
    output_dtype: Literal["float", "int8", "uint8", "binary", "ubinary"]
    truncation: bool
    encoding_format: Literal["base64"]


class VoyageRerankOptions(TypedDict, total=False):
    """``provider_options={"voyage": {...}}`` of a reranking model; what is not named here goes out as it is.

    ``truncation``: cut a query or document that is too long (default: True); False makes it an error.
    """

    truncation: bool
