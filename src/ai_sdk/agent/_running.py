"""One run of an agent: the step loop, saved at every boundary, and able to begin in the middle.

The boundaries are: before the model is called, after its answer is here, before the tools of a step run, after each of
them. A run that begins with an answer whose tools are not done reads that answer from its state in place of a response.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sdk._loop import Plan, StepLoop
from ai_sdk.agent._questions import Answers, question_of, questions
from ai_sdk.agent.limits import RunLimitError, RunLimits, over
from ai_sdk.agent.memory import Memory
from ai_sdk.agent.state import AgentState, CallState, Charge, StepState, unanswered
from ai_sdk.approval import ApprovalRequest
from ai_sdk.call import CallRecord, entered, open_record
from ai_sdk.deadline import deadline_at
from ai_sdk.messages import AssistantMessage, Message, ToolCallPart, ToolMessage, ToolResultPart
from ai_sdk.parts import Finish
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, LanguageResult, ResponseInfo
from ai_sdk.steps import Step
from ai_sdk.tools import ToolContext, ToolSuspended, _run, denial, failure, judge

if TYPE_CHECKING:
    from ai_sdk.response import AnyPart

__all__ = ["AgentLoop", "Outer", "Settings", "attempts_in", "opened", "state_of"]

T = TypeVar("T")
_CUT_OFF = ("length", "content-filter", "error")
Save = Callable[[AgentState], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is given besides its plan. ``output_tool``: the name of the tool whose call is the final answer."""

    agent: str
    limits: RunLimits
    memory: Memory | None
    deps: Any
    answers: Answers
    save: Save | None = None
    outer: Outer | None = None
    output_tool: str | None = None


@dataclass(slots=True)
class Outer:
    """The call of a tool in a run, as the sub-agent that works in it sees it."""

    loop: AgentLoop
    call_id: str

    @property
    def answers(self) -> Answers:
        """The approvals that were given to the whole run."""
        return self.loop.settings.answers

    @property
    def sub(self) -> AgentState | None:
        """The sub-agent's state when it was begun before."""
        call = self.loop.state.call(self.call_id)
        return call.sub if call is not None else None

    async def put(self, state: AgentState) -> None:
        """Keep the sub-agent's state in that of the run."""
        call = self.loop.state.call(self.call_id)
        if call is not None:
            await self.loop.put(self.loop.state.with_call(replace(call, sub=state)))

    def check(self) -> None:
        """Suspend the sub-agent when the run around it has reached a limit."""
        try:
            self.loop.check_limits()
        except (RunLimitError, ToolSuspended):
            self.loop.stopped = True
            raise ToolSuspended from None


