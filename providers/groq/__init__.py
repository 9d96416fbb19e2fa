"""Groq: chat, speech and transcription. ``GROQ_API_KEY`` is the key.

Options: ``GroqOptions``, and all else of the API as it is. ``ProviderTool("groq.browser_search")`` searches the web
(``openai/gpt-oss`` models).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint
from ai_sdk.providers.groq._models import ModelId, SpeechModelId, TranscriptionModelId
from ai_sdk.providers.groq._options import GroqOptions, GroqSpeechOptions, GroqTranscriptionOptions
from ai_sdk.providers.groq._quirks import QUIRKS
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.groq.batch import GroqBatch
    from ai_sdk.providers.groq.speech import GroqSpeechModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResult

__all__ = [
    "Groq",
    "GroqOptions",
    "GroqSpeechOptions",
    "GroqTranscriptionOptions",
    "ModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "create_groq",
    "groq",
]


class Groq(DialectProvider):
    """Groq's models by id."""

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)

    def batch(self, model_id: ModelId) -> GroqBatch[LanguageRequest, LanguageResult]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``."""
        from ai_sdk.providers.groq.batch import GroqBatch

        return GroqBatch(self.language(model_id))

    def speech(self, model_id: SpeechModelId) -> GroqSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.groq.speech import GroqSpeechModel

        return GroqSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> TranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

        return TranscriptionModel(self.endpoint, model_id)


def create_groq(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Groq:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="groq",
        base_url=base_url or "https://api.groq.com/openai/v1",
        key=api_key,
        key_env=("GROQ_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    return Groq(endpoint, QUIRKS, structured_output=structured_output, docs="https://console.groq.com/docs")


groq = create_groq()
