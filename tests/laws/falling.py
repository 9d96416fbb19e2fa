"""What the laws of ``fallback`` and ``route`` share: errors that move on or stop, and a line of models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from layer_laws.kit import (
    Kind,
    Outcome,
    Scripted,
)

from ai_sdk.errors import (
    AllModelsFailedError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    CircuitOpenError,
    ContentFilterError,
    ContextLengthError,
    GuardrailError,
    InvalidRequestError,
    InvalidResponseError,
    LayerError,
    MalformedEventError,
    MissingAPIKeyError,
    NoObjectGeneratedError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitedError,
    RateLimitError,
    ResponseClosedError,
    ServerError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.model import AnyLayer
from ai_sdk.parts import ResponseMetadata, StreamStart
from ai_sdk.results import CallWarning

Make = Callable[..., AnyLayer]

MOVING: list[Callable[[], Exception]] = [
    lambda: RateLimitError("slow down", status=429, retry_after=3.0),
    lambda: OverloadedError("busy", status=529),
    lambda: ServerError("broken", status=500),
    lambda: AuthenticationError("who are you", status=401),
    lambda: PermissionDeniedError("not you", status=403),
    lambda: QuotaExceededError("no credit", status=402),
    lambda: NotFoundError("no such model", status=404),
    lambda: MissingAPIKeyError("set KEY"),
    lambda: UnsupportedError("no pictures"),
    lambda: APIConnectionError("no route"),
    lambda: APITimeoutError("late", limit="first content"),
    lambda: APITimeoutError("late", limit="total"),
    lambda: TruncatedStreamError("cut"),
    lambda: MalformedEventError("what"),
    lambda: InvalidResponseError("what"),
    lambda: CircuitOpenError("open"),
    lambda: RateLimitedError("limit"),
    lambda: LayerError("no key is left"),
    lambda: ConnectionError("reset"),
    lambda: TimeoutError("a model of the user's own"),
    lambda: AllModelsFailedError("all", [ServerError("one"), RateLimitError("two")]),
]
STOPPING: list[Callable[[], Exception]] = [
    lambda: BadRequestError("no", status=400),
    lambda: ContentFilterError("no", status=400),
    lambda: ContextLengthError("too long", status=400),
    lambda: InvalidRequestError("bad"),
    lambda: GuardrailError("no"),
    lambda: BudgetExceededError("no money"),
    lambda: NoObjectGeneratedError("no object"),
    lambda: ResponseClosedError("closed"),
    lambda: APITimeoutError("over", limit="deadline"),
    lambda: AllModelsFailedError("all", [ServerError("one"), BadRequestError("two")]),
    lambda: ValueError("a bug"),
    lambda: OSError("disk"),
    lambda: RuntimeError("a bug"),
]
moving = st.sampled_from(MOVING).map(lambda make: make())
stopping = st.sampled_from(STOPPING).map(lambda make: make())
STOPPING_NAMES = {type(make()).__name__ for make in STOPPING} - {"APITimeoutError", "AllModelsFailedError"}

HEADS = st.lists(
    st.sampled_from(
        [StreamStart((CallWarning("other", "seed", "ignored"),)), ResponseMetadata(id="h"), StreamStart(), 0.5]
    ),
    max_size=4,
)


def stops(error: Exception) -> bool:
    if isinstance(error, AllModelsFailedError):
        return any(map(stops, error.exceptions))
    if isinstance(error, APITimeoutError):
        return error.limit == "deadline"
    return type(error).__name__ in STOPPING_NAMES


class Line:
    """Several scripted models of one kind, each with one answer."""

    def __init__(self, kind: Kind, answers: Sequence[Any]) -> None:
        self.kind = kind
        self.all = [Scripted(kind, [Outcome(each)]) for each in answers]
        self.request = self.all[0].request

    def layered(self, make: Make, **options: Any) -> Any:
        return make(*(each.model for each in self.all[1:]), **options)(self.all[0].model)

    @property
    def calls(self) -> list[int]:
        return [len(each.calls) for each in self.all]

    def check_closed(self) -> None:
        for each in self.all:
            each.check_closed()
