"""What an agent knows between two moments of a run: a plain value that can be saved, sent and copied.

``AgentState`` is immutable, so a copy is independent: two runs that go on from one state are two branches. It changes
at each boundary of a run (before the model, after it, before tools, after each tool), and everything that has happened
up to there is in it: a process that has it goes on where another one ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    AssistantMessage,
    Message,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    message_from_dict,
    message_to_dict,
)
from ai_sdk.results import FinishReason, Usage

_UNKNOWN = Usage()

__all__ = ["AgentState", "CallState", "Charge", "Phase", "Spent", "StepState", "new_run_id", "unanswered"]

VERSION: Final = 1

Phase: TypeAlias = Literal["model", "tools", "waiting", "finished"]
"""``model``: the model is to be called. ``tools``: its answer is here, with tools that are to run or are running.
``waiting``: a person has been asked. ``finished``: there is nothing left to do."""

CallStatus: TypeAlias = Literal["waiting", "asked", "approved", "started", "done"]
"""``waiting``: not looked at. ``asked``: a person has been. ``approved``: they said yes, and it is to run. ``started``:
it runs, or was running when its process ended. ``done``: it has a result."""


def new_run_id() -> str:
    """A name for a run that no other run has: 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Charge:
    """The tokens of one call of a model. ``model`` is empty for an answer that no model was asked for."""

    model: str
    usage: Usage

    def to_dict(self) -> dict[str, Any]:
        """As plain data; numbers that are not known are left out."""
        names = [each.name for each in fields(Usage) if each.name != "raw"]
        known = {name: value for name in names if (value := getattr(self.usage, name)) is not None}
        return {"model": self.model, **known}


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has used, its finished sub-agents included: steps, seconds in which it was at work, tokens."""

    steps: int = 0
    seconds: float = 0.0
    charges: tuple[Charge, ...] = ()

    def with_sub(self, other: Spent) -> Spent:
        """What a sub-agent has used added; its seconds are seconds of this run already."""
        return replace(self, steps=self.steps + other.steps, charges=self.charges + other.charges)

    @property
    def usage(self) -> Usage:
        """The sum of all tokens."""
        usages = [each.usage for each in self.charges]
        return usages[0] if len(usages) == 1 else sum(usages, Usage())


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of the run: how its answer ended and what it used. ``message``: where its answer is in the messages."""

    message: int | None
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    usage: Usage = _UNKNOWN
    model: str | None = None


@dataclass(frozen=True, slots=True)
class CallState:
    """A tool call of the last answer, while not all of that answer's calls have results.

    ``asked``: how often a person was asked about it. ``interrupted``: the last time because it was cut off while it
    ran. ``sub``: the state of the sub-agent that it runs. ``result``: what came of it.
    """

    id: str
    status: CallStatus = "waiting"
    asked: int = 0
    interrupted: bool = False
    sub: AgentState | None = None
    result: ToolResultPart | None = None


