"""From requests, results and errors to the attributes of spans."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from opentelemetry.trace import Status, StatusCode

from ai_sdk.errors import APIError
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.telemetry.names import ATTRIBUTES, OPERATIONS, PROVIDERS, Conventions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from ai_sdk.results import Usage

__all__ = [
    "error_type",
    "fail",
    "finish_of",
    "identity_of",
    "named",
    "on_answer",
    "on_request",
    "provider_of",
    "usage_of",
]

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

_KINDS: dict[type[Any], str] = {
    LanguageRequest: "language",
    EmbeddingRequest: "embedding",
    ImageRequest: "image",
    SpeechRequest: "speech",
    TranscriptionRequest: "transcription",
    RerankRequest: "reranking",
    VideoRequest: "video",
}
_OUTPUTS = {"image": "image", "speech": "speech"}
_COUNTS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
)
_FINISHES = {"tool-calls": "tool_call", "content-filter": "content_filter"}
_LATEST = {each.name: each.latest for each in ATTRIBUTES if each.latest is not None}
_SETTINGS = (
    ("max_output_tokens", "gen_ai.request.max_tokens"),
    ("temperature", "gen_ai.request.temperature"),
    ("top_p", "gen_ai.request.top_p"),
    ("top_k", "gen_ai.request.top_k"),
    ("frequency_penalty", "gen_ai.request.frequency_penalty"),
    ("presence_penalty", "gen_ai.request.presence_penalty"),
    ("seed", "gen_ai.request.seed"),
)
_FLOATS = frozenset({"temperature", "top_p", "frequency_penalty", "presence_penalty"})


def named(attributes: Mapping[str, Any], conventions: Conventions) -> dict[str, Any]:
    """The attributes by the names of the chosen conventions; what has a new name stands under both in ``latest``."""
    if conventions == "1.41":
        return dict(attributes)
    more = {_LATEST[name]: value for name, value in attributes.items() if name in _LATEST}
    return {**attributes, **more}


def provider_of(name: str) -> str:
    """``gen_ai.provider.name`` of one of our providers, such as ``amazon_bedrock``."""
    return PROVIDERS.get(name, name)


def identity_of(request: object, model: Any) -> tuple[str, dict[str, Any]]:
    """The name of the span, and what is the same for every such request: what a sampler may decide by."""
    kind = _kind_of(request, model)
    operation = OPERATIONS.get(kind, kind)
    provider, model_id = getattr(model, "provider", None), getattr(model, "model_id", None)
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider_of(provider) if isinstance(provider, str) and provider else "_OTHER",
    }
    if isinstance(model_id, str) and model_id:
        attributes["gen_ai.request.model"] = model_id
    attributes.update(_address(model))
    return f"{operation} {model_id}" if "gen_ai.request.model" in attributes else operation, attributes


def _kind_of(request: object, model: Any) -> str:
    kind = _KINDS.get(type(request)) or getattr(model, "kind", None)
    return kind if isinstance(kind, str) else "language"


def on_request(request: object, conventions: Conventions) -> dict[str, Any]:
    """The settings of a request, and what it asks for."""
    kind = _kind_of(request, None)
    attributes: dict[str, Any] = {}
    if kind == "language":
        attributes.update(_language(request, conventions))
    elif kind in _OUTPUTS:
        attributes["gen_ai.output.type"] = _OUTPUTS[kind]
    if kind in ("image", "video"):
        attributes.update(_made(request))
    if getattr(request, "stream", False):
        attributes["gen_ai.request.stream"] = True
    if isinstance(request, EmbeddingRequest) and request.dimensions is not None:
        attributes["gen_ai.embeddings.dimension.count"] = request.dimensions
    return attributes


def _address(model: Any) -> dict[str, Any]:
    endpoint: Any = getattr(model, "endpoint", None)
    if endpoint is None:
        return {}
    try:
        parts = urlsplit(str(endpoint.url("")))
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except Exception:  # noqa: BLE001 - an endpoint of the user's own, or one that is not set up: the call will say so
        return {}
    if not parts.hostname or port is None:
        return {}
    return {"server.address": parts.hostname, "server.port": port}


def _language(request: Any, conventions: Conventions) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for field, name in _SETTINGS:
        value = getattr(request, field, None)
        if value is not None:
            attributes[name] = float(value) if field in _FLOATS else value
    if conventions == "1.41" and "gen_ai.request.top_k" in attributes:
        attributes["gen_ai.request.top_k"] = float(attributes["gen_ai.request.top_k"])
    if getattr(request, "stop", ()):
        attributes["gen_ai.request.stop_sequences"] = tuple(request.stop)
    if getattr(request, "response_format", None) is not None:
        attributes["gen_ai.output.type"] = "json"
    if conventions == "latest" and getattr(request, "reasoning", None) is not None:
        attributes["gen_ai.request.reasoning.level"] = request.reasoning
    return attributes


def _made(request: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if getattr(request, "n", 1) != 1:
        attributes["gen_ai.request.choice.count"] = request.n
    if getattr(request, "seed", None) is not None:
        attributes["gen_ai.request.seed"] = request.seed
    return attributes


def finish_of(reason: str | None) -> str:
    """A finish reason in the words of the conventions; ``error`` where one was expected and none came."""
    return _FINISHES.get(reason, reason) if reason else "error"


def on_answer(result: Any) -> dict[str, Any]:
    """What an answer says of itself, as far as it has arrived."""
    if result is None:
        return {}
    attributes: dict[str, Any] = {}
    info = getattr(result, "response", None)
    for name in ("id", "model"):
        value = getattr(info, name, None)
        if isinstance(value, str):
            attributes[f"gen_ai.response.{name}"] = value
    if hasattr(result, "finish_reason"):
        attributes["gen_ai.response.finish_reasons"] = (finish_of(result.finish_reason),)
    embeddings: Any = getattr(result, "embeddings", None)
    if embeddings:
        attributes["gen_ai.embeddings.dimension.count"] = len(embeddings[0])
    usage = getattr(result, "usage", None)
    if usage is not None:
        names = _COUNTS[:1] if embeddings is not None else _COUNTS if hasattr(result, "finish_reason") else _COUNTS[:2]
        said = usage_of(cast("Usage", usage))
        attributes.update({name: said[name] for name in names if name in said})
    return attributes


def usage_of(usage: Usage) -> dict[str, int]:
    """Tokens; what nobody said is left out."""
    counts = (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    )
    return {name: count for name, count in zip(_COUNTS, counts, strict=True) if count is not None}


def error_type(error: BaseException) -> str:
    """``error.type``: the provider's own code of an error, else the name of the class, with its module if not ours."""
    if isinstance(error, asyncio.CancelledError):
        return "CancelledError"
    code = error.code if isinstance(error, APIError) else None
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    kind = type(error)
    if kind.__module__ in ("builtins", "ai_sdk.errors"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def fail(span: Span, error: BaseException | None, *, words: bool) -> None:
    """Write an error on a span; one without ``error`` stays as it is. A cancellation is no failure.

    ``words``: also the message, in which a provider may repeat what it was asked.
    """
    if error is None or not span.is_recording():
        return
    span.set_attribute("error.type", error_type(error))
    if isinstance(error, Exception):
        span.set_status(Status(StatusCode.ERROR, str(error)[:1000] if words else _summary(error)))


def _summary(error: Exception) -> str:
    status = getattr(error, "status", None)
    name = type(error).__name__
    return f"{name} (status {status})" if isinstance(status, int) else name
