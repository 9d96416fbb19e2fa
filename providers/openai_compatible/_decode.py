"""From the wire to parts: pure functions of what arrived, with no clock, no randomness and no I/O."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze, frozen
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.messages import FilePart, SourcePart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.openai_compatible._alike import Alike
from ai_sdk.providers.openai_compatible._quirks import Quirks
from ai_sdk.providers.openai_compatible._tool_calls import ToolCalls
from ai_sdk.results import CallWarning, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.errors import APIError
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["ChatDecoder", "CompletionDecoder", "Context", "decode", "usage_from"]

_EVENT_LENGTH = 500
_TEXT_FIELDS = frozenset({"content", "role", "channel", "token_id"})
_REASONING_FIELDS = _TEXT_FIELDS | {"reasoning", "reasoning_content"}
_AUDIO_TYPES = {"mp3": "audio/mpeg", "pcm16": "audio/pcm", "opus": "audio/ogg"}


def _nobody() -> Exchange:
    return Exchange(Endpoint(name="openai_compatible", base_url=""))


@frozen(kw_only=True)
class Context:
    """What an answer is read against: who was asked, and what of the request matters to the answer.

    ``tools``: the names offered. ``json``: the answer was to be JSON. ``first_call``: the number of the first tool call
    that comes without an id. ``audio_format``: the format in which spoken answers were asked for.
    """

    quirks: Quirks = field(default_factory=Quirks)
    exchange: Exchange = field(default_factory=_nobody)
    tools: frozenset[str] = frozenset()
    json: bool = False
    first_call: int = 0
    audio_format: str = "wav"

    @property
    def provider(self) -> str:
        """The provider's name, under which metadata is given."""
        return self.exchange.endpoint.name


