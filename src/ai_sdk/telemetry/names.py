"""Every name that telemetry uses, in one table: attributes, metrics and their buckets.

The source is OpenTelemetry's semantic conventions for generative AI, version 1.41.1 (2026-05-11), the last release that
has them, and, as ``latest``, the main branch of semantic-conventions-genai at commit 024a4f944a12 (October 2026).
Everything there has the status *development*. Names that begin with ``ai_sdk.`` are ours; ``operation.cost`` is what
Logfire reads, ``llm.*`` are OpenInference's, which Phoenix reads. A span with ``gen_ai.request.model`` is taken for a
call of a model by Phoenix and Langfuse, and priced: attempts have ``ai_sdk.attempt.model`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = [
    "ATTRIBUTES",
    "CAPTURE",
    "COUNTS",
    "DURATIONS",
    "MEASURED",
    "METRICS",
    "OPENINFERENCE",
    "OPERATIONS",
    "PROVIDERS",
    "RUNS",
    "SCHEMA",
    "TOKENS",
    "Attribute",
    "Conventions",
    "Metric",
]

Conventions: TypeAlias = Literal["1.41", "latest"]
Level: TypeAlias = Literal["required", "conditional", "recommended", "opt-in", "own"]
Span: TypeAlias = Literal["inference", "embeddings", "media", "tool", "agent", "attempt"]

SCHEMA: Final = "https://opentelemetry.io/schemas/1.41.0"
CAPTURE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

OPERATIONS: Final = {
    "language": "chat",
    "embedding": "embeddings",
    "image": "image_generation",
    "speech": "speech",
    "transcription": "transcription",
    "reranking": "rerank",
    "video": "video_generation",
}
"""``gen_ai.operation.name`` by kind of model. The conventions have none for the last five and allow custom names."""

PROVIDERS: Final = {
    "amazon_bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google": "gcp.gemini",
    "google_vertex": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "moonshotai": "moonshot_ai",
    "togetherai": "together_ai",
    "xai": "x_ai",
}
"""``gen_ai.provider.name`` where it is not our own name for the provider."""

OPENINFERENCE: Final = {
    "amazon_bedrock": "aws",
    "google_vertex": "google",
    "mistral": "mistralai",
    "moonshotai": "moonshot",
    "togetherai": "together",
}
"""``llm.provider`` where it is not our own name for the provider."""

DURATIONS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
RUNS: Final = tuple(0.1 * 2**power for power in range(13))
COUNTS: Final = tuple(float(2**power) for power in range(8))
TOKENS: Final = tuple(float(4**power) for power in range(14))


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: its Python type, where it stands and how much it is wanted there.

    ``latest`` is its name in the newer conventions where that differs, ``python_latest`` its type there, ``since`` the
    first that have it.
    """

    name: str
    python: type
    level: Level
    spans: tuple[Span, ...]
    latest: str | None = None
    since: Conventions = "1.41"
    python_latest: type | None = None


_LLM: tuple[Span, ...] = ("inference",)
_CALLS: tuple[Span, ...] = ("inference", "embeddings", "media")

