"""Mistral's chat: the OpenAI dialect with content in chunks."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire import oracle
from wire.families.openai_chat import turns, without_end
from wire.family import Family, Turn
from wire.kit import request_of
from wire.oracle import NOTHING, Said, events_of

_NINE = re.compile(r"[A-Za-z0-9]{9}")


def make(_name: str, http: HTTP) -> Provider:
    """Mistral at a replay."""
    return create_mistral(api_key="replayed", http=http)


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no chat; one without a URL is one when its answer has choices."""
    path = exchange.endpoint.partition("#")[0]
    if path and not path.endswith("/v1/chat/completions"):
        return f"another API: {path}"
    if not path and not any("choices" in event for event in events_of(exchange.body)):
        return "no URL, and no choices in the answer"
    return None


def gather(exchange: Exchange) -> Said:
    """Gather the first candidate of an answer or a stream; a piece of a call goes on with the call of its index."""
    said, calls = Said(), dict[Any, list[str]]()
    for event in events_of(exchange.body):
        said.usage = _tokens(event["usage"]) if event.get("usage") else said.usage
        said.failure = event if event.get("object") == "error" or "detail" in event else said.failure
        for choice in [each for each in event.get("choices") or NOTHING if not each.get("index")]:
            said.reason = choice.get("finish_reason") or said.reason
            delta: Any = choice.get("delta") or choice.get("message") or NOTHING
            content: Any = delta.get("content") or NOTHING
            chunks: list[Any] = [{"text": content}] if isinstance(content, str) else content
            for chunk in chunks:
                said.text += chunk.get("text") or ""
                said.reasoning += "".join(each["text"] for each in chunk.get("thinking") or NOTHING)
            for call in delta.get("tool_calls") or NOTHING:
                index = call["id"] if "message" in choice else call.get("index", call.get("id"))
                gathered = calls.setdefault(index, [call.get("id", ""), "", ""])
                gathered[1] += call["function"].get("name") or ""
                gathered[2] += call["function"].get("arguments") or ""
    said.calls = [(identity, name, arguments) for identity, name, arguments in calls.values()]
    return said


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    details = usage.get("prompt_tokens_details") or NOTHING
    cached = usage.get("num_cached_tokens", details.get("cached_tokens"))
    return usage["prompt_tokens"], usage["completion_tokens"], cached, None


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """A bad status."""
    return oracle.expected_error(exchange.status, exchange.body) if exchange.status >= 400 else None


def encode(request: LanguageRequest, model_id: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    body, _ = create_mistral()(model_id).encode(request)
    return cast("dict[str, Any]", parse_json(to_json(body), "ours"))


def encode_turn(result: LanguageResult, _exchange: Exchange) -> Turn:
    """Our message, with one of the user behind it: as the last one it would be a prefix."""
    return encode(LanguageRequest(messages=(result.message, user("after"))), "model")["messages"][0]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were."""
    recorded = [(identity, name, _parsed(arguments)) for identity, name, arguments in said.calls]
    return _text(turn).strip() == said.text.strip() and _calls(turn) == recorded


def alike(ours: Turn, echo: Turn) -> bool:
    """Whether they say the same; thinking counts when the client sent it back, ids when they are Mistral's.

    Some recorders wrote other ids over those of the calls; there it counts that ours are as Mistral takes them.
    """
    calls = [
        (mine if _NINE.fullmatch(mine) and not _NINE.fullmatch(identity) else identity, name, arguments)
        for (mine, _, _), (identity, name, arguments) in zip(_calls(ours), _calls(echo), strict=True)
    ]
    thoughts = _thinking(echo)
    same = _text(ours).strip() == _text(echo).strip() and _calls(ours) == calls
    return same and (not thoughts or _thinking(ours) == thoughts)


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def _calls(turn: Turn) -> list[tuple[str, str, Any]]:
    calls: list[Any] = turn.get("tool_calls") or NOTHING
    return [(each["id"], each["function"]["name"], _parsed(each["function"]["arguments"])) for each in calls]


def _chunks(turn: Turn) -> list[dict[str, Any]]:
    content: Any = turn.get("content") or ""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(turn: Turn) -> str:
    return "".join(each.get("text") or "" for each in _chunks(turn))


def _thinking(turn: Turn) -> str:
    return "".join(piece["text"] for each in _chunks(turn) for piece in each.get("thinking") or NOTHING)


FAMILY = Family(
    name="mistral",
    providers=("mistral",),
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
    least={"mistral": {"replayed": 252, "streams": 86, "errors": 1, "tool calls": 115, "echoes": 41}},
    encode=encode,
)
