"""From a request to the body of ``/v2/chat``: pure."""

from __future__ import annotations

from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import options_of, unsupported
from ai_sdk.providers.cohere._messages import encode_messages
from ai_sdk.providers.cohere._models import never_reasons
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["encode_chat"]

Body = dict[str, Any]
Warnings = list[CallWarning]
_SETTINGS = {
    "max_output_tokens": "max_tokens",
    "temperature": "temperature",
    "top_k": "k",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "stop": "stop_sequences",
    "seed": "seed",
}
_LEAST_P, _MOST_P = 0.01, 0.99


def encode_chat(request: LanguageRequest, model_id: str, provider: str) -> tuple[Body, Warnings]:
    """The body and what it could not say. Options that we do not know are written into it as they are."""
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    messages, documents, warnings = encode_messages(request.messages, provider)
    body: Body = {"model": model_id, "messages": messages}
    for field, name in _SETTINGS.items():
        value = getattr(request, field)
        if value is not None and value != ():
            body[name] = value
    options = options_of(request, provider)
    documents += options.pop("documents", ())
    if documents:
        body["documents"] = documents
    warnings += _add_p(body, request.top_p)
    warnings += _add_thinking(body, request, model_id, options)
    warnings += _add_tools(body, request)
    warnings += _add_format(body, request)
    if request.stream:
        body["stream"] = True
    body.update(options)
    return body, warnings


def _add_p(body: Body, top_p: float | None) -> Warnings:
    if top_p is None:
        return []
    body["p"] = min(max(top_p, _LEAST_P), _MOST_P)
    if body["p"] == top_p:
        return []
    return [CallWarning("compatibility", "top_p", f"p is from {_LEAST_P} to {_MOST_P}: {body['p']} was asked for")]


def _add_thinking(body: Body, request: LanguageRequest, model_id: str, options: dict[str, Any]) -> Warnings:
    asked = request.reasoning
    if asked is None or "thinking" in options:
        return []
    if never_reasons(model_id):
        return [] if asked == "none" else [unsupported("reasoning", f"{model_id} does not think")]
    body["thinking"] = {"type": "disabled" if asked == "none" else "enabled"}
    if asked == "none":
        return []
    how = f"there is no effort {asked!r}: thinking was enabled; the option thinking takes a token_budget"
    return [CallWarning("compatibility", "reasoning", how)]


def _add_tools(body: Body, request: LanguageRequest) -> Warnings:
    tools = [tool for tool in request.tools if isinstance(tool, ToolDefinition)]
    warnings = [
        unsupported(tool.id, f"this provider does not run the tool {tool.id}")
        for tool in request.tools
        if not isinstance(tool, ToolDefinition)
    ]
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        tools = _only(choice, tools)
    if not tools:
        return warnings
    body["tools"] = [_function(tool) for tool in tools]
    if choice == "none":
        body["tool_choice"] = "NONE"
    elif choice is not None and choice != "auto":
        body["tool_choice"] = "REQUIRED"
    strict = [tool.strict for tool in tools]
    if all(strict):
        body["strict_tools"] = True
    elif any(strict):
        warnings.append(unsupported("strict", "the tools are strict all together or not at all"))
    return warnings


def _only(choice: SpecificTool, tools: list[ToolDefinition]) -> list[ToolDefinition]:
    """The chosen tool alone: the wire can require a call, but not name the tool."""
    chosen = [tool for tool in tools if tool.name == choice.name]
    if not chosen:
        names = ", ".join(tool.name for tool in tools) or "none"
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {names}", field="tool_choice"
        )
    return chosen


def _function(tool: ToolDefinition) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    return {"type": "function", "function": {**function, "parameters": tool.input_schema}}


def _add_format(body: Body, request: LanguageRequest) -> Warnings:
    """JSON, of a schema when there is one; the vendor says that it cannot be had together with tools."""
    wanted = request.response_format
    if wanted is None:
        return []
    if "tools" in body:
        return [unsupported("response_format", "it cannot be used together with tools")]
    schema = {"json_schema": wanted.schema} if wanted.schema is not None else {}
    body["response_format"] = {"type": "json_object", **schema}
    return []
