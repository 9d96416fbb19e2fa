"""pydantic-ai: a pipeline as a model of its agents, and its models as models here.

Needs the extra ``pydantic-ai`` (pydantic-ai-slim).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from ai_sdk.adapters._pydantic_ai_messages import from_messages, parts_of_response, response_part, said_by, to_messages
from ai_sdk.adapters._shared import finish_reason_of, framework, translated
from ai_sdk.errors import APIConnectionError, APIError, ResponseClosedError
from ai_sdk.messages import (
    FilePart,
    Message,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    _plain,
)
from ai_sdk.model import name_of, recorded
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.registry import resolve
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolChoice, ToolDefinition
from ai_sdk.results import CallWarning, FinishReason, LanguageResponse, Usage, fold_language
from ai_sdk.steps import LanguageModel

__all__ = ["FromPydanticAI", "PydanticAIModel", "from_pydantic_ai"]

_models = framework("pydantic_ai.models", "pydantic-ai")
_messages = framework("pydantic_ai.messages", "pydantic-ai")
_exceptions = framework("pydantic_ai.exceptions", "pydantic-ai")
_tools = framework("pydantic_ai.tools", "pydantic-ai")
_choices = framework("pydantic_ai.models._tool_choice", "pydantic-ai")
_RequestUsage: Any = framework("pydantic_ai.usage", "pydantic-ai").RequestUsage
_OutputObject: Any = framework("pydantic_ai.output", "pydantic-ai").OutputObjectDefinition
_Model: Any = _models.Model
_StreamedResponse: Any = _models.StreamedResponse

_SETTINGS = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "stop_sequences": "stop",
    "extra_headers": "headers",
    "ai_sdk_provider_options": "provider_options",
    "ai_sdk_layer_options": "layer_options",
}
_REASONS: dict[FinishReason | None, str | None] = {
    "stop": "stop",
    "length": "length",
    "tool-calls": "tool_call",
    "content-filter": "content_filter",
    "error": "error",
}


class PydanticAIModel(_Model):
    """A pipeline as a model of pydantic-ai, with tools, structured output, streams, files and thinking.

    ``model`` is any language model here, or its name for the registry. ``settings`` and ``profile`` are pydantic-ai's;
    the settings ``ai_sdk_provider_options`` and ``ai_sdk_layer_options`` go to the request as they are. A streamed tool
    call arrives whole. An error of the provider is raised as ``ModelHTTPError`` or ``ModelAPIError``, so that a
    ``FallbackModel`` understands it, with the error of the pipeline as its cause.
    """

    unsupported_settings = frozenset(
        {"extra_body", "logit_bias", "max_retries", "parallel_tool_calls", "service_tier", "timeout"}
    )

    def __init__(self, model: LanguageModel, /, *, settings: Any = None, profile: Any = None) -> None:
        self.model = resolve(model)
        able = getattr(self.model, "structured_output", "tool")
        known: dict[str, Any] = {
            "supports_json_schema_output": able == "json_schema",
            "supports_json_object_output": able != "tool",
            "supports_thinking": True,
        }
        if not callable(profile):
            known.update(profile or {})
        _Model.__init__(self, settings=settings, profile=profile if callable(profile) else known)

    @property
    def model_name(self) -> str:
        """The id of the innermost model."""
        return str(getattr(self.model, "model_id", None) or name_of(self.model))

    @property
    def system(self) -> str:
        """The provider of the innermost model."""
        return str(getattr(self.model, "provider", None) or "ai-sdk")

    async def request(self, messages: list[Any], model_settings: Any, model_request_parameters: Any) -> Any:
        """Answer a conversation."""
        _models.check_allow_model_requests()
        given, parameters = self.prepare_request(model_settings, model_request_parameters)
        with _as_theirs(self.model_name):
            response = await recorded(self.model)(self._request(messages, given, parameters, stream=False))
            async with response:
                result = await response.result()
        return _messages.ModelResponse(
            said_by(result.content, self.system),
            usage=_usage_for(result.usage),
            model_name=result.response.model or self.model_name,
            provider_name=self.system,
            provider_response_id=result.response.id,
            provider_details=_details(result.raw_finish_reason, result.provider_metadata),
            finish_reason=_REASONS.get(result.finish_reason),
        )

    @contextlib.asynccontextmanager
    async def request_stream(
        self, messages: list[Any], model_settings: Any, model_request_parameters: Any, run_context: Any = None
    ) -> AsyncGenerator[Any, None]:
        """Answer a conversation piece by piece; leaving early closes the response."""
        _models.check_allow_model_requests()
        given, parameters = self.prepare_request(model_settings, model_request_parameters)
        with _as_theirs(self.model_name):
            response = await recorded(self.model)(self._request(messages, given, parameters, stream=True))
        async with response:
            yield _Streamed(parameters, response, self.model_name, self.system)

    def _request(
        self, messages: Sequence[Any], given: Mapping[str, Any] | None, parameters: Any, *, stream: bool
    ) -> LanguageRequest:
        fields = {
            _SETTINGS[name]: value for name, value in (given or {}).items() if name in _SETTINGS and value is not None
        }
        tools, choice = _tools_of(given, parameters)
        return LanguageRequest(
            messages=self._with_instructions(messages, parameters),
            tools=tools,
            tool_choice=choice,
            response_format=_format_of(parameters, self.profile),
            reasoning=_effort_of(parameters.thinking),
            stream=stream,
            **fields,
        )

    def _with_instructions(self, messages: Sequence[Any], parameters: Any) -> tuple[Message, ...]:
        """The conversation, with the agent's instructions after the system messages it begins with."""
        known = from_messages(messages)
        parts = self._get_instruction_parts(messages, parameters)
        if not parts:
            return known
        at = next((at for at, each in enumerate(known) if not isinstance(each, SystemMessage)), len(known))
        return (*known[:at], SystemMessage("\n\n".join([part.content for part in parts])), *known[at:])