class AgentLoop(StepLoop):
    """A step loop whose state is a value; ``settings.save`` is awaited with it at every boundary."""

    def __init__(self, plan: Plan, settings: Settings, state: AgentState) -> None:
        super().__init__(plan)
        self._prepares = True
        self.settings = settings
        self.state = state
        self.stopped = False
        self._old: LanguageResult | None = None
        self._was_finished = state.phase == "finished"
        self._failures: list[Exception] = []
        self._began = 0.0
        self._ends: float | None = None
        self._restore()

    def _restore(self) -> None:
        """Take up the steps and the answers of the state; the last step is open unless the model is to be called."""
        state = self.state
        self.steps = [_step(state, each) for each in state.steps]
        self.messages = list(state.new_messages)
        if state.phase == "model":
            return
        last = self.steps.pop()
        at = state.steps[-1].message
        if at is not None:
            del self.messages[at - state.begins :]
        self._old = last.result

    async def start(self) -> None:
        """Begin with the model, or with the answer that is here already."""
        loop = asyncio.get_running_loop()
        self._began = loop.time() - self.state.spent.seconds
        if self.settings.limits.seconds is not None:
            self._ends = self._began + self.settings.limits.seconds
        if self._old is None:
            await super().start()
            return
        self.record = open_record("call", self._plan.name)
        with entered(self.record):
            self._step = open_record("step", f"step {len(self.steps)}")
            if not self._was_finished:
                await self._make_request()
        old = self._old
        self.response = LanguageResponse.of([Finish(old.finish_reason or "other", old.usage)], lambda _parts: old)

    def close(self, error: BaseException | None = None) -> None:
        """End the record of the run; an error that ends it knows its state."""
        if error is not None and not self.closed:
            _remember(error, self.state)
        super().close(error)

    @property
    def pending(self) -> tuple[ApprovalRequest, ...]:
        """What people are asked, once the run waits for them."""
        return tuple(questions(self.state, self.settings.answers.key)) if self.state.phase == "waiting" else ()

    async def put(self, state: AgentState) -> None:
        """Change the state, and have it saved."""
        self._change(state)
        if self.settings.outer is not None:
            await self.settings.outer.put(self.state)
        if self.settings.save is not None:
            await self.settings.save(self.state)

    def _change(self, state: AgentState) -> None:
        seconds = asyncio.get_running_loop().time() - self._began
        self.state = replace(state, spent=replace(state.spent, seconds=seconds))

    def check_limits(self) -> None:
        """Raise ``RunLimitError`` when this run has used what it may; suspend it when a run around it has."""
        self._change(self.state)
        self.settings.limits.check(self.state)
        if self.settings.outer is not None:
            self.settings.outer.check()

    async def _in_time(self, what: Callable[[], Awaitable[T]]) -> T:
        """Await something until the run's time is over."""
        ends = self._ends
        if ends is None:
            return await what()
        scope = asyncio.timeout_at(ends)
        try:
            async with scope:
                with deadline_at(ends):
                    return await what()
        except TimeoutError:
            if not scope.expired():
                raise
            raise self._out_of_time() from None

    def _out_of_time(self) -> RunLimitError:
        self._change(self.state)
        limit = self.settings.limits.seconds or 0.0
        return over("seconds", limit, self.state.spent.seconds, self.state)

    async def _call_model(self) -> None:
        await self._in_time(super()._call_model)
        if self._ends is not None and self.response is not None:
            self.response.watch(_Clock(self._in_time))

    async def _prepare(self) -> None:
        await self.put(replace(self.state, phase="model"))
        self.check_limits()
        await self._make_request()

    async def _make_request(self) -> None:
        """Say what the step sends, or has sent when it is gone on with, and which tools it has."""
        await super()._prepare()
        if self.settings.memory is not None:
            kept = tuple(self.settings.memory(self.request.messages))
            self.request = replace(self.request, messages=kept)

    async def _finish_step(self, result: LanguageResult) -> tuple[Step, bool]:
        if self._old is None:
            await self.put(self._read(result))
        step, more = await super()._finish_step(result)
        self._old = None
        if self._was_finished:
            return step, False
        state = self.state
        waiting = any(each.status != "done" for each in state.calls)
        if waiting:
            await self.put(replace(state, phase="waiting"))
            return step, False
        answers = step.tool_results + self._taken(result, step.tool_results)
        if answers:
            if len(answers) > len(step.tool_results):
                self.messages[-1 if step.tool_results else len(self.messages) :] = [ToolMessage(answers)]
            state = replace(state, messages=(*state.messages, ToolMessage(answers)))
        state = replace(state, calls=(), phase="model" if more else "finished")
        if more:
            self.state = state
        else:
            await self.put(state)
        return step, more

    def _taken(self, result: LanguageResult, answers: tuple[ToolResultPart, ...]) -> tuple[ToolResultPart, ...]:
        """The results of calls of the output tool, which no function answers."""
        name, known = self.settings.output_tool, {each.id for each in answers}
        calls = (call for call in result.tool_calls if call.name == name and call.id not in known)
        return tuple(ToolResultPart(call.id, call.name, "accepted") for call in calls)

    def _read(self, result: LanguageResult) -> AgentState:
        """The state after an answer: with its message, its tool calls, and what it used."""
        state = self.state
        record = self._step
        assert record is not None
        charges = _charges(record, result)
        info = StepState(
            len(state.messages) if result.content else None,
            result.finish_reason,
            result.raw_finish_reason,
            result.usage,
            charges[-1].model or None,
        )
        runs = () if result.finish_reason in _CUT_OFF else result.tool_calls
        return replace(
            state,
            phase="tools",
            messages=(*state.messages, result.message) if result.content else state.messages,
            steps=(*state.steps, info),
            calls=tuple(CallState(call.id) for call in runs if self._tools.runs(call)),
            spent=replace(state.spent, steps=state.spent.steps + 1, charges=state.spent.charges + charges),
        )

    async def _answer(self, calls: Sequence[ToolCallPart], messages: tuple[Message, ...]) -> tuple[ToolResultPart, ...]:
        """Decide about each call in turn, run what may run, all at once, and return what has a result."""
        if self._was_finished:
            return unanswered(self.state.messages)[2]
        for call in calls:
            known = self.state.call(call.id)
            if known is not None and known.status != "done":
                self._change(self.state.with_call(await self._decided(call, known)))
        ready = [call for call in calls if self._status(call) == "approved"]
        if ready:
            await self._run_all(ready, messages)
        known_calls = {each.id: each for each in self.state.calls}
        found = [known_calls[call.id].result for call in calls if call.id in known_calls]
        return tuple(each for each in found if each is not None)

    def _status(self, call: ToolCallPart) -> str | None:
        known = self.state.call(call.id)
        return None if known is None else known.status

    async def _decided(self, call: ToolCallPart, known: CallState) -> CallState:
        """What is to be done with a call that has no result."""
        tool = self._tools.functions.get(call.name)
        if known.sub is not None or known.status == "approved":
            return replace(known, status="approved")
        if known.status == "asked":
            return self._answered(call, known)
        if known.status == "started":
            again = tool is not None and tool.idempotent
            return replace(known, status="approved") if again else _asking(known, interrupted=True)
        verdict = await judge(call, self._tools, self._plan.approve_tool)
        if verdict == "ask":
            return _asking(known)
        if verdict is None:
            unsure = known.interrupted and not (tool is not None and tool.idempotent)
            return _asking(known, interrupted=True) if unsure else replace(known, status="approved", interrupted=False)
        return replace(known, status="done", result=verdict)

    def _answered(self, call: ToolCallPart, known: CallState) -> CallState:
        answer = self.settings.answers.given.get(question_of(self.state, known))
        if answer is None:
            return known
        if answer.approved:
            return replace(known, status="approved")
        if not known.interrupted:
            return replace(known, status="done", result=denial(call, answer.reason))
        why = f": {answer.reason}" if answer.reason else ""
        message = f"interrupted: whether this call of {call.name} did its work is not known; it was not run again{why}"
        return replace(known, status="done", result=failure(call, message))

    async def _run_all(self, calls: list[ToolCallPart], messages: tuple[Message, ...]) -> None:
        state = self.state
        for call in calls:
            known = state.call(call.id)
            assert known is not None
            state = state.with_call(replace(known, status="started"))
        await self.put(state)
        await self._in_time(lambda: self._side_by_side(calls, messages))
        if self._failures:
            raise self._failures[0]
        if self.stopped:
            self.check_limits()

    async def _side_by_side(self, calls: list[ToolCallPart], messages: tuple[Message, ...]) -> None:
        if len(calls) == 1:
            await self._run_one(calls[0], messages)
            return
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(self._run_one(call, messages))

    async def _run_one(self, call: ToolCallPart, messages: tuple[Message, ...]) -> None:
        """Run one tool and save what came of it; an error of the saving is kept for the end of the others."""
        before = self.state.call(call.id)
        assert before is not None
        context = ToolContext(
            call.id, messages, len(self.steps), self.settings.deps, self.state.run_id, Outer(self, call.id)
        )
        tool = self._tools.functions[call.name]
        result = await _run(call, tool, context, approved=before.asked > 0)
        known = self.state.call(call.id)
        assert known is not None
        state = self.state
        if result is not None:
            if known.sub is not None:
                state = replace(state, spent=state.spent.with_sub(known.sub.total))
            state = state.with_call(replace(known, status="done", sub=None, result=result))
        elif known.sub is None:
            state = state.with_call(_asking(known))
        try:
            await self.put(state)
        except Exception as error:  # noqa: BLE001 - raised when the other tools have ended
            self._failures.append(error)


