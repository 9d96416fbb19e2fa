"""Veo on Google Cloud: ``:predictLongRunning``, and ``:fetchPredictOperation`` to look at the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._media import fetched
from ai_sdk.providers.google._read import said
from ai_sdk.providers.google.video import VeoModel
from ai_sdk.providers.google_vertex._storage import check_readable, stored

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart
    from ai_sdk.polling import Polling
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.google_vertex._endpoint import VertexEndpoint
    from ai_sdk.requests import VideoRequest

__all__ = ["VertexVeo"]


class VertexVeo(VeoModel):
    """Veo in a project, up to four videos a call.

    They come in the answer itself, unless the option ``storageUri`` names a folder of Cloud Storage; then they are
    fetched from there.
    """

    endpoint: VertexEndpoint

    def __init__(self, endpoint: VertexEndpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)

    @property
    def max_videos_per_call(self) -> int:
        """How many videos one request may ask for."""
        return 4

    @property
    def resource(self) -> str:
        """The model's path behind the location."""
        if self.model_id.startswith(("endpoints/", "publishers/")):
            return f"/{self.model_id}"
        return f"/publishers/google/models/{self.model_id.removeprefix('models/')}"

    def check(self, request: VideoRequest) -> None:
        """Refuse what is known to be wrong before anything is fetched or sent."""
        super().check(request)
        check_readable(self.endpoint, options_of(request, self.provider).get("storageUri"))

    async def picture(self, part: FilePart, exchange: Exchange) -> FilePart:
        """The first frame: its bytes, or its place in Cloud Storage."""
        return await fetched(part, exchange, keep=lambda url: url.startswith("gs://"))

    async def operation(self, name: str, request: VideoRequest, exchange: Exchange) -> dict[str, Any]:
        """Look at an operation once."""
        body = {"operationName": name}
        data, _ = await exchange.json(f"{self.resource}:fetchPredictOperation", body, request.headers)
        return said(data)

    async def download(self, uri: str, exchange: Exchange) -> tuple[bytes, str]:
        """The bytes of a video in Cloud Storage and their type."""
        return await stored(uri, exchange, self.endpoint)
