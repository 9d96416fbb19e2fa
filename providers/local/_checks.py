"""Checks of what a request asks of a model in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ai_sdk.errors import InvalidRequestError

__all__ = ["Allowed", "check_options"]

Allowed: TypeAlias = tuple[float, float] | type[bool]
"""A number from one to another, or True and False."""


def check_options(options: dict[str, Any], allowed: Mapping[str, Allowed]) -> dict[str, Any]:
    """The options of a request. Raises ``InvalidRequestError`` for an unknown one and for a value out of range."""
    for name, value in options.items():
        field = f"provider_options['local'][{name!r}]"
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise InvalidRequestError(f"{field} is not known; the model's options are: {known}", field=field)
        _check_value(field, value, allowed[name])
    return options


def _check_value(field: str, value: Any, allowed: Allowed) -> None:
    if not isinstance(allowed, tuple):
        if not isinstance(value, bool):
            raise InvalidRequestError(f"{field} is {value!r:.80}; allowed are True and False", field=field)
        return
    low, high = allowed
    whole = isinstance(low, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not low <= value <= high:
        kind = "whole number" if whole else "number"
        raise InvalidRequestError(
            f"{field} is {value!r:.80}; allowed is a {kind} from {low:g} to {high:g}", field=field
        )
