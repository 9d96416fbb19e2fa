"""Whatever a server sends, decoding raises nothing but our errors, and what it gives are parts of the right types."""

from __future__ import annotations

import json
import random
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, islice

import pytest

from ai_sdk.errors import AISDKError
from ai_sdk.messages import ToolCallPart, message_to_dict
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.results import fold_language
from ai_sdk.testing.replay import Exchange
from wire.family import Family
from wire.harness import THOROUGH, at_most, by_family, parts_of, recordings
from wire.kit import report, sources
from wire.mutating import mutated

CASES = {"corpus": at_most(10_000), "data": 500}
LONGEST = 5_000
"""Bodies up to this are mutated: what is longer is more of the same, and slower."""


@sources
@by_family
@pytest.mark.timeout(3_600 if THOROUGH else 180)
async def test_mutated_answers_raise_nothing_but_our_errors(family: Family, source: str) -> None:
    chosen = [each for name in family.providers for each in recordings(family, name, source)[0]]
    chosen = [each for each in chosen if 0 < len(each.body) <= LONGEST]
    if not chosen:
        pytest.skip(f"{family.name}: there are no exchanges in {source}")
    chosen = _mixed(chosen, random.Random(family.name))
    counts: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    for number, exchange in enumerate(islice(cycle(chosen), CASES[source])):
        what, body = mutated(exchange, random.Random(number))
        counts["cases"] += 1
        counts[f"cases: {what}"] += 1
        try:
            ended = await _ended(family, exchange, body)
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            ended = f"raised {type(error).__name__}"
            wrong.setdefault(_where(error), []).append(f"{exchange.id} case {number}, {what}")
        counts[f"ended: {ended}"] += 1
    report(f"{family.name} mutations ({source})", counts)
    assert not wrong, "\n".join(f"{len(cases)} x {where}\n    {cases[0]}" for where, cases in wrong.items())


def _mixed(chosen: list[Exchange], chance: random.Random) -> list[Exchange]:
    """In an order that looks like none, streams and others by turns for as long as there are both."""
    chance.shuffle(chosen)
    streamed = [each for each in chosen if each.streamed]
    others = [each for each in chosen if not each.streamed]
    if not streamed or not others:
        return chosen
    pairs = islice(zip(cycle(streamed), cycle(others)), max(len(streamed), len(others)))  # noqa: B905 - both go on
    return [each for pair in pairs for each in pair]


async def _ended(family: Family, exchange: Exchange, body: bytes) -> str:
    try:
        parts = await parts_of(family, exchange, answer=replace(exchange, body=body, chunk_sizes=()))
    except AISDKError as error:
        str(error)
        return type(error).__name__
    check(parts)
    return "answer"


def check(parts: Iterable[LanguagePart]) -> None:
    """Parts have the types that they say, and fold into a result whose message can be stored."""
    parts = list(parts)
    for part in parts:
        if isinstance(part, TextDelta | ReasoningDelta):
            _are(part, str, part.text, part.id)
        elif isinstance(part, ToolInputDelta):
            _are(part, str, part.id, part.name, part.delta)
        elif isinstance(part, ToolCallPart):
            _are(part, str, part.id, part.name, part.input)
        elif isinstance(part, Finish):
            usage = part.usage
            tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
            _are(part, int, *(each for each in tokens if each is not None))
            _are(part, str, part.reason, part.raw_reason or "")
    result = fold_language(parts)
    assert isinstance(result.text + result.reasoning, str)
    json.dumps(message_to_dict(result.message))


def _are(part: LanguagePart, kind: type, *values: object) -> None:
    if not all(isinstance(each, kind) for each in values):
        raise TypeError(f"a field that should be {kind.__name__} is not: {part!r}")


def _where(error: Exception) -> str:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "/tests/" not in each.filename]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:60]} in {last.name}, {last.filename}:{last.lineno}"
