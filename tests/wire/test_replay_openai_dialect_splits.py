"""How the bytes of a stream are split changes nothing, along the whole path of a provider."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from ai_sdk.errors import AISDKError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.testing.replay import Exchange
from wire.kit import parts_of, providers, report, sources, streams

SMALL = 1_800
FRAMED = 4_000
SAMPLES = 5


async def outcome(exchange: Exchange, split: Iterable[int] | int) -> object:
    """The parts, or the error with what had arrived."""
    try:
        return await parts_of(exchange, split if isinstance(split, int) else tuple(split))
    except AISDKError as error:
        return type(error), str(error), getattr(error, "partial", None)


async def differing(exchange: Exchange, splits: Iterable[Iterable[int] | int]) -> list[object]:
    """The splits that change the outcome."""
    whole = await outcome(exchange, ())
    return [split for split in splits if await outcome(exchange, split) != whole]


@sources
@providers
async def test_every_offset_of_small_streams(provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: dict[str, list[object]] = {}
    for exchange in streams(provider, source):
        if len(exchange.body) > SMALL:
            continue
        offsets = range(1, len(exchange.body))
        counts["streams"] += 1
        counts["offsets"] += len(offsets)
        if found := await differing(exchange, ([offset] for offset in offsets)):
            wrong[exchange.id] = found[:5]
    report(f"{provider} every offset ({source})", counts)
    assert not wrong
    assert source == "data" or provider == "togetherai" or counts["streams"] > 0


@sources
@providers
async def test_sampled_offsets_of_every_stream(provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: dict[str, list[object]] = {}
    for exchange in streams(provider, source):
        splits = [[offset] for offset in sampled(exchange)]
        splits.append(list(accumulate(exchange.chunk_sizes)))
        splits.append([offset for offset in range(len(exchange.body)) if exchange.body[offset] >= 0x80][:2_000])
        counts["streams"] += 1
        counts["splits"] += len(splits)
        counts["with characters of several bytes"] += bool(splits[-1])
        counts["with recorded boundaries"] += bool(exchange.chunk_sizes)
        if found := await differing(exchange, splits):
            wrong[exchange.id] = found[:5]
    report(f"{provider} sampled offsets ({source})", counts)
    assert not wrong
    assert counts["streams"] > 0


@sources
@providers
async def test_a_byte_at_a_time(provider: str, source: str) -> None:
    chosen = sorted(streams(provider, source), key=lambda exchange: (len(exchange.body), exchange.id))
    handful = chosen[:: max(1, len(chosen) // 4)][:5]
    assert handful
    for exchange in handful:
        assert not await differing(exchange, [1]), exchange.id


@sources
@providers
def test_every_offset_gives_the_same_events(provider: str, source: str) -> None:
    """The framing alone, which is where a split could do harm: quick enough for every offset of longer streams."""
    counts: Counter[str] = Counter()
    for exchange in streams(provider, source):
        body = exchange.body
        if len(body) > FRAMED:
            continue
        whole = events(body)
        counts["streams"] += 1
        counts["offsets"] += len(body)
        wrong = [at for at in range(1, len(body)) if events(body[:at], body[at:]) != whole]
        assert not wrong, f"{exchange.id}: {wrong[:5]}"
    report(f"{provider} every offset of the framing ({source})", counts)


def events(*pieces: bytes) -> list[object]:
    decoder = ServerSentEvents()
    return [*(event for piece in pieces for event in decoder.feed(piece)), *decoder.end()]


def sampled(exchange: Exchange) -> list[int]:
    """A few offsets, always the same ones: two around the end of an event, the others anywhere."""
    body = exchange.body
    chance = random.Random(exchange.id)
    ends = [offset for offset in range(len(body)) if body.startswith(b"\n\n", offset)]
    end = chance.choice(ends) if ends else 0
    return [end + 1, end + 2, *(chance.randrange(len(body)) for _ in range(SAMPLES - 2))]
