"""What the laws of the layers share: scripts of answers for three kinds of call, and what holds after each trial."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, cast

import pytest
from hypothesis import Phase, settings

from ai_sdk.errors import BadRequestError, OverloadedError, RateLimitError, ServerError
from ai_sdk.messages import user
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.response import Response
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.testing import ScriptedCall, ScriptedModel
from ai_sdk.testing.scripted import Step

T = TypeVar("T")
MOST_EXAMPLES = int(os.environ.get("AI_SDK_MAX_EXAMPLES", "1000000"))
_phases = [tuple(Phase)]


def examples(count: int = 60) -> settings:
    """So many examples show a law; derandomised, so that a run is repeatable."""
    return settings(
        max_examples=min(count, MOST_EXAMPLES),
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        phases=_phases[-1],
    )


WHOLE = LanguageRequest(messages=(user("hi"),))
STREAMED = LanguageRequest(messages=(user("hi"),), stream=True)
EMBEDDING = EmbeddingRequest(values=("hi",))
FINISH = Finish("stop", Usage(input_tokens=1, output_tokens=1))

Kind: TypeAlias = Literal["whole", "streamed", "embedding"]
KINDS: tuple[Kind, ...] = ("whole", "streamed", "embedding")


@dataclass(frozen=True)
class Outcome:
    """One answer of a script: after ``seconds``, the error or the text."""

    answer: Exception | str
    seconds: float = 0.0


class Scripted:
    """A scripted model of one of the kinds, its request, and what happened to it."""

    def __init__(self, kind: Kind, outcomes: Sequence[Outcome]) -> None:
        self.kind = kind
        self.language = ScriptedModel([_turn(each) for each in outcomes])
        self.embedding = ScriptedCall[EmbeddingRequest, EmbeddingResult](_embeddings([*outcomes, *[outcomes[-1]] * 20]))
        self.started: list[float] = []

    @property
    def request(self) -> Any:
        return {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[self.kind]

    @property
    def model(self) -> Any:
        inner: Any = self.embedding if self.kind == "embedding" else self.language

        async def model(request: Any) -> Any:
            self.started.append(asyncio.get_running_loop().time())
            return await inner(request)

        setattr(model, "records_attempts", self.kind != "embedding")
        return model

    @property
    def calls(self) -> list[Any]:
        return cast("list[Any]", self.embedding.calls if self.kind == "embedding" else self.language.calls)

    def check_closed(self) -> None:
        check_closed(self.language)


def check_closed(model: ScriptedModel) -> None:
    """No wire is open and no task is left."""
    assert not [wire for wire in model.wires if wire.open]
    assert asyncio.all_tasks() == {asyncio.current_task()}


def _turn(outcome: Outcome) -> list[Step]:
    wait: list[Step] = [outcome.seconds] if outcome.seconds else []
    if isinstance(outcome.answer, Exception):
        return [*wait, outcome.answer]
    return [*wait, TextDelta(outcome.answer), FINISH]


def _embeddings(outcomes: Sequence[Outcome]) -> list[EmbeddingResult | BaseException | float | Any]:
    turns: list[EmbeddingResult | BaseException | float | Any] = []
    for outcome in outcomes:
        good = EmbeddingResult(embeddings=((float(len(outcome.answer)),),)) if isinstance(outcome.answer, str) else None
        turns += [outcome.seconds] if outcome.seconds else []
        turns.append(good if good is not None else outcome.answer)
    return turns


async def read(model: Any, request: Any) -> Any:
    """Call, read to the end, and give the text or the vectors."""
    response = await model(request)
    if isinstance(response, Response):
        return (await cast("Response[Any, Any]", response).result()).text
    return response.embeddings


def good(kind: Kind, text: str) -> Any:
    """What ``read`` gives for an answer of this text."""
    return ((float(len(text)),),) if kind == "embedding" else text


async def caught(awaitable: Awaitable[T]) -> T | BaseException:
    """The value, or the exception that was raised instead."""
    try:
        return await awaitable
    except BaseException as error:
        return error


def retryable(number: int = 0, retry_after: float | None = None) -> Exception:
    """One of the errors that are retried by default."""
    kinds: list[Exception] = [
        RateLimitError("slow down", status=429, retry_after=retry_after),
        OverloadedError("busy", status=503, retry_after=retry_after),
        ServerError("broken", status=500, retry_after=retry_after),
        ConnectionError("reset"),
        TimeoutError("a model of the user's own"),
    ]
    return kinds[number % (len(kinds) if retry_after is None else 3)]


def final(number: int = 0) -> Exception:
    """One of the errors that are not."""
    kinds: list[Exception] = [BadRequestError("no", status=400), ValueError("a bug"), OSError("disk")]
    return kinds[number % len(kinds)]


def rejects(law: Callable[..., None], wrong: object) -> None:
    """The law must find out the wrong implementation; the first example that does is enough.

    With fewer examples than usual, which may not find it out, nothing is asked.
    """
    if MOST_EXAMPLES < 1_000:
        return
    _phases.append((Phase.generate,))
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            law(wrong)
    finally:
        _phases.pop()
