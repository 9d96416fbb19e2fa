"""Reranking models of OpenRouter: ``POST /rerank``."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RankedDocument, RerankResult, ResponseInfo

__all__ = ["OpenRouterRerankModel"]


class OpenRouterRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model; a document that is an object has ``text``, ``image`` (a URL) or both.

    Metadata: ``provider`` (who served), ``cost`` (in US dollars) and ``search_units``.
    """

    kind = "reranking"

    def encode(self, request: RerankRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        if not request.documents:
            raise InvalidRequestError("documents is empty: there is nothing to rank", field="documents")
        body: dict[str, Any] = {"model": self.model_id, "query": request.query, "documents": request.documents}
        if request.top_n is not None:
            body["top_n"] = request.top_n
        return {**body, **options_of(request, self.provider)}

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        data, headers = await exchange.json("/rerank", self.encode(request), request.headers)
        try:
            found = [(int(each["index"]), float(each["relevance_score"])) for each in data["results"]]
            ranking = [RankedDocument(index, score, request.documents[index]) for index, score in found if index >= 0]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            usage=usage_from(data.get("usage")),
            response=ResponseInfo(_text(data.get("id")), _text(data.get("model")), headers=cast("Any", headers)),
            provider_metadata=freeze({self.provider: _metadata(data)}),
        )


def _metadata(data: dict[str, Any]) -> dict[str, Any]:
    usage: Any = data.get("usage")
    said = cast("dict[str, Any]", usage) if isinstance(usage, dict) else {}
    metadata = {"provider": data.get("provider"), "cost": said.get("cost"), "search_units": said.get("search_units")}
    return {name: value for name, value in metadata.items() if value is not None}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
