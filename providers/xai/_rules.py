"""What xAI does in its own way in the Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai._responses_encode import ENCRYPTED_REASONING
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.providers.openai._responses_tools import hosted_tool
from ai_sdk.providers.openai_compatible._effort import fit_effort
from ai_sdk.providers.xai._models import efforts_of, reasons
from ai_sdk.requests import LanguageRequest, ProviderTool
from ai_sdk.results import CallWarning

__all__ = ["RULES"]

_WORDS = {"code_execution": "code_interpreter"}
_NAMES = {"code_interpreter": "code_execution"}


def _provider_tool(tool: ProviderTool, _model_id: str) -> dict[str, Any] | CallWarning:
    """``ProviderTool("xai.<type>", args)``: the arguments are the fields of the tool."""
    owner, _, name = tool.id.partition(".")
    if owner != "xai" or not name:
        return unsupported(tool.id, f"xai does not run the tool {tool.id}")
    return {"type": _WORDS.get(name, name), **tool.args}


def _hosted(item: Mapping[str, Any]) -> str | None:
    """xAI lets callers run functions alone: a custom tool is one of its own (recorded). Their calls have names."""
    own = "custom_tool" if item.get("type") == "custom_tool_call" else hosted_tool(item)
    if own is None:
        return None
    name = item.get("name")
    return name if isinstance(name, str) and name else _NAMES.get(own, own)


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings: list[CallWarning] = []
    if isinstance(body.get("reasoning"), dict):
        reasoning = cast("dict[str, Any]", body["reasoning"])
        warnings = fit_effort(reasoning, request, model_id, efforts_of(model_id), field="effort")
        if not reasoning:
            del body["reasoning"]
    if body.get("store") is False and reasons(model_id):
        body["include"] = list(dict.fromkeys([*body.get("include", ()), ENCRYPTED_REASONING]))
    return warnings


RULES = ResponsesRules(
    reasons=lambda _model_id: False,
    structured_output=lambda _model_id: "json_schema",
    strict_tools=None,
    tool_include=EMPTY,
    provider_tool=_provider_tool,
    hosted=_hosted,
    metadata=("service_tier",),
    adjust=_adjust,
)
"""Instructions come from ``system``: to have ``developer`` instead is all that ``reasons`` would do here."""
