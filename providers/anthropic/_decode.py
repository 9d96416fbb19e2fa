"""From the wire to parts: pure functions of what arrived, with no clock, no randomness and no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.parts import Finish, ResponseMetadata, StreamStart
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.anthropic._blocks import Block, BlockReader, object_of, text_of
from ai_sdk.providers.anthropic._usage import FINISH_REASONS, usage_from
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["Context", "MessagesDecoder", "decode"]

_EVENT_LENGTH = 500
_ENDING = ("stop_sequence", "stop_details", "container")


def _nobody() -> Exchange:
    return Exchange(Endpoint(name="anthropic", base_url=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an answer is read against.

    ``namespace``: the key of metadata. ``json_tool``: the tool named ``json`` was offered as the way to give JSON, so
    that its input is the text of the answer.
    """

    exchange: Exchange = field(default_factory=_nobody)
    namespace: str = "anthropic"
    json_tool: bool = False

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.exchange.endpoint.name


class MessagesDecoder:
    """Reads the events of one streamed answer.

    ``event`` takes one event and gives its parts. The finish comes with ``message_stop``: a stream without it has none.
    What a server sends against all expectation raises ``MalformedEventError``, an error event the error that it says.
    Unknown events, blocks' unknown deltas and unknown fields mean nothing; a block of an unknown type is kept, to be
    sent back. A second ``message_start`` of the same message is skipped, one of another message is malformed.
    """

    def __init__(
        self,
        context: Context,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
    ) -> None:
        self.context = context
        self.over = False
        self._headers = headers if isinstance(headers, FrozenDict) else FrozenDict(headers)
        self._warnings = tuple(warnings)
        self._blocks: dict[int, Block] = {}
        self._reader = BlockReader(context.namespace, json_tool=context.json_tool, previews=previews)
        self._message: str | None = None
        self._begun = False
        self._reason: str | None = None
        self._usage: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {}

    def event(self, data: bytes | str, name: str = "message") -> list[LanguagePart]:
        """The parts of one event, given its JSON text; ``name`` counts when the JSON has no ``type``."""
        if self.over:
            return []
        try:
            said = from_json(data)
        except ValueError as error:
            raise self._malformed(data, error) from error
        try:
            return self.chunk(said, name)
        except AISDKError:
            raise
        except Exception as error:
            raise self._malformed(data, error) from error

    def end(self) -> list[LanguagePart]:
        """The parts that were waiting for the end of the stream: none, since ``message_stop`` ends an answer."""
        return []

    def _malformed(self, data: bytes | str, error: Exception) -> MalformedEventError:
        message = f"{self.context.provider} sent an event that cannot be understood: {error}"
        text = data if isinstance(data, str) else data[:_EVENT_LENGTH].decode("utf-8", "replace")
        return MalformedEventError(message, event=text)

    def chunk(self, said: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; raises whatever a strange shape leads to."""
        event = object_of(said, "it")
        kind = event.get("type", name)
        if kind == "content_block_delta":
            return self._delta(event)
        if kind == "content_block_start":
            return self._start(event)
        if kind == "content_block_stop":
            block = self._blocks.pop(_index(event), None)
            return self._reader.stop(block) if block is not None else []
        if kind == "message_start":
            return self._begin(object_of(event.get("message"), "message"))
        if kind == "message_delta":
            self._change(event)
            return []
        if kind == "message_stop":
            return self.finish()
        if kind == "error":
            raise self._error(event)
        return []

    def _delta(self, event: dict[str, Any]) -> list[LanguagePart]:
        block = self._blocks.get(_index(event))
        if block is None:
            raise ValueError("it belongs to a block that has not begun")
        return self._reader.delta(block, object_of(event.get("delta"), "delta"))

    def _start(self, event: dict[str, Any]) -> list[LanguagePart]:
        index = _index(event)
        parts = self._reader.stop(self._blocks.pop(index)) if index in self._blocks else []
        block = Block(str(index), object_of(event.get("content_block"), "content_block"))
        self._blocks[index] = block
        return [*self._announce(), *parts, *self._reader.start(block)]

    def _begin(self, message: dict[str, Any]) -> list[LanguagePart]:
        identity = text_of(message.get("id"))
        if self._message is not None:
            if identity == self._message:
                return []
            raise ValueError(f"message {identity!r} begins while {self._message!r} is not over")
        self._message = identity
        parts = self._announce()
        parts.append(ResponseMetadata(identity or None, text_of(message.get("model")) or None, None, self._headers))
        self._change({"delta": message, "usage": message.get("usage")})
        content = message.get("content")
        for place, each in enumerate(cast("list[Any]", content) if isinstance(content, list) else []):
            block = Block(f"start-{place}", object_of(each, "content_block"))
            parts += [*self._reader.start(block), *self._reader.stop(block)]
        return parts

    def _announce(self) -> list[LanguagePart]:
        if self._begun:
            return []
        self._begun = True
        return [StreamStart(self._warnings)] if self._warnings else []

    def _change(self, event: dict[str, Any]) -> None:
        delta = object_of(event.get("delta"), "delta")
        if delta.get("stop_reason") is not None:
            self._reason = text_of(delta["stop_reason"])
        for name in _ENDING:
            if delta.get(name) is not None:
                self._metadata[name] = delta[name]
        managed = event.get("context_management") or delta.get("context_management")
        if managed is not None:
            self._metadata["context_management"] = managed
        usage = object_of(event.get("usage"), "usage")
        self._usage.update({name: value for name, value in usage.items() if value is not None})

    def finish(self) -> list[LanguagePart]:
        """The end of the answer; blocks that never stopped are complete with it."""
        parts = self._announce()
        if self._message is None:
            parts.append(ResponseMetadata(headers=self._headers))
        for block in self._blocks.values():
            parts += self._reader.stop(block)
        self._blocks.clear()
        parts += self._reader.held()
        self.over = True
        late: tuple[CallWarning, ...] = ()
        if self._reason is None:
            late = (CallWarning("other", "finish_reason", "the answer ended without a finish reason"),)
        metadata = freeze({self.context.namespace: self._metadata}) if self._metadata else EMPTY
        parts.append(Finish(self._finish_reason(), usage_from(self._usage), self._reason, metadata, late))
        return parts

    def _finish_reason(self) -> FinishReason:
        reason = FINISH_REASONS.get(self._reason or "", "other")
        if reason == "tool-calls" and self._reader.gave_json and not self._reader.called:
            return "stop"
        return reason

    def _error(self, body: dict[str, Any]) -> AISDKError:
        exchange = self.context.exchange
        return exchange.error_of(exchange.endpoint.read_error(body), body, headers=self._headers)

    def whole(self, body: Any) -> list[LanguagePart]:
        """The parts of a whole answer; raises whatever a strange shape leads to."""
        message = object_of(body, "the answer")
        if message.get("type") == "error" or ("error" in message and "content" not in message):
            raise self._error(message)
        content = message.get("content")
        if not isinstance(content, list):
            raise TypeError("it has no list of content")
        parts = self._begin({**message, "content": None})
        for index, block in enumerate(cast("list[Any]", content)):
            parts += self._start({"index": index, "content_block": block})
            parts += self._reader.stop(self._blocks.pop(index))
        return [*parts, *self.finish()]


def decode(decoder: MessagesDecoder, body: Any) -> list[LanguagePart]:
    """The parts of a whole JSON answer, by the same rules as those of a stream.

    Raises ``InvalidResponseError`` when it is no message, and the error that it says when it is one.
    """
    try:
        return decoder.whole(body)
    except AISDKError:
        raise
    except Exception as error:
        text = repr(body)[:_EVENT_LENGTH]
        provider = decoder.context.provider
        raise InvalidResponseError(
            f"{provider} answered with JSON that is not an answer: {error}", body=text
        ) from error


def _index(event: dict[str, Any]) -> int:
    index = event.get("index")
    if not isinstance(index, int):
        raise TypeError(f"index is a {type(index).__name__}, not a number")
    return index
