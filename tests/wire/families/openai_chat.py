"""The chat wire of OpenAI, and of the many servers that speak it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from ai_sdk.http import HTTP
from ai_sdk.provider import Provider
from ai_sdk.providers.azure import create_azure
from ai_sdk.providers.cerebras import create_cerebras
from ai_sdk.providers.deepinfra import create_deepinfra
from ai_sdk.providers.deepseek import create_deepseek
from ai_sdk.providers.fireworks import create_fireworks
from ai_sdk.providers.gateway import create_gateway
from ai_sdk.providers.groq import create_groq
from ai_sdk.providers.huggingface import create_huggingface
from ai_sdk.providers.moonshotai import create_moonshotai
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.providers.openai_compatible._inbound import request_of as inbound
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.providers.perplexity import create_perplexity
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.providers.vercel import create_vercel
from ai_sdk.providers.xai import create_xai
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire import oracle
from wire.family import Family, Turn
from wire.kit import asked, excluded, request_of

ENDPOINTS = ("/chat/completions", "/v1/chat")

MAKERS: Mapping[str, Callable[[HTTP], Provider]] = {
    "openai": lambda http: create_openai(api_key="replayed", http=http),
    "groq": lambda http: create_groq(api_key="replayed", http=http),
    "togetherai": lambda http: create_togetherai(api_key="replayed", http=http),
    "cerebras": lambda http: create_cerebras(api_key="replayed", http=http),
    "openrouter": lambda http: create_openrouter(api_key="replayed", http=http),
    "azure": lambda http: create_azure(api_key="replayed", resource_name="replay", http=http),
    "deepseek": lambda http: create_deepseek(api_key="replayed", http=http),
    "perplexity": lambda http: create_perplexity(api_key="replayed", http=http),
    "xai": lambda http: create_xai(api_key="replayed", http=http),
    "fireworks": lambda http: create_fireworks(api_key="replayed", http=http),
    "deepinfra": lambda http: create_deepinfra(api_key="replayed", http=http),
    "moonshotai": lambda http: create_moonshotai(api_key="replayed", http=http),
    "vercel": lambda http: create_vercel(api_key="replayed", http=http),
    "ai_gateway": lambda http: create_gateway(api_key="replayed", http=http),
    "ollama": lambda http: create_openai_compatible(name="ollama", base_url="http://replay.invalid/v1", http=http),
    "huggingface": lambda http: create_huggingface(api_key="replayed", http=http),
    "openai_compatible": lambda http: create_openai_compatible(base_url="http://replay.invalid/v1", http=http),
}
"""By the name of the recordings' file, an instance of the provider. One line adds a provider to all tests of wires."""

LEAST: Mapping[str, Mapping[str, int]] = {
    "openai": {"replayed": 2280, "streams": 430, "errors": 50, "tool calls": 580, "echoes": 280},
    "groq": {
        "replayed": 240,
        "streams": 45,
        "errors": 4,
        "recovered from errors": 5,
        "tool calls": 95,
        "echoes": 20,
    },
    "togetherai": {"replayed": 16, "streams": 4, "errors": 1, "tool calls": 4},
    "cerebras": {"replayed": 51, "streams": 9, "tool calls": 15, "echoes": 1},
    "azure": {"replayed": 310, "streams": 65, "errors": 6, "tool calls": 70, "echoes": 13},
    "deepseek": {"replayed": 140, "streams": 50, "errors": 5, "tool calls": 68, "echoes": 25},
    "perplexity": {"replayed": 23, "streams": 4, "errors": 1},
    "xai": {"replayed": 175, "streams": 33, "errors": 1, "tool calls": 54, "echoes": 8},
    "openrouter": {"replayed": 830, "streams": 170, "errors": 26, "tool calls": 250, "echoes": 34},
    "ai_gateway": {"replayed": 66, "streams": 33, "tool calls": 38, "echoes": 20},
    "ollama": {"replayed": 43, "streams": 10, "tool calls": 18, "echoes": 15, "data": 0},
    "openai_compatible": {"replayed": 245, "streams": 65, "tool calls": 100, "echoes": 18},
}


def make(name: str, http: HTTP) -> Provider:
    """An instance of a provider."""
    return MAKERS[name](http)


