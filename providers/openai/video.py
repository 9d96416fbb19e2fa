"""OpenAI's video models: jobs at ``/videos``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ai_sdk.errors import InvalidRequestError
from ai_sdk.media import extension_of
from ai_sdk.provider import options_of, parse_json, unsupported
from ai_sdk.providers.openai_compatible.video import Job, VideoJobModel, lacks
from ai_sdk.results import CallWarning, GeneratedFile
from ai_sdk.wire import number_of, picture_type, size_of, whole_number

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import VideoRequest

__all__ = ["OpenAIVideoModel"]

_SIZES = {"16:9": "1280x720", "9:16": "720x1280"}


class OpenAIVideoModel(VideoJobModel):
    """A video model; its films stay at OpenAI for some time and are fetched with the key.

    The first frame must have the size of the film. Options: ``variant`` (``thumbnail``, ``spritesheet``) is what to
    fetch instead of the film.
    """

    metadata = ("seconds", "size", "expires_at", "remixed_from_video_id")
    can_cancel = True

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request without the picture when that is bytes, and what it could not say; pure."""
        body: dict[str, Any] = {"model": self.model_id, "prompt": request.prompt}
        warnings = lacks(request, self.model_id, "fps", "seed")
        size = request.resolution
        if size is not None:
            size_of(size, "resolution")
        elif request.aspect_ratio is not None:
            size = _SIZES.get(request.aspect_ratio)
        if request.aspect_ratio is not None and (size is None or request.resolution is not None):
            warnings.append(unsupported("aspect_ratio", f"{self.model_id} has the sizes of resolution"))
        if size is not None:
            body["size"] = size
        if request.duration is not None:
            body["seconds"] = str(whole_number(request.duration, "duration"))
        if request.image is not None and request.image.url is not None:
            url = request.image.url
            body["input_reference"] = {"file_id": url} if url.startswith("file-") else {"image_url": url}
        options = options_of(request, self.provider)
        options.pop("variant", None)
        return {**body, **options}, warnings

    async def submit(self, body: dict[str, Any], request: VideoRequest, exchange: Exchange) -> Any:
        """JSON, or a form when the first frame is bytes."""
        from ai_sdk.http import multipart

        image = request.image
        if image is None or image.data is None:
            return await super().submit(body, request, exchange)
        kind = picture_type(image)
        name = image.filename or f"first_frame.{extension_of(kind)}"
        if not all(isinstance(value, str) for value in body.values()):
            raise InvalidRequestError(
                "with a first frame of bytes the options are texts, as fields of a form are", field="provider_options"
            )
        content_type, data = multipart(list(body.items()), [("input_reference", name, image.data, kind)])
        response = await exchange.send("/videos", data, request.headers, content_type=content_type)
        return parse_json(response.body, self.provider)

    async def fetch(self, job: Job, request: VideoRequest, exchange: Exchange) -> list[GeneratedFile]:
        """The film, from behind the key."""
        variant = options_of(request, self.provider).get("variant")
        query = f"?variant={quote(str(variant), safe='')}" if variant else ""
        path = f"{self.job_path(job.id)}/content{query}"
        response = await exchange.send(path, None, request.headers, method="GET")
        return [GeneratedFile(response.body, exchange.headers.get("content-type", "").partition(";")[0])]

    def wait(self, headers: Mapping[str, str]) -> float | None:
        """``openai-poll-after-ms`` (vendor's SDKs)."""
        milliseconds = number_of(headers.get("openai-poll-after-ms"))
        return None if milliseconds is None else milliseconds / 1000
