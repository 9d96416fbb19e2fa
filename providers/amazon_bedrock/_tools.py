"""Tools, their choice, and JSON of a schema, as Converse takes them: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import to_json, unsupported
from ai_sdk.providers.amazon_bedrock._messages import own_of
from ai_sdk.providers.amazon_bedrock._models import Profile
from ai_sdk.providers.amazon_bedrock._names import ToolNames
from ai_sdk.providers.amazon_bedrock._thinking import changed
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

__all__ = ["JSON_TOOL", "Tools", "output_config", "tools_of", "wants_json_tool"]

Body = dict[str, Any]

JSON_TOOL = "json"
"""The name of the tool whose input is the answer, for models that take no schema."""

_OBJECT: Body = {"type": "object", "properties": {}}


class Tools:
    """``config`` is ``toolConfig``, empty when no tool is offered."""

    __slots__ = ("config", "names", "warnings")

    def __init__(self, names: ToolNames) -> None:
        self.config: Body = {}
        self.names = names
        self.warnings: list[CallWarning] = []


def wants_json_tool(request: LanguageRequest, profile: Profile) -> bool:
    """Whether JSON is asked for from a model that takes no schema, or without a schema, which no model takes."""
    wanted = request.response_format
    return wanted is not None and (wanted.schema is None or not profile.schemas)


def output_config(wanted: JSONFormat) -> Body:
    """JSON of a schema; the schema goes out as text (recorded)."""
    from ai_sdk.providers.anthropic._schema import accepted_schema

    assert wanted.schema is not None
    schema = wanted.schema if wanted.strict is False else accepted_schema(wanted.schema)
    named: Body = {"name": wanted.name or "response", "schema": to_json(schema).decode()}
    if wanted.description:
        named["description"] = wanted.description
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": named}}}


def tools_of(request: LanguageRequest, profile: Profile, provider: str, *, thinks: bool) -> Tools:
    """The tools that are offered; without a tool there is no ``toolConfig`` at all. ``thinks``: the model will."""
    tools = Tools(ToolNames([tool.name for tool in request.tools if isinstance(tool, ToolDefinition)]))
    choice = request.tool_choice
    if isinstance(choice, SpecificTool):
        _check_offered(choice, request)
    listed: list[Body] = []
    if choice != "none":
        for tool in request.tools:
            listed += _tool(tool, tools, profile, provider)
    if wants_json_tool(request, profile):
        assert request.response_format is not None
        _add_json_tool(tools, listed, request.response_format, profile, thinks=thinks)
    elif listed:
        tools.config["tools"] = listed
        _add_choice(tools, request, profile, thinks=thinks)
    return tools


def _tool(tool: ToolDefinition | ProviderTool, tools: Tools, profile: Profile, provider: str) -> list[Body]:
    if isinstance(tool, ProviderTool):
        if tool.id.partition(".")[0] != provider:
            tools.warnings.append(unsupported(tool.id, f"{provider} does not run the tool {tool.id}"))
            return []
        return [{"systemTool": {"name": tool.name, **tool.args}}]
    own = own_of(tool.provider_options, provider)
    point = own.pop("cachePoint", None)
    spec: Body = {"name": tools.names.wire(tool.name)}
    if tool.description and tool.description.strip():
        spec["description"] = tool.description
    spec["inputSchema"] = {"json": _schema(tool, profile)}
    if tool.strict is not None and profile.schemas:
        spec["strict"] = tool.strict
    elif tool.strict:
        tools.warnings.append(unsupported("strict", "this model has no strict tools"))
    return [{"toolSpec": {**spec, **own}}, *([{"cachePoint": point}] if point else [])]


def _schema(tool: ToolDefinition, profile: Profile) -> Mapping[str, Any]:
    from ai_sdk.providers.anthropic._schema import accepted_schema

    schema = tool.input_schema if "type" in tool.input_schema else {**_OBJECT, **tool.input_schema}
    return accepted_schema(schema) if tool.strict and profile.schemas else schema


def _check_offered(choice: SpecificTool, request: LanguageRequest) -> None:
    names = [tool.name for tool in request.tools]
    if choice.name not in names:
        raise InvalidRequestError(
            f"tool_choice names {choice.name!r}, which is not among the tools: {', '.join(names) or 'none'}",
            field="tool_choice",
        )


def _add_choice(tools: Tools, request: LanguageRequest, profile: Profile, *, thinks: bool) -> None:
    """``auto`` is what every model does when nothing is said, and some refuse the word (vendor documents)."""
    choice = request.tool_choice
    if choice is None or choice == "auto" or choice == "none":
        return
    if not profile.forced:
        tools.warnings.append(unsupported("tool_choice", "this model chooses by itself whether to call a tool"))
    elif thinks:
        tools.warnings.append(unsupported("tool_choice", "a model that thinks cannot be made to call a tool"))
    elif isinstance(choice, SpecificTool):
        _force(tools, tools.names.wire(choice.name), profile)
    else:
        tools.config["toolChoice"] = {"any": {}}


def _force(tools: Tools, name: str, profile: Profile) -> None:
    """One tool; a model that can only be made to call any tool is offered this one alone."""
    if "tool" in profile.forced:
        tools.config["toolChoice"] = {"tool": {"name": name}}
        return
    tools.config["toolChoice"] = {"any": {}}
    only: list[Body] = [each for each in tools.config["tools"] if each.get("toolSpec", {}).get("name") == name]
    if len(only) < len(tools.config["tools"]):
        tools.config["tools"] = only
        tools.warnings.append(changed("tool_choice", "this model was offered nothing but the tool that it must call"))


def _add_json_tool(tools: Tools, listed: list[Body], wanted: JSONFormat, profile: Profile, *, thinks: bool) -> None:
    schema: Mapping[str, Any] = wanted.schema if wanted.schema is not None else _OBJECT
    spec: Body = {
        "name": JSON_TOOL,
        "description": wanted.description or "Respond with a JSON object.",
        "inputSchema": {"json": schema},
    }
    tools.config["tools"] = [*listed, {"toolSpec": spec}]
    if thinks or not profile.forced:
        how = "this model cannot be made to give JSON: it was only asked to, with a tool"
        tools.warnings.append(changed("response_format", how))
    elif listed:
        tools.config["toolChoice"] = {"any": {}}
    else:
        _force(tools, JSON_TOOL, profile)
