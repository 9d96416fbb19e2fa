"""How Azure's Responses API differs from OpenAI's."""

from __future__ import annotations

from dataclasses import replace

from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.providers.openai._responses_tools import tools_of

__all__ = ["RULES"]

RULES = replace(
    ResponsesRules(),
    provider_tool=tools_of("azure", "openai"),
    file_ids=("assistant-", "file-", "file_"),
    metadata=(*ResponsesRules().metadata, "content_filters"),
)
"""Ids of files begin with ``assistant-`` as well (vendor documents)."""
