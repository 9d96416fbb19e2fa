"""What layers ask of a request: its kind, and what it wishes of one of them in ``request.layer_options``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError

__all__ = ["check_kind", "own_options"]


def own_options(request: object, layer: str, *allowed: str) -> Mapping[str, Any]:
    """What ``request.layer_options[layer]`` has, empty for a request without it.

    Raises InvalidRequestError, which names the field and what is allowed, for anything that is not ``allowed``.
    """
    everything: Any = getattr(request, "layer_options", None)
    if not everything:
        return EMPTY
    own: Any = everything.get(layer, EMPTY)
    if not isinstance(own, Mapping):
        raise InvalidRequestError(
            f"layer_options[{layer!r}] is a {type(own).__name__}; allowed is a mapping", field=f"layer_options.{layer}"
        )
    options = cast("Mapping[str, Any]", own)
    for name in options:
        if name not in allowed:
            raise InvalidRequestError(
                f"layer_options[{layer!r}] has {name!r}; allowed: {', '.join(allowed) or 'nothing'}",
                field=f"layer_options.{layer}.{name}",
            )
    return options


def check_kind(request: object, kind: type[object], layer: str) -> None:
    """Refuse a request of another kind of model than the layer is for, before the model is asked."""
    if not isinstance(request, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise InvalidRequestError(
            f"{layer}: the request is a {type(request).__name__}; allowed is {article} {kind.__name__}", field="request"
        )
