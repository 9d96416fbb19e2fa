"""Azure OpenAI: the Responses API, chat, completions, embeddings, images, speech and transcription of a resource.

``AZURE_API_KEY`` (then ``AZURE_OPENAI_API_KEY``) is the key; ``AZURE_RESOURCE_NAME`` names the resource, or
``AZURE_BASE_URL`` (then ``AZURE_OPENAI_ENDPOINT``) is its address. A model id is the name of a deployment: a deployment
that is named as its model gets what is known about that model, any other is taken to have everything.

    azure = create_azure(resource_name="my-resource", token_provider=get_token)     # Microsoft Entra instead of a key
    model = azure("my-deployment")                                                  # Responses API
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Provider
from ai_sdk.providers.azure._endpoint import AzureEndpoint, TokenProvider, api_key_header, signing
from ai_sdk.providers.azure._options import AzureOptions
from ai_sdk.providers.azure._quirks import QUIRKS
from ai_sdk.providers.openai._models import ModelId
from ai_sdk.providers.openai_compatible import Quirks, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.openai.speech import OpenAISpeechModel
    from ai_sdk.providers.openai.transcription import OpenAITranscriptionModel
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.image import ImageModel
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = ["Azure", "AzureOptions", "ModelId", "TokenProvider", "azure", "create_azure"]


class Azure(Provider):
    """The models of an Azure resource by the names of their deployments."""

    endpoint: AzureEndpoint

    def __init__(
        self,
        endpoint: AzureEndpoint,
        quirks: Quirks = QUIRKS,
        *,
        docs: str = "",
        structured_output: StructuredOutput | None = None,
    ) -> None:
        super().__init__(endpoint, docs=docs)
        self.quirks = quirks
        self.structured_output: StructuredOutput | None = structured_output

    def __call__(self, model_id: ModelId) -> ResponsesModel | ChatModel:
        """Make a language model: of the Responses API, or of the chat API when URLs name deployments."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ResponsesModel | ChatModel:
        """Make a language model: of the Responses API, or of the chat API when URLs name deployments."""
        return self.chat(model_id) if self.endpoint.by_deployment else self.responses(model_id)

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API, whose URL never names the deployment."""
        from ai_sdk.providers.azure._responses import RULES
        from ai_sdk.providers.openai.responses import ResponsesModel

        return ResponsesModel(self.endpoint, model_id, RULES, self.structured_output)

    def chat(self, model_id: ModelId) -> ChatModel:
        """Make a model of the chat completions API."""
        from ai_sdk.providers.openai_compatible.language import ChatModel

        return ChatModel(self.endpoint.of(model_id), model_id, self.quirks, self.structured_output)

    def completion(self, model_id: str) -> CompletionModel:
        """Make a text completion model, a language model without chat."""
        from ai_sdk.providers.openai_compatible.completion import CompletionModel

        return CompletionModel(self.endpoint.of(model_id), model_id, self.quirks)

    def embedding(self, model_id: str) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint.of(model_id), model_id)

    def image(self, model_id: str) -> ImageModel:
        """Make an image model."""
        from ai_sdk.providers.azure._quirks import image_defaults
        from ai_sdk.providers.openai._rules import images_per_call
        from ai_sdk.providers.openai_compatible.image import ImageModel

        return ImageModel(self.endpoint.of(model_id), model_id, images_per_call(model_id), image_defaults)

    def speech(self, model_id: str) -> OpenAISpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.openai.speech import OpenAISpeechModel

        return OpenAISpeechModel(self.endpoint.of(model_id), model_id)

    def transcription(self, model_id: str) -> OpenAITranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.openai.transcription import OpenAITranscriptionModel

        return OpenAITranscriptionModel(self.endpoint.of(model_id), model_id)


def create_azure(
    *,
    resource_name: str | None = None,
    api_key: str | None = None,
    token_provider: TokenProvider | None = None,
    base_url: str | None = None,
    api_version: str | None = None,
    use_deployment_urls: bool = False,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> Azure:
    """Make another instance of the provider.

    ``token_provider`` gives a Microsoft Entra token in place of a key; it is called for every request. ``base_url`` is
    the address of the resource, with or without ``/openai/v1``, or of a gateway, which is taken as it is.
    ``use_deployment_urls`` sends to ``/openai/deployments/<name>/...``, the older form; its ``api_version`` is
    ``OPENAI_API_VERSION`` when not given. The Responses API has no such form, so that the language models of such an
    instance are of the chat API.
    """
    endpoint = AzureEndpoint(
        name="azure",
        base_url=base_url or "",
        resource=resource_name,
        api_version=api_version,
        by_deployment=use_deployment_urls,
        key=api_key,
        key_env=() if token_provider else ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        auth=api_key_header,
        sign=signing(token_provider) if token_provider else None,
        headers=headers or EMPTY,
        http=http,
    )
    docs = "https://learn.microsoft.com/azure/ai-foundry/openai/reference"
    return Azure(endpoint, docs=docs, structured_output=structured_output)


azure = create_azure()
