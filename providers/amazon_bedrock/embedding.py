"""Embedding models: ``POST /model/{id}/invoke`` with the body of the model's maker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.endpoint import request_id
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ProviderModel
from ai_sdk.providers.amazon_bedrock._errors import named_errors
from ai_sdk.providers.amazon_bedrock._messages import own_of
from ai_sdk.providers.amazon_bedrock._models import family_of
from ai_sdk.providers.amazon_bedrock.language import model_path
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, ResponseInfo, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BedrockEmbeddingModel"]

_COHERE_MOST = 96
_TOKENS = "x-amzn-bedrock-input-token-count"
_NOVA_DIMENSIONS = 3072
_PICTURE = re.compile(r"data:image/([a-z0-9.+-]+);base64,([A-Za-z0-9+/]+=*)")


class BedrockEmbeddingModel(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """An embedding model. ``max_values_per_call``: Cohere's take 96 texts in one call, Titan and Nova take one.

    A value that is a ``data:image/...;base64,`` URL is a picture to Titan's multimodal model, to Nova and to Cohere,
    whose calls have pictures or texts and not both.
    """

    kind = "embedding"

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id)
        self.family = family_of(model_id)
        self.max_values_per_call = _COHERE_MOST if self.family == "cohere" else 1

    def encode(self, request: EmbeddingRequest) -> dict[str, Any]:
        """The body of a request; pure."""
        count = len(request.values)
        if not 1 <= count <= self.max_values_per_call:
            raise InvalidRequestError(
                f"values has {count} texts; {self.model_id} takes from 1 to {self.max_values_per_call} in one call",
                field="values",
            )
        options = own_of(request.provider_options, self.provider)
        if self.family == "cohere":
            return _cohere(request, options)
        if self.family == "nova":
            return _nova(request, options)
        return _titan(request, options, image="titan-embed-image" in self.model_id)

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange."""
        with named_errors():
            data, headers = await exchange.json(
                model_path(self.model_id, "invoke"), self.encode(request), request.headers
            )
        vectors = _vectors(data, self.provider)
        if len(vectors) != len(request.values):
            raise InvalidResponseError(
                f"{self.provider} answered {len(request.values)} texts with {len(vectors)} embeddings"
            )
        tokens = _tokens(data, headers)
        return EmbeddingResult(
            embeddings=vectors,
            usage=Usage(input_tokens=tokens, raw=freeze({"inputTokens": tokens}) if tokens is not None else None),
            response=ResponseInfo(id=request_id(headers), headers=headers),
        )


def _titan(request: EmbeddingRequest, options: dict[str, Any], *, image: bool) -> dict[str, Any]:
    picture = _PICTURE.fullmatch(request.values[0]) if image else None
    body: dict[str, Any] = {"inputImage": picture[2]} if picture else {"inputText": request.values[0]}
    if request.dimensions is not None and image:
        body["embeddingConfig"] = {"outputEmbeddingLength": request.dimensions}
    elif request.dimensions is not None:
        body["dimensions"] = request.dimensions
    return {**body, **options}


def _cohere(request: EmbeddingRequest, options: dict[str, Any]) -> dict[str, Any]:
    pictures = [value for value in request.values if _PICTURE.fullmatch(value)]
    if pictures and len(pictures) < len(request.values):
        raise InvalidRequestError(
            "values has pictures and texts; Cohere takes them in calls of their own", field="values"
        )
    body: dict[str, Any] = {"texts": request.values, "input_type": "search_query"}
    if pictures:
        body = {"images": request.values, "input_type": "image"}
    if request.dimensions is not None:
        body["output_dimension"] = request.dimensions
    return {**body, **options}


def _nova(request: EmbeddingRequest, options: dict[str, Any]) -> dict[str, Any]:
    mode = options.pop("truncationMode", "END")
    picture = _PICTURE.fullmatch(request.values[0])
    params: dict[str, Any] = {
        "embeddingPurpose": options.pop("embeddingPurpose", "GENERIC_INDEX"),
        "embeddingDimension": request.dimensions or _NOVA_DIMENSIONS,
    }
    if picture:
        params["image"] = {"format": picture[1], "source": {"bytes": picture[2]}}
    else:
        params["text"] = {"truncationMode": mode, "value": request.values[0]}
    more = options.pop("singleEmbeddingParams", None)
    if isinstance(more, Mapping):
        params.update(cast("Mapping[str, Any]", more))
    return {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": params, **options}


def _vectors(data: Any, provider: str) -> tuple[tuple[float, ...], ...]:
    """The vectors: one ``embedding``; a list of lists; by type under ``float``; or objects that have one (recorded)."""
    try:
        if "embeddings" not in data:
            return (_vector(data["embedding"]),)
        found: Any = data["embeddings"]
        if isinstance(found, dict):
            by_type = cast("dict[str, Any]", found)
            found = by_type["float"] if "float" in by_type else next(iter(by_type.values()))
        return tuple(_vector(_inner(each)) for each in cast("Sequence[Any]", found))
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of embeddings: {error!r}", body=repr(data)
        ) from error


def _inner(each: Any) -> Any:
    return cast("dict[str, Any]", each)["embedding"] if isinstance(each, dict) else each


def _vector(numbers: Any) -> tuple[float, ...]:
    if not isinstance(numbers, list):
        raise TypeError(f"an embedding is a {type(numbers).__name__}, not a list")
    return tuple(float(each) for each in cast("list[Any]", numbers))


def _tokens(data: dict[str, Any], headers: Mapping[str, str]) -> int | None:
    """What Titan says in its answer, and Bedrock about every model in a header (recorded)."""
    said = data.get("inputTextTokenCount")
    if isinstance(said, int | float) and not isinstance(said, bool):
        return int(said)
    header = headers.get(_TOKENS, "")
    return int(header) if header.isdecimal() else None
