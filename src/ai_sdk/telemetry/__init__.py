"""Telemetry: what spans, metrics and events of calls look like, and how to send them somewhere.

The layer ``ai_sdk.middleware.tracing`` makes them. Only ``opentelemetry-api`` is needed for that; without an SDK
nothing is recorded. ``configure`` sets one up. All names stand in ``ai_sdk.telemetry.names``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.telemetry.setup import ExporterName as ExporterName
    from ai_sdk.telemetry.setup import Telemetry as Telemetry
    from ai_sdk.telemetry.setup import configure as configure

__all__ = ["ExporterName", "Telemetry", "configure"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ai_sdk.telemetry import setup

    return getattr(setup, name)
