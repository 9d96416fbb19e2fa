"""Image models at fal: made from words, or from pictures and words."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.fal._endpoint import FalEndpoint
from ai_sdk.providers.fal._families import (
    image_field,
    image_size,
    mask_field,
    most_images,
    takes_aspect_ratio,
    takes_words_for_size,
    usual_ratio,
)
from ai_sdk.providers.fal._files import fetched, files_of, rest_of
from ai_sdk.providers.fal._queue import FalModel, Made
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult, ResponseInfo
from ai_sdk.wire import picture_type, size_of

__all__ = ["FalImageModel"]

_PICTURES = ("images", "image")


class FalImageModel(FalModel[ImageRequest, ImageResult]):
    """An image model. The first look at the queue is after half a second: many pictures are done by then."""

    kind = "image"
    polling = Polling(interval=0.5, longest=5.0)

    def __init__(self, endpoint: FalEndpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)
        self.max_images_per_call = most_images(model_id)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The input of the model, and what it could not say; pure."""
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(
                f"n is {request.n}; {self.model_id} makes at most {self.max_images_per_call} in one call", field="n"
            )
        options = options_of(request, self.provider)
        options.pop("direct", None)
        field = options.pop("image_field", None) or image_field(self.model_id, len(request.files))
        body: dict[str, Any] = {"prompt": request.prompt} if request.prompt else {}
        if request.n > 1:
            body["num_images"] = request.n
        if request.seed is not None:
            body["seed"] = request.seed
        sized, warnings = _sized(self.model_id, request)
        body.update(sized)
        body.update(_pictures(field, request, warnings))
        body.update(options)
        if request.mask is not None:
            if not request.files and not any("image_url" in name for name in body):
                raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")
            body.setdefault(mask_field(self.model_id), _url(request.mask))
        return body, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """Run the model and fetch its pictures."""
        body, warnings = self.encode(request)
        direct = bool(options_of(request, self.provider).get("direct"))
        made = await self.run(body, request.headers, exchange, direct=direct)
        files = files_of(made.data, _PICTURES, "a picture")
        images = tuple([await fetched(each, exchange) for each in files])
        metadata = {**rest_of(made.data, _PICTURES), "images": [each.said for each in files], "request_id": made.id}
        return ImageResult(
            images=images,
            warnings=(*warnings, *_withheld(made)),
            response=ResponseInfo(id=made.id, headers=made.headers),
            provider_metadata=freeze({self.provider: metadata}),
        )


def _sized(model_id: str, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
    """The fields that say how large or how wide, by what the model knows."""
    warnings: list[CallWarning] = []
    if takes_aspect_ratio(model_id):
        ratio = request.aspect_ratio
        if request.size is not None:
            derived = usual_ratio(*size_of(request.size))
            if ratio is None and derived is not None:
                ratio = derived
                warnings.append(CallWarning("compatibility", "size", f"{model_id} knows only aspect_ratio: {derived}"))
            else:
                warnings.append(unsupported("size", f"{model_id} knows only aspect_ratio"))
        return ({"aspect_ratio": ratio} if ratio is not None else {}), warnings
    if request.size is not None:
        width, height = size_of(request.size)
        if request.aspect_ratio is not None:
            warnings.append(unsupported("aspect_ratio", "size says it already"))
        words = takes_words_for_size(model_id)
        return {"image_size": request.size if words else {"width": width, "height": height}}, warnings
    if request.aspect_ratio is None:
        return {}, warnings
    size = image_size(model_id, request.aspect_ratio)
    if size is None:
        return {}, [unsupported("aspect_ratio", f"{model_id} has no size of {request.aspect_ratio}")]
    return {"image_size": size}, warnings


def _pictures(field: str, request: ImageRequest, warnings: list[CallWarning]) -> dict[str, Any]:
    urls = [_url(each) for each in request.files]
    if not urls:
        return {}
    if field.endswith("s"):
        return {field: urls}
    if len(urls) > 1:
        warnings.append(unsupported("files", f"{field} takes one picture; only the first was sent"))
    return {field: urls[0]}


def _url(part: FilePart) -> str:
    """The URL, or the bytes as a ``data:`` URL, which fal takes in place of one."""
    return part.url if part.url is not None else f"data:{picture_type(part)};base64,{part.base64}"


def _withheld(made: Made) -> list[CallWarning]:
    """A picture that the safety checker found something in is black."""
    found = made.data.get("has_nsfw_concepts") or made.data.get("nsfw_content_detected")
    flags = cast("list[Any]", found) if isinstance(found, list) else []
    return [
        CallWarning("other", "images", f"the safety checker found something in picture {place}: it may be black")
        for place, flag in enumerate(flags)
        if flag is True
    ]
