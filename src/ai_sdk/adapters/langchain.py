"""LangChain: a pipeline as its chat model or embeddings, and its chat models and embeddings as models here.

Needs the extra ``langchain`` (langchain-core). Nothing of a pipeline is lost inside LangChain: the layers around the
model do their work in every call that a chain makes.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from pydantic import Field

from ai_sdk.adapters._langchain_messages import (
    block_of,
    from_messages,
    metadata_of,
    parts_of_blocks,
    to_message,
    to_messages,
    tool_calls_of,
)
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
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart, ReasoningPart, SourcePart, TextPart, ToolCallPart, ToolResultPart, _plain
from ai_sdk.model import name_of, recorded
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.registry import resolve
from ai_sdk.requests import EmbeddingRequest, JSONFormat, LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning, EmbeddingResult, LanguageResponse, LanguageResult, Usage, fold_language
from ai_sdk.steps import LanguageModel

__all__ = [
    "FromLangChain",
    "FromLangChainEmbeddings",
    "LangChainChatModel",
    "LangChainEmbeddings",
    "embedding_from_langchain",
    "from_langchain",
]

_messages = framework("langchain_core.messages", "langchain")
_outputs = framework("langchain_core.outputs", "langchain")
_tools = framework("langchain_core.utils.function_calling", "langchain")
_parsers = framework("langchain_core.output_parsers", "langchain")
_runnables = framework("langchain_core.runnables", "langchain")
_ChatModel: Any = framework("langchain_core.language_models", "langchain").BaseChatModel
_Embeddings: Any = framework("langchain_core.embeddings", "langchain").Embeddings

_ALIASES = {
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning",
}


class LangChainChatModel(_ChatModel):
    """A pipeline as a chat model of LangChain, with tools, structured output, streams, files, reasoning and usage.

    ``model`` is any language model here, or its name for the registry. ``settings`` are fields of ``LanguageRequest``
    for every call; a call's own keywords (``temperature=0``, ``max_tokens=100``) go before them. Text alone arrives as
    a string and anything more as LangChain's standard content blocks. A streamed tool call arrives whole. Without an
    event loop the calls run on that of ``ai_sdk.sync``.

    Raises ``InvalidRequestError`` for a setting that a request does not have, and what the pipeline raises.
    """

    model: Any
    settings: dict[str, Any] = Field(default_factory=dict)

    def __init__(self, model: LanguageModel, /, **fields: Any) -> None:
        fields["settings"] = check_fields(fields.get("settings") or {}, _ALIASES)
        _ChatModel.__init__(self, model=resolve(model), **fields)

    @property
    def _llm_type(self) -> str:
        return "ai-sdk"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": name_of(self.model), "settings": self.settings}

    def _request(
        self, messages: Sequence[Any], stop: Sequence[str] | None, stream: bool, given: Any
    ) -> LanguageRequest:
        call = check_fields({name: value for name, value in given.items() if name != "stream"}, _ALIASES)
        known: dict[str, Any] = {**self.settings, **call}
        if stop:
            known["stop"] = tuple(stop)
        elif isinstance(known.get("stop"), str):
            known["stop"] = (known["stop"],)
        if "tools" in known:
            known["tools"] = tuple(tool_of(tool) for tool in known["tools"])
        if "tool_choice" in known:
            known["tool_choice"] = choice_of(known["tool_choice"])
        if "response_format" in known:
            known["response_format"] = _format_of(known["response_format"])
        return LanguageRequest(messages=from_messages(messages), stream=stream, **known)

    async def _agenerate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        response = await recorded(self.model)(self._request(messages, stop, False, kwargs))
        async with response:
            result = await response.result()
        message = to_message(
            result.content,
            id=result.response.id,
            usage_metadata=_usage_metadata(result.usage),
            response_metadata=_response_metadata(result),
        )
        return _outputs.ChatResult(generations=[_outputs.ChatGeneration(message=message)])

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        return blocking(lambda: self._agenerate(messages, stop, **kwargs))

    async def _astream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        response = await recorded(self.model)(self._request(messages, stop, True, kwargs))
        chunks = _Chunks()
        async with response:
            async for part in response:
                chunk = chunks.of(part)
                if chunk is not None:
                    yield _outputs.ChatGenerationChunk(message=chunk)
            yield _outputs.ChatGenerationChunk(message=chunks.last(await response.result()))

    def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Iterator[Any]:
        return each(lambda: self._astream(messages, stop, **kwargs))

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: Any = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Bind tools: LangChain's, functions, pydantic classes, dicts, or the definitions of ``ai_sdk``.

        ``tool_choice``: ``auto``, ``none``, ``any`` (one of them must be called) or the name of a tool. What
        ``parallel_tool_calls`` asks for is the provider's to choose: say it in ``provider_options``.
        """
        known = [_tool_for(tool, strict) for tool in tools]
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=known, **kwargs)

    def with_structured_output(
        self, schema: Any, *, include_raw: bool = False, method: str | None = None, strict: bool | None = None
    ) -> Any:
        """The chat model answering with ``schema``: a pydantic class, a TypedDict, or a JSON Schema.

        ``method``: ``json_schema`` asks for JSON of the schema, ``function_calling`` for a call of a tool with it;
        by default what the model takes. Raises ``InvalidRequestError`` for another method.
        """
        able = getattr(self.model, "structured_output", "tool")
        chosen = method or ("json_schema" if able == "json_schema" else "function_calling")
        if chosen == "function_calling":
            return _ChatModel.with_structured_output(self, schema, include_raw=include_raw)
        if chosen != "json_schema":
            raise InvalidRequestError(
                f"method is {method!r}; allowed are 'json_schema' and 'function_calling'", field="method"
            )
        function = _tools.convert_to_openai_tool(schema)["function"]
        wanted = JSONFormat(function["parameters"], function["name"], function.get("description") or None, strict)
        model = self.bind(
            response_format=wanted,
            ls_structured_output_format={"kwargs": {"method": chosen}, "schema": schema},
        )
        is_class = isinstance(schema, type) and hasattr(schema, "model_json_schema")
        parser = _parsers.PydanticOutputParser(pydantic_object=schema) if is_class else _parsers.JsonOutputParser()
        if not include_raw:
            return model | parser
        through = _runnables.RunnablePassthrough
        parsed = through.assign(parsed=itemgetter("raw") | parser, parsing_error=_nothing)
        failed = through.assign(parsed=_nothing)
        return _runnables.RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _nothing(_: object) -> None:
    return None


