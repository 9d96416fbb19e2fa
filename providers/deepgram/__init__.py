"""Deepgram: transcription and speech. ``DEEPGRAM_API_KEY`` is the key.

Options: ``DeepgramTranscriptionOptions`` and ``DeepgramSpeechOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, Provider
from ai_sdk.providers.deepgram._errors import read_deepgram_error
from ai_sdk.providers.deepgram._models import SpeechModelId, TranscriptionModelId
from ai_sdk.providers.deepgram._options import DeepgramSpeechOptions, DeepgramTranscriptionOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.deepgram.speech import DeepgramSpeechModel
    from ai_sdk.providers.deepgram.transcription import DeepgramTranscriptionModel

__all__ = [
    "Deepgram",
    "DeepgramSpeechOptions",
    "DeepgramTranscriptionOptions",
    "SpeechModelId",
    "TranscriptionModelId",
    "create_deepgram",
    "deepgram",
]


class Deepgram(Provider):
    """Deepgram's models by id."""

    def speech(self, model_id: SpeechModelId) -> DeepgramSpeechModel:
        """Make a speech model: a voice, ``aura-2-thalia-en``, or a family of voices, ``aura-2``."""
        from ai_sdk.providers.deepgram.speech import DeepgramSpeechModel

        return DeepgramSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> DeepgramTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.deepgram.transcription import DeepgramTranscriptionModel

        return DeepgramTranscriptionModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Ask Deepgram which models it offers, first those that listen, then voices (``GET /v1/models``)."""
        data, _ = await Exchange(self.endpoint).json("/v1/models", method="GET")
        if not isinstance(data, dict):
            raise InvalidResponseError(f"{self.name} answered /v1/models with something that is not an object")
        listed: list[Any] = [cast("dict[str, Any]", data).get(kind) or [] for kind in ("stt", "tts")]
        found = [each for kind in listed if isinstance(kind, list) for each in cast("list[Any]", kind)]
        models = [cast("dict[str, Any]", each) for each in found if isinstance(each, dict)]
        named = [(each.get("canonical_name") or each.get("name"), each) for each in models]
        return [ModelInfo(name, raw=freeze(each)) for name, each in named if isinstance(name, str)]


def _auth(key: str) -> Mapping[str, str]:
    return {"authorization": f"Token {key}"}


def create_deepgram(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> Deepgram:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="deepgram",
        base_url=base_url or "https://api.deepgram.com",
        key=api_key,
        key_env=("DEEPGRAM_API_KEY",),
        auth=_auth,
        headers=headers or EMPTY,
        http=http,
        read_error=read_deepgram_error,
    )
    return Deepgram(endpoint, docs="https://developers.deepgram.com/reference")


deepgram = create_deepgram()