class _Clock:
    """Stands around the reads of a response, so that they end with the run's time."""

    __slots__ = ("_in_time",)

    def __init__(self, in_time: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]) -> None:
        self._in_time = in_time

    def check(self, _part: AnyPart, /) -> None:
        """What is here already is handed out."""

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Await one read."""
        return await self._in_time(read)


def _asking(known: CallState, *, interrupted: bool = False) -> CallState:
    return replace(known, status="asked", asked=known.asked + 1, interrupted=interrupted)


def _charges(record: CallRecord, result: LanguageResult) -> tuple[Charge, ...]:
    """What the calls of a model in one step used, the last one's last; those that failed as far as they said."""
    failed = [each for each in record.attempts if each.error is not None]
    answered = [each.model for each in record.attempts if each.error is None]
    known = [Charge(each.model, usage) for each in failed if (usage := each.usage) is not None]
    return (*known, Charge(answered[-1] if answered else "", result.usage))


def _step(state: AgentState, step: StepState) -> Step:
    """A step as it was, from what the state has of it; its request has the messages alone."""
    at = step.message
    message = state.messages[at] if at is not None else None
    content = message.content if isinstance(message, AssistantMessage) else ()
    following = state.messages[at + 1 : at + 2] if at is not None else ()
    results = following[0].content if following and isinstance(following[0], ToolMessage) else ()
    result = LanguageResult(
        content=content,
        finish_reason=step.finish_reason,
        raw_finish_reason=step.raw_finish_reason,
        usage=step.usage,
        response=ResponseInfo(model=step.model),
    )
    return Step(result, LanguageRequest(messages=state.messages[: at if at is not None else state.begins]), results)


