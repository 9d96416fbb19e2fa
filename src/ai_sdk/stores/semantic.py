"""Which answers were given to questions that mean nearly the same.

The law: a neighbour is at least ``threshold`` similar (cosine of the embeddings) and differs in the text of the last
user message alone: the scope, the model, the system prompt, the tools, the earlier messages, the files, the settings
and the options are equal.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import TextPart, UserMessage
from ai_sdk.model import Model, recorded
from ai_sdk.requests import EmbeddingRequest, LanguageRequest

if TYPE_CHECKING:
    from ai_sdk.keys import Keys
    from ai_sdk.results import EmbeddingResult

__all__ = ["Place", "SemanticIndex", "question_of"]

_AT_A_TIME = 32

Vector = tuple[float, ...]


class Place(NamedTuple):
    """Where a question lies: among the questions of its ``group``, in the direction of its ``vector``."""

    group: str
    vector: Vector


def question_of(request: object) -> tuple[str, LanguageRequest] | None:
    """The text of the last message and the request without it; None when the last message is no user's or has no text.

    None, too, for a request of another kind.
    """
    if not isinstance(request, LanguageRequest) or not request.messages:
        return None
    last = request.messages[-1]
    if not isinstance(last, UserMessage) or not last.text.strip():
        return None
    rest = tuple([replace(part, text="") if isinstance(part, TextPart) else part for part in last.content])
    return last.text, replace(request, messages=(*request.messages[:-1], replace(last, content=rest)))


class SemanticIndex:
    """The keys of stored answers by the meaning of their questions, in the memory of this process.

    It keeps ``max_size`` questions; the oldest goes first. Raises InvalidRequestError for a ``threshold`` that is not
    above 0 and at most 1.
    """

    def __init__(self, model: Model[EmbeddingRequest, EmbeddingResult], threshold: float, max_size: int) -> None:
        if not 0 < threshold <= 1:
            raise InvalidRequestError(f"threshold is {threshold!r}; allowed is from above 0 to 1", field="threshold")
        self._model = recorded(model)
        self._threshold = threshold
        self._max_size = max_size
        self._places: dict[str, Place] = {}
        self._groups: dict[str, dict[str, Vector]] = {}
        self._lock = threading.Lock()

    async def place(self, request: object, keys: Keys) -> Place | None:
        """Embed the question of a request; None when it has none. Raises what the embedding model raises."""
        question = question_of(request)
        if question is None:
            return None
        text, rest = question
        result = await self._model(EmbeddingRequest(values=(text,)))
        vector = _unit(result.embeddings[0])
        return Place(keys.of(rest), vector) if vector is not None else None

    async def nearest(self, place: Place) -> str | None:
        """The key of the most similar question that is similar enough; lets other tasks run in between."""
        with self._lock:
            candidates = list(self._groups.get(place.group, {}).items())
        best, nearest = self._threshold, None
        for at, (key, vector) in enumerate(candidates, start=1):
            likeness = _dot(place.vector, vector)
            if likeness > best or (likeness >= best and nearest is None):
                best, nearest = likeness, key
            if at % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        return nearest

    def add(self, key: str, place: Place) -> None:
        """The answer under ``key`` is to the question at ``place``."""
        with self._lock:
            self._drop(key)
            self._places[key] = place
            self._groups.setdefault(place.group, {})[key] = place.vector
            while len(self._places) > self._max_size:
                self._drop(next(iter(self._places)))

    def forget(self, key: str) -> None:
        """There is no answer under ``key`` any more."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: str) -> None:
        place = self._places.pop(key, None)
        if place is not None:
            group = self._groups[place.group]
            del group[key]
            if not group:
                del self._groups[place.group]


def _unit(vector: Sequence[float]) -> Vector | None:
    length = math.hypot(*vector)
    return tuple([each / length for each in vector]) if length and math.isfinite(length) else None


def _dot(one: Vector, other: Vector) -> float:
    if len(one) != len(other):
        return -1.0
    return min(1.0, sum(map(mul, one, other), 0.0))
