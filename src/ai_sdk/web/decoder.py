"""The events of a UI message stream to parts: pure, whoever sent them and however the bytes are split."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.approval import ApprovalRequest
from ai_sdk.errors import InvalidRequestError, MalformedEventError, StreamError, TruncatedStreamError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.messages import FilePart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.results import FinishReason, Usage
from ai_sdk.steps import StepStart
from ai_sdk.web.chunks import NAMESPACE, dumps
from ai_sdk.web.parts import DataPart, MessageMetadata, StepReset, WebPart

__all__ = ["UIMessageDecoder"]

_REASONS = ("stop", "length", "tool-calls", "content-filter", "error", "other")


class UIMessageDecoder:
    """Decodes one stream: ``feed`` bytes and get the parts that are complete, then ``end``.

    A step is a ``StepStart``, the end of the message one ``Finish``, without usage, which the protocol does not have.
    Events that are not known, or that say nothing to a reader, are left out. Raises ``StreamError`` for an error or an
    abort of the server, ``MalformedEventError`` for an event that does not fit the protocol, and
    ``TruncatedStreamError`` when the stream ends before the message does.
    """

    def __init__(self) -> None:
        self._framing = ServerSentEvents()
        self._steps = 0
        self._names: dict[str, str] = {}
        self._calls: dict[str, ToolCallPart] = {}
        self.over = False

    def feed(self, chunk: bytes) -> list[WebPart]:
        """Take what has arrived and return the parts that are complete."""
        return [part for event in self._framing.feed(chunk) for part in self.decode(event.data)]

    def end(self) -> list[WebPart]:
        """Return what was left; the stream is over."""
        parts = [part for event in self._framing.end() for part in self.decode(event.data)]
        if not self.over:
            raise TruncatedStreamError("the stream ended before the message did")
        return parts

    def decode(self, data: bytes) -> list[WebPart]:
        """The parts of the data of one event."""
        if self.over or data == b"[DONE]":
            return []
        try:
            chunk = json.loads(data)
            kind = chunk["type"]
            if kind.startswith("data-"):
                return [DataPart(kind[5:], chunk.get("data"), chunk.get("id"), chunk.get("transient") is True)]
            handle = _HANDLERS.get(kind)
            return [] if handle is None else handle(self, chunk)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidRequestError) as error:
            raise MalformedEventError(f"an event does not fit the protocol: {data[:200]!r}") from error

    def _start(self, chunk: dict[str, Any]) -> list[WebPart]:
        parts: list[WebPart] = []
        if chunk.get("messageId") is not None:
            parts.append(ResponseMetadata(id=_text(chunk["messageId"])))
        return parts + self._message_metadata(chunk)

    def _message_metadata(self, chunk: dict[str, Any]) -> list[WebPart]:
        value = chunk.get("messageMetadata")
        return [MessageMetadata(cast("dict[str, Any]", value))] if isinstance(value, dict) else []

    def _step(self, _chunk: dict[str, Any]) -> list[WebPart]:
        self._steps += 1
        return [StepStart(self._steps - 1)]

    def _reset(self, _chunk: dict[str, Any]) -> list[WebPart]:
        return [StepReset()]

    def _words(self, chunk: dict[str, Any]) -> list[WebPart]:
        """Text or reasoning: its start, a piece, or its end."""
        make = TextDelta if chunk["type"].startswith("text-") else ReasoningDelta
        text = _text(chunk["delta"]) if chunk["type"].endswith("-delta") else ""
        metadata = _metadata(chunk)
        return [make(text, _text(chunk["id"]), metadata)] if text or metadata else []

    def _input_start(self, chunk: dict[str, Any]) -> list[WebPart]:
        self._names[_text(chunk["toolCallId"])] = _text(chunk["toolName"])
        return [ToolInputDelta(chunk["toolCallId"], chunk["toolName"], "")]

    def _input_delta(self, chunk: dict[str, Any]) -> list[WebPart]:
        name = self._names[_text(chunk["toolCallId"])]
        return [ToolInputDelta(chunk["toolCallId"], name, _text(chunk["inputTextDelta"]))]

    def _call(self, chunk: dict[str, Any]) -> list[WebPart]:
        given = chunk.get("input")
        own = chunk.get("providerMetadata", {}).get(NAMESPACE, {})
        if chunk["type"] == "tool-input-error" and isinstance(given, str):
            text = given
        else:
            text = own["input"] if isinstance(own.get("input"), str) else dumps(given).decode()
        call = ToolCallPart(
            _text(chunk["toolCallId"]),
            _text(chunk["toolName"]),
            text,
            chunk.get("providerExecuted") is True,
            _metadata(chunk),
        )
        self._calls[call.id] = call
        return [call]

    def _result(self, chunk: dict[str, Any]) -> list[WebPart]:
        kind = chunk["type"]
        call = self._calls.get(_text(chunk["toolCallId"]))
        if kind == "tool-output-error":
            output: Any = _text(chunk["errorText"])
        elif kind == "tool-output-denied":
            output = "denied by the user"
        else:
            own = chunk.get("providerMetadata", {}).get(NAMESPACE, {})
            output = tuple(map(_part, chunk["output"])) if own.get("content") is True else chunk.get("output")
        return [
            ToolResultPart(
                chunk["toolCallId"],
                call.name if call is not None else self._names.get(chunk["toolCallId"], ""),
                output,
                kind != "tool-output-available",
                chunk.get("providerExecuted") is True,
                _metadata(chunk),
            )
        ]

    def _approval(self, chunk: dict[str, Any]) -> list[WebPart]:
        call = self._calls[_text(chunk["toolCallId"])]
        return [ApprovalRequest(_text(chunk["approvalId"]), call, _text(chunk.get("signature") or ""))]

    def _source(self, chunk: dict[str, Any]) -> list[WebPart]:
        return [
            SourcePart(
                _text(chunk["sourceId"]),
                _text(chunk["url"]) if chunk["type"] == "source-url" else None,
                chunk.get("title"),
                chunk.get("mediaType"),
                chunk.get("filename"),
                _metadata(chunk),
            )
        ]

    def _file(self, chunk: dict[str, Any]) -> list[WebPart]:
        return [_file(chunk, _metadata(chunk))]

    def _finish(self, chunk: dict[str, Any]) -> list[WebPart]:
        self.over = True
        raw = chunk.get("finishReason")
        reason: FinishReason = raw if raw in _REASONS else "other"
        return [*self._message_metadata(chunk), Finish(reason, Usage(), raw if isinstance(raw, str) else None)]

    def _error(self, chunk: dict[str, Any]) -> list[WebPart]:
        self.over = True
        raise StreamError(f"the server says: {_text(chunk['errorText'])}")

    def _abort(self, chunk: dict[str, Any]) -> list[WebPart]:
        self.over = True
        reason = chunk.get("reason")
        raise StreamError("the server stopped the answer" + (f": {reason}" if isinstance(reason, str) else ""))


_HANDLERS: dict[str, Callable[[UIMessageDecoder, dict[str, Any]], list[WebPart]]] = {
    "start": UIMessageDecoder._start,
    "message-metadata": UIMessageDecoder._message_metadata,
    "start-step": UIMessageDecoder._step,
    "reset-step": UIMessageDecoder._reset,
    "text-start": UIMessageDecoder._words,
    "text-delta": UIMessageDecoder._words,
    "text-end": UIMessageDecoder._words,
    "reasoning-start": UIMessageDecoder._words,
    "reasoning-delta": UIMessageDecoder._words,
    "reasoning-end": UIMessageDecoder._words,
    "tool-input-start": UIMessageDecoder._input_start,
    "tool-input-delta": UIMessageDecoder._input_delta,
    "tool-input-available": UIMessageDecoder._call,
    "tool-input-error": UIMessageDecoder._call,
    "tool-output-available": UIMessageDecoder._result,
    "tool-output-error": UIMessageDecoder._result,
    "tool-output-denied": UIMessageDecoder._result,
    "tool-approval-request": UIMessageDecoder._approval,
    "source-url": UIMessageDecoder._source,
    "source-document": UIMessageDecoder._source,
    "file": UIMessageDecoder._file,
    "reasoning-file": UIMessageDecoder._file,
    "finish": UIMessageDecoder._finish,
    "error": UIMessageDecoder._error,
    "abort": UIMessageDecoder._abort,
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no text")
    return value


def _metadata(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata of a provider, without what this library put there for itself."""
    given = cast("dict[str, Any]", chunk.get("providerMetadata") or {})
    return {key: value for key, value in given.items() if key != NAMESPACE} or EMPTY


def _file(chunk: Mapping[str, Any], metadata: Mapping[str, Any] = EMPTY) -> FilePart:
    options: dict[str, Any] = {"filename": chunk.get("filename"), "provider_metadata": metadata}
    url, media_type = _text(chunk["url"]), _text(chunk["mediaType"])
    if url.startswith("data:"):
        return FilePart.from_url(url, media_type=media_type, **options)
    return FilePart(url=url, media_type=media_type, **options)


def _part(chunk: Mapping[str, Any]) -> TextPart | FilePart:
    return TextPart(_text(chunk["text"])) if chunk["type"] == "text" else _file(chunk)
