"""From the wire to parts: pure functions of what arrived, with no clock, no randomness and no I/O."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.messages import FilePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.provider import Endpoint, Exchange, to_json
from ai_sdk.providers.google._calls import Calls
from ai_sdk.providers.google._errors import refined
from ai_sdk.providers.google._read import array, number, objects, said, text
from ai_sdk.providers.google._sources import Sources
from ai_sdk.providers.google._usage import usage_from
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["Context", "GenerateDecoder", "decode"]

_EVENT_LENGTH = 500
_METADATA = (
    "avgLogprobs",
    "citationMetadata",
    "finishMessage",
    "logprobsResult",
    "safetyRatings",
    "tokenCount",
    "urlContextMetadata",
)
_NUMBERED = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION"}
_SERVER_TOOLS = {
    "GOOGLE_SEARCH_WEB": "google_search",
    "GOOGLE_SEARCH_IMAGE": "google_search",
}
_REASONS: Mapping[str, FinishReason] = FrozenDict(
    {
        "STOP": "stop",
        "MAX_TOKENS": "length",
        "SAFETY": "content-filter",
        "RECITATION": "content-filter",
        "BLOCKLIST": "content-filter",
        "PROHIBITED_CONTENT": "content-filter",
        "SPII": "content-filter",
        "MODEL_ARMOR": "content-filter",
        "IMAGE_SAFETY": "content-filter",
        "IMAGE_PROHIBITED_CONTENT": "content-filter",
        "IMAGE_RECITATION": "content-filter",
        "MALFORMED_FUNCTION_CALL": "error",
        "MALFORMED_RESPONSE": "error",
        "UNEXPECTED_TOOL_CALL": "error",
        "TOO_MANY_TOOL_CALLS": "error",
        "MISSING_THOUGHT_SIGNATURE": "error",
    }
)
_WITH_CALLS = ("STOP", "UNEXPECTED_TOOL_CALL")


def _nobody() -> Exchange:
    return Exchange(Endpoint(name="google", base_url=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an answer is read against: who was asked, and what of the request matters to the answer.

    ``json_tool``: the tool whose call is the text of the answer. ``first_call``: the number of the first call that
    comes without an id.
    """

    exchange: Exchange = field(default_factory=_nobody)
    json_tool: str | None = None
    first_call: int = 0

    @property
    def provider(self) -> str:
        """The provider's name, under which metadata is given."""
        return self.exchange.endpoint.name


