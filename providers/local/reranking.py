"""Reranking on this machine: how near the vectors of query and document are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import ProviderModel, options_of, to_json
from ai_sdk.providers.local._checks import check_options
from ai_sdk.providers.local.embedding import encode_texts, warnings_about
from ai_sdk.requests import RerankRequest
from ai_sdk.results import CallWarning, RankedDocument, RerankResult, ResponseInfo, Usage

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange

__all__ = ["LocalReranking"]


class LocalReranking(ProviderModel[RerankRequest, RerankResult]):
    """The cosine of the vectors of all-MiniLM-L6-v2, from -1 to 1. Documents that are objects count as JSON text."""

    kind = "reranking"

    def __init__(self, endpoint: Endpoint, model_id: str, threads: int = 1) -> None:
        super().__init__(endpoint, model_id)
        self._threads = threads

    def encode(self, request: RerankRequest) -> tuple[list[str], list[CallWarning]]:
        """The documents as texts, and what was done another way; pure."""
        if not request.documents:
            raise InvalidRequestError("documents is empty: there is nothing to rank", field="documents")
        check_options(options_of(request, self.provider), {})
        texts = [each if isinstance(each, str) else to_json(each).decode() for each in request.documents]
        warnings: list[CallWarning] = []
        if any(isinstance(each, FrozenDict) for each in request.documents):
            how = "documents are texts here: the objects were written as JSON"
            warnings.append(CallWarning("compatibility", "documents", how))
        return texts, warnings

    async def answer(self, request: RerankRequest, _exchange: Exchange, /) -> RerankResult:
        """Compute in a thread. Raises ``MissingExtraError`` with the commands that install what is missing."""
        texts, warnings = self.encode(request)
        query, *documents = await encode_texts(self.model_id, [request.query, *texts], self._threads)
        scores = [sum(a * b for a, b in zip(query.vector, each.vector, strict=True)) for each in documents]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[: request.top_n]
        return RerankResult(
            ranking=tuple([RankedDocument(index, scores[index], request.documents[index]) for index in order]),
            usage=Usage(input_tokens=query.tokens + sum(each.tokens for each in documents)),
            response=ResponseInfo(model=self.model_id),
            warnings=(*warnings, *warnings_about(documents, "documents")),
        )
