"""Whether plain data fits a JSON Schema, and the few changes of form that make it fit.

``problems`` says what is wrong, in words for a model or a person that quote no value. ``fitted`` changes form and never
meaning: ``"5"`` to 5 where an integer is wanted, ``"true"`` to True, one value to a list of it, a string of JSON to the
object or list in it, and a null that is not wanted to an absent property; and it does so only when the whole value fits
afterwards.

It knows the words that tools use: types, ``enum``, ``const``, limits of strings, numbers, lists and objects,
``properties``, ``items``, ``anyOf`` and its kin, conditions, and ``$ref`` inside the schema. What it does not know
(``format``, ``unevaluatedProperties``, references to elsewhere) it does not check. Work is bounded: what takes more
than ``MOST_STEPS`` looks, or is deeper than ``MOST_DEPTH``, counts as fitting and is not changed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, cast

__all__ = ["MOST_DEPTH", "MOST_STEPS", "fitted", "problems"]

MOST_STEPS = 50_000
MOST_DEPTH = 100

Schema: TypeAlias = Mapping[str, Any]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def problems(value: Any, schema: Any, *, most: int = 5) -> tuple[str, ...]:
    """Up to ``most`` things that are wrong with the value, as ``where: what``; empty when it fits."""
    try:
        check = _Check(schema, most)
        check.look(value, schema, ())
    except (_TooMuchError, RecursionError):
        return ()
    return tuple(check.found)


def fitted(value: Any, schema: Any) -> Any:
    """The value in the form that the schema asks for; the very object when it fits already.

    Raises ValueError when no change of form makes it fit.
    """
    fit = _Fit(schema)
    try:
        changed = fit.fit(value, schema, 0)
        fits = fit.is_valid(changed, schema)
    except (_TooMuchError, RecursionError):
        return value
    if not fits:
        raise ValueError("no change of form makes the value fit its schema")
    return changed


class _TooMuchError(Exception):
    """The value takes more work than is done."""


class _Check:
    """One look at a value. A schema that is neither a mapping nor False allows everything."""

    def __init__(self, root: Any, most: int) -> None:
        self._root = root
        self._most = most
        self._left = MOST_STEPS
        self.found: list[str] = []

    def look(self, value: Any, schema: Any, path: tuple[Any, ...], refs: int = 0) -> None:
        """Note what is wrong with the value."""
        self._left -= 1
        if self._left < 0 or len(path) + refs > MOST_DEPTH:
            raise _TooMuchError
        if schema is False:
            self._note(path, "nothing is allowed here")
        if not isinstance(schema, Mapping) or len(self.found) >= self._most:
            return
        words = cast("Schema", schema)
        reference = words.get("$ref")
        if isinstance(reference, str):
            self.look(value, target_of(reference, self._root), path, refs + 1)
        if value is None and words.get("nullable") is True:
            return
        if not self._look_at_type(value, words, path):
            return
        self._look_at_choices(value, words, path, refs)
        if isinstance(value, str):
            self._look_at_string(value, words, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._look_at_number(value, words, path)
        elif isinstance(value, list):
            self._look_at_list(cast("list[Any]", value), words, path)
        elif isinstance(value, dict):
            self._look_at_object(cast("dict[str, Any]", value), words, path)

    def is_valid(self, value: Any, schema: Any, path: tuple[Any, ...] = (), refs: int = 0) -> bool:
        """Whether there is nothing to note; the work counts."""
        found, self.found, most, self._most = self.found, [], self._most, 1
        try:
            self.look(value, schema, path, refs)
            return not self.found
        finally:
            self.found, self._most = found, most

    def _note(self, path: tuple[Any, ...], what: str) -> None:
        if len(self.found) < self._most:
            self.found.append(f"{'.'.join(map(str, path)) or 'the value'}: {what}")

    def _look_at_type(self, value: Any, schema: Schema, path: tuple[Any, ...]) -> bool:
        wanted = types_of(schema)
        if wanted and not any(is_a(value, each) for each in wanted):
            self._note(path, f"must be of type {' or '.join(wanted)}")
            return False
        if "enum" in schema and not any(same(value, each) for each in _tuple(schema["enum"])):
            self._note(path, f"must be one of {_shown(schema['enum'])}")
            return False
        if "const" in schema and not same(value, schema["const"]):
            self._note(path, f"must be {_shown(schema['const'])}")
            return False
        return True

    def _look_at_choices(self, value: Any, schema: Schema, path: tuple[Any, ...], refs: int) -> None:
        for each in _tuple(schema.get("allOf")):
            self.look(value, each, path, refs + 1)
        branches = _tuple(schema.get("anyOf"))
        if branches and not any(self.is_valid(value, each, path, refs + 1) for each in branches):
            telling = [each for each in branches if not _is_null(each)]
            if len(telling) == 1:
                self.look(value, telling[0], path, refs + 1)
            else:
                self._note(path, f"fits none of the {len(branches)} forms that are allowed")
        branches = _tuple(schema.get("oneOf"))
        if branches:
            fitting = sum(self.is_valid(value, each, path, refs + 1) for each in branches)
            if fitting != 1:
                self._note(path, f"must fit one of the {len(branches)} forms that are allowed, and fits {fitting}")
        if "not" in schema and self.is_valid(value, schema["not"], path, refs + 1):
            self._note(path, "has a form that is not allowed")
        if "if" in schema:
            branch = "then" if self.is_valid(value, schema["if"], path, refs + 1) else "else"
            self.look(value, schema.get(branch, True), path, refs + 1)

    def _look_at_string(self, value: str, schema: Schema, path: tuple[Any, ...]) -> None:
        self._look_at_size(len(value), schema, "Length", "characters", path)
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and not _matches(pattern, value):
            self._note(path, f"must match the pattern {pattern}")

    def _look_at_number(self, value: float, schema: Schema, path: tuple[Any, ...]) -> None:
        limits: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
            ("minimum", "at least", lambda one, other: one >= other),
            ("maximum", "at most", lambda one, other: one <= other),
            ("exclusiveMinimum", "more than", lambda one, other: one > other),
            ("exclusiveMaximum", "less than", lambda one, other: one < other),
        )
        for word, said, holds in limits:
            limit = schema.get(word)
            if limit is not None and is_a(limit, "number") and not holds(value, limit):
                self._note(path, f"must be {said} {limit}")
        step = schema.get("multipleOf")
        if step is not None and is_a(step, "number") and step > 0 and not _is_multiple(value, step):
            self._note(path, f"must be a multiple of {step}")

    def _look_at_size(self, size: int, schema: Schema, word: str, of: str, path: tuple[Any, ...]) -> None:
        low, high = schema.get(f"min{word}"), schema.get(f"max{word}")
        if low is not None and size < low:
            self._note(path, f"must have at least {low} {of}")
        if high is not None and size > high:
            self._note(path, f"must have at most {high} {of}")

    def _look_at_list(self, value: list[Any], schema: Schema, path: tuple[Any, ...]) -> None:
        self._look_at_size(len(value), schema, "Items", "items", path)
        for at, each in enumerate(value):
            self.look(each, schema_of_item(schema, at), (*path, at))
        if schema.get("uniqueItems") is True and len({_key(each) for each in value}) < len(value):
            self._note(path, "must not have the same item twice")
        if "contains" in schema:
            fitting = sum(self.is_valid(each, schema["contains"], (*path, 0)) for each in value)
            if not schema.get("minContains", 1) <= fitting <= schema.get("maxContains", math.inf):
                self._note(path, "has the wrong number of the items that it must contain")

    def _look_at_object(self, value: dict[str, Any], schema: Schema, path: tuple[Any, ...]) -> None:
        self._look_at_size(len(value), schema, "Properties", "properties", path)
        for name in _tuple(schema.get("required")):
            if name not in value:
                self._note((*path, name), "is missing")
        for name, needed in _items(schema.get("dependentRequired")):
            if name in value and any(each not in value for each in _tuple(needed)):
                self._note(path, f"needs {', '.join(_tuple(needed))} beside {name}")
        for name, each in _items(schema.get("dependentSchemas")):
            if name in value:
                self.look(value, each, path, 1)
        for name, each in value.items():
            if "propertyNames" in schema and not self.is_valid(name, schema["propertyNames"], (*path, name)):
                self._note(path, "has a property with a name that is not allowed")
            for inner in schemas_of_property(schema, name):
                if inner is False:
                    self._note((*path, name), "is not allowed")
                else:
                    self.look(each, inner, (*path, name))


class _Fit(_Check):
    """Changes the form of a value, the inner values first."""

    def __init__(self, root: Any) -> None:
        super().__init__(root, 1)

    def fit(self, value: Any, schema: Any, depth: int) -> Any:
        """The value in the form of the schema, as far as that can be had."""
        if depth > MOST_DEPTH:
            raise _TooMuchError
        if not isinstance(schema, Mapping) or self.is_valid(value, schema):
            return value
        words = cast("Schema", schema)
        value = self._inside(value, words, depth)
        if self.is_valid(value, words):
            return value
        for candidate in self._candidates(value, words, depth):
            candidate = self._inside(candidate, words, depth)
            if self.is_valid(candidate, words):
                return candidate
        for branch in (*_tuple(words.get("anyOf")), *_tuple(words.get("oneOf"))):
            candidate = self.fit(value, branch, depth + 1)
            if self.is_valid(candidate, words):
                return candidate
        for each in _tuple(words.get("allOf")):
            value = self.fit(value, each, depth + 1)
        reference = words.get("$ref")
        return self.fit(value, target_of(reference, self._root), depth + 1) if isinstance(reference, str) else value

    def _inside(self, value: Any, schema: Schema, depth: int) -> Any:
        if isinstance(value, list):
            items = cast("list[Any]", value)
            return [self.fit(each, schema_of_item(schema, at), depth + 1) for at, each in enumerate(items)]
        if not isinstance(value, dict):
            return value
        required = _tuple(schema.get("required"))
        inside: dict[str, Any] = {}
        for name, each in cast("dict[str, Any]", value).items():
            new = each
            for inner in schemas_of_property(schema, name):
                new = self.fit(new, inner, depth + 1)
                if new is None and name not in required and inner is not False and not self.is_valid(None, inner):
                    break
            else:
                inside[name] = new
        return inside

    def _candidates(self, value: Any, schema: Schema, depth: int) -> Iterable[Any]:
        wanted = types_of(schema)
        if isinstance(value, str):
            yield from _read(value, wanted)
            alike = [each for each in _tuple(schema.get("enum")) if isinstance(each, str) and _alike(each, value)]
            if len(alike) == 1:
                yield alike[0]
        elif "string" in wanted and isinstance(value, int):
            yield json.dumps(value)
        if "array" in wanted and value is not None and not isinstance(value, list):
            yield [self.fit(value, schema_of_item(schema, 0), depth + 1)]


def _read(text: str, wanted: tuple[str, ...]) -> Iterable[Any]:
    """What a string may say where something else is wanted."""
    stripped = text.strip()
    word = stripped.lower()
    if word in _WORDS and ("null" if _WORDS[word] is None else "boolean") in wanted:
        yield _WORDS[word]
    if ("integer" in wanted or "number" in wanted) and _NUMBER.fullmatch(stripped):
        number = json.loads(stripped)
        if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 and "integer" in wanted:
            number = int(number)
        if math.isfinite(number):
            yield number
    if ("object" in wanted or "array" in wanted) and stripped[:1] in ("{", "["):
        try:
            yield json.loads(stripped)
        except (ValueError, RecursionError):
            return


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.strip().casefold()


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types that a schema names, or those of its ``enum`` or ``const``; empty when it names none."""
    named = schema.get("type")
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list | tuple):
        return tuple(each for each in cast("tuple[Any, ...]", named) if isinstance(each, str))
    values = _tuple(schema["enum"]) if "enum" in schema else (schema["const"],) if "const" in schema else ()
    return tuple(dict.fromkeys(_type_of(each) for each in values))


