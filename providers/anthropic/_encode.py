"""From a request to the body of ``/messages``: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import unsupported
from ai_sdk.providers.anthropic._blocks import JSON_TOOL
from ai_sdk.providers.anthropic._messages import MessageEncoder
from ai_sdk.providers.anthropic._rules import MessagesRules
from ai_sdk.providers.anthropic._schema import accepted_schema
from ai_sdk.providers.anthropic._thinking import add_limits, add_sampling, add_thinking, changed, thinks
from ai_sdk.providers.anthropic._tools import betas_of, provider_tool
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["encode_request", "options_of", "wants_json_tool"]

Body = dict[str, Any]
Warnings = list[CallWarning]

_MOST_BREAKPOINTS = 4
_THOUGHTS = ("thinking", "redacted_thinking")
_MERGED = ("thinking", "output_config", "betas", "disable_parallel_tool_use")
_CHOICES = {"auto": "auto", "required": "any", "none": "none"}


def options_of(request: LanguageRequest, provider: str, namespace: str) -> dict[str, Any]:
    """The options that a request has for this wire, as a new dict; those of the provider's own name win."""
    merged: dict[str, Any] = {}
    for name in dict.fromkeys((namespace, provider)):
        said: Any = request.provider_options.get(name) or EMPTY
        if not isinstance(said, Mapping):
            raise InvalidRequestError(
                f"provider_options[{name!r}] is a {type(said).__name__}; allowed is a mapping", field="provider_options"
            )
        merged.update(cast("Mapping[str, Any]", said))
    return merged


def wants_json_tool(request: LanguageRequest, model_id: str, rules: MessagesRules) -> bool:
    """Whether JSON is asked for from a model that takes no schema, or without a schema, which no model takes."""
    wanted = request.response_format
    return wanted is not None and (wanted.schema is None or not rules.takes_schemas(model_id))


def encode_request(
    request: LanguageRequest, model_id: str, provider: str, rules: MessagesRules
) -> tuple[Body, Warnings, list[str]]:
    """The body, what it could not say, and the beta names that it needs.

    Options that we do not know are written into it as they are.
    """
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    namespace = rules.namespace or provider
    known = rules.knowledge(model_id)
    options = options_of(request, provider, namespace)
    encoder = MessageEncoder(namespace, rules, system_anywhere=known.system_anywhere)
    for message in request.messages:
        encoder.add(message)
    encoder.finish()
    if not encoder.messages:
        raise InvalidRequestError("messages have nothing but instructions or empty text in them", field="messages")
    body: Body = {"model": model_id}
    warnings = add_limits(body, request, model_id, known)
    body["messages"] = encoder.messages
    if encoder.system:
        body["system"] = _system(encoder.system)
    warnings += encoder.warnings
    warnings += add_thinking(body, request, options, known)
    warnings += add_sampling(body, request, model_id, known)
    warnings += _add_tools(body, request, model_id, namespace, rules)
    warnings += _add_format(body, request, model_id, rules)
    _add_parallel(body, options)
    _add_options(body, options)
    if request.stream:
        body["stream"] = True
    warnings += _limit_breakpoints(body)
    derived = [beta for beta in betas_of(body, files=encoder.files) if rules.allows_beta(beta)]
    return body, warnings, [*_betas(options), *derived]


def _system(blocks: list[Body]) -> Any:
    plain = len(blocks) == 1 and blocks[0].keys() == {"type", "text"}
    return blocks[0]["text"] if plain else blocks


def _betas(options: Mapping[str, Any]) -> list[str]:
    betas = options.get("betas") or ()
    if not isinstance(betas, list | tuple):
        raise InvalidRequestError(
            f"the option betas is a {type(betas).__name__}; allowed is a list of names", field="provider_options"
        )
    return [str(each) for each in cast("tuple[Any, ...]", betas)]


def _add_tools(body: Body, request: LanguageRequest, model_id: str, namespace: str, rules: MessagesRules) -> Warnings:
    tools: list[Body] = []
    warnings: Warnings = []
    strict = rules.strict_tools and rules.knowledge(model_id).takes_schemas
    if not strict and any(isinstance(tool, ToolDefinition) and tool.strict for tool in request.tools):
        warnings.append(unsupported("strict", f"{model_id} has no strict tools"))
    for tool in request.tools:
        if isinstance(tool, ToolDefinition):
            tools.append(_function(tool, namespace, strict=strict or (rules.strict_tools and tool.strict is False)))
            continue
        encoded = provider_tool(tool, namespace, rules)
        if isinstance(encoded, CallWarning):
            warnings.append(encoded)
        else:
            tools.append(encoded)
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        _check_offered(choice, [str(tool.get("name")) for tool in tools])
    if not tools:
        return warnings
    body["tools"] = tools
    if isinstance(choice, SpecificTool):
        body["tool_choice"] = {"type": "tool", "name": choice.name}
    elif choice is not None:
        body["tool_choice"] = {"type": _CHOICES[choice]}
    return warnings


