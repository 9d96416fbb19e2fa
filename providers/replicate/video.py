"""Video models of Replicate."""

from __future__ import annotations

from typing import Any

from ai_sdk._frozen import freeze
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import InvalidRequestError
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, PolledModel, options_of
from ai_sdk.providers.replicate._inputs import add_files, pixels_of, video_names
from ai_sdk.providers.replicate._predictions import Call, call_of, complete, fetch_files
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, VideoResult

__all__ = ["ReplicateVideoModel"]


class ReplicateVideoModel(PolledModel[VideoRequest, VideoResult]):
    """A video model, which makes one film a prediction."""

    kind = "video"
    polling = Polling(interval=2.0, timeout=1800.0)
    max_videos_per_call = 1

    def __init__(self, endpoint: Endpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)
        self.names = video_names(model_id)

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        call = self.call(request)
        return call.body, call.warnings

    def call(self, request: VideoRequest) -> Call:
        """What is sent for a request; pure. A resolution in pixels becomes the word for it: 1280x720 is ``720p``."""
        if request.n > self.max_videos_per_call:
            raise InvalidRequestError(f"n is {request.n}; {self.model_id} makes one film in one call", field="n")
        options = options_of(request, self.provider)
        inputs: dict[str, Any] = {"prompt": request.prompt}
        for field in ("aspect_ratio", "fps", "seed"):
            if getattr(request, field) is not None:
                inputs[field] = getattr(request, field)
        if request.duration is not None:
            whole = float(request.duration).is_integer()
            inputs["duration"] = int(request.duration) if whole else request.duration
        if request.resolution is not None:
            inputs["resolution"] = _resolution(request.resolution)
        files = () if request.image is None else (request.image,)
        add_files(inputs, files, str(options.get("file_input", self.names.files)), self.model_id)
        return call_of(self.model_id, inputs, options, [], wait=False)

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """One prediction: made, waited for, its film fetched."""
        call = self.call(request)
        prediction = await complete(exchange, call, request.headers, self.polling)
        headers = exchange.headers
        videos = await fetch_files(exchange, prediction, "film")
        return VideoResult(
            videos=videos,
            usage=prediction.usage,
            response=prediction.info(headers),
            provider_metadata=freeze({self.provider: prediction.metadata}),
        )


def _resolution(said: str) -> str:
    if said.strip().lower().endswith(("p", "k")):
        return said.strip()
    return f"{min(pixels_of(said, 'resolution'))}p"
