"""One real model server for the whole session."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from live.chromium_kit import browser as browser

from ai_sdk.providers.local import local, missing
from ai_sdk.providers.local._media import MEDIA
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


@pytest.fixture(scope="session")
def media() -> Iterator[None]:
    """The voice, the ears, the eyes and the sentence encoder are installed; AI_SDK_REQUIRE_LIVE=1 makes that a must."""
    commands = sorted({command for name in MEDIA for command in missing(name)})
    if commands:
        reason = f"the local media models are not installed: run {' && '.join(commands)}"
        if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    yield
    local.close()
