"""xAI: the Grok models, pictures, films, speech and transcription. ``XAI_API_KEY`` is the key.

``xai("grok-4.3")`` speaks the Responses API, as xAI recommends, with the tools that xAI runs:
``ProviderTool("xai.web_search")``, ``xai.x_search``, ``xai.code_execution``, ``xai.file_search``, ``xai.mcp``,
``xai.image_generation``, ``xai.view_image``, ``xai.view_x_video``. ``xai.chat("grok-4.3")`` speaks the chat API.
Options: ``XAIOptions`` and ``XAIChatOptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint, Provider
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.providers.xai._media_options import (
    XAIImageOptions,
    XAISpeechOptions,
    XAITranscriptionOptions,
    XAIVideoOptions,
)
from ai_sdk.providers.xai._models import ImageModelId, ModelId, VideoModelId
from ai_sdk.providers.xai._options import XAIChatOptions, XAIOptions
from ai_sdk.providers.xai._quirks import QUIRKS, xai_error

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.xai.image import XAIImageModel
    from ai_sdk.providers.xai.language import XAIChatModel
    from ai_sdk.providers.xai.speech import XAISpeechModel
    from ai_sdk.providers.xai.transcription import XAITranscriptionModel
    from ai_sdk.providers.xai.video import XAIVideoModel

__all__ = [
    "XAI",
    "ImageModelId",
    "ModelId",
    "VideoModelId",
    "XAIChatOptions",
    "XAIImageOptions",
    "XAIOptions",
    "XAISpeechOptions",
    "XAITranscriptionOptions",
    "XAIVideoOptions",
    "create_xai",
    "xai",
]


class XAI(Provider):
    """xAI's models by id.

    ``structured_output`` replaces, for all of its models, what is known about JSON of a schema.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        quirks: Quirks,
        *,
        docs: str = "",
        structured_output: StructuredOutput | None = None,
        polling: Polling | None = None,
    ) -> None:
        super().__init__(endpoint, docs=docs)
        self.polling = polling
        self.quirks = quirks
        self.structured_output: StructuredOutput | None = structured_output

    def __call__(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        from ai_sdk.providers.openai.responses import ResponsesModel
        from ai_sdk.providers.xai._rules import RULES

        return ResponsesModel(self.endpoint, model_id, RULES, self.structured_output)

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        return self.language(model_id)

    def chat(self, model_id: ModelId) -> XAIChatModel:
        """Make a model of the chat API."""
        from ai_sdk.providers.xai.language import XAIChatModel

        return XAIChatModel(self.endpoint, model_id, self.quirks, self.structured_output)

    def image(self, model_id: ImageModelId) -> XAIImageModel:
        """Make an image model."""
        from ai_sdk.providers.xai.image import XAIImageModel

        return XAIImageModel(self.endpoint, model_id)

    def speech(self, model_id: str) -> XAISpeechModel:
        """Make a speech model; there is one, whatever it is called here."""
        from ai_sdk.providers.xai.speech import XAISpeechModel

        return XAISpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: str) -> XAITranscriptionModel:
        """Make a transcription model; there is one, whatever it is called here."""
        from ai_sdk.providers.xai.transcription import XAITranscriptionModel

        return XAITranscriptionModel(self.endpoint, model_id)

    def video(self, model_id: VideoModelId) -> XAIVideoModel:
        """Make a video model."""
        from ai_sdk.providers.xai.video import XAIVideoModel

        return XAIVideoModel(self.endpoint, model_id, self.polling)


def create_xai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
    polling: Polling | None = None,
) -> XAI:
    """Make another instance of the provider, with its own key, address or headers.

    ``polling`` says how its video models wait, unless a call does.
    """
    endpoint = Endpoint(
        name="xai",
        base_url=base_url or "https://api.x.ai/v1",
        key=api_key,
        key_env=("XAI_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=xai_error,
    )
    docs = "https://docs.x.ai/docs"
    return XAI(endpoint, QUIRKS, docs=docs, structured_output=structured_output, polling=polling)


xai = create_xai()
