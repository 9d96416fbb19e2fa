"""Image models: Gemini's through ``:generateContent``, Imagen through ``:predict``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.messages import FilePart, TextPart, UserMessage
from ai_sdk.provider import Endpoint, Exchange, ProviderModel, parse_json, unsupported
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._media import (
    bytes_of,
    check_aspect_ratio,
    check_count,
    fetched,
    filtered,
    pixels,
)
from ai_sdk.providers.google._read import objects, said, text
from ai_sdk.requests import ImageRequest, LanguageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo

if TYPE_CHECKING:
    from ai_sdk.providers.google.language import GeminiModel
    from ai_sdk.results import LanguageResult

__all__ = ["GeminiImageModel", "ImagenModel", "is_imagen"]

_SIZES = ("512", "1K", "2K", "4K")
_FILTERS = ("content-filter",)


def is_imagen(model_id: str) -> bool:
    """Whether a model answers ``:predict``: Imagen, and not Gemini."""
    return model_id.rpartition("/")[2].startswith(("imagen", "imagegeneration"))


def check_size(size: str | None) -> str | None:
    """The words of a size that the vendor has, ``1K`` and the like; None for one in pixels, which it lacks."""
    if size is None or size.upper() in _SIZES:
        return size.upper() if size else None
    if pixels(size) is None:
        raise InvalidRequestError(
            f"size is {size!r:.80}; allowed are {', '.join(_SIZES)} or a width and a height such as '1024x1024'",
            field="size",
        )
    return None


def size_warnings(request: ImageRequest) -> list[CallWarning]:
    """The warning about a size in pixels."""
    if request.size is None or check_size(request.size) is not None:
        return []
    return [unsupported("size", "pictures are sized by aspect_ratio and by 1K, 2K or 4K, not in pixels")]


class GeminiImageModel(ProviderModel[ImageRequest, ImageResult]):
    """A Gemini model that makes and edits pictures, one a call; ``chat`` makes the language model that it is."""

    kind = "image"
    max_images_per_call = 1

    def __init__(self, endpoint: Endpoint, model_id: str, chat: Callable[[Endpoint, str], GeminiModel]) -> None:
        super().__init__(endpoint, model_id)
        self._chat = chat(endpoint, model_id)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        self.check(request)
        body, warnings = self._chat.encode(self._asked(request))
        return body, [*size_warnings(request), *warnings]

    def check(self, request: ImageRequest) -> None:
        """Refuse what a model cannot do."""
        check_count(request.n, self.max_images_per_call, self.model_id, "picture")
        check_aspect_ratio(request.aspect_ratio)
        check_size(request.size)
        if request.mask is not None:
            raise UnsupportedError(f"{self.model_id} takes no mask: say in the prompt what to change", field="mask")
        if not request.prompt and not request.files:
            raise InvalidRequestError("prompt is empty, and there is no picture to edit", field="prompt")

    def _asked(self, request: ImageRequest) -> LanguageRequest:
        """The same as a request to the language model; fields of the options win."""
        options = options_of(request, self.provider)
        config = {"aspectRatio": request.aspect_ratio, "imageSize": check_size(request.size)}
        shape = {name: value for name, value in config.items() if value is not None}
        shape |= cast("Mapping[str, Any]", options.get("imageConfig") or EMPTY)
        own = {"responseModalities": ["IMAGE"], **options, **({"imageConfig": shape} if shape else {})}
        words = [TextPart(request.prompt)] if request.prompt else []
        return LanguageRequest(
            messages=(UserMessage((*words, *request.files)),),
            seed=request.seed,
            headers=request.headers,
            provider_options={self.provider: own},
        )

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, after the pictures that the vendor does not fetch itself."""
        self.check(request)
        files = [await fetched(each, exchange, keep=_uploaded) for each in request.files]
        response = await self._chat.answer(self._asked(replace(request, files=tuple(files))), exchange)
        return pictures_of(await response.result(), exchange, size_warnings(request))


def _uploaded(url: str) -> bool:
    """Whether the vendor reads a URL whatever the model: a file in Cloud Storage or one that was uploaded to it."""
    return url.startswith(("gs://", "https://generativelanguage.googleapis.com/"))


