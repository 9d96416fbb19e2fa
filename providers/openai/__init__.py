"""OpenAI: chat completions, completions, embeddings, images, speech and transcription.

``OPENAI_API_KEY`` is the key; ``OPENAI_BASE_URL``, ``OPENAI_ORGANIZATION`` and ``OPENAI_PROJECT`` are honoured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai._rules import (
    QUIRKS,
    image_defaults,
    images_per_call,
    transcript_format,
    transcript_streams,
)
from ai_sdk.providers.openai_compatible import CompatibleProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.image import ImageModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.providers.openai_compatible.speech import SpeechModel
    from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

__all__ = ["OpenAI", "create_openai", "openai"]


class OpenAI(CompatibleProvider):
    """OpenAI's models by id."""

    def chat(self, model_id: str) -> ChatModel:
        """Make a model of the chat completions API."""
        return self.language(model_id)

    def image(self, model_id: str) -> ImageModel:
        """Make an image model."""
        from ai_sdk.providers.openai_compatible.image import ImageModel

        return ImageModel(self.endpoint, model_id, images_per_call(model_id), image_defaults)

    def speech(self, model_id: str) -> SpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.openai_compatible.speech import SpeechModel

        return SpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: str) -> TranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

        return TranscriptionModel(self.endpoint, model_id, transcript_format, transcript_streams)


def create_openai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    organization: str | None = None,
    project: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> OpenAI:
    """Make another instance of the provider, with its own key, address or headers."""
    own = {"openai-organization": organization, "openai-project": project}
    endpoint = Endpoint(
        name="openai",
        base_url=base_url or "https://api.openai.com/v1",
        base_url_env=None if base_url else "OPENAI_BASE_URL",
        key=api_key,
        key_env=("OPENAI_API_KEY",),
        headers={**{name: value for name, value in own.items() if value}, **(headers or EMPTY)},
        header_env=FrozenDict({"openai-organization": "OPENAI_ORGANIZATION", "openai-project": "OPENAI_PROJECT"}),
        http=http,
    )
    return OpenAI(
        endpoint, QUIRKS, structured_output=structured_output, docs="https://platform.openai.com/docs/api-reference"
    )


openai = create_openai()
