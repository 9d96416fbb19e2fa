"""JSON Schemas as Google takes them: with a few words changed, or in the OpenAPI dialect of older models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["to_json_schema", "to_openapi"]

Schema = dict[str, Any]

_ONE = ("additionalProperties", "items", "not", "if", "then", "else", "contains", "propertyNames")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "$defs", "definitions", "patternProperties")
_KEPT = (
    "title",
    "description",
    "format",
    "pattern",
    "default",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
)
_DROPPED = ("$schema", "discriminator", "examples", "const", "exclusiveMinimum", "exclusiveMaximum")
_TYPES = {"str": "string", "bool": "boolean", "int": "integer", "float": "number", "NoneType": "null"}


def _object(value: Any) -> Schema:
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def _array(value: Any) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def to_json_schema(schema: Mapping[str, Any]) -> Schema:
    """A JSON Schema with what the vendor's subset lacks said otherwise: ``const``, exclusive bounds (documented)."""
    new: Schema = {key: value for key, value in schema.items() if key not in _DROPPED}
    for key in _ONE:
        if isinstance(new.get(key), Mapping):
            new[key] = to_json_schema(new[key])
    for key in _LISTS:
        if key in new:
            new[key] = [_inner(each) for each in _array(new[key])]
    for key in _MAPS:
        if isinstance(new.get(key), Mapping):
            new[key] = {name: _inner(each) for name, each in _object(new[key]).items()}
    if "const" in schema:
        new["enum"] = [schema["const"]]
        if (kind := _TYPES.get(type(schema["const"]).__name__)) is not None:
            new.setdefault("type", kind)
    _bound(new, schema, "exclusiveMinimum", "minimum", 1)
    _bound(new, schema, "exclusiveMaximum", "maximum", -1)
    return new


def _inner(value: Any) -> Any:
    return to_json_schema(cast("Schema", value)) if isinstance(value, Mapping) else value


def _bound(new: Schema, schema: Mapping[str, Any], exclusive: str, inclusive: str, step: int) -> None:
    """An exclusive bound as an inclusive one: exact for whole numbers, a hair too wide for others."""
    value = schema.get(exclusive)
    if isinstance(value, int | float) and not isinstance(value, bool):
        whole = schema.get("type") == "integer" and float(value).is_integer()
        new.setdefault(inclusive, int(value) + step if whole else value)


def to_openapi(schema: Mapping[str, Any]) -> Schema:
    """A JSON Schema in the OpenAPI 3.0 dialect: types in capitals, no references, ``nullable`` for null.

    References are replaced by what they refer to; a recursive one becomes any object. What the dialect lacks is left
    out, which allows more than the schema did.
    """
    whole = to_json_schema(schema)
    return _openapi(whole, {**_object(whole.get("definitions")), **_object(whole.get("$defs"))}, frozenset())


def _openapi(schema: Schema, defs: Schema, within: frozenset[str]) -> Schema:
    if isinstance(schema.get("$ref"), str):
        return _referred(schema, defs, within)
    for part in _array(schema.get("allOf")):
        schema = _joined({key: value for key, value in schema.items() if key != "allOf"}, _object(part))
    new: Schema = {key: schema[key] for key in _KEPT if key in schema}
    choices = [_object(each) for each in _array(schema.get("anyOf")) or _array(schema.get("oneOf"))]
    kinds = schema.get("type")
    names = [kinds] if isinstance(kinds, str) else [each for each in _array(kinds) if isinstance(each, str)]
    if "null" in names or any(each.get("type") == "null" for each in choices):
        new["nullable"] = True
    names = [each for each in names if each != "null"]
    choices = [each for each in choices if each.get("type") != "null"]
    if len(names) == 1:
        new["type"] = names[0].upper()
    elif names:
        new["anyOf"] = [{"type": each.upper()} for each in names]
    if len(choices) == 1:
        new = {**_openapi(choices[0], defs, within), **new}
    elif choices:
        new["anyOf"] = [_openapi(each, defs, within) for each in choices]
    return _contents(new, schema, defs, within)


def _contents(new: Schema, schema: Schema, defs: Schema, within: frozenset[str]) -> Schema:
    properties = _object(schema.get("properties"))
    if properties:
        new["properties"] = {name: _openapi(_object(each), defs, within) for name, each in properties.items()}
        new.setdefault("type", "OBJECT")
    required = [each for each in _array(schema.get("required")) if each in properties]
    if required:
        new["required"] = required
    if isinstance(schema.get("items"), Mapping):
        new["items"] = _openapi(_object(schema["items"]), defs, within)
    elif new.get("type") == "ARRAY":
        members = [_openapi(_object(each), defs, within) for each in _array(schema.get("prefixItems"))]
        new["items"] = members[0] if len(members) == 1 else {"anyOf": members} if members else {"type": "STRING"}
    values = [each for each in _array(schema.get("enum")) if isinstance(each, str)]
    if values:
        new |= {"type": "STRING", "format": "enum", "enum": values}
    return new


def _referred(schema: Schema, defs: Schema, within: frozenset[str]) -> Schema:
    name = schema["$ref"].rpartition("/")[2]
    beside = {key: value for key, value in schema.items() if key in ("title", "description", "default")}
    if name in within or name not in defs:
        return {"type": "OBJECT", **beside}
    return {**_openapi(_object(defs[name]), defs, within | {name}), **beside}


def _joined(one: Schema, other: Schema) -> Schema:
    """Two schemas that must both hold, as one."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**_object(one["properties"]), **_object(other["properties"])}
    if "required" in one and "required" in other:
        both["required"] = [*_array(one["required"]), *_array(other["required"])]
    return both
