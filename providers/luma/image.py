"""Image models of Luma: ``POST /dream-machine/v1/generations/image``, then polling."""

from __future__ import annotations

from typing import Any

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.luma._generation import LumaModel, check_ratio, metadata_of, ratio_of, url_of
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult, ResponseInfo
from ai_sdk.wire import size_of

__all__ = ["LumaImageModel"]

_REFERENCES = ("modify", "image", "style", "character")
_MOST = 4


class LumaImageModel(LumaModel[ImageRequest, ImageResult]):
    """An image model; it makes one picture a call. Pictures to start from must be URLs."""

    kind = "image"
    polling = Polling(interval=1.0, longest=5.0)
    max_images_per_call = 1

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(f"n is {request.n}; luma makes one picture a call", field="n")
        if request.mask is not None:
            raise UnsupportedError("luma takes no mask", field="mask")
        options = options_of(request, self.provider)
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        warnings: list[CallWarning] = []
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = check_ratio(request.aspect_ratio)
        if request.size is not None:
            ratio = ratio_of(*size_of(request.size))
            if ratio is None or request.aspect_ratio is not None:
                warnings.append(unsupported("size", "luma knows only aspect_ratio"))
            else:
                body["aspect_ratio"] = ratio
                warnings.append(CallWarning("compatibility", "size", f"luma knows only aspect_ratio: {ratio}"))
        if request.seed is not None:
            warnings.append(unsupported("seed", "luma has no such setting"))
        body.update(_references(request, options.pop("reference", None), options.pop("weight", None)))
        return {**body, **options}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """Submit, wait, fetch the picture."""
        body, warnings = self.encode(request)
        done = await self.generate("/image", body, request.headers, exchange, asset="image")
        return ImageResult(
            images=(done.file,),
            warnings=tuple(warnings),
            response=ResponseInfo(id=done.id, model=self.model_id, headers=done.headers),
            provider_metadata=freeze({self.provider: metadata_of(done)}),
        )


def _references(request: ImageRequest, reference: object, weight: object) -> dict[str, Any]:
    """What the pictures of a request are for: one is changed, several are an example, unless ``reference`` says."""
    urls = [url_of(part, f"files[{at}]") for at, part in enumerate(request.files)]
    if not urls:
        return {}
    kind = reference or ("modify" if len(urls) == 1 else "image")
    most = 1 if kind == "modify" else _MOST
    if kind not in _REFERENCES:
        raise InvalidRequestError(
            f"the option reference is {kind!r:.80}; allowed are {', '.join(_REFERENCES)}", field="provider_options"
        )
    if len(urls) > most:
        raise InvalidRequestError(f"files has {len(urls)} pictures; luma takes {most} for {kind!r}", field="files")
    if kind == "character":
        return {"character_ref": {"identity0": {"images": urls}}}
    refs: list[dict[str, Any]] = [{"url": url} if weight is None else {"url": url, "weight": weight} for url in urls]
    return {"modify_image_ref": refs[0]} if kind == "modify" else {f"{kind}_ref": refs}
