"""What comes of a run of an agent, at once or while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from ai_sdk.agent.limits import cost
from ai_sdk.agent.state import AgentState
from ai_sdk.approval import ApprovalRequest
from ai_sdk.call import Attempt
from ai_sdk.errors import ResponseClosedError
from ai_sdk.messages import Message, ToolCallPart
from ai_sdk.prices import Price
from ai_sdk.results import CallWarning, FinishReason, Usage
from ai_sdk.steps import Step, StreamPart, TextFinish, TextResult
from ai_sdk.text import TextStream

if TYPE_CHECKING:
    from types import TracebackType

    from ai_sdk.agent._running import AgentLoop

__all__ = ["AgentPart", "AgentResult", "AgentStream"]

AgentPart: TypeAlias = StreamPart | ApprovalRequest
"""A part of an agent's stream. Requests for approval come after the step that asks, before the last part."""


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What came of a run, or of its part up to a question to a person.

    ``pending``: what people are asked; empty when the run is over. ``state``: to go on from, with approvals or another
    prompt. ``output``: the value of the agent's ``output`` type, None without one or while something is pending.
    ``raw``: the steps of the whole run, those before it was resumed included. ``attempts`` are those of this call, with
    those of sub-agents.
    """

    raw: TextResult = field(repr=False)
    state: AgentState = field(repr=False)
    pending: tuple[ApprovalRequest, ...] = ()
    output: Any = None
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)
    prices: Mapping[str, Price] | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The text of the last step."""
        return self.raw.text

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the run."""
        return self.raw.steps

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages of the run: answers and the results of tools."""
        return self.raw.messages

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls of the last step."""
        return self.raw.tool_calls

    @property
    def usage(self) -> Usage:
        """The tokens of the whole run, sub-agents and failed attempts included as far as they are known."""
        return self.state.total.usage

    @property
    def cost(self) -> float | None:
        """What the whole run cost, in US dollars; None when a price is not known."""
        return cost(self.state.total.charges, self.prices)

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the last answer ended."""
        return self.raw.finish_reason

    @property
    def warnings(self) -> tuple[CallWarning, ...]:
        """What was asked of the model and not done, or not as asked."""
        return self.raw.warnings


class AgentStream:
    """A run that is read while it happens, made by ``Agent.stream``. Entering it begins the run.

    ``parts``, ``text`` and ``result()`` share one reader: each goes on where the last one stopped. Leaving early closes
    the response; ``state`` is then what has happened so far.
    """

    def __init__(
        self, begin: Callable[[], Awaitable[AgentLoop]], finish: Callable[[TextResult, AgentLoop], AgentResult]
    ) -> None:
        self._begin = begin
        self._finish = finish
        self._loop: AgentLoop | None = None
        self._stream: TextStream | None = None
        self._parts: AsyncGenerator[AgentPart, None] | None = None
        self._result: AgentResult | None = None

    async def __aenter__(self) -> Self:
        if self._stream is not None:
            raise ResponseClosedError("a stream is entered once; call Agent.stream again for another answer")
        self._loop = await self._begin()
        self._stream = TextStream(self._loop)
        self._parts = self._read(self._stream, self._loop)
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the response now; closing twice does nothing."""
        if self._stream is not None:
            await self._stream.aclose()
        if self._parts is not None and not getattr(self._parts, "ag_running", False):
            await self._parts.aclose()

    @property
    def state(self) -> AgentState:
        """Where the run is."""
        return self._open()[1].state

    @property
    def text(self) -> AsyncIterator[str]:
        """The text of all steps, in pieces as they arrive."""
        return self._open()[0].text

    @property
    def parts(self) -> AsyncIterator[AgentPart]:
        """Everything: the parts of every step's response, tool results, marks between steps, requests for approval."""
        stream, _ = self._open()
        stream.check()
        assert self._parts is not None
        return self._parts

    async def result(self) -> AgentResult:
        """Read to the end and return the whole result. Raises as ``Agent.run`` does."""
        if self._result is None:
            stream, loop = self._open()
            self._result = self._finish(await stream.result(), loop)
        return self._result

    def _open(self) -> tuple[TextStream, AgentLoop]:
        if self._stream is None or self._loop is None:
            raise ResponseClosedError(
                "the stream has not begun: enter it with 'async with agent.stream(...) as stream'"
            )
        return self._stream, self._loop

    async def _read(self, stream: TextStream, loop: AgentLoop) -> AsyncGenerator[AgentPart, None]:
        async for part in stream.parts:
            if isinstance(part, TextFinish):
                for request in loop.pending:
                    yield request
            yield part