def _tools_of(given: Any, parameters: Any) -> tuple[tuple[ToolDefinition, ...], ToolChoice | None]:
    known: dict[str, Any] = dict(parameters.declared_tool_defs)
    resolved: Any = _choices.resolve_tool_choice(given, parameters)
    choice: Any = resolved
    if isinstance(resolved, tuple):
        choice, allowed = cast("tuple[str, Any]", resolved)
        known = {name: tool for name, tool in known.items() if name in allowed}
        if choice == "required" and len(known) == 1:
            choice = SpecificTool(next(iter(known)))
    if not known:
        return (), None
    return tuple([_definition_of(tool) for tool in known.values()]), None if choice == "auto" else choice


def _definition_of(tool: Any) -> ToolDefinition:
    return ToolDefinition(tool.name, tool.description or None, tool.parameters_json_schema, tool.strict)


def _format_of(parameters: Any, profile: Mapping[str, Any]) -> JSONFormat | None:
    wanted = parameters.output_object
    if parameters.output_mode == "native" and wanted is not None:
        return JSONFormat(wanted.json_schema, wanted.name or "answer", wanted.description, wanted.strict)
    can = profile.get("supports_json_object_output", False)
    return JSONFormat() if parameters.output_mode == "prompted" and can and not parameters.function_tools else None


def _effort_of(thinking: Any) -> Any:
    if thinking is None or isinstance(thinking, str):
        return thinking
    return "medium" if thinking else "none"


def _usage_for(usage: Usage) -> Any:
    """pydantic-ai's counts, where unknown is nought; an answer that said nothing of usage counts as unmeasured."""
    if usage.input_tokens is None and usage.output_tokens is None:
        blank = _RequestUsage()
        if hasattr(blank, "unmeasured_requests"):
            blank.unmeasured_requests = 1
        return blank
    return _RequestUsage(
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        cache_read_tokens=usage.cache_read_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        details={} if usage.reasoning_tokens is None else {"reasoning_tokens": usage.reasoning_tokens},
    )


