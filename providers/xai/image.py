"""xAI's image models: ``POST /images/generations``, and ``POST /images/edits`` with pictures as URLs."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import ErrorInfo, Exchange, ProviderModel, options_of, unsupported
from ai_sdk.providers.openai_compatible.image import check_pictures, images_from
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult
from ai_sdk.wire import check_wire_error, object_of, objects_of, picture_url

__all__ = ["XAIImageModel"]


class XAIImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model; it makes up to ten pictures a call.

    A picture that the moderation withholds is a ``ContentFilterError``. Metadata: ``cost_in_usd_ticks``.
    """

    kind = "image"
    max_images_per_call = 10

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        check_pictures(request, self.model_id, self.max_images_per_call)
        if request.mask is not None:
            raise UnsupportedError("xai takes no mask: say in the prompt what to change", field="mask")
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt, "response_format": "b64_json"}
        if request.n > 1:
            body["n"] = request.n
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        pictures = [{"type": "image_url", "url": picture_url(each)} for each in request.files]
        if pictures:
            body |= {"image": pictures[0]} if len(pictures) == 1 else {"images": pictures}
        warnings: list[CallWarning] = []
        if request.size is not None:
            warnings.append(unsupported("size", f"{self.model_id} has aspect_ratio and the option resolution"))
        if request.seed is not None:
            warnings.append(unsupported("seed", f"{self.model_id} has no setting seed"))
        return {**body, **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and the downloads of pictures that are URLs."""
        body, warnings = self.encode(request)
        path = "/images/edits" if request.files else "/images/generations"
        data, _ = await exchange.json(path, body, request.headers)
        check_wire_error(data, exchange)
        check_moderation(data, exchange)
        ticks = object_of(object_of(data).get("usage")).get("cost_in_usd_ticks")
        return await images_from(
            data, exchange, warnings, {"cost_in_usd_ticks": ticks} if isinstance(ticks, int) else {}
        )


def check_moderation(data: Any, exchange: Exchange) -> None:
    """Raise for pictures that were made and are withheld."""
    try:
        entries = objects_of(object_of(data).get("data"))
    except TypeError:
        return
    if any(each.get("respect_moderation") is False for each in [object_of(data), *entries]):
        info = ErrorInfo("the moderation withheld what was made", "content_filter", "content_filter")
        raise exchange.error_of(info, data)
