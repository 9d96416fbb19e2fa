"""``async def test_...`` functions run on the virtual clock."""

from __future__ import annotations

import inspect
import signal

import pytest

from ai_sdk.testing import run


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
