"""The server's side of the OpenAI chat dialect: requests decoded, answers encoded; pure.

The shapes are those of OpenAI's published API definition and of recorded traffic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import APIError, InvalidRequestError
from ai_sdk.messages import (
    AssistantContent,
    AssistantMessage,
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserContent,
    UserMessage,
)
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sdk.parts import LanguagePart
    from ai_sdk.results import LanguageResult, Usage

__all__ = [
    "DONE",
    "ChunkEncoder",
    "Chunks",
    "decode_request",
    "encode_error",
    "encode_result",
    "encode_usage",
    "error_body",
    "sse",
    "wants_usage",
]

JSON = dict[str, Any]
CREATED = 1_700_000_000
DONE = b"data: [DONE]\n\n"

_SETTINGS = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "reasoning_effort": "reasoning",
}
_KNOWN = {"model", "messages", "stop", "tools", "tool_choice", "response_format", "stream", "stream_options"}
_AUDIO = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_REASONS = {"tool-calls": "tool_calls", "content-filter": "content_filter"}


def sse(data: Any) -> bytes:
    """One server-sent event with JSON data."""
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def wants_usage(body: Mapping[str, Any]) -> bool:
    """Whether a request for a stream asks for its usage."""
    options = cast("JSON", body.get("stream_options") or {})
    return bool(options.get("include_usage"))


def error_body(message: str, type: str = "invalid_request_error", code: str | None = None) -> JSON:  # noqa: A002
    """The dialect's error object."""
    return {"error": {"message": message, "type": type, "param": None, "code": code}}


def encode_error(error: Exception) -> JSON:
    """An exception as the dialect's error object; words of the provider are kept."""
    if isinstance(error, APIError):
        return error_body(error.message, error.type or "api_error", error.code)
    return error_body(str(error) or type(error).__name__, "server_error", type(error).__name__)


def encode_usage(usage: Usage) -> JSON | None:
    """Usage in the dialect's words; None when nothing is known."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    encoded: JSON = {"prompt_tokens": usage.input_tokens or 0, "completion_tokens": usage.output_tokens or 0}
    encoded["total_tokens"] = encoded["prompt_tokens"] + encoded["completion_tokens"]
    if usage.cache_read_tokens is not None:
        encoded["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_tokens}
    if usage.reasoning_tokens is not None:
        encoded["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return encoded


def _reason(reason: str | None, raw: str | None) -> str:
    if reason in ("error", "other"):
        return raw or reason
    return _REASONS.get(reason or "stop", reason or "stop")


@dataclass(frozen=True, slots=True)
class Chunks:
    """Makes the objects of one answer of ``model``."""

    model: str
    id: str = "chatcmpl-1"

    def _object(self, kind: str, choices: list[JSON], usage: JSON | None) -> JSON:
        made: JSON = {"id": self.id, "object": kind, "created": CREATED, "model": self.model, "choices": choices}
        return made if usage is None else {**made, "usage": usage}

    def delta(self, delta: JSON, finish_reason: str | None = None) -> JSON:
        """A chunk of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return self._object("chat.completion.chunk", [choice], None)

    def usage(self, usage: JSON) -> JSON:
        """The chunk without choices that says what the stream used."""
        return self._object("chat.completion.chunk", [], usage)

    def completion(self, message: JSON, finish_reason: str | None, usage: JSON | None) -> JSON:
        """A whole answer."""
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
        return self._object("chat.completion", [choice], usage)


def encode_result(result: LanguageResult, chunks: Chunks) -> JSON:
    """A whole answer."""
    message: JSON = {"content": result.text or None}
    if result.reasoning:
        message["reasoning_content"] = result.reasoning
    calls = [_tool_call(part) for part in result.tool_calls if not part.provider_executed]
    if calls:
        message["tool_calls"] = calls
    reason = _reason(result.finish_reason, result.raw_finish_reason)
    return chunks.completion(message, reason, encode_usage(result.usage))


def _tool_call(part: ToolCallPart) -> JSON:
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.input}}


class ChunkEncoder:
    """Encodes the parts of one streamed answer, in order; parts that the dialect cannot say are left out.

    With ``usage`` the finish is followed by a chunk that says what was used.
    """

    def __init__(self, chunks: Chunks, *, usage: bool = True) -> None:
        self._chunks = chunks
        self._usage = usage
        self._begun = False
        self._calls: dict[str, int] = {}
        self._previewed: dict[str, str] = {}

    def encode(self, part: LanguagePart) -> list[JSON]:
        """The chunks of one part."""
        if isinstance(part, Finish):
            return self._finish(part)
        delta = self._delta(part)
        if delta is None:
            return []
        if not self._begun:
            self._begun = True
            delta = {"role": "assistant", **delta}
        return [self._chunks.delta(delta)]

    def _delta(self, part: LanguagePart) -> JSON | None:
        if isinstance(part, TextDelta):
            return {"content": part.text}
        if isinstance(part, ReasoningDelta):
            return {"reasoning_content": part.text}
        if isinstance(part, ToolInputDelta):
            return self._preview(part)
        if isinstance(part, ToolCallPart) and not part.provider_executed:
            return self._whole(part)
        return None

    def _preview(self, part: ToolInputDelta) -> JSON:
        new = part.id not in self._calls
        index = self._calls.setdefault(part.id, len(self._calls))
        self._previewed[part.id] = self._previewed.get(part.id, "") + part.delta
        if new:
            call = _tool_call(ToolCallPart(part.id, part.name, part.delta))
            return {"tool_calls": [{"index": index, **call}]}
        return {"tool_calls": [{"index": index, "function": {"arguments": part.delta}}]}

    def _whole(self, part: ToolCallPart) -> JSON | None:
        """What of a whole call the previews have not said yet."""
        said = self._previewed.get(part.id)
        if said is None:
            return self._preview(ToolInputDelta(part.id, part.name, part.input))
        if not part.input.startswith(said):
            raise ValueError(f"the previews of the tool call {part.id} are {said!r}, the call itself is {part.input!r}")
        rest = part.input[len(said) :]
        return self._preview(ToolInputDelta(part.id, part.name, rest)) if rest else None

    def _finish(self, part: Finish) -> list[JSON]:
        encoded = [self._chunks.delta({}, _reason(part.reason, part.raw_reason))]
        usage = encode_usage(part.usage) if self._usage else None
        if usage is not None:
            encoded.append(self._chunks.usage(usage))
        return encoded


