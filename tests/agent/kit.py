"""Scripted conversations for agents: a model that answers by the conversation alone, and processes that die."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import HealthCheck, settings

from ai_sdk.agent import Agent, AgentResult
from ai_sdk.messages import AssistantMessage, Message, TextPart, ToolCallPart, UserMessage
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, LanguageResult, Usage, fold_language
from ai_sdk.sessions import MemorySessions, Session
from ai_sdk.testing import parts_of
from ai_sdk.tools import Tool, tool

Plan = Sequence[Sequence[tuple[str, Mapping[str, Any]]]]
"""The tool calls of each step; after the last step comes a text."""

KEY = b"0123456789abcdef"

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For property tests beside others on a busy machine."""


def turn(*calls: tuple[str, str, Mapping[str, Any]], text: str = "", usage: Usage | None = None) -> LanguageResult:
    """An answer that calls tools: id, name, arguments."""
    parts = tuple(ToolCallPart(identifier, name, json.dumps(given)) for identifier, name, given in calls)
    content = (*((TextPart(text),) if text else ()), *parts)
    return LanguageResult(content=content, finish_reason="tool-calls" if calls else "stop", usage=usage or Usage(10, 5))


@dataclass(eq=False)
class Planned:
    """A model that knows from the conversation which step it is at, as a real one does."""

    plan: Plan
    structured_output: str = "json_schema"
    provider: str = "scripted"
    model_id: str = "planned"
    requests: list[LanguageRequest] = field(default_factory=list[LanguageRequest])

    def answer(self, messages: Sequence[Message]) -> LanguageResult:
        last = max((at for at, each in enumerate(messages) if isinstance(each, UserMessage)), default=-1)
        step = sum(isinstance(each, AssistantMessage) for each in messages[last + 1 :])
        if step >= len(self.plan):
            return turn(text=f"done after {step}")
        calls = [(f"s{step}c{at}", name, given) for at, (name, given) in enumerate(self.plan[step])]
        return turn(*calls, text=f"step {step}")

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        self.requests.append(request)
        return LanguageResponse.of(parts_of(self.answer(request.messages)), fold_language)


class Crash(BaseException):
    """The process ends here."""


def crashed(error: BaseException) -> bool:
    """Whether this is a crash, alone or among the errors of tools that ran side by side."""
    if isinstance(error, BaseExceptionGroup):
        return any(crashed(each) for each in cast("BaseExceptionGroup[BaseException]", error).exceptions)
    return isinstance(error, Crash)


@dataclass
class Fate:
    """When processes die: at which of their moments, counted from 0 in each life; None is not at all."""

    lives: Sequence[int | None]
    life: int = 0
    moment: int = 0

    def here(self) -> None:
        """A moment of a life."""
        moment, self.moment = self.moment, self.moment + 1
        if self.life < len(self.lives) and self.lives[self.life] == moment:
            raise Crash

    def born(self) -> None:
        """The next life begins."""
        self.life += 1
        self.moment = 0


class MortalSessions(MemorySessions):
    """A store whose process may die right before a save and right after it."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    async def _write(self, session: Session, version: int) -> int:
        self.fate.here()
        found = await super()._write(session, version)
        self.fate.here()
        return found


@dataclass
class World:
    """What tools have done, outside of every process."""

    fate: Fate
    effects: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    def tool(self, name: str, *, idempotent: bool = False, **options: Any) -> Tool[..., Any]:
        """A tool that dies before or after it has done something, as fate has it."""

        async def act(n: int) -> int:
            self.fate.here()
            self.effects.append((f"{name}{n}", idempotent))
            self.fate.here()
            return n * 10

        return tool(name=name, idempotent=idempotent, **options)(act)


async def live_on(
    make: Callable[[], Agent[Any]],
    fate: Fate,
    sessions: MemorySessions,
    answer: Callable[[AgentResult], Awaitable[list[Any]]],
) -> AgentResult:
    """Run a session in one life after the other until it is over."""
    for _ in range(200):
        agent = make()
        try:
            known = await sessions.load("s")
            result = await agent.run(None if known else "go", session="s")
            while result.pending:
                result = await agent.run(session="s", approvals=await answer(result))
            return result
        except BaseException as error:
            if not crashed(error):
                raise
            fate.born()
    raise AssertionError("it never ends")
