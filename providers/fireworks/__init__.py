"""Fireworks: chat, completions, embeddings, images, transcription and reranking. ``FIREWORKS_API_KEY`` is the key.

Options: ``FireworksOptions``, ``FireworksImageOptions`` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.fireworks._media_options import (
    FireworksImageOptions,
    FireworksRerankOptions,
    FireworksTranscriptionOptions,
)
from ai_sdk.providers.fireworks._models import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    RerankingModelId,
    TranscriptionModelId,
)
from ai_sdk.providers.fireworks._options import FireworksOptions
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput, TextProvider
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._quirks import SETTINGS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.fireworks.image import FireworksImageModel
    from ai_sdk.providers.fireworks.reranking import FireworksRerankModel
    from ai_sdk.providers.fireworks.transcription import FireworksTranscriptionModel
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = [
    "EmbeddingModelId",
    "Fireworks",
    "FireworksImageOptions",
    "FireworksOptions",
    "FireworksRerankOptions",
    "FireworksTranscriptionOptions",
    "ImageModelId",
    "ModelId",
    "RerankingModelId",
    "TranscriptionModelId",
    "create_fireworks",
    "fireworks",
]


class Fireworks(TextProvider):
    """The models at Fireworks by id.

    ``audio_base_url`` is where the models for audio are, None for the vendor's addresses; ``polling`` says how image
    models wait that work in the background, unless a call does.
    """

    audio_base_url: str | None = None
    polling: Polling | None = None

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)

    def completion(self, model_id: ModelId) -> CompletionModel:
        """Make a text completion model, a language model without chat."""
        return super().completion(model_id)

    def embedding(self, model_id: EmbeddingModelId) -> EmbeddingModel:
        """Make an embedding model."""
        return super().embedding(model_id)

    def image(self, model_id: ImageModelId) -> FireworksImageModel:
        """Make an image model."""
        from ai_sdk.providers.fireworks.image import FireworksImageModel

        return FireworksImageModel(self.endpoint, model_id, self.polling)

    def transcription(self, model_id: TranscriptionModelId) -> FireworksTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.fireworks.transcription import FireworksTranscriptionModel

        return FireworksTranscriptionModel(self.endpoint, model_id, self.audio_base_url)

    def reranking(self, model_id: RerankingModelId) -> FireworksRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.fireworks.reranking import FireworksRerankModel

        return FireworksRerankModel(self.endpoint, model_id)


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """The efforts that all of its reasoning models know (vendor documents)."""
    return fit_effort(body, request, model_id, ("none", "low", "medium", "high"))


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
    structured_output=lambda _model_id: "json_schema",
    metadata=("service_tier", "system_fingerprint", "perf_metrics"),
    adjust=_adjust,
)


def create_fireworks(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
    audio_base_url: str | None = None,
    polling: Polling | None = None,
) -> Fireworks:
    """Make another instance of the provider, with its own key, address or headers.

    The models for audio are at other addresses of the vendor than the rest: ``audio_base_url`` is theirs, and
    ``base_url`` when that alone is given. ``polling`` says how image models wait that work in the background.
    """
    endpoint = Endpoint(
        name="fireworks",
        base_url=base_url or "https://api.fireworks.ai/inference/v1",
        key=api_key,
        key_env=("FIREWORKS_API_KEY",),
        headers=headers or EMPTY,
        http=http,
    )
    docs = "https://docs.fireworks.ai/api-reference"
    made = Fireworks(endpoint, QUIRKS, structured_output=structured_output, docs=docs)
    made.audio_base_url = audio_base_url or base_url
    made.polling = polling
    return made


fireworks = create_fireworks()
