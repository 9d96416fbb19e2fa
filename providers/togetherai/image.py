"""Image models of TogetherAI: ``POST /images/generations``."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, Exchange, options_of, unsupported
from ai_sdk.providers.openai_compatible.image import ImageModel, check_pictures, images_from
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult
from ai_sdk.wire import picture_url, size_of

__all__ = ["TogetherImageModel"]

_MOST = 4


class TogetherImageModel(ImageModel):
    """An image model, of ``size="1024x768"``; it starts from one picture, or refers to several."""

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id, max_images_per_call=_MOST)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.mask is not None:
            raise UnsupportedError("togetherai takes no mask", field="mask")
        check_pictures(request, self.model_id, self.max_images_per_call)
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt, "response_format": "base64"}
        if request.n > 1:
            body["n"] = request.n
        if request.seed is not None:
            body["seed"] = request.seed
        if request.size is not None:
            body["width"], body["height"] = size_of(request.size)
        if len(request.files) == 1:
            body["image_url"] = picture_url(request.files[0])
        elif request.files:
            body["reference_images"] = [picture_url(each) for each in request.files]
        warnings = [unsupported("aspect_ratio", "togetherai has only size")] if request.aspect_ratio is not None else []
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and the downloads of pictures that are URLs."""
        body, warnings = self.encode(request)
        data, _ = await exchange.json("/images/generations", body, request.headers)
        return await images_from(data, exchange, warnings)
