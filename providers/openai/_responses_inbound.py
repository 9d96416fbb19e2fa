"""From the body of a request to ``/responses`` to our request: what a server of that API needs, and the way back."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
    SystemMessage,
    TextPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.openai._responses_decode import ResponsesDecoder
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, ReasoningEffort, SpecificTool, ToolDefinition
from ai_sdk.results import fold_language

__all__ = ["request_of"]

_SETTINGS = ("max_output_tokens", "temperature", "top_p")
_FUNCTION_FIELDS = frozenset({"type", "name", "description", "parameters", "strict", "function"})
_RESULTS = {
    "function_call_output": "function_call",
    "custom_tool_call_output": "custom_tool_call",
    "local_shell_call_output": "local_shell_call",
    "shell_call_output": "shell_call",
    "apply_patch_call_output": "apply_patch_call",
    "computer_call_output": "computer_call",
    "tool_search_output": "tool_search_call",
    "mcp_approval_response": "mcp_approval_request",
}


def request_of(body: Mapping[str, Any], provider: str = "openai") -> LanguageRequest:
    """The request that a body asks for; ``model`` is the caller's to read.

    ``instructions`` become the first system message. Items that only a provider of this API understands (reasoning,
    its own tools, references to stored items) ride in the metadata of ``provider``, and what has no field of ours in
    its options, so that such a provider gets them back. A function without ``strict`` is not strict here. Raises
    ``InvalidRequestError``, which names the field, for what is no such body.
    """
    options = {name: value for name, value in body.items() if name not in ("model", "input", "tools", "stream")}
    settings = {name: value for name in _SETTINGS if (value := options.pop(name, None)) is not None}
    effort = _take_effort(options)
    wanted = _take_format(options)
    choice = _take_choice(options)
    messages = [*_instructions(options, provider), *_messages(body.get("input"), provider)]
    if not messages and not _continues(options):
        raise InvalidRequestError("input is empty: there is nothing to answer", field="input")
    return LanguageRequest(
        messages=tuple(messages),
        tools=tuple(_tool(each, place, provider) for place, each in enumerate(_array(body.get("tools"), "tools"))),
        tool_choice=choice,
        response_format=wanted,
        reasoning=effort,
        stream=bool(body.get("stream")),
        provider_options={provider: options} if options else {},
        **settings,
    )


def _continues(options: Mapping[str, Any]) -> bool:
    return any(options.get(name) for name in ("previous_response_id", "conversation", "prompt"))


def _instructions(options: dict[str, Any], provider: str) -> list[Message]:
    said = options.get("instructions")
    if not isinstance(said, str):
        return []
    del options["instructions"]
    return [SystemMessage(said, {provider: {"instructions": True}})] if said else []


def _take_effort(options: dict[str, Any]) -> ReasoningEffort | None:
    reasoning = options.get("reasoning")
    if not isinstance(reasoning, dict):
        return None
    rest = dict(cast("dict[str, Any]", reasoning))
    effort = rest.get("effort")
    if effort not in get_args(ReasoningEffort):
        return None
    del rest["effort"]
    _put_back(options, "reasoning", rest)
    return cast("ReasoningEffort", effort)


def _put_back(options: dict[str, Any], name: str, rest: Mapping[str, Any]) -> None:
    if rest:
        options[name] = rest
    else:
        del options[name]


def _take_format(options: dict[str, Any]) -> JSONFormat | None:
    text = options.get("text")
    if not isinstance(text, dict):
        return None
    rest = dict(cast("dict[str, Any]", text))
    said = rest.pop("format", None)
    _put_back(options, "text", rest)
    format_ = _object(said, "text.format") if said is not None else {}
    if format_.get("type") == "json_object":
        return JSONFormat()
    if format_.get("type") != "json_schema":
        return None
    schema = _object(format_.get("schema"), "text.format.schema")
    return JSONFormat(schema, format_.get("name"), format_.get("description"), format_.get("strict"))


def _take_choice(options: dict[str, Any]) -> Any:
    choice = options.pop("tool_choice", None)
    if choice is None or isinstance(choice, str):
        return choice
    said = _object(choice, "tool_choice")
    if said.get("type") == "allowed_tools":
        options["tool_choice"] = choice
        return None
    return SpecificTool(str(said.get("name") or said.get("server_label") or said.get("type")))


def _tool(value: Any, place: int, provider: str) -> ToolDefinition | ProviderTool:
    tool = _object(value, f"tools[{place}]")
    kind = tool.get("type")
    if kind != "function":
        return ProviderTool(f"{provider}.{kind}", {name: each for name, each in tool.items() if name != "type"})
    nested = tool.get("function")
    said = {**tool, **_object(nested, f"tools[{place}].function")} if nested is not None else tool
    name = said.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"tools[{place}] has no name", field=f"tools[{place}].name")
    more = {field: each for field, each in said.items() if field not in _FUNCTION_FIELDS and each is not None}
    return ToolDefinition(
        name,
        said.get("description"),
        _object(said.get("parameters") or {"type": "object", "properties": {}}, f"tools[{place}].parameters"),
        said.get("strict"),
        {provider: more} if more else {},
    )


def _messages(said: Any, provider: str) -> list[Message]:
    if said is None:
        return []
    if isinstance(said, str):
        return [UserMessage((TextPart(said),))]
    reader = _Reader(provider)
    for place, item in enumerate(_array(said, "input")):
        reader.add(_object(item, f"input[{place}]"), f"input[{place}]")
    return reader.end()


class _Reader:
    """Gathers items into messages: what the assistant said in a row is one message, as are results in a row."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._messages: list[Message] = []
        self._said: list[Mapping[str, Any]] = []
        self._results: list[ToolResultPart] = []
        self._names: dict[str, str] = {}
        self._kinds: dict[Any, str] = {}

    def add(self, item: Mapping[str, Any], where: str) -> None:
        kind, role = item.get("type") or "message", item.get("role")
        if kind == "message" and role in ("user", "system", "developer"):
            self.end()
            self._messages.append(self._message(item, str(role), where))
        elif kind in _RESULTS and not self._is_hosted(item):
            self._close_said()
            self._results.append(self._result(item, _RESULTS[str(kind)], where))
        else:
            self._close_results()
            self._kinds[item.get("call_id")] = str(kind)
            self._said.append(_as_output(item))

    def end(self) -> list[Message]:
        self._close_said()
        self._close_results()
        return self._messages

    def _is_hosted(self, item: Mapping[str, Any]) -> bool:
        if item.get("type") == "tool_search_output":
            return item.get("execution") == "server"
        if item.get("type") != "shell_call_output":
            return False
        calls = [each for each in self._said if each.get("call_id") == item.get("call_id")]
        return any(_RULES.hosted(each) for each in calls)

    def _close_results(self) -> None:
        if self._results:
            self._messages.append(ToolMessage(tuple(self._results)))
            self._results = []

    def _close_said(self) -> None:
        if not self._said:
            return
        self._close_results()
        decoder = ResponsesDecoder(_RULES, Exchange(Endpoint(name=self._provider, base_url="")))
        try:
            result = fold_language(decoder.answer({"output": self._said}))
        except InvalidResponseError as error:
            raise InvalidRequestError(f"input has an item that cannot be understood: {error}", field="input") from error
        self._names.update({call.id: call.name for call in result.tool_calls})
        self._messages.append(AssistantMessage(result.content))
        self._said = []

    def _message(self, item: Mapping[str, Any], role: str, where: str) -> Message:
        content = item.get("content")
        more = {name: each for name, each in item.items() if name not in ("type", "role", "content", "status")}
        options = _own(more, self._provider)
        if role != "user":
            return SystemMessage(_text_of(content, f"{where}.content"), options)
        if isinstance(content, str):
            return UserMessage((TextPart(content),), provider_options=options)
        return UserMessage(self._content(content, f"{where}.content"), provider_options=options)

    def _content(self, content: Any, where: str) -> tuple[TextPart | FilePart, ...]:
        return tuple(
            _part(_object(each, f"{where}[{place}]"), f"{where}[{place}]", self._provider)
            for place, each in enumerate(_array(content, where))
        )

    def _result(self, item: Mapping[str, Any], kind: str, where: str) -> ToolResultPart:
        identity = str(item.get("call_id") or item.get("approval_request_id") or "")
        metadata = _own({"type": kind} if kind != self._kinds.get(identity) else {}, self._provider)
        output = item.get("output")
        if kind not in ("function_call", "custom_tool_call"):
            dropped = ("type", "call_id", "id", "approval_request_id")
            output = {name: each for name, each in item.items() if name not in dropped}
        elif isinstance(output, list):
            output = self._content(cast("list[Any]", output), f"{where}.output")
        return ToolResultPart(identity, self._names.get(identity, ""), output, provider_metadata=metadata)


