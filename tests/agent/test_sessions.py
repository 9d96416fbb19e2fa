"""Session stores: versions, users, branches; in memory and in SQLite, where other processes write too."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import threading
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.kit import Planned, patient
from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.approval import ApprovalError
from ai_sdk.errors import InvalidRequestError
from ai_sdk.sessions import (
    MemorySessions,
    SessionAccessError,
    SessionConflictError,
    Sessions,
    SQLiteSessions,
    TeamSessions,
)
from ai_sdk.testing import run


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TeamSessions:
    return MemorySessions() if request.param == "memory" else SQLiteSessions(tmp_path / "sessions.db")


async def test_a_session_is_saved_with_the_version_that_was_read(store: TeamSessions) -> None:
    assert await store.load("a") is None
    assert await store.save("a", {"n": 1, "phase": "model"}, 0) == 1
    assert await store.save("a", {"n": 2, "phase": "finished"}, 1) == 2
    session = await store.load("a")
    assert session is not None
    assert (session.version, session.data, session.info.phase) == (2, {"n": 2, "phase": "finished"}, "finished")
    for version in (0, 1, 3):
        with pytest.raises(SessionConflictError) as caught:
            await store.save("a", {"n": 3}, version)
        assert (caught.value.expected, caught.value.found) == (version, 2)
    with pytest.raises(SessionConflictError):
        await store.save("b", {}, 4)
    assert session == await store.load("a")
    await store.delete("a")
    assert await store.load("a") is None
    await store.aclose()


async def test_of_many_writers_one_wins(store: TeamSessions) -> None:
    await store.save("a", {"winner": None}, 0)
    done = await asyncio.gather(*(store.save("a", {"winner": n}, 1) for n in range(10)), return_exceptions=True)
    (winner,) = [n for n, each in enumerate(done) if each == 2]
    assert sum(isinstance(each, SessionConflictError) for each in done) == 9
    session = await store.load("a")
    assert session is not None
    assert session.data == {"winner": winner}
    await store.aclose()


async def test_users_see_their_own_and_what_was_shared(store: TeamSessions) -> None:
    ada, bob = store.of("ada"), store.of("bob")
    await ada.save("plan", {}, 0)
    await bob.save("other", {}, 0)
    await store.save("nobody's", {}, 0)
    attempts: list[Awaitable[Any]] = [
        bob.load("plan"),
        bob.save("plan", {}, 1),
        bob.branch("plan"),
        bob.delete("plan"),
        ada.load("other"),
    ]
    for attempt in attempts:
        with pytest.raises(SessionAccessError):
            await attempt
    info = await ada.share("plan", "bob", "bob", "eve")
    assert (info.members, info.version) == (("bob", "eve"), 1)
    assert [each.name for each in await bob.list()] == ["other", "plan"] or len(await bob.list()) == 2
    assert await bob.save("plan", {"n": 1}, 1) == 2
    assert [each.owner for each in await bob.list() if each.name == "plan"] == ["ada"]
    attempts = [bob.delete("plan"), bob.share("plan", "carl"), bob.unshare("plan", "eve")]
    for attempt in attempts:
        with pytest.raises(SessionAccessError):
            await attempt
    assert (await ada.unshare("plan", "bob")).members == ("eve",)
    with pytest.raises(SessionAccessError):
        await bob.load("plan")
    assert {each.name for each in await store.list()} == {"plan", "other", "nobody's"}
    await store.aclose()


async def test_sharing_loses_no_save_and_no_save_loses_a_member(store: TeamSessions) -> None:
    ada = store.of("ada")
    version = await ada.save("plan", {"n": 0}, 0)
    for n in range(1, 6):
        _, version = await asyncio.gather(ada.share("plan", f"user{n}"), ada.save("plan", {"n": n}, version))
    session = await ada.load("plan")
    assert session is not None
    assert (session.data, session.version) == ({"n": 5}, 6)
    assert session.info.members == tuple(f"user{n}" for n in range(1, 6))
    await store.aclose()


@tool(approve=False)
def pay(n: int) -> str:
    """Pay."""
    return f"paid {n}"


async def test_a_branch_is_another_run(store: TeamSessions) -> None:
    agent = Agent(Planned([[("pay", {"n": 1})]]), tools=[pay], sessions=store.of("ada"), approval_key=b"k" * 16)
    waiting = await agent.run("go", session="plan")
    branch = await store.of("ada").branch("plan", "other plan")
    assert (branch.info.parent, branch.info.owner, branch.version) == ("plan", "ada", 1)
    approval = waiting.pending[0].approve()
    with pytest.raises(ApprovalError):
        await agent.run(session="other plan", approvals=[approval])
    own = await agent.run(session="other plan")
    denied = await agent.run(session="other plan", approvals=[own.pending[0].deny()])
    paid = await agent.run(session="plan", approvals=[approval])
    assert (denied.steps[0].tool_results[0].is_error, paid.steps[0].tool_results[0].output) == (True, "paid 1")
    named = await store.branch("plan")
    assert named.info.name.startswith("plan-")
    with pytest.raises(SessionConflictError):
        await store.branch("plan", "other plan")
    with pytest.raises(SessionAccessError):
        await store.branch("nothing")
    await store.aclose()


async def test_two_processes_that_go_on_with_one_session_run_a_tool_once(store: TeamSessions) -> None:
    ran: list[int] = []

    @tool(approve=False)
    async def act(n: int) -> int:
        """Act."""
        ran.append(n)
        await asyncio.sleep(0)
        return n

    def an_agent() -> Agent[Any]:
        return Agent(Planned([[("act", {"n": 1})]]), tools=[act], sessions=store)

    waiting = await an_agent().run("go", session="s")
    approvals = [waiting.pending[0].approve()]
    done = await asyncio.gather(
        *(an_agent().run(session="s", approvals=approvals) for _ in range(5)), return_exceptions=True
    )
    assert ran == [1]
    assert sum(isinstance(each, SessionConflictError | ApprovalError) for each in done) == 4
    await store.aclose()


async def test_a_process_that_was_given_up_too_early_cannot_go_on(store: TeamSessions) -> None:
    ran: list[int] = []

    @tool
    async def act(n: int) -> int:
        """Act."""
        await asyncio.sleep(n)
        ran.append(n)
        return n

    def an_agent() -> Agent[Any]:
        return Agent(Planned([[("act", {"n": 100})]]), tools=[act], sessions=store)

    early = asyncio.ensure_future(an_agent().run("go", session="s"))
    await asyncio.sleep(50)
    late = await an_agent().run(session="s")
    assert [(each.call.name, each.interrupted) for each in late.pending] == [("act", True)]
    done = await an_agent().run(session="s", approvals=[late.pending[0].deny()])
    with pytest.raises(SessionConflictError):
        await early
    assert (done.text, ran) == ("done after 1", [100])
    assert done.steps[0].tool_results[0].is_error
    await store.aclose()


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", 3])
async def test_names_that_make_no_sense_are_refused(name: Any) -> None:
    sessions = MemorySessions()
    attempts: list[Awaitable[Any]] = [sessions.load(name), sessions.save(name, {}, 0), sessions.delete(name)]
    for attempt in attempts:
        with pytest.raises(InvalidRequestError, match="printable"):
            await attempt
    with pytest.raises(InvalidRequestError, match="printable"):
        sessions.of(name)


WRITER = """
import asyncio, sys
from ai_sdk.sessions import SQLiteSessions, SessionConflictError

