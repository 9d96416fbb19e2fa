"""Cohere's reranking models: ``POST /v2/rerank``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.requests import RerankRequest
from ai_sdk.results import CallWarning, RankedDocument, RerankResult, ResponseInfo, Usage
from ai_sdk.wire import documents_as_texts

__all__ = ["CohereRerankModel"]


class CohereRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model. Documents that are objects go out as JSON text, with a warning."""

    kind = "reranking"

    def encode(self, request: RerankRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if not request.documents:
            raise InvalidRequestError("documents is empty: there is nothing to rank", field="documents")
        texts, warnings = documents_as_texts(request)
        body: dict[str, Any] = {"model": self.model_id, "query": request.query, "documents": texts}
        if request.top_n is not None:
            body["top_n"] = request.top_n
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, headers = await exchange.json("/rerank", body, request.headers)
        try:
            ranking = [_ranked(each, request) for each in cast("list[Any]", data["results"])]
            identity, meta = data.get("id"), data.get("meta")
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            usage=Usage(raw=freeze(meta)) if isinstance(meta, dict) else Usage(),
            response=ResponseInfo(
                id=identity if isinstance(identity, str) else None, headers=cast("FrozenDict[str, str]", headers)
            ),
            warnings=tuple(warnings),
        )


def _ranked(found: Any, request: RerankRequest) -> RankedDocument:
    index = int(found["index"])
    if index < 0:
        raise IndexError(f"there is no document {index}")
    return RankedDocument(index, float(found["relevance_score"]), request.documents[index])
