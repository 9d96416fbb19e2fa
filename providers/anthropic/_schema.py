"""JSON Schema as Anthropic's structured output takes it: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["accepted_schema"]

_REFUSED = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
_ONE = ("items", "additionalItems", "not")
_SOME = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED = ("properties", "$defs", "definitions")


def accepted_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the constraints that the API refuses; the description tells of them (vendor documents).

    Objects are closed, ``oneOf`` becomes ``anyOf``. A schema that the API accepts comes out as it is.
    """
    result = {name: each for name, each in schema.items() if name not in _REFUSED}
    if isinstance(result.get("minItems"), int) and result["minItems"] > 1:
        del result["minItems"]
    lost = {name: schema[name] for name in schema if name not in result}
    if lost:
        said = ", ".join(f"{name}: {value}" for name, value in lost.items())
        result["description"] = f"{result['description']} ({said})" if result.get("description") else said
    if "oneOf" in result and "anyOf" not in result:
        result = {"anyOf" if name == "oneOf" else name: each for name, each in result.items()}
    if result.get("type") == "object" and not isinstance(result.get("additionalProperties"), bool):
        result["additionalProperties"] = False
    if result.get("additionalProperties") is True:
        result["additionalProperties"] = False
    return _inside(result)


def _inside(schema: dict[str, Any]) -> dict[str, Any]:
    for name, value in schema.items():
        if name in _ONE:
            schema[name] = _one(value)
        elif name in _SOME and isinstance(value, list | tuple):
            schema[name] = [_one(each) for each in cast("list[Any]", value)]
        elif name in _NAMED and isinstance(value, Mapping):
            schema[name] = {key: _one(each) for key, each in cast("Mapping[str, Any]", value).items()}
    return schema


def _one(value: Any) -> Any:
    return accepted_schema(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value
