"""TogetherAI: chat, completions, embeddings, images, speech, transcription, reranking and video.

``TOGETHER_API_KEY``, then ``TOGETHER_AI_API_KEY``, is the key. ``create_together(TogetherAIProviderSettings(...))`` and
``.chat_model``, ``.completion_model``, ``.text_embedding_model``, ``.image_model`` are earlier names of the same.
Options: ``TogetherAIOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput, TextProvider
from ai_sdk.providers.openai_compatible._quirks import FINISH_REASONS, SETTINGS
from ai_sdk.providers.togetherai._media_options import (
    TogetherAIImageOptions,
    TogetherAIRerankOptions,
    TogetherAISpeechOptions,
    TogetherAITranscriptionOptions,
    TogetherAIVideoOptions,
)
from ai_sdk.providers.togetherai._models import (
    ImageModelId,
    ModelId,
    RerankingModelId,
    SpeechModelId,
    TranscriptionModelId,
    VideoModelId,
)
from ai_sdk.providers.togetherai._options import TogetherAIOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.providers.togetherai.batch import TogetherBatch
    from ai_sdk.providers.togetherai.image import TogetherImageModel
    from ai_sdk.providers.togetherai.reranking import TogetherRerankModel
    from ai_sdk.providers.togetherai.speech import TogetherSpeechModel
    from ai_sdk.providers.togetherai.transcription import TogetherTranscriptionModel
    from ai_sdk.providers.togetherai.video import TogetherVideoModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResult

__all__ = [
    "ImageModelId",
    "ModelId",
    "RerankingModelId",
    "SpeechModelId",
    "TogetherAI",
    "TogetherAIImageOptions",
    "TogetherAIOptions",
    "TogetherAIProviderSettings",
    "TogetherAIRerankOptions",
    "TogetherAISpeechOptions",
    "TogetherAITranscriptionOptions",
    "TogetherAIVideoOptions",
    "TranscriptionModelId",
    "VideoModelId",
    "create_together",
    "create_togetherai",
    "together",
    "togetherai",
]


class TogetherAI(TextProvider):
    """TogetherAI's models by id; ``polling`` says how its video models wait, unless a call does."""

    polling: Polling | None = None

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return super().language(model_id)

    def batch(self, model_id: ModelId) -> TogetherBatch[LanguageRequest, LanguageResult]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``."""
        from ai_sdk.providers.togetherai.batch import TogetherBatch

        return TogetherBatch(self.language(model_id))

    def image(self, model_id: ImageModelId) -> TogetherImageModel:
        """Make an image model."""
        from ai_sdk.providers.togetherai.image import TogetherImageModel

        return TogetherImageModel(self.endpoint, model_id)

    def speech(self, model_id: SpeechModelId) -> TogetherSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.togetherai.speech import TogetherSpeechModel

        return TogetherSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> TogetherTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.togetherai.transcription import TogetherTranscriptionModel

        return TogetherTranscriptionModel(self.endpoint, model_id)

    def reranking(self, model_id: RerankingModelId) -> TogetherRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.togetherai.reranking import TogetherRerankModel

        return TogetherRerankModel(self.endpoint, model_id)

    def video(self, model_id: VideoModelId) -> TogetherVideoModel:
        """Make a video model."""
        from ai_sdk.providers.togetherai.video import TogetherVideoModel

        return TogetherVideoModel(self.endpoint, model_id, self.polling)

    def chat_model(self, model_id: str) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def completion_model(self, model_id: str) -> CompletionModel:
        """Make a text completion model."""
        return self.completion(model_id)

    def text_embedding_model(self, model_id: str) -> EmbeddingModel:
        """Make an embedding model."""
        return self.embedding(model_id)

    def image_model(self, model_id: str) -> TogetherImageModel:
        """Make an image model."""
        return self.image(model_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherAIProviderSettings:
    """Settings of a TogetherAI instance. Its repr shows neither the key nor the headers.

    ``include_usage``: ask for the usage of streams. ``polling``: how its video models wait, unless a call says.
    """

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    include_usage: bool = True
    http: HTTP | None = field(default=None, repr=False)
    structured_output: StructuredOutput | None = None
    polling: Polling | None = None


def create_together(settings: TogetherAIProviderSettings | None = None) -> TogetherAI:
    """Make an instance of the provider from its settings."""
    settings = settings or TogetherAIProviderSettings()
    endpoint = Endpoint(
        name="togetherai",
        base_url=settings.base_url or "https://api.together.xyz/v1",
        key=settings.api_key,
        key_env=("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"),
        headers=settings.headers or EMPTY,
        http=settings.http,
    )
    quirks = Quirks(
        settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
        structured_output=lambda _model_id: "json_schema",
        reasoning_key=None,
        stream_usage=settings.include_usage,
        finish_reasons=FrozenDict({**FINISH_REASONS, "eos": "stop"}),
    )
    docs = "https://docs.together.ai/reference"
    made = TogetherAI(endpoint, quirks, structured_output=settings.structured_output, docs=docs)
    made.polling = settings.polling
    return made


def create_togetherai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    include_usage: bool = True,
    structured_output: StructuredOutput | None = None,
    polling: Polling | None = None,
) -> TogetherAI:
    """Make another instance of the provider, with its own key, address or headers.

    ``polling`` says how its video models wait, unless a call does.
    """
    return create_together(
        TogetherAIProviderSettings(
            api_key=api_key,
            base_url=base_url,
            headers=headers,
            http=http,
            include_usage=include_usage,
            structured_output=structured_output,
            polling=polling,
        )
    )


togetherai = together = create_togetherai()
