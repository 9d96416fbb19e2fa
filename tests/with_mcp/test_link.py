"""Connections that end: what happens to the calls in flight, to later calls, and to what was opened."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from with_mcp.kit import Line, Seen, busy_server

from ai_sdk.mcp import MCPClient, MCPConnectionError, MCPTimeoutError, connect
from ai_sdk.mcp._link import Link
from ai_sdk.messages import ToolCallPart
from ai_sdk.testing import run


async def start(client: MCPClient, tool: str, key: str, seconds: float) -> asyncio.Task[Any]:
    found = {each.name: each for each in await client.tools()}[tool]
    part = ToolCallPart(key, tool, f'{{"key": "{key}", "seconds": {seconds}}}')
    call = asyncio.create_task(found.run(part))
    await asyncio.sleep(1)
    return call


async def test_a_call_that_was_cut_off_may_have_run_and_is_not_repeated() -> None:
    seen = Seen()
    line = Line(busy_server(seen))
    async with connect(line, name="it", trust_annotations=True) as client:
        call = await start(client, "sleep", "a", 40)
        await line.cut()
        with pytest.raises(MCPConnectionError, match="MCP server it: the tool sleep: .* may have run") as caught:
            await call
        assert caught.value.may_have_run
        assert not caught.value.retryable
        await asyncio.sleep(100)
        assert seen.started == ["a"]
        assert "slept b" in str(await client.call_tool("sleep", {"key": "b", "seconds": 1}))
        assert line.lives == 2
    assert line.open == 0


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_idempotent_call_is_repeated_only_for_a_server_that_is_trusted(trusted: bool) -> None:
    seen = Seen()
    line = Line(busy_server(seen))
    async with connect(line, trust_annotations=trusted) as client:
        call = await start(client, "nap", "a", 40)
        await line.cut()
        if trusted:
            assert "slept a" in str(await call)
        else:
            with pytest.raises(MCPConnectionError):
                await call
    assert seen.started == (["a", "a"] if trusted else ["a"])


async def test_an_idempotent_call_is_repeated_once() -> None:
    seen = Seen()
    line = Line(busy_server(seen))
    async with connect(line, trust_annotations=True, restarts=50) as client:
        call = await start(client, "nap", "a", 40)
        for _ in range(2):
            await line.cut()
            await asyncio.sleep(10)
        with pytest.raises(MCPConnectionError):
            await call
    assert seen.started == ["a", "a"]


async def test_calls_wait_while_the_connection_is_made_again() -> None:
    line = Line(busy_server())
    async with connect(line, restarts=5) as client:
        await client.tools()
        line.refusals = 3
        await line.cut()
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
        assert await client.call_tool("point", {"x": 1}) == {"x": 1, "y": -1}
        assert 0.25 + 0.5 + 1 - 0.1 <= asyncio.get_running_loop().time() - began <= 0.5 + 1 + 2
        assert line.lives == 2


async def test_a_server_that_stays_away_is_said_to_each_call_and_tried_again_by_each() -> None:
    line = Line(busy_server())
    async with connect(line, restarts=2) as client:
        await client.tools()
        line.refusals = 4
        await line.cut()
        await asyncio.sleep(0.01)
        with pytest.raises(MCPConnectionError, match="no connection: ConnectionRefusedError") as caught:
            await client.call_tool("point", {"x": 1})
        assert not caught.value.may_have_run
        assert caught.value.retryable
        assert line.refusals == 1
        await asyncio.sleep(1000)
        assert line.refusals == 1
        with pytest.raises(MCPConnectionError):
            await client.call_tool("point", {"x": 1})
        assert await client.call_tool("point", {"x": 1}) == {"x": 1, "y": -1}


async def test_a_server_that_dies_at_once_each_time_is_not_started_for_ever() -> None:
    line = Line(busy_server())
    async with connect(line, restarts=3) as client:
        for _ in range(20):
            await line.cut()
            await asyncio.sleep(60)
        assert line.lives == 4
        assert await client.call_tool("point", {"x": 1}) == {"x": 1, "y": -1}


async def test_the_first_connection_is_tried_once() -> None:
    line = Line(busy_server())
    line.refusals = 1
    client = connect(line, name="it")
    with pytest.raises(MCPConnectionError, match="MCP server it: no connection"):
        async with client:
            raise AssertionError
    assert line.refusals == 0
    async with client:
        assert await client.tools()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    class Silent(Line):
        async def silent(self) -> None:
            await asyncio.sleep(10_000)

        def __init__(self) -> None:
            super().__init__(busy_server())
            self.server.run = lambda *_: self.silent()  # type: ignore[method-assign]

    line = Silent()
    with pytest.raises(MCPConnectionError, match="no connection within 7 s"):
        async with connect(line, connect_timeout=7):
            raise AssertionError
    assert line.open == 0


async def test_a_call_that_never_left_cannot_have_run() -> None:
    line = Line(busy_server())
    async with connect(line, timeout=3) as client:
        await client.tools()
        line.refusals = 100
        await line.cut()
        await asyncio.sleep(0.01)
        with pytest.raises(MCPTimeoutError) as caught:
            await client.call_tool("point", {"x": 1})
        assert not caught.value.may_have_run


async def test_closing_fails_the_calls_in_flight_and_waits_for_the_end() -> None:
    seen = Seen()
    line = Line(busy_server(seen))
    async with connect(line) as client:
        call = await start(client, "sleep", "a", 40)
    assert line.open == 0
    with pytest.raises(MCPConnectionError) as caught:
        await call
    assert caught.value.may_have_run
    assert seen.cancelled == ["a"]


async def test_a_connection_that_does_not_end_is_dropped() -> None:
    line = Line(busy_server())
    line.lingers = 1_000_000
    async with connect(line) as client:
        await client.tools()
        await line.cut()
        await asyncio.sleep(0.01)
        began = asyncio.get_running_loop().time()
        assert await client.call_tool("point", {"x": 1}) == {"x": 1, "y": -1}
        assert asyncio.get_running_loop().time() - began < 12
    assert asyncio.get_running_loop().time() - began < 25
    assert line.open == 0


async def test_a_cancelled_block_closes_too() -> None:
    line = Line(busy_server())

    async def use() -> None:
        async with connect(line) as client:
            await client.call_tool("sleep", {"key": "a", "seconds": 1000})

    task = asyncio.create_task(use())
    await asyncio.sleep(5)
    assert line.open == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert line.open == 0
    assert len(asyncio.all_tasks()) == 1


Steps = list[tuple[str, int, float]]


async def nothing_runs_twice_or_stays_open(steps: Steps, last: float) -> None:
    """The law: a call runs at most once, its error says truly whether it may have run, and all is closed at the end."""
    seen = Seen()
    line = Line(busy_server(seen))
    calls: dict[str, asyncio.Task[Any]] = {}
    async with connect(line, trust_annotations=True, timeout=200) as client:
        await client.tools()
        for at, (what, which, seconds) in enumerate(steps):
            if what == "call":
                arguments = {"key": f"k{at}", "seconds": seconds}
                calls[f"k{at}"] = asyncio.create_task(client.call_tool("sleep", arguments))
            elif what == "cut" and line.open:
                await line.cut()
            elif what == "cancel" and calls:
                list(calls.values())[which % len(calls)].cancel()
            elif what == "refuse":
                line.refusals = which % 3
            await asyncio.sleep(seconds / 4)
        await asyncio.sleep(last)
    assert line.open == 0
    done = await asyncio.gather(*calls.values(), return_exceptions=True)
    assert len(seen.started) == len(set(seen.started))
    for key, outcome in zip(calls, done, strict=True):
        if isinstance(outcome, MCPConnectionError):
            assert outcome.may_have_run or key not in seen.started
        elif not isinstance(outcome, asyncio.CancelledError):
            assert key in seen.finished
    assert len(asyncio.all_tasks()) == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["call", "cut", "cancel", "wait", "refuse"]), st.integers(0, 5), st.floats(0.01, 20)),
        max_size=12,
    ),
    st.floats(0.01, 30),
)
def test_whatever_happens_no_tool_runs_twice_and_nothing_stays_open(steps: Steps, last: float) -> None:
    run(nothing_runs_twice_or_stays_open(steps, last))


CUT: Steps = [("call", 0, 20.0), ("cut", 0, 1.0)]


def test_the_law_rejects_a_link_that_repeats_what_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Link._request

    async def repeats(self: Link, ask: Any, what: str, timeout: float | None, again: bool) -> Any:
        return await honest(self, ask, what, timeout, True)

    monkeypatch.setattr(Link, "_request", repeats)
    with pytest.raises(AssertionError):
        run(nothing_runs_twice_or_stays_open(CUT, 30.0))


def test_the_law_rejects_a_link_that_denies_that_a_call_may_have_run(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = MCPConnectionError.__init__

    def denies(self: MCPConnectionError, message: str, *, server: str, may_have_run: bool) -> None:
        honest(self, message, server=server, may_have_run=False)

    monkeypatch.setattr(MCPConnectionError, "__init__", denies)
    with pytest.raises(AssertionError):
        run(nothing_runs_twice_or_stays_open(CUT, 30.0))


def test_the_law_rejects_a_link_that_leaves_its_task_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async def leaves(self: Link) -> None:
        self._closing = True

    monkeypatch.setattr(Link, "aclose", leaves)
    with pytest.raises(AssertionError):
        run(nothing_runs_twice_or_stays_open([], 1.0))
