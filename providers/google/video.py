"""Veo through the Gemini API: ``:predictLongRunning``, an operation to look at, and files behind the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import AISDKError, APIError, InvalidRequestError, InvalidResponseError
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Exchange, PolledModel, unsupported
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._media import (
    bytes_of,
    check_aspect_ratio,
    check_count,
    failed_job,
    fetched,
    file_of,
    filtered,
    pixels,
)
from ai_sdk.providers.google._read import array, number, objects, said, text
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, GeneratedFile, ResponseInfo, VideoResult

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart

__all__ = ["VeoModel"]

_RESOLUTIONS = {720: "720p", 1080: "1080p", 2160: "4k"}
_IN_INSTANCE = ("lastFrame", "referenceImages", "video", "mask")
_NAME = re.compile(r"[A-Za-z0-9._@/-]+")
_FILE = re.compile(r"https?://[^/]+/(?:[^/?]+/)?(files/[A-Za-z0-9._-]+:download)(?:\?.*)?")
_REDIRECTS = (301, 302, 303, 307, 308)


class VeoModel(PolledModel[VideoRequest, VideoResult]):
    """A Veo model.

    Options are fields of ``parameters``, but for ``lastFrame``, ``referenceImages``, ``video`` and ``mask``, which are
    of the instance. There is no way to call an operation off.
    """

    kind = "video"
    polling = Polling(interval=5.0, factor=1.3, longest=20.0, timeout=1800.0)

    @property
    def max_videos_per_call(self) -> int:
        """How many videos one request may ask for: Veo 2 makes two, later ones one (vendor documents)."""
        return 2 if "veo-2" in self.model_id else 1

    @property
    def resource(self) -> str:
        """The model's path; an id with a slash is one."""
        return f"/{self.model_id}" if "/" in self.model_id else f"/models/{self.model_id}"

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, whose picture has its bytes, and what it could not say; pure."""
        check_count(request.n, self.max_videos_per_call, self.model_id, "videos")
        check_aspect_ratio(request.aspect_ratio)
        if not request.prompt and request.image is None:
            raise InvalidRequestError("prompt is empty, and there is no picture to begin with", field="prompt")
        instance: dict[str, Any] = {"prompt": request.prompt} if request.prompt else {}
        if request.image is not None:
            instance["image"] = file_of(request.image)
        resolution, ratio = _resolution(request.resolution)
        values = {
            "sampleCount": request.n if request.n > 1 else None,
            "aspectRatio": request.aspect_ratio or ratio,
            "resolution": resolution,
            "durationSeconds": _seconds(request.duration),
            "seed": request.seed,
        }
        warnings = [] if request.fps is None else [unsupported("fps", "Veo makes 24 frames a second")]
        options = options_of(request, self.provider)
        instance |= {name: options.pop(name) for name in _IN_INSTANCE if name in options}
        parameters = {name: value for name, value in values.items() if value is not None} | options
        return {"instances": [instance], **({"parameters": parameters} if parameters else {})}, warnings

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """Submit, look at the operation until it is done, and fetch what it made."""
        self.check(request)
        if request.image is not None:
            request = replace(request, image=await self.picture(request.image, exchange))
        body, warnings = self.encode(request)
        with refining():
            begun, _ = await exchange.json(f"{self.resource}:predictLongRunning", body, request.headers)
        name = text(said(begun).get("name"))
        if not name or not _NAME.fullmatch(name) or ".." in name:
            raise InvalidResponseError(f"{self.provider} began no operation", body=repr(cast("object", begun)))

        async def look() -> VideoResult | AISDKError | Pending:
            with refining():
                return await self._seen(await self.operation(name, request, exchange), name, exchange)

        try:
            result: VideoResult | AISDKError = await poll(
                look, job=name, polling=self.polling, first=Pending("running")
            )
        except APIError as error:
            error.job = name
            raise
        if isinstance(result, AISDKError):
            raise result
        return replace(result, warnings=tuple(warnings))

    def check(self, request: VideoRequest) -> None:
        """Refuse what is known to be wrong before anything is fetched or sent."""
        self.encode(replace(request, image=None, prompt=request.prompt or "-"))

    async def picture(self, part: FilePart, exchange: Exchange) -> FilePart:
        """The first frame as this house takes it."""
        return await fetched(part, exchange)

    async def operation(self, name: str, request: VideoRequest, exchange: Exchange) -> dict[str, Any]:
        """Look at an operation once."""
        data, _ = await exchange.json(f"/{name}", headers=request.headers, method="GET")
        return said(data)

    async def _seen(
        self, operation: dict[str, Any], name: str, exchange: Exchange
    ) -> VideoResult | AISDKError | Pending:
        """What an operation has come to. Its failure is given and not raised: looking again would not help.

        Files are fetched here, so that a fetch which fails for a moment is tried again with the next look.
        """
        if operation.get("error"):
            return failed_job(exchange, name, operation["error"], operation)
        if operation.get("done") is not True:
            return _pending(operation)
        answer = said(operation.get("response"))
        answer = said(answer.get("generateVideoResponse")) or answer
        samples = objects(answer.get("generatedSamples")) or objects(answer.get("videos"))
        reasons = [reason for each in array(answer.get("raiMediaFilteredReasons")) if (reason := text(each))]
        held = number(answer.get("raiMediaFilteredCount")) or len(reasons)
        if not samples and held:
            error = filtered(exchange, "; ".join(reasons) or f"{held} videos were filtered", operation)
            error.job = name
            return error
        if not samples:
            return InvalidResponseError(
                f"{self.provider} ended {name} without videos", body=repr(cast("object", operation))
            )
        videos = [await self._video(said(each.get("video")) or each, exchange) for each in samples]
        own: dict[str, Any] = {"operation": name, "uris": [_uri(said(each.get("video")) or each) for each in samples]}
        if reasons:
            own["raiMediaFilteredReasons"] = reasons
        return VideoResult(
            videos=tuple(videos),
            response=ResponseInfo(id=name, model=exchange.model_id, headers=exchange.headers),
            provider_metadata=freeze({self.provider: own}),
        )

    async def _video(self, video: dict[str, Any], exchange: Exchange) -> GeneratedFile:
        kind = text(video.get("mimeType")) or text(video.get("encoding")) or "video/mp4"
        encoded = video.get("bytesBase64Encoded") or video.get("encodedVideo")
        if encoded:
            try:
                return GeneratedFile(bytes_of(encoded), kind)
            except ValueError as error:
                raise InvalidResponseError(f"{self.provider} gave a video that is no base64: {error}") from error
        uri = _uri(video)
        if uri is None:
            raise InvalidResponseError(f"{self.provider} gave a video without bytes and address", body=repr(video))
        data, found = await self.download(uri, exchange)
        return GeneratedFile(data, found if found.startswith("video/") else kind)

    async def download(self, uri: str, exchange: Exchange) -> tuple[bytes, str]:
        """The bytes of a file of the vendor's and their type; the key goes to the own origin alone."""
        match = _FILE.fullmatch(uri)
        if match is None:
            file = await exchange.download(uri)
            return file.data, file.media_type
        try:
            response = await exchange.send(f"/{match[1]}?alt=media", method="GET")
        except APIError as error:
            where = error.headers.get("location")
            if error.status not in _REDIRECTS or not where:
                raise
            file = await exchange.download(where)
            return file.data, file.media_type
        return response.body, exchange.headers.get("content-type", "").partition(";")[0]


