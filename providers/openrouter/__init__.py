"""OpenRouter: models of many providers behind one key. ``OPENROUTER_API_KEY``.

Kinds: chat, embeddings, images, speech, transcription, reranking and video.

Options: ``OpenRouterOptions`` (``models``, ``provider``, ``reasoning``, ``plugins``, ...) and all else of the API, as
they are. ``ProviderTool("openrouter.web_search")`` and other tools that OpenRouter runs are given by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk.provider import Endpoint
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput
from ai_sdk.providers.openrouter._errors import read_openrouter_error
from ai_sdk.providers.openrouter._media_options import (
    OpenRouterImageOptions,
    OpenRouterSpeechOptions,
    OpenRouterTranscriptionOptions,
    OpenRouterVideoOptions,
)
from ai_sdk.providers.openrouter._models import ModelId
from ai_sdk.providers.openrouter._options import OpenRouterOptions, ProviderPreferences, ReasoningOptions
from ai_sdk.providers.openrouter._quirks import QUIRKS

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openrouter.image import OpenRouterImageModel
    from ai_sdk.providers.openrouter.language import OpenRouterChatModel
    from ai_sdk.providers.openrouter.reranking import OpenRouterRerankModel
    from ai_sdk.providers.openrouter.speech import OpenRouterSpeechModel
    from ai_sdk.providers.openrouter.transcription import OpenRouterTranscriptionModel
    from ai_sdk.providers.openrouter.video import OpenRouterVideoModel

__all__ = [
    "ModelId",
    "OpenRouter",
    "OpenRouterImageOptions",
    "OpenRouterOptions",
    "OpenRouterSpeechOptions",
    "OpenRouterTranscriptionOptions",
    "OpenRouterVideoOptions",
    "ProviderPreferences",
    "ReasoningOptions",
    "create_openrouter",
    "openrouter",
]


class OpenRouter(DialectProvider):
    """OpenRouter's models by id, such as ``anthropic/claude-sonnet-4.5``.

    ``polling`` says how its video models wait, unless a call does.
    """

    polling: Polling | None = None

    def __call__(self, model_id: ModelId) -> OpenRouterChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> OpenRouterChatModel:
        """Make a chat model."""
        from ai_sdk.providers.openrouter.language import OpenRouterChatModel

        return OpenRouterChatModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a language model by OpenRouter's surface for the Responses API."""
        from ai_sdk.providers.openai.responses import ResponsesModel

        return ResponsesModel(self.endpoint, model_id)

    def embedding(self, model_id: str) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint, model_id)

    def image(self, model_id: str) -> OpenRouterImageModel:
        """Make an image model."""
        from ai_sdk.providers.openrouter.image import OpenRouterImageModel

        return OpenRouterImageModel(self.endpoint, model_id)

    def speech(self, model_id: str) -> OpenRouterSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.openrouter.speech import OpenRouterSpeechModel

        return OpenRouterSpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: str) -> OpenRouterTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openrouter.transcription import OpenRouterTranscriptionModel

        return OpenRouterTranscriptionModel(self.endpoint, model_id)

    def video(self, model_id: str) -> OpenRouterVideoModel:
        """Make a video model."""
        from ai_sdk.providers.openrouter.video import OpenRouterVideoModel

        return OpenRouterVideoModel(self.endpoint, model_id, self.polling)

    def reranking(self, model_id: str) -> OpenRouterRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.openrouter.reranking import OpenRouterRerankModel

        return OpenRouterRerankModel(self.endpoint, model_id)


def create_openrouter(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
    referer: str | None = None,
    title: str | None = None,
    polling: Polling | None = None,
) -> OpenRouter:
    """Make another instance of the provider, with its own key, address or headers.

    ``referer`` and ``title`` name your app to OpenRouter: the headers ``HTTP-Referer`` and ``X-Title``.
    ``polling`` says how its video models wait, unless a call does.
    """
    app = {name: value for name, value in (("http-referer", referer), ("x-title", title)) if value is not None}
    endpoint = Endpoint(
        name="openrouter",
        base_url=base_url or "https://openrouter.ai/api/v1",
        key=api_key,
        key_env=("OPENROUTER_API_KEY",),
        headers={**app, **(headers or {})},
        http=http,
        read_error=read_openrouter_error,
    )
    made = OpenRouter(endpoint, QUIRKS, structured_output=structured_output, docs="https://openrouter.ai/docs")
    made.polling = polling
    return made


openrouter = create_openrouter()