async def main():
    store = SQLiteSessions(sys.argv[1])
    won = 0
    for _ in range(20):
        while True:
            session = await store.load("count")
            try:
                await store.save("count", {"n": session.data["n"] + 1}, session.version)
            except SessionConflictError:
                continue
            won += 1
            break
    await store.aclose()
    print(won)

asyncio.run(main())
"""


def test_processes_that_count_together_lose_nothing(tmp_path: Path) -> None:
    import ai_sdk

    path = tmp_path / "sessions.db"
    store = SQLiteSessions(path)
    run(store.save("count", {"n": 0}, 0))
    environment = {"PYTHONPATH": str(Path(ai_sdk.__path__[0]).parent)}
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path)]
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [each.communicate(timeout=60)[0] for each in processes] == ["20\n"] * 3
    session = run(store.load("count"))
    assert session is not None
    assert (session.data, session.version) == ({"n": 60}, 61)
    run(store.aclose())


def test_a_store_serves_several_loops_and_threads_and_closes_with_them(tmp_path: Path) -> None:
    store = SQLiteSessions(tmp_path / "sessions.db")

    def save(name: str, into: SQLiteSessions) -> None:
        run(into.save(name, {}, 0))

    def save_eight(store: SQLiteSessions) -> None:
        threads = [threading.Thread(target=save, args=(f"s{n}", store)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    save_eight(store)
    assert len(run(store.list())) == 8
    assert store._file._connection is not None
    kept = store._file
    del store
    gc.collect()
    assert kept._connection is None


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    store = SQLiteSessions(str(tmp_path / "sessions.db"))
    run(store.save("a", {}, 0))
    connection = store._file._connection
    assert connection is not None
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert str(tmp_path) in repr(store)
    run(store.aclose())
    assert run(store.load("a")) is not None
    run(store.aclose())
    with pytest.raises(InvalidRequestError, match="above 0"):
        SQLiteSessions("x", timeout=0)


class LastWins(MemorySessions):
    """Wrong: it does not look at the version."""

    async def _write(self, session: Any, version: int) -> int:
        known = await self._info(session.info.name)
        await super()._write(session, known.version if known else 0)
        return version


async def count_together(store: Sessions, writers: int, rounds: int) -> int:
    """How many of the increments of several writers are in the store, less those that were told to have been."""
    won = 0

    async def write() -> None:
        nonlocal won
        for _ in range(rounds):
            session = await store.load("n")
            assert session is not None
            await asyncio.sleep(0)
            try:
                await store.save("n", {"n": session.data["n"] + 1}, session.version)
                won += 1
            except SessionConflictError:
                pass

    await store.save("n", {"n": 0}, 0)
    await asyncio.gather(*(write() for _ in range(writers)))
    session = await store.load("n")
    assert session is not None
    return int(session.data["n"]) - won


@settings(patient, max_examples=20)
@given(st.integers(2, 4), st.integers(1, 4))
def test_no_update_is_lost_and_a_store_that_loses_one_is_found(writers: int, rounds: int) -> None:
    assert run(count_together(MemorySessions(), writers, rounds)) == 0
    assert run(count_together(LastWins(), writers, rounds)) < 0


def test_errors_survive_other_processes() -> None:
    import pickle

    error = SessionConflictError("s", expected=1, found=2)
    again = pickle.loads(pickle.dumps(error))
    assert (again.session, again.expected, again.found, str(again)) == ("s", 1, 2, str(error))
    assert json.dumps(str(error))