ATTRIBUTES: Final = (
    Attribute("gen_ai.operation.name", str, "required", (*_CALLS, "tool", "agent")),
    Attribute("gen_ai.provider.name", str, "required", _CALLS),
    Attribute("gen_ai.request.model", str, "conditional", _CALLS),
    Attribute("server.address", str, "recommended", _CALLS),
    Attribute("server.port", int, "conditional", _CALLS),
    Attribute("error.type", str, "conditional", (*_CALLS, "tool", "agent", "attempt")),
    Attribute("gen_ai.conversation.id", str, "conditional", (*_CALLS, "tool", "agent", "attempt")),
    Attribute("gen_ai.agent.name", str, "conditional", (*_CALLS, "tool", "agent", "attempt")),
    Attribute("gen_ai.output.type", str, "conditional", ("inference", "media")),
    Attribute("gen_ai.request.choice.count", int, "conditional", ("inference", "media")),
    Attribute("gen_ai.request.seed", int, "conditional", ("inference", "media")),
    Attribute("gen_ai.request.stream", bool, "conditional", ("inference", "media")),
    Attribute("gen_ai.request.top_k", float, "conditional", _LLM, python_latest=int),
    Attribute("gen_ai.request.max_tokens", int, "recommended", _LLM),
    Attribute("gen_ai.request.temperature", float, "recommended", _LLM),
    Attribute("gen_ai.request.top_p", float, "recommended", _LLM),
    Attribute("gen_ai.request.frequency_penalty", float, "recommended", _LLM),
    Attribute("gen_ai.request.presence_penalty", float, "recommended", _LLM),
    Attribute("gen_ai.request.stop_sequences", tuple, "recommended", _LLM),
    Attribute("gen_ai.request.reasoning.level", str, "recommended", _LLM, since="latest"),
    Attribute("gen_ai.response.id", str, "recommended", _CALLS),
    Attribute("gen_ai.response.model", str, "recommended", _CALLS),
    Attribute("gen_ai.response.finish_reasons", tuple, "recommended", _LLM),
    Attribute("gen_ai.response.time_to_first_chunk", float, "recommended", ("inference", "media")),
    Attribute("gen_ai.usage.input_tokens", int, "recommended", _CALLS),
    Attribute("gen_ai.usage.output_tokens", int, "recommended", ("inference", "media")),
    Attribute("gen_ai.usage.cache_read.input_tokens", int, "recommended", _LLM),
    Attribute(
        "gen_ai.usage.cache_creation.input_tokens",
        int,
        "recommended",
        _LLM,
        latest="gen_ai.usage.cache_write.input_tokens",
    ),
    Attribute("gen_ai.usage.reasoning.output_tokens", int, "recommended", _LLM),
    Attribute("gen_ai.embeddings.dimension.count", int, "recommended", ("embeddings",)),
    Attribute("gen_ai.system_instructions", str, "opt-in", _LLM),
    Attribute("gen_ai.input.messages", str, "opt-in", _LLM),
    Attribute("gen_ai.output.messages", str, "opt-in", _LLM),
    Attribute("gen_ai.tool.definitions", str, "opt-in", _LLM),
    Attribute("gen_ai.tool.name", str, "required", ("tool",)),
    Attribute("gen_ai.tool.type", str, "recommended", ("tool",)),
    Attribute("gen_ai.tool.call.id", str, "recommended", ("tool",)),
    Attribute("gen_ai.tool.description", str, "recommended", ("tool",)),
    Attribute("gen_ai.tool.call.arguments", str, "opt-in", ("tool",)),
    Attribute("gen_ai.tool.call.result", str, "opt-in", ("tool",)),
    Attribute("operation.cost", float, "own", _CALLS),
    Attribute("gen_ai.usage.cost", float, "own", _CALLS),
    Attribute("llm.model_name", str, "own", _LLM),
    Attribute("llm.provider", str, "own", _LLM),
    Attribute("ai_sdk.attempts", int, "own", _CALLS),
    Attribute("ai_sdk.stream.abandoned", bool, "own", (*_CALLS, "agent")),
    Attribute("ai_sdk.cache", str, "own", _CALLS),
    Attribute("ai_sdk.attempt.number", int, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.provider", str, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.model", str, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.outlives", bool, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.cost", float, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.input_tokens", int, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.output_tokens", int, "own", ("attempt",)),
    Attribute("ai_sdk.attempt.time_to_first_chunk", float, "own", ("attempt",)),
    Attribute("ai_sdk.request.id", str, "own", ("attempt",)),
    Attribute("http.response.status_code", int, "recommended", ("attempt",)),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """An instrument: its kind, unit and buckets; ``latest`` is its name in the newer conventions for inference.

    ``conventions`` are those that have it, ``attributes`` the ones that it has beside ``MEASURED``. Those of runs and
    tools are newer than 1.41, which has no others for them: they have these names in both.
    """

    name: str
    kind: Literal["histogram", "counter", "gauge"]
    unit: str
    description: str
    buckets: tuple[float, ...] = ()
    latest: str | None = None
    conventions: tuple[Conventions, ...] = ("1.41", "latest")
    attributes: tuple[str, ...] = ()


MEASURED: Final = (
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "server.address",
    "server.port",
)
"""What all metrics are told apart by, as far as it is known."""


def _used(name: str) -> Metric:
    return Metric(
        f"gen_ai.client.inference.usage.{name}",
        "counter",
        "{token}",
        "Tokens that were used.",
        conventions=("latest",),
        attributes=("gen_ai.token.modality",),
    )


def _per_call(name: str) -> Metric:
    return Metric(
        f"gen_ai.client.inference.operation.{name}",
        "histogram",
        "{token}",
        "Tokens of a call.",
        TOKENS,
        conventions=("latest",),
        attributes=("error.type",),
    )


METRICS: Final = (
    Metric(
        "gen_ai.client.operation.duration",
        "histogram",
        "s",
        "How long a call took, with all its attempts.",
        DURATIONS,
        latest="gen_ai.client.inference.duration",
        attributes=("error.type",),
    ),
    Metric(
        "gen_ai.client.token.usage",
        "histogram",
        "{token}",
        "Tokens of a call, by type.",
        TOKENS,
        conventions=("1.41",),
        attributes=("gen_ai.token.type",),
    ),
    _used("input_tokens"),
    _used("output_tokens"),
    _used("cache_read.input_tokens"),
    _used("cache_write.input_tokens"),
    _used("reasoning.output_tokens"),
    _per_call("input_tokens"),
    _per_call("output_tokens"),
    Metric(
        "gen_ai.client.operation.time_to_first_chunk",
        "histogram",
        "s",
        "From the start of a streamed call until its first content.",
        DURATIONS,
        latest="gen_ai.client.inference.time_to_first_chunk",
    ),
    Metric(
        "gen_ai.client.operation.time_per_output_chunk",
        "histogram",
        "s",
        "From one part of a stream to the next.",
        DURATIONS,
        latest="gen_ai.client.inference.time_per_output_chunk",
    ),
    Metric(
        "gen_ai.invoke_agent.duration",
        "histogram",
        "s",
        "How long a run of steps took, with its tools.",
        RUNS,
        attributes=("gen_ai.agent.name", "error.type"),
    ),
    Metric(
        "gen_ai.invoke_agent.inference_calls",
        "histogram",
        "{inference_call}",
        "Calls of the model in a run.",
        COUNTS,
        attributes=("gen_ai.agent.name",),
    ),
    Metric(
        "gen_ai.invoke_agent.tool_calls",
        "histogram",
        "{tool_call}",
        "Tools that ran in a run.",
        COUNTS,
        attributes=("gen_ai.agent.name",),
    ),
    Metric(
        "gen_ai.execute_tool.duration",
        "histogram",
        "s",
        "How long a tool ran.",
        DURATIONS,
        attributes=("gen_ai.tool.name", "gen_ai.tool.type", "gen_ai.agent.name", "error.type"),
    ),
    Metric(
        "ai_sdk.client.attempts",
        "counter",
        "{attempt}",
        "Attempts, by how they ended: ok, or the type of the error.",
        attributes=("ai_sdk.attempt.outcome",),
    ),
    Metric("ai_sdk.client.retries", "counter", "{retry}", "Attempts that were made again."),
    Metric("ai_sdk.client.fallbacks", "counter", "{fallback}", "Calls that moved on to another model."),
    Metric("ai_sdk.client.hedges", "counter", "{hedge}", "Second calls for a late first one."),
    Metric(
        "ai_sdk.client.cache.lookups",
        "counter",
        "{lookup}",
        "Lookups in the cache: hit, miss, joined.",
        attributes=("ai_sdk.cache",),
    ),
    Metric(
        "ai_sdk.client.wait",
        "histogram",
        "s",
        "How long a call waited: in line for a limit, or before a retry.",
        DURATIONS,
        attributes=("ai_sdk.wait.reason",),
    ),
    Metric(
        "ai_sdk.client.circuit.transitions",
        "counter",
        "{transition}",
        "Changes of state of circuit breakers, by the new state.",
        attributes=("ai_sdk.circuit.to",),
    ),
    Metric(
        "ai_sdk.client.circuit.state",
        "gauge",
        "1",
        "The state of the circuit breaker that changed last: 0 closed, 1 half-open, 2 open.",
    ),
    Metric("ai_sdk.client.cost", "counter", "USD", "What calls cost, failed attempts included."),
)
