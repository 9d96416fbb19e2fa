"""Hume: speech with Octave. ``HUME_API_KEY`` is the key.

Options: ``HumeSpeechOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.hume._errors import read_hume_error
from ai_sdk.providers.hume._models import SpeechModelId
from ai_sdk.providers.hume._options import HumeSpeechOptions, Voice

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.hume.speech import HumeSpeechModel

__all__ = ["Hume", "HumeSpeechOptions", "SpeechModelId", "Voice", "create_hume", "hume"]


class Hume(Provider):
    """Hume's models by id."""

    def speech(self, model_id: SpeechModelId = "octave") -> HumeSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.hume.speech import HumeSpeechModel

        return HumeSpeechModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """Hume does not list its models: it has one for speech, ``octave``."""
        raise UnsupportedError("hume does not list its models: it has octave, octave-1 and octave-2", field="models")


def _auth(key: str) -> Mapping[str, str]:
    return {"x-hume-api-key": key}


def create_hume(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> Hume:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="hume",
        base_url=base_url or "https://api.hume.ai",
        key=api_key,
        key_env=("HUME_API_KEY",),
        auth=_auth,
        headers=headers or EMPTY,
        http=http,
        read_error=read_hume_error,
    )
    return Hume(endpoint, docs="https://dev.hume.ai/reference/text-to-speech-tts")


hume = create_hume()
