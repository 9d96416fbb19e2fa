"""ElevenLabs: speech and transcription. ``ELEVENLABS_API_KEY`` is the key.

Options: ``ElevenLabsSpeechOptions`` and ``ElevenLabsTranscriptionOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, Provider
from ai_sdk.providers.elevenlabs._errors import read_elevenlabs_error
from ai_sdk.providers.elevenlabs._models import SpeechModelId, TranscriptionModelId
from ai_sdk.providers.elevenlabs._options import (
    ElevenLabsSpeechOptions,
    ElevenLabsTranscriptionOptions,
    VoiceSettings,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.elevenlabs.speech import ElevenLabsSpeechModel
    from ai_sdk.providers.elevenlabs.transcription import ElevenLabsTranscriptionModel

__all__ = [
    "ElevenLabs",
    "ElevenLabsSpeechOptions",
    "ElevenLabsTranscriptionOptions",
    "SpeechModelId",
    "TranscriptionModelId",
    "VoiceSettings",
    "create_elevenlabs",
    "elevenlabs",
]


class ElevenLabs(Provider):
    """ElevenLabs' models by id."""

    def speech(self, model_id: SpeechModelId) -> ElevenLabsSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.elevenlabs.speech import ElevenLabsSpeechModel

        return ElevenLabsSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> ElevenLabsTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.elevenlabs.transcription import ElevenLabsTranscriptionModel

        return ElevenLabsTranscriptionModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Ask ElevenLabs which speech models it offers (``GET /v1/models``); it lists none for transcription."""
        data, _ = await Exchange(self.endpoint).json("/v1/models", method="GET")
        if not isinstance(data, list):
            raise InvalidResponseError(f"{self.name} answered /v1/models with something that is not a list")
        found = [cast("dict[str, Any]", each) for each in cast("list[Any]", data) if isinstance(each, dict)]
        named = [(each.get("model_id"), each) for each in found]
        return [ModelInfo(name, raw=freeze(each)) for name, each in named if isinstance(name, str)]


def _auth(key: str) -> Mapping[str, str]:
    return {"xi-api-key": key}


def create_elevenlabs(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> ElevenLabs:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="elevenlabs",
        base_url=base_url or "https://api.elevenlabs.io",
        key=api_key,
        key_env=("ELEVENLABS_API_KEY",),
        auth=_auth,
        headers=headers or EMPTY,
        http=http,
        read_error=read_elevenlabs_error,
    )
    return ElevenLabs(endpoint, docs="https://elevenlabs.io/docs/api-reference")


elevenlabs = create_elevenlabs()
