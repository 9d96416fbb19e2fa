"""Embedding models of Perplexity: ``POST /v1/embeddings``."""

from __future__ import annotations

import base64
from array import array
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel, decode_embeddings

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.requests import EmbeddingRequest
    from ai_sdk.results import EmbeddingResult

__all__ = ["PerplexityEmbeddingModel"]

_FORMATS = ("base64_int8", "base64_binary")


class PerplexityEmbeddingModel(EmbeddingModel):
    """An embedding model. Its vectors are of whole numbers from -128 to 127: compare them by their cosine.

    With the option ``encoding_format="base64_binary"`` each number holds the bits of eight dimensions.
    """

    def __init__(self, endpoint: Endpoint, model_id: str, max_values_per_call: int = 512) -> None:
        super().__init__(endpoint, model_id, max_values_per_call)

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        body = super().encode(request)
        if body["encoding_format"] == "float":
            body["encoding_format"] = "base64_int8"
        if body["encoding_format"] not in _FORMATS:
            raise InvalidRequestError(
                f"encoding_format is {body['encoding_format']!r}; allowed are {' and '.join(_FORMATS)}",
                field="provider_options",
            )
        return body

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body = self.encode(request)
        data, headers = await exchange.json("/v1/embeddings", body, request.headers)
        return decode_embeddings(_with_numbers(data), headers, len(request.values), self.provider)


def _with_numbers(data: Any) -> Any:
    """The answer with its base64 as numbers; what has another shape is left for ``decode_embeddings`` to refuse."""
    if not isinstance(data, dict) or not isinstance(entries := cast("dict[str, Any]", data).get("data"), list):
        return cast("Any", data)
    return {**cast("dict[str, Any]", data), "data": [_entry(each) for each in cast("list[Any]", entries)]}


def _entry(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(text := cast("dict[str, Any]", entry).get("embedding"), str):
        return cast("Any", entry)
    try:
        packed = base64.b64decode(text, validate=True)
    except ValueError:
        return {**cast("dict[str, Any]", entry), "embedding": None}
    return {**cast("dict[str, Any]", entry), "embedding": [float(number) for number in array("b", packed)]}
