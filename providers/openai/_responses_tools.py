"""Tools in the words of the Responses API: those that are offered, those that are chosen, and what they answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart, TextPart, ToolResultPart
from ai_sdk.provider import to_json, unsupported
from ai_sdk.requests import LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.providers.openai._responses_rules import ResponsesRules

__all__ = ["encode_tools", "hosted_tool", "openai_tool", "output_item", "tools_of"]

_ALIASES = {"computer_use": "computer_use_preview"}
_HOSTED = frozenset(
    {
        "web_search_call",
        "file_search_call",
        "code_interpreter_call",
        "image_generation_call",
        "mcp_call",
        "mcp_list_tools",
        "mcp_approval_request",
        "program",
    }
)
_RUN_BY_THE_CALLER = frozenset({"function_call", "custom_tool_call", "local_shell_call", "apply_patch_call"})

ToolEncoder = Callable[[ProviderTool, str], dict[str, Any] | CallWarning]


def tools_of(*owners: str) -> ToolEncoder:
    """The encoder of ``ProviderTool("<owner>.<type>", args)``: the arguments are the fields of the tool.

    A type that we do not know is sent as it is. The container of a code interpreter is ``auto`` when none is given.
    """

    def encode(tool: ProviderTool, _model_id: str) -> dict[str, Any] | CallWarning:
        owner, _, name = tool.id.partition(".")
        if owner not in owners or not name:
            return CallWarning(
                "unsupported", tool.id, f"this provider does not run the tool {tool.id}; it was left out"
            )
        kind = _ALIASES.get(name, name)
        more = {"container": {"type": "auto"}} if kind == "code_interpreter" else {}
        return {"type": kind, **more, **tool.args}

    return encode


openai_tool = tools_of("openai")
"""The encoder of ``ProviderTool("openai.<type>", args)``."""


def hosted_tool(item: Mapping[str, Any]) -> str | None:
    """The name of the tool that the provider ran for this output item; None when the caller is to run it.

    A shell in a container and a search of tools on the server are the provider's; without either they are the caller's.
    Calls of an MCP server have the name of its tool.
    """
    kind = item.get("type")
    if kind in ("mcp_call", "mcp_approval_request"):
        return str(item.get("name") or "mcp")
    if not isinstance(kind, str) or kind in _RUN_BY_THE_CALLER:
        return None
    if kind == "shell_call":
        return "shell" if _in_container(item.get("environment")) else None
    if kind == "tool_search_call":
        return "tool_search" if item.get("execution") == "server" else None
    if kind == "computer_call":
        return None
    return kind.removesuffix("_call") if kind in _HOSTED or kind.endswith("_call") else None


def _in_container(environment: Any) -> bool:
    if not isinstance(environment, dict):
        return False
    return str(cast("dict[str, Any]", environment).get("type", "")).startswith("container")


def encode_tools(
    body: dict[str, Any], request: LanguageRequest, model_id: str, provider: str, rules: ResponsesRules
) -> list[CallWarning]:
    """Write ``tools``, ``tool_choice`` and what the tools want included into the body."""
    warnings: list[CallWarning] = []
    tools: list[dict[str, Any]] = []
    for tool in request.tools:
        encoded = (
            _function(tool, provider, rules.strict_tools)
            if isinstance(tool, ToolDefinition)
            else rules.provider_tool(tool, model_id)
        )
        if isinstance(encoded, CallWarning):
            warnings.append(encoded)
        else:
            tools.append(encoded)
    choice = request.tool_choice
    chosen = _chosen(choice, request, tools) if isinstance(choice, SpecificTool) else choice
    if not tools:
        return warnings
    body["tools"] = tools
    wanted = [rules.tool_include[tool["type"]] for tool in tools if tool.get("type") in rules.tool_include]
    if wanted:
        body["include"] = list(dict.fromkeys(wanted))
    if chosen is not None:
        kind = chosen if isinstance(chosen, str) else "specific"
        if kind in rules.tool_choice:
            body["tool_choice"] = chosen
        else:
            warnings.append(unsupported("tool_choice", f"this provider has no tool choice {kind}"))
    return warnings


def _function(tool: ToolDefinition, provider: str, strict: bool | None) -> dict[str, Any]:
    function: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = tool.input_schema
    strict = tool.strict if tool.strict is not None else strict
    if strict is not None:
        function["strict"] = strict
    return {**function, **cast("dict[str, Any]", tool.provider_options.get(provider) or {})}


def _chosen(choice: SpecificTool, request: LanguageRequest, tools: Sequence[Mapping[str, Any]]) -> Any:
    """The wire's choice of one tool: a function or custom tool by its name, any other by its type."""
    names = [tool.name for tool in request.tools]
    for tool in tools:
        kind = tool.get("type")
        if tool.get("name") == choice.name and kind in ("function", "custom"):
            return {"type": kind, "name": choice.name}
        if kind == "mcp" and choice.name in ("mcp", tool.get("server_label")):
            return {"type": "mcp", "server_label": tool.get("server_label")}
        if kind not in ("function", "custom", "mcp") and choice.name in (kind, _named(choice.name, kind)):
            return {"type": kind}
    if choice.name in names:
        return None
    offered = [str(tool.get("name") or tool.get("type")) for tool in tools]
    raise InvalidRequestError(
        f"tool_choice names {choice.name!r}, which is not among the tools: {', '.join(offered) or 'none'}",
        field="tool_choice",
    )


