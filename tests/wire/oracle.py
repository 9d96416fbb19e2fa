"""What recorded answers say, gathered from their raw JSON without any of the code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)

NOTHING: Any = {}  # an empty value of no particular type


@dataclass
class Said:
    """What an answer says: of calls id, name and arguments; of usage input, output, cached and reasoning tokens."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    usage: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None)
    reason: str | None = None
    failure: Any = None


def gather(body: bytes) -> Said:
    """Gather from a JSON body or a body of server-sent events."""
    said, calls, latest = Said(), dict[Any, list[str]](), dict[Any, Any]()
    for event in events_of(body):
        usage = event.get("usage") or (event.get("x_groq") or NOTHING).get("usage")
        said.usage = _tokens(usage) if usage else said.usage
        said.failure = event.get("error") or said.failure
        for choice in event.get("choices") or NOTHING:
            if choice.get("index"):
                continue
            said.reason = choice.get("finish_reason") or said.reason
            said.failure = choice.get("error") or said.failure
            whole = choice.get("message") if event.get("object") == "chat.completion" else None
            delta: Any = whole or choice.get("delta") or choice.get("message") or {"content": choice.get("text")}
            said.text += (delta.get("content") or "") + (delta.get("refusal") or "")
            said.reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            legacy: Any = [{"function": delta["function_call"]}] if delta.get("function_call") else NOTHING
            for place, piece in enumerate(delta.get("tool_calls") or legacy):
                index = place if "message" in choice else piece.get("index", 0)
                latest[index] = piece.get("id") or latest.get(index)
                gathered = calls.setdefault((index, latest[index]), [latest[index] or "", "", ""])
                call = piece.get("function") or piece.get("custom") or NOTHING
                gathered[1] = gathered[1] or call.get("name") or ""
                gathered[2] += call.get("arguments") or call.get("input") or ""
    said.calls = [(identity, name, arguments) for identity, name, arguments in calls.values() if name or arguments]
    return said


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The objects of a JSON body or of a body of server-sent events."""
    text = body.decode()
    if text.lstrip().startswith("{"):
        return [json.loads(text)]
    lines = [line[5:].strip() for line in text.replace("\r\n", "\n").split("\n") if line.startswith("data:")]
    return [json.loads(line) for line in lines if line and line != "[DONE]"]


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    prompt = usage.get("prompt_tokens_details") or NOTHING
    answer = usage.get("completion_tokens_details") or NOTHING
    cached = prompt.get("cached_tokens", usage.get("cached_tokens", usage.get("prompt_cache_hit_tokens")))
    return (
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        cached,
        answer.get("reasoning_tokens", usage.get("reasoning_tokens")),
    )


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    500: ServerError,
}


def expected_error(status: int, body: bytes) -> tuple[type[APIError], str | None]:
    """The class of the error of an answer, by its status, and the words that it must quote, if it has any."""
    failure = gather(body).failure if body.lstrip()[:1] in (b"{", b"d", b"e") else None
    said = _object(failure)
    words = said.get("message") if said else failure
    if words is None and body.startswith(b"{"):
        whole = json.loads(body)
        words = whole.get("message") or whole.get("detail")
    return _BY_STATUS.get(said.get("status_code", status), APIError), words if isinstance(words, str) else None


def failed_generation(body: bytes) -> list[tuple[str, Any]] | None:
    """The calls in what Groq's model wrote when it failed to call a tool; None when it is not JSON."""
    try:
        wrote = json.loads(_object(gather(body).failure)["failed_generation"])
    except (KeyError, TypeError, ValueError):
        return None
    calls = cast("list[Any]", wrote if isinstance(wrote, list) else [wrote])
    return [(call["name"], call.get("arguments", call.get("parameters"))) for call in calls]


def same_turn(said: Said, echo: dict[str, Any]) -> bool:
    """Whether a client sent a recorded answer back as it was; some cut it, extend it or drop its calls."""
    calls: list[Any] = echo.get("tool_calls") or NOTHING
    sent = [(each["id"], each["function"]["name"], _parsed(each["function"]["arguments"])) for each in calls]
    recorded = [(identity, name, _parsed(arguments)) for identity, name, arguments in said.calls]
    return _text(echo.get("content")).strip() == said.text.strip() and sent == recorded


def normalised(message: dict[str, Any], *, reasoning: bool) -> dict[str, Any]:
    """An assistant message without what differs between clients that say the same.

    What is null or empty, ``annotations``, ``name`` (a client's label) and ``reasoning_details`` (signatures that only
    some servers give) is left out. Text is without white space around it, and a list of text parts is their text.
    Arguments of tool calls are compared decoded, ``index`` and ``cache_control`` of a call are left out. Reasoning
    counts when the client sent it back, under either of its names.
    """
    said: list[Any] = message.get("tool_calls") or NOTHING
    left_out = {"content", "tool_calls", "annotations", "name", "reasoning_details", "reasoning", "reasoning_content"}
    rest = {key: value for key, value in message.items() if value not in (None, "", []) and key not in left_out}
    thought = message.get("reasoning_content") or message.get("reasoning") if reasoning else None
    calls = [{**call, "index": None, "cache_control": None, "function": _function(call["function"])} for call in said]
    return {**rest, "content": _text(message.get("content")).strip(), "tool_calls": calls, "reasoning": thought}


def _function(function: dict[str, Any]) -> dict[str, Any]:
    return {**function, "arguments": _parsed(function["arguments"])}


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.get("text") or "" for part in content)


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
