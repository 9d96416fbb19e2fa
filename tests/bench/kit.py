"""Models of known timing, and reports made without any model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from ai_sdk.bench import Plan, Report, Sample, Subject
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import Price
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.testing import ScriptedModel, Step

PRICE = Price(input=1, output=2)
HOSTILE = "</table><script>document.title='owned'</script><img src=x onerror=alert(1)>\x1b[31m\u202e"


def timed(waits: Sequence[float], rest: float = 0.0, usage: Usage | None = None) -> list[Step]:
    """A turn: a piece after each wait, and the end ``rest`` seconds after the last one."""
    steps: list[Step] = []
    for wait in waits:
        steps += [wait, TextDelta("word ")]
    return [*steps, rest, Finish("stop", usage or Usage(7, len(waits)))]


def scripted(*turns: Sequence[Step] | BaseException, name: str = "model") -> ScriptedModel:
    return ScriptedModel(list(turns), model_id=name)


class OneAtATime:
    """Answers one request after the other, each in ``service`` seconds, in one piece."""

    provider, model_id = "scripted", "queue"

    def __init__(self, service: float) -> None:
        self.starts: list[float] = []
        self.most = 0
        self._now = 0
        self._service = service
        self._lock = asyncio.Lock()

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        self.starts.append(asyncio.get_running_loop().time())
        self._now += 1
        self.most = max(self.most, self._now)
        async with self._lock:
            await asyncio.sleep(self._service)
        self._now -= 1
        return LanguageResponse.of([TextDelta("word"), Finish("stop", Usage(5, 1))], fold_language)


def made_report(
    names: Sequence[str] = ("groq:a", "cerebras:b"),
    *,
    simulated: bool = True,
    plan: Plan | None = None,
    scale: Sequence[float] = (1.0, 3.0),
    failing: float = 0.0,
) -> Report:
    """A report of made-up samples; the ``n``-th model is ``scale[n]`` times as slow."""
    draw = random.Random(1)
    plan = plan or Plan(requests=41, concurrency=(1, 4))
    samples: list[Sample] = []
    for at, name in enumerate(names):
        for load in plan.loads:
            for number in range(20):
                start = number * 2.0
                pieces = [0.1 * scale[at] * draw.lognormvariate(0, 0.2)]
                pieces += [pieces[0] + step * 0.01 * scale[at] for step in range(1, 10)]
                bad = draw.random() < failing
                samples.append(
                    Sample(
                        id=len(samples),
                        model=name,
                        load=load.label,
                        round=1 + number % 3,
                        at=round(start, 6),
                        chunks=() if bad else tuple(round(each, 6) for each in pieces),
                        total=round(pieces[-1] + 0.01, 6),
                        input_tokens=None if bad else 200,
                        output_tokens=None if bad else 10,
                        streamed_tokens=None if bad else 10,
                        cost=None if bad else 1000,
                        error=HOSTILE if bad else None,
                        message=HOSTILE if bad else None,
                    )
                )
    subjects = tuple(Subject(name, simulated) for name in names)
    return Report(
        plan=plan,
        models=subjects,
        samples=tuple(samples),
        environment={"cpu": "a cpu", "cpus": 2, "load": 0.5, "system": "Linux", "python": "3", "packages": {"a": "1"}},
        started="2026-01-02T03:04:05+00:00",
    )
