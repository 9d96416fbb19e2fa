"""A thousand calls at once succeed and leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import resource
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_sdk import generate_text, stream_text
from ai_sdk.http import HTTP
from ai_sdk.testing.fault_server import FaultServer, Stall
from faults.table import TEXT, ChatModel, bare_model

MANY = 1000
DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for both ends of a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MANY if hard == resource.RLIM_INFINITY else min(4 * MANY, hard)
    if wanted < 2 * MANY + 100:
        pytest.skip(f"this process may open only {wanted} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def call(model: ChatModel) -> str:
    return (await generate_text(model, "hi")).text


async def stream(model: ChatModel) -> str:
    async with stream_text(model, "hi") as answer:
        return "".join([delta async for delta in answer.text])


def open_files() -> int | None:
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else None


async def leaving_nothing(server: FaultServer, work: Callable[[ChatModel], Awaitable[None]]) -> None:
    """Do the work with a model of its own HTTP door and see that it leaves no task, connection, file or complaint."""
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    before = open_files()
    http = HTTP()
    await work(bare_model(server, http))
    await http.aclose()
    async with asyncio.timeout(5):
        await server.until(lambda: server.open_connections == 0)
    gc.collect()
    assert complaints == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert open_files() == before


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("ask", [call, stream])
def test_a_thousand_at_once_all_succeed(ask: Callable[[ChatModel], Awaitable[str]]) -> None:
    async def work(model: ChatModel) -> None:
        assert await asyncio.gather(*(ask(model) for _ in range(MANY))) == [TEXT] * MANY

    with FaultServer() as server:
        asyncio.run(leaving_nothing(server, work))
        assert len(server.requests) == MANY
        assert server.aborted == []


@pytest.mark.usefixtures("many_files")
def test_three_hundred_abandoned_streams_leave_nothing() -> None:
    async def left(model: ChatModel) -> None:
        async with stream_text(model, "hi") as answer:
            async for _ in answer.text:
                return

    async def work(model: ChatModel) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(150):
                group.create_task(left(model))
            cancelled = [group.create_task(stream(model)) for _ in range(150)]
            await server.until(lambda: len(server.requests) == 300)
            for task in cancelled:
                task.cancel()

    with FaultServer([Stall(1)]) as server:
        asyncio.run(leaving_nothing(server, work))
        server.block_until(lambda: len(server.aborted) == 300)
