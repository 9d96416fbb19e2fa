"""Gladia: transcription. ``GLADIA_API_KEY`` is the key.

The audio is uploaded, a job transcribes it, and the job is looked at until it is done; a call that is cancelled or
gives up waiting deletes its job. Options: ``GladiaOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.gladia._errors import read_gladia_error
from ai_sdk.providers.gladia._models import ModelId
from ai_sdk.providers.gladia._options import DiarizationConfig, GladiaOptions, LanguageConfig, VocabularyConfig

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.gladia.transcription import GladiaTranscriptionModel

__all__ = [
    "DiarizationConfig",
    "Gladia",
    "GladiaOptions",
    "LanguageConfig",
    "ModelId",
    "VocabularyConfig",
    "create_gladia",
    "gladia",
]


def _key(key: str) -> Mapping[str, str]:
    return {"x-gladia-key": key}


class Gladia(Provider):
    """Gladia's models by id."""

    def __init__(self, endpoint: Endpoint, *, polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs="https://docs.gladia.io")
        self._polling = polling

    def transcription(self, model_id: ModelId = "default") -> GladiaTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.gladia.transcription import GladiaTranscriptionModel

        return GladiaTranscriptionModel(self.endpoint, model_id, self._polling)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: the vendor documents no list of models."""
        raise UnsupportedError(f"{self.name} does not list its models; see {self.docs}", field="models")


def create_gladia(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> Gladia:
    """Make another instance of the provider, with its own key, address (without ``/v2``) or headers.

    ``polling``: how to wait for a job (default: half an hour at most).
    """
    endpoint = Endpoint(
        name="gladia",
        base_url=base_url or "https://api.gladia.io",
        key=api_key,
        key_env=("GLADIA_API_KEY",),
        auth=_key,
        headers=headers or EMPTY,
        http=http,
        read_error=read_gladia_error,
    )
    return Gladia(endpoint, polling=polling)


gladia = create_gladia()
