"""Google Vertex AI: Gemini, Claude and models of other makers in a project of Google Cloud.

Also embeddings, pictures (Gemini, Imagen), videos (Veo), speech, and transcripts (Gemini, Speech-to-Text).

``GOOGLE_VERTEX_PROJECT`` (else ``GOOGLE_CLOUD_PROJECT``) and ``GOOGLE_VERTEX_LOCATION`` (else
``GOOGLE_CLOUD_LOCATION``, else ``global``) say where. Who asks: the application default credentials of google-auth
(``pip install 'ai-sdk-layers[google]'``), or ``GOOGLE_VERTEX_API_KEY``, a key of express mode, which needs no project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import ModelInfo, Provider
from ai_sdk.providers.google import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    SpeechModelId,
    TranscriptionModelId,
    VideoModelId,
    key_header,
)
from ai_sdk.providers.google._errors import read_error
from ai_sdk.providers.google_vertex._auth import GoogleTokens, Token, project_of, signer
from ai_sdk.providers.google_vertex._endpoint import SpeechEndpoint, VertexEndpoint
from ai_sdk.providers.google_vertex._options import (
    GoogleVertexEmbeddingOptions,
    GoogleVertexImageOptions,
    GoogleVertexOptions,
    GoogleVertexSpeechOptions,
    GoogleVertexTranscriptionOptions,
    GoogleVertexVideoOptions,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.anthropic.language import MessagesModel
    from ai_sdk.providers.google.embedding import EmbeddingModel
    from ai_sdk.providers.google.image import GeminiImageModel
    from ai_sdk.providers.google.language import GeminiModel
    from ai_sdk.providers.google.speech import GeminiSpeechModel
    from ai_sdk.providers.google.transcription import GeminiTranscriptionModel
    from ai_sdk.providers.google_vertex.image import VertexImagen
    from ai_sdk.providers.google_vertex.transcription import ChirpModel
    from ai_sdk.providers.google_vertex.video import VertexVeo
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = [
    "GoogleVertex",
    "GoogleVertexEmbeddingOptions",
    "GoogleVertexImageOptions",
    "GoogleVertexOptions",
    "GoogleVertexSpeechOptions",
    "GoogleVertexTranscriptionOptions",
    "GoogleVertexVideoOptions",
    "create_google_vertex",
    "google_vertex",
]

_OWN_PATHS = ("endpoints/", "publishers/", "models/")
_CLAUDE = re.compile(r"(?:anthropic/)?(claude-.+)")


class GoogleVertex(Provider):
    """The models of Google Cloud by id. ``polling``: how its video models wait, unless a call says otherwise."""

    endpoint: VertexEndpoint

    def __init__(self, endpoint: VertexEndpoint, *, docs: str = "", polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs=docs)
        self.polling = polling

    def __call__(self, model_id: ModelId) -> GeminiModel | MessagesModel | ChatModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> GeminiModel | MessagesModel | ChatModel:
        """Make a language model: Claude for ``claude-...``, one of another maker for ``maker/model``, else Gemini."""
        if match := _CLAUDE.fullmatch(model_id):
            return self.anthropic(match[1])
        if "/" in model_id and not model_id.startswith(_OWN_PATHS):
            return self.maas(model_id)
        return self.gemini(model_id)

    def gemini(self, model_id: ModelId) -> GeminiModel:
        """Make a Gemini model; ``endpoints/<number>`` is a tuned one."""
        from ai_sdk.providers.google_vertex.language import VertexGemini

        return VertexGemini(self.endpoint, model_id)

    def anthropic(self, model_id: str) -> MessagesModel:
        """Make a Claude model, such as ``claude-sonnet-4-5@20250929``."""
        from ai_sdk.providers.google_vertex.language import VertexClaude

        return VertexClaude(replace(self.endpoint, version="v1"), model_id)

    def maas(self, model_id: str) -> ChatModel:
        """Make a model of another maker, such as ``meta/llama-4-maverick-17b-128e-instruct-maas``."""
        from ai_sdk.providers.openai_compatible._quirks import Quirks
        from ai_sdk.providers.openai_compatible.language import ChatModel

        endpoint = replace(self.endpoint, version="v1", suffix="/endpoints/openapi")
        return ChatModel(endpoint, model_id, Quirks(structured_output=lambda _model_id: "json_schema"))

    def embedding(self, model_id: EmbeddingModelId) -> EmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.google_vertex.embedding import VertexEmbedding

        return VertexEmbedding(self.endpoint, model_id)

    def image(self, model_id: ImageModelId) -> GeminiImageModel | VertexImagen:
        """Make an image model: Imagen for ``imagen-...``, else Gemini."""
        from ai_sdk.providers.google.image import GeminiImageModel, is_imagen
        from ai_sdk.providers.google_vertex.image import VertexImagen
        from ai_sdk.providers.google_vertex.language import VertexGemini

        if is_imagen(model_id):
            return VertexImagen(self.endpoint, model_id)
        return GeminiImageModel(self.endpoint, model_id, VertexGemini)

    def video(self, model_id: VideoModelId) -> VertexVeo:
        """Make a video model."""
        from ai_sdk.providers.google_vertex.video import VertexVeo

        return VertexVeo(self.endpoint, model_id, self.polling)

    def speech(self, model_id: SpeechModelId) -> GeminiSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.google.speech import GeminiSpeechModel
        from ai_sdk.providers.google_vertex.language import VertexGemini

        return GeminiSpeechModel(self.endpoint, model_id, VertexGemini, formats_in_list=True)

    def transcription(self, model_id: TranscriptionModelId) -> GeminiTranscriptionModel | ChirpModel:
        """Make a transcription model: Gemini for ``gemini-...``, else one of Speech-to-Text, such as ``chirp_3``."""
        from ai_sdk.providers.google.transcription import GeminiTranscriptionModel
        from ai_sdk.providers.google_vertex.language import VertexGemini
        from ai_sdk.providers.google_vertex.transcription import ChirpModel

        if model_id.rpartition("/")[2].startswith("gemini-"):
            return GeminiTranscriptionModel(self.endpoint, model_id, VertexGemini)
        return ChirpModel(SpeechEndpoint.beside(self.endpoint), model_id)

    async def models(self) -> list[ModelInfo]:
        """Ask which models Google publishes (``GET /publishers/google/models``), all pages of it.

        The answer is about the catalogue, not about what the project may use.
        """
        from ai_sdk.providers.google._listing import list_models

        headers = {} if self.endpoint.express else {"x-goog-user-project": self.endpoint.owner()}
        catalogue = _Catalogue.beside(self.endpoint)
        return await list_models(catalogue, "/publishers/google/models", "publisherModels", headers, size=100)


class _Catalogue(VertexEndpoint):
    """What is published, outside any project."""

    __slots__ = ()

    @classmethod
    def beside(cls, endpoint: VertexEndpoint) -> _Catalogue:
        """The catalogue at the host of an endpoint."""
        return cls(**{name: getattr(endpoint, name) for name in cls.__dataclass_fields__})

    def url(self, path: str) -> str:
        """The path without a project."""
        return self.root() + path


def create_google_vertex(
    *,
    project: str | None = None,
    location: str | None = None,
    api_key: str | None = None,
    credentials: Any = None,
    token: Token | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> GoogleVertex:
    """Make another instance of the provider.

    Who asks is one of: ``api_key``, a key of express mode; ``token``, a function, async or not, that gives an access
    token for each call; ``credentials``, an object of google-auth or the contents of a service account's key file as a
    mapping. Without any, ``GOOGLE_VERTEX_API_KEY`` counts when it is set and no project was given, else
    ``GOOGLE_CLIENT_EMAIL`` with ``GOOGLE_PRIVATE_KEY``, else the application default credentials.
    ``location`` is ``global``, ``eu``, ``us`` or a region. ``base_url`` replaces the host and the version.
    ``polling``: how its video models wait.
    """
    if sum(each is not None for each in (api_key, credentials, token)) > 1:
        raise InvalidRequestError("give one of api_key, credentials and token, not more", field="credentials")
    keyed = api_key is not None or (credentials is None and token is None and project is None)
    endpoint = VertexEndpoint(
        name="google_vertex",
        base_url=base_url or "",
        key=api_key,
        key_env=("GOOGLE_VERTEX_API_KEY",) if keyed else (),
        key_required=False,
        auth=key_header,
        headers=headers or EMPTY,
        sign=signer(token or GoogleTokens(credentials, http)),
        http=http,
        read_error=read_error,
        project=project or project_of(credentials),
        location=location,
    )
    return GoogleVertex(endpoint, docs="https://cloud.google.com/vertex-ai/generative-ai/docs", polling=polling)


google_vertex = create_google_vertex()
