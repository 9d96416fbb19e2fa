"""Cohere's chat, the second version."""

from __future__ import annotations

import json
from typing import Any, cast

from ai_sdk.errors import APIError, ContextLengthError, NotFoundError, ServerError
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.cohere import create_cohere
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.families.openai_chat import turns
from wire.family import Family, Turn
from wire.kit import request_of
from wire.oracle import NOTHING, Said, events_of

_ERRORS: dict[int, type[APIError]] = {400: ContextLengthError, 404: NotFoundError, 200: ServerError}


def make(_name: str, http: HTTP) -> Provider:
    """Cohere at a replay."""
    return create_cohere(api_key="replayed", http=http)


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no chat; one without a URL is one when its answer has a message."""
    path = exchange.endpoint
    if path.startswith("/v1/"):
        return "the first version of the API"
    if path and not path.endswith("/v2/chat"):
        return f"another API: {path}"
    if not path and not any("message" in (event.get("delta") or event) for event in events_of(exchange.body)):
        return "no URL, and no message in the answer"
    return None


def gather(exchange: Exchange) -> Said:
    """Gather from a whole answer or from a stream; the plan before calls is reasoning, ``null`` no arguments."""
    said, calls = Said(), list[list[str]]()
    for event in events_of(exchange.body):
        delta: Any = event.get("delta") or event
        message: Any = delta.get("message") or NOTHING
        said.usage = _tokens(delta["usage"]) if delta.get("usage") else said.usage
        said.reason = delta.get("finish_reason") or said.reason
        said.failure = delta.get("error") or said.failure
        if isinstance(message, str):
            said.failure = message
            continue
        content: Any = message.get("content") or NOTHING
        blocks: list[Any] = [content] if isinstance(content, dict) else content
        for block in blocks:
            said.text += block.get("text") or ""
            said.reasoning += block.get("thinking") or ""
        said.reasoning += message.get("tool_plan") or ""
        pieces: Any = message.get("tool_calls") or ()
        listed: list[Any] = [pieces] if isinstance(pieces, dict) else pieces
        for piece in listed:
            if piece.get("id"):
                calls.append([piece["id"], piece["function"]["name"], ""])
            calls[event.get("index", -1)][2] += piece["function"]["arguments"]
    said.calls = [(identity, name, "{}" if text == "null" else text) for identity, name, text in calls]
    return said


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    tokens = usage["tokens"]
    return tokens["input_tokens"], tokens["output_tokens"], usage.get("cached_tokens"), tokens.get("reasoning_tokens")


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """A bad status, or an end that says an error."""
    failure = gather(exchange).failure
    return None if failure is None else (_ERRORS[exchange.status], failure)


def encode(request: LanguageRequest, model_id: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    body, _ = create_cohere()(model_id).encode(request)
    return cast("dict[str, Any]", parse_json(to_json(body), "ours"))


def encode_turn(result: LanguageResult, _exchange: Exchange) -> Turn:
    """Our message."""
    return encode(LanguageRequest(messages=(result.message, user("after"))), "model")["messages"][0]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were; some put the plan where the text is."""
    recorded = [(identity, name, _parsed(arguments)) for identity, name, arguments in said.calls]
    return _said(turn, "text").strip() == said.text.strip() and _calls(turn) == recorded


def alike(ours: Turn, echo: Turn) -> bool:
    """Whether they say the same; thinking and the plan count when the client sent them back, citations do not."""
    same = _said(ours, "text").strip() == _said(echo, "text").strip() and _calls(ours) == _calls(echo)
    thinking, plan = _said(echo, "thinking"), echo.get("tool_plan")
    return (
        same and (not thinking or _said(ours, "thinking") == thinking) and (not plan or ours.get("tool_plan") == plan)
    )


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def _calls(turn: Turn) -> list[tuple[str, str, Any]]:
    calls: list[Any] = turn.get("tool_calls") or NOTHING
    return [(each["id"], each["function"]["name"], _parsed(each["function"]["arguments"])) for each in calls]


def _said(turn: Turn, kind: str) -> str:
    content: Any = turn.get("content") or ""
    blocks: list[dict[str, Any]] = [{"text": content}] if isinstance(content, str) else content
    return "".join(each.get(kind) or "" for each in blocks)


def without_end(body: bytes) -> bytes | None:
    """A stream cut before its ``message-end``."""
    at = body.find(b"event: message-end")
    return body[:at] if at >= 0 else None


FAMILY = Family(
    name="cohere",
    providers=("cohere",),
    make=make,
    excluded=excluded,
    request=request_of,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    alike=alike,
    without_end=without_end,
    decoded_arguments=False,
    least={"cohere": {"replayed": 133, "streams": 38, "errors": 4, "tool calls": 48, "echoes": 29}},
    encode=encode,
)
