"""Video models of TogetherAI: jobs at ``/v2/videos``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import options_of
from ai_sdk.providers.openai_compatible.video import JobState, VideoJobModel
from ai_sdk.wire import object_of, picture_url, size_of, text_of, whole_number

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import VideoRequest
    from ai_sdk.results import CallWarning

__all__ = ["TogetherVideoModel"]


class TogetherVideoModel(VideoJobModel):
    """A video model. ``resolution`` is a width and a height, or a word such as ``720p``. Metadata: ``outputs``."""

    states: ClassVar[Mapping[str, JobState]] = FrozenDict(
        {"completed": "done", "failed": "failed", "cancelled": "failed", "canceled": "failed"}
    )
    metadata = ("outputs", "seconds", "size")

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        if request.resolution is not None and "x" in request.resolution:
            body["width"], body["height"] = size_of(request.resolution, "resolution")
        elif request.resolution is not None:
            body["resolution"] = request.resolution
        if request.aspect_ratio is not None:
            body["ratio"] = request.aspect_ratio
        if request.duration is not None:
            body["seconds"] = str(whole_number(request.duration, "duration"))
        if request.fps is not None:
            body["fps"] = request.fps
        if request.seed is not None:
            body["seed"] = request.seed
        if request.image is not None:
            body["frame_images"] = [{"input_image": picture_url(request.image), "frame": "first"}]
        return {**body, **options_of(request, self.provider)}, []

    def _root(self) -> str:
        """Films are at version 2 of the API (vendor's definition)."""
        base = self.endpoint.url("").rstrip("/")
        return f"{base.removesuffix('/v1')}/v2/videos" if base.endswith("/v1") else f"{base}/videos"

    def job_path(self, job: str) -> str:
        """Where a job is looked at."""
        return f"{self._root()}/{quote(job, safe='')}"

    async def submit(self, body: dict[str, Any], request: VideoRequest, exchange: Exchange) -> Any:
        """The exchange that makes a job."""
        data, _ = await exchange.json(self._root(), body, request.headers)
        return data

    def urls(self, said: Mapping[str, Any]) -> list[str]:
        """Where the film is."""
        url = text_of(object_of(said.get("outputs")).get("video_url"))
        return [url] if url else []
