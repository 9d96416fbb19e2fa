"""How the bytes of a stream are split changes nothing, along the whole path of a provider.

What is tried of a provider is bounded (``REPLAYS`` and ``FRAMED``), so that all wires together stay quick; the smallest
streams come first. ``AI_SDK_THOROUGH=1`` tries twenty times as much.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

import pytest

from ai_sdk.errors import AISDKError
from ai_sdk.testing.replay import Exchange
from wire.family import Family
from wire.framings import blocks_of, decoder_of, framing_of
from wire.harness import THOROUGH, at_most, by_provider, chosen_or_skip, outcome, streams
from wire.kit import report, sources

SMALL = 4_000
REPLAYS = at_most(1_200)
FRAMED = at_most(30_000)
SAMPLES = 5
SAMPLED = at_most(250)
"""Of more streams than this, every second, third, ... is tried."""


def streams_or_skip(family: Family, provider: str, source: str) -> list[Exchange]:
    """The streams to split."""
    chosen_or_skip(family, provider, source)
    found = streams(family, provider, source)
    if not found:
        pytest.skip(f"{family.name}: there is no stream of {provider} in {source}")
    return found


async def differing(family: Family, exchange: Exchange, splits: Iterable[Sequence[int] | int]) -> list[object]:
    """The splits that change the outcome."""
    whole = await outcome(family, exchange, ())
    return [split for split in splits if await outcome(family, exchange, split) != whole]


@sources
@by_provider
@pytest.mark.timeout(3_600 if THOROUGH else 180)
async def test_every_offset_of_the_smallest_streams(family: Family, provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: dict[str, list[object]] = {}
    for exchange in streams_or_skip(family, provider, source):
        offsets = range(1, len(exchange.body))
        if counts["offsets"] and counts["offsets"] + len(offsets) > REPLAYS:
            break
        if len(exchange.body) > SMALL:
            offsets = range(1, len(exchange.body), len(exchange.body) // REPLAYS + 1)
        counts["streams"] += 1
        counts["offsets"] += len(offsets)
        if found := await differing(family, exchange, ([offset] for offset in offsets)):
            wrong[exchange.id] = found[:5]
    report(f"{family.name} {provider} every offset ({source})", counts)
    assert not wrong


@sources
@by_provider
async def test_sampled_offsets_of_every_stream(family: Family, provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: dict[str, list[object]] = {}
    found = streams_or_skip(family, provider, source)
    for exchange in found[:: len(found) // SAMPLED + 1]:
        splits: list[Sequence[int]] = [[offset] for offset in sampled(exchange)]
        splits.append(list(accumulate(exchange.chunk_sizes)))
        splits.append([offset for offset in range(len(exchange.body)) if exchange.body[offset] >= 0x80][:500])
        counts["streams"] += 1
        counts["splits"] += len(splits)
        counts["with bytes that are not ASCII"] += bool(splits[-1])
        counts["with recorded boundaries"] += bool(exchange.chunk_sizes)
        if differ := await differing(family, exchange, splits):
            wrong[exchange.id] = differ[:5]
    report(f"{family.name} {provider} sampled offsets ({source})", counts)
    assert not wrong


@sources
@by_provider
async def test_a_byte_at_a_time(family: Family, provider: str, source: str) -> None:
    found = streams_or_skip(family, provider, source)
    for exchange in found[:: max(1, len(found) // 4)][:4]:
        assert not await differing(family, exchange, [1]), exchange.id


@sources
@by_provider
@pytest.mark.timeout(3_600 if THOROUGH else 180)
def test_every_offset_gives_the_same_events(family: Family, provider: str, source: str) -> None:
    """The framing alone, which is where a split could do harm: quick enough for more streams."""
    counts: Counter[str] = Counter()
    for exchange in streams_or_skip(family, provider, source):
        body, framing = exchange.body, framing_of(exchange)
        if len(body) > SMALL or counts["offsets"] > FRAMED:
            break
        whole = events(framing, body)
        counts[f"framed as {framing}"] += 1
        counts["offsets"] += len(body)
        wrong = [at for at in range(1, len(body)) if events(framing, body[:at], body[at:]) != whole]
        assert not wrong, f"{exchange.id}: {wrong[:5]}"
    report(f"{family.name} {provider} every offset of the framing ({source})", counts)


def events(framing: str, *pieces: bytes) -> list[object]:
    """The events of a body in pieces, and the error that they end in."""
    decoder = decoder_of(framing)
    found: list[object] = []
    try:
        for piece in pieces:
            found += decoder.feed(piece)
        found += decoder.end()
    except AISDKError as error:
        found.append((type(error), str(error)))
    return found


def sampled(exchange: Exchange) -> list[int]:
    """A few offsets, always the same ones: two around the end of an event, the others anywhere."""
    body = exchange.body
    chance = random.Random(exchange.id)
    sizes = [len(each.before) + len(each.data) + len(each.after) for each in blocks_of(body, framing_of(exchange))]
    end = chance.choice(list(accumulate(sizes)))
    near = [min(end - 1, len(body)), min(end + 1, len(body))]
    return [*near, *(chance.randrange(len(body)) for _ in range(SAMPLES - len(near)))]
