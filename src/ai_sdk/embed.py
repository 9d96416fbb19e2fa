"""Embeddings: one text, or many in chunks that run side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar, Unpack, cast

from ai_sdk._calls import CommonSettings, check_count, check_names, fields_of, side_by_side, usage_of
from ai_sdk.call import Attempt, CallRecord, record_call
from ai_sdk.errors import AISDKError, InvalidRequestError, InvalidResponseError
from ai_sdk.model import Model, name_of, recorded
from ai_sdk.registry import resolve
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import CallWarning, EmbeddingResult, ResponseInfo, Usage

__all__ = ["EmbedManyResult", "EmbedResult", "EmbeddingModel", "EmbeddingSettings", "PartialEmbeddingError", "Vector",
           "embed", "embed_many"]  # fmt: skip

EmbeddingModel: TypeAlias = str | Model[EmbeddingRequest, EmbeddingResult]
"""A model, or its name for the registry: ``"openai:text-embedding-3-small"``."""

Vector: TypeAlias = tuple[float, ...]
V_co = TypeVar("V_co", covariant=True)


class EmbeddingSettings(CommonSettings, total=False):
    """Settings of an embedding request.

    ``dimensions``: the length of the vectors, at least 1, where the model can shorten them. The others are those of
    every request: ``headers``, ``provider_options``, ``layer_options``.
    """

    dimensions: int | None


_SETTINGS = frozenset(EmbeddingSettings.__annotations__)


@dataclass(frozen=True, slots=True)
class EmbedResult:
    """The vector of one text. ``usage`` includes what failed attempts reported."""

    embedding: Vector = field(repr=False)
    usage: Usage
    warnings: tuple[CallWarning, ...] = ()
    response: ResponseInfo = field(default_factory=ResponseInfo, compare=False)
    provider_metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EmbedManyResult(Generic[V_co]):
    """One vector for each text, in order; ``usage`` is summed over all calls and failed attempts.

    ``responses`` has one entry for each chunk, in order, None for one that failed.
    """

    embeddings: tuple[V_co, ...] = field(repr=False)
    usage: Usage
    warnings: tuple[CallWarning, ...] = ()
    responses: tuple[ResponseInfo | None, ...] = field(default=(), compare=False, repr=False)
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)


class PartialEmbeddingError(AISDKError):
    """Some chunks of ``embed_many`` failed and others did not.

    ``partial`` is the result with None in the place of each vector that is missing, ``errors`` what the failed chunks
    raised, in order. Retryable when all of them are.
    """

    def __init__(self, message: str, *, partial: EmbedManyResult[Vector | None], errors: Sequence[Exception]) -> None:
        super().__init__(message)
        self.partial = partial
        self.errors = tuple(errors)
        self.retryable = all(isinstance(each, AISDKError) and each.retryable for each in self.errors)


async def embed(model: EmbeddingModel, value: str, /, **settings: Unpack[EmbeddingSettings]) -> EmbedResult:
    """Embed one text. The settings are those of ``EmbeddingSettings``.

    Raises ``InvalidRequestError`` before any call, ``InvalidResponseError`` for an answer without exactly one vector,
    and what the model raises.
    """
    check_names("embed", settings, _SETTINGS)
    _check_values((value,), "value")
    call = recorded(resolve(model, "embedding"))
    with record_call("call", "embed") as record:
        result = await _embed_chunk(call, EmbeddingRequest(values=(value,), **fields_of(settings)))
    return EmbedResult(
        result.embeddings[0],
        usage_of((result,), record),
        result.warnings,
        result.response,
        result.provider_metadata,
        tuple(record.attempts),
    )


async def embed_many(
    model: EmbeddingModel,
    values: Sequence[str],
    /,
    *,
    max_per_call: int | None = None,
    parallel: int = 4,
    **settings: Unpack[EmbeddingSettings],
) -> EmbedManyResult[Vector]:
    """Embed texts, in chunks of ``max_per_call``, with at most ``parallel`` calls at a time. No texts make no call.

    ``max_per_call`` is the model's ``max_values_per_call`` unless it is given; a model without one gets all texts in
    one call. A chunk begins as soon as another one ends. A failed chunk does not keep the others from finishing; then
    ``PartialEmbeddingError`` is raised with the vectors that did arrive. When none did, the first error itself is.
    """
    check_names("embed_many", settings, _SETTINGS | {"max_per_call", "parallel"})
    if isinstance(values, str):
        raise InvalidRequestError("values is a str; allowed is a sequence of strings", field="values")
    texts = tuple(values)
    _check_values(texts, "values")
    call = resolve(model, "embedding")
    size = max_per_call if max_per_call is not None else getattr(call, "max_values_per_call", None)
    check_count("max_per_call", size)
    check_count("parallel", parallel)
    size = size or max(1, len(texts))
    base = EmbeddingRequest(values=(), **fields_of(settings))
    requests = [_with_values(base, texts[at : at + size]) for at in range(0, len(texts), size)]
    with record_call("call", "embed_many") as record:
        chosen = recorded(call)
        answers = await side_by_side(lambda request: _embed_chunk(chosen, request), requests, parallel)
        return _gather(requests, answers, record)


def _with_values(base: EmbeddingRequest, values: tuple[str, ...]) -> EmbeddingRequest:
    return replace(base, values=values)


def _check_values(values: tuple[object, ...], name: str) -> None:
    for at, value in enumerate(values):
        if not isinstance(value, str):
            place = f"values[{at}]" if name == "values" else name
            raise InvalidRequestError(f"{place} is a {type(value).__name__}; allowed is a str", field=place)


async def _embed_chunk(model: Model[EmbeddingRequest, EmbeddingResult], request: EmbeddingRequest) -> EmbeddingResult:
    result = await model(request)
    if len(result.embeddings) != len(request.values):
        raise InvalidResponseError(
            f"{name_of(model)} returned {len(result.embeddings)} vectors for {len(request.values)} texts"
        )
    return result


def _gather(
    requests: Sequence[EmbeddingRequest], answers: Sequence[EmbeddingResult | Exception], record: CallRecord
) -> EmbedManyResult[Vector]:
    results = [each for each in answers if isinstance(each, EmbeddingResult)]
    errors = [each for each in answers if isinstance(each, Exception)]
    if errors and not results:
        raise errors[0]
    vectors: list[Vector | None] = []
    for request, answer in zip(requests, answers, strict=True):
        vectors.extend(answer.embeddings if isinstance(answer, EmbeddingResult) else [None] * len(request.values))
    result: EmbedManyResult[Vector | None] = EmbedManyResult(
        tuple(vectors),
        usage_of(results, record),
        tuple(warning for each in results for warning in each.warnings),
        tuple(each.response if isinstance(each, EmbeddingResult) else None for each in answers),
        tuple(record.attempts),
    )
    if errors:
        raise PartialEmbeddingError(
            f"{len(errors)} of {len(answers)} chunks failed; the first error: {errors[0]}",
            partial=result,
            errors=errors,
        ) from errors[0]
    return cast("EmbedManyResult[Vector]", result)
