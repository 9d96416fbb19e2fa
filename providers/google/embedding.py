"""Embedding models: ``:embedContent`` for one text, ``:batchEmbedContents`` for more."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ProviderModel
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._read import array, said
from ai_sdk.providers.google._usage import usage_from
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo

__all__ = ["EmbeddingModel", "embedding_result", "vector_of"]


class EmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model; ``max_values_per_call`` is how many texts one request may have."""

    kind = "embedding"

    def __init__(self, endpoint: Endpoint, model_id: str, max_values_per_call: int = 100) -> None:
        super().__init__(endpoint, model_id)
        self.max_values_per_call = max_values_per_call

    @property
    def resource(self) -> str:
        """The model's name in paths and bodies."""
        return self.model_id if "/" in self.model_id else f"models/{self.model_id}"

    def check(self, request: EmbeddingRequest) -> None:
        """Refuse no texts and too many."""
        count = len(request.values)
        if not 1 <= count <= self.max_values_per_call:
            raise InvalidRequestError(
                f"values has {count} texts; {self.model_id} takes from 1 to {self.max_values_per_call} in one call",
                field="values",
            )

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        self.check(request)
        more = {"outputDimensionality": request.dimensions} if request.dimensions is not None else {}
        more |= options_of(request, self.provider)
        requests = [
            {"model": self.resource, "content": {"parts": [{"text": value}]}, **more} for value in request.values
        ]
        return requests[0] if len(requests) == 1 else {"requests": requests}

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body = self.encode(request)
        method = "batchEmbedContents" if "requests" in body else "embedContent"
        with refining():
            data, _ = await exchange.json(f"/{self.resource}:{method}", body, request.headers)
        answer = said(data)
        found = answer.get("embeddings") if "requests" in body else answer.get("embedding")
        entries = array(found) if isinstance(found, list) else [found]
        vectors = tuple(vector_of(said(each).get("values"), self.provider, data) for each in entries)
        return embedding_result(vectors, request, exchange, usage=answer.get("usageMetadata"))


def vector_of(values: Any, provider: str, data: Any) -> tuple[float, ...]:
    """The numbers of one embedding."""
    numbers = cast("list[Any]", values) if isinstance(values, list) else []
    if not numbers or not all(isinstance(each, int | float) for each in numbers):
        raise InvalidResponseError(f"{provider} answered with something that is no embedding", body=repr(data)[:500])
    return tuple(float(each) for each in numbers)


def embedding_result(
    vectors: tuple[tuple[float, ...], ...], request: EmbeddingRequest, exchange: Exchange, *, usage: Any
) -> EmbeddingResult:
    """The result, once there is one vector for each text."""
    if len(vectors) != len(request.values):
        raise InvalidResponseError(
            f"{exchange.endpoint.name} answered {len(request.values)} texts with {len(vectors)} embeddings"
        )
    return EmbeddingResult(
        embeddings=vectors,
        usage=usage_from(said(usage)),
        response=ResponseInfo(model=exchange.model_id, headers=exchange.headers),
    )
