"""Cohere's embedding models: ``POST /v2/embed``."""

from __future__ import annotations

import base64
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.cohere._wire import as_count, as_object, as_text
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo, Usage

__all__ = ["CohereEmbeddingModel", "decode_embeddings"]

_NOT_TEXTS = ("inputs", "images")


class CohereEmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model; one request may have 96 texts.

    A request without texts embeds the ``images`` or ``inputs`` of its options, a vector for each.
    """

    kind = "embedding"
    max_values_per_call = 96

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        options = options_of(request, self.provider)
        count = _count_of(request, options)
        if not 1 <= count <= self.max_values_per_call:
            raise InvalidRequestError(
                f"values has {count} texts; {self.provider} takes from 1 to {self.max_values_per_call} in one call",
                field="values",
            )
        body: dict[str, Any] = {"model": self.model_id, "input_type": "search_query", "embedding_types": ["float"]}
        if request.values:
            body["texts"] = request.values
        if request.dimensions is not None:
            body["output_dimension"] = request.dimensions
        return {**body, **options}

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body = self.encode(request)
        data, headers = await exchange.json("/embed", body, request.headers)
        return decode_embeddings(data, headers, _count_of(request, body), self.provider, body["embedding_types"])


def _count_of(request: EmbeddingRequest, options: Mapping[str, Any]) -> int:
    others = [options[name] for name in _NOT_TEXTS if isinstance(options.get(name), tuple)]
    return len(request.values) or (len(others[0]) if others else 0)


def decode_embeddings(
    data: Any, headers: Mapping[str, str], count: int, provider: str, types: Sequence[str] = ("float",)
) -> EmbeddingResult:
    """The vectors of the first of the types that were asked for; those of the others are in the metadata, as sent."""
    said = as_object(data)
    by_type = as_object(said.get("embeddings"))
    kind = next((each for each in types if isinstance(by_type.get(each), list)), types[0] if types else "float")
    try:
        vectors = tuple([_vector(each) for each in by_type[kind]])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
        ) from error
    if len(vectors) != count:
        raise InvalidResponseError(f"{provider} answered {count} texts with {len(vectors)} embeddings")
    others = {name: each for name, each in by_type.items() if name != kind and each is not None}
    return EmbeddingResult(
        embeddings=vectors,
        usage=_usage(as_object(said.get("meta"))),
        response=ResponseInfo(id=as_text(said.get("id")) or None, headers=headers),
        provider_metadata=freeze({provider: {"embeddings": others}}) if others else EMPTY,
    )


def _vector(embedding: Any) -> tuple[float, ...]:
    if isinstance(embedding, str):
        numbers = array("f", base64.b64decode(embedding, validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
        return tuple(numbers)
    if not isinstance(embedding, list):
        raise TypeError(f"a vector is a {type(embedding).__name__}")
    sent = cast("list[Any]", embedding)
    if not all(isinstance(each, int | float) for each in sent):
        raise TypeError("a vector has something that is no number")
    return tuple(sent)


def _usage(meta: dict[str, Any]) -> Usage:
    """The billed tokens, of texts and of pictures; there are no others."""
    billed = as_object(meta.get("billed_units"))
    counts = [as_count(billed.get(name)) for name in ("input_tokens", "image_tokens")]
    known = [each for each in counts if each is not None]
    return Usage(input_tokens=sum(known) if known else None, raw=freeze(meta))
