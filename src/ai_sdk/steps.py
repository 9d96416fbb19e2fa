"""What a call of a language model with tools is told, and what comes of it: settings, steps, results, stream parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Literal, TypeAlias, TypedDict

from ai_sdk._frozen import frozen
from ai_sdk.call import Attempt
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantContent, FilePart, Message, SourcePart, ToolCallPart, ToolResultPart
from ai_sdk.model import Model
from ai_sdk.parts import LanguagePart
from ai_sdk.requests import JSONFormat, LanguageRequest, ReasoningEffort, ToolChoice
from ai_sdk.results import CallWarning, FinishReason, LanguageResponse, LanguageResult, ResponseInfo, Usage
from ai_sdk.tools import AnyTool, Approve

__all__ = [
    "LanguageModel",
    "Prepare",
    "PrepareStep",
    "RequestSettings",
    "Step",
    "StepFinish",
    "StepOverrides",
    "StepStart",
    "StopCondition",
    "StreamPart",
    "TextFinish",
    "TextResult",
    "TextSettings",
    "has_tool_call",
    "step_count",
]

LanguageModel: TypeAlias = str | Model[LanguageRequest, LanguageResponse]
"""A model, or its name for the registry: ``"groq:llama-3.3-70b-versatile"``."""


class RequestSettings(TypedDict, total=False):
    """Settings of a request. What is not given, or None, is the provider's to choose.

    ``messages``: the conversation, before the prompt. ``system``: instructions, before the messages.
    ``max_output_tokens``: at least 1. ``temperature``: 0 or more. ``top_p``: from 0 to 1. ``top_k``: 0 or more.
    ``presence_penalty``, ``frequency_penalty``: in the provider's range. ``stop``: texts that end the answer.
    ``seed``: for the same answer again, where the provider can. ``reasoning``: how much to think first.
    ``headers``: sent with the HTTP request. ``provider_options``: ``{"groq": {...}}``, namespaced by provider.
    ``layer_options``: ``{"cache": {"mode": "refresh"}}``, namespaced by layer, for this call alone.
    """

    messages: Sequence[Message | Mapping[str, Any]] | None
    system: str | None
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


class StepOverrides(RequestSettings, total=False):
    """What ``prepare_step`` may change, for the one step: any setting, the model, the tools.

    ``messages`` replaces the whole conversation and ``system`` its leading system messages.
    """

    model: LanguageModel
    tools: Sequence[AnyTool]
    tool_choice: ToolChoice | None
    response_format: JSONFormat | None


class TextSettings(RequestSettings, total=False):
    """Settings of ``generate_text`` and ``stream_text``: those of a request, and how to go on from step to step.

    ``tools``: what the model may ask for. ``tool_choice``: ``"auto"``, ``"none"``, ``"required"`` or
    ``SpecificTool(name)``, in every step. ``stop_when``: one or more conditions that end the loop, by default
    ``step_count(10)``.
    ``prepare_step``: asked before each step what to change for it. ``approve_tool``: asked before each tool run; a call
    that it denies gets the result "denied". ``response_format``: ask for JSON.
    """

    tools: Sequence[AnyTool]
    tool_choice: ToolChoice | None
    stop_when: StopCondition | Sequence[StopCondition]
    prepare_step: Prepare | None
    approve_tool: Approve | None
    response_format: JSONFormat | None


@frozen()
class PrepareStep:
    """What ``prepare_step`` is told: the number of the coming step, from 0, the steps so far, what would be sent."""

    number: int
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    model: Model[LanguageRequest, LanguageResponse]


@frozen()
class Step:
    """One call of the model and the results of the tools that it asked for, in the order of the calls."""

    result: LanguageResult
    request: LanguageRequest = field(repr=False)
    tool_results: tuple[ToolResultPart, ...] = ()
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """The text of this step."""
        return self.result.text

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls of this step."""
        return self.result.tool_calls

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why this step's answer ended."""
        return self.result.finish_reason

    @property
    def usage(self) -> Usage:
        """What this step's answer used."""
        return self.result.usage


Prepare: TypeAlias = Callable[[PrepareStep], StepOverrides | Awaitable[StepOverrides | None] | None]
"""Says before each step what to change for it, or nothing."""

StopCondition: TypeAlias = Callable[[tuple[Step, ...]], bool | Awaitable[bool]]
"""Asked after each step that could go on, with all steps so far; true ends the loop."""


def step_count(count: int, /) -> StopCondition:
    """Stop after this many steps; the tools of the last one still run."""
    if count < 1:
        raise InvalidRequestError(f"step_count is {count!r}; allowed is a number of at least 1", field="stop_when")
    return lambda steps: len(steps) >= count


def has_tool_call(*names: str) -> StopCondition:
    """Stop after a step in which the model called one of these tools."""
    return lambda steps: any(call.name in names for call in steps[-1].tool_calls)


@frozen()
class TextResult:
    """What came of a call with all its steps.

    Text, content, reasoning, tool calls and results, finish reasons, response and provider metadata are those of the
    last step; ``sources``, ``files``, ``warnings``, ``usage`` and ``attempts`` are those of all steps. ``usage``
    includes what failed attempts reported. ``messages`` are the new messages, to be appended to the history.
    """

    steps: tuple[Step, ...]
    messages: tuple[Message, ...] = field(repr=False)
    usage: Usage
    attempts: tuple[Attempt, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """The text, joined."""
        return self.steps[-1].result.text

    @property
    def content(self) -> tuple[AssistantContent, ...]:
        """The whole answer, in order."""
        return self.steps[-1].result.content

    @property
    def reasoning(self) -> str:
        """The reasoning, joined."""
        return self.steps[-1].result.reasoning

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The tool calls, in order."""
        return self.steps[-1].result.tool_calls

    @property
    def tool_results(self) -> tuple[ToolResultPart, ...]:
        """What the tools answered, in the order of the calls."""
        return self.steps[-1].tool_results

    @property
    def sources(self) -> tuple[SourcePart, ...]:
        """What the answer rests on."""
        return tuple(each for step in self.steps for each in step.result.sources)

    @property
    def files(self) -> tuple[FilePart, ...]:
        """Generated files."""
        return tuple(each for step in self.steps for each in step.result.files)

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the answer ended."""
        return self.steps[-1].result.finish_reason

    @property
    def raw_finish_reason(self) -> str | None:
        """The provider's own word for it."""
        return self.steps[-1].result.raw_finish_reason

    @property
    def warnings(self) -> tuple[CallWarning, ...]:
        """What was asked for and not done, or not as asked."""
        return tuple(each for step in self.steps for each in step.result.warnings)

    @property
    def response(self) -> ResponseInfo:
        """Who answered."""
        return self.steps[-1].result.response

    @property
    def provider_metadata(self) -> Mapping[str, Any]:
        """What the provider said beside the answer, namespaced by provider."""
        return self.steps[-1].result.provider_metadata


@frozen()
class StepStart:
    """A step begins; ``index`` is its number, from 0."""

    type: ClassVar[Literal["step-start"]] = "step-start"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    index: int


@frozen()
class StepFinish:
    """A step is over, its tools included."""

    type: ClassVar[Literal["step-finish"]] = "step-finish"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    step: Step

    @property
    def result(self) -> LanguageResult:
        """The model's answer in this step."""
        return self.step.result


@frozen()
class TextFinish:
    """All steps are over."""

    type: ClassVar[Literal["text-finish"]] = "text-finish"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = True
    result: TextResult


StreamPart: TypeAlias = LanguagePart | StepStart | StepFinish | TextFinish
"""A part of a model's response, a local tool's result, or a mark between steps."""
