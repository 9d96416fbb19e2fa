"""An agent: a model with instructions, tools and limits, whose runs can be stopped, saved and gone on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypedDict, Unpack, cast

from ai_sdk._frozen import freeze
from ai_sdk._loop import Plan, plan
from ai_sdk.agent._questions import Answers, accepted, answers_from_outside
from ai_sdk.agent._running import AgentLoop, Outer, Settings, attempts_in, opened
from ai_sdk.agent._saving import Saving
from ai_sdk.agent.limits import RunLimits
from ai_sdk.agent.memory import Memory
from ai_sdk.agent.result import AgentResult, AgentStream
from ai_sdk.agent.state import AgentState, new_run_id, unanswered
from ai_sdk.approval import Approval, key_of
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.messages import Message, Prompt, ToolMessage, to_messages
from ai_sdk.objects import _Target, _with_instruction
from ai_sdk.registry import resolve
from ai_sdk.requests import JSONFormat, ProviderTool, ReasoningEffort, ToolChoice, ToolDefinition
from ai_sdk.sessions import Sessions
from ai_sdk.steps import LanguageModel, Prepare, StopCondition, TextResult, TextSettings, step_count
from ai_sdk.tool_layers import ToolLayer, wrap_tool
from ai_sdk.tools import Approve, Tool, ToolContext, ToolSet, ToolSuspended, failure, tool

if TYPE_CHECKING:
    import typing_extensions

    Deps = typing_extensions.TypeVar("Deps", default=object)
else:
    from typing import TypeVar

    Deps = TypeVar("Deps")

__all__ = ["Agent", "AgentSettings"]

_NO_TOOLS: Any = ()
_NO_LIMITS = RunLimits()
_DEFAULT_STOP = step_count(20)


class AgentSettings(TypedDict, total=False):
    """Settings of every request of an agent; see ``RequestSettings`` and ``TextSettings`` for what they mean.

    ``approve_tool`` is asked before each tool runs, while the run goes on; what it answers with ``"ask"`` suspends it.
    """

    tool_choice: ToolChoice | None
    approve_tool: Approve | None
    max_output_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    presence_penalty: float | None
    frequency_penalty: float | None
    stop: str | Sequence[str]
    seed: int | None
    reasoning: ReasoningEffort | None
    headers: Mapping[str, str] | None
    provider_options: Mapping[str, Any] | None
    layer_options: Mapping[str, Any] | None


class Agent(Generic[Deps]):
    """A model that works with tools until it is done, in runs that survive crashes and wait for people.

    ``model``: a model, or its name for the registry. ``name``: in spans, states and requests for approval.
    ``instructions``: the system message. ``tools``, ``stop_when`` (``step_count(20)``) and ``prepare_step`` are those
    of ``generate_text``. ``output``: a type or schema, as in ``generate_object``; the last answer is a value of it.
    ``limits``: what one run may use. ``tool_layers``: layers around every tool, the first outermost. ``memory``: a rule
    for what of a long conversation is sent. ``approval_key``: signs requests for approval, 16 bytes or more; needed
    when approvals come from outside with a conversation in place of a state. ``sessions``: where runs are kept. The
    settings are those of ``AgentSettings``.

    An agent has no state of its own: one object serves any number of runs, event loops and threads. Raises
    ``InvalidRequestError`` for arguments that make no sense, when it is made.
    """

    def __init__(
        self,
        model: LanguageModel,
        /,
        *,
        name: str = "agent",
        instructions: str | None = None,
        tools: Sequence[Tool[..., Any, Deps] | ToolDefinition | ProviderTool] = _NO_TOOLS,
        stop_when: StopCondition | Sequence[StopCondition] = _DEFAULT_STOP,
        output: Any = None,
        prepare_step: Prepare | None = None,
        limits: RunLimits | None = None,
        tool_layers: Sequence[ToolLayer] = (),
        memory: Memory | None = None,
        approval_key: str | bytes | None = None,
        sessions: Sessions | None = None,
        **settings: Unpack[AgentSettings],
    ) -> None:
        self.name = name
        self.instructions = instructions
        self.limits = limits or _NO_LIMITS
        self._given: dict[str, Any] = {
            "model": model, "name": name, "instructions": instructions, "tools": tools, "stop_when": stop_when,
            "output": output, "prepare_step": prepare_step, "limits": limits, "tool_layers": tool_layers,
            "memory": memory, "approval_key": approval_key, "sessions": sessions, **settings,
        }  # fmt: skip
        self._model = resolve(model)
        self._memory = memory
        self._key = key_of(approval_key)
        self._sessions = sessions
        self._target = None if output is None else _Target.of(output, None, None, None)
        self.tools = tuple(wrap_tool(each, tool_layers) if isinstance(each, Tool) else each for each in tools)
        self._output_tool: str | None = None
        self._settings: dict[str, Any] = {
            **settings, "system": instructions, "stop_when": stop_when, "prepare_step": prepare_step,
            **self._how_to_answer(cast("dict[str, Any]", settings)),
        }  # fmt: skip
        self._plan((*to_messages("?"),), stream=False)

    def _how_to_answer(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The tools, and how the model is asked for a value of the output type."""
        tools: tuple[Any, ...] = self.tools
        target = self._target
        if target is None:
            return {"tools": tools}
        able: str = getattr(self._model, "structured_output", "tool")
        if able == "tool":
            self._output_tool = target.name
            final = ToolDefinition(target.name, target.description, freeze(target.schema), target.asked or None)
            return {"tools": (*tools, final), "tool_choice": settings.get("tool_choice") or "required"}
        if able == "json_object":
            return {"tools": tools, "response_format": JSONFormat()}
        strict = target.asked if target.held else False
        form = JSONFormat(freeze(target.schema), target.name, target.description, strict)
        return {"tools": tools, "response_format": form}

    def replace(self, **changes: Any) -> Agent[Deps]:
        """The same agent with other arguments: ``agent.replace(limits=RunLimits(steps=50))``."""
        given = {**self._given, **changes}
        return Agent(given.pop("model"), **given)

    async def run(
        self,
        prompt: Prompt | None = None,
        /,
        *,
        state: AgentState | None = None,
        messages: Sequence[Message | Mapping[str, Any]] | None = None,
        approvals: Sequence[Approval] = (),
        session: str | None = None,
        deps: Deps | None = None,
    ) -> AgentResult:
        """Work until the model is done, a condition of ``stop_when`` is met, or a person has to be asked.

        ``prompt`` and ``messages`` begin a run, or the next one when ``state`` or the session has a finished one. A
        state that is not finished is gone on with: with ``approvals`` when it waits for them, and without a prompt. A
        finished one without a prompt gives its result again. ``messages`` may end with tool calls that have no results,
        as when they come from a browser: signed ``approvals`` say which may run.

        ``session``: the name of the run in the agent's session store; it is loaded first, saved at every boundary, and
        begun when there is none. ``deps``: for tools, as ``context.deps``.

        A tool that has begun and whose result is not in the state is never run again unless it is idempotent: it is in
        ``pending``, as interrupted. Raises ``RunLimitError`` with the state, ``ApprovalError``,
        ``SessionConflictError`` when somebody else has gone on with the session, ``NoObjectGeneratedError``,
        ``InvalidRequestError``, and what the model raises; ``state_of(error)`` is where the run stopped.
        """
        loop = await self._begin(prompt, state, messages, approvals, session, deps, stream=False)
        return self._result(await loop.run(), loop)

    def stream(
        self,
        prompt: Prompt | None = None,
        /,
        *,
        state: AgentState | None = None,
        messages: Sequence[Message | Mapping[str, Any]] | None = None,
        approvals: Sequence[Approval] = (),
        session: str | None = None,
        deps: Deps | None = None,
    ) -> AgentStream:
        """Do as ``run`` does, handing out the answer while it arrives: ``async with agent.stream(...) as stream``."""

        async def begin() -> AgentLoop:
            return await self._begin(prompt, state, messages, approvals, session, deps, stream=True)

        return AgentStream(begin, self._result)

    def as_tool(
        self, *, name: str | None = None, description: str | None = None, approve: bool | Approve = True
    ) -> Tool[..., Any, Deps]:
        """This agent as a tool of another one, which takes a task in words.

        Its questions to people, its limits and what it uses count for the run around it, whose ``deps`` and approval
        key it has. Its state is a part of that run's state. ``name`` and ``description`` are the agent's own name and
        the first paragraph of its instructions, unless they are given. Reaching a limit of its own is an error result
        for the model around it.
        """

        async def delegate(context: ToolContext[Any], task: str) -> Any:
            return await self._work_for(context, task)

        about = description or (self.instructions or f"Gives a task to {self.name}.").partition("\n\n")[0]
        return tool(name=name or self.name, description=about, approve=approve, idempotent=True)(delegate)

    async def _work_for(self, context: ToolContext[Any], task: str) -> Any:
        outer: Outer | None = context.run
        state = outer.sub if outer is not None else None
        answers = outer.answers if outer is not None else Answers()
        state = state or self._fresh(to_messages(task))
        loop = self._loop(state, answers, context.deps, outer=outer)
        result = self._result(await loop.run(), loop)
        if result.state.phase != "waiting":
            return result.text if self._target is None else result.output
        if outer is None:
            asked = ", ".join(each.call.name for each in result.pending)
            raise ToolExecutionError(
                f"the agent {self.name} waits for the approval of {asked}, and nobody can be asked here",
                tool=self.name,
                call_id=context.call_id,
            )
        raise ToolSuspended

    async def _begin(
        self,
        prompt: Prompt | None,
        state: AgentState | None,
        messages: Sequence[Message | Mapping[str, Any]] | None,
        approvals: Sequence[Approval],
        session: str | None,
        deps: Any,
        *,
        stream: bool,
    ) -> AgentLoop:
        saving = None
        if session is not None:
            saving = Saving(self._sessions, session)
            kept = await saving.load()
            if kept is not None and state is not None:
                raise InvalidRequestError(f"the session {session!r} has a state: give no other one", field="state")
            state = kept or state
        more = to_messages(prompt, messages) if prompt is not None or messages else ()
        if state is None:
            state, answers = self._from_outside(more, approvals)
        else:
            answers = accepted(approvals, state, self._key)
            state = self._going_on(state, more)
        return self._loop(state, answers, deps, saving=saving, stream=stream)

    def _loop(
        self,
        state: AgentState,
        answers: Answers,
        deps: Any,
        *,
        saving: Saving | None = None,
        outer: Outer | None = None,
        stream: bool = False,
    ) -> AgentLoop:
        settings = Settings(
            self.name,
            self.limits,
            self._memory,
            deps,
            answers,
            saving.save if saving else None,
            outer,
            self._output_tool,
        )
        return AgentLoop(self._plan(state.messages[: state.begins], stream=stream), settings, state)

    def _plan(self, messages: tuple[Message, ...], *, stream: bool) -> Plan:
        settings = cast("TextSettings", {**self._settings, "messages": messages})
        prepared = plan("Agent", self._model, None, settings, stream=stream)._replace(name=self.name)
        if self._target is None or prepared.request.response_format != JSONFormat():
            return prepared
        asked = _with_instruction(prepared.request.messages, self._target.schema)
        return prepared._replace(request=replace(prepared.request, messages=asked))

    def _fresh(self, messages: tuple[Message, ...]) -> AgentState:
        return AgentState(messages, new_run_id(), self.name, begins=len(messages))

    def _from_outside(self, messages: tuple[Message, ...], approvals: Sequence[Approval]) -> tuple[AgentState, Answers]:
        """The state of a conversation that somebody else has kept."""
        messages = messages or to_messages()
        state = opened(messages, ToolSet.of(self.tools).runs, new_run_id())
        if state is not None:
            return answers_from_outside(approvals, replace(state, agent=self.name), self._key)
        fresh = self._fresh(messages)
        return fresh, accepted(approvals, fresh, self._key)

    def _going_on(self, state: AgentState, more: tuple[Message, ...]) -> AgentState:
        """The state with what was said since, if anything; a finished one begins another run with it."""
        state = replace(state, agent=self.name)
        if not more:
            return state
        if state.phase != "finished":
            raise InvalidRequestError(
                "the run is not finished: go on with it first, without a prompt; what it waits for takes approvals=",
                field="prompt",
            )
        _, calls, _ = unanswered(state.messages)
        theirs = {part.id for each in more if isinstance(each, ToolMessage) for part in each.content}
        lost = tuple(failure(call, "not run: the answer was cut off") for call in calls if call.id not in theirs)
        closed = (*state.messages, ToolMessage(lost)) if lost else state.messages
        return self._fresh((*closed, *more))

    def _result(self, raw: TextResult, loop: AgentLoop) -> AgentResult:
        output = None
        if self._target is not None and loop.state.phase == "finished":
            output = self._target.read(_final_answer(raw, self._output_tool), loop).object
        attempts = tuple(attempts_in(loop.record))
        return AgentResult(raw, loop.state, loop.pending, output, attempts, self.limits.prices)

    def __repr__(self) -> str:
        return f"Agent({self.name!r}, {self._model!r})"


def _final_answer(raw: TextResult, output_tool: str | None) -> TextResult:
    """The result with no other tool calls in its last answer than that of the output tool."""
    last = raw.steps[-1]
    content = tuple(part for part in last.result.content if part.type != "tool-call" or part.name == output_tool)
    return replace(raw, steps=(*raw.steps[:-1], replace(last, result=replace(last.result, content=content))))
