"""The law of durability: a run that dies at any boundary goes on elsewhere as if nothing had happened.

The transcript is that of a run that never died, a tool whose result was saved never runs again, and a tool that may
have run is asked about, unless it is idempotent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.kit import Fate, MortalSessions, Plan, Planned, World, live_on, patient
from ai_sdk.agent import Agent, AgentResult
from ai_sdk.agent._running import AgentLoop
from ai_sdk.agent.state import CallState
from ai_sdk.approval import Approval
from ai_sdk.messages import ToolCallPart, ToolMessage
from ai_sdk.testing import run

PLAN: Plan = [[("pay", {"n": 1}), ("look", {"n": 2})], [("pay", {"n": 3})]]
MOMENTS = 30  # before and after each save, and each thing that a tool does


class Witness:
    """Answers the questions of a run, and knows which calls it was asked about as interrupted."""

    def __init__(self, *, again: bool) -> None:
        self.again = again
        self.asked: Counter[str] = Counter()

    async def __call__(self, result: AgentResult) -> list[Approval]:
        for each in result.pending:
            assert each.interrupted
            self.asked[f"{each.call.name}{each.call.arguments()['n']}"] += 1
        return [each.approve() if self.again else each.deny("it may be done") for each in result.pending]


async def life(plan: Plan, lives: Sequence[int | None], *, again: bool) -> tuple[AgentResult, World, Witness]:
    fate = Fate(lives)
    world = World(fate)
    sessions = MortalSessions(fate)
    tools = [world.tool("pay"), world.tool("look", idempotent=True)]
    witness = Witness(again=again)
    result = await live_on(lambda: Agent(Planned(plan), tools=tools, sessions=sessions), fate, sessions, witness)
    return result, world, witness


def laws(plan: Plan, result: AgentResult, world: World, witness: Witness) -> None:
    whole, _, _ = run(life(plan, [], again=True))
    effects = Counter(name for name, _ in world.effects)
    runs = Counter(f"{name}{given['n']}" for step in plan for name, given in step)
    for name, times in runs.items():
        if name.startswith("look"):
            assert effects[name] >= times and not witness.asked[name]
        elif witness.again:
            assert times <= effects[name] <= times + witness.asked[name]
        else:
            assert effects[name] <= times
    if witness.again:
        assert result.messages == whole.messages
        assert result.text == whole.text
        assert result.usage == whole.usage
        assert [step.result for step in result.steps] == [step.result for step in whole.steps]
    else:
        assert [each.role for each in result.messages] == [each.role for each in whole.messages]
        for mine, theirs in zip(answers(result), answers(whole), strict=True):
            assert mine == theirs or (mine.is_error and "interrupted" in mine.output)


def answers(result: AgentResult) -> list[Any]:
    return [part for each in result.messages if isinstance(each, ToolMessage) for part in each.content]


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_process_that_dies_at_any_moment_loses_nothing(moment: int, again: bool) -> None:
    laws(PLAN, *run(life(PLAN, [moment], again=again)))


def test_the_moments_reach_from_the_first_save_to_the_last() -> None:
    async def count() -> int:
        fate = Fate([])
        sessions = MortalSessions(fate)
        world = World(fate)
        agent = Agent(Planned(PLAN), tools=[world.tool("pay"), world.tool("look")], sessions=sessions)
        await agent.run("go", session="s")
        return fate.moment

    assert run(count()) == MOMENTS


names = st.sampled_from(["pay", "look"])
plans = st.lists(st.lists(names, min_size=1, max_size=3), max_size=3)
deaths = st.lists(st.none() | st.integers(0, 20), max_size=6)


@settings(patient, max_examples=60)
@given(plan=plans, lives=deaths, again=st.booleans())
@example(plan=[["pay", "pay"]], lives=[0, 0, 1, 3, 4, 5], again=True)
def test_any_plan_survives_any_row_of_deaths(plan: list[list[str]], lives: list[int | None], again: bool) -> None:
    numbered: Plan = [[(name, {"n": 10 * step + at}) for at, name in enumerate(each)] for step, each in enumerate(plan)]
    laws(numbered, *run(life(numbered, lives, again=again)))


def breaks(monkeypatch: pytest.MonkeyPatch, name: str, wrong: Any) -> bool:
    """Whether the laws find a wrong way of running, at some moment of death."""
    monkeypatch.setattr(AgentLoop, name, wrong)
    for moment in range(MOMENTS):
        for again in (True, False):
            try:
                laws(PLAN, *run(life(PLAN, [moment], again=again)))
            except AssertionError:
                return True
    return False


def test_a_run_that_does_not_save_before_its_tools_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hasty(self: AgentLoop, calls: list[ToolCallPart], messages: Any) -> None:
        await self._side_by_side(calls, messages)

    assert breaks(monkeypatch, "_run_all", hasty)


def test_a_run_that_runs_interrupted_tools_again_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    true = AgentLoop._decided

    async def forgetful(self: AgentLoop, call: ToolCallPart, known: CallState) -> CallState:
        return await true(self, call, replace(known, status="waiting") if known.status == "started" else known)

    assert breaks(monkeypatch, "_decided", forgetful)
