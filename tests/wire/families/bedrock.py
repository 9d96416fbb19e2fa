"""Amazon Bedrock's Converse."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, cast
from urllib.parse import unquote

from ai_sdk.errors import AuthenticationError, BadRequestError, PermissionDeniedError, RateLimitError
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.amazon_bedrock import create_amazon_bedrock
from ai_sdk.requests import LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange, Replayer
from wire.family import Family, Turn
from wire.framings import Block, blocks_of, framing_of, joined, payload_of
from wire.oracle import NOTHING, Said, events_of

_CONVERSE = re.compile(r"/model/(.+)/converse(?:-stream)?$")
_ERRORS: dict[str, type[Exception]] = {
    "ValidationException": BadRequestError,
    "AccessDeniedException": PermissionDeniedError,
    "ExpiredTokenException": AuthenticationError,
    "InvalidSignatureException": AuthenticationError,
    "ThrottlingException": RateLimitError,
    "throttlingException": RateLimitError,
    "": BadRequestError,
}


def make(_name: str, http: HTTP) -> Provider:
    """Bedrock at a replay. Events that were recorded without their frames get frames as AWS makes them."""
    if isinstance(http, Replayer) and framing_of(http.exchange) == "sse":
        with suppress(ValueError, AttributeError, RecursionError):  # of mutated events, which stay as they are
            http.pieces = (framed(http.exchange.body),)
    return create_amazon_bedrock(api_key="replayed", region="us-east-1", http=http)


def framed(body: bytes) -> bytes:
    """Server-sent events of ``{"<name>": {...}}`` as messages of an AWS event stream."""
    messages: list[bytes] = []
    for event in events_of(body):
        ((name, payload),) = event.items()
        headers = b""
        for key, value in ((":event-type", name), (":content-type", "application/json"), (":message-type", "event")):
            headers += bytes([len(key)]) + key.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
        messages.append(joined(Block(b"", b"", b"", name, headers), json.dumps(payload).encode()))
    return b"".join(messages)


def model_id(exchange: Exchange) -> str:
    """The model that the URL names."""
    found = _CONVERSE.search(exchange.endpoint)
    return unquote(found[1]) if found else "anthropic.claude-sonnet-4-5-20250929-v1:0"


def model(provider: Provider, exchange: Exchange) -> Any:
    """The model of a recording."""
    return provider.language(model_id(exchange))


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is not of Converse."""
    if _CONVERSE.search(exchange.endpoint):
        return None
    if exchange.endpoint:
        return f"another API: {exchange.endpoint.rpartition('/')[2]}"
    bare = json.loads(exchange.body) if exchange.body.startswith(b"{") else NOTHING
    return None if "output" in bare or b"contentBlock" in exchange.body else "no URL, and no answer of Converse"


def request(exchange: Exchange) -> LanguageRequest:
    """Whether to stream is all that the decoder may know of the recorded request."""
    return LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)


def events(exchange: Exchange) -> list[tuple[str, Any]]:
    """Names and payloads; a whole answer becomes the events that would have said it."""
    framing = framing_of(exchange)
    if framing == "aws":
        return [(each.name, payload_of(each)) for each in blocks_of(exchange.body, framing)]
    if framing == "sse":
        return [next(iter(event.items())) for event in events_of(exchange.body)]
    said = json.loads(exchange.body)
    content: list[Any] = (said.get("output") or NOTHING).get("message", NOTHING).get("content") or []
    found: list[tuple[str, Any]] = [("block", {"contentBlockIndex": at, **each}) for at, each in enumerate(content)]
    return [*found, ("messageStop", said), ("metadata", said)]


