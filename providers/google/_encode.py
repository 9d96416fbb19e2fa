"""From a request to the body of ``generateContent``: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
from ai_sdk.providers.google._messages import encode_contents
from ai_sdk.providers.google._models import generation_of, is_gemma, knows_json_schema
from ai_sdk.providers.google._rules import GeminiRules
from ai_sdk.providers.google._schema import to_json_schema, to_openapi
from ai_sdk.providers.google._thinking import thinking_of
from ai_sdk.requests import LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["JSON_TOOL", "encode_generate", "json_tool_of", "options_of"]

Body = dict[str, Any]
Warnings = list[CallWarning]

JSON_TOOL = "json"
"""The tool that gives JSON where a model takes no JSON format beside its tools."""

_SETTINGS = {
    "max_output_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "stop": "stopSequences",
    "seed": "seed",
}
_GENERATION = frozenset(
    {
        "thinkingConfig",
        "responseModalities",
        "speechConfig",
        "imageConfig",
        "mediaResolution",
        "audioTimestamp",
        "responseLogprobs",
        "logprobs",
        "candidateCount",
        "responseSchema",
        "responseJsonSchema",
        "responseMimeType",
        "responseFormat",
        "routingConfig",
        "modelConfig",
        "enableEnhancedCivicAnswers",
        "enableAffectiveDialog",
        "translationConfig",
        "audioTranscriptionConfig",
    }
)
_TOOLS = {
    "google_search": "googleSearch",
    "google_search_retrieval": "googleSearchRetrieval",
    "google_maps": "googleMaps",
    "url_context": "urlContext",
    "code_execution": "codeExecution",
    "file_search": "fileSearch",
    "computer_use": "computerUse",
    "enterprise_web_search": "enterpriseWebSearch",
    "parallel_ai_search": "parallelAiSearch",
    "exa_ai_search": "exaAiSearch",
    "retrieval": "retrieval",
    "mcp_servers": "mcpServers",
}
_TOLD = ("googleSearch", "googleMaps", "urlContext", "fileSearch")
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def options_of(request: Any, provider: str) -> dict[str, Any]:
    """The options that a request has for this provider, as a new dict."""
    options: Any = request.provider_options.get(provider) or EMPTY
    if not isinstance(options, Mapping):
        raise InvalidRequestError(
            f"provider_options[{provider!r}] is a {type(options).__name__}; allowed is a mapping",
            field="provider_options",
        )
    return dict(cast("Mapping[str, Any]", options))


def encode_generate(
    request: LanguageRequest, model_id: str, provider: str, rules: GeminiRules
) -> tuple[Body, Warnings]:
    """The body and what it could not say.

    Options that belong to ``generationConfig`` are put there, ``generationConfig`` and ``toolConfig`` are merged with
    what the request says and win, and all others are fields of the body.
    """
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    contents, instruction, warnings = encode_contents(request.messages, model_id, rules)
    body: Body = {"contents": contents}
    if instruction is not None:
        body["systemInstruction"] = instruction
    config = {name: value for field, name in _SETTINGS.items() if (value := getattr(request, field)) not in (None, ())}
    thinking, more = thinking_of(request.reasoning, model_id)
    warnings += more
    if thinking:
        config["thinkingConfig"] = thinking
    warnings += _add_tools(body, request, model_id, provider, rules)
    warnings += _add_format(config, request, model_id, bool(body.get("tools")))
    _add_options(body, config, options_of(request, provider))
    return body, warnings


def _add_options(body: Body, config: dict[str, Any], options: dict[str, Any]) -> None:
    for name in [each for each in options if each in _GENERATION]:
        _merge(config, name, options.pop(name))
    given: Any = options.pop("generationConfig", EMPTY)
    for name, value in cast("dict[str, Any]", given).items():
        _merge(config, name, value)
    if config:
        body["generationConfig"] = config
    if "toolConfig" in options:
        _merge(body, "toolConfig", options.pop("toolConfig"))
    body.update(options)


def _merge(into: dict[str, Any], name: str, value: Any) -> None:
    have = into.get(name)
    if isinstance(have, Mapping) and isinstance(value, Mapping):
        value = {**cast("dict[str, Any]", have), **cast("dict[str, Any]", value)}
    into[name] = value


def json_tool_of(request: LanguageRequest, model_id: str) -> str | None:
    """The name of the tool that gives the JSON of an answer, when that takes one.

    Before Gemini 3 a JSON format and functions exclude each other (vendor documents): then the model must call a
    function, and ``json`` is one of them.
    """
    generation = generation_of(model_id)
    if request.response_format is None or request.tool_choice == "none" or (generation or _OLDEST) >= (3, 0):
        return None
    return JSON_TOOL if any(isinstance(tool, ToolDefinition) for tool in request.tools) else None


_OLDEST = (0, 0)


def _add_format(config: dict[str, Any], request: LanguageRequest, model_id: str, tools: bool) -> Warnings:
    wanted = request.response_format
    if wanted is None or json_tool_of(request, model_id) is not None:
        return []
    generation = generation_of(model_id) or _OLDEST
    if is_gemma(model_id) or (tools and generation < (3, 0)):
        beside = " beside tools" if tools else ""
        return [CallWarning("unsupported", "response_format", f"{model_id} takes no JSON format{beside}; left out")]
    config["responseMimeType"] = "application/json"
    if wanted.schema is None:
        return []
    if knows_json_schema(model_id):
        config["responseJsonSchema"] = to_json_schema(wanted.schema)
    else:
        config["responseSchema"] = to_openapi(wanted.schema)
    return []


def _add_tools(body: Body, request: LanguageRequest, model_id: str, provider: str, rules: GeminiRules) -> Warnings:
    functions = [_function(tool, model_id, provider) for tool in request.tools if isinstance(tool, ToolDefinition)]
    warnings: Warnings = []
    own: list[dict[str, Any]] = []
    mixes = (generation_of(model_id) or _OLDEST) >= (3, 0)
    for tool in request.tools:
        if not isinstance(tool, ProviderTool):
            continue
        encoded = _provider_tool(tool, rules)
        if encoded is None:
            warnings.append(_lost(tool.id, f"{provider} does not run the tool {tool.id}"))
        elif functions and not mixes:
            warnings.append(_lost(tool.id, f"{model_id} takes no tools of Google beside functions"))
        else:
            own.append(encoded)
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        _check_offered(choice, request)
    json_tool = json_tool_of(request, model_id)
    if json_tool is not None and request.response_format is not None:
        schema = request.response_format.schema or {"type": "object"}
        functions.append(_function(ToolDefinition(json_tool, _JSON_HINT, schema), model_id, provider))
    tools = [*([{"functionDeclarations": functions}] if functions else []), *own]
    if tools:
        body["tools"] = tools
        _add_tool_config(body, request, model_id, rules, forced=json_tool is not None)
    return warnings


_JSON_HINT = "Give the final answer."


def _add_tool_config(body: Body, request: LanguageRequest, model_id: str, rules: GeminiRules, *, forced: bool) -> None:
    choice = request.tool_choice
    config: dict[str, Any] = {}
    if isinstance(choice, SpecificTool):
        config["functionCallingConfig"] = {"mode": "ANY", "allowedFunctionNames": [choice.name]}
    elif forced:
        config["functionCallingConfig"] = {"mode": "ANY"}
    elif any(isinstance(tool, ToolDefinition) and tool.strict for tool in request.tools) and choice in (None, "auto"):
        config["functionCallingConfig"] = {"mode": "VALIDATED"}
    elif choice is not None and any(isinstance(tool, ToolDefinition) for tool in request.tools):
        config["functionCallingConfig"] = {"mode": _MODES[choice]}
    told = any(name in tool for tool in body["tools"] for name in _TOLD)
    if told and rules.tells_server_tools and (generation_of(model_id) or _OLDEST) >= (3, 0):
        config["includeServerSideToolInvocations"] = True
    if config:
        body["toolConfig"] = config


def _check_offered(choice: SpecificTool, request: LanguageRequest) -> None:
    names = [tool.name for tool in request.tools]
    if choice.name not in names:
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {', '.join(names) or 'none'}",
            field="tool_choice",
        )


def _lost(feature: str, why: str) -> CallWarning:
    return CallWarning("unsupported", feature, f"{why}; it was left out")


def _function(tool: ToolDefinition, model_id: str, provider: str) -> dict[str, Any]:
    """A function declaration; parameters of a function that has none are left out."""
    function: dict[str, Any] = {"name": tool.name, "description": tool.description or ""}
    if tool.input_schema.get("properties") or not _is_plain_object(tool.input_schema):
        if knows_json_schema(model_id):
            function["parametersJsonSchema"] = to_json_schema(tool.input_schema)
        else:
            function["parameters"] = to_openapi(tool.input_schema)
    return {**function, **cast("dict[str, Any]", tool.provider_options.get(provider) or {})}


def _is_plain_object(schema: Mapping[str, Any]) -> bool:
    closed = schema.get("additionalProperties", False) is False
    return closed and schema.get("type", "object") == "object" and schema.keys() <= _PLAIN


_PLAIN = frozenset({"type", "properties", "required", "title", "description", "additionalProperties", "$schema"})


def _provider_tool(tool: ProviderTool, rules: GeminiRules) -> dict[str, Any] | None:
    """A tool that Google runs, with its arguments in the vendor's own words."""
    house, _, name = tool.id.partition(".")
    if house not in rules.namespaces:
        return None
    if name == "vertex_rag_store":
        return {"retrieval": {"vertexRagStore": tool.args}}
    if name == "mcp_servers":
        return {"mcpServers": tool.args.get("servers", ())}
    return {_TOOLS[name]: tool.args} if name in _TOOLS else None
