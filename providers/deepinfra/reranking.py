"""Reranking models of DeepInfra: ``POST /inference/{model}``, whose answer is a score for each document."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.deepinfra._native import inference_url
from ai_sdk.providers.openai_compatible.reranking import document_texts
from ai_sdk.requests import RerankRequest
from ai_sdk.results import CallWarning, RankedDocument, RerankResult, ResponseInfo, Usage
from ai_sdk.wire import check_wire_error, number_of, object_of, text_of

__all__ = ["DeepInfraRerankModel"]


class DeepInfraRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model. It scores every document; ``top_n`` of them are kept here."""

    kind = "reranking"

    def encode(self, request: RerankRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure.

        Qwen3 Reranker takes a query for each document, the cross encoders one (public examples).
        """
        texts, warnings = document_texts(request)
        query: dict[str, Any] = {"query": request.query}
        if "qwen3-reranker" in self.model_id.lower():
            query = {"queries": [request.query] * len(texts)}
        return {**query, "documents": texts, **options_of(request, self.provider)}, warnings

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, headers = await exchange.json(inference_url(self.endpoint, self.model_id), body, request.headers)
        check_wire_error(data, exchange)
        scores = _scores(data, len(request.documents), self.provider)
        ranking = [
            RankedDocument(index, score, document)
            for index, (score, document) in enumerate(zip(scores, request.documents, strict=True))
        ]
        ranking.sort(key=lambda each: -each.score)
        tokens = object_of(data).get("input_tokens")
        return RerankResult(
            ranking=tuple(ranking[: request.top_n]),
            usage=Usage(input_tokens=tokens if isinstance(tokens, int) else None),
            response=ResponseInfo(text_of(object_of(data).get("request_id")), headers=headers),
            warnings=tuple(warnings),
        )


def _scores(data: Any, count: int, provider: str) -> list[float]:
    found: Any = object_of(data).get("scores")
    scores = [number_of(each) for each in cast("list[Any]", found)] if isinstance(found, list) else []
    known = [each for each in scores if each is not None]
    if len(known) != count:
        raise InvalidResponseError(f"{provider} answered {count} documents with {len(known)} scores", body=repr(data))
    return known
