"""How one server of the Responses API differs from the others: data, and a few functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai._responses_tools import hosted_tool, openai_tool
from ai_sdk.providers.openai._rules import adjust_responses, reads_reasoning, reasons, structured_output
from ai_sdk.providers.openai_compatible._decode import usage_from
from ai_sdk.providers.openai_compatible._quirks import StructuredOutput
from ai_sdk.results import CallWarning, FinishReason, Usage

if TYPE_CHECKING:
    from ai_sdk.requests import LanguageRequest, ProviderTool

__all__ = ["FINISH_REASONS", "INCLUDE", "SETTINGS", "Adjust", "ResponsesRules"]

Adjust: TypeAlias = "Callable[[dict[str, Any], LanguageRequest, str], list[CallWarning]]"
"""Changes the encoded body of a request for a model id, and says what was lost."""

SETTINGS: Mapping[str, str] = FrozenDict(
    {"max_output_tokens": "max_output_tokens", "temperature": "temperature", "top_p": "top_p", "reasoning": "reasoning"}
)

FINISH_REASONS: Mapping[str, FinishReason] = FrozenDict(
    {
        "completed": "stop",
        "complete": "stop",
        "max_output_tokens": "length",
        "max_tokens": "length",
        "content_filter": "content-filter",
        "failed": "error",
    }
)

INCLUDE: Mapping[str, str] = FrozenDict(
    {
        "web_search": "web_search_call.action.sources",
        "web_search_preview": "web_search_call.action.sources",
        "code_interpreter": "code_interpreter_call.outputs",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesRules:
    """What a door says about its server; the defaults are OpenAI's own.

    ``path``: where the requests go. ``settings``: fields of a request and the wire's words for them; what is not there
    is left out with a warning. ``reasons``: by model id, whether the model reasons; then instructions come from a
    ``developer``, and reasoning that is not stored is asked for in encrypted form. ``reads_reasoning``: whether the
    model takes reasoning of earlier turns. ``structured_output``: how it gives JSON of a schema. ``strict``: ask for
    strict schemas of answers unless the request says otherwise; None says nothing. ``strict_tools``: the same for
    tools; the server takes silence for True (recorded). ``store``: whether answers are kept, unless the options say so;
    None says nothing. ``include``: what is always asked for. ``tool_include``: what is asked for beside a tool of that
    type. ``file_ids``: beginnings of a ``FilePart.url`` that is the id of an uploaded file. ``tool_choice``: the
    choices that the server knows.

    ``provider_tool``: encode a tool that the provider runs, or say why not. ``hosted``: the name of the tool of an
    output item that the provider ran itself, None for an item of another kind. ``finish_reasons``: the words of
    ``incomplete_details.reason``, else of ``status``. ``usage``: read ``usage``. ``metadata``: fields of a response
    that become provider metadata. ``adjust``: change the encoded body.
    """

    path: str = "/responses"
    settings: Mapping[str, str] = SETTINGS
    reasons: Callable[[str], bool] = reasons
    reads_reasoning: Callable[[str], bool] = reads_reasoning
    structured_output: Callable[[str], StructuredOutput] = structured_output
    strict: bool | None = True
    strict_tools: bool | None = False
    store: bool | None = None
    include: tuple[str, ...] = ()
    tool_include: Mapping[str, str] = INCLUDE
    file_ids: tuple[str, ...] = ("file-", "file_")
    tool_choice: frozenset[str] = frozenset({"auto", "none", "required", "specific"})
    provider_tool: Callable[[ProviderTool, str], dict[str, Any] | CallWarning] = openai_tool
    hosted: Callable[[Mapping[str, Any]], str | None] = hosted_tool
    finish_reasons: Mapping[str, FinishReason] = FINISH_REASONS
    usage: Callable[[Any], Usage] = usage_from
    metadata: tuple[str, ...] = ("service_tier", "system_fingerprint", "conversation", "moderation")
    adjust: Adjust = adjust_responses