def gather(exchange: Exchange) -> Said:
    """Gather from a whole answer or from a stream."""
    said, calls = Said(), dict[int, list[str]]()
    for name, event in events(exchange):
        if name == "messageStop":
            said.reason = event.get("stopReason")
        if name == "metadata" and event.get("usage"):
            said.usage = _tokens(event["usage"])
        if name not in ("block", "contentBlockStart", "contentBlockDelta"):
            continue
        piece: Any = event if name == "block" else event.get("start") or event.get("delta") or NOTHING
        thought = piece.get("reasoningContent") or NOTHING
        said.text += piece.get("text") or ""
        said.text += "".join(each["text"] for each in piece.get("citationsContent", NOTHING).get("content") or ())
        said.reasoning += thought.get("text") or thought.get("reasoningText", NOTHING).get("text") or ""
        use = piece.get("toolUse")
        if use is not None and name != "contentBlockDelta":
            calls[event["contentBlockIndex"]] = [use["toolUseId"], use["name"], ""]
        if use is not None and "input" in use:
            text = use["input"] if name == "contentBlockDelta" else json.dumps(use["input"])
            calls[event["contentBlockIndex"]][2] += text
    said.calls = [(identity, name, text) for identity, name, text in calls.values()]
    return said


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """The input counts what the cache read and wrote."""
    read = usage.get("cacheReadInputTokens")
    if "inputTokens" not in usage:
        return None, usage.get("outputTokens"), read, None
    return (
        usage["inputTokens"] + (read or 0) + (usage.get("cacheWriteInputTokens") or 0),
        usage["outputTokens"],
        read,
        None,
    )


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """The class is in a header, the words are in the body; or in a message of the stream."""
    if exchange.status == 200:
        blocks = blocks_of(exchange.body, "aws") if framing_of(exchange) == "aws" else ()
        failed = next((each for each in blocks if each.name.endswith("Exception")), None)
        return (_ERRORS[failed.name], payload_of(failed)["message"]) if failed is not None else None
    name = exchange.headers.get("x-amzn-errortype", "").partition(":")[0]
    return _ERRORS[name], json.loads(exchange.body)["message"]


def turns(body: Any) -> list[Turn]:
    """The blocks of each message of the assistant."""
    said = json.loads(body) if isinstance(body, str) else body or NOTHING
    return [each["content"] for each in said.get("messages") or () if each.get("role") == "assistant"]


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our encoding of an answer between two turns of the user, with its tools offered."""
    tools = tuple(ToolDefinition(name) for name in dict.fromkeys(call.name for call in result.tool_calls))
    request = LanguageRequest(messages=(user("before"), result.message, user("after")), tools=tools)
    return encode(request, model_id(exchange))["messages"][1]["content"]


def encode(request: LanguageRequest, model: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    return cast("dict[str, Any]", parse_json(to_json(create_amazon_bedrock()(model).encode(request).body), "ours"))


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were; some cut them or add to them."""
    uses = [block["toolUse"] for block in turn if "toolUse" in block]
    calls = [(use["toolUseId"], use["name"], use["input"]) for use in uses]
    recorded = [(identity, name, json.loads(text or "{}")) for identity, name, text in said.calls]
    return _text(turn).strip() == said.text.strip() and calls == recorded


def _text(turn: Turn) -> str:
    """Also that which citations belong to."""
    cited = [each["text"] for block in turn for each in block.get("citationsContent", NOTHING).get("content") or ()]
    return "".join(cited) + "".join(block.get("text") or "" for block in turn)


def alike(ours: Turn, theirs: Turn) -> bool:
    """The same blocks in the same order; clients leave out reasoning and its white space, and join texts."""
    kinds = {kind for block in theirs for kind in block}
    return _shape(ours, kinds) == _shape(theirs, kinds)


def _shape(turn: Turn, kinds: set[str]) -> list[Any]:
    shape: list[Any] = []
    for block in turn:
        ((kind, value),) = block.items()
        if kind == "cachePoint" or (kind == "reasoningContent" and kind not in kinds):
            continue
        if kind == "text" and shape and shape[-1][0] == "text":
            shape[-1] = ("text", shape[-1][1] + value.strip())
        elif kind == "toolUse" and value.get("type") == "tool_use":
            shape.append((kind, {name: each for name, each in cast("dict[str, Any]", value).items() if name != "type"}))
        elif kind != "text" or value.strip():
            shape.append((kind, value.strip() if kind == "text" else value))
    return shape


def without_end(body: bytes) -> bytes | None:
    """A stream cut before its ``messageStop``."""
    before = 0
    for block in blocks_of(body, "aws"):
        if block.name == "messageStop":
            return body[:before]
        before += len(block.before) + len(block.data) + len(block.after)
    return None


FAMILY = Family(
    name="bedrock",
    providers=("bedrock",),
    make=make,
    model=model,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    alike=alike,
    without_end=without_end,
    least={"bedrock": {"replayed": 420, "streams": 70, "errors": 16, "tool calls": 175, "echoes": 55}},
    encode=encode,
)
