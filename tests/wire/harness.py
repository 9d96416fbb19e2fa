"""What the tests of all wires share: which recordings a family has, and how one goes through its provider's path."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from ai_sdk.errors import AISDKError
from ai_sdk.parts import LanguagePart
from ai_sdk.results import LanguageResult, fold_language
from ai_sdk.testing.replay import Exchange, Replayer, exchanges
from wire.families import FAMILIES
from wire.family import Family, Turn
from wire.kit import asked, folder_of
from wire.oracle import Said

__all__ = [
    "BARE",
    "THOROUGH",
    "at_most",
    "by_family",
    "by_provider",
    "chosen_or_skip",
    "echoed",
    "least",
    "outcome",
    "parts_of",
    "recordings",
    "replay",
    "said_by",
    "streams",
]

THOROUGH = os.environ.get("AI_SDK_THOROUGH") == "1"
"""Whether the tests that try only so many cases try twenty times as many: minutes become an hour."""

BARE = "vercel/ai:"
"""How the ids of recordings begin that are bare events: how they were framed, and how they ended, is not known."""

by_provider = pytest.mark.parametrize(
    ("family", "provider"),
    [pytest.param(each, name, id=f"{each.name}-{name}") for each in FAMILIES for name in each.providers],
)
by_family = pytest.mark.parametrize("family", [pytest.param(each, id=each.name) for each in FAMILIES])


def at_most(count: int) -> int:
    """How many cases to try when ``count`` are enough for every day."""
    return count * 20 if THOROUGH else count


@cache
def _all(provider: str, folder: Path) -> tuple[Exchange, ...]:
    try:
        return tuple(exchanges(provider, corpus=folder))
    except FileNotFoundError:
        return ()


_chosen: dict[tuple[str, str, Path], tuple[list[Exchange], Counter[str]]] = {}


def recordings(family: Family, provider: str, source: str) -> tuple[list[Exchange], Counter[str]]:
    """The recordings of a wire by one provider, and why how many others were left out."""
    folder = folder_of(source)
    known = _chosen.get((family.name, provider, folder))
    if known is None:
        reasons: Counter[str] = Counter()
        found: list[Exchange] = []
        for exchange in _all(provider, folder):
            reason = family.excluded(exchange) if exchange.kind in family.kinds else f"kind {exchange.kind}"
            if reason is None:
                found.append(exchange)
            else:
                reasons[f"left out: {reason}"] += 1
        known = _chosen[family.name, provider, folder] = found, reasons
    return known[0], Counter(known[1])


def chosen_or_skip(
    family: Family, provider: str, source: str, *, must: bool = False
) -> tuple[list[Exchange], Counter[str]]:
    """The recordings. None is a skip; with ``must`` a failure, for a provider that the family has least counts for."""
    chosen, reasons = recordings(family, provider, source)
    if not chosen:
        none = f"{family.name}: there is no exchange of {provider} in {source}"
        if must and provider in family.least and (source == "corpus" or family.least[provider].get("data", 1)):
            pytest.fail(none)
        pytest.skip(none)
    return chosen, reasons


def least(family: Family, provider: str, source: str, name: str) -> int:
    """How many there must be; of hand-written exchanges one of each, as far as the family counts them."""
    counts = family.least.get(provider, {})
    if source == "data":
        return int(counts.get(name, 0) > 0 and counts.get("data", 1) > 0 and name not in _ONLY_RECORDED)
    return counts.get(name, 0)


_ONLY_RECORDED = ("recovered from errors",)


def streams(family: Family, provider: str, source: str) -> list[Exchange]:
    """The streams that succeed and are as they were on the wire; the smallest first."""
    found = [
        each
        for each in recordings(family, provider, source)[0]
        if each.streamed and each.status == 200 and not each.id.startswith(BARE) and each.id not in family.explained
    ]
    return sorted(found, key=lambda exchange: (len(exchange.body), exchange.id))


def said_by(family: Family, exchange: Exchange) -> Said:
    """What a recording says; nothing when it is an error."""
    return Said() if family.expected_error(exchange) is not None else family.gather(exchange)


async def parts_of(
    family: Family, exchange: Exchange, split: Sequence[int] | int | None = None, *, answer: Exchange | None = None
) -> list[LanguagePart]:
    """Replay a recording through its provider's model and give all parts of the answer.

    ``answer`` is what the server says instead, to the same request.
    """
    http = Replayer(answer or exchange, split=split)
    provider = family.make(exchange.provider, http)
    if family.model is not None:
        model = family.model(provider, exchange)
    else:
        model = provider.language(str(asked(exchange).get("model") or "model"))
    response = await model(family.request(exchange))
    try:
        parts = [part async for part in response]
    finally:
        await response.aclose()
        assert all(stream.ending is not None for stream in http.streams), "a stream was not released"
    assert len(http.requests) == 1, "one attempt is one exchange"
    return parts


async def replay(family: Family, exchange: Exchange) -> LanguageResult:
    """Replay a recording and fold the answer."""
    return fold_language(await parts_of(family, exchange))


async def outcome(family: Family, exchange: Exchange, split: Sequence[int] | int) -> object:
    """The parts, or the error with what had arrived."""
    try:
        return await parts_of(family, exchange, split)
    except AISDKError as error:
        return type(error), str(error), getattr(error, "partial", None)


def echoed(family: Family, chosen: Sequence[Exchange]) -> list[tuple[Exchange, Turn | None]]:
    """Answers, with the turn in which the next request of the conversation says them; None when it changed them."""
    conversations: dict[str, list[Exchange]] = {}
    for exchange in chosen:
        if asked(exchange):
            conversations.setdefault(exchange.path, []).append(exchange)
    found: list[tuple[Exchange, Turn | None]] = []
    for conversation in conversations.values():
        conversation.sort(key=lambda exchange: exchange.n)
        for place, exchange in enumerate(conversation):
            later = conversation[place + 1 :]
            said = said_by(family, exchange) if later and exchange.status == 200 else Said()
            if said.failure is None and (said.text or said.calls):
                new = _new_turns(family, exchange, later)
                if new:
                    found.append((exchange, next((each for each in new if family.same_turn(said, each)), None)))
    return found


def _new_turns(family: Family, exchange: Exchange, later: Sequence[Exchange]) -> list[Turn]:
    """What the assistant said, by the first later request in which it says more than in this one."""
    before = family.turns(exchange.request_json)
    for each in later:
        turns = family.turns(each.request_json)
        new = [turn for turn in turns if turn not in before]
        if new and len(turns) > len(before):
            return new
    return []


def parsed(arguments: str) -> Any:
    """What the text of arguments says; the text when it is no JSON."""
    try:
        return json.loads(arguments) if arguments.strip() else {}
    except ValueError:
        return arguments


def listed(problems: Sequence[str], count: int, most: int = 20) -> str:
    """What went wrong, as the message of a failing test."""
    return f"{len(problems)} of {count}:\n" + "\n".join(problems[:most])


def plain(value: Any) -> Any:
    """JSON data without frozen containers, for comparing and printing."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in cast("list[Any]", value)]
    return value
