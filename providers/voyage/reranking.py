"""Voyage AI's reranking models: ``POST /v1/rerank``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.voyage.embedding import usage_from
from ai_sdk.requests import RerankRequest
from ai_sdk.results import CallWarning, RankedDocument, RerankResult, ResponseInfo
from ai_sdk.wire import documents_as_texts

__all__ = ["VoyageRerankModel", "decode_ranking"]

_MOST = 1000


class VoyageRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model. Documents that are objects go out as JSON text, with a warning."""

    kind = "reranking"

    def encode(self, request: RerankRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not 1 <= len(request.documents) <= _MOST:
            raise InvalidRequestError(
                f"documents has {len(request.documents)}; {self.provider} takes from 1 to {_MOST} in one call",
                field="documents",
            )
        texts, warnings = documents_as_texts(request)
        body: dict[str, Any] = {"model": self.model_id, "query": request.query, "documents": texts}
        if request.top_n is not None:
            body["top_k"] = request.top_n
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, headers = await exchange.json("/rerank", body, request.headers)
        return decode_ranking(data, headers, request, self.provider, warnings)


def decode_ranking(
    data: Any, headers: Mapping[str, str], request: RerankRequest, provider: str, warnings: list[CallWarning]
) -> RerankResult:
    """The documents, as they stand in the request, most relevant first."""
    try:
        ranking = [_ranked(each, request) for each in data["data"]]
        model, usage = data.get("model"), usage_from(data.get("usage"))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a ranking: {error!r}", body=repr(data)
        ) from error
    return RerankResult(
        ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
        usage=usage,
        response=ResponseInfo(model=model if isinstance(model, str) else None, headers=headers),
        warnings=tuple(warnings),
    )


def _ranked(found: Any, request: RerankRequest) -> RankedDocument:
    index, score = found["index"], found["relevance_score"]
    if type(index) is not int or type(score) not in (int, float):
        raise TypeError("an index or a score is not a number")
    if index < 0:
        raise IndexError(f"there is no document {index}")
    return RankedDocument(index, float(score), request.documents[index])
