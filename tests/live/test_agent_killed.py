"""Real processes with an agent, killed at every boundary of a run; the next process goes on.

The model is a real server on a loopback port, the sessions are in a real SQLite file.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from agent.kit import Plan, Planned

import ai_sdk
from ai_sdk.testing import ScriptedServer

pytestmark = pytest.mark.live

SRC = Path(ai_sdk.__file__).parents[1]
WORKER = Path(__file__).parent / "agent_worker.py"
PLAN: Plan = [[("pay", {"n": 1}), ("look", {"n": 2})]]
BOUNDARIES = [
    "before saving: model 1 0",
    "after saving: model 1 0",
    "before saving: tools 2 0",
    "after saving: tools 2 0",
    "before saving: tools 2 0",
    "after saving: tools 2 0",
    "in pay, before it acts",
    "in pay, after it has acted",
    "in look, before it acts",
    "in look, after it has acted",
    "before saving: tools 2 1",
    "before saving: tools 2 2",
    "after saving: tools 2 1",
    "after saving: tools 2 2",
]


@dataclass
class Life:
    """What a run of several processes came to."""

    moment: int
    policy: str
    killed: int | None
    told: dict[str, Any]
    effects: Counter[str]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Planned(PLAN)) as running:
        yield running


async def begun(*words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(WORKER), *words),
        env={**os.environ, "PYTHONPATH": str(SRC)},
        stdin=pipe,
        stdout=pipe,
        limit=2**20,
    )


def words_of(server: ScriptedServer, folder: Path, moment: int, policy: str) -> list[str]:
    return [server.base_url, str(folder / "db"), str(folder / "effects"), str(moment), policy]


async def process(server: ScriptedServer, folder: Path, moment: int, policy: str) -> tuple[int | None, str]:
    """One life in an interpreter of its own."""
    child = await begun(*words_of(server, folder, moment, policy))
    out, _ = await child.communicate()
    return child.returncode, out.decode()


async def lives(server: ScriptedServer, root: Path, cases: list[tuple[int, str]]) -> list[Life]:
    """Each case: a process that is killed at a moment, and one that goes on to the end."""
    parent = await begun()
    assert parent.stdin is not None
    assert parent.stdout is not None

    async def live(*case: Any) -> tuple[int, str]:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write((" ".join(words_of(server, *case)) + "\n").encode())
        status, told = json.loads(await parent.stdout.readline())
        return status, told

    found: list[Life] = []
    for moment, policy in cases:
        folder = root / f"{moment}-{policy}"
        folder.mkdir()
        killed, _ = await live(folder, moment, policy)
        status, told = await live(folder, -1, policy)
        assert status == 0
        effects = (folder / "effects").read_text().splitlines()
        found.append(Life(moment, policy, killed, json.loads(told), Counter(effects)))
    parent.stdin.close()
    assert await parent.wait() == 0
    return found


@pytest.fixture(scope="module")
def whole(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run that nobody kills, and the names of its moments."""
    _, out = asyncio.run(process(server, tmp_path_factory.mktemp("whole"), -1, "stop"))
    told: dict[str, Any] = json.loads(out)
    return told


def test_a_run_has_all_the_boundaries(whole: dict[str, Any]) -> None:
    assert not Counter(BOUNDARIES) - Counter(whole["moments"]), whole["moments"]
    assert whole["text"] == "done after 1"
    assert [each["role"] for each in whole["messages"]] == ["assistant", "tool", "assistant"]


def test_killed_at_every_boundary_and_gone_on_with(
    server: ScriptedServer, whole: dict[str, Any], tmp_path: Path
) -> None:
    cases = [(moment, "approve") for moment in range(len(whole["moments"]))]
    found = [(whole["moments"][life.moment], life) for life in asyncio.run(lives(server, tmp_path, cases))]
    for name, life in found:
        assert life.killed == -signal.SIGKILL, name
        assert life.told["messages"] == whole["messages"], name
        assert (life.told["text"], life.told["usage"]) == (whole["text"], whole["usage"]), name
        assert life.effects["look 2"] >= 1
        assert all(each == ["pay", True] for each in life.told["asked"]), name
        assert 1 <= life.effects["pay 1"] <= 1 + len(life.told["asked"]), name
        if not any(word in name for word in ("in pay", "in look", "saving: tools")):
            assert life.told["asked"] == [], name
    shown = [f"{name:<32} pay ran {life.effects['pay 1']}x, asked {len(life.told['asked'])}x" for name, life in found]
    print("\n".join(shown))


def test_what_was_interrupted_and_is_denied_has_run_at_most_once(
    server: ScriptedServer, whole: dict[str, Any], tmp_path: Path
) -> None:
    moments: list[str] = whole["moments"]
    cases = [(at, "deny") for at, name in enumerate(moments) if "in pay" in name or "in look" in name]
    for life in asyncio.run(lives(server, tmp_path, cases)):
        name = moments[life.moment]
        assert life.effects["pay 1"] == (0 if name == "in pay, before it acts" else 1), name
        results = {each["id"]: each for each in life.told["messages"][1]["content"]}
        if life.told["asked"]:
            assert results["s0c0"]["is_error"], name
            assert "interrupted" in results["s0c0"]["output"]
        assert results["s0c1"]["output"] == "look 2 done", name
        assert life.told["text"] == "done after 1"


def test_interpreters_of_their_own_go_on_too(server: ScriptedServer, whole: dict[str, Any], tmp_path: Path) -> None:
    at = whole["moments"].index("in pay, after it has acted")
    killed, _ = asyncio.run(process(server, tmp_path, at, "stop"))
    status, told = asyncio.run(process(server, tmp_path, -1, "stop"))
    assert (killed, status) == (-signal.SIGKILL, 0)
    assert json.loads(told)["pending"] == [["pay", True]]
    assert json.loads(told)["messages"][-1]["role"] == "tool"
    assert (tmp_path / "effects").read_text().count("pay 1") == 1
