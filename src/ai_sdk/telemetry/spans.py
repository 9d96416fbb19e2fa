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
from ai_sdk.sensitive import kinds
from ai_sdk.telemetry.names import ATTRIBUTES, OPENINFERENCE, OPERATIONS, PROVIDERS, Conventions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import Span

    from ai_sdk.call import Attempt
    from ai_sdk.ending import Ending
    from ai_sdk.results import Usage

__all__ = [
    "COUNTS",
    "error_type",
    "finish_of",
    "identity_of",
    "named",
    "on_attempt",
    "on_ending",
    "on_other",
    "on_request",
    "provider_of",
    "set_status",
    "usage_of",
    "without_keys",
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
COUNTS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
)
_FINISHES = {"tool-calls": "tool_call", "content-filter": "content_filter"}
_LATEST = {each.name: each.latest for each in ATTRIBUTES if each.latest is not None}


def without_keys(text: str) -> str:
    """The text without what looks like somebody's key, wherever it comes from."""
    return kinds()["api_key"].pattern.sub("[redacted]", text)


def named(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes by the names of ``latest``; what has a new name there stands under both."""
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
    attributes: dict[str, Any] = {}
    if isinstance(request, LanguageRequest):
        _language(request, conventions, attributes)
    elif isinstance(request, EmbeddingRequest):
        if request.dimensions is not None:
            attributes["gen_ai.embeddings.dimension.count"] = request.dimensions
    else:
        _media(request, attributes)
    if getattr(request, "stream", False):
        attributes["gen_ai.request.stream"] = True
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


def _language(request: LanguageRequest, conventions: Conventions, attributes: dict[str, Any]) -> None:
    """One test for each setting: most are not set, and a loop over their names takes four times as long."""
    if request.max_output_tokens is not None:
        attributes["gen_ai.request.max_tokens"] = request.max_output_tokens
    if request.temperature is not None:
        attributes["gen_ai.request.temperature"] = float(request.temperature)
    if request.top_p is not None:
        attributes["gen_ai.request.top_p"] = float(request.top_p)
    if request.top_k is not None:
        attributes["gen_ai.request.top_k"] = float(request.top_k) if conventions == "1.41" else request.top_k
    if request.frequency_penalty is not None:
        attributes["gen_ai.request.frequency_penalty"] = float(request.frequency_penalty)
    if request.presence_penalty is not None:
        attributes["gen_ai.request.presence_penalty"] = float(request.presence_penalty)
    if request.seed is not None:
        attributes["gen_ai.request.seed"] = request.seed
    if request.stop:
        attributes["gen_ai.request.stop_sequences"] = tuple(request.stop)
    if request.response_format is not None:
        attributes["gen_ai.output.type"] = "json"
    if request.reasoning is not None and conventions == "latest":
        attributes["gen_ai.request.reasoning.level"] = request.reasoning


def _media(request: object, attributes: dict[str, Any]) -> None:
    output = _OUTPUTS.get(_kind_of(request, None))
    if output is not None:
        attributes["gen_ai.output.type"] = output
    if getattr(request, "n", 1) != 1:
        attributes["gen_ai.request.choice.count"] = cast("Any", request).n
    if isinstance(request, ImageRequest | VideoRequest) and request.seed is not None:
        attributes["gen_ai.request.seed"] = request.seed


def finish_of(reason: str | None) -> str:
    """A finish reason in the words of the conventions; ``error`` where one was expected and none came."""
    return _FINISHES.get(reason, reason) if reason else "error"


def on_attempt(attempt: Attempt, usage: Usage | None, cost: float | None) -> dict[str, Any]:
    """What an attempt that is over says of itself."""
    said: dict[str, Any] = {}
    if attempt.status is not None:
        said["http.response.status_code"] = attempt.status
    if attempt.request_id is not None:
        said["ai_sdk.request.id"] = attempt.request_id
    if cost is not None:
        said["ai_sdk.attempt.cost"] = cost
    if usage is not None:
        if usage.input_tokens is not None:
            said["ai_sdk.attempt.input_tokens"] = usage.input_tokens
        if usage.output_tokens is not None:
            said["ai_sdk.attempt.output_tokens"] = usage.output_tokens
    if attempt.first_content is not None:
        said["ai_sdk.attempt.time_to_first_chunk"] = attempt.first_content - attempt.started
    if attempt.error is not None:
        said["error.type"] = error_type(attempt.error)
    return said


def on_ending(ending: Ending) -> dict[str, Any]:
    """How a call ended that did not reach its end."""
    if ending.how in ("closed", "dropped"):
        return {"ai_sdk.stream.abandoned": True}
    return {} if ending.error is None else {"error.type": error_type(ending.error)}


def on_other(asked: Mapping[str, Any], attempts: Sequence[Attempt]) -> dict[str, str]:
    """Who answered, in OpenInference's words, where that is not who was asked: Phoenix prices a call by them."""
    answered = next((each.model for each in reversed(attempts) if each.error is None), "")
    provider, known, model = answered.partition(":")
    same = model == asked.get("gen_ai.request.model") and provider_of(provider) == asked["gen_ai.provider.name"]
    if same or not known:
        return {}
    return {"llm.model_name": model, "llm.provider": OPENINFERENCE.get(provider, provider)}


def usage_of(usage: Usage, names: Sequence[str] = COUNTS) -> dict[str, int]:
    """Tokens, those of ``names``; what nobody said is left out."""
    counts = (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    )
    return {name: count for name, count in zip(names, counts, strict=False) if count is not None}


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


def set_status(span: Span, error: BaseException, *, words: bool) -> None:
    """Say that a span failed with this error; a cancellation is no failure.

    ``words``: with the message, in which a provider may repeat what it was asked.
    """
    if isinstance(error, Exception):
        shown = without_keys(str(error))[:1000] if words else _summary(error)
        span.set_status(Status(StatusCode.ERROR, shown))


def _summary(error: Exception) -> str:
    status = getattr(error, "status", None)
    name = type(error).__name__
    return f"{name} (status {status})" if isinstance(status, int) else name
