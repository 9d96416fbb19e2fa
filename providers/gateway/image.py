"""Image models of the AI Gateway: ``POST /image-model``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.provider import Exchange, ProviderModel
from ai_sdk.providers.gateway._decode import metadata_in, usage_from, warnings_in
from ai_sdk.providers.gateway._encode import options_in
from ai_sdk.providers.gateway._media import bytes_in, file_in, headers_for
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GatewayImageModel"]


class GatewayImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model; the gateway itself divides many pictures among calls of the provider that serves."""

    kind = "image"
    max_images_per_call = sys.maxsize

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, which says all of it; pure."""
        if request.mask is not None and not request.files:
            raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")
        said: dict[str, Any] = {
            "size": request.size,
            "aspectRatio": request.aspect_ratio,
            "seed": request.seed,
            "files": [file_in(each) for each in request.files] or None,
            "mask": file_in(request.mask) if request.mask is not None else None,
        }
        given = {name: value for name, value in said.items() if value is not None}
        return {"prompt": request.prompt, "n": request.n, **given, **options_in(request.provider_options)}, []

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange."""
        headers = headers_for("image", self.model_id, request.headers)
        data, answered = await exchange.json("/image-model", self.encode(request)[0], headers)
        return decode_pictures(data, answered, self.provider)


def decode_pictures(data: Any, headers: Mapping[str, str], provider: str) -> ImageResult:
    """The pictures, which are in the answer as base64."""
    try:
        return ImageResult(
            images=tuple([GeneratedFile(bytes_in(each)) for each in data["images"]]),
            usage=usage_from(data.get("usage")),
            response=ResponseInfo(headers=cast("Any", headers)),
            provider_metadata=metadata_in(data),
            warnings=warnings_in(data),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of pictures: {error!r}", body=repr(data)
        ) from error
