"""Video models at fal."""

from __future__ import annotations

import re
from typing import Any

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.fal._families import duration_of, fps_field, resolution_of, start_field, usual_ratio
from ai_sdk.providers.fal._files import fetched, files_of, rest_of
from ai_sdk.providers.fal._queue import FalModel
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, ResponseInfo, VideoResult
from ai_sdk.wire import picture_type, size_of

__all__ = ["FalVideoModel"]

_VIDEOS = ("video", "videos")


class FalVideoModel(FalModel[VideoRequest, VideoResult]):
    """A video model; it makes one film a call, and may take half an hour."""

    kind = "video"
    polling = Polling(interval=2.0, longest=10.0, timeout=1800.0)
    max_videos_per_call = 1

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The input of the model, and what it could not say; pure."""
        if request.n > 1:
            raise InvalidRequestError(f"n is {request.n}; {self.model_id} makes one film a call", field="n")
        options = options_of(request, self.provider)
        options.pop("direct", None)
        field = options.pop("image_field", None) or start_field(self.model_id)
        body: dict[str, Any] = {"prompt": request.prompt} if request.prompt else {}
        warnings: list[CallWarning] = []
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        if request.resolution is not None:
            body.update(_resolution(self.model_id, request))
        if request.duration is not None:
            body["duration"] = duration_of(self.model_id, request.duration)
        if request.seed is not None:
            body["seed"] = request.seed
        if request.fps is not None:
            name = fps_field(self.model_id)
            if name is None:
                warnings.append(unsupported("fps", f"{self.model_id} chooses its frames per second itself"))
            else:
                body[name] = request.fps
        if (image := request.image) is not None:
            url = image.url if image.url is not None else f"data:{picture_type(image)};base64,{image.base64}"
            body[field] = [url] if field.endswith("s") else url
        return {**body, **options}, warnings

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """Run the model and fetch the film."""
        body, warnings = self.encode(request)
        direct = bool(options_of(request, self.provider).get("direct"))
        made = await self.run(body, request.headers, exchange, direct=direct)
        files = files_of(made.data, _VIDEOS, "a film")
        videos = tuple([await fetched(each, exchange) for each in files])
        metadata = {**rest_of(made.data, _VIDEOS), "videos": [each.said for each in files], "request_id": made.id}
        return VideoResult(
            videos=videos,
            warnings=tuple(warnings),
            response=ResponseInfo(id=made.id, headers=made.headers),
            provider_metadata=freeze({self.provider: metadata}),
        )


def _resolution(model_id: str, request: VideoRequest) -> dict[str, Any]:
    """``"1280x720"`` as fal's ``720p``, with its aspect ratio where nothing else says one; ``"720p"`` as it is."""
    asked = request.resolution or ""
    if re.fullmatch(r"\d{3,4}[pP]|\dk", asked):
        return {"resolution": asked}
    width, height = size_of(asked, "resolution")
    fields: dict[str, Any] = {"resolution": resolution_of(model_id, width, height)}
    ratio = usual_ratio(width, height)
    if request.aspect_ratio is None and request.image is None and ratio is not None:
        fields["aspect_ratio"] = ratio
    return fields
