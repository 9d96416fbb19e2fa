"""The chat wire of Ollama: lines of JSON."""

from __future__ import annotations

import json
from typing import Any

from ai_sdk.errors import APIError, NotFoundError
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.providers.ollama import Ollama, create_ollama
from ai_sdk.providers.ollama._encode import encode_chat
from ai_sdk.requests import JSONFormat, LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family, Turn
from wire.kit import asked
from wire.oracle import NOTHING, Said


def make(_name: str, http: HTTP) -> Ollama:
    """An instance of the provider."""
    return create_ollama(base_url="http://replay.invalid:11434", http=http)


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is not of this wire."""
    if exchange.endpoint and not exchange.endpoint.endswith("/api/chat"):
        return f"another API: {exchange.endpoint}"
    lines = _lines(exchange.body)
    if not any("message" in line or "error" in line for line in lines):
        return "no URL, and neither message nor error in the answer"
    return None


def _lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines() if line.strip()]


def request(exchange: Exchange) -> LanguageRequest:
    """A request that means to the decoder what the recorded one would."""
    said = asked(exchange)
    return LanguageRequest(
        messages=(user("replayed"),),
        stream=exchange.streamed,
        tools=tuple(ToolDefinition(tool["function"]["name"]) for tool in said.get("tools") or ()),
        response_format=JSONFormat() if said.get("format") else None,
    )


def gather(exchange: Exchange) -> Said:
    """What the raw JSON says."""
    said = Said()
    for line in _lines(exchange.body):
        said.failure = line.get("error") or said.failure
        message: Any = line.get("message") or NOTHING
        said.text += message.get("content") or ""
        said.reasoning += message.get("thinking") or ""
        for call in message.get("tool_calls") or ():
            function = call["function"]
            said.calls.append((call.get("id") or "", function["name"], json.dumps(function.get("arguments") or {})))
        said.reason = line.get("done_reason") or said.reason
        if "prompt_eval_count" in line or "eval_count" in line:
            said.usage = (line.get("prompt_eval_count"), line.get("eval_count"), None, None)
    return said


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """The error of a bad status, or of a line that says one."""
    failure = gather(exchange).failure
    if exchange.status == 200 and failure is None:
        return None
    return NotFoundError if exchange.status == 404 else APIError, failure


def turns(body: Any) -> list[Turn]:
    """The assistant's messages."""
    return [each for each in body.get("messages") or () if each.get("role") == "assistant"]


def encode_turn(result: LanguageResult, _exchange: Exchange) -> Turn:
    """Our message."""
    body, _ = encode_chat(LanguageRequest(messages=(result.message,)), "model", "ollama")
    return body["messages"][0]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent a recorded answer back as it was; clients leave out ids and thinking."""
    recorded = [(name, json.loads(arguments)) for _, name, arguments in said.calls]
    return _calls(turn) == recorded and _content(turn) == said.text.strip()


def alike(ours: Turn, echo: Turn) -> bool:
    """Whether they say the same; thinking counts when the client sent it back."""
    thinking = bool(echo.get("thinking"))
    return bool(_plain(ours, thinking=thinking) == _plain(echo, thinking=thinking))


def _calls(turn: Turn) -> list[tuple[str, Any]]:
    return [(each["function"]["name"], each["function"]["arguments"]) for each in turn.get("tool_calls") or ()]


def _content(turn: Turn) -> str:
    return str(turn.get("content") or "").strip()


def _plain(turn: Turn, *, thinking: bool) -> Any:
    known = {"role", "content", "thinking", "tool_calls"}
    rest = {name: value for name, value in turn.items() if name not in known and value not in (None, "", [])}
    return turn["role"], _content(turn), _calls(turn), turn.get("thinking") if thinking else None, rest


def without_end(body: bytes) -> bytes | None:
    """The stream up to the line that says ``done``."""
    at = 0
    for line in body.splitlines(keepends=True):
        if line.strip() and json.loads(line).get("done"):
            return body[:at]
        at += len(line)
    return None


FAMILY = Family(
    name="ollama",
    providers=("ollama",),
    make=make,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    alike=alike,
    without_end=without_end,
    least={"ollama": {"replayed": 59, "streams": 14, "errors": 1, "tool calls": 20, "echoes": 4}},
)