class ChatDecoder:
    """Reads the events of one streamed answer.

    ``event`` takes the data of one event and gives its parts; ``end`` is called when the stream has ended. A finish is
    given at ``[DONE]``, or at the end if there was a finish reason; a stream that ends without either has no finish.
    What a server sends against all expectation raises ``MalformedEventError``, and an error event the error it says.
    """

    hurried = True
    """Whether an event that brings nothing but text may take the short way, past ``chunk``."""

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
        self._quirks = context.quirks
        self._headers = headers if isinstance(headers, FrozenDict) else FrozenDict(headers)
        self._warnings = tuple(warnings)
        self._late_warnings: list[CallWarning] = []
        self._previews = previews
        self._begun = False
        self._identified = False
        self._texted = False
        self._called = False
        self._reason: str | None = None
        self._usage: Any = None
        self._metadata: dict[str, Any] = {}
        self._sources = 0
        self._audio: dict[str, Any] = {}
        self._calls = ToolCalls(context.provider, context.first_call)
        self._alike = Alike()

    def event(self, data: bytes, name: str = "message") -> list[LanguagePart]:
        """The parts of one event."""
        if self.over:
            return []
        if self.hurried and (part := self._alike.read(data)) is not None:
            return [part]
        if data.startswith(b"[DONE]"):
            return self._done(data)
        try:
            chunk = from_json(data)
        except ValueError as error:
            return self._malformed(data, error)
        if self._identified and self.hurried:
            part = _quick(chunk)
            if part is not None:
                self._texted = self._texted or part.__class__ is TextDelta
                self._alike.learn(data, part, _quick)
                return [part]
        try:
            return self.chunk(chunk, name)
        except AISDKError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the wire holds, it is malformed and not our crash
            return self._malformed(data, error)

    def end(self) -> list[LanguagePart]:
        """The parts that were waiting for the end of the stream."""
        if self.over or self._reason is None:
            return []
        return self._done(b"")

    def _done(self, data: bytes) -> list[LanguagePart]:
        try:
            return self.finish()
        except ValueError as error:
            return self._malformed(data, error)

    def _malformed(self, data: bytes, error: Exception) -> list[LanguagePart]:
        message = f"{self.context.provider} sent an event that cannot be understood: {error}"
        event = data[:_EVENT_LENGTH].decode("utf-8", "replace")
        if self._quirks.malformed == "raise":
            raise MalformedEventError(message, event=event) from error
        self._late_warnings.append(CallWarning("other", "malformed event", f"{message}: {event}"))
        return []

    def chunk(self, chunk: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; raises whatever a strange shape leads to."""
        if not isinstance(chunk, dict):
            raise TypeError(f"it is a {type(chunk).__name__}, not an object")
        chunk = _object(chunk, "it")
        if _is_failure(chunk, name):
            return self._failed(chunk)
        parts = self._start(chunk)
        usage = self._quirks.usage(chunk)
        if usage is not None:
            self._usage = _object(usage, "usage")
        for name in self._quirks.metadata:
            if chunk.get(name) is not None:
                self._metadata[name] = chunk[name]
        for choice in _array(chunk.get("choices"), "choices"):
            choice = _object(choice, "a choice")
            if not choice.get("index"):
                parts += self._choice(choice)
        return parts

    def _start(self, chunk: dict[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        if not self._begun:
            self._begun = True
            if self._warnings:
                parts.append(StreamStart(self._warnings))
        if not self._identified and (chunk.get("id") or chunk.get("model") or chunk.get("created")):
            parts.append(self._identify(chunk))
        return parts

    def _identify(self, chunk: dict[str, Any]) -> ResponseMetadata:
        self._identified = True
        created = chunk.get("created")
        return ResponseMetadata(
            _name(chunk.get("id")),
            _name(chunk.get("model")),
            float(created) if isinstance(created, int | float) and created else None,
            self._headers,
        )

    def _choice(self, choice: dict[str, Any]) -> list[LanguagePart]:
        delta = self.delta_of(choice)
        if self.hurried and _is_text_alone(choice, delta):
            self._texted = True
            parts: list[LanguagePart] = [TextDelta(delta["content"])]
        else:
            parts = self._said(choice, delta)
        if choice.get("finish_reason"):
            self._reason = str(choice["finish_reason"])
            parts += self._complete()
        return parts

    def _said(self, choice: dict[str, Any], delta: dict[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            parts.append(ReasoningDelta(_text(reasoning, "reasoning")))
        if delta.get("content"):
            self._texted = True
            parts.append(TextDelta(_text(delta["content"], "content")))
        if delta.get("refusal"):
            flag = FrozenDict({self.context.provider: FrozenDict({"refusal": True})})
            parts.append(TextDelta(_text(delta["refusal"], "refusal"), "refusal", flag))
        parts += self._pieces(delta)
        for source in self._quirks.read_delta(delta, self._metadata):
            parts.append(source)
        for annotation in _array(delta.get("annotations"), "annotations"):
            parts += self._source(_object(annotation, "an annotation"))
        if delta.get("audio"):
            self._gather_audio(_object(delta["audio"], "audio"))
        if isinstance(choice.get("logprobs"), dict):  # OpenRouter passes on a bare number (recorded)
            self._gather_logprobs(choice["logprobs"])
        return parts

    def delta_of(self, choice: dict[str, Any]) -> dict[str, Any]:
        """What a choice brings."""
        return _object(choice.get("delta"), "delta")

    def _pieces(self, delta: dict[str, Any]) -> list[ToolInputDelta]:
        pieces = _array(delta.get("tool_calls"), "tool_calls")
        function = _object(delta.get("function_call"), "function_call")
        if function.get("name") or function.get("arguments"):
            pieces = [*pieces, {"index": -1, "function": function}]
        previews = [self._calls.add(_object(piece, "a tool call")) for piece in pieces]
        if not self._previews or (self._texted and self._noise_beside_text):
            return []
        return [preview for preview in previews if preview is not None]

    @property
    def _noise_beside_text(self) -> bool:
        return self.context.json and self._quirks.calls_beside_json_are_noise

    def _source(self, annotation: dict[str, Any]) -> list[SourcePart]:
        if annotation.get("type") != "url_citation":
            return []
        cited = _object(annotation.get("url_citation") or annotation, "url_citation")
        if not cited.get("url"):
            return []
        self._sources += 1
        title = _text(cited.get("title") or "", "title") or None
        return [SourcePart(f"source_{self._sources - 1}", _text(cited["url"], "url"), title)]

    def _gather_audio(self, audio: dict[str, Any]) -> None:
        gathered = self._audio
        for name in ("data", "transcript"):
            if audio.get(name):
                gathered[name] = gathered.get(name, "") + _text(audio[name], name)
        for name in ("id", "expires_at"):
            if audio.get(name):
                gathered[name] = audio[name]

    def _gather_logprobs(self, logprobs: dict[str, Any]) -> None:
        for name in ("content", "refusal", "reasoning_content"):
            tokens = _array(logprobs.get(name), "logprobs")
            if tokens:
                gathered = self._metadata.setdefault("logprobs", {})
                gathered[name] = [*gathered.get(name, ()), *tokens]

    def _complete(self) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        if self._audio.get("data"):
            parts.append(self._spoken())
        calls = self._calls.complete()
        if calls and self._texted and self._noise_beside_text:
            return parts
        self._called = self._called or bool(calls)
        return [*parts, *calls]

    def _spoken(self) -> FilePart:
        audio = self._audio
        format_ = self.context.audio_format
        data = base64.b64decode(audio.pop("data"))
        metadata = freeze({self.context.provider: audio})
        kind = _AUDIO_TYPES.get(format_, f"audio/{format_}")
        self._audio = {}
        return FilePart(data=data, media_type=kind, provider_metadata=metadata)

    def finish(self) -> list[LanguagePart]:
        """The end of the answer."""
        parts = self._start({})
        if not self._identified:
            parts.append(self._identify({}))
        parts += self._complete()
        if self._reason is None:
            lost = "the answer ended without a finish reason"
            self._late_warnings.append(CallWarning("other", "finish_reason", lost))
        self.over = True
        metadata = freeze({self.context.provider: self._metadata}) if self._metadata else EMPTY
        parts.append(Finish(self._finish_reason(), self._tokens(), self._reason, metadata, tuple(self._late_warnings)))
        return parts

    def _tokens(self) -> Usage:
        return self._quirks.count(usage_from(self._usage))

    def _finish_reason(self) -> FinishReason:
        reason = self._quirks.finish_reasons.get(self._reason or "", "other")
        if reason == "stop" and self._called:
            return "tool-calls"
        if reason == "tool-calls" and self._texted and self._noise_beside_text:
            return "stop"
        return reason

    def _failed(self, chunk: dict[str, Any]) -> list[LanguagePart]:
        return self.recover(chunk) or self._raise(chunk)

    def recover(self, body: Any) -> list[LanguagePart]:
        """The tool calls that can be saved from an error body; the answer is complete with them."""
        saved = self._quirks.recover(body, self.context.tools)
        if not saved:
            return []
        parts = self._start({})
        self._calls.drop()
        parts += [self._calls.recovered(name, text) for name, text in saved]
        self._called = True
        self._reason = "tool_calls"
        return parts

    def _raise(self, body: dict[str, Any]) -> list[LanguagePart]:
        raise self.error(body)

    def error(self, body: Any) -> APIError:
        """The error of an error body that came with a good status."""
        exchange = self.context.exchange
        return exchange.error_of(exchange.endpoint.read_error(body), body, headers=self._headers)


class CompletionDecoder(ChatDecoder):
    """Reads the events of the older ``/completions``, whose choices bring ``text``."""

    def delta_of(self, choice: dict[str, Any]) -> dict[str, Any]:
        """What a choice brings: the text, as content."""
        return {"content": choice.get("text")}


def decode(decoder: ChatDecoder, body: Any) -> list[LanguagePart]:
    """The parts of a whole JSON answer, by the same rules as those of a stream, without previews of tool input.

    Raises ``InvalidResponseError`` when it has no choices, or a shape that nobody expects.
    """
    try:
        return [*decoder.chunk(_as_chunk(body)), *decoder.finish()]
    except AISDKError:
        raise
    except Exception as error:
        provider = decoder.context.provider
        text = repr(body)[:_EVENT_LENGTH]
        raise InvalidResponseError(
            f"{provider} answered with JSON that is not an answer: {error}", body=text
        ) from error


def _as_chunk(body: Any) -> dict[str, Any]:
    """An answer as one event: each message becomes a delta, each tool call has its place as its index."""
    chunk = _object(body, "the answer")
    if _is_failure(chunk, "message"):
        return chunk
    choices = _array(chunk.get("choices"), "choices")
    if not choices:
        raise ValueError("it has no choices")
    return {**chunk, "choices": [_as_delta(_object(choice, "a choice")) for choice in choices]}


def _as_delta(choice: dict[str, Any]) -> dict[str, Any]:
    message = _object(choice.get("message"), "message")
    calls = _array(message.get("tool_calls"), "tool_calls")
    if not calls:
        return {**choice, "delta": message}
    numbered = [{**_object(call, "a tool call"), "index": place} for place, call in enumerate(calls)]
    return {**choice, "delta": {**message, "tool_calls": numbered}}


def _quick(chunk: Any) -> TextDelta | ReasoningDelta | None:
    """The part of the event that nearly all events are: one choice with a piece of text, or of reasoning, alone."""
    try:
        (choice,) = chunk["choices"]
        delta = choice["delta"]
        if (
            choice.get("finish_reason") is not None
            or choice.get("index")
            or choice.get("logprobs")
            or chunk.get("usage") is not None
            or "error" in chunk
            or "citations" in chunk
        ):
            return None
        text = delta.get("content")
        if text.__class__ is str and text and (len(delta) == 1 or delta.keys() <= _TEXT_FIELDS):
            return TextDelta(text)
        if not text and delta.keys() <= _REASONING_FIELDS:
            text = delta.get("reasoning_content") or delta.get("reasoning")
            if text.__class__ is str and text:
                return ReasoningDelta(text)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return None


def _is_text_alone(choice: dict[str, Any], delta: dict[str, Any]) -> bool:
    """Whether a choice brings text and nothing else: the fields beside it are empty."""
    text = delta.get("content")
    if text.__class__ is not str or not text or choice.get("logprobs"):
        return False
    return not [name for name, value in delta.items() if value and name not in _TEXT_FIELDS]


def _is_failure(chunk: dict[str, Any], name: str) -> bool:
    """Whether an event reports an error: ``{"error": ...}``, or the flat ``{"message": ..., "code": ...}``."""
    if chunk.get("error"):
        return True
    if "choices" in chunk:
        return False
    return name == "error" or (isinstance(chunk.get("message"), str) and ("code" in chunk or "type" in chunk))


def usage_from(raw: Any) -> Usage:
    """Tokens in the words of the dialect; what was not said is None."""
    said: dict[str, Any] = raw
    if not isinstance(raw, dict):
        return Usage()
    prompt = _details(said, "prompt_tokens_details", "input_tokens_details")
    answer = _details(said, "completion_tokens_details", "output_tokens_details")
    return Usage(
        _count(said, "prompt_tokens", "input_tokens"),
        _count(said, "completion_tokens", "output_tokens"),
        _first(_count(prompt, "cached_tokens"), _count(said, "cached_tokens")),
        _count(prompt, "cache_write_tokens"),
        _count(answer, "reasoning_tokens"),
        freeze(said),
    )


def _details(said: dict[str, Any], name: str, other: str) -> dict[str, Any]:
    found: Any = said.get(name)
    if not isinstance(found, dict):
        found = said.get(other)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _count(said: dict[str, Any], name: str, other: str | None = None) -> int | None:
    value = said.get(name)
    if value.__class__ is int:
        return value
    return _count(said, other) if other is not None else None


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


def _name(value: Any) -> str | None:
    return str(value) if value else None


def _array(value: Any, what: str) -> list[Any]:
    found: list[Any] = value
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{what} is a {type(value).__name__}, not a list")
    return found


def _object(value: Any, what: str) -> dict[str, Any]:
    found: dict[str, Any] = value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"{what} is a {type(value).__name__}, not an object")
    return found


def _text(value: Any, what: str) -> str:
    """A string; of a list of text parts, their texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join([_text(_object(each, what).get("text") or "", what) for each in cast("list[Any]", value)])
    raise TypeError(f"{what} is a {type(value).__name__}, not text")
