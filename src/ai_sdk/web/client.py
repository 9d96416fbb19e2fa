"""A chat endpoint of somebody else's as a model."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from ai_sdk.errors import api_error
from ai_sdk.http import HTTP, HTTPRequest, default_http
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, LanguageResponse, fold_language
from ai_sdk.steps import StepStart
from ai_sdk.web.chunks import dumps
from ai_sdk.web.decoder import UIMessageDecoder
from ai_sdk.web.message import to_ui_messages
from ai_sdk.web.parts import WebPart

__all__ = ["UIMessageModel"]

_WHOLE = (ReasoningDelta, ToolInputDelta, ResponseMetadata, SourcePart, FilePart, Finish)


class UIMessageModel:
    """A language model that asks a chat endpoint of the UI message stream protocol, whatever language it is written in.

    ``url``: where ``useChat`` would post to. ``headers``: sent with each request, for example a session's. ``body``:
    more fields of the request. Each call is a chat of its own. The tools are the server's, and so are their results:
    calls are marked as executed there. What the protocol cannot say (tools, instructions, settings) is left out with a
    warning; so are an endpoint's own data and its requests for approval, which nobody could answer here.

    Raises ``APIError`` for a status other than 2xx, ``StreamError`` when the server reports a failure, and what
    ``UIMessageDecoder`` raises.
    """

    provider = "ui-message-stream"

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        http: HTTP | None = None,
    ) -> None:
        self.url = url
        self.model_id = urlsplit(url).netloc.rpartition("@")[2] + urlsplit(url).path
        self._headers = dict(headers or {})
        self._body = dict(body or {})
        self._http = http

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer a conversation."""
        messages = to_ui_messages(request.messages, tool_error_text=lambda result: str(result.output))
        chat = f"chat-{secrets.token_hex(8)}"
        body = dumps({**self._body, "id": chat, "messages": messages, "trigger": "submit-message"})
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream",
            **self._headers,
            **request.headers,
        }
        stream = await (self._http or default_http()).open(HTTPRequest("POST", self.url, headers, body))
        if not 200 <= stream.status < 300:
            raise api_error(_said(await stream.read()), status=stream.status, provider=self.provider)
        parts = _parts(stream.chunks(), _warnings(request))
        response = await LanguageResponse.start(parts, fold_language, stream)
        return response if request.stream else LanguageResponse.of(await _all(response), fold_language)

    def __repr__(self) -> str:
        return f"UIMessageModel({self.model_id!r})"


async def _all(response: LanguageResponse) -> list[LanguagePart]:
    async with response:
        return [part async for part in response]


async def _parts(
    body: AsyncGenerator[bytes, None], warnings: tuple[CallWarning, ...]
) -> AsyncGenerator[LanguagePart, None]:
    if warnings:
        yield StreamStart(warnings)
    decoder, reader = UIMessageDecoder(), _OneAnswer()
    async for chunk in body:
        for part in reader.of(decoder.feed(chunk)):
            yield part
    for part in reader.of(decoder.end()):
        yield part


class _OneAnswer:
    """The parts of several steps as those of one answer."""

    def __init__(self) -> None:
        self._step = 0

    def of(self, parts: Iterable[WebPart]) -> Iterable[LanguagePart]:
        for part in parts:
            if isinstance(part, StepStart):
                self._step = part.index
            elif isinstance(part, TextDelta | ReasoningDelta):
                yield replace(part, id=f"{self._step}:{part.id}")
            elif isinstance(part, ToolCallPart | ToolResultPart):
                yield replace(part, provider_executed=True)
            elif isinstance(part, _WHOLE):
                yield part


def _warnings(request: LanguageRequest) -> tuple[CallWarning, ...]:
    lost = [name for name in ("tools", "tool_choice", "response_format", "temperature") if getattr(request, name)]
    lost += ["system"] if any(message.role == "system" for message in request.messages) else []
    return tuple(CallWarning("unsupported", name, f"{name} is the server's to choose") for name in lost)


def _said(body: bytes) -> str:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return "the chat was refused"
    error = cast("dict[str, Any]", found).get("error") if isinstance(found, dict) else None
    return error if isinstance(error, str) else "the chat was refused"
