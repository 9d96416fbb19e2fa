"""Answers and events of the Responses API, and what our decoder makes of them."""

from __future__ import annotations

import json
from typing import Any

from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.openai._responses_decode import ResponsesDecoder
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.results import LanguageResult, fold_language

USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "output_tokens": 6,
    "output_tokens_details": {"reasoning_tokens": 5},
}


def decoder(**fields: Any) -> ResponsesDecoder:
    return ResponsesDecoder(ResponsesRules(), Exchange(Endpoint(name="openai", base_url=""), "gpt-5"), **fields)


def response(*output: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "resp_1", "model": "gpt-5", "created_at": 17, "status": "completed", "output": [*output], **fields}


def whole(*output: Any, **fields: Any) -> LanguageResult:
    return fold_language(decoder().answer(response(*output, **fields)))


def read(*events: Any, **fields: Any) -> list[LanguagePart]:
    reader = decoder(**fields)
    return [part for event in events for part in reader.event(json.dumps(event).encode())]


def done(*items: Any, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"type": "response.output_item.done", "output_index": first + place, "item": item}
        for place, item in enumerate(items)
    ]


def message(*texts: str, **fields: Any) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content, **fields}


def ours(part: Any) -> Any:
    return part.provider_metadata.get("openai")


COMPLETED = {"type": "response.completed", "response": response(usage=USAGE)}