def _named(name: str, kind: Any) -> str | None:
    return name if _ALIASES.get(name) == kind else None


def output_item(result: ToolResultPart, kind: str, call_id: str, content: Callable[[Any], list[Any]]) -> dict[str, Any]:
    """The input item of what a tool answered to a call of type ``kind``; ``content`` encodes text and file parts.

    For the tools that OpenAI defines, a mapping as the output gives the fields of the item itself.
    """
    output = result.output
    if kind == "mcp_approval_request":
        return {"type": "mcp_approval_response", "approval_request_id": result.id, **_approval(result)}
    item: dict[str, Any] = {"type": f"{kind}_output", "call_id": call_id}
    if kind in ("function_call", "custom_tool_call"):
        return {**item, "output": _function_output(output, content)}
    if kind == "tool_search_call":
        item = {"type": "tool_search_output", "call_id": call_id, "execution": "client", "status": "completed"}
        return {**item, **(cast("dict[str, Any]", output) if isinstance(output, dict) else {"tools": output})}
    if kind == "computer_call":
        return {**item, "output": _screenshot(output)}
    if kind == "apply_patch_call":
        item["status"] = "failed" if result.is_error else "completed"
    if isinstance(output, dict):
        return {**item, **cast("dict[str, Any]", output)}
    if kind == "shell_call" and not isinstance(output, tuple):
        return {**item, "output": [_shell_output(output, failed=result.is_error)]}
    return {**item, "output": output if kind == "shell_call" else _text_of(output)}


def _approval(result: ToolResultPart) -> dict[str, Any]:
    output = result.output
    if isinstance(output, dict):
        return cast("dict[str, Any]", output)
    return {"approve": output if isinstance(output, bool) else not result.is_error}


def _function_output(output: Any, content: Callable[[Any], list[Any]]) -> Any:
    if isinstance(output, tuple) and output and _is_content(cast("tuple[Any, ...]", output)):
        return content(output)
    return _text_of(output)


def _is_content(output: tuple[Any, ...]) -> bool:
    return all(isinstance(each, TextPart | FilePart) for each in output)


def _text_of(output: Any) -> str:
    return output if isinstance(output, str) else to_json(output).decode()


def _shell_output(output: Any, *, failed: bool) -> dict[str, Any]:
    text = _text_of(output)
    outcome = {"type": "exit", "exit_code": 1 if failed else 0}
    return {"stdout": "" if failed else text, "stderr": text if failed else "", "outcome": outcome}


def _screenshot(output: Any) -> Any:
    for file in cast("tuple[Any, ...]", output) if isinstance(output, tuple) else ():
        if isinstance(file, FilePart):
            return {"type": "computer_screenshot", "image_url": file.data_url}
    return cast("Any", output)
