"""What the laws of ``hedge`` share: a model whose calls may overlap, and what the law says of them."""

from __future__ import annotations

import asyncio
import gc
import math
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from layer_laws import kit
from layer_laws.kit import EMBEDDING, FINISH, STREAMED, WHOLE, Kind, Outcome

from ai_sdk.deadline import deadline
from ai_sdk.errors import BadRequestError, RateLimitError, ServerError
from ai_sdk.parts import ResponseMetadata, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import EmbeddingResult, LanguageResponse, fold_language
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import Wire
from ai_sdk.testing.scripted import _live

PLENTY = RetryBudget(reserve=1e6)
REQUESTS: dict[Kind, Any] = {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}


class Asked:
    """A model whose calls are answered each by its own outcome; the last one repeats. Calls may overlap.

    ``starts`` and ``ends`` are the times of its calls by number; one that was cancelled takes ``cleaning`` seconds to
    end. The text of an answer, or its vector, says which call it is of.
    """

    def __init__(self, kind: Kind, outcomes: list[Outcome], *, cleaning: float = 0.0, head: bool = False) -> None:
        self.request = REQUESTS[kind]
        self.outcomes = outcomes
        self.cleaning = cleaning
        self.starts: list[float] = []
        self.ends: dict[int, float] = {}
        self.most_at_once = 0
        self.wires: dict[int, Any] = {}
        self.deadlines: list[float | None] = []
        self.requests: list[Any] = []
        self._head: list[Any] = [ResponseMetadata(id="x")] if head else []

    async def __call__(self, request: Any) -> Any:
        now = asyncio.get_running_loop().time
        number = len(self.starts)
        outcome = self.outcomes[min(number, len(self.outcomes) - 1)]
        self.starts.append(now())
        self.deadlines.append(deadline())
        self.requests.append(request)
        self.most_at_once = max(self.most_at_once, len(self.starts) - len(self.ends))
        try:
            return await self._answer(number, outcome, request)
        except asyncio.CancelledError:
            await asyncio.sleep(self.cleaning)
            raise
        finally:
            self.ends[number] = now()

    async def _answer(self, number: int, outcome: Outcome, request: Any) -> Any:
        if not isinstance(request, LanguageRequest):
            await asyncio.sleep(outcome.seconds)
            if isinstance(outcome.answer, Exception):
                raise outcome.answer
            return EmbeddingResult(embeddings=((float(number),),))
        failed = isinstance(outcome.answer, Exception)
        last: list[Any] = [outcome.answer] if failed else [TextDelta(str(number)), 0.25 * request.stream, FINISH]
        steps = _live([*self._head, outcome.seconds, *last])
        if not request.stream:
            return LanguageResponse.of([part async for part in steps], fold_language)
        wire = self.wires[number] = Wire(lambda _: None, f"wire{number}")
        return await LanguageResponse.start(steps, fold_language, wire)

    def check_ended(self) -> None:
        """Nothing is left of any call."""
        assert len(self.ends) == len(self.starts)
        assert not [wire for wire in self.wires.values() if wire.open]
        assert asyncio.all_tasks() == {asyncio.current_task()}


def rejects(law: Callable[..., None], wrong: object) -> None:
    """As the one of the kit; what the wrong implementation left open is cleared away here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        kit.rejects(law, wrong)
        gc.collect()


def good(kind: Kind, number: int) -> Any:
    return ((float(number),),) if kind == "embedding" else str(number)


def expected(outcomes: list[Outcome], delay: float, more: int) -> tuple[list[float], int | None, float]:
    """When the calls start, who wins, and when it is over, by the words of the law."""
    starts, failed, allowed, now = [0.0], set[int](), more, 0.0
    while True:
        ends = {
            number: start + outcomes[min(number, len(outcomes) - 1)].seconds
            for number, start in enumerate(starts)
            if number not in failed
        }
        late = starts[-1] + delay if len(starts) <= allowed else math.inf
        if not ends:
            return starts, None, now
        number = min(ends, key=lambda each: ends[each])
        now = min(late, ends[number])
        if late < ends[number]:
            starts.append(now)
            continue
        answer = outcomes[min(number, len(outcomes) - 1)].answer
        if isinstance(answer, str):
            return starts, number, now
        failed.add(number)
        if len(starts) <= allowed:
            if isinstance(answer, ServerError | ConnectionError):
                starts.append(now)
            else:
                allowed = 0


Answers = st.one_of(
    st.just("good"),
    st.builds(ServerError, st.just("broken"), status=st.just(500)),
    st.builds(BadRequestError, st.just("no"), status=st.just(400)),
    st.builds(RateLimitError, st.just("slow"), status=st.just(429)),
)


@st.composite
def outcomes_(draw: st.DrawFn) -> list[Outcome]:
    """One to four outcomes of which no two fall on the same moment."""
    count = draw(st.integers(1, 4))
    return [Outcome(draw(Answers), draw(st.integers(0, 9)) + (number + 1) / 128) for number in range(count)]
