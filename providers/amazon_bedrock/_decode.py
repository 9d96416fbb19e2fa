"""From the wire to parts: pure functions of what arrived, with no clock, no randomness and no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.endpoint import request_id
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.parts import Finish, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.amazon_bedrock._blocks import Block, BlockReader, object_of, text_of
from ai_sdk.providers.amazon_bedrock._errors import is_exception, stream_error
from ai_sdk.providers.amazon_bedrock._usage import FINISH_REASONS, usage_from
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.framing import AWSEvent
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["Context", "ConverseDecoder", "decode"]

_EVENT_LENGTH = 500
_TOLD = ("trace", "metrics", "performanceConfig", "serviceTier")


def _nobody() -> Exchange:
    return Exchange(Endpoint(name="amazon_bedrock", base_url=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an answer is read against.

    ``names``: tools whose name differs on the wire. ``json_tool``: the tool ``json`` was offered as the way to give
    JSON, so that its input is the text of the answer.
    """

    exchange: Exchange = field(default_factory=_nobody)
    names: Mapping[str, str] = EMPTY
    json_tool: bool = False

    @property
    def provider(self) -> str:
        """The provider's name, under which metadata is given."""
        return self.exchange.endpoint.name


class ConverseDecoder:
    """Reads the events of one streamed answer.

    ``message`` takes one message of the event stream and gives its parts. The finish comes when both ``messageStop``
    and ``metadata`` are here, whichever comes first (recorded), or at the end of the stream when only the usage is
    missing; a stream without ``messageStop`` has no finish. What a server sends against all expectation raises
    ``MalformedEventError``, an exception the error that it says. Unknown events and unknown fields mean nothing.
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
        self._reader = BlockReader(
            context.provider, names=context.names, json_tool=context.json_tool, previews=previews
        )
        self._hurried = not context.json_tool
        self._begun = False
        self._stopped = False
        self._told = False
        self._reason: str | None = None
        self._usage: Any = None
        self._metadata: dict[str, Any] = {}

    def message(self, event: AWSEvent) -> list[LanguagePart]:
        """The parts of one message."""
        if self.over:
            return []
        if is_exception(event):
            raise stream_error(event, self.context.exchange, self._headers)
        name = event.headers.get(":event-type")
        return self.event(event.payload, name if isinstance(name, str) else "")

    def event(self, data: bytes, name: str) -> list[LanguagePart]:
        """The parts of one event, given its name and JSON text."""
        try:
            said = from_json(data)
        except ValueError as error:
            raise self._malformed(data, error) from error
        if name == "contentBlockDelta" and self._hurried and self._begun:
            part = _quick(said)
            if part is not None:
                return [part]
        try:
            return self.chunk(object_of(said, "it"), name)
        except AISDKError:
            raise
        except Exception as error:
            raise self._malformed(data, error) from error

    def end(self) -> list[LanguagePart]:
        """The parts that were waiting for the end of the stream."""
        if not self._stopped or self.over:
            return []
        try:
            return self.finish()
        except ValueError as error:
            raise self._malformed(b"", error) from error

    def _malformed(self, data: bytes, error: Exception) -> MalformedEventError:
        message = f"{self.context.provider} sent an event that cannot be understood: {error}"
        return MalformedEventError(message, event=data[:_EVENT_LENGTH].decode("utf-8", "replace"))

    def chunk(self, said: dict[str, Any], name: str) -> list[LanguagePart]:
        """The parts of one decoded event; raises whatever a strange shape leads to."""
        parts = self._announce()
        if name == "contentBlockDelta":
            parts += self._reader.delta(self._block(said), object_of(said.get("delta"), "delta"))
        elif name == "contentBlockStart":
            index = _index(said)
            before = self._blocks.pop(index, None)
            parts += self._reader.stop(before) if before is not None else []
            parts += self._reader.start(self._block(said), object_of(said.get("start"), "start"))
        elif name == "contentBlockStop":
            block = self._blocks.pop(_index(said), None)
            parts += self._reader.stop(block) if block is not None else []
        elif name == "messageStop":
            self._stop(said)
            parts += self._complete()
        elif name == "metadata":
            self._tell(said)
        if self._stopped and self._told:
            parts += self.finish()
        return parts

    def _block(self, said: dict[str, Any]) -> Block:
        index = _index(said)
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = Block(str(index))
        return block

    def _announce(self) -> list[LanguagePart]:
        if self._begun:
            return []
        self._begun = True
        start: list[LanguagePart] = [StreamStart(self._warnings)] if self._warnings else []
        return [*start, ResponseMetadata(request_id(self._headers), None, None, self._headers)]

    def _stop(self, said: dict[str, Any]) -> None:
        self._stopped = True
        self._reason = text_of(said.get("stopReason")) or None
        if said.get("additionalModelResponseFields") is not None:
            self._metadata["additionalModelResponseFields"] = said["additionalModelResponseFields"]

    def _tell(self, said: dict[str, Any]) -> None:
        self._told = True
        self._usage = said.get("usage")
        for name in _TOLD:
            if said.get(name) is not None:
                self._metadata[name] = said[name]

    def _complete(self) -> list[LanguagePart]:
        """The ends of blocks that never stopped: they are complete with the message."""
        parts = [part for block in self._blocks.values() for part in self._reader.stop(block)]
        self._blocks.clear()
        return [*parts, *self._reader.held()]

    def finish(self) -> list[LanguagePart]:
        """The end of the answer."""
        parts = [*self._announce(), *self._complete()]
        self.over = True
        late: tuple[CallWarning, ...] = ()
        if self._reason is None:
            late = (CallWarning("other", "finish_reason", "the answer ended without a finish reason"),)
        served = self._served_by()
        if served is not None:
            parts.append(ResponseMetadata(model=served))
        metadata = freeze({self.context.provider: self._metadata}) if self._metadata else EMPTY
        parts.append(Finish(self._finish_reason(), usage_from(self._usage), self._reason, metadata, late))
        return parts

    def _served_by(self) -> str | None:
        """The model that a prompt router chose."""
        trace = self._metadata.get("trace")
        router = cast("dict[str, Any]", trace).get("promptRouter") if isinstance(trace, dict) else None
        model = cast("dict[str, Any]", router).get("invokedModelId") if isinstance(router, dict) else None
        return model if isinstance(model, str) else None

    def _finish_reason(self) -> FinishReason:
        reason = FINISH_REASONS.get(self._reason or "", "other")
        if reason == "tool-calls" and self._reader.gave_json and not self._reader.called:
            return "stop"
        if reason == "stop" and self._reader.called:
            return "tool-calls"
        return reason

    def whole(self, body: Any) -> list[LanguagePart]:
        """The parts of a whole answer; raises whatever a strange shape leads to."""
        said = object_of(body, "the answer")
        message = object_of(object_of(said.get("output"), "output").get("message"), "message")
        content = message.get("content")
        if not isinstance(content, list):
            raise TypeError("it has no content")
        parts = self._announce()
        for place, each in enumerate(cast("list[Any]", content)):
            parts += self._reader.entire(Block(str(place)), object_of(each, "content"))
        self._stop(said)
        self._tell(said)
        return [*parts, *self.finish()]


def decode(decoder: ConverseDecoder, body: Any) -> list[LanguagePart]:
    """The parts of a whole JSON answer, by the same rules as those of a stream, without previews of tool input.

    Raises ``InvalidResponseError`` when it is no answer.
    """
    try:
        return decoder.whole(body)
    except AISDKError:
        raise
    except Exception as error:
        provider = decoder.context.provider
        raise InvalidResponseError(
            f"{provider} answered with JSON that is not an answer: {error}", body=repr(body)[:_EVENT_LENGTH]
        ) from error


def _quick(said: Any) -> TextDelta | None:
    """The part of the event that nearly all events are: a piece of text."""
    try:
        index, delta = said["contentBlockIndex"], said["delta"]
        text = delta["text"]
    except (KeyError, TypeError):
        return None
    if text.__class__ is str and text and index.__class__ is int and len(delta) == 1:
        return TextDelta(text, str(index))
    return None


def _index(said: dict[str, Any]) -> int:
    index = said.get("contentBlockIndex", 0)
    if not isinstance(index, int):
        raise TypeError(f"contentBlockIndex is a {type(index).__name__}, not a number")
    return index
