"""From a request to the body of ``/api/chat``: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError, InvalidToolInputError, UnsupportedError
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
from ai_sdk.provider import options_of, to_json, unsupported
from ai_sdk.providers.ollama._options import RUNTIME
from ai_sdk.requests import LanguageRequest, ReasoningEffort, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["encode_chat", "with_runtime"]

Body = dict[str, Any]
Warnings = list[CallWarning]

_SETTINGS = {
    "max_output_tokens": "num_predict",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "stop": "stop",
}
_LEVELS: dict[ReasoningEffort, str] = {"none": "low", "minimal": "low", "xhigh": "high"}


def encode_chat(request: LanguageRequest, model_id: str, provider: str) -> tuple[Body, Warnings]:
    """The body and what it could not say."""
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    encoder = _Messages(provider)
    body: Body = {"model": model_id, "messages": encoder.encode(request.messages), "stream": request.stream}
    warnings = encoder.warnings
    warnings += _add_tools(body, request, provider)
    if request.response_format is not None:
        schema = request.response_format.schema
        body["format"] = "json" if schema is None else schema
    if request.reasoning is not None:
        warnings += _add_thinking(body, request.reasoning, model_id)
    settings = {wire: getattr(request, field) for field, wire in _SETTINGS.items()}
    settings = {name: value for name, value in settings.items() if value is not None and value != ()}
    return with_runtime(body, settings, options_of(request, provider)), warnings


def with_runtime(body: Body, settings: dict[str, Any], own: dict[str, Any]) -> Body:
    """The body with the user's own options: those of the runtime beside the settings, the others at the top."""
    runtime = {**settings, **{name: own.pop(name) for name in list(own) if name in RUNTIME}}
    given = own.pop("options", None)
    if isinstance(given, dict):
        runtime.update(cast("dict[str, Any]", given))
    if runtime:
        body["options"] = runtime
    return {**body, **own}


def _add_thinking(body: Body, effort: ReasoningEffort, model_id: str) -> Warnings:
    """Levels for gpt-oss, which ignores a bare yes or no; a yes or no for all others (vendor documents)."""
    if not model_id.rpartition("/")[2].startswith("gpt-oss"):
        body["think"] = effort != "none"
        if effort in ("none", "medium"):
            return []
        how = f"ollama turns thinking on or off, and has no effort {effort!r} for {model_id}: it was turned on"
        return [CallWarning("compatibility", "reasoning", how)]
    body["think"] = _LEVELS.get(effort, effort)
    if body["think"] == effort:
        return []
    how = f"{model_id} has no effort {effort!r}: {body['think']!r} was asked for"
    return [CallWarning("compatibility", "reasoning", how)]


def _add_tools(body: Body, request: LanguageRequest, provider: str) -> Warnings:
    warnings: Warnings = []
    tools: list[Body] = []
    for tool in request.tools:
        if isinstance(tool, ToolDefinition):
            tools.append(_function(tool, provider))
        else:
            warnings.append(unsupported(tool.id, f"ollama does not run the tool {tool.id}"))
    choice = request.tool_choice
    if isinstance(choice, SpecificTool) and choice.name not in [tool.name for tool in request.tools]:
        names = ", ".join(tool.name for tool in request.tools) or "none"
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {names}", field="tool_choice"
        )
    if choice == "none":
        return warnings
    if isinstance(choice, SpecificTool):
        tools = [tool for tool in tools if tool["function"]["name"] == choice.name]
        how = "ollama cannot be told to call a tool: only the one that was chosen was offered"
        warnings.append(CallWarning("compatibility", "tool_choice", how))
    elif choice == "required":
        warnings.append(unsupported("tool_choice", "ollama cannot be told to call a tool"))
    if tools:
        body["tools"] = tools
    return warnings


def _function(tool: ToolDefinition, provider: str) -> Body:
    function: Body = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = tool.input_schema
    own = cast("Body", tool.provider_options.get(provider) or {})
    return {"type": "function", "function": function, **own}


class _Messages:
    """Encodes messages. Provider options of a message are written into it as they are."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.warnings: Warnings = []

    def encode(self, messages: Sequence[Message]) -> list[Body]:
        return [each for message in messages for each in self._message(message)]

    def _message(self, message: Message) -> list[Body]:
        more = cast("Body", message.provider_options.get(self.provider) or {})
        if isinstance(message, SystemMessage):
            return [{"role": "system", "content": message.content, **more}]
        if isinstance(message, UserMessage):
            return [{"role": "user", **self._content(message.content), **more}]
        if isinstance(message, AssistantMessage):
            return [{**self._assistant(message), **more}]
        return self._results(message, more)

    def _content(self, parts: Sequence[TextPart | FilePart]) -> Body:
        texts: list[str] = []
        images: list[str] = []
        for part in parts:
            if isinstance(part, TextPart):
                texts.append(part.text)
            elif part.media_type.startswith("image/"):
                images.append(self._bytes(part).base64)
            elif part.media_type.startswith("text/"):
                texts.append((self._bytes(part).data or b"").decode("utf-8", "replace"))
            else:
                raise UnsupportedError(
                    f"{self.provider} takes no files of type {part.media_type}; allowed are image/* and text/*",
                    field="messages",
                )
        content = "\n".join(texts)
        return {"content": content, "images": images} if images else {"content": content}

    def _bytes(self, part: FilePart) -> FilePart:
        if part.data is None:
            raise UnsupportedError(
                f"{self.provider} takes {part.media_type} only as bytes, not as a URL: download {part.url} first",
                field="messages",
            )
        return part

    def _assistant(self, message: AssistantMessage) -> Body:
        encoded: Body = {"role": "assistant", "content": message.text}
        thinking = "".join([part.text for part in message.content if isinstance(part, ReasoningPart)])
        if thinking:
            encoded["thinking"] = thinking
        calls = [_call(part) for part in message.tool_calls if not part.provider_executed]
        if calls:
            encoded["tool_calls"] = calls
        if any(isinstance(part, FilePart) for part in message.content):
            self.warnings.append(unsupported("a generated file", "an assistant message takes no files"))
        return encoded

    def _results(self, message: ToolMessage, more: Body) -> list[Body]:
        return [
            {"role": "tool", "tool_name": each.name, "tool_call_id": each.id, **self._output(each), **more}
            for each in message.content
        ]

    def _output(self, result: ToolResultPart) -> Body:
        output: Any = result.output
        if isinstance(output, str):
            return {"content": output}
        if isinstance(output, tuple) and output:
            parts = cast("tuple[Any, ...]", output)
            if all(isinstance(part, TextPart | FilePart) for part in parts):
                return self._content(parts)
        return {"content": to_json(output).decode()}


def _call(part: ToolCallPart) -> Body:
    """A call with its arguments as an object, which is all that Ollama takes; other text goes under ``input``."""
    try:
        arguments = part.arguments()
    except InvalidToolInputError:
        arguments = {"input": part.input}
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments}}
