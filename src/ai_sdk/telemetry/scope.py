"""The current context of OpenTelemetry, which every read of a live response sets and restores.

``attach`` and ``detach`` do as those of ``opentelemetry.context``. Where the context is in a context variable, as it is
unless ``OTEL_PYTHON_CONTEXT`` names something else, they are the methods of that variable: a part then costs two calls
and not six.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from opentelemetry import context as otel

__all__ = ["attach", "current_context", "detach"]


def _variable() -> ContextVar[Any] | None:
    runtime: Any = getattr(otel, "_RUNTIME_CONTEXT", None)
    variable = getattr(runtime, "_current_context", None)
    plain = type(runtime).__name__ == "ContextVarsRuntimeContext"
    return variable if plain and isinstance(variable, ContextVar) else None  # pyright: ignore[reportUnknownVariableType]


_known = _variable()

attach: Callable[[Any], Any] = otel.attach if _known is None else _known.set
current_context: Callable[[], Any] = otel.get_current if _known is None else _known.get
detach: Callable[[Any], None] = otel.detach if _known is None else _known.reset
