"""From a request to the body of ``/chat/completions`` or ``/completions``: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import AssistantMessage, FilePart, SystemMessage, ToolCallPart, UserMessage
from ai_sdk.provider import options_of, unsupported
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["encode_chat", "encode_completion", "first_call"]

Body = dict[str, Any]
Warnings = list[CallWarning]
_SETTING_FIELDS = (
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "seed",
    "reasoning",
)


def encode_chat(
    request: LanguageRequest, model_id: str, provider: str, quirks: Quirks, structured_output: StructuredOutput
) -> tuple[Body, Warnings]:
    """The body and what it could not say. Options that we do not know are written into it as they are."""
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    messages, warnings = quirks.messages(request.messages, provider, quirks.reasoning_key)
    body: Body = {"model": model_id, "messages": messages}
    warnings += _add_settings(body, request, quirks)
    warnings += _add_tools(body, request, model_id, provider, quirks)
    warnings += _add_format(body, request.response_format, structured_output, quirks)
    if request.stream:
        _add_stream(body, quirks)
    body.update(options_of(request, provider))
    warnings += quirks.adjust(body, request, model_id)
    return body, warnings


def _add_settings(body: Body, request: LanguageRequest, quirks: Quirks) -> Warnings:
    warnings: Warnings = []
    for field in _SETTING_FIELDS:
        value = getattr(request, field)
        if value is None or value == ():
            continue
        if field in quirks.settings:
            body[quirks.settings[field]] = value
        else:
            warnings.append(unsupported(field, f"this provider has no setting {field}"))
    return warnings


def _add_stream(body: Body, quirks: Quirks) -> None:
    body["stream"] = True
    if quirks.stream_usage:
        body["stream_options"] = {"include_usage": True}


def _add_tools(body: Body, request: LanguageRequest, model_id: str, provider: str, quirks: Quirks) -> Warnings:
    tools: list[dict[str, Any]] = []
    warnings: Warnings = []
    for tool in request.tools:
        encoded = (
            _function(tool, provider) if isinstance(tool, ToolDefinition) else quirks.provider_tool(tool, model_id)
        )
        if isinstance(encoded, CallWarning):
            warnings.append(encoded)
        else:
            tools.append(encoded)
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        _check_offered(choice, request)
    if tools:
        body["tools"] = tools
        if isinstance(choice, SpecificTool):
            body["tool_choice"] = {"type": "function", "function": {"name": choice.name}}
        elif choice is not None:
            body["tool_choice"] = choice
    return warnings


def _check_offered(choice: SpecificTool, request: LanguageRequest) -> None:
    names = [tool.name for tool in request.tools]
    if choice.name not in names:
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {', '.join(names) or 'none'}",
            field="tool_choice",
        )


def _function(tool: ToolDefinition, provider: str) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = tool.input_schema
    if tool.strict is not None:
        function["strict"] = tool.strict
    own = cast("dict[str, Any]", tool.provider_options.get(provider) or {})
    return {"type": "function", "function": function, **own}


def _add_format(body: Body, wanted: JSONFormat | None, structured_output: StructuredOutput, quirks: Quirks) -> Warnings:
    if wanted is None:
        return []
    if structured_output == "tool":
        return [unsupported("response_format", "this model takes no JSON format")]
    if structured_output == "json_schema" and (wanted.schema is not None or not quirks.json_object):
        body["response_format"] = {"type": "json_schema", "json_schema": _schema(wanted, quirks)}
        return []
    body["response_format"] = {"type": "json_object"}
    if wanted.schema is None:
        return []
    return [CallWarning("compatibility", "response_format", "this model takes no schema: it was asked for any JSON")]


def _schema(wanted: JSONFormat, quirks: Quirks) -> dict[str, Any]:
    schema: dict[str, Any] = {"name": wanted.name or "response"}
    if wanted.description is not None:
        schema["description"] = wanted.description
    schema["schema"] = wanted.schema if wanted.schema is not None else {"type": "object"}
    strict = wanted.strict if wanted.strict is not None else quirks.strict
    if strict is not None:
        schema["strict"] = strict
    return schema


def first_call(request: LanguageRequest) -> int:
    """The number for the first tool call without an id, so that no two calls of a conversation share one."""
    return sum(
        isinstance(part, ToolCallPart)
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for part in message.content
    )


def encode_completion(request: LanguageRequest, model_id: str, provider: str, quirks: Quirks) -> tuple[Body, Warnings]:
    """The body of the older ``/completions``: the texts of the messages become one prompt, in order, as they are.

    Raises ``UnsupportedError`` for files and tool messages.
    """
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to complete", field="messages")
    body: Body = {"model": model_id, "prompt": _prompt(request, provider)}
    warnings = _add_settings(body, replace(request, reasoning=None), quirks)
    if request.reasoning is not None:
        warnings.append(unsupported("reasoning", "a completion model does not reason"))
    if request.tools:
        warnings.append(unsupported("tools", "a completion model takes no tools"))
    if request.response_format is not None:
        warnings.append(unsupported("response_format", "a completion model takes no JSON format"))
    if request.stream:
        _add_stream(body, quirks)
    body.update(options_of(request, provider))
    return body, warnings


def _prompt(request: LanguageRequest, provider: str) -> str:
    texts: list[str] = []
    for message in request.messages:
        if isinstance(message, SystemMessage):
            texts.append(message.content)
        elif isinstance(message, UserMessage | AssistantMessage) and not _has_files(message):
            texts.append(message.text)
        else:
            raise UnsupportedError(
                f"a completion model of {provider} takes text only, not the {message.role} message {message!r}",
                field="messages",
            )
    return "\n\n".join(texts)


def _has_files(message: UserMessage | AssistantMessage) -> bool:
    return any(isinstance(part, FilePart | ToolCallPart) for part in message.content)
