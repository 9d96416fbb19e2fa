"""The reasoning details of recorded answers go back as the router gave them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_sdk.messages import user
from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Provider
from ai_sdk.providers.gateway import create_gateway
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import fold_language
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges

DATA = Path(__file__).parents[1] / "wire" / "data"
SOURCES = [pytest.param("data"), pytest.param("corpus", marks=pytest.mark.corpus)]


def made(name: str, http: Replayer) -> Provider:
    if name == "openrouter":
        return create_openrouter(api_key="replayed", http=http)
    return create_gateway(api_key="replayed", http=http)


def events_of(exchange: Exchange) -> Iterator[dict[str, Any]]:
    if not exchange.streamed:
        yield json.loads(exchange.body)
        return
    for line in exchange.body.decode().splitlines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])


def said(exchange: Exchange) -> list[dict[str, Any]]:
    """The pieces of details that an answer has; none when it is an error."""
    pieces: list[dict[str, Any]] = []
    for event in events_of(exchange):
        choices: list[Any] = event.get("choices") or []
        if event.get("error") or any(choice.get("error") for choice in choices):
            return []
        for choice in choices:
            message: dict[str, Any] = choice.get("delta") or choice.get("message") or {}
            pieces += message.get("reasoning_details") or []
    return pieces


def summed(pieces: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The texts of each type and index joined, and all else that is not empty."""
    texts: dict[tuple[Any, ...], str] = {}
    rest: set[tuple[Any, ...]] = set()
    for piece in pieces:
        place = (piece.get("type"), piece.get("index"))
        for name, value in piece.items():
            if name in ("text", "summary"):
                texts[*place, name] = texts.get((*place, name), "") + (value or "")
            elif value:
                rest.add((*place, name, value))
    return Counter([*((*place, text) for place, text in texts.items()), *rest])


async def sent_back(name: str, exchange: Exchange) -> list[dict[str, Any]]:
    http = Replayer(exchange)
    provider: Any = made(name, http)
    model = getattr(provider, "chat", provider)("model")
    response = await model(LanguageRequest(messages=(user("Hi"),), stream=exchange.streamed))
    parts: list[LanguagePart] = [part async for part in response]
    body, _ = model.encode(LanguageRequest(messages=(user("Hi"), fold_language(parts).message)))
    details: list[dict[str, Any]] = json.loads(json.dumps(body["messages"][1].get("reasoning_details", [])))
    return details


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("name", "least"), [("openrouter", 360), ("ai_gateway", 20)])
async def test_details_go_back_as_they_came(name: str, least: int, source: str) -> None:
    folder = DATA if source == "data" else corpus_or_skip()
    count = 0
    for exchange in exchanges(name, "chat", folder):
        pieces = said(exchange) if exchange.status == 200 and exchange.body else []
        if not pieces:
            continue
        count += 1
        ours = await sent_back(name, exchange)
        if exchange.streamed:
            assert summed(ours) == summed(pieces), exchange.id
        else:
            assert ours == pieces, exchange.id
    assert count >= (least if source == "corpus" else 1)
