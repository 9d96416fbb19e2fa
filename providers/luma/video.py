"""Video models of Luma: ``POST /dream-machine/v1/generations/video``, then polling."""

from __future__ import annotations

import re
from typing import Any, cast

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, options_of, unsupported
from ai_sdk.providers.luma._generation import LumaModel, check_ratio, metadata_of, ratio_of, url_of
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, ResponseInfo, VideoResult
from ai_sdk.wire import size_of

__all__ = ["LumaVideoModel"]

_FOUR_K = 2160


class LumaVideoModel(LumaModel[VideoRequest, VideoResult]):
    """A video model; it makes one film a call. The first picture must be a URL."""

    kind = "video"
    polling = Polling(interval=2.0, longest=10.0, timeout=1800.0)
    max_videos_per_call = 1

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        if request.n > self.max_videos_per_call:
            raise InvalidRequestError(f"n is {request.n}; luma makes one film a call", field="n")
        options = options_of(request, self.provider)
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = check_ratio(request.aspect_ratio)
        if request.resolution is not None:
            body.update(_resolution(request.resolution, request.aspect_ratio))
        if request.duration is not None:
            body["duration"] = f"{request.duration:g}s"
        warnings = [
            unsupported(name, "luma has no such setting")
            for name in ("fps", "seed")
            if getattr(request, name) is not None
        ]
        if request.image is not None:
            frames: dict[str, Any] = {"frame0": {"type": "image", "url": url_of(request.image, "image")}}
            more = options.pop("keyframes", None)
            if isinstance(more, dict):
                frames.update(cast("dict[str, Any]", more))
            body["keyframes"] = frames
        return {**body, **options}, warnings

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """Submit, wait, fetch the film."""
        body, warnings = self.encode(request)
        done = await self.generate("/video", body, request.headers, exchange, asset="video")
        return VideoResult(
            videos=(done.file,),
            warnings=tuple(warnings),
            response=ResponseInfo(id=done.id, model=self.model_id, headers=done.headers),
            provider_metadata=freeze({self.provider: metadata_of(done)}),
        )


def _resolution(asked: str, ratio: str | None) -> dict[str, Any]:
    """``"1280x720"`` as Luma's ``720p``, with its aspect ratio where nothing else says one; ``"720p"`` as it is."""
    if re.fullmatch(r"\d{3,4}p|\dk", asked):
        return {"resolution": asked}
    width, height = size_of(asked, "resolution")
    lines = min(width, height)
    fields: dict[str, Any] = {"resolution": "4k" if lines == _FOUR_K else f"{lines}p"}
    derived = ratio_of(width, height)
    if ratio is None and derived is not None:
        fields["aspect_ratio"] = derived
    return fields
