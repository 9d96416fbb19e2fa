"""Replicate: image, video and language models, each run as a prediction.

``REPLICATE_API_TOKEN`` is the key. Options: ``ReplicateImageOptions``, ``ReplicateVideoOptions`` and
``ReplicateLanguageOptions``; all other names go into the input of the model as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlsplit

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, Provider
from ai_sdk.providers.replicate._errors import read_replicate_error
from ai_sdk.providers.replicate._models import ImageModelId, ModelId, VideoModelId
from ai_sdk.providers.replicate._options import (
    ReplicateImageOptions,
    ReplicateLanguageOptions,
    ReplicateOptions,
    ReplicateVideoOptions,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.replicate.image import ReplicateImageModel
    from ai_sdk.providers.replicate.language import ReplicateLanguageModel
    from ai_sdk.providers.replicate.video import ReplicateVideoModel

__all__ = [
    "ImageModelId",
    "ModelId",
    "Replicate",
    "ReplicateImageOptions",
    "ReplicateLanguageOptions",
    "ReplicateOptions",
    "ReplicateVideoOptions",
    "VideoModelId",
    "create_replicate",
    "replicate",
]


class Replicate(Provider):
    """Replicate's models by id: ``owner/name``, ``owner/name:version``, a version, ``deployments/owner/name``."""

    def __init__(self, endpoint: Endpoint, polling: Polling | None = None, *, docs: str = "") -> None:
        super().__init__(endpoint, docs=docs)
        self.polling = polling

    def __call__(self, model_id: ModelId) -> ReplicateLanguageModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ReplicateLanguageModel:
        """Make a language model."""
        from ai_sdk.providers.replicate.language import ReplicateLanguageModel

        return ReplicateLanguageModel(self.endpoint, model_id, self.polling)

    def image(self, model_id: ImageModelId) -> ReplicateImageModel:
        """Make an image model."""
        from ai_sdk.providers.replicate.image import ReplicateImageModel

        return ReplicateImageModel(self.endpoint, model_id, self.polling)

    def video(self, model_id: VideoModelId) -> ReplicateVideoModel:
        """Make a video model."""
        from ai_sdk.providers.replicate.video import ReplicateVideoModel

        return ReplicateVideoModel(self.endpoint, model_id, self.polling)

    async def models(self, collection: str | None = None, *, pages: int = 4) -> list[ModelInfo]:
        """Public models, newest version first, of so many ``pages`` (``GET /models``); there are many thousands.

        With a ``collection``, such as ``text-to-image``, those in it (``GET /collections/...``). ``created`` is when
        the newest version was, ``raw`` has the model's description and the schema of its input.
        """
        if collection is not None:
            data, _ = await Exchange(self.endpoint).json(f"/collections/{quote(collection, safe='')}", method="GET")
            return list(self._listed(data, "models"))
        found: list[ModelInfo] = []
        path: str | None = "/models"
        while path is not None and pages > 0:
            data, _ = await Exchange(self.endpoint).json(path, method="GET")
            found += self._listed(data, "results")
            path, pages = _next(data), pages - 1
        return found

    def _listed(self, data: Any, name: str) -> Iterator[ModelInfo]:
        listed = cast("dict[str, Any]", data).get(name) if isinstance(data, dict) else None
        if not isinstance(listed, list):
            raise InvalidResponseError(f"{self.name} answered with something that is not a list of models")
        for each in cast("list[Any]", listed):
            info = _info(cast("dict[str, Any]", each)) if isinstance(each, dict) else None
            if info is not None:
                yield info


def _next(data: Any) -> str | None:
    """The path of the next page; of the URL in the answer only the query counts."""
    following = cast("dict[str, Any]", data).get("next")
    try:
        query = urlsplit(following).query if isinstance(following, str) else ""
    except ValueError:
        query = ""
    return f"/models?{query}" if query else None


def _info(raw: dict[str, Any]) -> ModelInfo | None:
    from ai_sdk.providers.replicate._predictions import moment

    owner, name, newest = raw.get("owner"), raw.get("name"), raw.get("latest_version")
    if not isinstance(owner, str) or not isinstance(name, str):
        return None
    created = moment(cast("dict[str, Any]", newest).get("created_at")) if isinstance(newest, dict) else None
    return ModelInfo(f"{owner}/{name}", created, owner, freeze(raw))


def create_replicate(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> Replicate:
    """Make another instance of the provider, with its own key, address, headers or way to wait."""
    endpoint = Endpoint(
        name="replicate",
        base_url=base_url or "https://api.replicate.com/v1",
        key=api_key,
        key_env=("REPLICATE_API_TOKEN",),
        headers=headers or EMPTY,
        http=http,
        read_error=read_replicate_error,
    )
    return Replicate(endpoint, polling, docs="https://replicate.com/docs/reference/http")


replicate = create_replicate()
