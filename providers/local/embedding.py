"""Embedding models on this machine: the mean of a model's last states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sdk.errors import APIConnectionError, ContextLengthError, ServerError
from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.providers.local._options import LocalServer
    from ai_sdk.requests import EmbeddingRequest
    from ai_sdk.results import EmbeddingResult

__all__ = ["LocalEmbedding"]


class LocalEmbedding(EmbeddingModel):
    """An embedding model of a GGUF file, on the server of the chat model of that file."""

    def __init__(self, endpoint: Endpoint, model_id: str, server: LocalServer) -> None:
        super().__init__(endpoint, model_id)
        self._server = server

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange with the server.

        Raises ``APIConnectionError`` with the reason when the server died, and ``ContextLengthError`` for a text that
        is too long, which the server calls its own failure (run live).
        """
        try:
            return await super().answer(request, exchange)
        except ServerError as error:
            if "too large to process" not in error.message:
                raise
            raise ContextLengthError(
                f"{error.message}; create_local(batch=...) takes longer texts",
                status=error.status,
                provider=self.provider,
                model=self.model_id,
                body=error.body,
                headers=error.headers,
            ) from error
        except APIConnectionError as error:
            raise await self._server.explained(error) from error
