"""Every real layer, made so that the laws which all layers keep can be tried on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import TracerProvider

from ai_sdk import middleware
from ai_sdk.cassette import Cassette
from ai_sdk.errors import APIConnectionError
from ai_sdk.failover import Candidate
from ai_sdk.middleware import (
    budget,
    cache,
    circuit_breaker,
    default_instructions,
    default_settings,
    extract_json,
    extract_reasoning,
    fallback,
    guardrail,
    hedge,
    key_pool,
    logging,
    rate_limit,
    reask,
    record,
    redact,
    repair_tool_calls,
    retry,
    route,
    smooth_stream,
    timeout,
    tool_examples,
    tracing,
)

__all__ = ["APART", "SHEETS", "Sheet"]


@dataclass(frozen=True)
class Sheet:
    """What a layer promises besides its own law.

    ``make``: a fresh layer that calls the model once for each call that succeeds.
    ``every_kind``: it fits models of every kind (``laws.test_kinds`` tries it on each, and that a layer for language
    alone refuses the others). ``same``: it gives on the very parts that it gets, in order.
    ``task``: it runs the inner call in a task of its own (law 4), which closes what is inside.
    """

    make: Callable[[], Any]
    every_kind: bool = True
    same: bool = True
    task: bool = False


async def never(_request: Any) -> Any:
    """A second model that is always gone."""
    raise APIConnectionError("nobody there")


SHEETS: dict[str, Sheet] = {
    "budget": Sheet(lambda: budget(tokens=10**9)),
    "cache": Sheet(lambda: cache(ttl=300), task=True),
    "circuit_breaker": Sheet(lambda: circuit_breaker(min_calls=1000)),
    "default_instructions": Sheet(lambda: default_instructions("Be brief."), every_kind=False),
    "default_settings": Sheet(lambda: default_settings(headers={"x-law": "1"})),
    "extract_json": Sheet(lambda: extract_json(always=True), every_kind=False, same=False),
    "extract_reasoning": Sheet(extract_reasoning, every_kind=False, same=False),
    "fallback": Sheet(lambda: fallback(never)),
    "guardrail": Sheet(lambda: guardrail(output=[lambda _text: None]), every_kind=False, same=False),
    "hedge": Sheet(lambda: hedge(delay=1e6), task=True),
    "key_pool": Sheet(lambda: key_pool("sk-one", "sk-two", provider="scripted")),
    "logging": Sheet(logging),
    "rate_limit": Sheet(lambda: rate_limit(requests=10**6, concurrency=10**6)),
    "reask": Sheet(reask, every_kind=False, same=False),
    "record": Sheet(lambda: record(Cassette())),
    "redact": Sheet(lambda: redact(r"secret-\d+"), every_kind=False, same=False),
    "repair_tool_calls": Sheet(repair_tool_calls, every_kind=False, same=False),
    "retry": Sheet(lambda: retry(attempts=1)),
    "route": Sheet(lambda: route(Candidate(weight=1), Candidate(never, weight=0), strategy="weighted")),
    "smooth_stream": Sheet(lambda: smooth_stream(delay=None), every_kind=False, same=False),
    "tool_examples": Sheet(tool_examples, every_kind=False),
    "tracing": Sheet(lambda: tracing(tracer_provider=TracerProvider(shutdown_on_exit=False))),
    "timeout": Sheet(lambda: timeout(total=10**6, first_content=10**5, idle=10**4)),
}

APART = frozenset({"replay", "batch"})
"""One that never calls the model, and one for embeddings alone: their laws are their own."""


def missing() -> list[str]:
    """Layers without a sheet."""
    return sorted(set(middleware.__all__) - set(SHEETS) - APART)
