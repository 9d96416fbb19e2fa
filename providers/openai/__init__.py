"""OpenAI: the Responses API, chat completions, completions, embeddings, images, speech, transcription and video.

``OPENAI_API_KEY`` is the key; ``OPENAI_BASE_URL``, ``OPENAI_ORGANIZATION`` and ``OPENAI_PROJECT`` are honoured.

``openai("id")`` is a model of the Responses API, which OpenAI recommends, as long as the requests go to OpenAI itself
(``*.openai.com``). With another base URL it is a model of ``/chat/completions``, because that is what servers that copy
OpenAI's API have. ``openai.responses("id")`` and ``openai.chat("id")`` choose one or the other wherever they go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload
from urllib.parse import urlsplit

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.provider import Endpoint, Provider
from ai_sdk.providers.openai._media_options import (
    OpenAIImageOptions,
    OpenAISpeechOptions,
    OpenAITranscriptionOptions,
    OpenAIVideoOptions,
)
from ai_sdk.providers.openai._models import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    SpeechModelId,
    TranscriptionModelId,
    VideoModelId,
)
from ai_sdk.providers.openai._options import OpenAIOptions
from ai_sdk.providers.openai._rules import QUIRKS, image_defaults, images_per_call
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.openai.batch import OpenAIBatch
    from ai_sdk.providers.openai.image import OpenAIImageModel
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.openai.speech import OpenAISpeechModel
    from ai_sdk.providers.openai.transcription import OpenAITranscriptionModel
    from ai_sdk.providers.openai.video import OpenAIVideoModel
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.requests import EmbeddingRequest, LanguageRequest
    from ai_sdk.results import EmbeddingResult, LanguageResult

__all__ = [
    "EmbeddingModelId",
    "ImageModelId",
    "ModelId",
    "OpenAI",
    "OpenAIImageOptions",
    "OpenAIOptions",
    "OpenAISpeechOptions",
    "OpenAITranscriptionOptions",
    "OpenAIVideoOptions",
    "SpeechModelId",
    "TranscriptionModelId",
    "VideoModelId",
    "create_openai",
    "openai",
]


class OpenAI(Provider):
    """OpenAI's models by id.

    ``structured_output`` replaces, for all of its models, what is known about JSON of a schema.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        quirks: Quirks = QUIRKS,
        *,
        docs: str = "",
        structured_output: StructuredOutput | None = None,
        polling: Polling | None = None,
    ) -> None:
        super().__init__(endpoint, docs=docs)
        self.polling = polling
        self.quirks = quirks
        self.structured_output: StructuredOutput | None = structured_output

    def __call__(self, model_id: ModelId) -> ResponsesModel | ChatModel:
        """Make a language model: of the Responses API at OpenAI, of the chat API at any other address."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ResponsesModel | ChatModel:
        """Make a language model: of the Responses API at OpenAI, of the chat API at any other address."""
        return self.responses(model_id) if self._is_openai() else self.chat(model_id)

    def _is_openai(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        return host == "openai.com" or host.endswith(".openai.com")

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        from ai_sdk.providers.openai.responses import ResponsesModel

        return ResponsesModel(self.endpoint, model_id, structured_output=self.structured_output)

    def chat(self, model_id: ModelId) -> ChatModel:
        """Make a model of the chat completions API."""
        from ai_sdk.providers.openai_compatible.language import ChatModel

        return ChatModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def completion(self, model_id: str) -> CompletionModel:
        """Make a text completion model, a language model without chat."""
        from ai_sdk.providers.openai_compatible.completion import CompletionModel

        return CompletionModel(self.endpoint, model_id, self.quirks)

    def embedding(self, model_id: EmbeddingModelId) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint, model_id)

    def image(self, model_id: ImageModelId) -> OpenAIImageModel:
        """Make an image model."""
        from ai_sdk.providers.openai.image import OpenAIImageModel

        return OpenAIImageModel(self.endpoint, model_id, images_per_call(model_id), image_defaults)

    def speech(self, model_id: SpeechModelId) -> OpenAISpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.openai.speech import OpenAISpeechModel

        return OpenAISpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: TranscriptionModelId) -> OpenAITranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openai.transcription import OpenAITranscriptionModel

        return OpenAITranscriptionModel(self.endpoint, model_id)

    def video(self, model_id: VideoModelId) -> OpenAIVideoModel:
        """Make a video model."""
        from ai_sdk.providers.openai.video import OpenAIVideoModel

        return OpenAIVideoModel(self.endpoint, model_id, self.polling)

    @overload
    def batch(self, model: EmbeddingModel, /) -> OpenAIBatch[EmbeddingRequest, EmbeddingResult]: ...
    @overload
    def batch(self, model: ModelId | ResponsesModel | ChatModel, /) -> OpenAIBatch[LanguageRequest, LanguageResult]: ...
    def batch(self, model: ModelId | ResponsesModel | ChatModel | EmbeddingModel, /) -> OpenAIBatch[Any, Any]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``.

        An id is that of a language model; ``openai.batch(openai.embedding("..."))`` is another one.
        """
        from ai_sdk.providers.openai.batch import OpenAIBatch

        return OpenAIBatch(self.language(model) if isinstance(model, str) else model)


def create_openai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    organization: str | None = None,
    project: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
    polling: Polling | None = None,
) -> OpenAI:
    """Make another instance of the provider, with its own key, address or headers.

    ``polling`` says how its video models wait, unless a call does.

    With a ``base_url`` outside of ``openai.com`` its language models are of the chat API; ``.responses(id)`` makes the
    others.
    """
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
    docs = "https://platform.openai.com/docs/api-reference"
    return OpenAI(endpoint, QUIRKS, docs=docs, structured_output=structured_output, polling=polling)


openai = create_openai()
