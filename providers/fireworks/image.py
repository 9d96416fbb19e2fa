"""Image models of Fireworks, which are at three kinds of addresses."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import APIError, InvalidResponseError, UnsupportedError
from ai_sdk.media import media_type_of
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import ErrorInfo, Exchange, PolledModel, options_of, parse_json, unsupported
from ai_sdk.providers.openai_compatible.image import check_pictures
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo
from ai_sdk.wire import (
    check_wire_error,
    number_of,
    object_of,
    picture_url,
    size_of,
    text_of,
)

__all__ = ["FireworksImageModel"]

_SIZED = (
    "playground-v2-5-1024px-aesthetic",
    "playground-v2-1024px-aesthetic",
    "stable-diffusion-xl-1024-v1-0",
    "japanese-stable-diffusion-xl",
    "SSD-1B",
)
_JOBS = ("flux-kontext-pro", "flux-kontext-max")
_REFUSED = ("Content Moderated", "Request Moderated")
_FAILED = ("Error", "Failed", "Task not found", *_REFUSED)


class FireworksImageModel(PolledModel[ImageRequest, ImageResult]):
    """An image model; it makes one picture a call.

    FLUX.1 answers with the picture and takes an aspect ratio; the older diffusion models take a size; FLUX Kontext
    starts from a picture and works in the background.
    """

    kind = "image"
    polling = Polling(interval=0.5, longest=5.0, timeout=300.0)
    max_images_per_call = 1

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        check_pictures(request, self.model_id, self.max_images_per_call)
        if request.mask is not None:
            raise UnsupportedError("fireworks takes no mask", field="mask")
        if len(request.files) > 1:
            raise UnsupportedError("fireworks starts from one picture, not from several", field="files")
        body: dict[str, Any] = {"prompt": request.prompt}
        warnings: list[CallWarning] = []
        if request.seed is not None:
            body["seed"] = request.seed
        if request.files:
            body["input_image"] = picture_url(request.files[0])
        if self._is(_SIZED):
            if request.size is not None:
                body["width"], body["height"] = size_of(request.size)
            wrong, other = "aspect_ratio", "size"
        else:
            if request.aspect_ratio is not None:
                body["aspect_ratio"] = request.aspect_ratio
            wrong, other = "size", "aspect_ratio"
        if getattr(request, wrong) is not None:
            warnings.append(unsupported(wrong, f"{self.model_id} has {other}"))
        return {**body, **options_of(request, self.provider)}, warnings

    def _is(self, names: tuple[str, ...]) -> bool:
        return self.model_id.rpartition("/")[2] in names

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, or a job, its looks and the download."""
        body, warnings = self.encode(request)
        if self._is(_JOBS):
            return await self._job(body, warnings, request, exchange)
        path = f"/image_generation/{self.model_id}"
        if not self._is(_SIZED):
            path = f"/workflows/{self.model_id}/text_to_image"
        response = await exchange.send(path, body, {"accept": "image/*", **request.headers})
        kind = exchange.headers.get("content-type", "").partition(";")[0]
        found = media_type_of(response.body)
        if found is None and not kind.startswith("image/"):
            check_wire_error(parse_json(response.body, self.provider), exchange)
            raise InvalidResponseError(f"{self.provider} answered with something that is no picture")
        return ImageResult(
            images=(GeneratedFile(response.body, found or kind),),
            warnings=tuple(warnings),
            response=ResponseInfo(headers=exchange.headers),
        )

    async def _job(
        self, body: dict[str, Any], warnings: list[CallWarning], request: ImageRequest, exchange: Exchange
    ) -> ImageResult:
        path = f"/workflows/{self.model_id}"
        data, _ = await exchange.json(path, body, request.headers)
        check_wire_error(data, exchange)
        job = text_of(object_of(data).get("request_id"))
        if job is None:
            raise InvalidResponseError(f"{self.provider} answered with something that is no job", body=repr(data))

        async def look() -> dict[str, Any] | Pending:
            said, _ = await exchange.json(f"{path}/get_result", {"id": job}, request.headers)
            return self._look(said, exchange)

        done = await poll(look, job=job, polling=self.polling)
        headers = exchange.headers
        found = await exchange.fetch(self._made(done, job, exchange), job=job)
        return ImageResult(
            images=(GeneratedFile(found.data, found.media_type),),
            warnings=tuple(warnings),
            response=ResponseInfo(job, headers=headers),
        )

    def _look(self, data: Any, exchange: Exchange) -> dict[str, Any] | Pending:
        """What is said of a job that is over."""
        said = object_of(data)
        status = text_of(said.get("status"))
        if status is None:
            check_wire_error(data, exchange)
            raise InvalidResponseError(f"{self.provider} answered with something that is no job", body=repr(data))
        over = status == "Ready" or status in _FAILED
        return said if over else Pending(status, number_of(said.get("progress")))

    def _made(self, said: dict[str, Any], job: str, exchange: Exchange) -> str:
        """The URL of the picture of a job that is over."""
        if said["status"] != "Ready":
            raise self._failed(said, said["status"], job, exchange)
        url = text_of(object_of(said.get("result")).get("sample"))
        if url is None:
            raise InvalidResponseError(f"the job {job} is ready and has no picture", body=repr(said))
        return url

    def _failed(self, said: dict[str, Any], status: str, job: str, exchange: Exchange) -> APIError:
        words = text_of(said.get("error")) or text_of(object_of(said.get("details")).get("error"))
        code = "content_filter" if status in _REFUSED else None
        error = exchange.error_of(ErrorInfo(words or f"the job ended as {status!r}", code=code), said)
        error.job = job
        return error