def _uri(video: Mapping[str, Any]) -> str | None:
    return text(video.get("uri")) or text(video.get("gcsUri")) or None


def _pending(operation: Mapping[str, Any]) -> Pending:
    progress = said(operation.get("metadata")).get("progressPercent")
    if isinstance(progress, int | float) and 0 <= progress <= 100:
        return Pending("running", fraction=progress / 100)
    return Pending("running")


def _resolution(value: str | None) -> tuple[str | None, str | None]:
    """The word for a resolution and, where it is in pixels, the aspect ratio."""
    if value is None or value.lower() in _RESOLUTIONS.values():
        return (value.lower() if value else None), None
    size = pixels(value)
    if size is None or min(size) not in _RESOLUTIONS or max(size) * 9 != min(size) * 16:
        raise InvalidRequestError(
            f"resolution is {value!r:.80}; allowed are 1280x720, 1920x1080, 3840x2160, the same upright, and "
            f"{', '.join(_RESOLUTIONS.values())}",
            field="resolution",
        )
    return _RESOLUTIONS[min(size)], "16:9" if size[0] > size[1] else "9:16"


def _seconds(duration: float | None) -> int | None:
    if duration is not None and duration != int(duration):
        raise InvalidRequestError(f"duration is {duration}; Veo takes whole seconds", field="duration")
    return None if duration is None else int(duration)
