"""Embedding models of the AI Gateway: ``POST /embedding-model``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, unsupported
from ai_sdk.providers.gateway._decode import metadata_in, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import CallWarning, EmbeddingResult, ResponseInfo, Usage

__all__ = ["GatewayEmbeddingModel"]


class GatewayEmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model; ``max_values_per_call`` is how many texts one request may have."""

    kind = "embedding"
    max_values_per_call = 2048

    def encode(self, request: EmbeddingRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        count = len(request.values)
        if not 1 <= count <= self.max_values_per_call:
            raise InvalidRequestError(
                f"values has {count} texts; {self.provider} takes from 1 to {self.max_values_per_call} in one call",
                field="values",
            )
        warnings: list[CallWarning] = []
        if request.dimensions is not None:
            how = "the gateway has no such setting: say it in the options of the provider that serves the model"
            warnings.append(unsupported("dimensions", how))
        return {"values": request.values, **options_in(request.provider_options)}, warnings

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body, warnings = self.encode(request)
        own = {"ai-embedding-model-specification-version": "4", "ai-model-id": self.model_id}
        data, headers = await exchange.json("/embedding-model", body, {**request.headers, **own})
        try:
            vectors = tuple(tuple(float(number) for number in vector) for vector in data["embeddings"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
            ) from error
        if len(vectors) != len(request.values):
            count = len(request.values)
            raise InvalidResponseError(f"{self.provider} answered {count} texts with {len(vectors)} embeddings")
        return EmbeddingResult(
            embeddings=vectors,
            usage=_usage(data.get("usage")),
            response=ResponseInfo(headers=cast("Any", headers)),
            provider_metadata=metadata_in(data),
            warnings=(*warnings, *warnings_in(data)),
        )


def _usage(said: Any) -> Usage:
    raw = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    tokens = raw.get("tokens")
    if not isinstance(tokens, int | float) or isinstance(tokens, bool):
        return Usage()
    return Usage(input_tokens=int(tokens), raw=raw)