def decode_request(body: Any) -> LanguageRequest:
    """The request of a ``/chat/completions`` body; settings that we do not know become options of ``openai``.

    Raises ``InvalidRequestError`` for what is not such a body.
    """
    if not isinstance(body, dict):
        raise InvalidRequestError("the body is not a JSON object", field="body")
    said = cast("JSON", body)
    try:
        return _request(said)
    except InvalidRequestError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRequestError(f"the body cannot be understood: {error!r}", field="body") from error


def _request(said: JSON) -> LanguageRequest:
    settings = {field: said[name] for name, field in _SETTINGS.items() if said.get(name) is not None}
    stop = said.get("stop") or ()
    rest = {name: value for name, value in said.items() if name not in _KNOWN and name not in _SETTINGS}
    return LanguageRequest(
        messages=_messages(said["messages"]),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        tools=tuple(_tool(tool) for tool in said.get("tools") or ()),
        tool_choice=_tool_choice(said.get("tool_choice")),
        response_format=_format(said.get("response_format")),
        stream=bool(said.get("stream")),
        provider_options=cast("Any", {"openai": rest} if rest else {}),
        **settings,
    )


def _tool(tool: JSON) -> ToolDefinition:
    function = tool["function"]
    schema: Any = function.get("parameters") or {"type": "object", "properties": {}}
    return ToolDefinition(function["name"], function.get("description"), schema, function.get("strict"))


def _tool_choice(choice: Any) -> Any:
    return SpecificTool(cast("JSON", choice)["function"]["name"]) if isinstance(choice, dict) else choice


def _format(wanted: JSON | None) -> JSONFormat | None:
    if wanted is None or wanted["type"] == "text":
        return None
    if wanted["type"] == "json_object":
        return JSONFormat()
    said = wanted["json_schema"]
    return JSONFormat(said.get("schema"), said.get("name"), said.get("description"), said.get("strict"))


def _messages(said: Sequence[JSON]) -> tuple[Message, ...]:
    """The messages; tool answers that follow each other are one tool message, named as the calls they answer."""
    messages: list[Message] = []
    names: dict[str, str] = {}
    for each in said:
        role = each["role"]
        if role in ("system", "developer"):
            messages.append(SystemMessage(_text(each["content"])))
        elif role == "user":
            messages.append(UserMessage(_user_content(each["content"]), each.get("name")))
        elif role == "assistant":
            message = _assistant(each)
            names.update({call.id: call.name for call in message.tool_calls})
            messages.append(message)
        elif role == "tool":
            identity = each["tool_call_id"]
            result = ToolResultPart(identity, names.get(identity, ""), _text(each["content"]))
            before = messages.pop().content if messages and isinstance(messages[-1], ToolMessage) else ()
            messages.append(ToolMessage((*cast("tuple[ToolResultPart, ...]", before), result)))
        else:
            raise InvalidRequestError(f"there is no role {role!r}", field="messages")
    return tuple(messages)


def _text(content: Any) -> str:
    if isinstance(content, str) or content is None:
        return content or ""
    return "".join(part.get("text") or "" for part in content)


def _assistant(said: JSON) -> AssistantMessage:
    content: list[AssistantContent] = []
    reasoning = said.get("reasoning_content") or said.get("reasoning")
    if reasoning:
        content.append(ReasoningPart(reasoning))
    text = _text(said.get("content"))
    if text:
        content.append(TextPart(text))
    calls = cast("list[JSON]", said.get("tool_calls") or [])
    content += [ToolCallPart(each["id"], each["function"]["name"], each["function"]["arguments"]) for each in calls]
    return AssistantMessage(tuple(content))


def _user_content(content: Any) -> tuple[UserContent, ...]:
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(_user_part(part) for part in content)


def _user_part(part: Mapping[str, Any]) -> UserContent:
    kind = part["type"]
    said = part[kind]
    if kind == "text":
        return TextPart(said)
    if kind in ("image_url", "video_url"):
        return FilePart.from_url(said["url"], media_type=None if kind == "image_url" else "video/*")
    if kind == "input_audio":
        media_type = _AUDIO.get(said["format"], f"audio/{said['format']}")
        return FilePart.from_url(f"data:{media_type};base64,{said['data']}")
    if kind == "file":
        return FilePart.from_url(said["file_data"], filename=said.get("filename"))
    raise InvalidRequestError(f"there is no content of type {kind!r}", field="messages")
