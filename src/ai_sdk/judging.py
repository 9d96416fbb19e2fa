"""What is wrong with an answer to a request for tool calls or an object, and how the model is told.

Nothing is changed here: a judge finds the faults of a finished answer, ``retold`` makes the messages that send it back.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from ai_sdk.fitting import problems
from ai_sdk.messages import Message, ToolCallPart, ToolMessage, ToolResultPart, user
from ai_sdk.repair import NOT_READ, read_json, read_object, why_not_json
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult

__all__ = ["Faults", "Judge", "Validate", "retold"]

Validate: TypeAlias = Callable[[str | None, Any], str | Awaitable[str | None] | None]
"""Asked with the name of the tool, None for an object, and the value that fits its schema. Returns what is wrong with
it, or None; a ValueError (as pydantic raises) counts as its message."""

Faults: TypeAlias = Mapping[str | None, str]
"""What is wrong with a tool call, by the call's id, or with the object, under None."""

_CUT_OFF = ("length", "content-filter", "error")
_MOST_QUOTED = 2000


class Judge:
    """Says what is wrong with an answer to a request."""

    def __init__(self, request: LanguageRequest, validate: Validate | None) -> None:
        self._schemas = {each.name: each.input_schema for each in request.tools if isinstance(each, ToolDefinition)}
        self._format = request.response_format
        self._validate = validate

    @property
    def has_something(self) -> bool:
        """Whether an answer may be judged at all."""
        return bool(self._schemas) or self._format is not None

    @property
    def wants_object(self) -> bool:
        """Whether the text is an object."""
        return self._format is not None

    async def faults(self, answer: LanguageResult) -> Faults:
        """What is wrong with the answer; nothing with one that was cut off."""
        if answer.finish_reason in _CUT_OFF:
            return {}
        calls = [each for each in answer.tool_calls if not each.provider_executed]
        if not calls and self._format is not None:
            value = read_object(answer.text)
            not_read = f"it is not valid JSON: {why_not_json(answer.text)}"
            fault = not_read if value is NOT_READ else await self._fault(None, value, self._format.schema)
            return {None: fault} if fault is not None else {}
        found = {each.id: await self._fault_of_call(each) for each in calls if each.name in self._schemas}
        return {name: fault for name, fault in found.items() if fault is not None}

    async def _fault_of_call(self, call: ToolCallPart) -> str | None:
        value: Any = read_json(call.input if call.input.strip() else "{}")
        if value is NOT_READ:
            return f"the arguments are not valid JSON: {why_not_json(call.input)}"
        if not isinstance(value, dict):
            return f"the arguments must be a JSON object, not a {type(value).__name__}"
        return await self._fault(call.name, value, self._schemas[call.name])

    async def _fault(self, tool: str | None, value: Any, schema: Any) -> str | None:
        wrong = problems(value, schema)
        if wrong:
            return "; ".join(wrong)
        if self._validate is None:
            return None
        try:
            said = self._validate(tool, value)
            return await said if inspect.isawaitable(said) else said
        except ValueError as error:
            return str(error) or type(error).__name__


def retold(answer: LanguageResult, faults: Faults) -> list[Message]:
    """The failed answer and what was wrong with it, as the next messages."""
    if None in faults:
        message = user(f"This answer is not as asked: {faults[None]}. Answer again, with nothing but the JSON.")
        return [answer.message, message] if answer.content else [message]
    content = tuple([_sendable(each) if isinstance(each, ToolCallPart) else each for each in answer.content])
    results: list[ToolResultPart] = []
    for call in answer.tool_calls:
        if call.provider_executed:
            continue
        fault = faults.get(call.id)
        if fault is None:
            told = "not run, because another call beside it was wrong: repeat it with the corrected one"
        elif _sendable(call) is not call:
            told = f"not run: {fault}. The arguments were: {call.input[:_MOST_QUOTED]}"
        else:
            told = f"not run: {fault}. Call the tool again with arguments of its schema."
        results.append(ToolResultPart(call.id, call.name, told, is_error=True))
    return [replace(answer.message, content=content), ToolMessage(tuple(results))]


def _sendable(call: ToolCallPart) -> ToolCallPart:
    """The call with arguments that a provider takes back."""
    if not call.input.strip() or isinstance(read_json(call.input), dict):
        return call
    return replace(call, input="{}")
