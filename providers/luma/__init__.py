"""Luma's Dream Machine: images and video. ``LUMA_API_KEY`` is the key.

Pictures to start from must be URLs that Luma can fetch: it takes no bytes. Options: those of ``LumaImageOptions`` and
``LumaVideoOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.luma._errors import read_luma_error
from ai_sdk.providers.luma._models import ImageModelId, VideoModelId
from ai_sdk.providers.luma._options import LumaImageOptions, LumaVideoOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.luma.image import LumaImageModel
    from ai_sdk.providers.luma.video import LumaVideoModel

__all__ = [
    "ImageModelId",
    "Luma",
    "LumaImageOptions",
    "LumaVideoOptions",
    "VideoModelId",
    "create_luma",
    "luma",
]


class Luma(Provider):
    """Luma's models by id. ``polling`` says how all of them wait; each kind has a default of its own."""

    def __init__(self, endpoint: Endpoint, polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs="https://docs.lumalabs.ai")
        self._polling = polling

    def image(self, model_id: ImageModelId) -> LumaImageModel:
        """Make an image model."""
        from ai_sdk.providers.luma.image import LumaImageModel

        return LumaImageModel(self.endpoint, model_id, self._polling)

    def video(self, model_id: VideoModelId) -> LumaVideoModel:
        """Make a video model."""
        from ai_sdk.providers.luma.video import LumaVideoModel

        return LumaVideoModel(self.endpoint, model_id, self._polling)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: Luma has no list of its models."""
        raise UnsupportedError("luma has no list of its models in its API", field="models")


def create_luma(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> Luma:
    """Make another instance of the provider; ``base_url`` is without ``/dream-machine/v1``."""
    endpoint = Endpoint(
        name="luma",
        base_url=base_url or "https://api.lumalabs.ai",
        key=api_key,
        key_env=("LUMA_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=read_luma_error,
    )
    return Luma(endpoint, polling)


luma = create_luma()
