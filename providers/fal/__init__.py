"""fal: image, speech, transcription and video models of many houses, in fal's queue.

``FAL_API_KEY``, then ``FAL_KEY``, is the key. A model is named by its path at fal: ``fal.image("fal-ai/flux/dev")``.
Requests go through the queue, as fal recommends: it waits for a free machine, tells its progress and can be called off.
The option ``direct`` makes one call to ``fal.run`` instead. Options: those of ``FalImageOptions``,
``FalSpeechOptions``, ``FalTranscriptionOptions`` and ``FalVideoOptions``, and every field of the model's own schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import ModelInfo, Provider
from ai_sdk.providers.fal._endpoint import FalEndpoint, with_key
from ai_sdk.providers.fal._errors import read_fal_error
from ai_sdk.providers.fal._models import ImageModelId, SpeechModelId, TranscriptionModelId, VideoModelId
from ai_sdk.providers.fal._options import (
    FalImageOptions,
    FalSpeechOptions,
    FalTranscriptionOptions,
    FalVideoOptions,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.fal.image import FalImageModel
    from ai_sdk.providers.fal.speech import FalSpeechModel
    from ai_sdk.providers.fal.transcription import FalTranscriptionModel
    from ai_sdk.providers.fal.video import FalVideoModel

__all__ = [
    "Fal",
    "FalImageOptions",
    "FalSpeechOptions",
    "FalTranscriptionOptions",
    "FalVideoOptions",
    "ImageModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "VideoModelId",
    "create_fal",
    "fal",
]

QUEUE_URL = "https://queue.fal.run"
DIRECT_URL = "https://fal.run"


class Fal(Provider):
    """Models at fal by id. ``polling`` says how all of them wait; each kind has a default of its own."""

    def __init__(self, endpoint: FalEndpoint, polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs="https://fal.ai/docs")
        self._endpoint = endpoint
        self._polling = polling

    def image(self, model_id: ImageModelId) -> FalImageModel:
        """Make an image model."""
        from ai_sdk.providers.fal.image import FalImageModel

        return FalImageModel(self._endpoint, model_id, self._polling)

    def speech(self, model_id: SpeechModelId) -> FalSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.fal.speech import FalSpeechModel

        return FalSpeechModel(self._endpoint, model_id, self._polling)

    def transcription(self, model_id: TranscriptionModelId) -> FalTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.fal.transcription import FalTranscriptionModel

        return FalTranscriptionModel(self._endpoint, model_id, self._polling)

    def video(self, model_id: VideoModelId) -> FalVideoModel:
        """Make a video model."""
        from ai_sdk.providers.fal.video import FalVideoModel

        return FalVideoModel(self._endpoint, model_id, self._polling)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: fal lists its models on its web pages, not in this API."""
        raise UnsupportedError("fal lists its models at https://fal.ai/models, not in the queue's API", field="models")


def create_fal(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    direct_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> Fal:
    """Make another instance of the provider.

    ``base_url`` is that of the queue. Direct calls go to ``direct_url``, which is ``base_url`` when only that is given,
    so that nothing goes around a proxy.
    """
    endpoint = FalEndpoint(
        name="fal",
        base_url=base_url or QUEUE_URL,
        direct_url=direct_url or base_url or DIRECT_URL,
        key=api_key,
        key_env=("FAL_API_KEY", "FAL_KEY"),
        auth=with_key,
        headers=headers or EMPTY,
        http=http,
        read_error=read_fal_error,
    )
    return Fal(endpoint, polling)


fal = create_fal()
