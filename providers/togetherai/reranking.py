"""Reranking models of TogetherAI: ``POST /rerank``."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.openai_compatible.reranking import decode_ranking
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RerankResult
from ai_sdk.wire import check_wire_error

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
        check_wire_error(data, exchange)
        return decode_ranking(data, request, headers, self.provider, [])
