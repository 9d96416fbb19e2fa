"""Rev AI: transcription by machines and by people. ``REVAI_API_KEY`` is the key.

The audio is submitted as a job, the job is looked at until it is done, and the transcript is fetched. Options:
``RevAIOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.revai._errors import read_revai_error
from ai_sdk.providers.revai._models import ModelId
from ai_sdk.providers.revai._options import CustomerURL, RevAIOptions, Vocabulary

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.revai.transcription import RevAITranscriptionModel

__all__ = ["CustomerURL", "ModelId", "RevAI", "RevAIOptions", "Vocabulary", "create_revai", "revai"]


class RevAI(Provider):
    """Rev AI's transcribers by id."""

    def __init__(self, endpoint: Endpoint, *, polling: Polling | None = None, delete_abandoned: bool = False) -> None:
        super().__init__(endpoint, docs="https://docs.rev.ai/api/asynchronous/")
        self._polling = polling
        self._delete_abandoned = delete_abandoned

    def transcription(self, model_id: ModelId) -> RevAITranscriptionModel:
        """Make a transcription model: ``machine``, ``low_cost``, ``fusion`` or ``human``."""
        from ai_sdk.providers.revai.transcription import RevAITranscriptionModel

        return RevAITranscriptionModel(self.endpoint, model_id, self._polling, delete_abandoned=self._delete_abandoned)

    async def models(self) -> list[ModelInfo]:
        """Raise ``UnsupportedError``: the vendor has no list of models."""
        raise UnsupportedError(f"{self.name} does not list its models; see {self.docs}", field="models")


def create_revai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
    delete_abandoned: bool = False,
) -> RevAI:
    """Make another instance of the provider, with its own key, address (without ``/speechtotext/v1``) or headers.

    ``polling``: how to wait for a job (default: half an hour at most, which is too short for ``human``).
    ``delete_abandoned``: when a call is cancelled or gives up waiting, delete the job; the vendor does that only once
    it is done, so ``delete_after_seconds`` is the surer way.
    """
    endpoint = Endpoint(
        name="revai",
        base_url=base_url or "https://api.rev.ai",
        key=api_key,
        key_env=("REVAI_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=read_revai_error,
    )
    return RevAI(endpoint, polling=polling, delete_abandoned=delete_abandoned)


revai = create_revai()
