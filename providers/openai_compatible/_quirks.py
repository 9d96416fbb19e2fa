"""How one server of the OpenAI dialect differs from the others: data, and a few functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.messages import Message, SourcePart
    from ai_sdk.requests import LanguageRequest, ProviderTool
    from ai_sdk.results import FinishReason, Usage

__all__ = ["FINISH_REASONS", "SETTINGS", "Adjust", "EncodeMessages", "Quirks", "StructuredOutput"]

StructuredOutput: TypeAlias = Literal["json_schema", "json_object", "tool"]
"""How a model gives JSON of a schema: it takes the schema, it takes the wish for JSON, or it calls a tool."""

Adjust: TypeAlias = Callable[[dict[str, Any], "LanguageRequest", str], list[CallWarning]]
"""Changes the encoded body of a request for a model id, and says what was lost."""

EncodeMessages: TypeAlias = Callable[
    [Sequence["Message"], str, str | None], tuple[list[dict[str, Any]], list[CallWarning]]
]
"""Encodes messages for a provider, by its name and the ``reasoning_key``, and says what was lost."""

SETTINGS: Mapping[str, str] = FrozenDict(
    {
        "max_output_tokens": "max_tokens",
        "temperature": "temperature",
        "top_p": "top_p",
        "presence_penalty": "presence_penalty",
        "frequency_penalty": "frequency_penalty",
        "stop": "stop",
        "seed": "seed",
        "reasoning": "reasoning_effort",
    }
)

FINISH_REASONS: Mapping[str, FinishReason] = FrozenDict(
    {
        "stop": "stop",
        "length": "length",
        "content_filter": "content-filter",
        "tool_calls": "tool-calls",
        "function_call": "tool-calls",
        "error": "error",
    }
)


def _usage(chunk: dict[str, Any]) -> Any:
    return chunk.get("usage")


def _as_counted(usage: Usage) -> Usage:
    return usage


def _reads_nothing(_delta: dict[str, Any], _metadata: dict[str, Any]) -> list[SourcePart]:
    return []


def _adjusts_nothing(_body: dict[str, Any], _request: LanguageRequest, _model_id: str) -> list[CallWarning]:
    return []


def _takes_no_tool(tool: ProviderTool, _model_id: str) -> CallWarning:
    return CallWarning("unsupported", tool.id, f"this provider does not run the tool {tool.id}; it was left out")


def _recovers_nothing(_failure: Any, _tools: frozenset[str]) -> list[tuple[str, str]]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """What a door says about its server; the defaults are a careful server that nobody knows.

    ``settings``: fields of a request and the wire's words for them; what is not there is left out with a warning.
    ``structured_output``: by model id, how the model gives JSON of a schema. ``strict``: ask for strict schemas unless
    the request says otherwise; None says nothing. ``json_object``: the server knows ``{"type": "json_object"}``.
    ``reasoning_key``: the field in which earlier reasoning is sent back; None sends none.
    ``messages``: encode the messages.
    ``stream_usage``: ask for the usage of a stream. ``usage``: find the usage in an answer or an event.
    ``count``: correct tokens that the server counts in its own way.
    ``finish_reasons``: the wire's words. ``metadata``: top-level fields that become provider metadata.
    ``read_delta``: read further fields of a delta into the metadata, and give sources.
    ``adjust``: change the encoded body. ``provider_tool``: encode a tool that the provider runs, or say why not.
    ``recover``: names and arguments of tool calls that can be saved from an error body, given the names of the tools
    that were offered. ``malformed``: what an event that cannot be decoded
    does: raise, or only warn. ``calls_beside_json_are_noise``: drop tool calls that come with text in JSON format.
    """

    settings: Mapping[str, str] = SETTINGS
    structured_output: Callable[[str], StructuredOutput] = lambda _model_id: "tool"
    strict: bool | None = True
    json_object: bool = True
    reasoning_key: str | None = "reasoning_content"
    messages: EncodeMessages = encode_messages
    stream_usage: bool = True
    usage: Callable[[dict[str, Any]], Any] = _usage
    count: Callable[[Usage], Usage] = _as_counted
    finish_reasons: Mapping[str, FinishReason] = FINISH_REASONS
    metadata: tuple[str, ...] = ("service_tier", "system_fingerprint")
    read_delta: Callable[[dict[str, Any], dict[str, Any]], list[SourcePart]] = _reads_nothing
    adjust: Adjust = _adjusts_nothing
    provider_tool: Callable[[ProviderTool, str], dict[str, Any] | CallWarning] = _takes_no_tool
    recover: Callable[[Any, frozenset[str]], list[tuple[str, str]]] = _recovers_nothing
    malformed: Literal["raise", "warn"] = "raise"
    calls_beside_json_are_noise: bool = False
