"""JSON Schemas as models take them: pure functions on plain dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

Schema = dict[str, Any]

_ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
_OPEN = ("allOf", "dependentSchemas", "if", "not", "patternProperties", "prefixItems")
_LEFT_OUT = ("default", "discriminator", "examples", "maxLength", "minLength", "uniqueItems")
_FORMATS = ("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid")


def plain(value: Any) -> Any:
    """A deep copy made of dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in cast("list[Any]", value)]
    return value


def rewrite(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with ``change`` applied to it and to every schema in it, the inner ones first."""
    new = dict(schema)
    for key, value in schema.items():
        if key in _ONE and isinstance(value, dict):
            new[key] = rewrite(cast("Schema", value), change)
        elif key in _LISTS and isinstance(value, list):
            new[key] = [
                rewrite(cast("Schema", each), change) if isinstance(each, dict) else each
                for each in cast("list[Any]", value)
            ]
        elif key in _MAPS and isinstance(value, dict):
            new[key] = {
                name: rewrite(cast("Schema", each), change) if isinstance(each, dict) else each
                for name, each in cast("Schema", value).items()
            }
    return change(new)


def without_titles(schema: Schema) -> Schema:
    """The schema without the titles of its schemas, which tell a model nothing; a property named title stays."""
    return rewrite(schema, lambda each: {key: value for key, value in each.items() if key != "title"})


def can_be_strict(schema: Schema) -> bool:
    """Whether strict mode can say the schema: no open objects, no untyped values, no conditions."""
    found: list[bool] = []

    def look(each: Schema) -> Schema:
        open_object = each.get("type") == "object" and (
            "properties" not in each or each.get("additionalProperties", False) is not False
        )
        untyped = not each.keys() & {"type", "anyOf", "oneOf", "enum", "const", "$ref"}
        found.append(open_object or untyped or any(key in each for key in _OPEN))
        return each

    rewrite(schema, look)
    return not any(found)


def is_strict(schema: Schema) -> bool:
    """Whether every object of the schema is closed and has all its properties required already."""
    found: list[bool] = []

    def look(each: Schema) -> Schema:
        if each.get("type") == "object":
            complete = set(each.get("required", ())) == set(each.get("properties", ()))
            found.append(complete and each.get("additionalProperties") is False)
        return each

    rewrite(schema, look)
    return can_be_strict(schema) and all(found)


def strict(schema: Schema) -> Schema:
    """The strict form: every object closed and every property required, keywords that strict mode refuses left out.

    References are kept, but a reference with keywords beside it is replaced by what it refers to, because strict mode
    refuses the neighbours (vendor documents); a recursive one loses them.
    """
    defs: Schema = schema.get("$defs", {})
    return rewrite(rewrite(schema, lambda each: _inline(each, defs)), _strict_one)


def _inline(schema: Schema, defs: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None or set(schema) <= {"$ref", "$defs"}:
        return schema
    target = target_of(reference, defs)
    if target is None or _refers(target, reference, defs):
        return {key: value for key, value in schema.items() if key in ("$ref", "$defs")}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return _inline({**target, **beside}, defs)


def _refers(schema: Schema, reference: str, defs: Schema) -> bool:
    """Whether ``schema`` leads back to ``reference``."""
    seen: set[str] = set()
    waiting = [schema]

    def look(each: Schema) -> Schema:
        name = each.get("$ref")
        if name is not None and name not in seen:
            seen.add(name)
            target = target_of(name, defs)
            if target is not None:
                waiting.append(target)
        return each

    while waiting:
        rewrite(waiting.pop(), look)
    return reference in seen


def _strict_one(schema: Schema) -> Schema:
    new = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    if "oneOf" in new:
        new["anyOf"] = new.pop("oneOf")
    if "format" in new and new["format"] not in _FORMATS:
        del new["format"]
    if "(?" in str(new.get("pattern", "")):
        del new["pattern"]
    if new.get("type") == "object":
        new["required"] = list(new.get("properties", {}))
        new["additionalProperties"] = False
    return new


def target_of(reference: str, defs: Schema) -> Schema | None:
    """What ``#/$defs/<name>`` refers to."""
    target = defs.get(reference.removeprefix("#/$defs/"))
    return cast("Schema", target) if isinstance(target, dict) else None


def as_object(schema: Schema) -> tuple[Schema, bool]:
    """The schema with an object at its root, and whether that took wrapping it in ``{"value": ...}``."""
    defs: Schema = schema.get("$defs", {})
    body = {key: value for key, value in schema.items() if key != "$defs"}
    seen: set[str] = set()
    while (reference := body.get("$ref")) is not None and reference not in seen:
        seen.add(reference)
        target = target_of(reference, defs)
        if target is None:
            break
        body = {**target, **{key: value for key, value in body.items() if key != "$ref"}}
    wrapped = body.get("type") != "object"
    if wrapped:
        body = {"type": "object", "properties": {"value": body}, "required": ["value"], "additionalProperties": False}
    return ({**body, "$defs": defs} if defs else body), wrapped
