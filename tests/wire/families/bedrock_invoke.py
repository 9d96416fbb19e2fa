"""Claude on Amazon Bedrock in Anthropic's own words: messages in the body, events in the chunks of an event stream."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.amazon_bedrock import AmazonBedrock, create_amazon_bedrock
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.families import anthropic, bedrock
from wire.family import Family, Turn
from wire.framings import Block, blocks_of, framing_of, payload_of
from wire.oracle import NOTHING, Said

_INVOKE = re.compile(r"/model/(.+)/invoke(?:-with-response-stream)?$")


def model_id(exchange: Exchange) -> str:
    """The model that the URL names."""
    found = _INVOKE.search(exchange.endpoint)
    return unquote(found[1]) if found else "anthropic.claude"


def model(provider: Provider, exchange: Exchange) -> Any:
    """The model of a recording."""
    assert isinstance(provider, AmazonBedrock)
    return provider.anthropic(model_id(exchange))


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no message of Claude's."""
    if not _INVOKE.search(exchange.endpoint):
        return "another API" if exchange.endpoint else "no URL"
    asked: Any = exchange.request_json or NOTHING
    if exchange.status == 200 and "messages" not in asked:
        return "a body of another maker, or of Claude's older API"
    if "anthropic_version" not in asked and "claude" not in model_id(exchange):
        return "a body of another maker"
    return None


def unwrapped(exchange: Exchange) -> Exchange:
    """The same with server-sent events in place of chunks."""
    if framing_of(exchange) != "aws":
        return exchange
    events = [json.loads(_inside(block)) for block in blocks_of(exchange.body, "aws") if block.name == "chunk"]
    lines = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events]
    return replace(exchange, body="".join(lines).encode())


def _inside(block: Block) -> bytes:
    payload = payload_of(block)
    return base64.b64decode(payload["bytes"])


def request(exchange: Exchange) -> LanguageRequest:
    """Whether to stream is all that the decoder may know of the recorded request."""
    return LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)


def gather(exchange: Exchange) -> Said:
    """As of Anthropic's own API."""
    return anthropic.gather(unwrapped(exchange))


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our encoding of an answer between two turns of the user."""
    ours = create_amazon_bedrock().anthropic(model_id(exchange))
    encoded, _, _ = ours.encode(LanguageRequest(messages=(user("before"), result.message, user("after"))))
    body: Any = parse_json(to_json(ours.body(encoded, ())), "ours")
    content = body["messages"][1]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def without_end(body: bytes) -> bytes | None:
    """A stream cut before the chunk with ``message_stop``."""
    before = 0
    for block in blocks_of(body, "aws"):
        if b'"message_stop"' in _inside(block):
            return body[:before]
        before += len(block.before) + len(block.data) + len(block.after)
    return None


FAMILY = Family(
    name="bedrock_invoke",
    providers=("bedrock",),
    make=bedrock.make,
    model=model,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=bedrock.expected_error,
    turns=anthropic.turns,
    encode_turn=encode_turn,
    same_turn=anthropic.same_turn,
    normalised=anthropic.normalised,
    without_end=without_end,
    least={"bedrock": {"replayed": 78, "streams": 28, "errors": 2, "tool calls": 18, "echoes": 10}},
)
