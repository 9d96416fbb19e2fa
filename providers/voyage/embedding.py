"""Voyage AI's embedding models: ``POST /v1/embeddings``."""

from __future__ import annotations

import base64
import math
import sys
from array import array
from collections.abc import Mapping
from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo, Usage

__all__ = ["VoyageEmbeddingModel", "decode_embeddings", "usage_from"]

_MOST = 1000
_TYPE_CODES = {"float": "f", "int8": "b", "binary": "b", "uint8": "B", "ubinary": "B"}


class VoyageEmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model.

    A call takes 1,000 texts; ``embed_many`` sends 128 in one, because the tokens of a call are limited, too: 120,000 of
    the large models.
    """

    kind = "embedding"
    max_values_per_call = 128

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        if not 1 <= len(request.values) <= _MOST:
            raise InvalidRequestError(
                f"values has {len(request.values)} texts; {self.provider} takes from 1 to {_MOST} in one call",
                field="values",
            )
        body: dict[str, Any] = {"model": self.model_id, "input": request.values}
        if request.dimensions is not None:
            body["output_dimension"] = request.dimensions
        return {**body, **options_of(request, self.provider)}

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body = self.encode(request)
        data, headers = await exchange.json("/embeddings", body, request.headers)
        dtype = str(body.get("output_dtype") or "float")
        return decode_embeddings(data, headers, len(request.values), self.provider, dtype)


def decode_embeddings(
    data: Any, headers: Mapping[str, str], count: int, provider: str, dtype: str = "float"
) -> EmbeddingResult:
    """The vectors, in the order of the texts; ``dtype`` says what base64 holds."""
    try:
        found = {_index(each): _vector(each["embedding"], dtype) for each in data["data"]}
        model, usage = data.get("model"), usage_from(data.get("usage"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
        ) from error
    if found.keys() != set(range(count)):
        raise InvalidResponseError(f"{provider} answered {count} texts with the embeddings of {sorted(found)}")
    return EmbeddingResult(
        embeddings=tuple([found[place] for place in range(count)]),
        usage=usage,
        response=ResponseInfo(model=model if isinstance(model, str) else None, headers=headers),
    )


def _index(entry: dict[str, Any]) -> int:
    index = entry["index"]
    if type(index) is not int:
        raise TypeError(f"an index is a {type(index).__name__}")
    return index


def _vector(embedding: Any, dtype: str) -> tuple[float, ...]:
    if isinstance(embedding, str):
        numbers = array(_TYPE_CODES.get(dtype, "f"), base64.b64decode(embedding, validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
        return tuple(numbers)
    sent = cast("list[Any]", embedding)
    if not isinstance(embedding, list) or not all(type(each) in (int, float) for each in sent):
        raise TypeError("a vector is not a list of numbers")
    return tuple(sent)


def usage_from(raw: Any) -> Usage:
    """The tokens of the texts, which are all that there are: ``{"total_tokens"}``."""
    if not isinstance(raw, dict):
        return Usage()
    said = cast("dict[str, Any]", raw)
    total = said.get("total_tokens")
    known = type(total) in (int, float) and math.isfinite(cast("float", total))
    return Usage(input_tokens=int(cast("float", total)) if known else None, raw=freeze(said))
