"""Image models of Black Forest Labs: ``POST /v1/{model}``, then polling where the answer says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from ai_sdk._frozen import freeze
from ai_sdk.errors import APIError, InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Exchange, PolledModel, options_of, unsupported
from ai_sdk.providers.black_forest_labs._endpoint import RegionalEndpoint
from ai_sdk.providers.black_forest_labs._errors import BAD_ENDS, failed, understood
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo
from ai_sdk.wire import size_of

__all__ = ["FluxImageModel", "decode_status", "picture_url"]

_RATIO_MODELS = ("kontext", "ultra")
_ONE_PICTURE = {
    "fill": "image",
    "expand": "image",
    "erase": "image",
    "canny": "control_image",
    "depth": "control_image",
    "flux-pro": "image_prompt",
    "flux-dev": "image_prompt",
}
_WITH_MASK = ("fill", "erase")
_AREA = 1024 * 1024
_STEP, _SHORTEST, _LONGEST = 32, 256, 1440
_VAGUE = ("application/octet-stream", "binary/octet-stream", "text/plain")


class FluxImageModel(PolledModel[ImageRequest, ImageResult]):
    """An image model; it makes one picture a call. A task cannot be called off: the API has nothing for that."""

    kind = "image"
    polling = Polling(interval=0.5, longest=5.0)
    max_images_per_call = 1
    endpoint: RegionalEndpoint

    def __init__(self, endpoint: RegionalEndpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(f"n is {request.n}; {self.model_id} makes one picture a call", field="n")
        body: dict[str, Any] = {"prompt": request.prompt}
        if request.seed is not None:
            body["seed"] = request.seed
        sized, warnings = _sized(self.model_id, request)
        return {**body, **sized, **_pictures(self.model_id, request), **options_of(request, self.provider)}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """Submit, wait, fetch the picture."""
        body, warnings = self.encode(request)
        data = await _asked(exchange, "/" + quote(self.model_id, safe="/", errors="replace"), body, request.headers)
        said = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        job = said.get("id")
        if not isinstance(job, str) or not job:
            raise InvalidResponseError(f"{self.provider} took the request without naming its id", body=repr(said))
        done = await self._wait(self.endpoint.result_url(said.get("polling_url"), job), job, request, exchange)
        if done.get("status") in BAD_ENDS:
            raise failed(done, job, exchange)
        headers = exchange.headers
        got = await exchange.fetch(picture_url(done, self.provider), job=job)
        kind = "" if got.media_type in _VAGUE else got.media_type
        return ImageResult(
            images=(GeneratedFile(got.data, kind),),
            warnings=tuple(warnings),
            response=ResponseInfo(id=job, model=self.model_id, headers=headers),
            provider_metadata=freeze({self.provider: _metadata(said, done)}),
        )

    async def _wait(self, url: str, job: str, request: ImageRequest, exchange: Exchange) -> dict[str, Any]:
        async def look() -> dict[str, Any] | Pending:
            return decode_status(await _asked(exchange, url, None, request.headers, "GET"), self.provider)

        return await poll(look, job=job, polling=self.polling, first=Pending("Pending"))


async def _asked(exchange: Exchange, path: str, body: Any, headers: Mapping[str, str], method: str = "POST") -> Any:
    try:
        data, _ = await exchange.json(path, body, headers, method=method)
    except APIError as error:
        raise understood(error) from None
    return data


def decode_status(data: Any, provider: str) -> dict[str, Any] | Pending:
    """What a look at a task saw: all of it when it is over, else how far it is."""
    if not isinstance(data, dict):
        raise InvalidResponseError(f"{provider} answered with something that is not a task", body=repr(data))
    said = cast("dict[str, Any]", data)
    state = said.get("status")
    if state == "Ready" or (isinstance(state, str) and state in BAD_ENDS):
        return said
    progress = said.get("progress")
    number = float(progress) if isinstance(progress, int | float) and not isinstance(progress, bool) else None
    fraction = number if number is not None and 0 <= number <= 1 else None
    return Pending(state if isinstance(state, str) and state else "unknown", fraction)


def picture_url(said: dict[str, Any], provider: str) -> str:
    """Where the picture of a task is, for ten minutes."""
    result = said.get("result")
    url = cast("dict[str, Any]", result).get("sample") if isinstance(result, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:")):
        raise InvalidResponseError(f"{provider} finished the task without a picture", body=repr(said))
    return url


def _metadata(said: dict[str, Any], done: dict[str, Any]) -> dict[str, Any]:
    """What it cost, from the first answer, and the seed and times, from the last one."""
    result = cast("dict[str, Any]", done["result"])
    costs = {name: said[name] for name in ("cost", "input_mp", "output_mp") if said.get(name) is not None}
    return {"id": done.get("id"), **costs, **{name: each for name, each in result.items() if name != "sample"}}


def _sized(model_id: str, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
    """``aspect_ratio`` for models that know only that, else ``width`` and ``height``."""
    size = size_of(request.size) if request.size is not None else None
    sides = _sides(request.aspect_ratio) if request.aspect_ratio is not None else None
    if any(piece in model_id for piece in _RATIO_MODELS):
        if sides is not None:
            lost = [unsupported("size", f"{model_id} knows only aspect_ratio")] if size is not None else []
            return {"aspect_ratio": request.aspect_ratio}, lost
        if size is None:
            return {}, []
        common = math.gcd(*size)
        ratio = f"{size[0] // common}:{size[1] // common}"
        return {"aspect_ratio": ratio}, [
            CallWarning("compatibility", "size", f"{model_id} knows only aspect_ratio: {ratio}")
        ]
    if size is not None:
        lost = [unsupported("aspect_ratio", "size says it already")] if sides is not None else []
        return {"width": size[0], "height": size[1]}, lost
    if sides is None:
        return {}, []
    width, height = _of_a_megapixel(*sides)
    words = f"{model_id} knows only width and height: {width} and {height}"
    return {"width": width, "height": height}, [CallWarning("compatibility", "aspect_ratio", words)]


def _sides(ratio: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3}):([1-9]\d{0,3})", ratio)
    if match is None:
        raise InvalidRequestError(f"aspect_ratio is {ratio!r:.80}; allowed is such as '16:9'", field="aspect_ratio")
    return int(match[1]), int(match[2])


def _of_a_megapixel(width: int, height: int) -> tuple[int, int]:
    """Sides of about a megapixel, multiples of 32, none longer than all models take."""
    scale = min(math.sqrt(_AREA / (width * height)), _LONGEST / max(width, height))
    return _stepped(width * scale), _stepped(height * scale)


def _stepped(length: float) -> int:
    return min(_LONGEST, max(_SHORTEST, round(length / _STEP) * _STEP))


def _pictures(model_id: str, request: ImageRequest) -> dict[str, Any]:
    """Pictures and mask as base64 or URLs, under the names that the model has for them."""
    body: dict[str, Any] = {}
    single = next((field for piece, field in _ONE_PICTURE.items() if piece in model_id), None)
    if "kontext" in model_id or "flux-2" in model_id:
        single = None
    if single is not None and len(request.files) > 1:
        raise UnsupportedError(f"{model_id} starts from one picture, not from several", field="files")
    for at, part in enumerate(request.files):
        name = single or ("input_image" if at == 0 else f"input_image_{at + 1}")
        body[name] = _picture(part)
    if request.mask is not None:
        if not any(piece in model_id for piece in _WITH_MASK):
            raise UnsupportedError(f"{model_id} takes no mask; flux-pro-1.0-fill does", field="mask")
        body["mask"] = _picture(request.mask)
    return body


def _picture(part: FilePart) -> str:
    """Base64 without the head of a ``data:`` URL; a URL that the provider fetches goes as it is."""
    if part.url is None:
        return part.base64
    return FilePart.from_url(part.url).base64 if part.url.startswith("data:") else part.url