def _tool_for(tool: Any, strict: bool | None) -> Any:
    definition = getattr(tool, "definition", tool)
    if isinstance(definition, ToolDefinition) or type(definition).__name__ == "ProviderTool":
        return definition
    return _tools.convert_to_openai_tool(tool, strict=strict)


def _format_of(wanted: Any) -> JSONFormat | None:
    if wanted is None or isinstance(wanted, JSONFormat):
        return wanted
    if isinstance(wanted, Mapping):
        asked = cast("Mapping[str, Any]", wanted)
        if asked.get("type") == "text":
            return None
        if asked.get("type") == "json_object":
            return JSONFormat()
        if asked.get("type") == "json_schema":
            about = asked["json_schema"]
            return JSONFormat(about.get("schema"), about.get("name"), about.get("description"), about.get("strict"))
    raise InvalidRequestError(
        "response_format is not understood; allowed is a JSONFormat or OpenAI's object", field="response_format"
    )


def _usage_metadata(usage: Usage) -> dict[str, Any] | None:
    """LangChain's counts, which have no word for unknown: None unless input and output are both known."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    total = usage.input_tokens + usage.output_tokens
    counts: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": total,
    }
    read = {"cache_read": usage.cache_read_tokens, "cache_creation": usage.cache_write_tokens}
    details = {name: count for name, count in read.items() if count is not None}
    if details:
        counts["input_token_details"] = details
    if usage.reasoning_tokens is not None:
        counts["output_token_details"] = {"reasoning": usage.reasoning_tokens}
    return counts


def _response_metadata(result: LanguageResult) -> dict[str, Any]:
    known: dict[str, Any] = {
        "finish_reason": result.finish_reason,
        "raw_finish_reason": result.raw_finish_reason,
        "model_name": result.response.model,
        "id": result.response.id,
        "warnings": [warning.message for warning in result.warnings],
        "provider_metadata": _plain(result.provider_metadata),
    }
    return {name: value for name, value in known.items() if value}


class _Chunks:
    """Makes the chunks of one streamed answer. They add up to the message of the same answer at once."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, str], int] = {}
        self._count = 0
        self._plain = True

    def of(self, part: LanguagePart) -> Any:
        """The chunk of a part, None for one that LangChain is told at the end or not at all."""
        if isinstance(part, TextDelta | ReasoningDelta):
            return self._delta(part)
        if isinstance(part, ToolCallPart) and not part.provider_executed:
            self._count += 1
            call = {"name": part.name, "args": part.input or "{}", "id": part.id, "index": self._count}
            return _messages.AIMessageChunk("", tool_call_chunks=[call], additional_kwargs=metadata_of([part]))
        if isinstance(part, FilePart | SourcePart | ToolCallPart | ToolResultPart):
            self._count += 1
            self._plain = False
            return _messages.AIMessageChunk([{**block_of(part), "index": self._count}])
        return None

    def _delta(self, part: TextDelta | ReasoningDelta) -> Any:
        key = (part.type, part.id)
        if key not in self._blocks:
            self._count += 1
            self._plain = self._plain and not self._blocks and not part.provider_metadata and part.type == "text-delta"
            self._blocks[key] = self._count
        if self._plain and not part.provider_metadata:
            return _messages.AIMessageChunk(part.text)
        kind = TextPart if isinstance(part, TextDelta) else ReasoningPart
        return _messages.AIMessageChunk(
            [{**block_of(kind(part.text, part.provider_metadata)), "index": self._blocks[key]}]
        )

    def last(self, result: LanguageResult) -> Any:
        """The chunk that ends the answer: its usage, and who answered."""
        return _messages.AIMessageChunk(
            "",
            id=result.response.id,
            usage_metadata=_usage_metadata(result.usage),
            response_metadata=_response_metadata(result),
            chunk_position="last",
        )