_RULES = ResponsesRules()


def _as_output(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """An item of the assistant as a server would give it: a message has its type and a list of content."""
    if item.get("role") != "assistant":
        return item
    content = item.get("content")
    parts = [{"type": "output_text", "text": content}] if isinstance(content, str) else [*_array(content, "content")]
    return {**item, "type": "message", "content": parts}


def _own(more: Mapping[str, Any], provider: str) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", freeze({provider: more})) if more else EMPTY


def _text_of(content: Any, where: str) -> str:
    if isinstance(content, str):
        return content
    parts = [_object(each, where) for each in _array(content, where)]
    return "\n".join([str(part.get("text") or "") for part in parts])


def _part(part: Mapping[str, Any], where: str, provider: str) -> TextPart | FilePart:
    kind = part.get("type")
    if kind in ("input_text", "output_text", "text"):
        more = {name: each for name, each in part.items() if name not in ("type", "text")}
        return TextPart(str(part.get("text") or ""), _own(more, provider))
    if kind == "input_image":
        return _file(part, "image_url", "image/*", where, provider)
    if kind == "input_file":
        name = part.get("filename")
        guessed = mimetypes.guess_type(str(name))[0] if name else None
        where_from = "file_data" if part.get("file_data") else "file_url"
        return _file(part, where_from, guessed or "application/pdf", where, provider)
    raise InvalidRequestError(
        f"{where} is of type {kind!r}; allowed are input_text, input_image and input_file", field=where
    )


def _file(part: Mapping[str, Any], source: str, media_type: str, where: str, provider: str) -> FilePart:
    given = part.get(source) or part.get("file_id")
    if not isinstance(given, str) or not given:
        raise InvalidRequestError(f"{where} has neither {source} nor file_id", field=where)
    more = {name: each for name, each in part.items() if name not in ("type", "filename", source) and each is not None}
    name = part.get("filename") if isinstance(part.get("filename"), str) else None
    metadata = _own(more, provider)
    if given.startswith("data:"):
        return FilePart.from_url(given, filename=name, provider_metadata=metadata)
    if source == "file_data" and part.get(source):
        return FilePart(data=_bytes(given, where), media_type=media_type, filename=name, provider_metadata=metadata)
    guessed = mimetypes.guess_type(given.partition("?")[0])[0] if part.get(source) else None
    if source == "image_url" and not str(guessed).startswith("image/"):
        guessed = None
    return FilePart(url=given, media_type=guessed or media_type, filename=name, provider_metadata=metadata)


def _bytes(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidRequestError(f"{where}.file_data is not base64: {error}", field=where) from error


def _array(value: Any, where: str) -> Sequence[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidRequestError(f"{where} is a {type(value).__name__}; allowed is a list", field=where)
    return cast("Sequence[Any]", value)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequestError(f"{where} is a {type(value).__name__}; allowed is an object", field=where)
    return cast("dict[str, Any]", value)
