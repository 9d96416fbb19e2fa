"""Rules for what a model still gets to see of a long conversation. The conversation itself is kept whole.

A rule takes messages and gives back fewer of them. The laws of the rules here: what is left is in its old order; system
messages stay; a tool call and its result stay or go together; what the user asked last, and everything since, stays
unless a budget of tokens forces out the oldest tool calls since then; the first message after the system messages is
the user's, where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, Message, SystemMessage, UserMessage
from ai_sdk.requests import LanguageRequest
from ai_sdk.usage_estimate import estimate_usage

__all__ = ["Memory", "keep_tokens", "keep_turns", "tokens_of"]

Sizes: TypeAlias = Callable[[tuple[Message, ...]], int]
Memory: TypeAlias = Callable[[tuple[Message, ...]], Sequence[Message]]
"""A rule: the messages that would be sent, in; those that are sent, out."""


def keep_turns(count: int, /) -> Memory:
    """Keep the system messages and the last ``count`` turns: what a user says, and all that follows."""
    _check(count, "count")

    def keep(messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return _only(messages, [at for turn in _turns(messages)[-count:] for at in turn])

    return keep


def keep_tokens(budget: int, /, *, count: Sizes | None = None) -> Memory:
    """Keep the system messages and as many of the last turns as fit into ``budget`` tokens.

    When the last turn alone is too large, its oldest tool calls go, with their results, as far as needed; the question
    and the last answer stay, even above the budget. ``count`` says how many tokens messages have; by default a third of
    the bytes of their text, 8 for a message and 1500 for a file.
    """
    _check(budget, "budget")
    size = count or tokens_of

    def keep(messages: tuple[Message, ...]) -> tuple[Message, ...]:
        turns = _turns(messages)
        if not turns:
            return messages

        def size_of(places: list[int]) -> int:
            return size(tuple(messages[at] for at in places)) if places else 0

        left = budget - size_of(_system(messages))
        kept = _last_answers(messages, turns[-1], left, size_of)
        left -= size_of(kept)
        for turn in reversed(turns[:-1] if len(kept) == len(turns[-1]) else []):
            left -= size_of(turn)
            if left < 0:
                break
            kept = turn + kept
        return _only(messages, kept)

    return keep


def tokens_of(messages: tuple[Message, ...]) -> int:
    """About how many tokens messages have; rather too many than too few."""
    return (estimate_usage(LanguageRequest(messages=messages)).input_tokens or 0) if messages else 0


def _system(messages: tuple[Message, ...]) -> list[int]:
    return [at for at, message in enumerate(messages) if isinstance(message, SystemMessage)]


def _only(messages: tuple[Message, ...], places: list[int]) -> tuple[Message, ...]:
    """The system messages and those at these places, in their order."""
    return tuple(messages[at] for at in sorted({*_system(messages), *places}))


def _turns(messages: tuple[Message, ...]) -> list[list[int]]:
    """The places of the messages of each turn: it begins with what the user says, except perhaps the first."""
    turns: list[list[int]] = []
    previous: Message | None = None
    for at, message in enumerate(messages):
        if isinstance(message, SystemMessage):
            continue
        if not turns or (isinstance(message, UserMessage) and not isinstance(previous, UserMessage)):
            turns.append([])
        turns[-1].append(at)
        previous = message
    return turns


def _last_answers(
    messages: tuple[Message, ...], turn: list[int], budget: int, size: Callable[[list[int]], int]
) -> list[int]:
    """The question of a turn, and as many of its last answers as fit, each with the results of its tool calls."""
    units: list[list[int]] = [[]]
    for at in turn:
        if isinstance(messages[at], AssistantMessage):
            units.append([])
        units[-1].append(at)
    question, *answers = units
    left = budget - size(question)
    kept: list[int] = []
    for number, unit in enumerate(reversed(answers)):
        left -= size(unit)
        if left < 0 and number:
            break
        kept = unit + kept
    return question + kept


def _check(number: object, name: str) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InvalidRequestError(f"{name} is {number!r}; allowed is a number of at least 1", field=name)
