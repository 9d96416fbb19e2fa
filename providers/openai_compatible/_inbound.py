"""From the body of a chat request to our request: what a server of the dialect does with what its clients send; pure.

What the dialect knows and our request has no field for goes into ``provider_options`` of the named provider, of the
request, a message, a tool or a part, in the wire's own words, so that the encoder for that provider writes it again and
no other provider sees it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast, get_args

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
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
from ai_sdk.provider import to_json
from ai_sdk.requests import (
    JSONFormat,
    LanguageRequest,
    ProviderTool,
    ReasoningEffort,
    SpecificTool,
    ToolChoice,
    ToolDefinition,
)

__all__ = ["request_of"]

Fields = dict[str, Any]

_NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_COUNTS = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens", "top_k": "top_k"}
_EFFORTS = frozenset(get_args(ReasoningEffort))
_AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_USER_PARTS = ("text", "image_url", "input_audio", "video_url", "file")


def request_of(body: Mapping[str, Any], provider: str = "openai") -> LanguageRequest:
    """The request that a body of ``/chat/completions`` asks for; ``model`` is the caller's to read.

    ``provider`` is under whose name the fields are kept that are the dialect's own. Null is as good as absent. Raises
    ``InvalidRequestError`` that names the field when the body is not of the dialect, and ``UnsupportedError`` for what
    only the vendor itself could know, such as the id of a file that was uploaded to it.
    """
    rest = {name: value for name, value in _object(body, "body").items() if value is not None}
    rest.pop("model", None)
    fields: Fields = {"messages": _Messages(provider).all(rest.pop("messages", None))}
    _take_settings(rest, fields)
    _take_tools(rest, fields, provider)
    _take_format(rest, fields)
    if rest.get("stream_options") == {"include_usage": True}:
        del rest["stream_options"]
    if "stream" in rest:
        fields["stream"] = _typed(rest.pop("stream"), bool, "stream")
    return LanguageRequest(**fields, provider_options=_own(rest, provider))


def _take_settings(rest: Fields, fields: Fields) -> None:
    for name in _NUMBERS:
        if name in rest:
            fields[name] = _number(rest.pop(name), name)
    for name, ours in _COUNTS.items():
        if name in rest:
            fields[ours] = _typed(rest.pop(name), int, name)
    if "seed" in rest:
        fields["seed"] = _typed(rest.pop("seed"), int, "seed")
    if "stop" in rest:
        stop = rest.pop("stop")
        stops = [stop] if isinstance(stop, str) else _array(stop, "stop")
        fields["stop"] = tuple(_typed(each, str, f"stop[{at}]") for at, each in enumerate(stops))
    if rest.get("reasoning_effort") in _EFFORTS:
        fields["reasoning"] = rest.pop("reasoning_effort")


def _take_tools(rest: Fields, fields: Fields, provider: str) -> None:
    tools = [_tool(each, provider, f"tools[{at}]") for at, each in enumerate(_array(rest.pop("tools", ()), "tools"))]
    functions = _array(rest.pop("functions", ()), "functions")
    tools += [_function(each, {}, provider, f"functions[{at}]") for at, each in enumerate(functions)]
    if tools:
        fields["tools"] = tuple(tools)
    for name in ("function_call", "tool_choice"):
        if name in rest:
            choice = _choice(rest[name], name)
            if choice is not None:
                fields["tool_choice"] = choice
                del rest[name]


def _tool(value: Any, provider: str, at: str) -> ToolDefinition | ProviderTool:
    tool = _object(value, at)
    kind = _typed(tool.get("type", "function"), str, f"{at}.type")
    more = {name: each for name, each in tool.items() if name not in ("type", "function")}
    if kind != "function":
        return ProviderTool(f"{provider}.{kind}", more)
    return _function(tool.get("function"), more, provider, f"{at}.function")


def _function(value: Any, more: Fields, provider: str, at: str) -> ToolDefinition:
    function = _object(value, at)
    parameters = function.get("parameters")
    strict = function.get("strict")
    return ToolDefinition(
        name=_typed(function.get("name"), str, f"{at}.name"),
        description=_optional(function.get("description"), f"{at}.description"),
        input_schema=freeze(
            {"type": "object", "properties": {}} if parameters is None else _object(parameters, f"{at}.parameters")
        ),
        strict=None if strict is None else _typed(strict, bool, f"{at}.strict"),
        provider_options=_own(more, provider),
    )


def _choice(value: Any, at: str) -> ToolChoice | None:
    """The choice of the dialect; None for a vendor's own, such as ``allowed_tools``."""
    if isinstance(value, str):
        known: dict[str, ToolChoice] = {"auto": "auto", "none": "none", "required": "required", "any": "required"}
        if value not in known:
            _refuse(at, value, "auto, none, required or an object")
        return known[value]
    choice = _object(value, at)
    if choice.get("type", "function") != "function":
        return None
    function = choice if "name" in choice else _object(choice.get("function"), f"{at}.function")
    return SpecificTool(_typed(function.get("name"), str, f"{at}.function.name"))


