"""Chat completions, Responses and messages: a language model behind three wires, whole and streamed.

The model's call and the reading of its answer happen in the task of the request. What fails before the first content is
a status; what fails later ends the stream with the error event of its wire, and without its end mark.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ai_sdk.call import entered
from ai_sdk.endpoint import to_json
from ai_sdk.providers.anthropic._inbound import request_of as request_of_messages
from ai_sdk.providers.anthropic._outbound import MessagesWriter
from ai_sdk.providers.openai._responses_inbound import request_of as request_of_responses
from ai_sdk.providers.openai._responses_outbound import ResponsesWriter
from ai_sdk.providers.openai_compatible._inbound import request_of as request_of_chat
from ai_sdk.providers.openai_compatible._outbound import ChatWriter
from ai_sdk.requests import LanguageRequest, changed
from ai_sdk.server._asgi import ClientLeft, until_left
from ai_sdk.server._failures import Failure, Refused, failure_of

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import LanguageResponse, LanguageResult
    from ai_sdk.server._calls import Call

__all__ = ["WIRES", "Wire", "answer"]

JSON = dict[str, Any]
_ECHOED = ("instructions", "metadata", "parallel_tool_calls", "temperature", "text", "tool_choice", "tools", "top_p")


class Writer(Protocol):
    """Writes the parts of an answer as events, or a result as one object."""

    def part(self, part: LanguagePart, /) -> list[JSON]:
        """The events of a part."""
        ...

    def whole(self, result: LanguageResult, /) -> JSON:
        """A whole answer."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """One of the wires. ``request`` reads a body, ``writer`` makes the writer of its answer.

    ``event`` writes one event as bytes, ``error`` the events of a failure in the middle of a stream; ``end`` closes a
    stream that is complete.
    """

    route: str
    request: Callable[[JSON, str], LanguageRequest]
    writer: Callable[[JSON], Writer]
    event: Callable[[JSON], bytes]
    error: Callable[[Failure, Any, str], bytes]
    end: bytes = b""


async def answer(wire: Wire, call: Call, body: JSON) -> None:
    """Answer one request."""
    asked = wire.request(body, call.served.provider)
    if not isinstance(body.get("model"), str):
        raise Refused(400, "model is missing", param="model")
    options = call.layer_options()
    request = changed(asked, layer_options=options) if options else asked
    writer = wire.writer(body)
    async with until_left(call.exchange):
        with entered(call.record):
            response = await call.served.model_for(call.key)(request)
        async with response:
            call.arrived()
            if request.stream:
                await _stream(wire, call, response, writer)
            else:
                result = await response.result()
                await call.exchange.answer_json(writer.whole(result))


async def _stream(wire: Wire, call: Call, response: LanguageResponse, writer: Writer) -> None:
    exchange, event = call.exchange, wire.event
    await exchange.start_events()
    try:
        async for part in response:
            data = b"".join([event(each) for each in writer.part(part)])
            if data:
                await exchange.write(data)
    except (ClientLeft, GeneratorExit):
        raise
    except asyncio.CancelledError:
        if not call.exchange.left:
            stopping = Failure(503, "the gateway is shutting down", "shutting_down")
            await exchange.write(wire.error(stopping, writer, exchange.request_id), more=False)
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told in its wire
        failure = failure_of(error)
        call.failure = failure.code or type(error).__name__
        await exchange.write(wire.error(failure, writer, exchange.request_id), more=False)
        return
    await exchange.write(wire.end, more=False)


def _identity(prefix: str) -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def _now() -> int:
    from datetime import UTC, datetime

    return int(datetime.now(UTC).timestamp())


def _chat_writer(body: JSON) -> Writer:
    usage = body.get("stream_options") == {"include_usage": True}
    return ChatWriter(body["model"], _identity("chatcmpl-"), _now(), usage=usage)


def _chat_event(event: JSON) -> bytes:
    return b"data: " + to_json(event) + b"\n\n"


def _chat_error(failure: Failure, _writer: Any, _request_id: str) -> bytes:
    return _chat_event(failure.openai())


def _named_event(event: JSON) -> bytes:
    return b"event: " + str(event["type"]).encode() + b"\ndata: " + to_json(event) + b"\n\n"


def _messages_error(failure: Failure, _writer: Any, request_id: str) -> bytes:
    return _named_event(failure.anthropic(request_id))


def _responses_writer(body: JSON) -> Writer:
    echoed = {name: body[name] for name in _ECHOED if body.get(name) is not None}
    return ResponsesWriter(body["model"], _identity("resp_"), _now(), echoed)


def _responses_error(failure: Failure, writer: ResponsesWriter, _request_id: str) -> bytes:
    events = writer.failed({"code": failure.code or failure.type, "message": failure.message})
    return b"".join(map(_named_event, events))


def _messages_request(body: JSON, _provider: str) -> LanguageRequest:
    if not isinstance(body.get("max_tokens"), int):
        raise Refused(400, "max_tokens is missing; allowed is a whole number", param="max_tokens")
    return request_of_messages(body)


def _responses_request(body: JSON, provider: str) -> LanguageRequest:
    for name in ("previous_response_id", "conversation"):
        if body.get(name) is not None:
            raise Refused(400, f"{name}: this gateway keeps no answers; send the whole input", param=name)
    if body.get("background"):
        raise Refused(400, "background: this gateway answers while the client waits", param="background")
    return request_of_responses({name: value for name, value in body.items() if name != "store"}, provider)


def _messages_writer(body: JSON) -> Writer:
    return MessagesWriter(body["model"], _identity("msg_"))


WIRES = {
    "/v1/chat/completions": Wire("chat", request_of_chat, _chat_writer, _chat_event, _chat_error, b"data: [DONE]\n\n"),
    "/v1/responses": Wire("responses", _responses_request, _responses_writer, _named_event, _responses_error),
    "/v1/messages": Wire("messages", _messages_request, _messages_writer, _named_event, _messages_error),
}
