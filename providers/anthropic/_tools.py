"""The tools of Anthropic itself, and which beta names a request needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.providers.anthropic._rules import MessagesRules
    from ai_sdk.requests import ProviderTool

__all__ = ["betas_of", "provider_tool"]

_VERSION = re.compile(r"(.+)_(20\d{6})$")
_COMMON: Mapping[str, str] = FrozenDict(
    {
        "web_search": "20250305",
        "web_fetch": "20250910",
        "code_execution": "20250825",
        "bash": "20250124",
        "text_editor": "20250728",
        "computer": "20250124",
        "memory": "20250818",
        "tool_search_tool_regex": "20251119",
        "tool_search_tool_bm25": "20251119",
        "advisor": "20260301",
    }
)
"""The tools that are known, and the version that is meant when none is named."""

_CONTEXT = "context-management-2025-06-27"
_FILES = "files-api-2025-04-14"
_CODE = "code-execution-2025-08-25"
_OLD_COMPUTER = "computer-use-2024-10-22"
_COMPUTER = "computer-use-2025-01-24"
_WEB_TOOLS = "code-execution-web-tools-2026-02-09"
_ADVANCED = "advanced-tool-use-2025-11-20"
_BETA_OF_TYPE: Mapping[str, str] = FrozenDict(
    {
        "computer_20241022": _OLD_COMPUTER,
        "text_editor_20241022": _OLD_COMPUTER,
        "bash_20241022": _OLD_COMPUTER,
        "computer_20250124": _COMPUTER,
        "computer_20251124": "computer-use-2025-11-24",
        "web_fetch_20250910": "web-fetch-2025-09-10",
        "web_fetch_20260209": _WEB_TOOLS,
        "web_search_20260209": _WEB_TOOLS,
        "code_execution_20250522": "code-execution-2025-05-22",
        "code_execution_20250825": _CODE,
        "memory_20250818": _CONTEXT,
        "tool_search_tool_regex_20251119": _ADVANCED,
        "tool_search_tool_bm25_20251119": _ADVANCED,
        "advisor_20260301": "advisor-tool-2026-03-01",
        "mcp_toolset": "mcp-client-2025-11-20",
    }
)
_ADVANCED_FIELDS = ("allowed_callers", "input_examples", "defer_loading")
_BETA_OF_OPTION: Mapping[str, str] = FrozenDict(
    {
        "context_management": _CONTEXT,
        "output_format": "structured-outputs-2025-11-13",
        "fallbacks": "server-side-fallback-2026-06-01",
    }
)


def provider_tool(tool: ProviderTool, namespace: str, rules: MessagesRules) -> dict[str, Any] | CallWarning:
    """A tool as the wire says it: ``anthropic.web_search``, or with a version, ``anthropic.web_search_20260209``."""
    owner, _, asked = tool.id.partition(".")
    if owner not in (namespace, "anthropic") or not asked:
        return CallWarning("unsupported", tool.id, f"{namespace} does not run the tool {tool.id}; it was left out")
    match = _VERSION.fullmatch(asked)
    base = match[1] if match else asked
    if rules.provider_tools is not None and base not in rules.provider_tools:
        return CallWarning("unsupported", tool.id, f"{namespace} has no tool {base}; it was left out")
    kind = asked if match or base not in _COMMON else f"{asked}_{_COMMON[base]}"
    if base == "mcp_toolset":
        return {"type": kind, **tool.args}
    return {"type": kind, "name": _name(base, kind), **tool.args}


def _name(base: str, kind: str) -> str:
    """The name by which the model calls it: all but the text editor are called as they are (vendor documents)."""
    if base != "text_editor":
        return base
    return "str_replace_editor" if kind <= "text_editor_20250124" else "str_replace_based_edit_tool"


def betas_of(body: Mapping[str, Any], files: bool) -> list[str]:
    """The beta names that a body needs; ``files``: it names uploaded files."""
    betas = [*_of_tools(cast("list[dict[str, Any]]", body.get("tools") or [])), *_of_options(body)]
    if files:
        betas.append(_FILES)
    return list(dict.fromkeys(betas))


def _of_tools(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    betas: list[str] = []
    for tool in tools:
        beta = _BETA_OF_TYPE.get(str(tool.get("type")))
        if beta is not None:
            betas.append(beta)
        if any(tool.get(name) for name in _ADVANCED_FIELDS):
            betas.append(_ADVANCED)
    return betas


def _of_options(body: Mapping[str, Any]) -> list[str]:
    betas = [beta for name, beta in _BETA_OF_OPTION.items() if body.get(name)]
    edits = _object(body.get("context_management")).get("edits") or ()
    if any(str(_object(edit).get("type")).startswith("compact_") for edit in edits):
        betas.append("compact-2026-01-12")
    if body.get("mcp_servers") and "mcp_toolset" not in [tool.get("type") for tool in body.get("tools") or ()]:
        betas.append("mcp-client-2025-04-04")
    if _object(body.get("container")).get("skills"):
        betas += ["skills-2025-10-02", _CODE, _FILES]
    if _object(body.get("output_config")).get("task_budget"):
        betas.append("task-budgets-2026-03-13")
    if body.get("speed") == "fast":
        betas.append("fast-mode-2026-02-01")
    return betas


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
