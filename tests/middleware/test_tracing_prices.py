"""The package of prices is loaded beside the event loop; until it is there, costs are unknown."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from laws.harness import STREAMED
from laws.telemetry_kit import Kept, points
from layer_laws.kinds import read

from ai_sdk.errors import MissingExtraError
from ai_sdk.middleware import tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import Price, load_prices
from ai_sdk.results import Usage
from ai_sdk.telemetry import pricing
from ai_sdk.testing import ScriptedModel, run

ANSWER: list[Any] = [TextDelta("a"), Finish("stop", Usage(1000, 1000))]


class Slow:
    """Stands in for the loading of the package: it takes until ``go`` is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.threads: list[threading.Thread] = []
        self.error = error

    def __call__(self) -> None:
        """Load."""
        self.threads.append(threading.current_thread())
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """A package that is not here yet."""
    loading = Slow()
    monkeypatch.setitem(sys.modules, "genai_prices.data", None)
    monkeypatch.setattr(pricing, "load_prices", loading)
    monkeypatch.setattr(pricing, "_package", pricing._Package())
    yield loading
    loading.go.set()
    for each in loading.threads:
        each.join(10)


def costs(kept: Kept) -> list[Any]:
    return [dict(each.attributes or {}).get("operation.cost") for each in kept.spans if each.name.startswith("chat")]


async def test_a_call_does_not_wait_for_prices_and_has_none_until_they_are_here(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()
    stack = wrap_model(ScriptedModel([ANSWER], "openai", "gpt-4o-mini"), [tracing(**kept.options)])
    await read(stack, STREAMED)
    await read(stack, STREAMED)
    assert [each is threading.main_thread() for each in slow.threads] == [False], "one thread loads, and not this one"
    assert costs(kept) == [None, None]
    assert "ai_sdk.client.cost" not in kept.instruments
    slow.go.set()
    slow.threads[0].join(10)
    monkeypatch.undo()
    await asyncio.to_thread(load_prices)
    await read(stack, STREAMED)
    assert costs(kept) == [None, None, pytest.approx(0.00075)]
    assert points(kept.instruments["ai_sdk.client.cost"])[0][0] == pytest.approx(0.00075)


async def test_prices_of_ones_own_and_free_models_need_no_package(slow: Slow) -> None:
    kept = Kept()
    own = tracing(**kept.options, prices={"openai": Price(input=1, output=1)})
    await read(wrap_model(ScriptedModel([ANSWER], "openai", "a"), [own]), STREAMED)
    await read(wrap_model(ScriptedModel([ANSWER], "llamacpp", "b"), [tracing(**kept.options)]), STREAMED)
    await read(wrap_model(ScriptedModel([ANSWER], "openai", "c"), [tracing(**kept.options, cost=False)]), STREAMED)
    assert costs(kept) == [0.002, 0.0, None]
    assert slow.threads == []


async def test_without_the_package_it_is_asked_for_once(slow: Slow) -> None:
    slow.error = MissingExtraError("no")
    slow.go.set()
    kept = Kept()
    stack = wrap_model(ScriptedModel([ANSWER], "openai", "a"), [tracing(**kept.options)])
    for _ in range(3):
        await read(stack, STREAMED)
        for each in slow.threads:
            each.join(10)
    assert len(slow.threads) == 1
    assert costs(kept) == [None, None, None]


def test_a_price_is_looked_up_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def price_of(name: str, _prices: Any) -> Price:
        asked.append(name)
        return Price(input=1, output=float(len(asked)))

    monkeypatch.setattr(pricing, "price_of", price_of)
    kept = Kept()
    stack = wrap_model(
        ScriptedModel([[TextDelta("a"), 25.0, Finish("stop", Usage(0, 1_000_000))]], "openai", "a"),
        [tracing(**kept.options, prices={"openai": Price()})],
    )

    async def main() -> None:
        for _ in range(4):
            await read(stack, STREAMED)

    run(main())
    assert costs(kept) == [1.0, 1.0, 1.0, 2.0]


SCRIPT = """
import asyncio, sys, time
from ai_sdk import wrap_model
from ai_sdk.middleware import tracing
from ai_sdk.messages import user
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing import ScriptedModel
from opentelemetry.sdk.trace import TracerProvider

async def main():
    layer = tracing(tracer_provider=TracerProvider())
    stack = wrap_model(ScriptedModel(["a"], "openai", "gpt-4o-mini"), [layer])
    assert not any(name.startswith("genai_prices") for name in sys.modules), "loaded too early"
    await (await stack(LanguageRequest(messages=(user("hi"),)))).result()
    assert "genai_prices.data" not in sys.modules, "the call has waited"
    begun = time.perf_counter()
    while not hasattr(sys.modules.get("genai_prices.data"), "providers"):
        await asyncio.sleep(0.01)
        assert time.perf_counter() - begun < 60, "nobody loads"

asyncio.run(main())
"""


def test_the_real_package_is_loaded_in_a_thread() -> None:
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{SCRIPT}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
