"""Embedding models of Ollama: ``POST /api/embed``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.ollama._address import reaching
from ai_sdk.providers.ollama._decode import usage_from
from ai_sdk.providers.ollama._encode import with_runtime
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo

__all__ = ["OllamaEmbeddingModel"]


class OllamaEmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model. Options: ``truncate``, ``keep_alive`` and those of the runtime. Durations in nanoseconds."""

    kind = "embedding"
    max_values_per_call = 2048

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        if not request.values:
            raise InvalidRequestError("values is empty: there is nothing to embed", field="values")
        body: dict[str, Any] = {"model": self.model_id, "input": request.values}
        if request.dimensions is not None:
            body["dimensions"] = request.dimensions
        return with_runtime(body, {}, options_of(request, self.provider))

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        with reaching(self.endpoint):
            data, headers = await exchange.json("/api/embed", self.encode(request), request.headers)
        try:
            vectors = tuple(tuple(float(number) for number in vector) for vector in data["embeddings"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
            ) from error
        if len(vectors) != len(request.values):
            raise InvalidResponseError(
                f"{self.provider} answered {len(request.values)} texts with {len(vectors)} embeddings"
            )
        times = {name: data[name] for name in ("total_duration", "load_duration") if data.get(name) is not None}
        model = data.get("model")
        return EmbeddingResult(
            embeddings=vectors,
            usage=usage_from(data),
            response=ResponseInfo(model=model if isinstance(model, str) else None, headers=cast("Any", headers)),
            provider_metadata=freeze({self.provider: times}) if times else EMPTY,
        )
