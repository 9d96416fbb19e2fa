"""Any server of the OpenAI dialect, and what the providers of that dialect are built on.

    lab = create_openai_compatible(name="lab", base_url="https://lab.example/v1", key_env=("LAB_API_KEY",))
    model = lab("some-model")

A provider of the dialect is a ``DialectProvider`` with an ``Endpoint`` and ``Quirks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint, Provider, bearer
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai_compatible.completion import CompletionModel
    from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
    from ai_sdk.providers.openai_compatible.image import ImageModel
    from ai_sdk.providers.openai_compatible.language import ChatModel
    from ai_sdk.providers.openai_compatible.reranking import RerankModel
    from ai_sdk.providers.openai_compatible.speech import SpeechModel
    from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

__all__ = [
    "CompatibleProvider",
    "DialectProvider",
    "Quirks",
    "StructuredOutput",
    "TextProvider",
    "create_openai_compatible",
    "openai_compatible",
]


class DialectProvider(Provider):
    """A provider that answers ``POST /chat/completions``.

    ``structured_output`` replaces, for all of its models, what the quirks say about JSON of a schema.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        quirks: Quirks,
        *,
        docs: str = "",
        structured_output: StructuredOutput | None = None,
    ) -> None:
        super().__init__(endpoint, docs=docs)
        self.quirks = quirks
        self.structured_output: StructuredOutput | None = structured_output

    def __call__(self, model_id: str) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: str) -> ChatModel:
        """Make a chat model."""
        from ai_sdk.providers.openai_compatible.language import ChatModel

        return ChatModel(self.endpoint, model_id, self.quirks, self.structured_output)


class TextProvider(DialectProvider):
    """A server that has chat, completions and embeddings."""

    def completion(self, model_id: str) -> CompletionModel:
        """Make a text completion model, a language model without chat."""
        from ai_sdk.providers.openai_compatible.completion import CompletionModel

        return CompletionModel(self.endpoint, model_id, self.quirks)

    def embedding(self, model_id: str) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

        return EmbeddingModel(self.endpoint, model_id)


class CompatibleProvider(TextProvider):
    """A server that may have all of the dialect: besides texts, pictures, speech, transcripts and rankings."""

    def image(self, model_id: str) -> ImageModel:
        """Make an image model."""
        from ai_sdk.providers.openai_compatible.image import ImageModel

        return ImageModel(self.endpoint, model_id)

    def speech(self, model_id: str) -> SpeechModel:
        """Make a speech model (``/audio/speech``)."""
        from ai_sdk.providers.openai_compatible.speech import SpeechModel

        return SpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: str) -> TranscriptionModel:
        """Make a transcription model (``/audio/transcriptions``)."""
        from ai_sdk.providers.openai_compatible.transcription import TranscriptionModel

        return TranscriptionModel(self.endpoint, model_id)

    def reranking(self, model_id: str) -> RerankModel:
        """Make a reranking model (``/rerank``, as Cohere, Jina, Voyage and vLLM have it)."""
        from ai_sdk.providers.openai_compatible.reranking import RerankModel

        return RerankModel(self.endpoint, model_id)


def create_openai_compatible(
    *,
    name: str = "openai_compatible",
    base_url: str | None = None,
    api_key: str | None = None,
    key_env: Sequence[str] = (),
    key_required: bool | None = None,
    auth: Callable[[str], Mapping[str, str]] = bearer,
    sign: Callable[[Any], Any] | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    quirks: Quirks | None = None,
    structured_output: StructuredOutput | None = None,
    include_usage: bool | None = None,
) -> CompatibleProvider:
    """Make a provider for a server of the OpenAI dialect.

    ``name`` goes into errors and is the key of its options and metadata. ``base_url`` usually ends in ``/v1``. A key is
    required when ``key_env`` names variables for it, unless ``key_required`` says otherwise. ``auth`` makes the headers
    of a key, ``sign`` is an async function from HTTP request to HTTP request. ``structured_output`` says how its models
    give JSON of a schema, by default with a tool call. ``include_usage=False`` does not ask for the usage of streams.
    """
    chosen = quirks or Quirks()
    if include_usage is not None:
        chosen = replace(chosen, stream_usage=include_usage)
    endpoint = Endpoint(
        name=name,
        base_url=base_url or "",
        base_url_env=None if base_url else "OPENAI_COMPATIBLE_BASE_URL",
        key=api_key,
        key_env=tuple(key_env),
        key_required=bool(key_env) if key_required is None else key_required,
        auth=auth,
        sign=sign,
        headers=headers or EMPTY,
        query=query or EMPTY,
        http=http,
    )
    return CompatibleProvider(endpoint, chosen, structured_output=structured_output)


openai_compatible = create_openai_compatible(key_env=("OPENAI_COMPATIBLE_API_KEY",), key_required=False)
"""The server that ``OPENAI_COMPATIBLE_BASE_URL`` names; ``OPENAI_COMPATIBLE_API_KEY`` is its key, if it needs one."""
