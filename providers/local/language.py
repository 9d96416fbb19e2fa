"""Chat models on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import APIConnectionError, UnsupportedError
from ai_sdk.messages import FilePart, UserMessage
from ai_sdk.parts import ToolInputDelta
from ai_sdk.providers.llamacpp.language import LlamaCppModel
from ai_sdk.results import LanguageResponse, fold_language

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.providers.local._options import LocalServer
    from ai_sdk.providers.openai_compatible import Quirks
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["LocalModel"]


class LocalModel(LlamaCppModel):
    """A chat model of a GGUF file. Its server starts at the first call."""

    def __init__(self, endpoint: Endpoint, model_id: str, quirks: Quirks, server: LocalServer) -> None:
        super().__init__(endpoint, model_id, quirks)
        self._server = server

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request. Raises ``UnsupportedError`` for pictures and files: the server reads text only."""
        for message in request.messages:
            if isinstance(message, UserMessage) and any(isinstance(part, FilePart) for part in message.content):
                raise UnsupportedError(f"{self!r} reads text only: the message has a file", field="messages")
        return super().encode(request)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange with the server. Raises ``APIConnectionError`` with the reason when the server died.

        It is always streamed: the server stops computing when the reader of a stream leaves, and goes on to the last
        token when the caller of a JSON answer does (run live).
        """
        try:
            response = await super().answer(replace(request, stream=True), exchange)
            return response if request.stream else await _whole(response)
        except APIConnectionError as error:
            raise await self._server.explained(error) from error


async def _whole(response: LanguageResponse) -> LanguageResponse:
    """The response when all of it is here, without previews."""
    async with response:
        parts = [part async for part in response if not isinstance(part, ToolInputDelta)]
    return LanguageResponse.of(parts, fold_language)
