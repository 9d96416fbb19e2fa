"""Anthropic's messages."""

from __future__ import annotations

import json
from typing import Any, cast

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    MalformedEventError,
    NotFoundError,
    OverloadedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.anthropic import create_anthropic
from ai_sdk.providers.anthropic._inbound import request_of
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family, Turn
from wire.oracle import NOTHING, Said, events_of

_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
_ERRORS: dict[str, type[APIError]] = {
    "invalid_request_error": BadRequestError,
    "authentication_error": AuthenticationError,
    "not_found_error": NotFoundError,
    "rate_limit_error": RateLimitError,
    "api_error": ServerError,
    "overloaded_error": OverloadedError,
}
_UNSENT = ("cache_control", "citations")
_OTHER_APIS = ("/chat/completions", "/complete", "/count_tokens", "/files")
_SPLICED = "vercel/ai:packages/anthropic/src/__fixtures__/spliced-message-start.chunks.txt#0"


def make(_name: str, http: HTTP) -> Provider:
    """Anthropic at a replay."""
    return create_anthropic(api_key="replayed", http=http)


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no message."""
    for other in _OTHER_APIS:
        if exchange.endpoint.endswith(other):
            return f"another API: {other}"
    if exchange.method != "POST":
        return "not a POST"
    said = events_of(exchange.body)
    if exchange.status == 200 and not any("content" in each or each.get("type") == "message_start" for each in said):
        return "the answer of another API: it is no message"
    return None


def request(exchange: Exchange) -> LanguageRequest:
    """Stream and tools are what the decoder may know of the recorded request."""
    tools = [tool["name"] for tool in (exchange.request_json or NOTHING).get("tools") or () if "input_schema" in tool]
    return LanguageRequest(
        messages=(user("replayed"),), stream=exchange.streamed, tools=tuple(ToolDefinition(name) for name in tools)
    )


def gather(exchange: Exchange) -> Said:
    """Gather from a whole message or from a stream; of several messages in a stream the first is the answer."""
    said, usage, calls = Said(), dict[str, Any](), dict[Any, list[str]]()
    for event in events_of(exchange.body):
        if event.get("type") == "message_stop":
            break
        message: Any = event.get("message") or event
        usage.update({name: each for name, each in (message.get("usage") or NOTHING).items() if each is not None})
        said.reason = (event.get("delta") or message).get("stop_reason") or said.reason
        said.failure = event.get("error") or said.failure
        blocks: list[Any] = [(event["index"], event["content_block"])] if "content_block" in event else []
        content: Any = message.get("content")
        whole = cast("list[Any]", content) if isinstance(content, list) else []
        blocks += [(f"whole {place}", block) for place, block in enumerate(whole)]
        for index, block in blocks:
            said.text += block.get("text") or ""
            said.reasoning += block.get("thinking") or ""
            if block["type"] in _CALLS:
                calls[index] = [block["id"], block["name"], "", json.dumps(block.get("input") or {})]
        delta = event.get("delta") or NOTHING
        said.text += delta.get("text") or ""
        said.reasoning += delta.get("thinking") or ""
        if delta.get("partial_json"):
            calls[event["index"]][2] += delta["partial_json"]
    said.calls = [(identity, name, streamed or whole) for identity, name, streamed, whole in calls.values()]
    said.usage = _tokens(usage)
    return said


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """The input counts what the cache read and wrote; a compaction before the answer is not in the sum at the top."""
    read, extra = usage.get("cache_read_input_tokens"), [0, 0]
    for each in usage.get("iterations") or ():
        if each["type"] == "compaction":
            extra = [extra[0] + each["input_tokens"], extra[1] + each["output_tokens"]]
    thinking = (usage.get("output_tokens_details") or NOTHING).get("thinking_tokens")
    if "input_tokens" not in usage:
        return None, usage.get("output_tokens"), read, thinking
    total = usage["input_tokens"] + (read or 0) + (usage.get("cache_creation_input_tokens") or 0)
    return total + extra[0], usage["output_tokens"] + extra[1], read, thinking


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """A bad status, an error event, or a stream that two messages were spliced into."""
    if exchange.id == _SPLICED:
        return MalformedEventError, "msg_second"
    failure: Any = next((each["error"] for each in events_of(exchange.body) if each.get("error")), None)
    if failure is None:
        return None
    return _ERRORS[failure["type"]], failure["message"]


def turns(body: Any) -> list[Turn]:
    """The blocks of each message of the assistant."""
    return [_blocks(each["content"]) for each in body.get("messages") or () if each.get("role") == "assistant"]


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our encoding of an answer between two turns of the user."""
    request = LanguageRequest(messages=(user("before"), result.message, user("after")))
    body = encode(request, (exchange.request_json or NOTHING).get("model") or "claude")
    return _blocks(body["messages"][1]["content"])


def encode(request: LanguageRequest, model_id: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    body, _, _ = create_anthropic()(model_id).encode(request)
    return cast("dict[str, Any]", parse_json(to_json(body), "ours"))


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were; some cut them or add to them."""
    text = "".join(block.get("text") or "" for block in turn if block["type"] == "text")
    calls = [(block["id"], block["name"], block["input"]) for block in turn if block["type"] in _CALLS]
    recorded = [(identity, name, _parsed(arguments)) for identity, name, arguments in said.calls]
    return text.strip() == said.text.strip() and calls == recorded


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def normalised(turn: Turn) -> Any:
    """Without cache marks and nulls, without the caller when it is the model itself, blocks of text joined.

    Clients join blocks of text, drop citations, and do not always send thinking back.
    """
    blocks: list[Any] = []
    for block in turn:
        kept = {name: each for name, each in block.items() if each is not None and name not in _UNSENT}
        if kept.get("caller") == {"type": "direct"}:
            del kept["caller"]
        if kept["type"] not in ("text", "thinking", "redacted_thinking"):
            blocks.append(_without_nulls(kept))
    return {"text": "".join(block.get("text", "") for block in turn if block["type"] == "text").strip(), "more": blocks}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in cast("Turn", value).items() if each is not None}
    return [_without_nulls(each) for each in cast("Turn", value)] if isinstance(value, list) else value


def without_end(body: bytes) -> bytes | None:
    """A stream cut before its ``message_stop``."""
    at = body.find(b'"message_stop"')
    if at < 0:
        return None
    start = max(body.rfind(b"\n\n", 0, at), body.rfind(b"\r\n\r\n", 0, at) + 2)
    return body[: start + 2]


FAMILY = Family(
    name="anthropic",
    providers=("anthropic",),
    make=make,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    normalised=normalised,
    without_end=without_end,
    least={"anthropic": {"replayed": 1570, "streams": 515, "errors": 28, "tool calls": 700, "echoes": 270}},
    inbound=request_of,
    encode=encode,
)