def _check_offered(choice: SpecificTool, names: list[str]) -> None:
    if choice.name not in names:
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {', '.join(names) or 'none'}",
            field="tool_choice",
        )


def _function(tool: ToolDefinition, namespace: str, *, strict: bool) -> Body:
    encoded: Body = {"name": tool.name}
    if tool.description is not None:
        encoded["description"] = tool.description
    schema = tool.input_schema if "type" in tool.input_schema else {"type": "object", **tool.input_schema}
    encoded["input_schema"] = accepted_schema(schema) if strict and tool.strict else schema
    if strict and tool.strict is not None:
        encoded["strict"] = tool.strict
    return {**encoded, **cast("Body", tool.provider_options.get(namespace) or {})}


def _add_format(body: Body, request: LanguageRequest, model_id: str, rules: MessagesRules) -> Warnings:
    wanted = request.response_format
    if wanted is None:
        return []
    if not wants_json_tool(request, model_id, rules):
        assert wanted.schema is not None
        schema = wanted.schema if wanted.strict is False else accepted_schema(wanted.schema)
        body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": schema}
        return []
    tool: Body = {
        "name": JSON_TOOL,
        "description": wanted.description or "Respond with a JSON object.",
        "input_schema": wanted.schema if wanted.schema is not None else {"type": "object"},
    }
    body["tools"] = [*(body.get("tools") or ()), tool]
    if thinks(body):
        body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
        return [changed("response_format", "a model that thinks cannot be made to give JSON: it was only asked to")]
    body["tool_choice"] = {"type": "any", "disable_parallel_tool_use": True}
    return []


def _add_parallel(body: Body, options: Mapping[str, Any]) -> None:
    """``disable_parallel_tool_use`` belongs to the choice of tools, which is automatic when nothing is said."""
    flag = options.get("disable_parallel_tool_use")
    if flag is not None and body.get("tools") and body.get("tool_choice", {}).get("type") != "none":
        body["tool_choice"] = {**body.get("tool_choice", {"type": "auto"}), "disable_parallel_tool_use": flag}


def _add_options(body: Body, options: Mapping[str, Any]) -> None:
    body.update({name: value for name, value in options.items() if name not in _MERGED})
    config = options.get("output_config")
    if isinstance(config, Mapping):
        body["output_config"] = {**body.get("output_config", {}), **cast("Mapping[str, Any]", config)}
    elif config is not None:
        body["output_config"] = config


def _limit_breakpoints(body: Body) -> Warnings:
    """Four places can be marked for the cache: of more, the first is kept, which other conversations share, and the
    last three, which the next turn reads. Thinking cannot be marked.
    """
    warnings: Warnings = []
    marked: list[Body] = []
    for block in _markable(body):
        if block.get("cache_control") is None:
            continue
        if block.get("type") in _THOUGHTS:
            del block["cache_control"]
            warnings.append(unsupported("cache_control", "thinking cannot be a cache breakpoint"))
        else:
            marked.append(block)
    most = _MOST_BREAKPOINTS - (1 if body.get("cache_control") else 0)
    extra = marked[1 : len(marked) - most + 1]
    for block in extra:
        del block["cache_control"]
    if extra:
        warnings.append(unsupported("cache_control", f"only {_MOST_BREAKPOINTS} breakpoints are possible"))
    return warnings


def _markable(body: Body) -> Iterator[Body]:
    """Every place of a body that can be marked, in the order in which the cache sees them."""
    yield from cast("list[Body]", body.get("tools") or [])
    system = body.get("system")
    yield from cast("list[Body]", system) if isinstance(system, list) else ()
    for message in cast("list[Body]", body["messages"]):
        content = message["content"]
        for block in cast("list[Body]", content) if isinstance(content, list) else ():
            inner = block.get("content") if block.get("type") == "tool_result" else None
            yield from cast("list[Body]", inner) if isinstance(inner, list) else ()
            yield block
