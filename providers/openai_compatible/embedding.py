"""Embedding models: ``POST /embeddings``."""

from __future__ import annotations

import base64
import sys
from array import array
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, options_of
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EmbeddingModel", "decode_embeddings"]


class EmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model; ``max_values_per_call`` is how many texts one request may have."""

    kind = "embedding"

    def __init__(self, endpoint: Endpoint, model_id: str, max_values_per_call: int = 2048) -> None:
        super().__init__(endpoint, model_id)
        self.max_values_per_call = max_values_per_call

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        count = len(request.values)
        if not 1 <= count <= self.max_values_per_call:
            raise InvalidRequestError(
                f"values has {count} texts; {self.provider} takes from 1 to {self.max_values_per_call} in one call",
                field="values",
            )
        body: dict[str, Any] = {"model": self.model_id, "input": request.values, "encoding_format": "float"}
        if request.dimensions is not None:
            body["dimensions"] = request.dimensions
        return {**body, **options_of(request, self.provider)}

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        data, headers = await exchange.json("/embeddings", self.encode(request), request.headers)
        return decode_embeddings(data, headers, len(request.values), self.provider)


def decode_embeddings(data: Any, headers: Mapping[str, str], count: int, provider: str) -> EmbeddingResult:
    """The vectors in the order of the texts, whatever the order of the answer; as numbers or as base64 (recorded)."""
    try:
        entries = cast("list[dict[str, Any]]", data["data"])
        ordered = sorted(entries, key=lambda entry: entry.get("index", 0))
        vectors = tuple(_vector(entry["embedding"]) for entry in ordered)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
        ) from error
    if len(vectors) != count:
        raise InvalidResponseError(f"{provider} answered {count} texts with {len(vectors)} embeddings")
    model = data.get("model")
    return EmbeddingResult(
        embeddings=vectors,
        usage=usage_from(data.get("usage")),
        response=ResponseInfo(
            id=data.get("id"), model=model if isinstance(model, str) else None, headers=cast("Any", headers)
        ),
    )


def _vector(embedding: Any) -> tuple[float, ...]:
    if isinstance(embedding, str):
        numbers = array("f", base64.b64decode(embedding, validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
        return tuple(numbers)
    return tuple(cast("list[float]", embedding))
