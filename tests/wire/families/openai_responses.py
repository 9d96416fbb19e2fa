"""OpenAI's Responses API, and that of the servers that speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from ai_sdk.errors import APIError, InvalidResponseError, MalformedEventError, QuotaExceededError
from ai_sdk.http import HTTP
from ai_sdk.messages import user
from ai_sdk.provider import Provider, parse_json, to_json
from ai_sdk.providers.azure import create_azure
from ai_sdk.providers.huggingface import create_huggingface
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openai._responses_inbound import request_of
from ai_sdk.providers.xai import create_xai
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire import oracle
from wire.family import OPAQUE, Family, Turn
from wire.oracle import NOTHING, Said, events_of

_TERMINAL = ("response.completed", "response.incomplete", "response.failed")
_INPUT = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "mcp_approval_request": "arguments",
    "tool_search_call": "arguments",
    "web_search_call": "action",
    "shell_call": "action",
    "local_shell_call": "action",
    "apply_patch_call": "operation",
    "x_search_call": "arguments",
}
_SEVERAL = {"file_search_call": ("queries",), "code_interpreter_call": ("code", "container_id"), "program": ("code",)}
_NO_INPUT = ("image_generation_call", "mcp_list_tools")
_OTHERS = ("/compact", "/input_tokens", "/input_items")
_NOT_SENT = frozenset({"status", "annotations", "logprobs", "created_by", "summary", "content", "result"})
_FIXTURES = "vercel/ai:packages/openai/src/responses/__fixtures__/"
_TOOL_SEARCH = "pydantic/pydantic-ai:tests/cassettes/test_tool_search/test_openai_native_tool_search_"
BROKEN: Mapping[str, type[Exception]] = {
    _FIXTURES + "openai-image-generation-tool.1.chunks.txt#0": MalformedEventError,
    _FIXTURES + "openai-image-generation-tool.1.json#0": InvalidResponseError,
    _FIXTURES + "parallel-tool-call-wrapper.1.chunks.txt#0": MalformedEventError,
}
"""Fixtures cut by hand: a picture whose base64 has dots in its middle, an event that ends in the middle."""

EXPLAINED: Mapping[str, str] = {
    _FIXTURES + "openai-reasoning-encrypted-content.1.chunks.txt#0": "the answers of three requests in one stream",
    _TOOL_SEARCH + "round_trip.yaml#0": "the client gave the search an id and sent its result elsewhere",
    _TOOL_SEARCH + "with_deferred_capability.yaml#2": "the client added a namespace",
    _TOOL_SEARCH + "with_deferred_capability_gpt_5_6_sol.yaml#2": "the client added a namespace",
}

LEAST: Mapping[str, Mapping[str, int]] = {
    "openai": {"replayed": 1580, "streams": 530, "errors": 20, "tool calls": 615, "echoes": 275},
    "azure": {"replayed": 62, "streams": 18, "tool calls": 20, "echoes": 5},
    "bedrock": {"replayed": 13, "streams": 3, "tool calls": 6, "echoes": 2, "data": 0},
    "deepseek": {"replayed": 17, "streams": 4, "errors": 1, "tool calls": 3, "echoes": 4, "data": 0},
    "openai_compatible": {"replayed": 15, "streams": 6, "tool calls": 4, "echoes": 1, "data": 0},
    "openrouter": {"replayed": 28, "streams": 21, "tool calls": 7, "echoes": 7, "data": 0},
    "xai": {"replayed": 9, "streams": 3, "tool calls": 8},
}


def make(name: str, http: HTTP) -> Provider:
    """Azure, xAI, or a server of the Responses API."""
    if name == "azure":
        return create_azure(api_key="replayed", resource_name="replay", http=http)
    if name == "huggingface":
        return create_huggingface(api_key="replayed", http=http)
    if name == "xai":
        return create_xai(api_key="replayed", http=http)
    return create_openai(api_key="replayed", http=http)


def model(provider: Any, exchange: Exchange) -> Any:
    """The model of a recording."""
    return provider.responses((exchange.request_json or NOTHING).get("model") or "model")


def excluded(exchange: Exchange) -> str | None:
    """Why a recording is no answer to a request for one."""
    if exchange.method != "POST":
        return f"a {exchange.method}"
    if exchange.endpoint.endswith(_OTHERS):
        return f"another API: {exchange.endpoint.rpartition('/')[2]}"
    return None if exchange.body else "the body was not recorded"


def request(exchange: Exchange) -> LanguageRequest:
    """Whether it is a stream is all that the decoder may know."""
    return LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)


def gather(exchange: Exchange) -> Said:
    """Text and reasoning of a stream from its deltas, calls from whole items, the rest from the last event."""
    said, last = Said(), dict[str, Any]()
    for event in events_of(exchange.body) if exchange.id not in BROKEN else ():
        kind = event.get("type") or "response.completed"
        if kind == "response.completed" and not exchange.streamed:
            for item in event.get("output") or ():
                for part in item.get("content") or () if item["type"] in ("message", "reasoning") else ():
                    said.text += (part.get("text") or part.get("refusal") or "") * (item["type"] == "message")
                    said.reasoning += (part.get("text") or "") * (item["type"] == "reasoning")
                said.reasoning = "".join([part["text"] for part in item.get("summary") or ()]).join(
                    (said.reasoning, "")
                )
                said.calls += call_of(item)
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            said.text += event["delta"]
        if kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            said.reasoning += event["delta"]
        if kind == "response.output_item.done":
            said.calls += call_of(event["item"])
        if kind == "error" or event.get("error"):
            said.failure = event.get("error") or event
        if kind in _TERMINAL:
            last = event.get("response") or event
            said.failure = last.get("error") or said.failure
    usage = last.get("usage") or NOTHING
    cached = (usage.get("input_tokens_details") or NOTHING).get("cached_tokens")
    reasoned = (usage.get("output_tokens_details") or NOTHING).get("reasoning_tokens")
    said.usage = (usage.get("input_tokens"), usage.get("output_tokens"), cached, reasoned)
    said.reason = (last.get("incomplete_details") or NOTHING).get("reason") or last.get("status")
    return said


def call_of(item: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Id, name and input of an item that calls a tool."""
    kind = item["type"]
    name = item.get("name") or kind.removesuffix("_call")
    identity = item.get("call_id") or item.get("id") or ""
    if kind in _SEVERAL:
        return [(identity, name, json.dumps({key: item[key] for key in _SEVERAL[kind] if item.get(key) is not None}))]
    if kind in _NO_INPUT:
        return [(identity, name, "{}")]
    if kind not in _INPUT:
        return []
    given = item.get(_INPUT[kind], item.get("arguments"))
    return [(identity, name, given if isinstance(given, str) else json.dumps(given if given is not None else {}))]


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """A bad status, an error event, a failed response, or a fixture that was cut by hand."""
    if exchange.id in BROKEN:
        return BROKEN[exchange.id], None
    failure = gather(exchange).failure
    if exchange.status >= 400:
        return oracle.expected_error(exchange.status, exchange.body)
    if failure is None:
        return None
    return QuotaExceededError if failure["code"] == "insufficient_quota" else APIError, failure["message"]