def _take_format(rest: Fields, fields: Fields) -> None:
    if "response_format" not in rest:
        return
    wanted = _object(rest["response_format"], "response_format")
    kind = wanted.get("type")
    if kind == "json_object":
        fields["response_format"] = JSONFormat()
    elif kind == "json_schema":
        at = "response_format.json_schema"
        said = _object(wanted.get("json_schema"), at)
        schema = said.get("schema")
        fields["response_format"] = JSONFormat(
            schema=None if schema is None else _object(schema, f"{at}.schema"),
            name=_optional(said.get("name"), f"{at}.name"),
            description=_optional(said.get("description"), f"{at}.description"),
            strict=_typed(said.get("strict") or False, bool, f"{at}.strict"),
        )
    elif kind != "text":
        return
    del rest["response_format"]


class _Messages:
    """Reads messages in order, and remembers which tool was called under which id and which calls are unanswered.

    A call without an id gets ``call_<n>``, and a result without one answers the oldest call that has no answer yet, as
    far as its name allows (some servers do without ids: recorded; the older functions have none).
    """

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.names: dict[str, str] = {}
        self.open: list[str] = []

    def all(self, value: Any) -> tuple[Message, ...]:
        read = [self.message(_object(each, f"messages[{at}]"), f"messages[{at}]") for at, each in self._given(value)]
        messages: list[Message] = []
        for message in read:
            before = messages[-1] if messages else None
            if isinstance(message, ToolMessage) and isinstance(before, ToolMessage) and not _differ(message, before):
                messages[-1] = ToolMessage(before.content + message.content)
            else:
                messages.append(message)
        return tuple(messages)

    def _given(self, value: Any) -> list[tuple[int, Any]]:
        given = list(enumerate(_array(value, "messages")))
        if not given:
            raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
        return given

    def message(self, said: Fields, at: str) -> Message:
        role = said.get("role")
        if role in ("system", "developer"):
            return self._system(said, at)
        if role == "user":
            return self._user(said, at)
        if role == "assistant":
            return self._assistant(said, at)
        if role not in ("tool", "function"):
            _refuse(f"{at}.role", role, "system, developer, user, assistant, tool or function")
        return self._tool(said, at)

    def _system(self, said: Fields, at: str) -> SystemMessage:
        content = said.get("content")
        more = _without(said, "role", "content")
        if said["role"] != "system":
            more["role"] = said["role"]
        parts = [] if isinstance(content, str) else _array(content, f"{at}.content")
        texts = [self._text(each, f"{at}.content[{place}]") for place, each in enumerate(parts)]
        if any(set(part) - {"type", "text"} for part in parts):
            more["content"] = content
        return SystemMessage(content if isinstance(content, str) else "\n".join(texts), _own(more, self.provider))

    def _text(self, value: Any, at: str) -> str:
        part = _object(value, at)
        if part.get("type", "text") != "text":
            _refuse(f"{at}.type", part.get("type"), "text")
        return str(_typed(part.get("text"), str, f"{at}.text"))

    def _user(self, said: Fields, at: str) -> UserMessage:
        name = _optional(said.get("name"), f"{at}.name")
        more = _own(_without(said, "role", "content", "name"), self.provider)
        return UserMessage(self._content(said.get("content"), f"{at}.content"), name, more)

    def _content(self, content: Any, at: str) -> tuple[UserContent, ...]:
        if isinstance(content, str):
            return (TextPart(content),)
        return tuple(self._part(each, f"{at}[{place}]") for place, each in enumerate(_array(content, at)))

    def _part(self, value: Any, at: str) -> UserContent:
        part = _object(value, at)
        kind = part.get("type")
        if kind not in _USER_PARTS:
            _refuse(f"{at}.type", kind, ", ".join(_USER_PARTS))
        more = _without(part, "type", kind)
        if kind == "text":
            return TextPart(_typed(part.get("text"), str, f"{at}.text"), _own(more, self.provider))
        at = f"{at}.{kind}"
        if kind in ("image_url", "video_url"):
            given = {"url": part[kind]} if isinstance(part.get(kind), str) else _object(part.get(kind), at)
            if given.get("detail") is not None:
                more["detail"] = given["detail"]
            return self._linked(given.get("url"), kind.partition("_")[0], more, f"{at}.url")
        body = _object(part.get(kind), at)
        return self._audio(body, more, at) if kind == "input_audio" else self._file(body, more, at)

    def _linked(self, value: Any, kind: str, more: Fields, at: str) -> FilePart:
        found = _file_from(_typed(value, str, at), at)
        media_type = found.media_type if found.media_type.startswith(f"{kind}/") else f"{kind}/*"
        return FilePart(found.data, found.url, media_type, provider_metadata=_own(more, self.provider))

    def _audio(self, body: Fields, more: Fields, at: str) -> FilePart:
        format_ = _typed(body.get("format"), str, f"{at}.format")
        data = _decoded(_typed(body.get("data"), str, f"{at}.data"), f"{at}.data")
        media_type = _AUDIO_TYPES.get(format_, f"audio/{format_}")
        return FilePart(data=data, media_type=media_type, provider_metadata=_own(more, self.provider))

    def _file(self, body: Fields, more: Fields, at: str) -> FilePart:
        if body.get("file_data") is None and body.get("file_id") is not None:
            raise UnsupportedError(
                f"{at}.file_id names a file that only {self.provider} has: send its bytes as file_data",
                field=f"{at}.file_id",
            )
        data = _typed(body.get("file_data"), str, f"{at}.file_data")
        filename = _optional(body.get("filename"), f"{at}.filename")
        metadata = _own(more, self.provider)
        if data.startswith(("data:", "http:", "https:")):
            found = _file_from(data, f"{at}.file_data")
            media_type = found.media_type if found.data is not None else "application/pdf"
            return FilePart(found.data, found.url, media_type, filename, metadata)
        return FilePart(_decoded(data, f"{at}.file_data"), None, "application/pdf", filename, metadata)

    def _assistant(self, said: Fields, at: str) -> AssistantMessage:
        parts: list[Any] = []
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        if isinstance(reasoning, str):
            parts.append(ReasoningPart(reasoning))
        content = said.get("content")
        if isinstance(content, str):
            parts += [TextPart(content)] if content else []
        elif content is not None:
            parts += [
                self._said(_object(each, f"{at}.content[{place}]"), f"{at}.content[{place}]")
                for place, each in enumerate(_array(content, f"{at}.content"))
            ]
        if isinstance(said.get("refusal"), str):
            parts.append(self._refusal(said["refusal"]))
        calls = _array(said.get("tool_calls") or (), f"{at}.tool_calls")
        parts += [self._call(each, f"{at}.tool_calls[{place}]") for place, each in enumerate(calls)]
        if said.get("function_call") is not None:
            parts.append(self._legacy_call(said["function_call"], f"{at}.function_call"))
        known = ("role", "content", "reasoning", "reasoning_content", "refusal", "tool_calls", "function_call")
        return AssistantMessage(tuple(parts), _own(_without(said, *known), self.provider))

    def _said(self, part: Fields, at: str) -> TextPart:
        if part.get("type") == "refusal":
            return self._refusal(_typed(part.get("refusal"), str, f"{at}.refusal"))
        more = _own(_without(part, "type", "text"), self.provider)
        return TextPart(self._text(part, at), more)

    def _refusal(self, text: str) -> TextPart:
        return TextPart(text, _own({"refusal": True}, self.provider))

    def _call(self, value: Any, at: str) -> ToolCallPart:
        call = _object(value, at)
        kind = "custom" if call.get("type") == "custom" else "function"
        body = _object(call.get(kind), f"{at}.{kind}")
        more = _without(call, "id", "type", "index", kind)
        if call.get("type", "function") != "function":
            more["type"] = call["type"]
        name = _typed(body.get("name"), str, f"{at}.{kind}.name")
        identity = self._called(name, _optional(call.get("id"), f"{at}.id"))
        given = body.get("input" if kind == "custom" else "arguments", "")
        text = given if isinstance(given, str) else to_json(given).decode()
        return ToolCallPart(identity, name, text, provider_metadata=_own(more, self.provider))

    def _legacy_call(self, value: Any, at: str) -> ToolCallPart:
        call = _object(value, at)
        name = _typed(call.get("name"), str, f"{at}.name")
        return ToolCallPart(self._called(name, None), name, _optional(call.get("arguments"), f"{at}.arguments") or "")

    def _called(self, name: str, identity: str | None) -> str:
        known = identity or f"call_{len(self.names)}"
        self.names[known] = name
        self.open.append(known)
        return known

    def _answered(self, name: str | None, at: str) -> str:
        found = next((each for each in self.open if name is None or self.names[each] == name), None)
        if found is None:
            _refuse(f"{at}.tool_call_id", None, "the id of a tool call of an assistant message before")
        return found

    def _tool(self, said: Fields, at: str) -> ToolMessage:
        name = _optional(said.get("name"), f"{at}.name")
        identity = _optional(said.get("tool_call_id"), f"{at}.tool_call_id") or self._answered(name, at)
        if identity in self.open:
            self.open.remove(identity)
        called = self.names.get(identity) or name or ""
        known = ("role", "content", "tool_call_id", *(("name",) if name == called else ()))
        content = said.get("content")
        output: Any = content if isinstance(content, str) else ""
        if content is not None and not isinstance(content, str):
            parts = self._content(content, f"{at}.content")
            only = parts[0] if len(parts) == 1 else None
            output = only.text if isinstance(only, TextPart) and not only.provider_metadata else parts
        more = _own(_without(said, *known), self.provider)
        return ToolMessage((ToolResultPart(identity, called, output),), more)


