"""Image models: ``POST /images/generations``, and ``POST /images/edits`` when there are pictures to edit."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, parse_json, to_json
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.providers.openai_compatible._encode import options_of, unsupported
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ImageModel", "decode_images"]

_MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def _nothing(_model_id: str) -> dict[str, Any]:
    return {}


class ImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model; ``max_images_per_call`` is how many pictures one request may ask for.

    ``defaults``: fields of the body by model id, which the options of a request override.
    """

    kind = "image"

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
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(
                f"n is {request.n}; {self.model_id} makes at most {self.max_images_per_call} in one call", field="n"
            )
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt, "n": request.n}
        if request.size is not None:
            body["size"] = request.size
        warnings = [
            unsupported(field, f"{self.provider} has no setting {field}")
            for field in ("aspect_ratio", "seed")
            if getattr(request, field) is not None
        ]
        return {**body, **self._defaults(self.model_id), **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange."""
        body, warnings = self.encode(request)
        if request.files:
            content_type, data = form_of(body, request)
            response = await exchange.send("/images/edits", data, request.headers, content_type=content_type)
        elif request.mask is not None:
            raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")
        else:
            response = await exchange.send("/images/generations", body, request.headers)
        return decode_images(parse_json(response.body, self.provider), exchange.headers, self.provider, warnings)


def form_of(body: Mapping[str, Any], request: ImageRequest) -> tuple[str, bytes]:
    """The multipart form of an edit: ``image``, or ``image[]`` for several, and ``mask`` (vendor documents)."""
    from ai_sdk.http import multipart

    fields = [(name, value if isinstance(value, str) else to_json(value).decode()) for name, value in body.items()]
    field = "image" if len(request.files) == 1 else "image[]"
    files = [(field, *_file(picture, f"image_{place}")) for place, picture in enumerate(request.files)]
    if request.mask is not None:
        files.append(("mask", *_file(request.mask, "mask")))
    return multipart(fields, files)


def _file(part: FilePart, name: str) -> tuple[str, bytes, str]:
    if part.data is None:
        raise UnsupportedError(
            f"a picture to edit must be bytes, not the URL {part.url}: download it first", field="files"
        )
    kind = "image/png" if part.media_type.endswith("/*") else part.media_type
    return part.filename or f"{name}.{kind.partition('/')[2]}", part.data, kind


def decode_images(data: Any, headers: Mapping[str, str], provider: str, warnings: list[CallWarning]) -> ImageResult:
    """The pictures, which must be in the answer itself."""
    try:
        entries = cast("list[dict[str, Any]]", data["data"])
        kind = _MEDIA_TYPES.get(data.get("output_format") or "png", "image/png")
        images = tuple(GeneratedFile(_picture(entry, provider), kind) for entry in entries)
        created = data.get("created")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is not a list of pictures: {error!r}", body=repr(data)
        ) from error
    revised = [entry.get("revised_prompt") for entry in entries]
    metadata = {provider: {"revised_prompts": revised}} if any(revised) else {}
    return ImageResult(
        images=images,
        warnings=tuple(warnings),
        usage=usage_from(data.get("usage")),
        response=ResponseInfo(
            timestamp=float(created) if isinstance(created, int | float) else None, headers=cast("Any", headers)
        ),
        provider_metadata=freeze(metadata),
    )


def _picture(entry: dict[str, Any], provider: str) -> bytes:
    if entry.get("b64_json") is None and entry.get("url"):
        raise InvalidResponseError(
            f"{provider} answered with the URL of a picture: ask for the picture itself with "
            f'provider_options={{"{provider}": {{"response_format": "b64_json"}}}}'
        )
    return base64.b64decode(entry["b64_json"], validate=True)