def turns(body: Any) -> list[Turn]:
    """The items of the assistant that follow each other."""
    found: list[Turn] = [[]]
    given: Any = body.get("input")
    for item in cast("list[Any]", given) if isinstance(given, list) else ():
        kind = item.get("type") or "message"
        if item.get("role") == "assistant" or (
            item.get("role") is None and not kind.endswith(("_output", "_response"))
        ):
            found[-1].append(item)
        elif found[-1]:
            found.append([])
    return [turn for turn in found if turn]


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our items of an answer."""
    provider: Any = make(exchange.provider, HTTP())
    body, _ = model(provider, exchange).encode(LanguageRequest(messages=(user("before"), result.message)))
    return body["input"][1:]


def same_turn(said: Said, turn: Turn) -> bool:
    """Whether a client sent text and calls back as they were; some cut them, or refer to stored items."""
    text = "".join(_text(item) for item in turn if item.get("role") == "assistant")
    calls = [call for item in turn if item.get("type") for call in call_of(item)]
    ours = [(identity, name, _parsed(given)) for identity, name, given in calls]
    theirs = [(identity, name, _parsed(given)) for identity, name, given in said.calls]
    return bool(text or calls) and text.strip() == said.text.strip() and ours == theirs


def _text(item: Mapping[str, Any]) -> str:
    content: Any = item.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def alike(ours: Turn, echo: Turn) -> bool:
    """Whether we send all that the client sent, but for what is derived (status) and what it made up (ids of its own).

    Clients leave out reasoning, ids and phases, or join messages.
    """
    sent = [_kept(item) for item in ours]
    back = [_kept(item) for item in echo if item.get("type") != "item_reference"]
    wanted = {item["type"] for item in back}
    mine = [item for item in sent if item["type"] in wanted]
    if len(mine) != len(back):
        return "".join(_text(item) for item in mine if "role" in item) == "".join(
            _text(item) for item in back if "role" in item
        )
    return all(_says(item, other) for item, other in zip(mine, back, strict=True))


def _kept(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: each for name, each in item.items() if each not in (None, [], "")}
    return {**kept, "type": kept.get("type") or "message"}


def _says(ours: Mapping[str, Any], echo: Mapping[str, Any]) -> bool:
    for name, each in echo.items():
        if name in _NOT_SENT:
            continue
        value = ours.get(name)
        if name == "arguments" and isinstance(each, str) and isinstance(value, str):
            each, value = _parsed(each), _parsed(value)
        if _plain(value) != _plain(each):
            return False
    summaries = [[part.get("text") for part in item.get("summary") or () if part.get("text")] for item in (ours, echo)]
    return summaries[0] == summaries[1] and (echo["type"] != "message" or _text(ours).strip() == _text(echo).strip())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("Turn", value).items() if each is not None}
    return [_plain(each) for each in cast("Turn", value)] if isinstance(value, list | tuple) else value


def without_end(body: bytes) -> bytes | None:
    """A stream cut before its terminal event."""
    at = 0
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        data = b"".join(line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:"))
        if data.startswith(b"{") and json.loads(data).get("type") in _TERMINAL:
            return body.replace(b"\r\n", b"\n")[:at]
        at += len(block) + 2
    return None


def encode(request: LanguageRequest, model_id: str) -> dict[str, Any]:
    """The body of a request, as it goes out."""
    body, _ = create_openai().responses(model_id).encode(request)
    return cast("dict[str, Any]", parse_json(to_json(body), "ours"))


FAMILY = Family(
    name="openai_responses",
    providers=(*LEAST, "huggingface"),
    kinds=("responses",),
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
    opaque=OPAQUE | {"metadata", "json_schema", "categories", "category_scores", "category_applied_input_types"},
    inbound=request_of,
    encode=encode,
    least=LEAST,
    explained=EXPLAINED,
)
