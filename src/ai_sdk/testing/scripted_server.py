"""A model behind the OpenAI dialect, over real HTTP on a loopback port."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import (
    AISDKError,
    APIError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidRequestError,
    TruncatedStreamError,
)
from ai_sdk.model import name_of
from ai_sdk.testing._http1 import LoopbackServer, Received, Reply
from ai_sdk.testing._openai import (
    CREATED,
    DONE,
    ChunkEncoder,
    Chunks,
    decode_request,
    encode_error,
    encode_result,
    error_body,
    sse,
    wants_usage,
)

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import LanguageResponse

__all__ = ["ScriptedServer"]


class ScriptedServer(LoopbackServer):
    """Serves any language model, typically a ``ScriptedModel``, at ``/v1/chat/completions``, as JSON and as a stream.

    The model gets the decoded request, whatever model id the client names. When the client leaves, the model's
    response is closed. Errors of the model keep their status and words (500 without); in the middle of a stream they
    are an error event, except ``TruncatedStreamError`` (the stream ends without a finish reason) and
    ``InterruptedStreamError`` (the connection is cut). Usage is streamed when the client asks for it.
    """

    def __init__(self, model: Model[LanguageRequest, LanguageResponse], /) -> None:
        super().__init__()
        self.model = model

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer one request."""
        if request.route == ("GET", "/v1/models"):
            listed = {"id": name_of(self.model), "object": "model", "created": CREATED, "owned_by": "ai-sdk-layers"}
            await _send(reply, 200, {"object": "list", "data": [listed]})
        elif request.route == ("POST", "/v1/chat/completions"):
            await self._chat(request.json, reply)
        else:
            await _send(reply, 404, error_body(f"there is no {request.method} {request.path}"))

    async def _chat(self, body: Any, reply: Reply) -> None:
        try:
            response = await self.model(decode_request(body))
        except Exception as error:  # noqa: BLE001 - whatever the model raises is the answer
            await _refuse(reply, error)
            return
        async with response:
            chunks = Chunks(str(body.get("model")))
            if body.get("stream"):
                await _stream(reply, response, ChunkEncoder(chunks, usage=wants_usage(body)))
            else:
                await _whole(reply, response, chunks)


async def _whole(reply: Reply, response: LanguageResponse, chunks: Chunks) -> None:
    try:
        result = await response.result()
    except Exception as error:  # noqa: BLE001 - whatever the model raises is the answer
        await _refuse(reply, error)
    else:
        await _send(reply, 200, encode_result(result, chunks))


async def _stream(reply: Reply, response: LanguageResponse, encoder: ChunkEncoder) -> None:
    await reply.start()
    try:
        async for part in response:
            for chunk in encoder.encode(part):
                await reply.event(sse(chunk))
    except TruncatedStreamError:
        await reply.end()
    except InterruptedStreamError:
        reply.cut()
    except Exception as error:  # noqa: BLE001 - whatever the model raises is the answer
        await reply.event(sse(encode_error(error)))
        await reply.end()
    else:
        await reply.event(DONE)
        await reply.end()


async def _send(reply: Reply, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    await reply.send(status, json.dumps(body).encode(), headers=headers)


async def _refuse(reply: Reply, error: Exception) -> None:
    headers: dict[str, str] = {}
    if isinstance(error, AISDKError) and error.retry_after is not None:
        headers["retry-after"] = f"{error.retry_after:g}"
    await _send(reply, _status_of(error), encode_error(error), headers)


def _status_of(error: Exception) -> int:
    if isinstance(error, APIError) and error.status is not None:
        return error.status
    if isinstance(error, InvalidRequestError):
        return 400
    return 504 if isinstance(error, APITimeoutError) else 500
