"""From a request to the call options of the gateway's own protocol: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError
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
    UserMessage,
)
from ai_sdk.provider import unsupported
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["PART", "encode_call", "options_in"]

Body = dict[str, Any]
PART = "part"
"""Under this name the metadata of the gateway says what a part was that we have no class for."""

_SETTINGS = {
    "max_output_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "stop": "stopSequences",
    "seed": "seed",
    "reasoning": "reasoning",
}
_SECRETS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"})


def encode_call(request: LanguageRequest, provider: str) -> tuple[Body, list[CallWarning]]:
    """The body and what it could not say.

    Options and metadata of all providers go along, because any of them may serve the request. Headers of the request
    are passed on to the one that does, without those that are secrets.
    """
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    prompt = _Prompt(provider)
    body: Body = {"prompt": [prompt.message(each) for each in request.messages]}
    for field, wire in _SETTINGS.items():
        value = getattr(request, field)
        if value is not None and value != ():
            body[wire] = value
    if request.response_format is not None:
        body["responseFormat"] = _format(request.response_format)
    _add_tools(body, request)
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _SECRETS}
    if headers:
        body["headers"] = headers
    return {**body, **options_in(request.provider_options)}, prompt.warnings


def options_in(options: Mapping[str, Any]) -> Body:
    """``providerOptions``, when there are any."""
    return {"providerOptions": options} if options else {}


def _format(wanted: JSONFormat) -> Body:
    said = {"schema": wanted.schema, "name": wanted.name, "description": wanted.description}
    return {"type": "json", **{name: value for name, value in said.items() if value is not None}}


def _add_tools(body: Body, request: LanguageRequest) -> None:
    choice = request.tool_choice
    if isinstance(choice, SpecificTool) and choice.name not in [tool.name for tool in request.tools]:
        names = ", ".join(tool.name for tool in request.tools) or "none"
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {names}", field="tool_choice"
        )
    if not request.tools:
        return
    body["tools"] = [_tool(tool) for tool in request.tools]
    if isinstance(choice, SpecificTool):
        body["toolChoice"] = {"type": "tool", "toolName": choice.name}
    elif choice is not None:
        body["toolChoice"] = {"type": choice}


def _tool(tool: ToolDefinition | ProviderTool) -> Body:
    if isinstance(tool, ProviderTool):
        return {"type": "provider", "id": tool.id, "name": tool.name, "args": tool.args}
    encoded: Body = {"type": "function", "name": tool.name, "inputSchema": tool.input_schema}
    if tool.description is not None:
        encoded["description"] = tool.description
    if tool.strict is not None:
        encoded["strict"] = tool.strict
    return {**encoded, **options_in(tool.provider_options)}


class _Prompt:
    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.warnings: list[CallWarning] = []

    def message(self, message: Message) -> Body:
        more = options_in(message.provider_options)
        if isinstance(message, SystemMessage):
            return {"role": "system", "content": message.content, **more}
        if isinstance(message, UserMessage):
            if message.name is not None:
                self.warnings.append(unsupported("name", "the gateway takes no names of users"))
            return {"role": "user", "content": [self._part(part) for part in message.content], **more}
        if isinstance(message, AssistantMessage):
            parts = [self._part(part) for part in message.content if part.type != "source"]
            return {"role": "assistant", "content": parts, **more}
        return {"role": "tool", "content": self._results(message), **more}

    def _results(self, message: ToolMessage) -> list[Body]:
        return [self._part(result) for result in message.content]

    def _part(self, part: Any) -> Body:
        own = cast("Mapping[str, Any]", part.provider_metadata).get(self.provider)
        was = cast("Mapping[str, Any]", own).get(PART) if isinstance(own, Mapping) else None
        metadata = {name: each for name, each in part.provider_metadata.items() if not (was and name == self.provider)}
        return {**self._content(part, was), **options_in(metadata)}

    def _content(self, part: Any, was: Any) -> Body:
        if isinstance(part, TextPart):
            return {"type": "text", "text": part.text}
        if isinstance(part, ReasoningPart):
            return {"type": "custom", "kind": was} if was else {"type": "reasoning", "text": part.text}
        if isinstance(part, FilePart):
            return {**_file(part), "type": "reasoning-file"} if was else _file(part)
        if isinstance(part, ToolCallPart):
            call: Body = {"type": "tool-call", "toolCallId": part.id, "toolName": part.name, "input": _input(part)}
            return {**call, "providerExecuted": True} if part.provider_executed else call
        result = cast("ToolResultPart", part)
        return {"type": "tool-result", "toolCallId": result.id, "toolName": result.name, "output": _output(result)}


def _file(part: FilePart) -> Body:
    data = {"type": "url", "url": part.url} if part.data is None else {"type": "data", "data": part.base64}
    name = {"filename": part.filename} if part.filename is not None else {}
    return {"type": "file", "mediaType": part.media_type, **name, "data": data}


def _input(part: ToolCallPart) -> Any:
    """The arguments decoded; as the text that they are when they are no JSON."""
    try:
        return json.loads(part.input) if part.input.strip() else {}
    except (ValueError, RecursionError):
        return part.input


def _output(result: ToolResultPart) -> Body:
    output: Any = result.output
    kind = "error-" if result.is_error else ""
    if isinstance(output, str):
        return {"type": f"{kind}text", "value": output}
    if isinstance(output, tuple) and output:
        parts = cast("Sequence[Any]", output)
        if all(isinstance(part, TextPart | FilePart) for part in parts):
            return {"type": "content", "value": [_output_part(part) for part in parts]}
    return {"type": f"{kind}json", "value": output}


def _output_part(part: TextPart | FilePart) -> Body:
    encoded = {"type": "text", "text": part.text} if isinstance(part, TextPart) else _file(part)
    return {**encoded, **options_in(part.provider_metadata)}
