"""Image models of DeepInfra: ``POST /inference/{model}``, and ``POST /images/edits`` of the OpenAI dialect."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.media import media_type_of
from ai_sdk.provider import Endpoint, Exchange, options_of, unsupported
from ai_sdk.providers.deepinfra._native import inference_url
from ai_sdk.providers.openai_compatible.image import ImageModel, check_pictures
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo
from ai_sdk.wire import check_wire_error, from_base64, object_of, size_of, text_of

__all__ = ["DeepInfraImageModel"]

_MOST = 4


class DeepInfraImageModel(ImageModel):
    """An image model; up to four pictures a call. With pictures to edit it speaks the OpenAI dialect."""

    several = "image"

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, max_images_per_call=_MOST)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, without its files, and what it could not say; pure."""
        if request.files:
            return super().encode(request)
        check_pictures(request, self.model_id, self.max_images_per_call)
        body: dict[str, Any] = {"prompt": request.prompt, "num_images": request.n}
        warnings: list[CallWarning] = []
        if request.size is not None:
            width, height = size_of(request.size)
            body["width"], body["height"] = str(width), str(height)
            if request.aspect_ratio is not None:
                warnings.append(unsupported("aspect_ratio", "size says it already"))
        elif request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        if request.seed is not None:
            body["seed"] = request.seed
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and the downloads of pictures that are URLs."""
        if request.files:
            return await super().answer(request, exchange)
        body, warnings = self.encode(request)
        data, headers = await exchange.json(inference_url(self.endpoint, self.model_id), body, request.headers)
        check_wire_error(data, exchange)
        images = [await _picture(each, exchange) for each in _listed(data, self.provider)]
        status = object_of(object_of(data).get("inference_status"))
        return ImageResult(
            images=tuple(images),
            warnings=tuple(warnings),
            response=ResponseInfo(text_of(object_of(data).get("request_id")), headers=headers),
            provider_metadata=freeze({self.provider: {"inference_status": status}}) if status else EMPTY,
        )


def _listed(data: Any, provider: str) -> list[str]:
    found: Any = object_of(data).get("images")
    listed = [each for each in cast("list[Any]", found) if isinstance(each, str)] if isinstance(found, list) else []
    if not listed:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of pictures", body=repr(data)
        )
    return listed


async def _picture(found: str, exchange: Exchange) -> GeneratedFile:
    """A picture that is a ``data:`` URL, bare base64, or a URL to fetch."""
    if found.startswith(("http://", "https://")):
        fetched = await exchange.fetch(found)
        return GeneratedFile(fetched.data, fetched.media_type)
    try:
        raw = from_base64(found)
    except ValueError as error:
        raise InvalidResponseError(
            f"{exchange.endpoint.name} answered with something that is no picture: {error}", body=found
        ) from error
    return GeneratedFile(raw, media_type_of(raw) or "image/png")
