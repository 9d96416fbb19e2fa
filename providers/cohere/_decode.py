"""From Cohere's wire to parts: pure functions of what arrived, with no clock, no randomness and no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidResponseError, MalformedEventError
from ai_sdk.messages import SourcePart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import to_json
from ai_sdk.providers.cohere._messages import TOOL_PLAN
from ai_sdk.providers.cohere._wire import as_count, as_list, as_object, as_text
from ai_sdk.results import CallWarning, Usage

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Exchange
    from ai_sdk.results import FinishReason

__all__ = ["CohereDecoder", "decode", "usage_from"]

_EVENT_LENGTH = 500
_FINISH_REASONS: Mapping[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool-calls",
    "ERROR": "error",
    "TIMEOUT": "error",
}


class _Call:
    __slots__ = ("id", "name", "texts")

    def __init__(self, identity: str, name: str) -> None:
        self.id = identity
        self.name = name
        self.texts: list[str] = []


class CohereDecoder:
    """Reads the events of one streamed answer.

    ``event`` takes the data of one event and gives its parts. The answer is complete with ``message-end``: a stream
    without it has no finish. What is no event raises ``MalformedEventError``, and a failure the error that it says.
    ``first_call`` is the number of the first tool call that comes without an id.
    """

    def __init__(
        self,
        exchange: Exchange,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
        first_call: int = 0,
    ) -> None:
        self.exchange = exchange
        self.over = False
        self._headers = headers if isinstance(headers, FrozenDict) else FrozenDict(headers)
        self._warnings = tuple(warnings)
        self._previews = previews
        self._first_call = first_call
        self._begun = False
        self._count = 0
        self._calls: dict[Any, _Call] = {}
        self._sources = 0
        self._logprobs: list[Any] = []
        self._plan = FrozenDict({self.provider: FrozenDict({"type": TOOL_PLAN})})

    @property
    def provider(self) -> str:
        """The provider's name, under which metadata is given."""
        return self.exchange.endpoint.name

    def event(self, data: bytes, name: str = "message") -> list[LanguagePart]:
        """The parts of one event."""
        if self.over or data.startswith(b"[DONE]"):
            return []
        try:
            event = from_json(data)
        except ValueError as error:
            raise self._malformed(data, str(error)) from error
        if not isinstance(event, dict):
            raise self._malformed(data, f"it is a {type(event).__name__}, not an object")
        return self.read(cast("dict[str, Any]", event), name)

    def _malformed(self, data: bytes, why: str) -> MalformedEventError:
        text = data[:_EVENT_LENGTH].decode("utf-8", "replace")
        return MalformedEventError(f"{self.provider} sent an event that cannot be understood: {why}", event=text)

    def read(self, event: dict[str, Any], name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; one of a kind that is not known has none."""
        kind = as_text(event.get("type")) or name
        if kind == "error" or ("type" not in event and isinstance(event.get("message"), str)):
            raise self.error(event)
        delta = as_object(event.get("delta"))
        message = as_object(delta.get("message"))
        index = event.get("index")
        parts = [] if self._begun else self._begin(event)
        self._gather_logprobs(event.get("logprobs"))
        if kind in ("content-delta", "content-start"):
            parts += self._content(as_object(message.get("content")), index)
        elif kind == "tool-plan-delta":
            if text := self._said(message.get("tool_plan"), TOOL_PLAN):
                parts.append(ReasoningDelta(text, TOOL_PLAN, self._plan))
        elif kind == "citation-start":
            parts += self._citation(as_object(message.get("citations")))
        elif kind.startswith("tool-call-"):
            parts += self._call(kind, as_object(message.get("tool_calls")), _key(index))
        elif kind == "message-end":
            parts += self._end(delta)
        return parts

    def _begin(self, event: dict[str, Any]) -> list[LanguagePart]:
        self._begun = True
        parts: list[LanguagePart] = [StreamStart(self._warnings)] if self._warnings else []
        parts.append(ResponseMetadata(as_text(event.get("id")) or None, headers=self._headers))
        return parts

    def _content(self, content: dict[str, Any], index: Any) -> Iterator[LanguagePart]:
        block = str(index) if isinstance(index, int) else ""
        if thinking := self._said(content.get("thinking"), "thinking"):
            yield ReasoningDelta(thinking, block)
        if text := self._said(content.get("text"), "text"):
            yield TextDelta(text, block)

    def _said(self, value: Any, what: str) -> str:
        """What the model said, which must not be lost: nothing, or a string."""
        if value is None or isinstance(value, str):
            return value or ""
        raise self._malformed(to_json(value), f"{what} is a {type(value).__name__}, not a string")

    def _gather_logprobs(self, logprobs: Any) -> None:
        self._logprobs += as_list(logprobs) or ([logprobs] if logprobs else [])

    def _citation(self, citation: dict[str, Any]) -> Iterator[SourcePart]:
        """A source for each that is cited: a document of the request, or the output of a tool."""
        place = {name: citation[name] for name in citation if name != "sources"}
        for source in as_list(citation.get("sources")):
            source = as_object(source)
            document = as_object(source.get("document"))
            yield SourcePart(
                f"source_{self._sources}",
                as_text(document.get("url")) or None,
                as_text(document.get("title")) or None,
                provider_metadata={self.provider: {**place, "source": source}},
            )
            self._sources += 1

    def _call(self, kind: str, piece: dict[str, Any], key: Any) -> Iterator[LanguagePart]:
        function = as_object(piece.get("function"))
        text = self._said(function.get("arguments"), "arguments")
        if kind == "tool-call-start":
            yield from self._complete(key)
            call = self._calls[key] = self._new_call(piece, function)
            call.texts.append(text)
            if self._previews and call.name:
                yield ToolInputDelta(call.id, call.name, text)
        elif kind == "tool-call-delta" and key in self._calls:
            call = self._calls[key]
            call.texts.append(text)
            if self._previews and text and call.name:
                yield ToolInputDelta(call.id, call.name, text)
        elif kind == "tool-call-end":
            yield from self._complete(key)

    def _new_call(self, piece: dict[str, Any], function: dict[str, Any]) -> _Call:
        identity = as_text(piece.get("id")) or f"call_{self._first_call + self._count}"
        self._count += 1
        return _Call(identity, as_text(function.get("name")))

    def _complete(self, key: Any) -> Iterator[ToolCallPart]:
        call = self._calls.pop(key, None)
        if call is None:
            return
        if not call.name:
            raise MalformedEventError(f"{self.provider} sent a tool call without a name", event=call.id)
        text = "".join(call.texts)
        yield ToolCallPart(call.id, call.name, "{}" if text.strip() == "null" else text)

    def _end(self, delta: dict[str, Any]) -> Iterator[LanguagePart]:
        for key in tuple(self._calls):
            yield from self._complete(key)
        if delta.get("error"):
            raise self.error({"message": delta["error"], "error_type": delta.get("error_type")})
        self.over = True
        raw = as_text(delta.get("finish_reason")) or None
        late = () if raw else (CallWarning("other", "finish_reason", "the answer ended without a finish reason"),)
        metadata = freeze({self.provider: {"logprobs": self._logprobs}}) if self._logprobs else EMPTY
        reason = _FINISH_REASONS.get(raw or "", "other")
        if reason == "stop" and self._count:
            reason = "tool-calls"
        yield Finish(reason, usage_from(delta.get("usage")), raw, metadata, late)

    def error(self, body: Any) -> Exception:
        """The error of an error body that came with a good status."""
        return self.exchange.error_of(self.exchange.endpoint.read_error(body), body, headers=self._headers)


def decode(decoder: CohereDecoder, body: Any) -> list[LanguagePart]:
    """The parts of a whole JSON answer, read as the events that would say the same, without previews of tool input.

    Raises ``InvalidResponseError`` when it is no answer.
    """
    said = as_object(body)
    message = said.get("message")
    if isinstance(message, str):
        raise decoder.error(body)
    if not isinstance(message, dict):
        text = repr(body)[:_EVENT_LENGTH]
        raise InvalidResponseError(f"{decoder.provider} answered with JSON that is not an answer", body=text)
    try:
        return [part for event in _as_events(said, cast("dict[str, Any]", message)) for part in decoder.read(event)]
    except MalformedEventError as error:
        raise InvalidResponseError(f"{decoder.provider} answered with a malformed answer: {error}") from error


def _as_events(said: dict[str, Any], message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "message-start", "id": said.get("id")}
    content = message.get("content")
    blocks = [{"text": content}] if isinstance(content, str) else as_list(content)
    for index, block in enumerate(blocks):
        yield {"type": "content-delta", "index": index, "delta": {"message": {"content": block}}}
    yield {"type": "content-end", "logprobs": said.get("logprobs")}
    for citation in as_list(message.get("citations")):
        yield {"type": "citation-start", "delta": {"message": {"citations": citation}}}
    yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": message.get("tool_plan")}}}
    for index, call in enumerate(as_list(message.get("tool_calls"))):
        yield {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": call}}}
        yield {"type": "tool-call-end", "index": index}
    yield {"type": "message-end", "delta": said}


def usage_from(raw: Any) -> Usage:
    """Tokens as the model counted them; what is billed, which is less, is in ``raw``. What was not said is None."""
    if not isinstance(raw, dict):
        return Usage()
    said = cast("dict[str, Any]", raw)
    tokens = as_object(said.get("tokens"))
    return Usage(
        input_tokens=as_count(tokens.get("input_tokens")),
        output_tokens=as_count(tokens.get("output_tokens")),
        cache_read_tokens=as_count(said.get("cached_tokens")),
        reasoning_tokens=as_count(tokens.get("reasoning_tokens")),
        raw=freeze(said),
    )


def _key(index: Any) -> Any:
    return index if isinstance(index, int | str) else None
