"""LlamaIndex: a pipeline as its LLM or embedding model, and its LLMs as models here.

Needs the extra ``llamaindex`` (llama-index-core).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, cast

from pydantic import Field

from ai_sdk.adapters._llamaindex_messages import block_of, from_messages, parts_of_blocks, to_message, to_messages
from ai_sdk.adapters._shared import (
    blocking,
    check_fields,
    choice_of,
    each,
    finish_reason_of,
    framework,
    tool_of,
    translated,
)
from ai_sdk.embed import EmbeddingModel, embed, embed_many
from ai_sdk.errors import UnsupportedError
from ai_sdk.messages import FilePart, ReasoningPart, TextPart, ToolCallPart, _plain
from ai_sdk.model import name_of, recorded
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.registry import resolve
from ai_sdk.requests import LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning, LanguageResponse, LanguageResult, Usage, fold_language
from ai_sdk.steps import LanguageModel

__all__ = ["FromLlamaIndex", "LlamaIndexEmbedding", "LlamaIndexLLM", "from_llamaindex"]

_types = framework("llama_index.core.base.llms.types", "llamaindex")
_generic = framework("llama_index.core.base.llms.generic_utils", "llamaindex")
_callbacks = framework("llama_index.core.llms.callbacks", "llamaindex")
_tools = framework("llama_index.core.tools.types", "llamaindex")
_ToolSelection: Any = framework("llama_index.core.llms.llm", "llamaindex").ToolSelection
_LLM: Any = framework("llama_index.core.llms.function_calling", "llamaindex").FunctionCallingLLM
_Embedding: Any = framework("llama_index.core.base.embeddings.base", "llamaindex").BaseEmbedding
_ToolMetadata: Any = _tools.ToolMetadata
_BaseTool: Any = _tools.BaseTool

_ALIASES = {
    "max_tokens": "max_output_tokens",
    "num_output": "max_output_tokens",
    "stop_sequences": "stop",
    "reasoning_effort": "reasoning",
}


class LlamaIndexLLM(_LLM):
    """A pipeline as a function-calling LLM of LlamaIndex, with tools, structured output, streams, files and reasoning.

    ``model`` is any language model here, or its name for the registry. ``settings`` are fields of ``LanguageRequest``
    for every call; a call's own keywords go before them. ``context_window`` and ``num_output``, in tokens, are what
    LlamaIndex plans prompts with. A streamed tool call arrives whole. Without an event loop the calls run on that of
    ``ai_sdk.sync``. ``raw`` of an answer has the finish reason, the model, the id, the usage and the warnings.

    Raises ``InvalidRequestError`` for a setting that a request does not have, and what the pipeline raises.
    """

    model: Any = Field(exclude=True)
    settings: dict[str, Any] = Field(default_factory=dict)
    context_window: int = 128_000
    num_output: int = 4096

    def __init__(self, model: LanguageModel, /, **fields: Any) -> None:
        fields["settings"] = check_fields(fields.get("settings") or {}, _ALIASES)
        _LLM.__init__(self, model=resolve(model), **fields)

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex reports this class."""
        return "LlamaIndexLLM"

    @property
    def metadata(self) -> Any:
        """What LlamaIndex asks about a model."""
        return _types.LLMMetadata(
            context_window=self.context_window,
            num_output=self.num_output,
            is_chat_model=True,
            is_function_calling_model=True,
            model_name=name_of(self.model),
        )

    def _request(self, messages: Sequence[Any], stream: bool, given: Mapping[str, Any]) -> LanguageRequest:
        known: dict[str, Any] = {**self.settings, **check_fields(given, _ALIASES)}
        if "tools" in known:
            known["tools"] = tuple([tool_of(tool) for tool in known["tools"]])
        if "tool_choice" in known:
            known["tool_choice"] = choice_of(known["tool_choice"])
        if isinstance(known.get("stop"), str):
            known["stop"] = (known["stop"],)
        return LanguageRequest(messages=from_messages(messages), stream=stream, **known)

    async def _whole(self, messages: Sequence[Any], given: Mapping[str, Any]) -> Any:
        response = await recorded(self.model)(self._request(messages, False, given))
        async with response:
            return _chat_response(await response.result())

    async def _pieces(self, messages: Sequence[Any], given: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        response = await recorded(self.model)(self._request(messages, True, given))
        arrived = _Arrived()
        async with response:
            async for part in response:
                piece = arrived.with_part(part)
                if piece is not None:
                    yield piece
            last = _chat_response(await response.result())
            last.delta = ""
            yield last

    @_callbacks.llm_chat_callback()  # type: ignore[untyped-decorator]
    def chat(self, messages: Sequence[Any], **kwargs: Any) -> Any:
        """Answer a conversation."""
        return blocking(lambda: self._whole(messages, kwargs))

    @_callbacks.llm_chat_callback()  # type: ignore[untyped-decorator]
    def stream_chat(self, messages: Sequence[Any], **kwargs: Any) -> Any:
        """Answer a conversation piece by piece; each piece has the message so far."""
        return each(lambda: self._pieces(messages, kwargs))

    @_callbacks.llm_chat_callback()  # type: ignore[untyped-decorator]
    async def achat(self, messages: Sequence[Any], **kwargs: Any) -> Any:
        """Answer a conversation."""
        return await self._whole(messages, kwargs)

    @_callbacks.llm_chat_callback()  # type: ignore[untyped-decorator]
    async def astream_chat(self, messages: Sequence[Any], **kwargs: Any) -> Any:
        """Answer a conversation piece by piece; each piece has the message so far."""
        return self._pieces(messages, kwargs)

    @_callbacks.llm_completion_callback()  # type: ignore[untyped-decorator]
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Answer a prompt."""
        return _generic.chat_to_completion_decorator(self.chat)(prompt, **kwargs)

    @_callbacks.llm_completion_callback()  # type: ignore[untyped-decorator]
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Answer a prompt piece by piece."""
        return _generic.stream_chat_to_completion_decorator(self.stream_chat)(prompt, **kwargs)

    @_callbacks.llm_completion_callback()  # type: ignore[untyped-decorator]
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Answer a prompt."""
        return await _generic.achat_to_completion_decorator(self.achat)(prompt, **kwargs)

    @_callbacks.llm_completion_callback()  # type: ignore[untyped-decorator]
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        """Answer a prompt piece by piece."""
        return await _generic.astream_chat_to_completion_decorator(self.astream_chat)(prompt, **kwargs)

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[Any],
        user_msg: Any = None,
        chat_history: Sequence[Any] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or [])
        if user_msg is not None:
            messages.append(
                _types.ChatMessage(role="user", content=user_msg) if isinstance(user_msg, str) else user_msg
            )
        shown = [tool.metadata.to_openai_tool(skip_length_check=True) for tool in tools]
        if tool_required and shown and kwargs.get("tool_choice") is None:
            kwargs["tool_choice"] = "required"
        return {"messages": messages, "tools": shown, **kwargs}

    def _validate_chat_with_tools_response(
        self, response: Any, tools: Sequence[Any], allow_parallel_tool_calls: bool = False, **kwargs: Any
    ) -> Any:
        """Keep one tool call alone unless several are allowed."""
        if not allow_parallel_tool_calls:
            calls = [block for block in response.message.blocks if block.block_type == "tool_call"]
            extra = calls[1:]
            response.message.blocks = [block for block in response.message.blocks if block not in extra]
        return response

    def get_tool_calls_from_response(self, response: Any, error_on_no_tool_call: bool = True, **kwargs: Any) -> Any:
        """The tool calls of an answer. Raises ``ValueError`` when there is none, unless told not to."""
        parts = parts_of_blocks(response.message.blocks)
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        if error_on_no_tool_call and not calls:
            raise ValueError(f"expected a tool call, and the model said: {response.message.content!r:.200}")
        return [_ToolSelection(tool_id=call.id, tool_name=call.name, tool_kwargs=call.arguments()) for call in calls]


def _chat_response(result: LanguageResult) -> Any:
    usage = result.usage
    counts = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    raw: dict[str, Any] = {
        "finish_reason": result.finish_reason,
        "raw_finish_reason": result.raw_finish_reason,
        "model": result.response.model,
        "id": result.response.id,
        "usage": {
            **counts,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        },
        "warnings": [warning.message for warning in result.warnings],
        "provider_metadata": _plain(result.provider_metadata),
    }
    known = {name: count for name, count in counts.items() if count is not None}
    return _types.ChatResponse(message=to_message(result.content), raw=raw, additional_kwargs=known)


class _Arrived:
    """The blocks of a streamed answer so far."""

    def __init__(self) -> None:
        self._blocks: list[Any] = []
        self._at: dict[tuple[str, str], tuple[int, str]] = {}

    def with_part(self, part: LanguagePart) -> Any:
        """The answer so far with one more part; None for a part that says nothing to LlamaIndex."""
        extra: dict[str, Any] = {}
        delta = ""
        if isinstance(part, TextDelta | ReasoningDelta):
            at, text = self._at.get((part.type, part.id), (len(self._blocks), ""))
            text += part.text
            self._at[part.type, part.id] = (at, text)
            is_text = isinstance(part, TextDelta)
            self._blocks[at : at + 1] = [block_of(TextPart(text) if is_text else ReasoningPart(text))]
            if is_text:
                delta = part.text
            else:
                extra["thinking_delta"] = part.text
        elif isinstance(part, ToolCallPart | FilePart) and (block := block_of(part)) is not None:
            self._blocks.append(block)
        else:
            return None
        message = _types.ChatMessage(role="assistant", blocks=list(self._blocks))
        return _types.ChatResponse(message=message, delta=delta, additional_kwargs=extra)


class LlamaIndexEmbedding(_Embedding):
    """An embedding pipeline as LlamaIndex's embedding model. ``settings`` are those of ``embed``."""

    model: Any = Field(exclude=True)
    settings: dict[str, Any] = Field(default_factory=dict)

    def __init__(self, model: EmbeddingModel, /, **fields: Any) -> None:
        found = resolve(model, "embedding")
        _Embedding.__init__(self, model=found, **{"model_name": name_of(found), **fields})

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex reports this class."""
        return "LlamaIndexEmbedding"

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return list((await embed(self.model, text, **self.settings)).embedding)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await self._aget_text_embedding(query)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [list(vector) for vector in (await embed_many(self.model, texts, **self.settings)).embeddings]

    def _get_text_embedding(self, text: str) -> list[float]:
        return blocking(lambda: self._aget_text_embedding(text))

    def _get_query_embedding(self, query: str) -> list[float]:
        return blocking(lambda: self._aget_text_embedding(query))

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return blocking(lambda: self._aget_text_embeddings(texts))


class _Declared(_ToolMetadata):
    """What LlamaIndex shows of a tool that has a JSON Schema and no pydantic class."""

    def __init__(self, tool: ToolDefinition) -> None:
        _ToolMetadata.__init__(self, description=tool.description or "", name=tool.name)
        self._schema = tool.input_schema

    def get_parameters_dict(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return cast("dict[str, Any]", _plain(self._schema))


class _Shown(_BaseTool):
    """A tool that the model is shown; who called the model runs it."""

    def __init__(self, tool: ToolDefinition) -> None:
        self._metadata = _Declared(tool)

    @property
    def metadata(self) -> Any:
        return self._metadata

    def __call__(self, input: Any) -> Any:  # noqa: A002 - LlamaIndex's own word
        raise NotImplementedError


class FromLlamaIndex:
    """An LLM of LlamaIndex as a model here; made by ``from_llamaindex``."""

    provider = "llamaindex"
    structured_output = "tool"

    def __init__(self, llm: Any) -> None:
        self.llm = llm
        self.model_id = str(llm.metadata.model_name)

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer the request with the LLM."""
        given, warnings = self._asked(request)
        start: list[LanguagePart] = [StreamStart(warnings)] if warnings else []
        if request.stream:
            return await LanguageResponse.start(self._live(request, given, start), fold_language)
        messages = to_messages(request.messages)
        with translated(self.provider):
            if "tools" in given:
                response = await self.llm.achat_with_tools(chat_history=messages, **given)
            else:
                response = await self.llm.achat(messages, **given)
        blocks = response.message.blocks
        content = [part for part in parts_of_blocks(blocks) if not isinstance(part, ToolCallPart)]
        start += [_as_part(part, str(at)) for at, part in enumerate(content)]
        return LanguageResponse.of([*start, *self._ending(response, "tools" in given)], fold_language)

    def _asked(self, request: LanguageRequest) -> tuple[dict[str, Any], tuple[CallWarning, ...]]:
        """The keywords of the call, and what could not be asked for."""
        known: dict[str, Any] = {
            "temperature": request.temperature,
            "max_tokens": request.max_output_tokens,
            "top_p": request.top_p,
            "top_k": request.top_k,
            "presence_penalty": request.presence_penalty,
            "frequency_penalty": request.frequency_penalty,
            "seed": request.seed,
            "stop": list(request.stop) or None,
            **request.provider_options.get(self.provider, {}),
        }
        given = {name: value for name, value in known.items() if value is not None}
        left_out = [name for name in ("reasoning", "response_format", "headers") if getattr(request, name)]
        tools = [tool for tool in request.tools if isinstance(tool, ToolDefinition)]
        left_out += [tool.id for tool in request.tools if not isinstance(tool, ToolDefinition)]
        choice = request.tool_choice
        if isinstance(choice, SpecificTool):
            tools = [tool for tool in tools if tool.name == choice.name]
        if tools and choice != "none":
            if not self.llm.metadata.is_function_calling_model:
                raise UnsupportedError(f"{type(self.llm).__name__} calls no functions", field="tools")
            given["tools"] = [_Shown(tool) for tool in tools]
            given["allow_parallel_tool_calls"] = True
            given["tool_required"] = choice == "required" or isinstance(choice, SpecificTool)
        said = "LlamaIndex has no common word for"
        return given, tuple([CallWarning("unsupported", name, f"{said} {name}") for name in left_out])

    async def _live(
        self, request: LanguageRequest, given: dict[str, Any], start: list[LanguagePart]
    ) -> AsyncGenerator[LanguagePart, None]:
        for part in start:
            yield part
        messages = to_messages(request.messages)
        last: Any = None
        with translated(self.provider):
            if "tools" in given:
                chunks = await self.llm.astream_chat_with_tools(chat_history=messages, **given)
            else:
                chunks = await self.llm.astream_chat(messages, **given)
            async with contextlib.aclosing(chunks):
                async for last in chunks:
                    if thought := last.additional_kwargs.get("thinking_delta"):
                        yield ReasoningDelta(thought)
                    if last.delta:
                        yield TextDelta(last.delta)
        if last is not None:
            for content in parts_of_blocks(last.message.blocks):
                if isinstance(content, FilePart):
                    yield content
                elif isinstance(content, ReasoningPart) and content.provider_metadata:
                    yield ReasoningDelta("", provider_metadata=content.provider_metadata)
            for part in self._ending(last, "tools" in given):
                yield part

    def _ending(self, response: Any, called: bool) -> list[LanguagePart]:
        """The tool calls of a whole answer, who answered, and the finish."""
        about: Mapping[str, Any] = response.message.additional_kwargs.get("tool_call_metadata") or {}
        found = parts_of_blocks(response.message.blocks, about)
        calls = [part for part in found if isinstance(part, ToolCallPart)]
        if called and not calls:
            selected = self.llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
            calls = [
                part for part in parts_of_blocks(map(_block_of_selection, selected)) if isinstance(part, ToolCallPart)
            ]
        raw: Any = response.raw
        word = _field(raw, "finish_reason") or response.additional_kwargs.get("finish_reason")
        unsaid = () if word or calls else (CallWarning("other", "finish_reason", "LlamaIndex gave no finish reason"),)
        reason = finish_reason_of(word, calls=bool(calls))
        metadata: Mapping[str, Any] = _field(raw, "provider_metadata") or {}
        finish = Finish(reason, _usage_of(response), _field(raw, "raw_finish_reason") or word, metadata, unsaid)
        return [*calls, ResponseMetadata(_field(raw, "id"), _field(raw, "model")), finish]

    def __repr__(self) -> str:
        return f"from_llamaindex({type(self.llm).__name__})"


def from_llamaindex(llm: Any, /) -> FromLlamaIndex:
    """Make a model of any LLM of LlamaIndex, to put layers around it and to use it with the functions here.

    Settings go to it under LlamaIndex's usual keywords, and ``provider_options={"llamaindex": {...}}`` as they are.
    JSON is asked for through a tool; an LLM that calls no functions refuses tools with ``UnsupportedError``. An answer
    without a finish reason ends with ``other`` and a warning.
    """
    return FromLlamaIndex(llm)


def _block_of_selection(selection: Any) -> Any:
    return _types.ToolCallBlock(
        tool_call_id=selection.tool_id, tool_name=selection.tool_name, tool_kwargs=selection.tool_kwargs
    )


def _as_part(part: Any, at: str) -> LanguagePart:
    if isinstance(part, TextPart):
        return TextDelta(part.text, at, part.provider_metadata)
    if isinstance(part, ReasoningPart):
        return ReasoningDelta(part.text, at, part.provider_metadata)
    return cast("LanguagePart", part)


def _field(raw: Any, name: str) -> Any:
    """A field of the provider's own answer, which is a mapping or an object of its client."""
    if isinstance(raw, Mapping):
        return cast("Mapping[str, Any]", raw).get(name)
    return getattr(raw, name, None)


def _usage_of(response: Any) -> Usage:
    usage = _field(response.raw, "usage")
    extra: Mapping[str, Any] = response.additional_kwargs
    return Usage(
        _first(extra.get("prompt_tokens"), _field(usage, "prompt_tokens"), _field(usage, "input_tokens")),
        _first(extra.get("completion_tokens"), _field(usage, "completion_tokens"), _field(usage, "output_tokens")),
        _field(usage, "cache_read_tokens"),
        _field(usage, "cache_write_tokens"),
        _field(usage, "reasoning_tokens"),
    )


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