def _remember(error: BaseException, state: AgentState) -> None:
    try:
        error._ai_sdk_state = state  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    except AttributeError:
        return


def state_of(error: BaseException) -> AgentState | None:
    """The state of the run that an exception ended, to go on from; None when it came from no run."""
    found = getattr(error, "_ai_sdk_state", None)
    return found if isinstance(found, AgentState) else None


def opened(messages: tuple[Message, ...], runs: Callable[[ToolCallPart], bool], run_id: str) -> AgentState | None:
    """The state that a conversation from outside is in when calls of its last answer have no results; else None."""
    at, calls, results = unanswered(messages)
    ours = [call for call in calls if runs(call)]
    if not ours or at < 1:
        return None
    done = [CallState(each.id, "done", result=each) for each in results]
    open_calls = [CallState(call.id, interrupted=True) for call in ours]
    return AgentState(
        messages=messages[: at + 1],
        run_id=run_id,
        phase="tools",
        begins=at,
        steps=(StepState(at, "tool-calls"),),
        calls=(*done, *open_calls),
    )


def attempts_in(record: CallRecord) -> list[Any]:
    """The attempts of a record, with those of the calls that its tools made, by when they started."""
    found = list(record.attempts)
    waiting = list(record.children)
    while waiting:
        child = waiting.pop()
        if child.kind == "tool":
            found += child.attempts
        waiting += child.children
    return sorted(found, key=lambda attempt: attempt.started)
