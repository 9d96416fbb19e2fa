"""Image models of TogetherAI: one ``POST /images/generations`` for making and editing."""

from __future__ import annotations

import re
from typing import Any

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.provider import Endpoint, Exchange, options_of, unsupported
from ai_sdk.providers.openai_compatible.image import ImageModel, decode_images
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult

__all__ = ["TogetherImageModel"]


class TogetherImageModel(ImageModel):
    """An image model; it makes one picture a call, of ``size="1024x768"``, and can start from one picture."""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, max_images_per_call=1)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(f"n is {request.n}; {self.model_id} makes one picture a call", field="n")
        if request.mask is not None:
            raise UnsupportedError("togetherai takes no mask", field="mask")
        if len(request.files) > 1:
            raise UnsupportedError("togetherai starts from one picture, not from several", field="files")
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt, "response_format": "base64"}
        if request.seed is not None:
            body["seed"] = request.seed
        if request.size is not None:
            body["width"], body["height"] = _numbers(request.size)
        if request.files:
            body["image_url"] = request.files[0].data_url
        warnings = [unsupported("aspect_ratio", "togetherai has only size")] if request.aspect_ratio is not None else []
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, headers = await exchange.json("/images/generations", body, request.headers)
        return decode_images(data, headers, self.provider, warnings)


def _numbers(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    if match is None:
        raise InvalidRequestError(f"size is {size!r}; allowed is a width and a height such as '1024x768'", field="size")
    return int(match[1]), int(match[2])
