"""Whoever leaves early frees the connection and what was held around the call; any loop or thread may call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from ai_sdk import generate_text, stream_text
from ai_sdk.testing.fault_server import Fault, FaultServer, Stall, StallHeaders
from faults.table import LEAVING, TEXT, WITHIN, ChatModel, bare_model, cancelled_call, drop_response, released


@pytest.mark.parametrize("leave", LEAVING.values(), ids=lambda leave: leave.__name__)
def test_leaving_early_frees_the_connection_and_the_slot(leave: Callable[[ChatModel], Awaitable[None]]) -> None:
    async def main() -> None:
        async with FaultServer() as server:
            assert await released(server, leave)
            async with asyncio.timeout(WITHIN):
                await server.until(lambda: server.open_connections == 0)

    asyncio.run(main())


def test_dropping_a_response_warns() -> None:
    async def main() -> None:
        async with FaultServer([Stall(2)]) as server:
            with pytest.warns(ResourceWarning, match="unclosed"):
                await drop_response(bare_model(server))
                await server.until(lambda: bool(server.aborted))

    asyncio.run(main())


@pytest.mark.parametrize("stream", [False, True], ids=["call", "stream"])
@pytest.mark.parametrize("fault", [StallHeaders(), Stall(0)], ids=["no headers", "no content"])
def test_cancelling_a_call_closes_the_connection(fault: Fault, stream: bool) -> None:
    async def main() -> None:
        async with FaultServer() as server:
            assert await cancelled_call(server, fault, stream=stream)

    asyncio.run(main())


async def _call_and_stream(model: ChatModel) -> list[str]:
    texts = [(await generate_text(model, "hi")).text]
    async with stream_text(model, "hi") as stream:
        texts.append("".join([delta async for delta in stream.text]))
    return texts


def test_one_model_in_two_event_loops_one_after_the_other() -> None:
    with FaultServer() as server:
        model = bare_model(server)
        for _ in range(2):
            assert asyncio.run(_call_and_stream(model)) == [TEXT, TEXT]
        server.block_until(lambda: server.open_connections == 0)


def test_one_model_in_two_threads_at_once() -> None:
    texts: list[str] = []
    together = threading.Barrier(2)

    async def main(model: ChatModel) -> None:
        await asyncio.to_thread(together.wait, 5)
        for each in await asyncio.gather(*(_call_and_stream(model) for _ in range(20))):
            texts.extend(each)

    with FaultServer() as server:
        model = bare_model(server)
        threads = [threading.Thread(target=lambda: asyncio.run(main(model))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert texts == [TEXT] * 80
        server.block_until(lambda: server.open_connections == 0)


def test_a_response_dropped_after_its_loop_has_ended_frees_its_connection() -> None:
    with FaultServer([Stall(2)]) as server:
        kept: list[object] = []

        async def main() -> None:
            stream = await stream_text(bare_model(server), "hi").__aenter__()
            kept.append(stream)

        asyncio.run(main())
        with pytest.warns(ResourceWarning, match="unclosed"):
            kept.clear()
        server.block_until(lambda: server.open_connections == 0, WITHIN)
