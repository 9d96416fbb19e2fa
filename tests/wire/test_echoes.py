"""An answer that we folded encodes to the turn that the recorded next request says it in."""

from __future__ import annotations

import json
from collections import Counter

from wire.family import Family
from wire.harness import by_provider, chosen_or_skip, echoed, least, listed, plain, replay
from wire.kit import report, sources


@sources
@by_provider
async def test_a_folded_answer_encodes_to_the_turn_that_the_next_request_echoes(
    family: Family, provider: str, source: str
) -> None:
    chosen, _ = chosen_or_skip(family, provider, source)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for exchange, echo in echoed(family, chosen):
        if echo is None:
            counts["rewritten by the client"] += 1
            continue
        counts["echoes"] += 1
        ours = plain(family.encode_turn(await replay(family, exchange), exchange))
        if family.alike is not None:
            same = family.alike(ours, echo)
        else:
            same = family.normalised(ours) == family.normalised(echo)
        if not same and exchange.id in family.explained:
            counts[f"explained: {family.explained[exchange.id]}"] += 1
        elif not same:
            wrong.append(f"{exchange.id}:\n    we send {json.dumps(ours)}\n    it sent {json.dumps(echo)}")
    report(f"{family.name} {provider} echoes ({source})", counts)
    assert not wrong, listed(wrong, counts["echoes"])
    assert counts["echoes"] >= least(family, provider, source, "echoes")
