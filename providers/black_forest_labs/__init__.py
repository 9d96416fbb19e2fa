"""Black Forest Labs: the FLUX image models, from their makers. ``BFL_API_KEY`` is the key.

A task is looked at where its answer says, in the region that took it; the key goes to hosts under ``bfl.ai`` alone.
Options: ``BlackForestLabsImageOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import ModelInfo, Provider
from ai_sdk.providers.black_forest_labs._endpoint import RegionalEndpoint, with_key
from ai_sdk.providers.black_forest_labs._errors import read_bfl_error
from ai_sdk.providers.black_forest_labs._models import ImageModelId
from ai_sdk.providers.black_forest_labs._options import BlackForestLabsImageOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.black_forest_labs.image import FluxImageModel

__all__ = [
    "BlackForestLabs",
    "BlackForestLabsImageOptions",
    "ImageModelId",
    "black_forest_labs",
    "create_black_forest_labs",
]


class BlackForestLabs(Provider):
    """The models of Black Forest Labs by id. ``polling`` says how all of them wait."""

    def __init__(self, endpoint: RegionalEndpoint, polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs="https://docs.bfl.ai")
        self._endpoint = endpoint
        self._polling = polling

    def image(self, model_id: ImageModelId) -> FluxImageModel:
        """Make an image model."""
        from ai_sdk.providers.black_forest_labs.image import FluxImageModel

        return FluxImageModel(self._endpoint, model_id, self._polling)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: the API has no list of models."""
        raise UnsupportedError("black_forest_labs has no list of its models in its API", field="models")


def create_black_forest_labs(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> BlackForestLabs:
    """Make another instance of the provider; ``base_url`` such as ``https://api.eu.bfl.ai/v1`` for one region."""
    endpoint = RegionalEndpoint(
        name="black_forest_labs",
        base_url=base_url or "https://api.bfl.ai/v1",
        key=api_key,
        key_env=("BFL_API_KEY",),
        auth=with_key,
        headers=headers or EMPTY,
        http=http,
        read_error=read_bfl_error,
    )
    return BlackForestLabs(endpoint, polling)


black_forest_labs = create_black_forest_labs()
