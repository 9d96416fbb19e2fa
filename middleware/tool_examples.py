"""Tell the model examples of a tool's input in the tool's description, for providers that take them nowhere else.

The law: each tool with examples has them at the end of its description, once, in their order; everything else of the
request is as it was, and the request itself is not changed: a copy goes in. A request without examples passes as the
very object. Tools that the provider runs are left alone. Two such layers do what one does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias, cast

from ai_sdk._frozen import freeze
from ai_sdk._schema import plain, rewrite
from ai_sdk.errors import InvalidRequestError
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.requests import LanguageRequest, ToolDefinition, changed
from ai_sdk.results import LanguageResponse

__all__ = ["tool_examples"]

Examples: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


def tool_examples(
    *,
    examples: Examples | None = None,
    prefix: str = "Input examples:",
    format: Callable[[Any], str] | None = None,  # noqa: A002 - the word that says it
    remove: bool = True,
) -> Layer[LanguageRequest, LanguageResponse]:
    """Write the examples of tools into their descriptions.

    Examples are what stands under the keyword ``examples`` of a tool's ``input_schema``: a list of whole inputs; and
    under that keyword of a parameter, as ``Field(examples=[...])`` puts it: a list of values, told as ``name: value``.
    ``examples``: whole inputs by the name of the tool, ``{"weather": [{"city": "Oslo"}]}``, told before the schema's.
    ``prefix``: the line before them. ``format``: writes one whole input or value; by default as JSON.
    ``remove``: take the keyword out of the whole schema of a tool whose examples were told; providers may refuse it.

    Raises InvalidRequestError when ``examples`` is not such a mapping, or ``prefix`` is not a line of text.
    """
    given = _checked(examples)
    if not isinstance(cast("object", prefix), str) or not prefix.strip():
        raise InvalidRequestError(f"tool_examples: prefix is {prefix!r}; allowed is a text", field="prefix")
    write = format or _as_json

    @lru_cache(maxsize=256)
    def told(tool: ToolDefinition) -> ToolDefinition | None:
        lines = [write(each) for each in (*given.get(tool.name, ()), *_examples_of(tool.input_schema))]
        for name, schema in _parameters(tool.input_schema):
            values = _examples_of(schema)
            if values:
                lines.append(f"{name}: {', '.join(map(write, values))}")
        if not lines:
            return None
        section = "\n".join([prefix, *lines])
        about = tool.description or ""
        if not about.endswith(section):
            about = f"{about}\n\n{section}" if about else section
        schema = freeze(_without_examples(tool.input_schema)) if remove else tool.input_schema
        return replace(tool, description=about, input_schema=schema)

    @layer
    async def tool_examples(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "tool_examples")
        tools = tuple([(told(each) or each) if isinstance(each, ToolDefinition) else each for each in request.tools])
        if all(one is other for one, other in zip(tools, request.tools, strict=True)):
            return await call(request)
        return await call(changed(request, tools=tools))

    return tool_examples


def _checked(examples: Any) -> Mapping[str, tuple[Any, ...]]:
    if examples is None:
        return {}
    frozen: Any = freeze(examples)
    if not isinstance(frozen, Mapping) or not all(map(_are_inputs, cast("Mapping[str, Any]", frozen).values())):
        raise InvalidRequestError(
            f"tool_examples: examples is {examples!r:.80}; allowed is a mapping from names of tools to lists of inputs",
            field="examples",
        )
    return cast("Mapping[str, tuple[Any, ...]]", frozen)


def _are_inputs(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(each, Mapping) for each in cast("tuple[Any, ...]", value))


def _examples_of(schema: Any) -> tuple[Any, ...]:
    found: Any = cast("Mapping[str, Any]", schema).get("examples") if isinstance(schema, Mapping) else None
    return cast("tuple[Any, ...]", found) if isinstance(found, tuple) else ()


def _parameters(schema: Mapping[str, Any]) -> list[tuple[str, Any]]:
    known: Any = schema.get("properties")
    return [*cast("Mapping[str, Any]", known).items()] if isinstance(known, Mapping) else []


def _without_examples(schema: Mapping[str, Any]) -> dict[str, Any]:
    return rewrite(plain(schema), lambda each: {name: value for name, value in each.items() if name != "examples"})


def _as_json(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False)
