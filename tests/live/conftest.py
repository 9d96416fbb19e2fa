"""One real model server for the whole session."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from ai_sdk.providers.local import local, missing
from ai_sdk.providers.local._process import Child


@pytest.fixture(scope="session")
def parts() -> None:
    """The server and the model are installed; AI_SDK_REQUIRE_LIVE=1 makes that a must."""
    commands = missing()
    if commands:
        reason = f"the local model is not installed: run {' && '.join(commands)}"
        if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def child(parts: None) -> Iterator[Child]:
    """The server of the session."""
    del parts
    yield asyncio.run(local.server().child())
    local.close()
