"""Implementations of ``tool_examples`` that each break one law."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

from ai_sdk.middleware.tool_examples import tool_examples
from ai_sdk.model import Layer, layer
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResponse

Language = Layer[LanguageRequest, LanguageResponse]


def _told(tool: Any, *, drop: bool = False, turned: bool = False) -> Any:
    if not isinstance(tool, ToolDefinition) or "examples" not in tool.input_schema:
        return tool
    lines = [json.dumps(each) for each in tool.input_schema["examples"]]
    section = "\n".join(["Input examples:", *(reversed(lines) if turned else lines)])
    schema = {name: each for name, each in tool.input_schema.items() if name != "examples" or not drop}
    return replace(tool, description=f"{tool.description or ''}\n\n{section}".strip(), input_schema=schema)


def _of(change: Any) -> Language:
    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(replace(request, tools=tuple(change(each) for each in request.tools)))
        return response

    return wrong


def examples_each_time(**_options: Any) -> Language:
    """A second layer writes them again."""
    return _of(_told)


def examples_in_another_order(**_options: Any) -> Language:
    """The last example comes first."""
    return _of(partial(_told, drop=True, turned=True))


def examples_in_place_of_the_description(**options: Any) -> Language:
    """What the tool is for is not told any more."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        bare = [replace(each, description=None) if isinstance(each, ToolDefinition) else each for each in request.tools]
        return await tool_examples(**options)(call)(replace(request, tools=tuple(bare)))

    return wrong


def examples_without_the_rest_of_the_schema(**options: Any) -> Language:
    """A tool with examples takes anything."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        def bare(tool: Any) -> Any:
            if not isinstance(tool, ToolDefinition) or "examples" not in tool.input_schema:
                return tool
            return replace(tool, input_schema={"type": "object", "examples": tool.input_schema["examples"]})

        return await tool_examples(**options)(call)(replace(request, tools=tuple(map(bare, request.tools))))

    return wrong


def examples_that_stay(**_options: Any) -> Language:
    """The keyword stays in the schema."""
    return tool_examples(remove=False)


def examples_in_a_new_request(**options: Any) -> Language:
    """A request that needs nothing is copied, too."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        return await tool_examples(**options)(call)(replace(request))

    return wrong
