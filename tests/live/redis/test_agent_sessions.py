"""Sessions of agents in a real Redis: versions, members, branches, and what happens while Redis is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agent.kit import Planned
from redis_kit import Server

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.approval import ApprovalError
from ai_sdk.errors import InvalidRequestError
from ai_sdk.sessions import RedisSessions, SessionAccessError, SessionConflictError
from ai_sdk.stores.redis import RedisUnavailableError

pytestmark = pytest.mark.live


def test_versions_members_and_branches(server: Server) -> None:
    async def trial() -> None:
        store = RedisSessions(server.connection())
        ada, bob = store.of("ada"), store.of("bob")
        assert await store.load("a") is None
        assert await ada.save("a", {"n": 1}, 0) == 1
        with pytest.raises(SessionConflictError) as caught:
            await ada.save("a", {"n": 2}, 0)
        assert (caught.value.expected, caught.value.found) == (0, 1)
        with pytest.raises(SessionAccessError):
            await bob.load("a")
        assert (await ada.share("a", "bob", "eve: the second")).members == ("bob", "eve: the second")
        assert await bob.save("a", {"n": 3}, 1) == 2
        session = await ada.load("a")
        assert session is not None
        assert (session.data, session.version, session.info.members) == ({"n": 3}, 2, ("bob", "eve: the second"))
        branch = await bob.branch("a", "b")
        assert (branch.info.owner, branch.info.parent) == ("bob", "a")
        assert [each.members for each in await ada.list()] == [("bob", "eve: the second")]
        assert {each.name for each in await bob.list()} == {"a", "b"}
        assert (await ada.unshare("a", "bob")).members == ("eve: the second",)
        assert [each.name for each in await bob.list()] == ["b"]
        await ada.delete("a")
        assert await store.load("a") is None
        await ada.save("a", {}, 0)
        assert (await ada.list())[0].members == ()
        await RedisSessions(store.connection, name="others").save("x", {}, 0)
        assert {each.name for each in await store.list()} == {"a", "b"}
        await store.aclose()

    asyncio.run(trial())
    with pytest.raises(InvalidRequestError, match="without colons"):
        RedisSessions(server.url, name="a:b")


def test_of_many_runs_of_one_session_one_does_the_work(server: Server) -> None:
    ran: list[int] = []

    @tool(approve=False)
    async def act(n: int) -> int:
        """Act."""
        ran.append(n)
        return n

    async def trial() -> None:
        stores = [RedisSessions(server.connection()) for _ in range(5)]

        def an_agent(store: RedisSessions) -> Agent[Any]:
            return Agent(Planned([[("act", {"n": 1})]]), tools=[act], sessions=store)

        waiting = await an_agent(stores[0]).run("go", session="s")
        approvals = [waiting.pending[0].approve()]
        done = await asyncio.gather(
            *(an_agent(store).run(session="s", approvals=approvals) for store in stores), return_exceptions=True
        )
        assert ran == [1]
        assert sum(isinstance(each, SessionConflictError | ApprovalError) for each in done) == 4
        for store in stores:
            await store.aclose()

    asyncio.run(trial())


def test_a_run_stops_where_it_is_while_redis_is_gone(mortal: Server) -> None:
    ran: list[int] = []

    @tool
    async def act(n: int) -> int:
        """Act."""
        ran.append(n)
        mortal.kill()
        return n

    async def trial() -> None:
        store = RedisSessions(mortal.connection())
        agent = Agent(Planned([[("act", {"n": 1})], [("act", {"n": 2})]]), tools=[act], sessions=store)
        with pytest.raises(RedisUnavailableError):
            await agent.run("go", session="s")
        assert ran == [1]
        await store.aclose()

    asyncio.run(trial())
