"""Which recordings are of the OpenAI dialect, requests that stand for recorded ones, and reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from ai_sdk.messages import user
from ai_sdk.providers.cerebras import create_cerebras
from ai_sdk.providers.groq import create_groq
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.requests import JSONFormat, LanguageRequest, ToolDefinition
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges
from wire.oracle import NOTHING, events_of

DATA = Path(__file__).parent / "data"

sources = pytest.mark.parametrize("source", ["data", pytest.param("corpus", marks=pytest.mark.corpus)])


def folder_of(source: str) -> Path:
    """The hand-written exchanges, or the recordings."""
    return DATA if source == "data" else corpus_or_skip()


def provider_of(name: str, http: Replayer) -> Any:
    """An instance of a provider that talks to a replay."""
    if name == "openai_compatible":
        return create_openai_compatible(base_url="http://replay.invalid/v1", http=http)
    made: dict[str, Any] = {
        "openai": create_openai,
        "groq": create_groq,
        "togetherai": create_togetherai,
        "cerebras": create_cerebras,
    }
    return made[name](api_key="replayed", http=http)


def excluded(exchange: Exchange, endpoints: Sequence[str], keys: Sequence[str]) -> str | None:
    """Why a recording is not one of the dialect's ``endpoints``; None when it is.

    A recording without a URL belongs to the dialect when its answer has one of the ``keys``, or an error.
    """
    end = "/".join(exchange.endpoint.split("/")[-2:])
    if exchange.url and "REDACTED" not in exchange.url:
        if not exchange.endpoint.endswith(tuple(endpoints)):
            return _family(end)
    elif not _has(exchange, keys):
        return f"no URL, and neither {' nor '.join(keys)} nor error in the answer"
    if exchange.status == 200 and not exchange.body:
        return "the body was not recorded"
    if exchange.streamed and not _has(exchange, keys):
        return "its events are of another API"
    return None


def _family(end: str) -> str:
    for family in ("messages", "generateContent", "streamGenerateContent", "converse"):
        if end.endswith(family):
            return f"another API: {family}"
    return f"another API: {end}"


def _has(exchange: Exchange, keys: Sequence[str]) -> bool:
    if "text" in keys and exchange.headers["content-type"].startswith("text/plain"):
        return True
    try:
        events = events_of(exchange.body)
    except ValueError:
        return False
    others = any(str(event.get("type")).startswith("response.") for event in events)
    return not others and any(key in event for event in events for key in (*keys, "error"))


@cache
def _all(provider: str, kind: str, folder: Path) -> tuple[Exchange, ...]:
    return tuple(exchanges(provider, kind, folder))


def recordings(
    provider: str, kind: str, endpoints: Sequence[str], keys: Sequence[str], source: str
) -> tuple[list[Exchange], Counter[str]]:
    """The recordings of the dialect, and why how many others were left out."""
    reasons: Counter[str] = Counter()
    chosen: list[Exchange] = []
    for exchange in _all(provider, kind, folder_of(source)):
        reason = excluded(exchange, endpoints, keys)
        if reason is None:
            chosen.append(exchange)
        else:
            reasons[reason] += 1
    return chosen, reasons


def asked(exchange: Exchange) -> dict[str, Any]:
    """The recorded request, empty when there is none."""
    said = exchange.request_json
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def request_of(exchange: Exchange) -> LanguageRequest:
    """A request that means to the decoder what the recorded one would: stream, tools, JSON."""
    said = asked(exchange)
    offered = [tool["function"]["name"] for tool in said.get("tools") or () if "function" in tool]
    wants_json = (said.get("response_format") or NOTHING).get("type") in ("json_object", "json_schema")
    return LanguageRequest(
        messages=(user("replayed"),),
        stream=exchange.streamed,
        tools=tuple(ToolDefinition(name) for name in offered),
        response_format=JSONFormat() if wants_json else None,
    )


def show(title: str, counts: Counter[str]) -> Iterator[str]:
    """Lines of a report."""
    yield f"{title}:"
    for name, count in sorted(counts.items()):
        yield f"  {count:6} {name}"


def report(title: str, counts: Counter[str]) -> None:
    """Print counts; ``pytest -rP`` shows them. ``AI_SDK_REPORT`` names a file that they are added to."""
    lines = "\n".join(show(title, counts)) + "\n"
    print(lines)
    if path := os.environ.get("AI_SDK_REPORT"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(lines)
