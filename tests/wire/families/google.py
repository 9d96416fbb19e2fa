"""Gemini's ``generateContent``, as the Gemini API and Google Cloud speak it."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.google import create_google
from ai_sdk.providers.google_vertex import create_google_vertex
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family, Turn
from wire.oracle import NOTHING, Said

_MODEL = re.compile(r"/models/([^/:]+):")
_TOOLS = {"GOOGLE_SEARCH_WEB": "google_search", "GOOGLE_SEARCH_IMAGE": "google_search"}
_ERRORS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
    500: ServerError,
    503: OverloadedError,
}


_UNSIGNED = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""What clients send in place of a signature that there is not."""


def make(name: str, http: HTTP) -> Provider:
    """The house of a recording at a replay."""
    if name == "google":
        return create_google(api_key="replayed", http=http)
    return create_google_vertex(project="replayed", location="global", token=lambda: "replayed", http=http)


def model_id(exchange: Exchange) -> str:
    """The model in the URL."""
    match = _MODEL.search(exchange.url)
    return match[1] if match else "gemini-2.5-flash"


def events(body: bytes) -> list[dict[str, Any]]:
    """The objects of a JSON body, of a list, or of server-sent events."""
    text = body.decode()
    if text.lstrip()[:1] in ("{", "["):
        value = json.loads(text)
        return cast("list[dict[str, Any]]", value if isinstance(value, list) else [value])
    lines = [line[5:].strip() for line in text.replace("\r\n", "\n").split("\n") if line.startswith("data:")]
    return [json.loads(line) for line in lines if line and line != "[DONE]"]


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no answer of ``generateContent``."""
    end = exchange.endpoint.rpartition("/")[2].rpartition(":")[2]
    if exchange.url and end not in ("generateContent", "streamGenerateContent"):
        return f"another API: {end}"
    if exchange.status == 200 and not exchange.body:
        return "the body was not recorded"
    if not any(key in each for each in events(exchange.body) for key in ("candidates", "promptFeedback", "error")):
        return "the answer of another API: it has no candidates"
    return None


def request(exchange: Exchange) -> LanguageRequest:
    """Only whether it streams matters to the decoder."""
    return LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)


def gather(exchange: Exchange) -> Said:
    """Gather from the events of an answer; calls of Google's own tools count as calls."""
    said, usage, streamed = Said(), dict[str, Any](), list[tuple[int, Any]]()
    for event in events(exchange.body):
        usage.update({name: each for name, each in (event.get("usageMetadata") or NOTHING).items() if each is not None})
        said.reason = said.reason or (event.get("promptFeedback") or NOTHING).get("blockReason")
        for candidate in event.get("candidates") or ():
            said.reason = str(candidate.get("finishReason") or said.reason or "") or None
            for part in (candidate.get("content") or NOTHING).get("parts") or ():
                if part.get("thought"):
                    said.reasoning += part.get("text") or ""
                else:
                    said.text += part.get("text") or ""
                pieces: list[Any] = (part.get("functionCall") or NOTHING).get("partialArgs") or []
                streamed += [(len(said.calls) + bool(part["functionCall"].get("name")) - 1, each) for each in pieces]
                for kind in ("functionCall", "executableCode", "toolCall"):
                    if part.get(kind) and (kind != "functionCall" or part[kind].get("name")):
                        said.calls.append(_call(kind, part[kind]))
    for place, (identity, name, _) in enumerate(said.calls):
        if pieces := [each for at, each in streamed if at == place]:
            said.calls[place] = identity, name, json.dumps(_assembled(pieces))
    said.usage = _tokens(usage)
    return said


def _assembled(pieces: list[Any]) -> Any:
    """Arguments from their pieces: objects by their paths first, those with nothing but numbers are lists."""
    whole: dict[str, Any] = {}
    for piece in pieces:
        *way, last = re.findall(r"[^.$\[\]]+", piece["jsonPath"])
        place = whole
        for step in way:
            place = place.setdefault(step, {})
        value = next((piece[name] for name in ("stringValue", "numberValue", "boolValue") if name in piece), None)
        place[last] = place[last] + value if isinstance(value, str) and last in place else value
    return _listed(whole)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = {name: _listed(each) for name, each in cast("dict[str, Any]", value).items()}
    return list(items.values()) if items and all(name.isdecimal() for name in items) else items


def _call(kind: str, call: dict[str, Any]) -> tuple[str, str, str]:
    identity = call.get("id") or ""
    if kind == "executableCode":
        return identity, "code_execution", json.dumps({"language": call["language"], "code": call["code"]})
    return identity, str(call.get("name") or _tool(call["toolType"])), json.dumps(call.get("args") or {})


def _tool(kind: str) -> str:
    return _TOOLS.get(kind, kind.lower())


