"""Documents in the order of their relevance to a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

from ai_sdk._calls import CommonSettings, check_count, check_names, check_text, fields_of, with_attempts
from ai_sdk.call import record_call
from ai_sdk.errors import InvalidRequestError
from ai_sdk.model import Model, recorded
from ai_sdk.registry import resolve
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RerankResult

__all__ = ["RerankModel", "rerank"]

RerankModel: TypeAlias = str | Model[RerankRequest, RerankResult]
"""A model, or its name for the registry: ``"cohere:rerank-v3.5"``."""

_SETTINGS = frozenset(CommonSettings.__annotations__)


async def rerank(
    model: RerankModel,
    query: str,
    documents: Sequence[str | Mapping[str, Any]],
    /,
    *,
    top_n: int | None = None,
    **settings: Unpack[CommonSettings],
) -> RerankResult:
    """Put documents, texts or objects, in the order of their relevance to ``query``, the most relevant first.

    ``result.documents`` are the documents in that order, ``result.ranking`` also says score and index of each.
    ``top_n`` returns so many. No documents make no call. The settings are those of every request: ``headers``,
    ``provider_options``, ``layer_options``.

    Raises ``InvalidRequestError`` before any call, and what the model raises.
    """
    check_names("rerank", settings, _SETTINGS | {"top_n"})
    check_text(query, "query")
    check_count("top_n", top_n)
    if isinstance(documents, str):
        raise InvalidRequestError("documents is a str; allowed is a sequence of strings or mappings", field="documents")
    call = recorded(resolve(model, "reranking"))
    given: Any = tuple(documents)
    request = RerankRequest(query=query, documents=given, top_n=top_n, **fields_of(settings))
    if not request.documents:
        return RerankResult()
    with record_call("call", "rerank") as record:
        return with_attempts(await call(request), record)
