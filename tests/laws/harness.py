"""How a law is shown to hold, and shown to reject what breaks it.

A law is a function that takes an implementation and searches for an example in which the law does not hold; then it
raises ``AssertionError``. The same function accepts the real implementation and rejects a wrong one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from ai_sdk.messages import ToolCallPart, user
from ai_sdk.model import AnyLayer, Layer, Model
from ai_sdk.parts import (
    Finish,
    LanguagePart,
    ReasoningDelta,
    ResponseMetadata,
    StreamStart,
    TextDelta,
    ToolInputDelta,
)
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, FinishReason, LanguageResponse, LanguageResult, Usage

T = TypeVar("T")
LanguageModel: TypeAlias = Model[LanguageRequest, LanguageResponse]
LanguageLayer: TypeAlias = Layer[LanguageRequest, LanguageResponse] | AnyLayer
Stack: TypeAlias = Callable[[], Sequence[LanguageLayer]]

WHOLE = LanguageRequest(messages=(user("hi"),))
STREAMED = LanguageRequest(messages=(user("hi"),), stream=True)
FINISH = Finish("stop", Usage(input_tokens=2, output_tokens=3))
A, B, C = TextDelta("a"), TextDelta("b"), TextDelta("c")

_LAW = settings(
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


def search(law: Callable[..., None], *examples: st.SearchStrategy[Any], tries: int = 60) -> None:
    """Try a law on many examples; repeatable, and without shrinking, because every example is small."""
    settings(_LAW, max_examples=tries)(given(*examples)(law))()


def rejects(law: Callable[..., None], wrong: Any, *more: Any) -> None:
    """Assert that a law finds out a wrong implementation."""
    with pytest.raises((AssertionError, Flaky)):  # flaky: threads found it once and not again
        law(wrong, *more)


async def turns(count: int = 12) -> None:
    """Let everything that is ready run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def no_task_left() -> None:
    """Assert that nothing runs but the caller, once the loop has had its turns."""
    await turns()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left over: {left}"


async def read(model: LanguageModel, request: LanguageRequest = STREAMED) -> LanguageResult:
    """Call and read to the end."""
    return await (await model(request)).result()


async def within(seconds: float, doing: Callable[[], Awaitable[T]], complaint: str) -> T:
    """What ``await doing()`` gives, or an assertion that says what waited for ever."""
    try:
        async with asyncio.timeout(seconds):
            return await doing()
    except TimeoutError:
        raise AssertionError(complaint) from None


_TEXT = st.text("ab ", max_size=3)
_META = st.sampled_from([{}, {"x": {"y": 1}}, {"x": {"z": 2}}, {"w": {}}])
_REASONS: tuple[FinishReason, ...] = ("stop", "length", "tool-calls", "content-filter", "error", "other")
_COUNTS = st.one_of(st.none(), st.integers(0, 9))

USAGES: st.SearchStrategy[Usage] = st.builds(Usage, _COUNTS, _COUNTS, _COUNTS, _COUNTS, _COUNTS)
PARTS: st.SearchStrategy[LanguagePart] = st.one_of(
    st.builds(TextDelta, _TEXT, st.sampled_from(["", "1"])),
    st.builds(ReasoningDelta, _TEXT, st.sampled_from(["", "1"])),
    st.builds(ResponseMetadata, st.sampled_from([None, "r1"]), st.sampled_from([None, "m1"])),
    st.builds(ToolInputDelta, st.just("c1"), st.just("look"), _TEXT),
    st.builds(ToolCallPart, st.sampled_from(["c1", "c2"]), st.just("look"), st.just("{}")),
    st.builds(StreamStart, st.just((CallWarning("unsupported", "seed", "no seed"),))),
)
FINISHES: st.SearchStrategy[Finish] = st.builds(
    Finish, st.sampled_from(_REASONS), USAGES, st.sampled_from([None, "raw"])
)


def _answer(parts: list[LanguagePart], finish: Finish) -> list[LanguagePart]:
    return [*parts, finish]


ANSWERS: st.SearchStrategy[list[LanguagePart]] = st.builds(_answer, st.lists(PARTS, max_size=8), FINISHES)
"""Complete answers, part by part."""
