"""Recorded requests, read by our inbound codec and written again: nothing changes but by reviewed rules."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ai_sdk.errors import InvalidRequestError
from ai_sdk.testing.replay import Exchange
from wire.family import Family
from wire.harness import by_provider, chosen_or_skip, listed
from wire.kit import asked, report, sources
from wire.requests import Rules, differences, without_nulls


@sources
@by_provider
def test_a_recorded_request_is_read_and_written_again(family: Family, provider: str, source: str) -> None:
    if family.inbound is None or family.encode is None:
        pytest.skip(f"{family.name} has no inbound codec yet")
    chosen, _ = chosen_or_skip(family, provider, source)
    rules = Rules(family.name)
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for exchange in chosen:
        if not asked(exchange) or exchange.status >= 400:
            counts["refused by the server or not recorded"] += 1
            continue
        counts["requests"] += 1
        found = changed(family, exchange)
        counts["equal without a rule"] += not found
        counts["equal by rules"] += bool(found) and all(map(rules.knows, found))
        for each in found:
            counts[f"rule {each}"] += 1
            if not rules.knows(each):
                unknown[each] += 1
                examples.setdefault(each, exchange.id)
    report(f"{family.name} {provider} requests ({source})", counts)
    problems = [f"{each} ({count} times, {examples[each]})" for each, count in unknown.most_common()]
    assert not problems, listed(problems, counts["requests"], 60)


def changed(family: Family, exchange: Exchange) -> list[str]:
    """How our body differs from the recorded one, null fields aside."""
    assert family.inbound is not None
    assert family.encode is not None
    body = asked(exchange)
    try:
        ours = family.encode(family.inbound(body), str(body.get("model") or "model"))
    except InvalidRequestError as error:
        return ["!" + re.sub(r"\[\d+\]\.?", "/*/", error.field or "").replace(".", "/").rstrip("/")]
    return sorted(set(differences(without_nulls(body), without_nulls(ours))))
