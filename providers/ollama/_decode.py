"""From the lines of ``/api/chat`` to parts: pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import AISDKError, InvalidResponseError, MalformedEventError
from ai_sdk.messages import FilePart, ToolCallPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.provider import ErrorInfo, Exchange, read_error, to_json
from ai_sdk.results import CallWarning, Usage

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import FinishReason

__all__ = ["ChatDecoder", "moment_of", "read_ollama_error", "usage_from"]

_EVENT_LENGTH = 500
_REASONS: Mapping[str, FinishReason] = {"stop": "stop", "length": "length"}
_TIMES = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
_COUNTS = ("prompt_eval_count", "eval_count")
_MISSING = re.compile(r"model ['\"]?([^'\"\s]+)['\"]? not found")
_NOT_FOUND = 404
_MAGIC = ((b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def read_ollama_error(body: Any) -> ErrorInfo:
    """``{"error": "sentence"}``; for a model that is not there, with how to download it."""
    info = read_error(body)
    missing = _MISSING.search(info.message or "")
    if missing is None:
        return info
    hint = f"{info.message} (download it with `ollama pull {missing[1]}` or ollama.pull({missing[1]!r}))"
    return info._replace(message=hint, status=info.status or _NOT_FOUND)


class ChatDecoder:
    """Reads one answer, a line at a time; a whole answer is one line.

    A line with ``done: true`` is the end; without it there is no finish. ``first`` numbers the first tool call that
    comes without an id. Durations are in nanoseconds, in the metadata.
    """

    def __init__(
        self,
        exchange: Exchange,
        headers: Mapping[str, str] = EMPTY,
        warnings: Iterable[CallWarning] = (),
        first: int = 0,
    ) -> None:
        self.exchange = exchange
        self.over = False
        self._headers = headers
        self._warnings = tuple(warnings)
        self._next_call = first
        self._called = False
        self._begun = False
        self._logprobs: list[Any] = []

    def event(self, data: bytes) -> list[LanguagePart]:
        """The parts of a line."""
        if self.over:
            return []
        try:
            return self._line(from_json(data))
        except AISDKError:
            raise
        except (ValueError, TypeError) as error:
            raise MalformedEventError(
                f"{self.exchange.endpoint.name} sent a line that cannot be understood: {error}",
                event=data[:_EVENT_LENGTH].decode("utf-8", "replace"),
            ) from error

    def whole(self, body: Any) -> list[LanguagePart]:
        """The parts of a whole answer; raises ``InvalidResponseError`` when it is none."""
        try:
            parts = self._line(body)
            if not self.over and "message" not in body:
                raise ValueError("it has no message")
        except AISDKError:
            raise
        except (ValueError, TypeError) as error:
            name = self.exchange.endpoint.name
            raise InvalidResponseError(
                f"{name} answered with JSON that is not an answer: {error}", body=repr(body)
            ) from error
        return parts if self.over else [*parts, self._finish({})]

    def _line(self, line: Any) -> list[LanguagePart]:
        if not isinstance(line, dict):
            raise TypeError(f"it is a {type(line).__name__}, not an object")
        said = cast("dict[str, Any]", line)
        if said.get("error"):
            raise self.exchange.error_of(read_ollama_error(said), said, headers=self._headers)
        parts = self._start(said)
        parts += self._message(_object(said.get("message"), "message"))
        if isinstance(said.get("logprobs"), list):
            self._logprobs += said["logprobs"]
        if said.get("done") is True:
            parts.append(self._finish(said))
        return parts

    def _start(self, said: dict[str, Any]) -> list[LanguagePart]:
        if self._begun:
            return []
        self._begun = True
        start: list[LanguagePart] = [StreamStart(self._warnings)] if self._warnings else []
        model = said.get("model")
        served = model if isinstance(model, str) else None
        return [*start, ResponseMetadata(None, served, moment_of(said.get("created_at")), self._headers)]

    def _message(self, message: dict[str, Any]) -> list[LanguagePart]:
        parts: list[LanguagePart] = []
        if message.get("thinking"):
            parts.append(ReasoningDelta(_text(message["thinking"], "thinking")))
        if message.get("content"):
            parts.append(TextDelta(_text(message["content"], "content")))
        parts += [self._call(_object(each, "a tool call")) for each in _array(message.get("tool_calls"), "tool_calls")]
        parts += [_image(_text(each, "an image")) for each in _array(message.get("images"), "images")]
        return parts

    def _call(self, call: dict[str, Any]) -> ToolCallPart:
        """A call, which is whole; older servers give no id (recorded)."""
        function = _object(call.get("function"), "function")
        name = function.get("name")
        if not isinstance(name, str) or not name:
            raise ValueError("a tool call has no name")
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else to_json(arguments or {}).decode()
        identity = call.get("id")
        if not isinstance(identity, str) or not identity:
            identity = f"call_{self._next_call}"
        self._next_call += 1
        self._called = True
        return ToolCallPart(identity, name, text)

    def _finish(self, said: dict[str, Any]) -> Finish:
        self.over = True
        raw = said.get("done_reason")
        reason = _REASONS.get(raw, "other") if isinstance(raw, str) else "other"
        if self._called and reason in ("stop", "other"):
            reason = "tool-calls"
        warnings: tuple[CallWarning, ...] = ()
        if not raw:
            warnings = (CallWarning("other", "finish_reason", "the answer ended without a reason"),)
        metadata = {name: said[name] for name in (*_TIMES, "remote_model", "remote_host") if said.get(name) is not None}
        if self._logprobs:
            metadata["logprobs"] = self._logprobs
        named = freeze({self.exchange.endpoint.name: metadata}) if metadata else EMPTY
        return Finish(reason, usage_from(said), raw if isinstance(raw, str) else None, named, warnings)


def usage_from(said: Mapping[str, Any]) -> Usage:
    """Tokens: ``prompt_eval_count`` and ``eval_count``; None for a count that was not given."""
    raw = {name: said[name] for name in _COUNTS if _int(said.get(name)) is not None}
    if not raw:
        return Usage()
    return Usage(input_tokens=raw.get("prompt_eval_count"), output_tokens=raw.get("eval_count"), raw=freeze(raw))


def moment_of(value: Any) -> float | None:
    """Unix seconds of an ISO 8601 time; None for anything else."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _image(text: str) -> FilePart:
    data = base64.b64decode(text, validate=True)
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")
    return FilePart(data=data, media_type=kind)


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _object(value: Any, what: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"{what} is a {type(value).__name__}, not an object")
    return cast("dict[str, Any]", value)


def _array(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{what} is a {type(value).__name__}, not a list")
    return cast("list[Any]", value)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is a {type(value).__name__}, not text")
    return value
