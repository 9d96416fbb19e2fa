"""A model that answers from a script, and remembers what it was asked and how each answer ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from ai_sdk.call import current_call
from ai_sdk.ending import Ending
from ai_sdk.messages import ReasoningPart, TextPart
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import ending_of
from ai_sdk.results import LanguageResponse, LanguageResult, Usage, fold_language

__all__ = ["HANG", "Hang", "ScriptedCall", "ScriptedModel", "Step", "Turn", "Wire", "parts_of"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class Hang:
    """A step that never ends by itself."""

    def __repr__(self) -> str:
        return "HANG"


HANG: Final = Hang()

Step: TypeAlias = LanguagePart | float | BaseException | Hang
"""A part to send, seconds to wait, an exception to raise, or ``HANG``."""

Turn: TypeAlias = str | BaseException | LanguageResult | Sequence[Step]
"""One answer: a text, an exception that the call raises, a whole result, or steps."""


class Wire:
    """A pretend connection of one streamed answer. ``closed`` is how it ended, None while it is open."""

    def __init__(self, log: Callable[[str], None], name: str) -> None:
        self.closed: Ending | None = None
        self._log = log
        self._name = name

    @property
    def open(self) -> bool:
        """Whether nobody has released it yet."""
        return self.closed is None

    def release(self, ending: Ending, /) -> None:
        """Close the connection."""
        if self.closed is None:
            self.closed = ending
            self._log(self._name)

    def __repr__(self) -> str:
        return f"<{self._name} {'open' if self.open else self.closed}>"


def parts_of(result: LanguageResult) -> list[LanguagePart]:
    """The parts of a whole result; folding them gives it back."""
    parts: list[LanguagePart] = []
    if result.warnings:
        parts.append(StreamStart(result.warnings))
    if result.response.id or result.response.model:
        parts.append(ResponseMetadata(result.response.id, result.response.model, result.response.timestamp))
    for at, part in enumerate(result.content):
        if isinstance(part, TextPart):
            parts.append(TextDelta(part.text, str(at), part.provider_metadata))
        elif isinstance(part, ReasoningPart):
            parts.append(ReasoningDelta(part.text, str(at), part.provider_metadata))
        else:
            parts.append(part)
    reason = result.finish_reason or "stop"
    parts.append(Finish(reason, result.usage, result.raw_finish_reason, result.provider_metadata))
    return parts


def _steps(turn: Turn) -> Sequence[Step]:
    if isinstance(turn, str):
        return [TextDelta(turn), Finish("stop", Usage(input_tokens=1, output_tokens=max(1, len(turn.split()))))]
    if isinstance(turn, BaseException):
        return [turn]
    if isinstance(turn, LanguageResult):
        return parts_of(turn)
    return turn


@dataclass(eq=False)
class ScriptedModel:
    """A language model that gives its turns one after the other; the last one repeats.

    ``calls`` are the requests it got and ``wires`` the pretend connections of its streamed answers, in order. With
    ``request.stream`` False it runs through its steps inside the ``await`` and hands out all parts at once.
    """

    turns: Sequence[Turn] = ("ok",)
    provider: str = "scripted"
    model_id: str = "model"
    calls: list[LanguageRequest] = field(default_factory=list[LanguageRequest])
    wires: list[Wire] = field(default_factory=list[Wire])
    log: list[str] = field(default_factory=list[str])
    structured_output: str = "json_schema"
    records_attempts: bool = field(default=True, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer with the next turn."""
        with self._lock:
            number = len(self.calls)
            self.calls.append(request)
        steps = _steps(self.turns[min(number, len(self.turns) - 1)])
        record = current_call()
        attempt = record.attempt(f"{self.provider}:{self.model_id}") if record is not None else None
        held = [attempt] if attempt is not None else []
        if request.stream:
            wire = Wire(self.log.append, f"wire{number + 1}")
            self.wires.append(wire)
            response = await LanguageResponse.start(_live(steps), fold_language, wire, *held)
        else:
            try:
                response = LanguageResponse.of([part async for part in _live(steps)], fold_language)
            except BaseException as error:
                for each in held:
                    each.release(ending_of(error))
                raise
        if attempt is not None:
            attempt.begun()
            if not request.stream:
                response.keep(attempt)
        return response

    def __repr__(self) -> str:
        return f"ScriptedModel({list(self.turns)!r})"


async def _live(steps: Sequence[Step]) -> AsyncGenerator[LanguagePart, None]:
    for step in steps:
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Hang):
            await asyncio.get_running_loop().create_future()
        elif isinstance(step, float | int):
            await asyncio.sleep(step)
        else:
            yield step


@dataclass(eq=False)
class ScriptedCall(Generic[Req, Res]):
    """A model of any other kind: each turn is a result, an exception, seconds to wait before the next turn, or HANG."""

    turns: Sequence[Res | BaseException | float | Hang]
    provider: str = "scripted"
    model_id: str = "model"
    calls: list[Req] = field(default_factory=list[Any])
    _at: int = field(default=0, init=False, repr=False)

    async def __call__(self, request: Req, /) -> Res:
        """Answer with the next turn; the last one repeats."""
        self.calls.append(request)
        while True:
            turn = self.turns[min(self._at, len(self.turns) - 1)]
            self._at += 1
            if isinstance(turn, BaseException):
                raise turn
            if isinstance(turn, Hang):
                await asyncio.get_running_loop().create_future()
            elif isinstance(turn, float | int):
                await asyncio.sleep(turn)
            else:
                return cast("Res", turn)
