"""Reranking models: ``POST /rerank`` as Cohere, Jina, Voyage, vLLM and llama.cpp have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, options_of, to_json
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.requests import RerankRequest
from ai_sdk.results import CallWarning, RankedDocument, RerankResult, ResponseInfo
from ai_sdk.wire import check_wire_error, object_of, objects_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RerankModel", "decode_ranking", "document_texts"]


class RerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model. Documents that are objects go out as JSON text, with a warning.

    ``top_n`` goes out as ``top_n`` (Jina, Cohere, vLLM, llama.cpp); for a server that calls it otherwise there are the
    options: ``{"top_k": 3}``.
    """

    kind = "reranking"
    path = "/rerank"

    def encode(self, request: RerankRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        texts, warnings = document_texts(request)
        body: dict[str, Any] = {"model": self.model_id, "query": request.query, "documents": texts}
        if request.top_n is not None:
            body["top_n"] = request.top_n
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, headers = await exchange.json(self.path, body, request.headers)
        check_wire_error(data, exchange)
        return decode_ranking(data, request, headers, self.provider, warnings)


def document_texts(request: RerankRequest) -> tuple[list[str], list[CallWarning]]:
    """The documents as texts; ``InvalidRequestError`` when there are none."""
    if not request.documents:
        raise InvalidRequestError("documents is empty: there is nothing to rank", field="documents")
    texts = [each if isinstance(each, str) else to_json(each).decode() for each in request.documents]
    if all(isinstance(each, str) for each in request.documents):
        return texts, []
    how = "documents are texts here: the objects were written as JSON"
    return texts, [CallWarning("compatibility", "documents", how)]


def decode_ranking(
    data: Any, request: RerankRequest, headers: Mapping[str, str], provider: str, warnings: list[CallWarning]
) -> RerankResult:
    """The ranking under ``results`` (Jina, Cohere) or ``data`` (Voyage, recorded), or a bare list; pure."""
    said = object_of(data)
    try:
        entries: Any = cast("Any", data) if isinstance(data, list) else said.get("results", said.get("data"))
        if entries is None:
            raise KeyError("results")
        ranking = [_ranked(each, request) for each in objects_of(entries)]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a ranking: {error!r}", body=repr(cast("Any", data))
        ) from error
    ranking.sort(key=lambda each: -each.score)
    return RerankResult(
        ranking=tuple(ranking[: request.top_n]),
        usage=usage_from(said.get("usage")),
        response=ResponseInfo(text_of(said.get("id")), text_of(said.get("model")), headers=headers),
        warnings=tuple(warnings),
    )


def _ranked(found: dict[str, Any], request: RerankRequest) -> RankedDocument:
    index = found["index"]
    score = found["relevance_score"] if "relevance_score" in found else found["score"]
    if not isinstance(index, int) or index < 0 or isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError(f"an entry has the index {index!r:.40} and the score {score!r:.40}")
    return RankedDocument(index, float(score), request.documents[index])
