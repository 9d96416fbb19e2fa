"""Requests at a rate, whatever is under way, to models of your own: how long do callers wait when a server is slow?"""

import asyncio

from ai_sdk.bench import Plan, Progress, measure
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import FREE
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language


class OneAtATime:
    """A server that answers one request after the other, each in 20 ms."""

    provider, model_id = "mine", "slow"

    def __init__(self) -> None:
        self.free = asyncio.Lock()

    async def __call__(self, request: LanguageRequest) -> LanguageResponse:
        async with self.free:
            await asyncio.sleep(0.02)
        return LanguageResponse.of([TextDelta("done"), Finish("stop", Usage(10, 1))], fold_language)


def shown(progress: Progress) -> None:
    if progress.done % 40 == 0:
        print(f"{progress.done} of {progress.total}")


async def main() -> None:
    plan = Plan(requests=120, warm_up=0, rounds=1, concurrency=(1,), rate=(20, 45), arrivals="poisson")
    report = await measure([OneAtATime()], plan, prices={"mine": FREE}, on_progress=shown)
    for cell in report.cells:
        assert cell.total.p50 is not None
        assert cell.total.p95 is not None
        print(
            f"{cell.load:12}  median {cell.total.p50.value * 1000:4.0f} ms  p95 {cell.total.p95.value * 1000:4.0f} ms"
        )


asyncio.run(main())