class LangChainEmbeddings(_Embeddings):
    """An embedding pipeline as LangChain's embeddings. ``settings`` are those of ``embed_many``."""

    def __init__(self, model: EmbeddingModel, /, **settings: Any) -> None:
        self.model = resolve(model, "embedding")
        self.settings = settings

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        result = await embed_many(self.model, texts, **self.settings)
        return [list(vector) for vector in result.embeddings]

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        settings = {name: value for name, value in self.settings.items() if name not in ("max_per_call", "parallel")}
        return list((await embed(self.model, text, **settings)).embedding)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""
        return blocking(lambda: self.aembed_documents(texts))

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return blocking(lambda: self.aembed_query(text))


class FromLangChain:
    """A chat model of LangChain as a model here; made by ``from_langchain``."""

    provider = "langchain"
    structured_output = "tool"

    def __init__(self, chat_model: Any) -> None:
        self.chat_model = chat_model
        self.model_id = str(
            getattr(chat_model, "model_name", None) or getattr(chat_model, "model", None) or type(chat_model).__name__
        )

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer the request with the chat model."""
        runnable, settings, warnings = self._asked(request)
        messages = to_messages(request.messages)
        if request.stream:
            return await LanguageResponse.start(_live(runnable.astream(messages, **settings), warnings), fold_language)
        with translated(self.provider):
            message = await runnable.ainvoke(messages, **settings)
        parts: list[LanguagePart] = [StreamStart(warnings)] if warnings else []
        parts += [_as_part(each, str(at)) for at, each in enumerate(parts_of_blocks(message.content_blocks))]
        return LanguageResponse.of([*parts, *_ending(message)], fold_language)

    def _asked(self, request: LanguageRequest) -> tuple[Any, dict[str, Any], tuple[CallWarning, ...]]:
        """What to call, with which keywords, and what could not be asked for."""
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
        left_out = [name for name in ("reasoning", "response_format", "headers") if getattr(request, name)]
        functions = [tool for tool in request.tools if isinstance(tool, ToolDefinition)]
        left_out += [tool.id for tool in request.tools if not isinstance(tool, ToolDefinition)]
        runnable = self.chat_model
        if functions:
            choice = request.tool_choice
            named: Any = choice.name if isinstance(choice, SpecificTool) else "any" if choice == "required" else choice
            wanted = {"tool_choice": named} if named is not None else {}
            runnable = runnable.bind_tools([_openai_tool(tool) for tool in functions], **wanted)
        warnings = tuple(
            CallWarning("unsupported", name, f"LangChain has no common word for {name}") for name in left_out
        )
        return runnable, {name: value for name, value in known.items() if value is not None}, warnings

    def __repr__(self) -> str:
        return f"from_langchain({type(self.chat_model).__name__})"


def from_langchain(chat_model: Any, /) -> FromLangChain:
    """Make a model of any chat model of LangChain, to put layers around it and to use it with the functions here.

    Settings go to it under LangChain's usual keywords, and ``provider_options={"langchain": {...}}`` as they are. JSON
    is asked for through a tool. Its errors that name an HTTP status become the errors here, which layers can judge.
    An answer without a finish reason ends with ``other`` and a warning.
    """
    return FromLangChain(chat_model)


def _openai_tool(tool: ToolDefinition) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description or "",
        "parameters": _plain(tool.input_schema),
    }
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


async def _live(chunks: Any, warnings: tuple[CallWarning, ...]) -> AsyncGenerator[LanguagePart, None]:
    if warnings:
        yield StreamStart(warnings)
    seen: list[Any] = []
    open_call = ("", "")
    async with contextlib.aclosing(chunks):
        with translated("langchain"):
            async for chunk in chunks:
                seen.append(chunk)
                for block in chunk.content_blocks:
                    for content in parts_of_blocks([block]):
                        yield _as_part(content, str(block.get("index", "")))
                for call in getattr(chunk, "tool_call_chunks", ()):
                    open_call = (call["id"] or open_call[0], call["name"] or open_call[1])
                    yield ToolInputDelta(*open_call, call["args"] or "")
    if seen:
        for part in _ending(seen[0] + seen[1:] if len(seen) > 1 else seen[0]):
            yield part


def _as_part(part: Any, at: str) -> LanguagePart:
    if isinstance(part, TextPart):
        return TextDelta(part.text, at, part.provider_metadata)
    if isinstance(part, ReasoningPart):
        return ReasoningDelta(part.text, at, part.provider_metadata)
    return cast("LanguagePart", part)


def _ending(message: Any) -> list[LanguagePart]:
    """The tool calls of a whole message, who answered, and the finish."""
    about: dict[str, Any] = message.response_metadata
    calls = tool_calls_of(message)
    raw = about.get("finish_reason") or about.get("stop_reason")
    word = about.get("raw_finish_reason") or raw
    unsaid = () if raw or calls else (CallWarning("other", "finish_reason", "LangChain gave no finish reason"),)
    reason = finish_reason_of(raw, calls=bool(calls))
    name = about.get("model_name") or about.get("model")
    own = str(message.id) if message.id and not str(message.id).startswith(("run-", "lc_")) else None
    metadata: Mapping[str, Any] = about.get("provider_metadata") or {}
    return [
        *calls,
        ResponseMetadata(about.get("id") or own, name),
        Finish(reason, _usage_of(message.usage_metadata), word, metadata, unsaid),
    ]


def _usage_of(usage: Mapping[str, Any] | None) -> Usage:
    if usage is None:
        return Usage()
    read: Mapping[str, Any] = usage.get("input_token_details") or {}
    written: Mapping[str, Any] = usage.get("output_token_details") or {}
    return Usage(
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        read.get("cache_read"),
        read.get("cache_creation"),
        written.get("reasoning"),
    )


class FromLangChainEmbeddings:
    """LangChain's embeddings as an embedding model here; made by ``embedding_from_langchain``."""

    provider = "langchain"

    def __init__(self, embeddings: Any) -> None:
        self.embeddings = embeddings
        self.model_id = str(getattr(embeddings, "model", None) or type(embeddings).__name__)

    async def __call__(self, request: EmbeddingRequest, /) -> EmbeddingResult:
        """Embed the texts of the request."""
        with translated(self.provider):
            vectors = await self.embeddings.aembed_documents(list(request.values))
        unsaid = (CallWarning("unsupported", "dimensions", "LangChain takes no dimensions in a call"),)
        return EmbeddingResult(
            embeddings=tuple(tuple(float(number) for number in vector) for vector in vectors),
            warnings=unsaid if request.dimensions is not None else (),
        )


def embedding_from_langchain(embeddings: Any, /) -> FromLangChainEmbeddings:
    """Make an embedding model of LangChain's embeddings. It says nothing of usage."""
    return FromLangChainEmbeddings(embeddings)