def _tokens(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None, int | None]:
    """What Google's tools read is input, what the model thought is output."""
    sums: list[int | None] = []
    for names in (("promptTokenCount", "toolUsePromptTokenCount"), ("candidatesTokenCount", "thoughtsTokenCount")):
        known = [usage[name] for name in names if name in usage]
        sums.append(sum(known) if known else None)
    return sums[0], sums[1], usage.get("cachedContentTokenCount"), usage.get("thoughtsTokenCount")


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """A bad status, or an error in an answer with a good one; a key that is not valid comes as 400."""
    failure: Any = next((each["error"] for each in events(exchange.body) if each.get("error")), None)
    if failure is None:
        return None
    if any(each.get("reason") == "API_KEY_INVALID" for each in failure.get("details") or ()):
        return AuthenticationError, failure["message"]
    return _ERRORS[failure["code"]], failure["message"]


def turns(body: Any) -> list[Turn]:
    """The parts of each content of the model."""
    contents: list[Any] = body.get("contents") if isinstance(body.get("contents"), list) else []
    return [each["parts"] for each in contents if each.get("role") == "model" and isinstance(each.get("parts"), list)]


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our encoding of an answer between two turns of the user."""
    said = LanguageRequest(messages=(user("before"), result.message, user("after")))
    body, _ = cast("Any", make(exchange.provider, HTTP()).language(model_id(exchange))).encode(said)
    return parse_json(to_json(body), "ours")["contents"][1]["parts"]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were; some cut them or add to them."""
    text = "".join(part.get("text") or "" for part in turn if not part.get("thought"))
    calls = [_called(part) for part in turn]
    recorded = [(name, json.loads(arguments)) for _, name, arguments in said.calls]
    return text.strip() == said.text.strip() and [call for call in calls if call is not None] == recorded


def _called(part: Any) -> tuple[str, Any] | None:
    call = part.get("functionCall") or part.get("function_call")
    if call is not None:
        return call["name"], call.get("args") or NOTHING
    code = part.get("executableCode")
    if code is not None:
        return "code_execution", {"language": code["language"], "code": code["code"]}
    own = part.get("toolCall")
    return None if own is None else (_tool(own["tool_type"]), own.get("args") or NOTHING)


def alike(ours: Turn, theirs: Turn) -> bool:
    """Whether two turns say the same, in whichever spelling of words and base64.

    Clients give calls ids that had none, leave out signatures, thoughts or empty texts, and join texts.
    """
    one, other = [[_spelt(part) for part in turn] for turn in (ours, theirs)]
    for mine, other_call in zip(_function_calls(one), _function_calls(other), strict=False):
        if mine.get("id", "").startswith("call_"):
            mine["id"] = other_call.get("id")
            other_call.setdefault("id", None)
    if not any(part.get("thought") for part in other):
        one = [part for part in one if not part.get("thought")]
    if not any("thoughtSignature" in part for part in other):
        one = [{name: each for name, each in part.items() if name != "thoughtSignature"} for part in one]
    return _joined(one) == _joined(other)


def _function_calls(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part["functionCall"] for part in parts if "functionCall" in part]


def _joined(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Texts that follow one another as one, without white space around it; the last signature counts."""
    joined: list[dict[str, Any]] = []
    for part in parts:
        follows = joined and "text" in part and "text" in joined[-1]
        if follows and part.get("thought") == joined[-1].get("thought"):
            joined[-1] = {**joined[-1], **part, "text": joined[-1]["text"] + part["text"]}
        else:
            joined.append(part)
    whole = [{**part, "text": part["text"].strip()} if "text" in part else part for part in joined]
    return [part for part in whole if part != {"text": ""}]


def _spelt(part: Any) -> dict[str, Any]:
    said: dict[str, Any] = {_camel(name): each for name, each in part.items() if each not in (None, False)}
    if said.get("thoughtSignature") == _UNSIGNED:
        del said["thoughtSignature"]
    if signature := said.get("thoughtSignature"):
        said["thoughtSignature"] = signature.replace("-", "+").replace("_", "/").rstrip("=")
    for kind in ("functionCall", "toolCall", "toolResponse", "executableCode", "codeExecutionResult"):
        if kind in said:
            inner = {_camel(name): each for name, each in said[kind].items() if each}
            said[kind] = {name: each for name, each in inner.items() if name != "response"}
    return said


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(each.capitalize() for each in tail)


_GLUED = "prism-php/prism:tests/Fixtures/gemini/stream-basic-text-1.sse#0"

FAMILY = Family(
    name="google",
    providers=("google", "google_vertex"),
    make=make,
    excluded=excluded,
    request=request,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=same_turn,
    alike=alike,
    without_end=lambda body: body.replace(b'"finishReason"', b'"unfinished"') if b'"finishReason"' in body else None,
    model=lambda provider, exchange: provider.language(model_id(exchange)),
    least={
        "google": {"replayed": 1010, "streams": 200, "errors": 13, "tool calls": 380, "echoes": 220},
        "google_vertex": {"replayed": 228, "streams": 19, "errors": 5, "tool calls": 98, "echoes": 66},
    },
    explained={_GLUED: "a fixture that lost the blank lines between its events"},
)
