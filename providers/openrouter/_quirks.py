"""What OpenRouter does in its own way, on top of the OpenAI dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._messages import encode_messages
from ai_sdk.providers.openai_compatible._quirks import SETTINGS, Quirks, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.messages import Message
    from ai_sdk.requests import LanguageRequest, ProviderTool
    from ai_sdk.results import CallWarning

__all__ = ["QUIRKS", "encode_reasoning", "encode_routed"]

_AUDIO = FrozenDict(
    {
        "audio/flac": "flac",
        "audio/m4a": "m4a",
        "audio/x-m4a": "m4a",
        "audio/mp4": "m4a",
        "audio/ogg": "ogg",
        "audio/aiff": "aiff",
        "audio/aac": "aac",
    }
)


def _takes_schemas(_model_id: str) -> StructuredOutput:
    return "json_schema"


def encode_routed(
    messages: Sequence[Message], provider: str, reasoning_key: str | None
) -> tuple[list[dict[str, Any]], list[CallWarning]]:
    """The messages, with the details of earlier reasoning, pictures, and earlier annotations about files."""
    from ai_sdk.providers.openrouter._details import with_details, without_pictures

    said = [without_pictures(message) for message in messages]
    encoded, warnings = encode_messages(said, provider, reasoning_key, file_urls=True, audio_formats=_AUDIO)
    with_details(encoded, messages, provider, ("annotations",))
    return encoded, warnings


def encode_reasoning(body: dict[str, Any], request: LanguageRequest, _model_id: str) -> list[CallWarning]:
    """``reasoning`` becomes ``{"effort": ...}``, beside what the option of the same name says."""
    if request.reasoning is None:
        return []
    asked = body.get("reasoning")
    if not isinstance(asked, dict):
        body["reasoning"] = {"effort": asked}
    elif "effort" not in asked and "max_tokens" not in asked:
        body["reasoning"] = {"effort": request.reasoning, **cast("dict[str, Any]", asked)}
    return []


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    body.setdefault("usage", {"include": True})
    return encode_reasoning(body, request, model_id)


def _provider_tool(tool: ProviderTool, _model_id: str) -> dict[str, Any] | CallWarning:
    """``openrouter.web_search`` and all other tools that OpenRouter runs; their arguments are ``parameters``."""
    provider, _, name = tool.id.partition(".")
    if provider != "openrouter" or not name:
        return unsupported(tool.id, f"openrouter does not run the tool {tool.id}")
    parameters = {"parameters": tool.args} if tool.args else {}
    return {"type": f"openrouter:{name}", **parameters}


QUIRKS = Quirks(
    settings=FrozenDict({**SETTINGS, "top_k": "top_k", "reasoning": "reasoning"}),
    structured_output=_takes_schemas,
    reasoning_key="reasoning",
    messages=encode_routed,
    metadata=("provider", "service_tier", "system_fingerprint", "openrouter_metadata"),
    adjust=_adjust,
    provider_tool=_provider_tool,
)
