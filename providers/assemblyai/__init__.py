"""AssemblyAI: transcription. ``ASSEMBLYAI_API_KEY`` is the key.

The audio is uploaded, a job transcribes it, and the job is looked at until it is done. Options: ``AssemblyAIOptions``,
and all else of the API as it is. ``base_url="https://api.eu.assemblyai.com"`` keeps the audio in the EU.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.assemblyai._errors import read_assemblyai_error
from ai_sdk.providers.assemblyai._models import ModelId
from ai_sdk.providers.assemblyai._options import AssemblyAIOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.assemblyai.transcription import AssemblyAITranscriptionModel

__all__ = ["AssemblyAI", "AssemblyAIOptions", "ModelId", "assemblyai", "create_assemblyai"]


def _key(key: str) -> Mapping[str, str]:
    """The bare key, without a scheme."""
    return {"authorization": key}


class AssemblyAI(Provider):
    """AssemblyAI's models by id."""

    def __init__(self, endpoint: Endpoint, *, polling: Polling | None = None, delete_abandoned: bool = False) -> None:
        super().__init__(endpoint, docs="https://www.assemblyai.com/docs")
        self._polling = polling
        self._delete_abandoned = delete_abandoned

    def transcription(self, model_id: ModelId) -> AssemblyAITranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.assemblyai.transcription import AssemblyAITranscriptionModel

        return AssemblyAITranscriptionModel(
            self.endpoint, model_id, self._polling, delete_abandoned=self._delete_abandoned
        )

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: the vendor has no list of models."""
        raise UnsupportedError(f"{self.name} does not list its models; see {self.docs}", field="models")


def create_assemblyai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
    delete_abandoned: bool = False,
) -> AssemblyAI:
    """Make another instance of the provider, with its own key, address (without ``/v2``) or headers.

    ``polling``: how to wait for a job (default: half an hour at most). ``delete_abandoned``: when a call is cancelled
    or gives up waiting, delete the transcript, so that nothing of the audio stays there; the job is paid all the same.
    """
    endpoint = Endpoint(
        name="assemblyai",
        base_url=base_url or "https://api.assemblyai.com",
        key=api_key,
        key_env=("ASSEMBLYAI_API_KEY",),
        auth=_key,
        headers=headers or EMPTY,
        http=http,
        read_error=read_assemblyai_error,
    )
    return AssemblyAI(endpoint, polling=polling, delete_abandoned=delete_abandoned)


assemblyai = create_assemblyai()
