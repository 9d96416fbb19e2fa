"""DeepInfra: chat, completions, embeddings, images, speech, transcription and reranking.

``DEEPINFRA_API_KEY`` is the key.
Options: ``DeepInfraOptions``, ``DeepInfraImageOptions`` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.provider import Endpoint
from ai_sdk.providers.deepinfra._media_options import (
    DeepInfraImageOptions,
    DeepInfraRerankOptions,
    DeepInfraSpeechOptions,
    DeepInfraTranscriptionOptions,
)
from ai_sdk.providers.deepinfra._models import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    RerankingModelId,
    SpeechModelId,
    TranscriptionModelId,
)
from ai_sdk.providers.deepinfra._options import DeepInfraOptions
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput, TextProvider
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.openai_compatible._quirks import SETTINGS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.deepinfra.image import DeepInfraImageModel
    from ai_sdk.providers.deepinfra.reranking import DeepInfraRerankModel
    from ai_sdk.providers.deepinfra.speech import DeepInfraSpeechModel
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning, Usage

__all__ = [
    "DeepInfra",
    "DeepInfraImageOptions",
    "DeepInfraOptions",
    "DeepInfraRerankOptions",
    "DeepInfraSpeechOptions",
    "DeepInfraTranscriptionOptions",
    "EmbeddingModelId",
    "ImageModelId",
    "ModelId",
    "RerankingModelId",
    "SpeechModelId",
    "TranscriptionModelId",
    "create_deepinfra",
    "deepinfra",
]

_MOST_TEXTS = 1024


class DeepInfra(TextProvider):
    """The models at DeepInfra by id."""

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
        from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint, model_id, _MOST_TEXTS)

    def image(self, model_id: ImageModelId) -> DeepInfraImageModel:
        """Make an image model."""
        from ai_sdk.providers.deepinfra.image import DeepInfraImageModel

        return DeepInfraImageModel(self.endpoint, model_id)

    def speech(self, model_id: SpeechModelId) -> DeepInfraSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.deepinfra.speech import DeepInfraSpeechModel

        return DeepInfraSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> TranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

        return TranscriptionModel(self.endpoint, model_id)

    def reranking(self, model_id: RerankingModelId) -> DeepInfraRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.deepinfra.reranking import DeepInfraRerankModel

        return DeepInfraRerankModel(self.endpoint, model_id)


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    return fit_effort(body, request, model_id, ("none", "low", "medium", "high"))


def _count(usage: Usage) -> Usage:
    """Gemini and Gemma count reasoning beside the answer: then there is more of it than of all (public reports)."""
    output, reasoning = usage.output_tokens, usage.reasoning_tokens
    if output is None or reasoning is None or reasoning <= output:
        return usage
    return replace(usage, output_tokens=output + reasoning)


def _read_error(body: Any) -> ErrorInfo:
    """Errors of the dialect, and ``{"detail": {"error": "..."}}`` (vendor documents)."""
    detail = cast("dict[str, Any]", body).get("detail") if isinstance(body, dict) else None
    return read_error(detail if isinstance(detail, dict) else body)


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k"}),
    structured_output=lambda _model_id: "json_schema",
    count=_count,
    adjust=_adjust,
)


def create_deepinfra(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> DeepInfra:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="deepinfra",
        base_url=base_url or "https://api.deepinfra.com/v1/openai",
        key=api_key,
        key_env=("DEEPINFRA_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=_read_error,
    )
    docs = "https://deepinfra.com/docs/openai_api"
    return DeepInfra(endpoint, QUIRKS, structured_output=structured_output, docs=docs)


deepinfra = create_deepinfra()
