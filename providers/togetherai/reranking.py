"""Reranking models of TogetherAI: ``POST /rerank``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RankedDocument, RerankResult, ResponseInfo

__all__ = ["TogetherRerankModel"]


class TogetherRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model; of documents that are objects, the option ``rank_fields`` names the fields that count."""

    kind = "reranking"

    def encode(self, request: RerankRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        if not request.documents:
            raise InvalidRequestError("documents is empty: there is nothing to rank", field="documents")
        body: dict[str, Any] = {
            "model": self.model_id,
            "query": request.query,
            "documents": request.documents,
            "return_documents": False,
        }
        if request.top_n is not None:
            body["top_n"] = request.top_n
        return {**body, **options_of(request, self.provider)}

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        data, headers = await exchange.json("/rerank", self.encode(request), request.headers)
        try:
            found = cast("list[dict[str, Any]]", data["results"])
            ranking = [
                RankedDocument(
                    int(each["index"]), float(each["relevance_score"]), request.documents[int(each["index"])]
                )
                for each in found
            ]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            usage=usage_from(data.get("usage")),
            response=ResponseInfo(id=data.get("id"), model=data.get("model"), headers=cast("Any", headers)),
        )
