"""Image models of OpenRouter: ``POST /images``."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.provider import Exchange, ProviderModel, options_of
from ai_sdk.providers.openai_compatible.image import check_pictures, images_from
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult
from ai_sdk.wire import check_wire_error, object_of, picture_url, size_of

__all__ = ["OpenRouterImageModel", "picture_part"]

_MOST = 10


class OpenRouterImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model; pictures to edit are references. Metadata: ``cost`` in US dollars."""

    kind = "image"
    max_images_per_call = _MOST

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        check_pictures(request, self.model_id, self.max_images_per_call)
        if request.mask is not None:
            raise UnsupportedError("openrouter takes no mask: say in the prompt what to change", field="mask")
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        if request.n > 1:
            body["n"] = request.n
        if request.size is not None:
            size_of(request.size)
            body["size"] = request.size
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        if request.seed is not None:
            body["seed"] = request.seed
        if request.files:
            body["input_references"] = [picture_part(each) for each in request.files]
        body |= options_of(request, self.provider)
        if body.get("stream"):
            raise UnsupportedError("pictures are not streamed: leave out the option 'stream'", field="provider_options")
        return body, []

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange."""
        body, warnings = self.encode(request)
        data, _ = await exchange.json("/images", body, request.headers)
        check_wire_error(data, exchange)
        cost = object_of(object_of(data).get("usage")).get("cost")
        return await images_from(data, exchange, warnings, {"cost": cost} if isinstance(cost, int | float) else {})


def picture_part(part: FilePart) -> dict[str, Any]:
    """A picture as a part of the body: its URL, or its bytes as a ``data:`` URL."""
    return {"type": "image_url", "image_url": {"url": picture_url(part)}}