def chat_model(provider: Any, exchange: Exchange) -> Any:
    """The chat model of a recording; the language models of some providers are of another API."""
    return getattr(provider, "chat", provider)(asked(exchange).get("model") or "model")


def not_chat(exchange: Exchange) -> str | None:
    """Why a recording is not of this wire."""
    return excluded(exchange, ENDPOINTS, ("choices",))


def gather(exchange: Exchange) -> oracle.Said:
    """What the raw JSON says; of an error of Groq's that quotes calls of tools, those calls."""
    said = oracle.gather(exchange.body)
    if exchange.provider in ("xai", "perplexity") and said.usage[3]:  # reasoning is counted beside the answer
        said.usage = (said.usage[0], (said.usage[1] or 0) + said.usage[3], *said.usage[2:])
    wrote = oracle.failed_generation(exchange.body)
    if wrote is not None:
        said.calls = [("", name, json.dumps(arguments, ensure_ascii=False)) for name, arguments in wrote]
        said.reason = "tool_calls"
    return said


def expected_error(exchange: Exchange) -> tuple[type[Exception], str | None] | None:
    """The error of a bad status or of an error event, unless tool calls can be saved from it."""
    if exchange.status == 200 and oracle.gather(exchange.body).failure is None:
        return None
    if oracle.failed_generation(exchange.body) is not None and _offered_all(exchange):
        return None
    return oracle.expected_error(exchange.status, exchange.body)


def _offered_all(exchange: Exchange) -> bool:
    offered = {tool["function"]["name"] for tool in asked(exchange).get("tools") or ()}
    return all(name in offered for name, _ in oracle.failed_generation(exchange.body) or ())


def turns(body: Any) -> list[Turn]:
    """The assistant's messages."""
    messages: Any = body.get("messages") or ()
    return [each for each in messages if each.get("role") == "assistant"]


def encode_turn(result: LanguageResult, exchange: Exchange) -> Turn:
    """Our message."""
    quirks: Any = getattr(make(exchange.provider, HTTP()), "quirks", None)
    (message,), _ = quirks.messages((result.message,), exchange.provider, quirks.reasoning_key or "reasoning")
    return message


def alike(ours: Turn, echo: Turn) -> bool:
    """Whether they say the same; reasoning counts when the client sent it back."""
    reasoning = bool(echo.get("reasoning") or echo.get("reasoning_content"))
    return oracle.normalised(ours, reasoning=reasoning) == oracle.normalised(echo, reasoning=reasoning)


_OPENAI = re.compile(r"(?:ft:)?(?:gpt-\d|o\d|chatgpt)")


def encode(request: LanguageRequest, model_id: str) -> dict[str, Any]:
    """Our body: by OpenAI's rules for its models, for others by those of a server that takes all of the dialect."""
    made: Any
    if _OPENAI.match(model_id):
        made = create_openai(api_key="encoded").chat(model_id)
    else:
        url = "http://encoded.invalid"
        made = create_openai_compatible(name="openai", base_url=url, structured_output="json_schema")(model_id)
    body, _ = made.encode(request)
    return cast("dict[str, Any]", body)


def without_end(body: bytes) -> bytes | None:
    """The stream up to the event that says why it finished; None when no event does and ``[DONE]`` is missing too."""
    at = 0
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        data = b"".join(line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:"))
        if data == b"[DONE]" or (data.startswith(b"{") and _finishes(data)):
            return body.replace(b"\r\n", b"\n")[:at]
        at += len(block) + 2
    return None


def _finishes(data: bytes) -> bool:
    try:
        choices = json.loads(data).get("choices") or ()
    except ValueError:
        return False
    return any(each.get("finish_reason") and not each.get("index") for each in choices)


FAMILY = Family(
    name="openai_chat",
    providers=tuple(MAKERS),
    make=make,
    model=chat_model,
    excluded=not_chat,
    request=request_of,
    gather=gather,
    expected_error=expected_error,
    turns=turns,
    encode_turn=encode_turn,
    same_turn=oracle.same_turn,
    alike=alike,
    without_end=without_end,
    decoded_arguments=False,
    inbound=inbound,
    encode=encode,
    least=LEAST,
)
