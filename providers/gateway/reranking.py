"""Reranking models of the AI Gateway: ``POST /reranking-model``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel
from ai_sdk.providers.gateway._decode import metadata_in, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RankedDocument, RerankResult, ResponseInfo

__all__ = ["GatewayRerankModel"]


class GatewayRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model; the documents are all texts or all objects."""

    kind = "reranking"

    def encode(self, request: RerankRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        kinds = {isinstance(each, str) for each in request.documents}
        if len(kinds) != 1:
            problem = "has texts and objects; allowed are all texts or all objects" if kinds else "is empty"
            raise InvalidRequestError(f"documents {problem}", field="documents")
        documents = {"type": "text" if kinds.pop() else "object", "values": request.documents}
        body: dict[str, Any] = {"documents": documents, "query": request.query}
        if request.top_n is not None:
            body["topN"] = request.top_n
        return {**body, **options_in(request.provider_options)}

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        own = {"ai-reranking-model-specification-version": "4", "ai-model-id": self.model_id}
        data, headers = await exchange.json("/reranking-model", self.encode(request), {**request.headers, **own})
        try:
            found = [(int(each["index"]), float(each["relevanceScore"])) for each in data["ranking"]]
            ranking = [RankedDocument(index, score, request.documents[index]) for index, score in found if index >= 0]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            response=ResponseInfo(headers=cast("Any", headers)),
            provider_metadata=metadata_in(data),
            warnings=warnings_in(data),
        )
