"""Rules for what of a long conversation is sent: their laws, for any conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.kit import patient
from ai_sdk.agent import keep_tokens, keep_turns
from ai_sdk.agent.memory import Memory, tokens_of
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
    assistant,
    user,
)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    messages: list[Message] = [SystemMessage("rules")] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(0, 5))):
        messages.append(user(f"question {turn} " + "x" * draw(st.integers(0, 60))))
        if draw(st.booleans()) and draw(st.booleans()):
            messages.append(SystemMessage(f"more rules {turn}"))
        for step in range(draw(st.integers(0, 3))):
            calls = draw(st.integers(0, 2))
            parts = [ToolCallPart(f"{turn}.{step}.{at}", "look", "{}") for at in range(calls)]
            messages.append(AssistantMessage((TextPart(f"answer {turn} {step}"), *parts)))
            if calls:
                output = "y" * draw(st.integers(0, 60))
                messages.append(ToolMessage(tuple(ToolResultPart(part.id, "look", output) for part in parts)))
    return tuple(messages)


def ids(messages: Sequence[Message], kind: type[ToolCallPart] | type[ToolResultPart]) -> set[str]:
    return {
        part.id
        for each in messages
        if isinstance(each, AssistantMessage | ToolMessage)
        for part in each.content
        if isinstance(part, kind)
    }


def laws(rule: Memory, messages: tuple[Message, ...]) -> None:
    kept = tuple(rule(messages))
    places = [next(at for at, each in enumerate(messages) if each is one) for one in kept]
    assert places == sorted(set(places))
    assert [each for each in kept if isinstance(each, SystemMessage)] == [
        each for each in messages if isinstance(each, SystemMessage)
    ]
    assert ids(kept, ToolCallPart) == ids(kept, ToolResultPart)
    said = [each for each in messages if isinstance(each, UserMessage)]
    if said:
        assert said[-1] in kept
        others = [each for each in kept if not isinstance(each, SystemMessage)]
        assert isinstance(others[0], UserMessage)
        if not isinstance(messages[-1], SystemMessage):
            assert messages[-1] in kept


rules = st.builds(keep_turns, st.integers(1, 4)) | st.builds(keep_tokens, st.integers(1, 300))


@patient
@given(conversations(), rules)
def test_the_laws_of_every_rule(messages: tuple[Message, ...], rule: Memory) -> None:
    laws(rule, messages)


WRONG: list[Memory] = [
    lambda messages: messages[-3:],
    lambda messages: [each for each in messages if not isinstance(each, ToolMessage)],
    lambda messages: tuple(reversed(messages)),
    lambda messages: [each for each in messages if not isinstance(each, SystemMessage)],
    lambda messages: [each for each in messages if not isinstance(each, UserMessage)],
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_rules_are_found(wrong: Memory) -> None:
    call = AssistantMessage((ToolCallPart("c", "look", "{}"),))
    result = ToolMessage((ToolResultPart("c", "look", 1),))
    with pytest.raises(AssertionError):
        laws(wrong, (SystemMessage("rules"), user("q"), call, result, assistant("a"), user("r"), call, result))


@patient
@given(conversations(), st.integers(1, 4))
def test_turns_are_counted(messages: tuple[Message, ...], count: int) -> None:
    def turns(of: Sequence[Message]) -> list[str]:
        """The first words of each turn; of what is said without an answer between, the first."""
        spoken = [each for each in of if not isinstance(each, SystemMessage)]
        before = [None, *spoken]
        return [
            each.text
            for each, previous in zip(spoken, before, strict=False)
            if isinstance(each, UserMessage) and not isinstance(previous, UserMessage)
        ]

    assert turns(keep_turns(count)(messages)) == turns(messages)[-count:]


@patient
@given(conversations(), st.integers(1, 300))
def test_what_is_left_fits_or_is_the_least_that_can_be(messages: tuple[Message, ...], budget: int) -> None:
    kept = tuple(keep_tokens(budget, count=len)(messages))
    least = tuple(keep_tokens(1, count=len)(messages))
    assert len(kept) <= budget or kept == least
    if len(messages) <= budget:
        assert kept == messages


def test_the_oldest_tool_calls_of_the_last_turn_go_first() -> None:
    def step(at: int) -> tuple[Message, ...]:
        part = ToolCallPart(str(at), "look", "{}")
        return (AssistantMessage((part,)), ToolMessage((ToolResultPart(str(at), "look", "z" * 300),)))

    messages = (user("old"), assistant("answer"), user("question"), *step(1), *step(2), *step(3))
    assert keep_tokens(300)(messages) == (user("question"), *step(2), *step(3))
    assert tokens_of(()) == 0


@pytest.mark.parametrize("number", [0, -1, 1.5, True])
def test_bounds_that_make_no_sense_are_refused(number: Any) -> None:
    with pytest.raises(InvalidRequestError, match="at least 1"):
        keep_turns(number)
    with pytest.raises(InvalidRequestError, match="at least 1"):
        keep_tokens(number)
