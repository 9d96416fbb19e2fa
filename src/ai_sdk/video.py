"""Films from a model: made from words, or from words and a first picture."""

from __future__ import annotations

from typing import TypeAlias, Unpack

from ai_sdk._calls import (
    CommonSettings,
    MediaFile,
    OnProgress,
    check_count,
    check_names,
    check_text,
    fields_of,
    file_of,
    raise_when_none,
    told,
    with_attempts,
)
from ai_sdk.call import record_call
from ai_sdk.model import Model, recorded
from ai_sdk.polling import Polling, polling_with
from ai_sdk.registry import resolve
from ai_sdk.requests import VideoRequest
from ai_sdk.results import VideoResult

__all__ = ["VideoModel", "VideoSettings", "generate_video"]

VideoModel: TypeAlias = str | Model[VideoRequest, VideoResult]
"""A model, or its name for the registry: ``"luma:ray-2"``."""


class VideoSettings(CommonSettings, total=False):
    """Settings of a video request.

    ``aspect_ratio``: ``"16:9"``; ``resolution``: ``"1280x720"`` in pixels; ``duration`` in seconds; ``fps``: pictures a
    second; ``seed``. The others are those of every request: ``headers``, ``provider_options``, ``layer_options``.
    """

    aspect_ratio: str | None
    resolution: str | None
    duration: float | None
    fps: int | None
    seed: int | None


_SETTINGS = frozenset({*VideoSettings.__annotations__, *CommonSettings.__annotations__})
_OWN = frozenset({"n", "image", "polling", "on_progress"})


async def generate_video(
    model: VideoModel,
    prompt: str,
    /,
    *,
    n: int = 1,
    image: MediaFile | None = None,
    polling: Polling | None = None,
    on_progress: OnProgress | None = None,
    **settings: Unpack[VideoSettings],
) -> VideoResult:
    """Make a film: ``result.video.save("a.mp4")``. It takes minutes.

    ``image`` is its first picture: bytes, a path, a URL or a ``FilePart``. ``polling`` says how to wait, by default as
    the model does; ``on_progress`` is called with each look at the job. The settings are those of ``VideoSettings``.

    Raises ``InvalidRequestError`` before any call, ``APITimeoutError`` with the ``job`` of the provider when it takes
    too long, ``InvalidResponseError`` for an answer without a film, and what the model raises.
    """
    check_names("generate_video", settings, _SETTINGS | _OWN)
    check_text(prompt, "prompt")
    check_count("n", n)
    call = recorded(resolve(model, "video"))
    request = VideoRequest(
        prompt=prompt,
        n=n,
        image=None if image is None else file_of(image, "image", "image/*"),
        **fields_of(settings),
    )
    with record_call("call", "generate_video", told(on_progress)) as record, polling_with(polling):
        result = await call(request)
        raise_when_none(call, result.videos, "video")
        return with_attempts(result, record)
