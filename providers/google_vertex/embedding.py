"""Embedding models of Google Cloud: ``:predict``, and ``:embedContent`` for gemini-embedding-2 and later."""

from __future__ import annotations

import re
from typing import Any

from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._read import number, objects, said
from ai_sdk.providers.google.embedding import EmbeddingModel, embedding_result, vector_of
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult

__all__ = ["VertexEmbedding"]

_BY_CONTENT = re.compile(r"gemini-embedding-(?!001)\d")
_INSTANCE = {"taskType": "task_type", "title": "title"}


class VertexEmbedding(EmbeddingModel):
    """An embedding model; Gemini's take one text a call, the others 250 (vendor documents)."""

    def __init__(self, endpoint: Endpoint, model_id: str, max_values_per_call: int | None = None) -> None:
        most = 1 if model_id.startswith("gemini-embedding-") else 250
        super().__init__(endpoint, model_id, max_values_per_call or most)

    @property
    def by_content(self) -> bool:
        """Whether it answers ``:embedContent``."""
        return _BY_CONTENT.match(self.model_id) is not None

    @property
    def resource(self) -> str:
        """The model's path behind the location."""
        return self.model_id if "/" in self.model_id else f"publishers/google/models/{self.model_id}"

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure. ``taskType`` and ``title`` belong to each text."""
        self.check(request)
        options = options_of(request, self.provider)
        if request.dimensions is not None:
            options.setdefault("outputDimensionality", request.dimensions)
        if self.by_content:
            return {"content": {"parts": [{"text": value} for value in request.values]}, **options}
        own = {word: options.pop(name) for name, word in _INSTANCE.items() if name in options}
        body: dict[str, Any] = {"instances": [{"content": value, **own} for value in request.values]}
        return {**body, "parameters": options} if options else body

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        body = self.encode(request)
        method = "embedContent" if self.by_content else "predict"
        with refining():
            data, _ = await exchange.json(f"/{self.resource}:{method}", body, request.headers)
        answer = said(data)
        if self.by_content:
            vector = vector_of(said(answer.get("embedding")).get("values"), self.provider, data)
            return embedding_result((vector,), request, exchange, usage=answer.get("usageMetadata"))
        found = [said(each.get("embeddings")) for each in objects(answer.get("predictions"))]
        if not found:
            raise InvalidResponseError(f"{self.provider} answered without predictions", body=repr(data)[:500])
        vectors = tuple(vector_of(each.get("values"), self.provider, data) for each in found)
        counts = [number(said(each.get("statistics")).get("token_count")) for each in found]
        known = [count for count in counts if count is not None]
        return embedding_result(vectors, request, exchange, usage={"promptTokenCount": sum(known)} if known else None)
