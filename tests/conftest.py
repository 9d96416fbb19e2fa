"""``async def test_...`` functions run on the virtual clock."""

from __future__ import annotations

import gc
import inspect
import os
import signal
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis.statistics import collector

from ai_sdk.testing import run

LAST = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also when the tests themselves run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine function on a fresh virtual-clock loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    run(pyfuncitem.obj(**{name: value for name, value in pyfuncitem.funcargs.items() if name in names}))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
    """Remember which test is the last of its module."""
    item.stash[LAST] = nextitem is None or nextitem.path != item.path
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Collect garbage at the end of each module, so that what a test left open is found there and not anywhere."""
    try:
        return (yield from _counted(item))
    finally:
        if item.stash.get(LAST, False):
            gc.collect()


def _counted(item: pytest.Item) -> Generator[None, Any, Any]:
    """Write to the file that AI_SDK_EXAMPLES_REPORT names how many examples of hypothesis a test ran."""
    report = os.environ.get("AI_SDK_EXAMPLES_REPORT")
    if report is None:
        return (yield)
    counts: list[int] = []

    def count(statistics: Mapping[str, Any]) -> None:
        phases = [phase for name, phase in statistics.items() if name.endswith("-phase")]
        counts.append(sum(len(phase["test-cases"]) for phase in phases))

    with cast("Any", collector).with_value(count):
        result = yield
    with Path(report).open("a") as file:
        file.write(f"{getattr(item, 'originalname', None) or item.name} {sum(counts)}\n")
    return result
