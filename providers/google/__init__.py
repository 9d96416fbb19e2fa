"""Google: the Gemini API: language, embeddings, pictures (Gemini, Imagen), videos (Veo), speech and transcripts.

``GOOGLE_GENERATIVE_AI_API_KEY``, else ``GEMINI_API_KEY``, else ``GOOGLE_API_KEY`` is the key. Tools that Google runs:
``ProviderTool("google.google_search")``, ``google.url_context``, ``google.code_execution``, ``google.file_search``,
``google.google_maps``. Gemini on Google Cloud is ``ai_sdk.providers.google_vertex``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.google._errors import read_error
from ai_sdk.providers.google._models import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    SpeechModelId,
    TranscriptionModelId,
    VideoModelId,
)
from ai_sdk.providers.google._options import (
    GoogleEmbeddingOptions,
    GoogleImageOptions,
    GoogleOptions,
    GoogleSpeechOptions,
    GoogleTranscriptionOptions,
    GoogleVideoOptions,
    SafetySetting,
    ThinkingConfig,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.google.batch import GoogleBatch
    from ai_sdk.providers.google.embedding import EmbeddingModel
    from ai_sdk.providers.google.image import GeminiImageModel, ImagenModel
    from ai_sdk.providers.google.language import GeminiModel
    from ai_sdk.providers.google.speech import GeminiSpeechModel
    from ai_sdk.providers.google.transcription import GeminiTranscriptionModel
    from ai_sdk.providers.google.video import VeoModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResult

__all__ = [
    "EmbeddingModelId",
    "Google",
    "GoogleEmbeddingOptions",
    "GoogleImageOptions",
    "GoogleOptions",
    "GoogleSpeechOptions",
    "GoogleTranscriptionOptions",
    "GoogleVideoOptions",
    "ImageModelId",
    "ModelId",
    "SafetySetting",
    "SpeechModelId",
    "ThinkingConfig",
    "TranscriptionModelId",
    "VideoModelId",
    "create_google",
    "google",
]


class Google(Provider):
    """Google's models by id. ``polling``: how its video models wait, unless a call says otherwise."""

    def __init__(self, endpoint: Endpoint, *, docs: str = "", polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs=docs)
        self.polling = polling

    def __call__(self, model_id: ModelId) -> GeminiModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> GeminiModel:
        """Make a language model."""
        from ai_sdk.providers.google.language import GeminiModel

        return GeminiModel(self.endpoint, model_id)

    def batch(self, model_id: ModelId) -> GoogleBatch[LanguageRequest, LanguageResult]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``."""
        from ai_sdk.providers.google.batch import GoogleBatch

        return GoogleBatch(self.language(model_id))

    def embedding(self, model_id: EmbeddingModelId) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.google.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint, model_id)

    def image(self, model_id: ImageModelId) -> GeminiImageModel | ImagenModel:
        """Make an image model: Imagen for ``imagen-...``, else Gemini."""
        from ai_sdk.providers.google.image import GeminiImageModel, ImagenModel, is_imagen
        from ai_sdk.providers.google.language import GeminiModel

        if is_imagen(model_id):
            return ImagenModel(self.endpoint, model_id)
        return GeminiImageModel(self.endpoint, model_id, GeminiModel)

    def video(self, model_id: VideoModelId) -> VeoModel:
        """Make a video model."""
        from ai_sdk.providers.google.video import VeoModel

        return VeoModel(self.endpoint, model_id, self.polling)

    def speech(self, model_id: SpeechModelId) -> GeminiSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.google.language import GeminiModel
        from ai_sdk.providers.google.speech import GeminiSpeechModel

        return GeminiSpeechModel(self.endpoint, model_id, GeminiModel)

    def transcription(self, model_id: TranscriptionModelId) -> GeminiTranscriptionModel:
        """Make a transcription model: ``gemini-3.5-transcribe``, or any Gemini that hears."""
        from ai_sdk.providers.google.language import GeminiModel
        from ai_sdk.providers.google.transcription import GeminiTranscriptionModel

        return GeminiTranscriptionModel(self.endpoint, model_id, GeminiModel)

    async def models(self) -> list[ModelInfo]:
        """Ask which models there are (``GET /models``), all pages of it."""
        from ai_sdk.providers.google._listing import list_models

        return await list_models(self.endpoint, "/models", "models")


def key_header(key: str) -> Mapping[str, str]:
    """``x-goog-api-key: <key>``."""
    return {"x-goog-api-key": key}


def create_google(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> Google:
    """Make another instance of the provider, with its own key, address or headers, or way to wait for videos."""
    endpoint = Endpoint(
        name="google",
        base_url=base_url or "https://generativelanguage.googleapis.com/v1beta",
        key=api_key,
        key_env=("GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"),
        auth=key_header,
        headers=headers or EMPTY,
        http=http,
        read_error=read_error,
    )
    return Google(endpoint, docs="https://ai.google.dev/api/generate-content", polling=polling)


google = create_google()
