"""Moonshot's own web search, as a tool for the tool loop."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ai_sdk.messages import ToolCallPart
from ai_sdk.providers.moonshotai._quirks import WEB_SEARCH
from ai_sdk.tools import Tool, ToolContext, tool

__all__ = ["web_search"]


class _Echo(Tool[[], str]):
    """Answers a call with its arguments, whatever they are."""

    async def run(self, call: ToolCallPart, context: ToolContext[Any] | None = None, *, approved: bool = False) -> Any:
        """The arguments, as the model wrote them."""
        return call.input


@tool
def _search() -> str:
    """Search the web."""
    return ""


_fields: dict[str, Any] = {each.name: getattr(_search, each.name) for each in fields(_search)}
_fields["name"] = WEB_SEARCH

web_search: Tool[[], str] = _Echo(**_fields)
"""Moonshot searches when it gets the arguments of the call back as they are, which is all that this tool does."""
