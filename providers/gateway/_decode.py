"""From the parts of the gateway's own protocol to ours: pure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.provider import Exchange, to_json
from ai_sdk.providers.gateway._encode import PART
from ai_sdk.results import CallWarning, Usage
from ai_sdk.wire import text_of

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["GatewayDecoder", "metadata_in", "usage_from", "warnings_in"]

_REASONS = frozenset({"stop", "length", "tool-calls", "content-filter", "error"})
_EVENT_LENGTH = 500
Part = dict[str, Any]


class GatewayDecoder:
    """Reads one answer: ``event`` an event of a stream, ``whole`` a JSON answer.

    Metadata is that of the gateway (``gateway``: routing, cost, generationId) and of the provider that served, under
    the names that they have on the wire. A stream is over with its ``finish``; without it there is no finish.
    """

    def __init__(
        self,
        exchange: Exchange,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        *,
        previews: bool = True,
    ) -> None:
        self.exchange = exchange
        self.over = False
        self._provider = exchange.endpoint.name
        self._headers = headers
        self._warnings = tuple(warnings)
        self._previews = previews
        self._begun = False
        self._names: dict[str, str] = {}
        self._blocks: dict[tuple[str, str], str] = {}
        self._used: set[tuple[str, str]] = set()
        self._customs = 0

    def event(self, data: bytes) -> list[LanguagePart]:
        """The parts of one event."""
        if self.over or data.startswith(b"[DONE]"):
            return []
        try:
            part = from_json(data)
            if not isinstance(part, dict):
                raise TypeError(f"it is a {type(part).__name__}, not an object")
            return [*self._start(cast("Part", part)), *self._read(cast("Part", part))]
        except AISDKError:
            raise
        except (ValueError, TypeError) as error:
            raise MalformedEventError(
                f"{self._provider} sent an event that cannot be understood: {error}",
                event=data[:_EVENT_LENGTH].decode("utf-8", "replace"),
            ) from error

    def whole(self, body: Any) -> list[LanguagePart]:
        """The parts of a whole answer; raises ``InvalidResponseError`` when it is none."""
        try:
            if not isinstance(body, dict) or not isinstance(cast("Part", body).get("content"), list):
                raise TypeError("it has no list of content")
            said = cast("Part", body)
            parts = self._start({"type": "stream-start", "warnings": said.get("warnings")})
            parts += self._metadata(_object(said.get("response")))
            for place, each in enumerate(cast("list[Any]", said["content"])):
                parts += self._read(_block(_object(each), str(place)))
            return [*parts, *self._finish(said)]
        except AISDKError:
            raise
        except (ValueError, TypeError) as error:
            raise InvalidResponseError(
                f"{self._provider} answered with JSON that is not an answer: {error}", body=repr(cast("object", body))
            ) from error

    def _start(self, part: Part) -> list[LanguagePart]:
        """The warnings, ours and theirs, before all else."""
        said = warnings_in(part) if part.get("type") == "stream-start" else ()
        mine = () if self._begun else self._warnings
        self._begun = True
        return [StreamStart((*mine, *said))] if mine or said else []

    def _read(self, part: Part) -> list[LanguagePart]:
        read = self._readers.get(_text(part.get("type")))
        return read(self, part) if read is not None else []

    def _metadata(self, part: Part) -> list[LanguagePart]:
        moment = _moment(part.get("timestamp"))
        return [ResponseMetadata(text_of(part.get("id")), text_of(part.get("modelId")), moment, self._headers)]

    def _begin(self, part: Part) -> list[LanguagePart]:
        """A block begins; one that takes the id of an earlier one is still another block."""
        kind, _, _ = _text(part.get("type")).partition("-")
        identity = name = _text(part.get("id"))
        while (kind, name) in self._used:
            name += "+"
        self._used.add((kind, name))
        self._blocks[kind, identity] = name
        return self._delta(part)

    def _delta(self, part: Part) -> list[LanguagePart]:
        kind, _, _ = _text(part.get("type")).partition("-")
        text, metadata = _text(part.get("delta")), metadata_in(part)
        if not text and not metadata:
            return []
        identity = _text(part.get("id"))
        name = self._blocks.get((kind, identity), identity)
        return [(TextDelta if kind == "text" else ReasoningDelta)(text, name, metadata)]

    def _block(self, part: Part) -> list[LanguagePart]:
        """A whole block of an answer that is not streamed."""
        kind = TextDelta if part["type"] == "text" else ReasoningDelta
        return [kind(_text(part.get("text")), _text(part.get("id")), metadata_in(part))]

    def _input(self, part: Part) -> list[LanguagePart]:
        identity = _text(part.get("id"))
        if part.get("type") == "tool-input-start":
            self._names[identity] = _text(part.get("toolName"))
        if not self._previews or identity not in self._names:
            return []
        return [ToolInputDelta(identity, self._names[identity], _text(part.get("delta")))]

    def _call(self, part: Part) -> list[LanguagePart]:
        identity, name = _text(part.get("toolCallId")), _text(part.get("toolName"))
        if not identity or not name:
            raise ValueError("a tool call has no id or no name")
        given = part.get("input")
        text = given if isinstance(given, str) else to_json({} if given is None else given).decode()
        executed = part.get("providerExecuted") is True
        return [ToolCallPart(identity, name, text, executed, metadata_in(part))]

    def _result(self, part: Part) -> list[LanguagePart]:
        if part.get("preliminary") is True:
            return []
        identity, name = _text(part.get("toolCallId")), _text(part.get("toolName"))
        failed = part.get("isError") is True
        return [ToolResultPart(identity, name, part.get("result"), failed, True, metadata_in(part))]

    def _source(self, part: Part) -> list[LanguagePart]:
        words = (text_of(part.get(name)) for name in ("url", "title", "mediaType", "filename"))
        url, title, kind, filename = words
        return [SourcePart(_text(part.get("id")), url, title, kind, filename, metadata_in(part))]

    def _file(self, part: Part) -> list[LanguagePart]:
        """A generated file: as ``{"type": "data" | "url", ...}``, or as bare base64 (older versions)."""
        metadata = metadata_in(part)
        if part.get("type") == "reasoning-file":
            metadata = self._marked(metadata, "reasoning-file")
        data, kind = part.get("data"), text_of(part.get("mediaType")) or "application/octet-stream"
        held = _object(data) if isinstance(data, dict) else {"data": data}
        if isinstance(held.get("url"), str):
            return [FilePart(url=held["url"], media_type=kind, provider_metadata=metadata)]
        content = base64.b64decode(_text(held.get("data")), validate=True)
        return [FilePart(data=content, media_type=kind, provider_metadata=metadata)]

    def _custom(self, part: Part) -> list[LanguagePart]:
        """Content of a provider's own kind, kept to be sent back: an empty block of reasoning with its metadata."""
        self._customs += 1
        metadata = self._marked(metadata_in(part), _text(part.get("kind")))
        return [ReasoningDelta("", f"custom-{self._customs}", metadata)]

    def _marked(self, metadata: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
        return cast("Mapping[str, Any]", freeze({**metadata, self._provider: {PART: kind}}))

    def _failed(self, part: Part) -> list[LanguagePart]:
        body = part if isinstance(part.get("error"), dict | str) else {"error": to_json(part.get("error")).decode()}
        said = {name: each for name, each in body.items() if name != "type"}
        raise self.exchange.error_of(self.exchange.endpoint.read_error(said), body, headers=self._headers)

    def _finish(self, part: Part) -> list[LanguagePart]:
        self.over = True
        said = part.get("finishReason")
        words = _object(said) if isinstance(said, dict) else {"unified": said, "raw": said}
        unified, raw = _text(words.get("unified")), text_of(words.get("raw"))
        reason: FinishReason = cast("FinishReason", unified) if unified in _REASONS else "other"
        warnings: tuple[CallWarning, ...] = ()
        if not unified:
            warnings = (CallWarning("other", "finish_reason", "the answer ended without a finish reason"),)
        return [Finish(reason, usage_from(part.get("usage")), raw, metadata_in(part), warnings)]

    _readers: ClassVar[Mapping[str, Callable[..., list[LanguagePart]]]] = {
        "response-metadata": _metadata,
        "text": _block,
        "reasoning": _block,
        "text-start": _begin,
        "text-delta": _delta,
        "text-end": _delta,
        "reasoning-start": _begin,
        "reasoning-delta": _delta,
        "reasoning-end": _delta,
        "tool-input-start": _input,
        "tool-input-delta": _input,
        "tool-call": _call,
        "tool-result": _result,
        "source": _source,
        "file": _file,
        "reasoning-file": _file,
        "custom": _custom,
        "error": _failed,
        "finish": _finish,
    }


def usage_from(said: Any) -> Usage:
    """Nested by input and output, or flat as in older versions; what was not said is None."""
    if not isinstance(said, dict):
        return Usage()
    usage = cast("Part", said)
    read, answered = usage.get("inputTokens"), usage.get("outputTokens")
    if not isinstance(read, dict) and not isinstance(answered, dict):
        return Usage(
            _int(read),
            _int(answered),
            _int(usage.get("cachedInputTokens")),
            None,
            _int(usage.get("reasoningTokens")),
            freeze(usage),
        )
    prompt, answer = _object(read), _object(answered)
    return Usage(
        _int(prompt.get("total")),
        _int(answer.get("total")),
        _int(prompt.get("cacheRead")),
        _int(prompt.get("cacheWrite")),
        _int(answer.get("reasoning")),
        freeze(usage),
    )


def warnings_in(body: Part) -> tuple[CallWarning, ...]:
    """What the gateway or the provider could not do."""
    listed = body.get("warnings")
    return tuple(map(_warning, cast("list[Any]", listed))) if isinstance(listed, list) else ()


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _warning(said: Any) -> CallWarning:
    warning = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    kind = _words(warning.get("type"))
    feature = _words(warning.get("feature") or warning.get("setting"))
    details = _words(warning.get("details") or warning.get("message"))
    words = details or f"{feature or kind or 'something'} was not done as asked"
    if kind.startswith("unsupported"):
        return CallWarning("unsupported", feature, words)
    return CallWarning("compatibility" if kind == "compatibility" else "other", feature, words)


def metadata_in(part: Part) -> Mapping[str, Any]:
    """The metadata of all providers in it; empty when there is none."""
    said = part.get("providerMetadata")
    return cast("Mapping[str, Any]", freeze(said)) if isinstance(said, dict) else EMPTY


def _block(part: Part, identity: str) -> Part:
    return {**part, "id": identity} if part.get("type") in ("text", "reasoning") else part


def _object(value: Any) -> Part:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"there is a {type(value).__name__} in place of an object")
    return cast("Part", value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"there is a {type(value).__name__} in place of text")
    return value


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
