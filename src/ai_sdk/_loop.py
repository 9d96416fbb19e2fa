"""The step loop: call the model, read its answer, run the tools it asks for, and call it again.

A step's response is read to its end, and thereby closed, before any tool of that step runs: a tool may call the same
model even where only one call at a time is allowed.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, cast

from ai_sdk._calls import check_names
from ai_sdk.call import CallRecord, entered, mark, open_record
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, ResponseClosedError
from ai_sdk.messages import Message, Prompt, SystemMessage, ToolCallPart, ToolMessage, ToolResultPart, to_messages
from ai_sdk.model import Model, name_of, recorded
from ai_sdk.parts import LanguagePart
from ai_sdk.registry import resolve
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolChoice
from ai_sdk.response import Response
from ai_sdk.results import LanguageResponse, LanguageResult, Usage
from ai_sdk.steps import (
    LanguageModel,
    Prepare,
    PrepareStep,
    Step,
    StepFinish,
    StepOverrides,
    StepStart,
    StopCondition,
    StreamPart,
    TextFinish,
    TextResult,
    TextSettings,
    step_count,
)
from ai_sdk.tools import Approve, ToolSet, run_tool_calls

_DEFAULT_STOP = (step_count(10),)
_NO_TOOLS = ToolSet()
_NO_TOOLS_AFTER = ("length", "content-filter", "error")
_SETTINGS = frozenset(TextSettings.__annotations__)
_OVERRIDES = frozenset(StepOverrides.__annotations__)
_PASSED_ON = (_SETTINGS | _OVERRIDES) & {each.name for each in fields(LanguageRequest)} - {"messages", "tools"}


class Plan(NamedTuple):
    """What a call is going to do, made of its arguments before anything is sent."""

    name: str
    model: Model[LanguageRequest, LanguageResponse]
    request: LanguageRequest
    tools: ToolSet
    stop_when: tuple[StopCondition, ...]
    prepare_step: Prepare | None
    approve_tool: Approve | None


def plan(
    name: str, model: LanguageModel, prompt: Prompt | None, settings: TextSettings, *, stream: bool = False
) -> Plan:
    """Check the arguments of a call. Raises ``InvalidRequestError`` that names the argument."""
    if settings:
        check_names(name, settings, _SETTINGS)
    given = settings.get("tools")
    tools = ToolSet.of(given) if given else _NO_TOOLS
    request = LanguageRequest(
        messages=to_messages(prompt, settings.get("messages"), settings.get("system")),
        tools=tools.shown,
        stream=stream,
        **(_request_fields(settings) if settings else {}),
    )
    _check_choice(request.tool_choice, tools)
    return Plan(
        name,
        recorded(resolve(model)),
        request,
        tools,
        _conditions(settings.get("stop_when")),
        settings.get("prepare_step"),
        settings.get("approve_tool"),
    )


def _conditions(stop_when: StopCondition | Sequence[StopCondition] | None) -> tuple[StopCondition, ...]:
    if stop_when is None:
        return _DEFAULT_STOP
    given = cast("Sequence[StopCondition]", stop_when if isinstance(stop_when, Sequence) else (stop_when,))
    for each in cast("Sequence[object]", given):
        if not callable(each):
            raise InvalidRequestError(
                f"stop_when has a {type(each).__name__}; allowed are step_count(n), has_tool_call(name) and functions",
                field="stop_when",
            )
    return tuple(given)


def _request_fields(settings: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in settings.items() if value is not None and name in _PASSED_ON}
    if isinstance(given.get("stop"), str):
        given["stop"] = (given["stop"],)
    return given


def _check_choice(choice: ToolChoice | None, tools: ToolSet) -> None:
    if not isinstance(choice, SpecificTool):
        return
    names = [each.name for each in tools.shown]
    if choice.name not in names:
        allowed = ", ".join(names) or "none: there are no tools"
        raise InvalidRequestError(
            f"tool_choice names the tool {choice.name!r}; the tools are: {allowed}", field="tool_choice"
        )


class StepLoop:
    """One run of a plan. ``start`` makes the first call, ``parts`` does everything else while it is read.

    The record of the call is the current one only around the model's calls and the tools, never across a ``yield``.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._prepares = plan.prepare_step is not None
        self._model = plan.model
        self.request = plan.request
        self._tools = plan.tools
        self.closed = False
        self._step: CallRecord | None = None
        self.messages: list[Message] = []
        self.steps: list[Step] = []
        self.response: LanguageResponse | None = None
        self.result: TextResult | None = None
        self.error: Exception | None = None

    async def start(self) -> None:
        """Open the record of the call and make the first call of the model."""
        self.record = open_record("call", self._plan.name)
        try:
            await self._call_model()
        except BaseException as error:
            self.close(error)
            raise

    async def parts(self) -> AsyncGenerator[StreamPart, None]:
        """Read the answer, run the tools, call the model again, until there is nothing left to do."""
        try:
            while True:
                yield StepStart(len(self.steps))
                response = self.response
                assert response is not None
                reader = cast("AsyncGenerator[LanguagePart, None]", aiter(response))
                try:
                    async for part in reader:
                        yield part
                finally:
                    await reader.aclose()
                step, more = await self._finish_step(await response.result())
                for each in step.tool_results:
                    yield each
                yield StepFinish(step)
                if not more:
                    break
                await self._call_model()
            result = self._finish()
            yield TextFinish(result)
        except GeneratorExit:
            raise
        except BaseException as error:
            self.close(error)
            raise

    async def run(self) -> TextResult:
        """Do all of it and return the result."""
        await self.start()
        try:
            while True:
                assert self.response is not None
                _, more = await self._finish_step(await self.response.result())
                if not more:
                    return self._finish()
                await self._call_model()
        except BaseException as error:
            self.close(error)
            raise

    def close(self, error: BaseException | None = None) -> None:
        """End the record of the call; closing twice does nothing."""
        if self.closed:
            return
        self.closed = True
        self.error = error if isinstance(error, Exception) else None
        if error is not None:
            mark(error, self.record)
        self._close_step(error)
        self.record.close(error)

    def _close_step(self, error: BaseException | None = None) -> None:
        if self._step is not None:
            self._step.close(error)
            self._step = None

    async def _call_model(self) -> None:
        if self.closed:
            raise ResponseClosedError("the stream was closed before its next step")
        if self._prepares or self.messages:
            with entered(self.record):
                await self._prepare()
        self._step = open_record("step", f"step {len(self.steps)}", parent=self.record)
        with entered(self._step):
            response = await self._model(self.request)
        if not isinstance(cast("object", response), Response):
            raise InvalidResponseError(
                f"{name_of(self._model)} returned a {type(response).__name__}; a language model returns a "
                "LanguageResponse, such as LanguageResponse.of(parts, fold_language)"
            )
        self.response = response

    async def _prepare(self) -> None:
        """Say what the coming step sends, and to whom."""
        plan = self._plan
        self._model, self._tools = plan.model, plan.tools
        self.request = plan.request
        if self.messages:
            self.request = replace(plan.request, messages=(*plan.request.messages, *self.messages))
        if plan.prepare_step is None:
            return
        about = PrepareStep(len(self.steps), tuple(self.steps), self.request.messages, plan.model)
        answer = plan.prepare_step(about)
        overrides = await answer if inspect.isawaitable(answer) else answer
        if overrides:
            self._override(overrides)

    def _override(self, overrides: StepOverrides) -> None:
        check_names("prepare_step", overrides, _OVERRIDES)
        changes = _request_fields(overrides)
        messages, system = overrides.get("messages"), overrides.get("system")
        if messages is not None or system is not None:
            changes["messages"] = _conversation(messages or self.request.messages, system)
        if "tools" in overrides:
            self._tools = ToolSet.of(overrides["tools"])
            changes["tools"] = self._tools.shown
        if "tool_choice" in overrides:
            changes["tool_choice"] = overrides["tool_choice"]
        self.request = replace(self.request, **changes)
        _check_choice(self.request.tool_choice, self._tools)
        if "model" in overrides:
            self._model = recorded(resolve(overrides["model"]))

    async def _finish_step(self, result: LanguageResult) -> tuple[Step, bool]:
        """Run the tools of the step that has been read; whether another step is to follow."""
        record = self._step
        assert record is not None
        asked = result.tool_calls
        calls = [call for call in asked if self._tools.runs(call)] if asked else []
        answers: tuple[ToolResultPart, ...] = ()
        if calls and result.finish_reason not in _NO_TOOLS_AFTER:
            with entered(self.record), entered(record):
                messages = (*self.request.messages, result.message)
                answers = await self._answer(calls, messages)
        self._close_step()
        step = Step(result, self.request, answers, tuple(record.attempts))
        self.steps.append(step)
        if result.content:
            self.messages.append(result.message)
        if answers:
            self.messages.append(ToolMessage(answers))
        if not answers:
            return step, False
        theirs = [call for call in asked if not call.provider_executed]
        return step, len(answers) == len(theirs) and not await self._stops()

    async def _answer(self, calls: Sequence[ToolCallPart], messages: tuple[Message, ...]) -> tuple[ToolResultPart, ...]:
        """Run the tools of a step; ``messages`` is the conversation up to their calls."""
        return await run_tool_calls(calls, self._tools, messages, len(self.steps), self._plan.approve_tool)

    async def _stops(self) -> bool:
        with entered(self.record):
            for condition in self._plan.stop_when:
                answer = condition(tuple(self.steps))
                if await answer if inspect.isawaitable(answer) else answer:
                    return True
        return False

    def _finish(self) -> TextResult:
        attempts = tuple(self.record.attempts)
        usages = [step.result.usage for step in self.steps]
        usages += [each.usage for each in attempts if each.error is not None and each.usage is not None]
        usage = usages[0] if len(usages) == 1 else sum(usages, Usage())
        self.result = TextResult(tuple(self.steps), tuple(self.messages), usage, attempts)
        self.close()
        return self.result


def _conversation(messages: Sequence[Message | Mapping[str, Any]], system: str | None) -> tuple[Message, ...]:
    given = to_messages(messages=messages)
    if system is None:
        return given
    at = 0
    while at < len(given) and isinstance(given[at], SystemMessage):
        at += 1
    return (SystemMessage(system), *given[at:])
