"""Which of three providers is faster? Measured against simulated ones, so that it runs without a key."""

import asyncio
from pathlib import Path
from tempfile import gettempdir

from ai_sdk.bench import Plan, measure, page, presets, simulation
from ai_sdk.bench.text import text

PLAN = Plan(requests=15, concurrency=(1, 4), rounds=2, output_tokens=16, max_cost=0.05)


async def main() -> None:
    names = presets()["fast"]
    async with simulation(names) as models:  # with keys: measure(names, PLAN)
        report = await measure(models, PLAN, simulated=names)
    print(text(report))
    for each in report.comparisons:
        for verdict in each.verdicts:
            print(f"{each.load}, {each.words}: {verdict.winner} beats {verdict.loser}, {verdict.ratio:.1f} times")
    place = Path(gettempdir()) / "latency.html"
    place.write_text(page(report), encoding="utf-8")
    print(f"the page: {place}")


asyncio.run(main())
