"""Video models of OpenRouter: jobs at ``/videos``, whose films are behind the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import options_of
from ai_sdk.providers.openai_compatible.video import Job, JobState, VideoJobModel, lacks
from ai_sdk.providers.openrouter.image import picture_part
from ai_sdk.results import CallWarning, GeneratedFile
from ai_sdk.wire import size_of, whole_number

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import VideoRequest

__all__ = ["OpenRouterVideoModel"]


class OpenRouterVideoModel(VideoJobModel):
    """A video model. ``resolution`` is a width and a height, or a word such as ``720p``. Metadata: ``usage``."""

    states: ClassVar[Mapping[str, JobState]] = FrozenDict(
        {"completed": "done", "failed": "failed", "cancelled": "failed", "expired": "failed"}
    )
    metadata = ("usage", "generation_id")

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        if request.resolution is not None and "x" in request.resolution:
            size_of(request.resolution, "resolution")
            body["size"] = request.resolution
        elif request.resolution is not None:
            body["resolution"] = request.resolution
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        if request.duration is not None:
            body["duration"] = whole_number(request.duration, "duration")
        if request.seed is not None:
            body["seed"] = request.seed
        if request.image is not None:
            body["frame_images"] = [{**picture_part(request.image), "frame_type": "first_frame"}]
        return {**body, **options_of(request, self.provider)}, lacks(request, self.model_id, "fps")

    async def fetch(self, job: Job, request: VideoRequest, exchange: Exchange) -> list[GeneratedFile]:
        """The films, from behind the key: as many as the job names URLs, at least one."""
        named: Any = job.said.get("unsigned_urls")
        count = max(len(cast("tuple[Any, ...]", named)), 1) if isinstance(named, tuple | list) else 1
        films: list[GeneratedFile] = []
        for index in range(count):
            path = f"{self.job_path(job.id)}/content?index={index}"
            response = await exchange.send(path, None, request.headers, method="GET")
            films.append(GeneratedFile(response.body, exchange.headers.get("content-type", "").partition(";")[0]))
        return films
