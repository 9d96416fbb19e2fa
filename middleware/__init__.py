"""Layers: what stands between your code and a model.

``wrap_model(model, [a, b, c])`` puts ``a`` outermost. The order that is right nearly always, outermost first::

    tracing                      a span for the whole call, with a child for each attempt
    logging                      sees the whole call: its attempts, its end
    timeout(total=60)            one deadline for everything inside; retry does not sleep past it
    default_settings             before anything that looks at the request
    cache                        a hit costs nothing of what stands inside
    budget                       counts what is really sent
    reask                        every re-ask is admitted and counted by what stands inside
    fallback or route            another model when this one fails
    circuit_breaker              for each model: not asked while it is known to be down
    retry                        asks again for what failed before its first content
    rate_limit                   every attempt counts
    timeout(first_content=10)    for each attempt
    repair_tool_calls            next to the model
    the model

``docs/middleware.md`` says what goes wrong in other orders. A layer is loaded when it is first asked for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.middleware.batch import batch
    from ai_sdk.middleware.budget import budget
    from ai_sdk.middleware.cache import cache
    from ai_sdk.middleware.circuit_breaker import circuit_breaker
    from ai_sdk.middleware.default_instructions import default_instructions
    from ai_sdk.middleware.default_settings import default_settings
    from ai_sdk.middleware.extract_json import extract_json
    from ai_sdk.middleware.extract_reasoning import extract_reasoning
    from ai_sdk.middleware.fallback import fallback
    from ai_sdk.middleware.guardrail import guardrail
    from ai_sdk.middleware.hedge import hedge
    from ai_sdk.middleware.key_pool import key_pool
    from ai_sdk.middleware.logging import logging
    from ai_sdk.middleware.rate_limit import rate_limit
    from ai_sdk.middleware.reask import reask
    from ai_sdk.middleware.record import record
    from ai_sdk.middleware.redact import redact
    from ai_sdk.middleware.repair_tool_calls import repair_tool_calls
    from ai_sdk.middleware.replay import replay
    from ai_sdk.middleware.retry import retry
    from ai_sdk.middleware.route import route
    from ai_sdk.middleware.smooth_stream import smooth_stream
    from ai_sdk.middleware.timeout import timeout
    from ai_sdk.middleware.tool_examples import tool_examples
    from ai_sdk.middleware.tracing import tracing

__all__ = [
    "batch",
    "budget",
    "cache",
    "circuit_breaker",
    "default_instructions",
    "default_settings",
    "extract_json",
    "extract_reasoning",
    "fallback",
    "guardrail",
    "hedge",
    "key_pool",
    "logging",
    "rate_limit",
    "reask",
    "record",
    "redact",
    "repair_tool_calls",
    "replay",
    "retry",
    "route",
    "smooth_stream",
    "timeout",
    "tool_examples",
    "tracing",
]


class _Middleware(ModuleType):
    """A layer and its module share a name: here the name is always the layer, whoever imports the module."""

    def __setattr__(self, name: str, value: Any) -> None:
        is_home = isinstance(value, ModuleType) and name in __all__
        super().__setattr__(name, getattr(value, name) if is_home else value)

    def __getattr__(self, name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{name}"), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Middleware
