"""A stream that loses its end is an error with the partial result, wherever it is cut."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from ai_sdk.errors import AISDKError, StreamError
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family
from wire.framings import blocks_of, framing_of
from wire.harness import at_most, by_provider, chosen_or_skip, listed, replay, streams
from wire.kit import report, sources

CUTS = 3
MOST = at_most(150)
"""Of more streams than this, every second, third, ... is cut elsewhere too."""


@sources
@by_provider
async def test_a_stream_without_its_end_raises_with_the_partial_result(
    family: Family, provider: str, source: str
) -> None:
    chosen_or_skip(family, provider, source)
    whole = [each for each in streams(family, provider, source) if family.expected_error(each) is None]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for place, exchange in enumerate(whole):
        body = family.without_end(exchange.body)
        if body is None:
            counts[f"recorded without an end: {exchange.id}"] += 1
            continue
        counts["streams"] += 1
        answer = await replay(family, exchange)
        cuts = _cuts(exchange, body) if place % (len(whole) // MOST + 1) == 0 else []
        for cut in (body, *cuts):
            counts["cuts"] += 1
            problem = await _problem(family, replace(exchange, body=cut, chunk_sizes=()), answer)
            if problem:
                wrong.append(f"{exchange.id} cut at {len(cut)} of {len(exchange.body)}: {problem}")
    report(f"{family.name} {provider} truncation ({source})", counts)
    assert not wrong, listed(wrong, counts["cuts"])
    if whole and family.without_end(whole[-1].body) is not None:
        assert counts["streams"]
    if not whole:
        pytest.skip(f"{family.name}: there is no stream of {provider} in {source}")


def _cuts(exchange: Exchange, body: bytes) -> list[bytes]:
    """The beginning of what is left, cut after its first events (so that it is still a stream), always the same."""
    first = [block for block in blocks_of(body, framing_of(exchange))[:2] if block.data]
    least = sum(len(each.before) + len(each.data) + len(each.after) for each in first)
    chance = random.Random(exchange.id)
    return [body[: chance.randrange(least, len(body))] for _ in range(CUTS)] if least < len(body) else []


async def _problem(family: Family, cut: Exchange, answer: LanguageResult) -> str | None:
    try:
        result = await replay(family, cut)
    except StreamError as error:
        partial = error.partial
    except AISDKError as error:
        return f"{error!r} is no StreamError"
    else:
        return f"it gave {result!r}"
    if not isinstance(partial, LanguageResult):
        return f"its partial result is {partial!r}"
    if not (answer.text.startswith(partial.text) and answer.reasoning.startswith(partial.reasoning)):
        return f"its partial result says {partial.text!r} {partial.reasoning!r}"
    return None
