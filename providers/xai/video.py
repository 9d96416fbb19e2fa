"""xAI's video models: jobs at ``/videos/generations``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import ErrorInfo, options_of, parse_json
from ai_sdk.providers.openai_compatible.video import Job, JobState, VideoJobModel, lacks
from ai_sdk.wire import object_of, picture_url, size_of, text_of, whole_number

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import VideoRequest
    from ai_sdk.results import CallWarning

__all__ = ["XAIVideoModel"]

_HIGH = 720


class XAIVideoModel(VideoJobModel):
    """A video model. ``resolution`` is ``480p`` or ``720p``; a width and a height become the one that they reach.

    A film that the moderation withholds is a ``ContentFilterError``.
    """

    path = "/videos/generations"
    id_field = "request_id"
    states: ClassVar[Mapping[str, JobState]] = FrozenDict({"done": "done", "failed": "failed", "expired": "failed"})
    metadata = ("usage",)

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        if request.duration is not None:
            body["duration"] = whole_number(request.duration, "duration")
        if request.aspect_ratio is not None:
            body["aspect_ratio"] = request.aspect_ratio
        if request.resolution is not None:
            body["resolution"] = _resolution(request.resolution)
        if request.image is not None:
            body["image"] = {"url": picture_url(request.image)}
        return {**body, **options_of(request, self.provider)}, lacks(request, self.model_id, "fps", "seed")

    async def look_at(self, where: str, request: VideoRequest, exchange: Exchange) -> Any:
        """A job that is not done is answered with 202 and, at times, nothing (vendor's SDKs)."""
        response = await exchange.send(where, None, request.headers, method="GET")
        return parse_json(response.body, self.provider) if response.body.strip() else {"status": "pending"}

    def read(self, data: Any, job: str | None = None) -> Job:
        """What an answer says of a job; pure. One without a status and with a film is done."""
        said = object_of(data)
        film = object_of(said.get("video"))
        status = text_of(said.get("status")) or ("done" if film.get("url") else "pending")
        if film.get("respect_moderation") is False:
            status = "failed"
        return super().read({**said, "status": status}, job)

    def urls(self, said: Mapping[str, Any]) -> list[str]:
        """Where the film is."""
        url = text_of(object_of(said.get("video")).get("url"))
        return [url] if url else []

    def failure(self, job: Job) -> ErrorInfo:
        """Why a job failed."""
        if object_of(job.said.get("video")).get("respect_moderation") is False:
            return ErrorInfo("the moderation withheld what was made", "content_filter", "content_filter")
        return super().failure(job)


def _resolution(given: str) -> str:
    if given.endswith("p"):
        return given
    return "720p" if min(size_of(given, "resolution")) >= _HIGH else "480p"
