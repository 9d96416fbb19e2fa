"""Ollama: chat and embeddings by models on your machine or in your network, by its own API.

``OLLAMA_HOST`` says where it is, in any form that Ollama knows; by default ``http://127.0.0.1:11434``. No key is needed
there; ``OLLAMA_API_KEY`` is the one of ``https://ollama.com``. Options: ``OllamaOptions``. ``pull`` downloads a model.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Exchange, ModelInfo, Provider
from ai_sdk.providers.ollama._address import OllamaEndpoint, address_of, reaching
from ai_sdk.providers.ollama._models import ModelId
from ai_sdk.providers.ollama._options import OllamaOptions, OllamaRuntime

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.ollama._pull import PullProgress
    from ai_sdk.providers.ollama.embedding import OllamaEmbeddingModel
    from ai_sdk.providers.ollama.language import OllamaChatModel

__all__ = ["ModelId", "Ollama", "OllamaOptions", "OllamaRuntime", "create_ollama", "ollama"]


class Ollama(Provider):
    """Ollama's models by name, such as ``llama3.2`` or ``qwen3:4b``."""

    def __call__(self, model_id: ModelId) -> OllamaChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> OllamaChatModel:
        """Make a chat model."""
        from ai_sdk.providers.ollama.language import OllamaChatModel

        return OllamaChatModel(self.endpoint, model_id)

    def embedding(self, model_id: str) -> OllamaEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.ollama.embedding import OllamaEmbeddingModel

        return OllamaEmbeddingModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """The models that are downloaded (``GET /api/tags``); ``created`` is when one was last changed."""
        from ai_sdk.providers.ollama._decode import moment_of

        listed = (await self._ask("/api/tags")).get("models")
        if not isinstance(listed, tuple):
            raise InvalidResponseError(f"{self.name} answered /api/tags with something that is not a list")
        found = [cast("dict[str, Any]", each) for each in cast("tuple[Any, ...]", listed) if isinstance(each, dict)]
        return [
            ModelInfo(each["name"], moment_of(each.get("modified_at")), None, freeze(each))
            for each in found
            if isinstance(each.get("name"), str)
        ]

    async def show(self, model_id: str) -> Mapping[str, Any]:
        """What Ollama knows of a downloaded model: parameters, template, capabilities, licence (``POST /api/show``)."""
        return await self._ask("/api/show", {"model": model_id})

    async def version(self) -> str:
        """The version of the server (``GET /api/version``)."""
        return str((await self._ask("/api/version")).get("version") or "")

    def pull(self, model_id: str, *, insecure: bool = False) -> AsyncGenerator[PullProgress, None]:
        """Download a model: ``async for progress in ollama.pull("llama3.2")``.

        Each progress has ``status``, ``digest``, and bytes ``completed`` of ``total``. Raises ``NotFoundError`` for a
        model that does not exist, and ``InterruptedStreamError`` when the download stops before its end.
        """
        from ai_sdk.providers.ollama._pull import pull

        return pull(self.endpoint, model_id, insecure=insecure)

    async def _ask(self, path: str, body: Any = None) -> Mapping[str, Any]:
        with reaching(self.endpoint):
            data, _ = await Exchange(self.endpoint).json(path, body, method="GET" if body is None else "POST")
        if not isinstance(data, dict):
            raise InvalidResponseError(f"{self.name} answered {path} with something that is not an object")
        return cast("Mapping[str, Any]", freeze(data))


def _read_error(body: Any) -> Any:
    from ai_sdk.providers.ollama._decode import read_ollama_error

    return read_ollama_error(body)


def create_ollama(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> Ollama:
    """Make another instance of the provider, with its own address, key or headers.

    ``base_url`` has any form of ``OLLAMA_HOST``, and wins over it.
    """
    endpoint = OllamaEndpoint(
        name="ollama",
        base_url=address_of(base_url or ""),
        base_url_env=None if base_url else "OLLAMA_HOST",
        key=api_key,
        key_env=("OLLAMA_API_KEY",),
        key_required=False,
        headers=headers or EMPTY,
        http=http,
        read_error=_read_error,
    )
    return Ollama(endpoint, docs="https://docs.ollama.com/api")


ollama = create_ollama()