def _type_of(value: Any) -> str:
    for name in ("null", "boolean", "integer", "number", "string", "array", "object"):
        if is_a(value, name):
            return name
    return type(value).__name__


def is_a(value: Any, name: str) -> bool:
    """Whether a value is of a type of JSON Schema; an unknown name is any type."""
    if name == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = _KINDS.get(name)
    return kinds is None or isinstance(value, kinds)


_KINDS: dict[str, tuple[type[Any], ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "string": (str,),
    "array": (list, tuple),
    "object": (dict,),
}


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 is 1.0 and not True; lists may be tuples."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        these, those = cast("tuple[Any, ...]", one), cast("tuple[Any, ...]", other)
        return len(these) == len(those) and all(same(a, b) for a, b in zip(these, those, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        return left.keys() == right.keys() and all(same(each, right[key]) for key, each in left.items())
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def schema_of_item(schema: Schema, at: int) -> Any:
    """The schema of the item at this place of a list."""
    items: Any = schema.get("items", True)
    is_older = isinstance(items, list | tuple)
    first = _tuple(items if is_older else schema.get("prefixItems"))
    if at < len(first):
        return first[at]
    return schema.get("additionalItems", True) if is_older else items


def schemas_of_property(schema: Schema, name: str) -> list[Any]:
    """The schemas that a property must fit."""
    known: Any = schema.get("properties")
    found: list[Any] = [known[name]] if isinstance(known, Mapping) and name in known else []
    found += [each for pattern, each in _items(schema.get("patternProperties")) if _matches(pattern, name)]
    return found or [schema.get("additionalProperties", True)]


def target_of(reference: str, root: Any) -> Any:
    """What ``#`` or ``#/$defs/Name`` refers to; True, which allows everything, for what is not in the schema."""
    if reference != "#" and not reference.startswith("#/"):
        return True
    target = root
    for step in reference.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~").replace("%25", "%")
        if isinstance(target, Mapping):
            target = cast("Schema", target).get(name, True)
        elif isinstance(target, list | tuple) and name.isdecimal() and int(name) < len(cast("tuple[Any]", target)):
            target = cast("tuple[Any, ...]", target)[int(name)]
        else:
            return True
    return target


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and cast("Schema", schema).get("type") == "null"


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(cast("tuple[Any, ...]", value)) if isinstance(value, list | tuple) else ()


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return cast("Schema", value).items() if isinstance(value, Mapping) else ()


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError):
        return None


def _matches(pattern: str, value: str) -> bool:
    """Whether the pattern is found; one that Python does not read is not checked."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        quotient = value / step
    except OverflowError:
        return True
    return not math.isfinite(quotient) or math.isclose(quotient, round(quotient), rel_tol=1e-9)


def _key(value: Any) -> str:
    """The same for values that are the same."""
    return json.dumps(_plain_numbers(value), sort_keys=True)


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain_numbers(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _plain_numbers(each) for name, each in cast("dict[str, Any]", value).items()}
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:300] + "..."