def pictures_of(result: LanguageResult, exchange: Exchange, warnings: list[CallWarning]) -> ImageResult:
    """The pictures of an answer, without those of its thoughts."""
    provider = exchange.endpoint.name
    found = [part for part in result.files if part.data is not None and not _is_thought(part, provider)]
    pictures = tuple(GeneratedFile(part.data or b"", part.media_type) for part in found)
    if not pictures:
        reason = result.raw_finish_reason or "no finish reason"
        words = f"no picture came: {reason}" + (f": {result.text[:300]}" if result.text else "")
        if result.finish_reason in _FILTERS:
            raise filtered(exchange, words, result.text)
        raise InvalidResponseError(f"{provider} answered without a picture ({words})", body=result.text)
    own = {**cast("dict[str, Any]", result.provider_metadata.get(provider) or {})}
    if result.text:
        own["text"] = result.text
    return ImageResult(
        images=pictures,
        warnings=(*warnings, *result.warnings),
        usage=result.usage,
        response=result.response,
        provider_metadata=freeze({provider: own}) if own else EMPTY,
    )


def _is_thought(part: FilePart, provider: str) -> bool:
    return bool(said(dict(cast("Any", part.provider_metadata).get(provider) or {})).get("thought"))


class ImagenModel(ProviderModel[ImageRequest, ImageResult]):
    """Imagen: up to four pictures from a text. Options are fields of ``parameters``."""

    kind = "image"
    max_images_per_call = 4

    @property
    def path(self) -> str:
        """Where to send, behind the base URL."""
        return f"/{self.model_id if '/' in self.model_id else f'models/{self.model_id}'}:predict"

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.files or request.mask is not None:
            raise UnsupportedError(
                f"{self.model_id} edits no pictures here; Gemini's image models do, and Imagen on google_vertex",
                field="files" if request.files else "mask",
            )
        parameters, warnings = self.parameters(request)
        if request.seed is not None:
            warnings.append(unsupported("seed", "the Gemini API takes no seed for Imagen"))
        parameters |= options_of(request, self.provider)
        return {"instances": [{"prompt": request.prompt}], "parameters": parameters}, warnings

    def parameters(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The settings that Imagen has in every house."""
        check_count(request.n, self.max_images_per_call, self.model_id, "pictures")
        check_aspect_ratio(request.aspect_ratio)
        size = check_size(request.size)
        parameters: dict[str, Any] = {"sampleCount": request.n}
        if request.aspect_ratio is not None:
            parameters["aspectRatio"] = request.aspect_ratio
        if size is not None:
            parameters["sampleImageSize"] = size
        return parameters, size_warnings(request)

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange."""
        body, warnings = self.encode(request)
        with refining():
            response = await exchange.send(self.path, body, request.headers)
        return predicted(parse_json(response.body, self.provider), exchange, warnings)


def predicted(
    data: Any, exchange: Exchange, warnings: list[CallWarning], stored: Mapping[str, bytes] = EMPTY
) -> ImageResult:
    """The pictures among ``predictions``; ``stored`` are the bytes of those that are in Cloud Storage, by address.

    A prediction without a picture says why it was held back. When none is left, ``ContentFilterError`` is raised.
    """
    provider = exchange.endpoint.name
    entries = objects(said(data).get("predictions"))
    try:
        pictures = [GeneratedFile(*_picture(each, stored)) for each in entries if _has_picture(each)]
    except (KeyError, ValueError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is no picture: {error}", body=repr(cast("object", data))
        ) from error
    reasons = [text(each.get("raiFilteredReason")) for each in entries]
    held = [reason for reason in reasons if reason]
    if not pictures:
        if held or (isinstance(data, dict) and not entries):  # without a picture and without a word: it was filtered
            raise filtered(exchange, "; ".join(held) or "all pictures were filtered", data)
        raise InvalidResponseError(f"{provider} answered without pictures", body=repr(cast("object", data)))
    revised = [text(each.get("prompt")) for each in entries if _has_picture(each)]
    own: dict[str, Any] = {"raiFilteredReasons": held} if held else {}
    if any(revised):
        own["revisedPrompts"] = revised
    if stored:
        own["gcsUris"] = [text(each.get("gcsUri")) for each in entries if _has_picture(each)]
    return ImageResult(
        images=tuple(pictures),
        warnings=tuple(warnings),
        response=ResponseInfo(model=exchange.model_id, headers=exchange.headers),
        provider_metadata=freeze({provider: own}) if own else EMPTY,
    )


def _has_picture(entry: dict[str, Any]) -> bool:
    return bool(entry.get("bytesBase64Encoded") or entry.get("gcsUri"))


def _picture(entry: dict[str, Any], stored: Mapping[str, bytes]) -> tuple[bytes, str]:
    kind = text(entry.get("mimeType"))
    if entry.get("bytesBase64Encoded"):
        return bytes_of(entry["bytesBase64Encoded"]), kind
    return stored[text(entry.get("gcsUri"))], kind
