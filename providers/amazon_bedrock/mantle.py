"""Models of OpenAI's APIs behind ``bedrock-mantle.<region>.api.aws``: chat completions and responses (recorded)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ai_sdk.providers.openai.responses import ResponsesModel
from ai_sdk.providers.openai_compatible._quirks import Quirks
from ai_sdk.providers.openai_compatible.language import ChatModel

if TYPE_CHECKING:
    from ai_sdk.providers.amazon_bedrock._door import BedrockEndpoint

__all__ = ["mantle_chat", "mantle_responses"]

_HOST = "bedrock-mantle"
_QUIRKS = Quirks(structured_output=lambda _model_id: "json_schema", reasoning_key="reasoning")
_OF_OPENAI = re.compile(r"openai\.gpt-\d")


def mantle_chat(endpoint: BedrockEndpoint, model_id: str) -> ChatModel:
    """A chat model; with a key, or signed for the service ``bedrock-mantle`` (vendor documents)."""
    return ChatModel(endpoint.to(_HOST, "/v1"), model_id, _QUIRKS)


def mantle_responses(endpoint: BedrockEndpoint, model_id: str) -> ResponsesModel:
    """A model of the Responses API; OpenAI's own are under ``/openai/v1``, open ones under ``/v1`` (recorded)."""
    path = "/openai/v1" if _OF_OPENAI.match(model_id) else "/v1"
    return ResponsesModel(endpoint.to(_HOST, path), model_id)
