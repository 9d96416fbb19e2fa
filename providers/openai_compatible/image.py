"""Image models: ``POST /images/generations``, and ``POST /images/edits`` when there are pictures to edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.media import extension_of, media_type_of
from ai_sdk.messages import FilePart
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, options_of, parse_json, to_json, unsupported
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo
from ai_sdk.wire import (
    check_wire_error,
    from_base64,
    number_of,
    objects_of,
    picture_type,
    size_of,
    text_of,
    with_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_sdk.http import HTTPResponse

__all__ = ["ImageModel", "check_pictures", "form_of", "images_from", "read_pictures"]

_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}
_METADATA = ("background", "quality", "size", "output_format")


def _nothing(_model_id: str) -> dict[str, Any]:
    return {}


class ImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model; ``max_images_per_call`` is how many pictures one request may ask for.

    ``defaults``: fields of the body by model id, which the options of a request override. ``size`` is a width and a
    height, or ``auto``. Pictures to edit that are URLs are fetched here. Pictures that the answer only refers to are
    fetched as well, without the key.
    """

    kind = "image"
    several = "image[]"

    def __init__(
        self,
        endpoint: Endpoint,
        model_id: str,
        max_images_per_call: int = 10,
        defaults: Callable[[str], dict[str, Any]] = _nothing,
    ) -> None:
        super().__init__(endpoint, model_id)
        self.max_images_per_call = max_images_per_call
        self._defaults = defaults

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The fields of a request, without its files, and what they could not say; pure."""
        check_pictures(request, self.model_id, self.max_images_per_call)
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt, "n": request.n}
        if request.size is not None:
            if request.size != "auto":
                size_of(request.size)
            body["size"] = request.size
        warnings = [
            unsupported(field, f"{self.provider} has no setting {field}")
            for field in ("aspect_ratio", "seed")
            if getattr(request, field) is not None
        ]
        body = {**body, **self._defaults(self.model_id), **options_of(request, self.provider)}
        if body.get("stream"):
            raise UnsupportedError("pictures are not streamed: leave out the option 'stream'", field="provider_options")
        return body, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and the downloads of pictures that are URLs."""
        body, warnings = self.encode(request)
        if request.files:
            response = await self.edit(body, request, exchange)
        else:
            response = await exchange.send("/images/generations", body, request.headers)
        return await images_from(parse_json(response.body, self.provider), exchange, warnings)

    async def edit(self, body: dict[str, Any], request: ImageRequest, exchange: Exchange) -> HTTPResponse:
        """The exchange when there are pictures to edit."""
        files = [await with_bytes(each, exchange) for each in request.files]
        mask = await with_bytes(request.mask, exchange) if request.mask is not None else None
        content_type, data = form_of(body, replace(request, files=tuple(files), mask=mask), self.several)
        return await exchange.send("/images/edits", data, request.headers, content_type=content_type)


def check_pictures(request: ImageRequest, model_id: str, most: int) -> None:
    """Raise ``InvalidRequestError`` for more pictures than one call makes, and for a mask of nothing."""
    if request.n > most:
        raise InvalidRequestError(f"n is {request.n}; {model_id} makes at most {most} in one call", field="n")
    if request.mask is not None and not request.files:
        raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")


def form_of(body: Mapping[str, Any], request: ImageRequest, several: str = "image[]") -> tuple[str, bytes]:
    """The multipart form of an edit: ``image``, or ``image[]`` for several, and ``mask`` (vendor documents)."""
    from ai_sdk.http import multipart

    fields = [(name, value if isinstance(value, str) else to_json(value).decode()) for name, value in body.items()]
    field = "image" if len(request.files) == 1 else several
    files = [(field, *_file(picture, f"image_{place}")) for place, picture in enumerate(request.files)]
    if request.mask is not None:
        files.append(("mask", *_file(request.mask, "mask")))
    return multipart(fields, files)


def _file(part: FilePart, name: str) -> tuple[str, bytes, str]:
    kind = picture_type(part)
    return part.filename or f"{name}.{extension_of(kind)}", part.data or b"", kind


def read_pictures(data: Any, provider: str) -> list[GeneratedFile | str]:
    """What an answer holds: pictures, and the URLs of pictures; pure."""
    try:
        entries = objects_of(data["data"])
        kind = _MEDIA_TYPES.get(data.get("output_format") or "png", "image/png")
        found = [_picture(entry, kind) for entry in entries]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of pictures: {error!r}", body=repr(data)
        ) from error
    if not found:
        raise InvalidResponseError(f"{provider} answered without a picture", body=repr(data))
    return found


def _picture(entry: dict[str, Any], kind: str) -> GeneratedFile | str:
    if entry.get("b64_json") is not None:
        raw = from_base64(entry["b64_json"])
        return GeneratedFile(raw, media_type_of(raw) or text_of(entry.get("media_type")) or kind)
    url = entry["url"]
    if not isinstance(url, str) or not url.startswith(("http://", "https://", "data:")):
        raise TypeError("the URL of a picture is none")
    return url


async def images_from(
    data: Any, exchange: Exchange, warnings: list[CallWarning], more: Mapping[str, Any] = EMPTY
) -> ImageResult:
    """The pictures of an answer, with those fetched that it only refers to; ``more`` is added to the metadata."""
    headers = exchange.headers
    check_wire_error(data, exchange)
    provider = exchange.endpoint.name
    found = read_pictures(data, provider)
    images = [await _fetched(each, exchange) for each in found]
    said = cast("dict[str, Any]", data)
    revised = [text_of(entry.get("revised_prompt")) for entry in said["data"]]
    metadata: dict[str, Any] = {name: said[name] for name in _METADATA if text_of(said.get(name))} | dict(more)
    if any(revised):
        metadata["revised_prompts"] = revised
    return ImageResult(
        images=tuple(images),
        warnings=tuple(warnings),
        usage=usage_from(said.get("usage")),
        response=ResponseInfo(
            text_of(said.get("id")), text_of(said.get("model")), number_of(said.get("created")), headers
        ),
        provider_metadata=freeze({provider: metadata} if metadata else {}),
    )


async def _fetched(found: GeneratedFile | str, exchange: Exchange) -> GeneratedFile:
    if isinstance(found, GeneratedFile):
        return found
    fetched = await exchange.fetch(found)
    return GeneratedFile(fetched.data, fetched.media_type)