class GenerateDecoder:
    """Reads the events of one answer, each a ``GenerateContentResponse``.

    ``event`` takes the data of one event and gives its parts; ``end`` is called when the stream has ended. The finish
    is given at the end, if there was a finish reason or the prompt was blocked; else the stream was cut.
    Text of one event goes on in the next one; two parts of one event are two blocks, and a signature ends its block, so
    that every signature is sent back with the text that it signs.
    """

    def __init__(
        self, context: Context, headers: Mapping[str, str] = EMPTY, warnings: Iterable[CallWarning] = ()
    ) -> None:
        self.context = context
        self._headers = headers if isinstance(headers, FrozenDict) else FrozenDict(headers)
        self._warnings = tuple(warnings)
        self._begun = False
        self._identified = False
        self._open: type[TextDelta | ReasoningDelta] | None = None
        self._blocks = 0
        self._called = False
        self._reason: str | None = None
        self._blocked = False
        self._usage: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {}
        self._calls = Calls(context.provider, context.first_call)
        self._code = ""
        self._sources = Sources(context.provider)
        self._audio: list[bytes] = []
        self._audio_type = ""

    def event(self, data: bytes, name: str = "message") -> list[LanguagePart]:
        """The parts of one event."""
        if data.startswith(b"[DONE]"):
            return []
        try:
            return self.chunk(from_json(data), name)
        except ValueError as error:
            if isinstance(error, AISDKError):
                raise
            message = f"{self.context.provider} sent an event that cannot be understood: {error}"
            raise MalformedEventError(message, event=data[:_EVENT_LENGTH].decode("utf-8", "replace")) from error

    def chunk(self, chunk: Any, name: str = "message") -> list[LanguagePart]:
        """The parts of one decoded event; raises ``ValueError`` for what is none."""
        if isinstance(chunk, list):
            return [part for each in cast("list[Any]", chunk) for part in self.chunk(each, name)]
        if not isinstance(chunk, dict):
            raise ValueError(f"it is a {type(chunk).__name__}, not an object")  # noqa: TRY004 - it is about a value
        event = cast("dict[str, Any]", chunk)
        if event.get("error") or name == "error":
            self._fail(event)
        parts = self._start(event)
        self._usage.update({key: value for key, value in said(event.get("usageMetadata")).items() if value is not None})
        self._note("promptFeedback", event.get("promptFeedback"))
        self._note("modelStatus", event.get("modelStatus"))
        if blocked := text(said(event.get("promptFeedback")).get("blockReason")):
            self._reason, self._blocked = self._reason or blocked, True
        for candidate in objects(event.get("candidates")):
            if not number(candidate.get("index")):
                parts += self._candidate(candidate)
        return parts

    def end(self) -> list[LanguagePart]:
        """The parts that were waiting for the end of the stream."""
        return [] if self._reason is None else self.finish()

    def _fail(self, event: dict[str, Any]) -> None:
        exchange = self.context.exchange
        words = to_json(event).decode()
        error = exchange.error_of(exchange.endpoint.read_error(event), event, headers=self._headers, text=words)
        raise refined(error)

    def _start(self, event: dict[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        if not self._begun and self._warnings:
            parts.append(StreamStart(self._warnings))
        self._begun = True
        if not self._identified and (event.get("responseId") or event.get("modelVersion")):
            parts.append(self._identify(event))
        return parts

    def _identify(self, event: dict[str, Any]) -> ResponseMetadata:
        self._identified = True
        identity, model = text(event.get("responseId")), text(event.get("modelVersion"))
        return ResponseMetadata(identity or None, model or None, _moment(event.get("createTime")), self._headers)

    def _note(self, name: str, value: Any) -> None:
        if value not in (None, [], {}):
            self._metadata[name] = value

    def _candidate(self, candidate: dict[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        for place, part in enumerate(objects(said(candidate.get("content")).get("parts"))):
            parts += self._part(part, first=place == 0)
        grounding = said(candidate.get("groundingMetadata"))
        parts += self._sources.of(grounding)
        if grounding:
            self._note("groundingMetadata", {**said(self._metadata.get("groundingMetadata")), **grounding})
        for name in _METADATA:
            self._note(name, candidate.get(name))
        reason = candidate.get("finishReason")
        if isinstance(reason, str | int) and reason:
            self._reason = str(reason)
        return parts

    def _part(self, part: dict[str, Any], *, first: bool) -> list[LanguagePart]:
        signature = text(part.get("thoughtSignature"))
        if "text" in part or (signature and part.keys() <= {"thoughtSignature", "thought"}):
            spoken = self._spoken()
            return [*spoken, *self._text(text(part.get("text")), part.get("thought") is True, signature, first)]
        data = said(part.get("inlineData"))
        if text(data.get("mimeType")).startswith("audio/") and not signature:
            return self._sound(text(data.get("mimeType")), _bytes(data))
        if not part.keys() & _CONTENT:
            return []
        self._open = None
        return [*self._spoken(), *self._whole(part, data, signature)]

    def _text(self, words: str, thought: bool, signature: str, first: bool) -> list[LanguagePart]:
        if not words and not signature:
            return []
        kind = ReasoningDelta if thought else TextDelta
        goes_on = first and self._open is kind
        self._blocks += not goes_on
        self._open = None if signature else kind
        metadata: dict[str, Any] = {"thought": True} if thought and not goes_on else {}
        if signature:
            metadata["thoughtSignature"] = signature
        return [kind(words, str(self._blocks - 1), self._own(metadata) if metadata else EMPTY)]

    def _own(self, metadata: dict[str, Any]) -> FrozenDict[str, Any]:
        return FrozenDict({self.context.provider: freeze(metadata)})

    def _whole(self, part: dict[str, Any], data: dict[str, Any], signature: str) -> list[LanguagePart]:
        """The parts of what does not arrive in pieces."""
        signed = {"thoughtSignature": signature} if signature else {}
        if isinstance(part.get("functionCall"), dict):
            return self._function(cast("dict[str, Any]", part["functionCall"]), signature)
        if isinstance(part.get("executableCode"), dict):
            return [self._executed(cast("dict[str, Any]", part["executableCode"]), signed)]
        if isinstance(part.get("codeExecutionResult"), dict):
            return [self._execution(cast("dict[str, Any]", part["codeExecutionResult"]), signed)]
        if isinstance(part.get("toolCall"), dict):
            return [self._server_call(cast("dict[str, Any]", part["toolCall"]), signed)]
        if isinstance(part.get("toolResponse"), dict):
            return [self._server_result(cast("dict[str, Any]", part["toolResponse"]), signed)]
        more = {**signed, **({"thought": True} if part.get("thought") is True else {})}
        own = self._own(more) if more else EMPTY
        uri = text(said(part.get("fileData")).get("fileUri"))
        if uri:
            kind = text(said(part["fileData"]).get("mimeType"))
            return [FilePart(url=uri, media_type=kind or "application/octet-stream", provider_metadata=own)]
        if not data:
            return []
        kind = text(data.get("mimeType")) or "application/octet-stream"
        return [FilePart(data=_bytes(data), media_type=kind, provider_metadata=own)]

    def _function(self, call: dict[str, Any], signature: str) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        for part in self._calls.read(call, signature):
            if part.name == self.context.json_tool:
                if isinstance(part, ToolCallPart):
                    parts += self._text(part.input, thought=False, signature="", first=False)
                continue
            self._called = self._called or isinstance(part, ToolCallPart)
            parts.append(part)
        return parts

    def _executed(self, code: dict[str, Any], signed: dict[str, Any]) -> ToolCallPart:
        self._code = self._calls.identity(code.get("id"))
        arguments = to_json({key: value for key, value in code.items() if key != "id"}).decode()
        own = self._own({"kind": "executableCode", **signed})
        return ToolCallPart(self._code, "code_execution", arguments, provider_executed=True, provider_metadata=own)

    def _execution(self, result: dict[str, Any], signed: dict[str, Any]) -> ToolResultPart:
        """A result without an id is that of the code before it."""
        identity = text(result.get("id")) or self._code or self._calls.identity(None)
        output = {key: value for key, value in result.items() if key != "id"}
        failed = result.get("outcome") not in ("OUTCOME_OK", None)
        own = self._own({"kind": "codeExecutionResult", **signed})
        return ToolResultPart(
            identity, "code_execution", output, is_error=failed, provider_executed=True, provider_metadata=own
        )

    def _server_call(self, call: dict[str, Any], signed: dict[str, Any]) -> ToolCallPart:
        kind = text(call.get("toolType"))
        self._code = self._calls.identity(call.get("id"))
        own = self._own({"kind": "toolCall", "toolType": kind, **signed})
        arguments = to_json(said(call.get("args"))).decode()
        return ToolCallPart(self._code, _tool_name(kind), arguments, provider_executed=True, provider_metadata=own)

    def _server_result(self, answer: dict[str, Any], signed: dict[str, Any]) -> ToolResultPart:
        kind = text(answer.get("toolType"))
        identity = text(answer.get("id")) or self._code or self._calls.identity(None)
        own = self._own({"kind": "toolResponse", "toolType": kind, **signed})
        output = said(answer.get("response"))
        return ToolResultPart(identity, _tool_name(kind), output, provider_executed=True, provider_metadata=own)

    def _sound(self, kind: str, data: bytes) -> list[LanguagePart]:
        """Audio arrives in pieces that are one file."""
        before = self._spoken() if self._audio and kind != self._audio_type else []
        self._open = None
        self._audio.append(data)
        self._audio_type = kind
        return before

    def _spoken(self) -> list[LanguagePart]:
        if not self._audio:
            return []
        file = FilePart(data=b"".join(self._audio), media_type=self._audio_type)
        self._audio = []
        return [file]

    def finish(self) -> list[LanguagePart]:
        """The end of the answer."""
        parts = self._start({})
        if not self._identified:
            parts.append(self._identify({}))
        calls = self._calls.complete()
        self._called = self._called or bool(calls)
        parts += [*self._spoken(), *calls]
        late: tuple[CallWarning, ...] = ()
        if self._reason is None:
            late = (CallWarning("other", "finish_reason", "the answer ended without a finish reason"),)
        metadata = self._own(self._metadata) if self._metadata else EMPTY
        parts.append(Finish(self._finish_reason(), usage_from(self._usage), self._reason, metadata, late))
        return parts

    def _finish_reason(self) -> FinishReason:
        reason = self._reason or ""
        if reason.isdecimal():  # some gateways write enumerations as numbers (recorded)
            reason = _NUMBERED.get(number(from_json(reason)) or 0, reason)
        if self._called and reason in _WITH_CALLS:
            return "tool-calls"
        return "content-filter" if self._blocked else _REASONS.get(reason, "other")


_CONTENT = frozenset(
    {"functionCall", "executableCode", "codeExecutionResult", "toolCall", "toolResponse", "inlineData", "fileData"}
)


def _tool_name(kind: str) -> str:
    return _SERVER_TOOLS.get(kind, kind.lower() or "unknown")


def _bytes(data: dict[str, Any]) -> bytes:
    """The bytes of inline data, in either alphabet of base64; raises ``ValueError`` for anything else."""
    encoded = text(data.get("data")).replace("-", "+").replace("_", "/")
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)


def _moment(value: Any) -> float | None:
    """RFC 3339 as Unix time."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(text(value)).timestamp()
    except (ValueError, OverflowError):
        return None


def decode(decoder: GenerateDecoder, body: Any) -> list[LanguagePart]:
    """The parts of a whole JSON answer: an object, or the list that a stream without events is (recorded).

    Raises ``InvalidResponseError`` when it has neither candidates nor a reason why not.
    """
    try:
        parts = decoder.chunk(body)
        if not _is_answer(body):
            raise ValueError("it has no candidates")
        return [*parts, *decoder.finish()]
    except ValueError as error:
        if isinstance(error, AISDKError):
            raise
        provider = decoder.context.provider
        raise InvalidResponseError(
            f"{provider} answered with JSON that is not an answer: {error}", body=repr(body)[:_EVENT_LENGTH]
        ) from error


def _is_answer(body: Any) -> bool:
    events = array(body) if isinstance(body, list) else [body]
    return any(objects(said(each).get("candidates")) or said(said(each).get("promptFeedback")) for each in events)