def _differ(one: ToolMessage, other: ToolMessage) -> bool:
    return bool(one.provider_options or other.provider_options)


def _without(said: Fields, *names: str) -> Fields:
    return {name: value for name, value in said.items() if name not in names and value is not None}


def _own(more: Fields, provider: str) -> FrozenDict[str, Any]:
    return cast("FrozenDict[str, Any]", freeze({provider: more})) if more else EMPTY


def _file_from(url: str, at: str) -> FilePart:
    try:
        return FilePart.from_url(url)
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{at}: {error.message}", field=at) from error


def _decoded(text: str, at: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidRequestError(f"{at} is not valid base64: {error}", field=at) from error


def _refuse(at: str, value: object, allowed: str) -> NoReturn:
    given = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    raise InvalidRequestError(f"{at} is {given}; allowed is {allowed}", field=at)


def _object(value: Any, at: str) -> Fields:
    if not isinstance(value, Mapping):
        _refuse(at, value, "an object")
    return dict(cast("Mapping[str, Any]", value))


def _array(value: Any, at: str) -> list[Any]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        _refuse(at, value, "a list")
    return list(cast("Sequence[Any]", value))


def _typed(value: Any, kind: type[Any], at: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        _refuse(at, value, {str: "a string", int: "an integer", bool: "true or false"}[kind])
    return value


def _optional(value: Any, at: str) -> str | None:
    return None if value is None else cast("str", _typed(value, str, at))


def _number(value: Any, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(at, value, "a number")
    return value
