"""How the Responses API of Hugging Face's router differs from OpenAI's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import EMPTY
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.providers.openai._responses_tools import tools_of

if TYPE_CHECKING:
    from ai_sdk.providers.openai_compatible._quirks import StructuredOutput
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.results import CallWarning

__all__ = ["RULES"]


def _adjusts_nothing(_body: dict[str, Any], _request: LanguageRequest, _model_id: str) -> list[CallWarning]:
    return []


def _never_reasons(_model_id: str) -> bool:
    return False


def _schemas(_model_id: str) -> StructuredOutput:
    return "json_schema"


RULES = replace(
    ResponsesRules(),
    reasons=_never_reasons,
    structured_output=_schemas,
    tool_include=EMPTY,
    provider_tool=tools_of("huggingface"),
    adjust=_adjusts_nothing,
)
"""Instructions come from ``system``, and nothing is known of the models; ``mcp`` is the tool that it runs itself."""
