"""Anthropic: Claude through the messages API.

``ANTHROPIC_API_KEY`` is the key, ``ANTHROPIC_AUTH_TOKEN`` a bearer token in its place; ``ANTHROPIC_BASE_URL`` is
honoured, with or without ``/v1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart
from ai_sdk.provider import Endpoint, ModelInfo, Provider, bearer
from ai_sdk.providers.anthropic._door import HOME, AnthropicEndpoint, api_key_or_token, list_models
from ai_sdk.providers.anthropic._models import Knowledge, ModelId, knowledge_of
from ai_sdk.providers.anthropic._options import AnthropicOptions, CacheControl, Thinking
from ai_sdk.providers.anthropic._rules import MessagesRules, read_error

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.anthropic.batch import AnthropicBatch
    from ai_sdk.providers.anthropic.language import MessagesModel
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResult

__all__ = [
    "Anthropic",
    "AnthropicOptions",
    "CacheControl",
    "Knowledge",
    "MessagesRules",
    "ModelId",
    "Thinking",
    "anthropic",
    "create_anthropic",
    "knowledge_of",
    "read_error",
    "uploaded_file",
]

VERSION = "2023-06-01"


class Anthropic(Provider):
    """Anthropic's models by id, and other servers of its messages API."""

    def __init__(self, endpoint: Endpoint, rules: MessagesRules | None = None, *, docs: str = "") -> None:
        super().__init__(endpoint, docs=docs)
        self.rules = rules or MessagesRules()

    def __call__(self, model_id: ModelId) -> MessagesModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> MessagesModel:
        """Make a language model."""
        from ai_sdk.providers.anthropic.language import MessagesModel

        return MessagesModel(self.endpoint, model_id, self.rules)

    def batch(self, model_id: ModelId) -> AnthropicBatch[LanguageRequest, LanguageResult]:
        """Make a model that goes through the batch API, for ``map_rows(..., via=...)``: see ``ai_sdk.batch``."""
        from ai_sdk.providers.anthropic.batch import AnthropicBatch

        return AnthropicBatch(self.language(model_id))

    async def models(self) -> list[ModelInfo]:
        """Ask which models there are (``GET /models``), all pages of it."""
        return await list_models(self.endpoint)


def uploaded_file(file_id: str, media_type: str = "application/pdf", *, container: bool = False) -> FilePart:
    """A file of Anthropic's files API, by its id; ``container``: for the code that runs there, not for the model.

    The URL of the part only names the file; no other provider can fetch it.
    """
    own = {"file_id": file_id, **({"container_upload": True} if container else {})}
    url = f"{HOME}/v1/files/{file_id}/content"
    return FilePart(url=url, media_type=media_type, provider_metadata={"anthropic": own})


def create_anthropic(
    *,
    api_key: str | None = None,
    auth_token: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    rules: MessagesRules | None = None,
) -> Anthropic:
    """Make another instance of the provider, with its own key, address or headers.

    ``auth_token`` goes out as a bearer token, in place of a key. ``base_url`` ends in ``/v1``. ``rules`` tell what a
    server of another maker takes.
    """
    if api_key is not None and auth_token is not None:
        raise InvalidRequestError("api_key and auth_token are both given; allowed is one of them", field="auth_token")
    endpoint = AnthropicEndpoint(
        name="anthropic",
        base_url=(base_url or f"{HOME}/v1").rstrip("/"),
        base_url_env=None if base_url else "ANTHROPIC_BASE_URL",
        key=api_key or auth_token,
        key_env=() if auth_token else ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        auth=bearer if auth_token else api_key_or_token,
        headers={"anthropic-version": VERSION, **{name.lower(): each for name, each in (headers or EMPTY).items()}},
        http=http,
        read_error=read_error,
    )
    return Anthropic(endpoint, rules, docs="https://docs.claude.com/en/api/messages")


anthropic = create_anthropic()