def _details(raw_reason: str | None, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    known = {"finish_reason": raw_reason, "provider_metadata": _plain(metadata)}
    return {name: value for name, value in known.items() if value} or None


@contextlib.contextmanager
def _as_theirs(model_name: str) -> Generator[None, None, None]:
    try:
        yield
    except APIError as error:
        if error.status is None:
            raise _exceptions.ModelAPIError(model_name, str(error)) from error
        raise _exceptions.ModelHTTPError(error.status, model_name, error.body) from error
    except APIConnectionError as error:
        raise _exceptions.ModelAPIError(model_name, str(error)) from error


class _Streamed(_StreamedResponse):
    """A live response as pydantic-ai reads it."""

    def __init__(self, parameters: Any, response: LanguageResponse, model_name: str, provider: str) -> None:
        _StreamedResponse.__init__(self, model_request_parameters=parameters)
        self._response = response
        self._model_name = model_name
        self._provider = provider
        self._began = datetime.now(UTC)

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self._model_name

    @property
    def provider_name(self) -> str:
        """The provider of the innermost model."""
        return self._provider

    @property
    def provider_url(self) -> None:
        """A pipeline has no one address."""

    @property
    def timestamp(self) -> datetime:
        """When the answer began."""
        return self._began

    async def close_stream(self) -> None:
        """Close the response, and with it the connection."""
        await self._response.aclose()

    def get_stream_cancel_errors(self) -> tuple[type[BaseException], ...]:
        """What a reader gets when the response is closed under it."""
        return (ResponseClosedError,)

    async def _get_event_iterator(self) -> AsyncIterator[Any]:
        with _as_theirs(self._model_name):
            async for part in self._response:
                for event in self._events(part):
                    yield event

    def _events(self, part: LanguagePart) -> Any:
        manager: Any = self._parts_manager
        if isinstance(part, TextDelta | ReasoningDelta):
            known: dict[str, Any] = {}
            if part.provider_metadata:
                details = {"provider_metadata": _plain(part.provider_metadata)}
                known = {"provider_name": self._provider, "provider_details": details}
            deliver = manager.handle_text_delta if isinstance(part, TextDelta) else manager.handle_thinking_delta
            return deliver(vendor_part_id=(part.type, part.id), content=part.text, **known)
        if isinstance(part, ToolCallPart | FilePart | ToolResultPart):
            theirs = response_part(part, self._provider)
            return [] if theirs is None else [manager.handle_part(vendor_part_id=None, part=theirs)]
        if isinstance(part, ResponseMetadata):
            if part.id is not None:
                self.provider_response_id = part.id
            self._model_name = part.model or self._model_name
        elif isinstance(part, Finish):
            self._usage = _usage_for(part.usage)
            self.finish_reason = _REASONS.get(part.reason)
            self.provider_details = _details(part.raw_reason, part.provider_metadata)
        return []


class FromPydanticAI:
    """A model of pydantic-ai as a model here; made by ``from_pydantic_ai``."""

    def __init__(self, model: Any) -> None:
        self.model = _models.infer_model(model)
        self.provider = str(self.model.system)
        self.model_id = str(self.model.model_name)
        able = self.model.profile.get("supports_json_schema_output", False)
        self.structured_output = "json_schema" if able else "tool"

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer the request with the model."""
        asked, warnings = self._asked(request)
        start: list[LanguagePart] = [StreamStart(warnings)] if warnings else []
        if request.stream:
            return await LanguageResponse.start(self._live(asked, start), fold_language)
        with translated(self.provider):
            response = await self.model.request(*asked)
        content = [each for each in parts_of_response(response.parts) if not isinstance(each, ToolCallPart)]
        for at, part in enumerate(content):
            if isinstance(part, TextPart):
                start.append(TextDelta(part.text, str(at), part.provider_metadata))
            elif isinstance(part, ReasoningPart):
                start.append(ReasoningDelta(part.text, str(at), part.provider_metadata))
            else:
                start.append(part)
        return LanguageResponse.of([*start, *_ending(response)], fold_language)

    def _asked(self, request: LanguageRequest) -> tuple[tuple[Any, Any, Any], tuple[CallWarning, ...]]:
        """The three arguments of their request, and what could not be asked for."""
        given: dict[str, Any] = {
            name: getattr(request, field) for name, field in _SETTINGS.items() if name[:6] != "ai_sdk"
        }
        given = {name: _plain(value) for name, value in given.items() if value is not None and value not in ((), {})}
        if request.reasoning is not None:
            given["thinking"] = False if request.reasoning == "none" else request.reasoning
        tools = [tool for tool in request.tools if isinstance(tool, ToolDefinition)]
        choice = request.tool_choice
        if tools and choice is not None:
            given["tool_choice"] = [choice.name] if isinstance(choice, SpecificTool) else choice
        given.update(_plain(request.provider_options.get("pydantic_ai", {})))
        wanted = request.response_format
        native = wanted is not None and wanted.schema is not None and self.structured_output == "json_schema"
        output: dict[str, Any] = {}
        if wanted is not None and native:
            shape = _OutputObject(
                json_schema=_plain(wanted.schema),
                name=wanted.name,
                description=wanted.description,
                strict=wanted.strict,
            )
            output = {"output_mode": "native", "output_object": shape}
        parameters = _models.ModelRequestParameters(function_tools=[_tool_for(tool) for tool in tools], **output)
        left_out = [tool.id for tool in request.tools if not isinstance(tool, ToolDefinition)]
        left_out += ["response_format"] if wanted is not None and not native else []
        warnings = tuple(
            [CallWarning("unsupported", name, f"pydantic-ai cannot be asked for {name}") for name in left_out]
        )
        return (to_messages(request.messages, self.provider), given or None, parameters), warnings

    async def _live(self, asked: tuple[Any, Any, Any], start: list[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        for part in start:
            yield part
        with translated(self.provider):
            async with self.model.request_stream(*asked) as stream:
                async for event in stream:
                    for part in _parts_of_event(event, stream):
                        yield part
                response = stream.get()
        for content in parts_of_response(response.parts):
            if isinstance(content, FilePart):
                yield content
        for part in _ending(response):
            yield part

    def __repr__(self) -> str:
        return f"from_pydantic_ai({self.provider}:{self.model_id})"


def from_pydantic_ai(model: Any, /) -> FromPydanticAI:
    """Make a model of a model of pydantic-ai, or of its name there, to put layers around it.

    Settings go to it under its own words, and ``provider_options={"pydantic_ai": {...}}`` as they are. Its
    ``ModelHTTPError`` becomes the error here of the same status, which layers can judge. An answer without a finish
    reason ends with ``other`` and a warning.
    """
    return FromPydanticAI(model)


def _tool_for(tool: ToolDefinition) -> Any:
    return _tools.ToolDefinition(
        name=tool.name,
        description=tool.description,
        parameters_json_schema=_plain(tool.input_schema),
        strict=tool.strict,
    )


def _parts_of_event(event: Any, stream: Any) -> list[LanguagePart]:
    """The deltas of an event; whole parts come from the whole response at the end."""
    kind = event.event_kind
    if kind == "part_start":
        started: Any = event.part
        if started.part_kind == "text" and started.content:
            return [TextDelta(started.content, str(event.index), _metadata_of(started))]
        if started.part_kind == "thinking" and (started.content or _metadata_of(started)):
            return [ReasoningDelta(started.content, str(event.index), _metadata_of(started))]
        if started.part_kind == "tool-call":
            written = started.args if isinstance(started.args, str) else ""
            return [ToolInputDelta(started.tool_call_id, started.tool_name, written)]
    elif kind == "part_delta":
        delta: Any = event.delta
        if delta.part_delta_kind == "text":
            return [TextDelta(delta.content_delta, str(event.index), _metadata_of(delta))]
        if delta.part_delta_kind == "thinking":
            return [ReasoningDelta(delta.content_delta or "", str(event.index), _metadata_of(delta))]
        if isinstance(delta.args_delta, str):
            whole: Any = stream.get().parts[event.index]
            return [ToolInputDelta(whole.tool_call_id, whole.tool_name, delta.args_delta)]
    return []


def _metadata_of(part: Any) -> Mapping[str, Any]:
    details = part.provider_details
    if not isinstance(details, Mapping):
        return {}
    return cast("Mapping[str, Any]", cast("Mapping[str, Any]", details).get("provider_metadata") or {})


def _ending(response: Any) -> list[LanguagePart]:
    """The tool calls of a whole response, who answered, and the finish."""
    found = parts_of_response(response.parts)
    calls = [part for part in found if isinstance(part, ToolCallPart)]
    raw = response.finish_reason
    details: Mapping[str, Any] = response.provider_details or {}
    unsaid = () if raw or calls else (CallWarning("other", "finish_reason", "pydantic-ai gave no finish reason"),)
    word = details.get("finish_reason") or raw
    metadata: Mapping[str, Any] = details.get("provider_metadata") or {}
    finish = Finish(finish_reason_of(raw, calls=bool(calls)), _usage_of(response.usage), word, metadata, unsaid)
    return [*calls, ResponseMetadata(response.provider_response_id, response.model_name), finish]


def _usage_of(usage: Any) -> Usage:
    """The counts; what pydantic-ai calls nought may be unknown, so that only an empty usage is unknown here."""
    if not usage.has_values():
        return Usage()
    reasoning = usage.details.get("reasoning_tokens")
    read, written = usage.cache_read_tokens or None, usage.cache_write_tokens or None
    return Usage(usage.input_tokens, usage.output_tokens, read, written, reasoning)
