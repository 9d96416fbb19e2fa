"""Mistral: chat, embeddings, speech and transcription. ``MISTRAL_API_KEY`` is the key.

Options: those of ``MistralOptions`` and all else of the API, as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint
from ai_sdk.providers.mistral._media_options import MistralSpeechOptions, MistralTranscriptionOptions
from ai_sdk.providers.mistral._models import EmbeddingModelId, ModelId, SpeechModelId, TranscriptionModelId
from ai_sdk.providers.mistral._options import MistralEmbeddingOptions, MistralOptions, Prediction
from ai_sdk.providers.mistral._quirks import QUIRKS, read_mistral_error
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.mistral.batch import MistralBatch
    from ai_sdk.providers.mistral.embedding import MistralEmbeddingModel
    from ai_sdk.providers.mistral.language import MistralChatModel
    from ai_sdk.providers.mistral.speech import MistralSpeechModel
    from ai_sdk.providers.mistral.transcription import MistralTranscriptionModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResult

__all__ = [
    "EmbeddingModelId",
    "Mistral",
    "MistralEmbeddingOptions",
    "MistralOptions",
    "MistralSpeechOptions",
    "MistralTranscriptionOptions",
    "ModelId",
    "Prediction",
    "SpeechModelId",
    "TranscriptionModelId",
    "create_mistral",
    "mistral",
]


class Mistral(DialectProvider):
    """Mistral's models by id."""

    def __call__(self, model_id: ModelId) -> MistralChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> MistralChatModel:
        """Make a chat model."""
        from ai_sdk.providers.mistral.language import MistralChatModel

        return MistralChatModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def batch(self, model_id: ModelId) -> MistralBatch[LanguageRequest, LanguageResult]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``."""
        from ai_sdk.providers.mistral.batch import MistralBatch

        return MistralBatch(self.language(model_id))

    def embedding(self, model_id: EmbeddingModelId) -> MistralEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.mistral.embedding import MistralEmbeddingModel

        return MistralEmbeddingModel(self.endpoint, model_id)

    def speech(self, model_id: SpeechModelId) -> MistralSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.mistral.speech import MistralSpeechModel

        return MistralSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> MistralTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.mistral.transcription import MistralTranscriptionModel

        return MistralTranscriptionModel(self.endpoint, model_id)


def create_mistral(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Mistral:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="mistral",
        base_url=base_url or "https://api.mistral.ai/v1",
        key=api_key,
        key_env=("MISTRAL_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=read_mistral_error,
    )
    return Mistral(endpoint, QUIRKS, structured_output=structured_output, docs="https://docs.mistral.ai/api")


mistral = create_mistral()
