"""What the laws of ``batch`` share: a model whose vectors say which text they are of, and calls that come in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from layer_laws.kit import caught

from ai_sdk.deadline import deadline
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import CallWarning, EmbeddingResult, ResponseInfo, Usage

WAIT = 1 + 1 / 64


@dataclass
class Embedder:
    """The vector of a text is its number, and its tokens are its characters. It takes ``seconds``, or fails."""

    seconds: float = 0.0
    error: Exception | None = None
    usage: Usage | None = None
    lost: int = 0
    started: list[tuple[float, EmbeddingRequest]] = field(default_factory=list[tuple[float, EmbeddingRequest]])
    deadlines: list[float | None] = field(default_factory=list[float | None])
    cancelled: list[float] = field(default_factory=list[float])
    loops: list[asyncio.AbstractEventLoop] = field(default_factory=list[asyncio.AbstractEventLoop])

    async def __call__(self, request: EmbeddingRequest, /) -> EmbeddingResult:
        loop = asyncio.get_running_loop()
        self.started.append((loop.time(), request))
        self.deadlines.append(deadline())
        self.loops.append(loop)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled.append(loop.time())
            raise
        if self.error is not None:
            raise self.error
        vectors = tuple((float(text),) for text in request.values)
        return EmbeddingResult(
            embeddings=vectors[: len(vectors) - self.lost],
            usage=self.usage if self.usage is not None else Usage(input_tokens=sum(map(len, request.values))),
            warnings=(CallWarning("other", "x", "said once"),),
            response=ResponseInfo(model="e"),
        )

    @property
    def texts(self) -> list[list[str]]:
        return [list(request.values) for _, request in self.started]


@dataclass(frozen=True)
class Arrival:
    """One call: when it comes, its settings, and how many texts it has."""

    at: float
    settings: int
    count: int
    leaves: float | None = None


SETTINGS: Sequence[dict[str, Any]] = (
    {},
    {"dimensions": 1},
    {"provider_options": {"p": {"x": 1}}},
    {"provider_options": {"p": {"x": True}}},
    {"headers": {"a": "1"}},
    {"headers": {"a": "2"}},
    {"layer_options": {"cache": {"mode": "off"}}},
)


def arrivals(most: int = 5, leaving: bool = False) -> st.SearchStrategy[list[Arrival]]:
    times = st.integers(0, 24).map(lambda each: each / 8)
    leaves = st.none() | st.integers(0, 24).map(lambda each: each / 8 + 1 / 32) if leaving else st.none()
    one = st.builds(Arrival, times, st.integers(0, len(SETTINGS) - 1), st.integers(0, most), leaves)
    few_settings = st.builds(Arrival, times, st.integers(0, 1), st.integers(1, 3), leaves)
    return st.lists(one | few_settings, min_size=1, max_size=9).map(_in_turn)


def _in_turn(calls: list[Arrival]) -> list[Arrival]:
    """In the order of their times, of which no two are equal."""
    calls.sort(key=lambda each: each.at)
    return [replace(each, at=each.at + number / 1024) for number, each in enumerate(calls)]


def requests_of(calls: Sequence[Arrival]) -> list[EmbeddingRequest]:
    """A request for each call; every text is another number, of one to four digits."""
    number = 0
    requests: list[EmbeddingRequest] = []
    for each in calls:
        texts = [str((number + at) * 37 % 9973) for at in range(each.count)]
        number += each.count
        requests.append(EmbeddingRequest(values=tuple(texts), **SETTINGS[each.settings]))
    return requests


async def ask(model: Any, calls: Sequence[Arrival]) -> list[Any]:
    """Make the calls, each at its time, and give their results or errors."""

    async def one(each: Arrival, request: EmbeddingRequest) -> Any:
        await asyncio.sleep(each.at)
        return await model(request)

    tasks: list[asyncio.Task[Any]] = []
    for each, request in zip(calls, requests_of(calls), strict=True):
        tasks.append(asyncio.create_task(one(each, request)))
        if each.leaves is not None:
            asyncio.get_running_loop().call_at(each.leaves, tasks[-1].cancel)
    return [await caught(task) for task in tasks]
