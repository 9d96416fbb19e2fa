"""Anthropic's messages as Google Cloud speaks them: the model stands in the URL."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.google_vertex import create_google_vertex
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.families import anthropic
from wire.family import Turn

_MODEL = re.compile(r"/publishers/anthropic/models/([^/:]+):")


def make(_name: str, http: HTTP) -> Provider:
    """Google Cloud at a replay."""
    return create_google_vertex(project="replayed", location="global", token=lambda: "replayed", http=http)


def model_id(exchange: Exchange) -> str:
    """The model in the URL."""
    match = _MODEL.search(exchange.url)
    return match[1] if match else "claude"


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no message."""
    return None if exchange.url.endswith("awPredict") else f"another API: {exchange.endpoint.rpartition(':')[2]}"


def model(provider: Provider, exchange: Exchange) -> Any:
    """The model of a recording."""
    return provider.language(model_id(exchange))


def encode(request: LanguageRequest, claude_id: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    claude = create_google_vertex().anthropic(claude_id)
    encoded, _, _ = claude.encode(request)
    return cast("dict[str, Any]", parse_json(to_json(claude.body(encoded, ())), "ours"))


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our encoding of an answer between two turns of the user."""
    request = LanguageRequest(messages=(user("before"), result.message, user("after")))
    return encode(request, model_id(exchange))["messages"][1]["content"]


FAMILY = replace(
    anthropic.FAMILY,
    name="vertex_anthropic",
    providers=("google_vertex",),
    make=make,
    excluded=excluded,
    encode_turn=encode_turn,
    model=model,
    least={"google_vertex": {"replayed": 46, "streams": 14, "tool calls": 15}},
    explained={},
    inbound=None,
    encode=None,
)
