"""Reranking models: ``POST /rerank`` of the agent runtime, or ``POST /model/{id}/invoke``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.endpoint import request_id
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel, to_json
from ai_sdk.providers.amazon_bedrock._errors import named_errors
from ai_sdk.providers.amazon_bedrock._messages import own_of
from ai_sdk.providers.amazon_bedrock._place import partition_of
from ai_sdk.providers.amazon_bedrock.language import model_path
from ai_sdk.requests import RerankRequest
from ai_sdk.results import RankedDocument, RerankResult, ResponseInfo

if TYPE_CHECKING:
    from ai_sdk.providers.amazon_bedrock._door import BedrockEndpoint

__all__ = ["BedrockRerankModel", "InvokedRerankModel"]

_MOST = 1000


class BedrockRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """A reranking model, by its id in the region or by an ARN; documents are texts or objects, at most 1000.

    Options: ``additionalModelRequestFields``, ``nextToken``.
    """

    kind = "reranking"

    def __init__(self, endpoint: BedrockEndpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id)
        self._place = endpoint.place

    @property
    def arn(self) -> str:
        """The model's ARN."""
        if self.model_id.startswith("arn:"):
            return self.model_id
        region = self._place.get()
        return f"arn:{partition_of(region)}:bedrock:{region}::foundation-model/{self.model_id}"

    def encode(self, request: RerankRequest) -> dict[str, Any]:
        """The body of a request; pure but for the region."""
        _check(request)
        options = own_of(request.provider_options, self.provider)
        model: dict[str, Any] = {"modelArn": self.arn}
        if "additionalModelRequestFields" in options:
            model["additionalModelRequestFields"] = options.pop("additionalModelRequestFields")
        config: dict[str, Any] = {"modelConfiguration": model}
        if request.top_n is not None:
            config["numberOfResults"] = min(request.top_n, len(request.documents))
        return {
            "queries": [{"type": "TEXT", "textQuery": {"text": request.query}}],
            "sources": [_source(each) for each in request.documents],
            "rerankingConfiguration": {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration": config},
            **options,
        }

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        with named_errors():
            data, headers = await exchange.json("/rerank", self.encode(request), request.headers)
        try:
            found = cast("list[dict[str, Any]]", data["results"])
            ranking = [_ranked(each, "relevanceScore", request) for each in found]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        token = cast("dict[str, Any]", data).get("nextToken")
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            response=ResponseInfo(id=request_id(headers), headers=headers),
            provider_metadata={self.provider: {"nextToken": token}} if token else EMPTY,
        )


class InvokedRerankModel(ProviderModel[RerankRequest, RerankResult]):
    """The same models by InvokeModel; an object among the documents goes out as its JSON.

    Options are fields of the body, such as ``max_tokens_per_doc`` of Cohere's.
    """

    kind = "reranking"

    def encode(self, request: RerankRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        _check(request)
        texts = [each if isinstance(each, str) else to_json(each).decode() for each in request.documents]
        body: dict[str, Any] = {"query": request.query, "documents": texts}
        if "cohere." in self.model_id:
            body["api_version"] = 2
        if request.top_n is not None:
            body["top_n"] = min(request.top_n, len(texts))
        return {**body, **own_of(request.provider_options, self.provider)}

    async def answer(self, request: RerankRequest, exchange: Exchange, /) -> RerankResult:
        """One exchange."""
        with named_errors():
            data, headers = await exchange.json(
                model_path(self.model_id, "invoke"), self.encode(request), request.headers
            )
        try:
            ranking = [_ranked(each, "relevance_score", request) for each in cast("list[Any]", data["results"])]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InvalidResponseError(
                f"{self.provider} answered with something that is not a ranking: {error!r}", body=repr(data)
            ) from error
        return RerankResult(
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
            response=ResponseInfo(id=request_id(headers), headers=headers),
        )


def _check(request: RerankRequest) -> None:
    if not 1 <= len(request.documents) <= _MOST:
        raise InvalidRequestError(
            f"documents has {len(request.documents)}; allowed are from 1 to {_MOST}", field="documents"
        )


def _source(document: Any) -> dict[str, Any]:
    if isinstance(document, str):
        inline: dict[str, Any] = {"type": "TEXT", "textDocument": {"text": document}}
    else:
        inline = {"type": "JSON", "jsonDocument": document}
    return {"type": "INLINE", "inlineDocumentSource": inline}


def _ranked(said: dict[str, Any], score: str, request: RerankRequest) -> RankedDocument:
    index = said["index"]
    if type(index) is not int or index < 0:
        raise ValueError(f"index is {index!r}")
    return RankedDocument(index, float(said[score]), request.documents[index])