@dataclass(frozen=True, slots=True)
class AgentState:
    """A run of an agent at one of its boundaries. ``to_dict`` and ``from_dict`` keep all of it as JSON data.

    ``messages`` is the conversation without the agent's own instructions; ``begins`` the place in it where the answers
    of this run begin. ``run_id`` stays the same when a run is resumed, and changes with each new prompt. ``steps`` and
    ``spent`` are those of this run, ``calls`` what is known of tool calls that are not answered yet.
    """

    messages: tuple[Message, ...] = ()
    run_id: str = ""
    agent: str = ""
    phase: Phase = "model"
    begins: int = 0
    steps: tuple[StepState, ...] = ()
    calls: tuple[CallState, ...] = ()
    spent: Spent = Spent()

    @property
    def new_messages(self) -> tuple[Message, ...]:
        """The messages of this run, without what it was asked."""
        return self.messages[self.begins :]

    @property
    def total(self) -> Spent:
        """What the run has used, sub-agents that are at work included."""
        total = self.spent
        for each in self.calls:
            if each.sub is not None:
                total = total.with_sub(each.sub.total)
        return total

    def call(self, identifier: str) -> CallState | None:
        """What is known of a tool call that is not answered yet."""
        return next((each for each in self.calls if each.id == identifier), None)

    def with_call(self, changed: CallState) -> AgentState:
        """A copy in which this is known of a tool call."""
        return replace(self, calls=tuple(changed if each.id == changed.id else each for each in self.calls))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return {
            "version": VERSION,
            "run_id": self.run_id,
            "agent": self.agent,
            "phase": self.phase,
            "begins": self.begins,
            "messages": [message_to_dict(each) for each in self.messages],
            "steps": [_step_to_dict(each) for each in self.steps],
            "calls": [_call_to_dict(each) for each in self.calls],
            "spent": {
                "steps": self.spent.steps,
                "seconds": self.spent.seconds,
                "charges": [each.to_dict() for each in self.spent.charges],
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AgentState:
        """The state of ``to_dict``. Raises ``InvalidRequestError`` for what is none, or of a later version."""
        version = data.get("version")
        if version != VERSION:
            raise InvalidRequestError(
                f"the state has the version {version!r}; allowed is {VERSION}: a later library has written it, or it "
                "is no state of an agent",
                field="version",
            )
        try:
            return _state(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidRequestError):
                raise
            raise InvalidRequestError(
                f"the state of an agent cannot be read: {type(error).__name__}: {error}", field="state"
            ) from error


def unanswered(messages: tuple[Message, ...]) -> tuple[int, tuple[ToolCallPart, ...], tuple[ToolResultPart, ...]]:
    """The last answer's place, those of its tool calls that have no result yet, and the results of the others.

    Calls that the provider runs itself count as answered. The place is -1 when the last message is no answer.
    """
    results: list[ToolResultPart] = []
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if isinstance(message, ToolMessage):
            results[:0] = message.content
        elif isinstance(message, AssistantMessage):
            known = {each.id for each in results} | {each.id for each in _provided(message)}
            calls = tuple(each for each in message.tool_calls if not each.provider_executed and each.id not in known)
            return at, calls, tuple(results)
        else:
            break
    return -1, (), ()


def _provided(message: AssistantMessage) -> Iterator[ToolResultPart]:
    return (part for part in message.content if isinstance(part, ToolResultPart))


def _step_to_dict(step: StepState) -> dict[str, Any]:
    data: dict[str, Any] = {"message": step.message, **Charge(step.model or "", step.usage).to_dict()}
    data["finish_reason"], data["raw_finish_reason"] = step.finish_reason, step.raw_finish_reason
    return data


def _call_to_dict(call: CallState) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": call.id,
        "status": call.status,
        "asked": call.asked,
        "interrupted": call.interrupted,
        "sub": None if call.sub is None else call.sub.to_dict(),
    }
    data["result"] = None if call.result is None else message_to_dict(ToolMessage((call.result,)))
    return data


def _state(data: Mapping[str, Any]) -> AgentState:
    spent = data["spent"]
    state = AgentState(
        messages=tuple(message_from_dict(each) for each in data["messages"]),
        run_id=_text(data["run_id"], "run_id"),
        agent=_text(data["agent"], "agent"),
        phase=cast("Phase", _one_of(data["phase"], "phase", Phase)),
        begins=int(data["begins"]),
        steps=tuple(_step(each) for each in data["steps"]),
        calls=tuple(_call(each) for each in data["calls"]),
        spent=Spent(int(spent["steps"]), float(spent["seconds"]), tuple(_charge(each) for each in spent["charges"])),
    )
    places: list[Any] = [each.message for each in state.steps if each.message is not None]
    if not all(isinstance(place, int) and state.begins <= place < len(state.messages) for place in places):
        raise InvalidRequestError("steps name messages that are not there", field="steps")
    if not 0 <= state.begins <= len(state.messages) or (state.phase != "model" and not state.steps):
        raise InvalidRequestError("the state does not fit together: begins, phase and steps", field="begins")
    return state


def _usage(data: Mapping[str, Any]) -> Usage:
    return Usage(**{each.name: data[each.name] for each in fields(Usage) if each.name != "raw" and each.name in data})


def _charge(data: Mapping[str, Any]) -> Charge:
    return Charge(_text(data["model"], "model"), _usage(data))


def _step(data: Mapping[str, Any]) -> StepState:
    return StepState(
        data["message"], data["finish_reason"], data["raw_finish_reason"], _usage(data), data["model"] or None
    )


def _call(data: Mapping[str, Any]) -> CallState:
    sub, result = data["sub"], data["result"]
    message = None if result is None else message_from_dict(result)
    return CallState(
        _text(data["id"], "id"),
        cast("CallStatus", _one_of(data["status"], "status", CallStatus)),
        int(data["asked"]),
        bool(data["interrupted"]),
        None if sub is None else AgentState.from_dict(sub),
        message.content[0] if isinstance(message, ToolMessage) else None,
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; allowed is a string", field=name)
    return value


def _one_of(value: object, name: str, allowed: Any) -> object:
    if value not in allowed.__args__:
        raise InvalidRequestError(f"{name} is {value!r}; allowed are {', '.join(allowed.__args__)}", field=name)
    return value
