"""Fill in the settings that a request leaves open.

The law: a field that the request left at None or empty gets the default; what the request says always wins. Mappings
(``headers``, ``provider_options``) merge deeply by the same rule. The model sees a copy; the caller's request stays as
it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeGuard, TypeVar, get_args

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.requests import AnyRequest, changed

__all__ = ["default_settings"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_EMPTY: tuple[object, ...] = (None, (), EMPTY)


def default_settings(**settings: Any) -> AnyLayer:
    """Give requests defaults: ``default_settings(temperature=0.2, provider_options={"groq": {"user": "me"}})``.

    Any field of any kind of request that may be left at None or empty can have a default; the names of headers are
    compared without regard to case. Raises InvalidRequestError with the allowed names: when the layer is made, for a
    name that no kind of request has; at a call, for one that this kind of request does not have. Nothing is sent then.
    """
    for name in settings:
        _check(name, sorted(set[str]().union(*map(_allowed, get_args(AnyRequest)))), "a setting of any kind of request")
    defaults = {name: freeze(value) for name, value in settings.items()}
    checked: set[type[Any]] = set()

    @layer
    async def default_settings(request: Req, call: Model[Req, Res]) -> Res:
        kind = type(request)
        if kind not in checked:
            for name in defaults:
                _check(name, sorted(_allowed(kind)), f"a setting of {kind.__name__}")
            checked.add(kind)
        missing = _missing(request, defaults)
        return await call(changed(request, **missing) if missing else request)

    return default_settings


def _allowed(kind: type[Any]) -> set[str]:
    """The fields that a request may leave open: those whose default is None or empty."""
    if not is_dataclass(kind):
        return set()
    return {each.name for each in fields(kind) if each.default in _EMPTY}


def _check(name: str, allowed: list[str], what: str) -> None:
    if name not in allowed:
        names = ", ".join(allowed) or "none"
        raise InvalidRequestError(f"default_settings: {name!r} is not {what}; allowed: {names}", field=name)


def _missing(request: object, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What the request lacks, by field."""
    missing: dict[str, Any] = {}
    for name, default in defaults.items():
        given = getattr(request, name)
        if given in _EMPTY:
            filled = default
        elif _is_mapping(given) and _is_mapping(default):
            filled = _merge(given, _without(default, given) if name == "headers" else default)
        else:
            continue
        if filled != given:
            missing[name] = filled
    return missing


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _without(default: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {name.lower() for name in given}
    return {name: value for name, value in default.items() if name.lower() not in names}


def _merge(given: Mapping[str, Any], default: Mapping[str, Any]) -> FrozenDict[str, Any]:
    merged = dict(default)
    for name, value in given.items():
        under = merged.get(name)
        merged[name] = _merge(value, under) if _is_mapping(value) and _is_mapping(under) else value
    return FrozenDict(merged)
