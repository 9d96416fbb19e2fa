"""The native protocol of the Vercel AI Gateway. It has no recordings: all exchanges are made from vendor documents."""

from __future__ import annotations

import json
from typing import Any

from ai_sdk.errors import APIError, NotFoundError
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.providers.gateway import Gateway, create_gateway
from ai_sdk.providers.gateway._encode import encode_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family, Turn
from wire.oracle import NOTHING, Said, events_of


def make(_name: str, http: HTTP) -> Gateway:
    """An instance of the provider."""
    return create_gateway(api_key="replayed", http=http)


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is not of this wire."""
    return None if exchange.endpoint.endswith("/language-model") else f"another API: {exchange.endpoint}"


def request(exchange: Exchange) -> LanguageRequest:
    """A request that means to the decoder what the recorded one would."""
    return LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)


def gather(exchange: Exchange) -> Said:
    """What the raw JSON says."""
    said = Said()
    for event in events_of(exchange.body):
        said.failure = event.get("error") or said.failure
        parts: Any = event.get("content") or [event]
        for part in parts:
            kind = str(part.get("type"))
            if kind.startswith("text"):
                said.text += part.get("text") or part.get("delta") or ""
            elif kind.startswith("reasoning"):
                said.reasoning += part.get("text") or part.get("delta") or ""
            elif kind == "tool-call":
                said.calls.append((part["toolCallId"], part["toolName"], part["input"]))
        said.reason = (event.get("finishReason") or NOTHING).get("raw") or said.reason
        if usage := event.get("usage"):
            tokens, answered = usage["inputTokens"], usage["outputTokens"]
            said.usage = (tokens["total"], answered["total"], tokens["cacheRead"], answered["reasoning"])
    return said


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """The error of a bad status, or of an event that says one."""
    failure = gather(exchange).failure
    if failure is None:
        return None
    return NotFoundError if exchange.status == 404 else APIError, failure["message"]


def turns(body: Any) -> list[Turn]:
    """The assistant's messages."""
    return [each for each in body.get("prompt") or () if each.get("role") == "assistant"]


def encode_turn(result: LanguageResult, _exchange: Exchange) -> Turn:
    """Our message."""
    body, _ = encode_call(LanguageRequest(messages=(result.message,)), "gateway")
    return body["prompt"][0]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent the answer back as it was."""
    parts: Any = turn["content"]
    text = "".join(part["text"] for part in parts if part["type"] == "text")
    calls = [(part["toolCallId"], part["toolName"], part["input"]) for part in parts if part["type"] == "tool-call"]
    return text == said.text and calls == [(identity, name, json.loads(given)) for identity, name, given in said.calls]


def without_end(body: bytes) -> bytes | None:
    """The stream up to its finish."""
    at = body.find(b'data: {"type":"finish"')
    return body[:at] if at >= 0 else None


FAMILY = Family(
    name="gateway",
    providers=("gateway",),
    make=make,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    without_end=without_end,
)
