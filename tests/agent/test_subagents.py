"""Agents as tools of agents: their questions, limits, usage and states are the parent's."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from agent.kit import KEY, Fate, MortalSessions, Plan, Planned, World, live_on, turn
from ai_sdk import ToolContext, Usage, generate_text, tool
from ai_sdk.agent import Agent, AgentResult, AgentState, RunLimitError, RunLimits
from ai_sdk.approval import ApprovalError
from ai_sdk.messages import ToolResultPart
from ai_sdk.middleware import retry
from ai_sdk.prices import Price
from ai_sdk.sessions import MemorySessions
from ai_sdk.testing import ScriptedModel, run
from ai_sdk.tool_layers import tool_retry

NO: Plan = [[("no", dict[str, Any]())]] * 5
ASK = turn(("p0", "helper", {"task": "find it"}))


def a_family(*, outer: dict[str, Any] | None = None, **inner: Any) -> tuple[Agent[Any], list[int], ScriptedModel]:
    paid: list[int] = []

    @tool(approve=False)
    def pay(n: int) -> str:
        """Pay."""
        paid.append(n)
        return f"paid {n}"

    helper_model = ScriptedModel([turn(("h0", "pay", {"n": 5})), "helped"], model_id="helper")
    helper = Agent(helper_model, name="helper", instructions="Finds things.\n\nAlways.", tools=[pay], **inner)
    model = ScriptedModel([ASK, "all done"], model_id="boss")
    return Agent(model, name="boss", tools=[helper.as_tool()], **cast("Any", outer or {})), paid, helper_model


async def test_a_sub_agent_is_a_tool_whose_result_is_its_answer() -> None:
    helper = Agent(ScriptedModel(["found"]), name="helper", instructions="Finds things.\n\nAlways.")
    definition = helper.as_tool().definition
    assert (definition.name, definition.description) == ("helper", "Finds things.")
    assert list(definition.input_schema["properties"]) == ["task"]
    boss = Agent(ScriptedModel([ASK, "all done"]), tools=[helper.as_tool()])
    result = await boss.run("go")
    assert result.steps[0].tool_results == (ToolResultPart("p0", "helper", "found"),)


async def test_its_questions_are_those_of_the_run_around_it() -> None:
    boss, paid, helper_model = a_family(outer={"approval_key": KEY})
    result = await boss.run("go")
    (request,) = result.pending
    assert (request.agent, request.call.name, result.state.phase) == ("helper", "pay", "waiting")
    assert len(request.signature) == 64
    state = AgentState.from_dict(json.loads(json.dumps(result.state.to_dict())))
    again = await boss.run(state=state)
    assert (again.pending, len(helper_model.calls), paid) == (result.pending, 1, [])
    done = await boss.run(state=state, approvals=[request.approve()])
    assert (done.text, paid, len(helper_model.calls)) == ("all done", [5], 2)
    with pytest.raises(ApprovalError):
        await boss.run(state=done.state, approvals=[request.approve()])


async def test_its_tokens_steps_cost_and_attempts_count() -> None:
    prices = {"scripted:boss": Price(input=1, output=1), "scripted:helper": Price(input=10, output=10)}
    helper = Agent(ScriptedModel([turn(("h0", "none", {}), usage=Usage(7, 3)), "ok"], model_id="helper"))
    boss = Agent(
        ScriptedModel([ASK, "all done"], model_id="boss"), tools=[helper.as_tool(name="helper")],
        limits=RunLimits(prices=prices),
    )  # fmt: skip
    result = await boss.run("go")
    assert result.usage == Usage(10 + 7 + 1, 5 + 3 + 2)
    assert result.state.spent.steps == 3
    assert result.cost == pytest.approx((10 + 5 + 1 + 2 + 10 * (7 + 3)) / 1e6)
    assert sorted(each.model for each in result.attempts) == ["scripted:boss", "scripted:boss", "scripted:helper"]


@pytest.mark.parametrize("limits", [RunLimits(steps=2), RunLimits(tokens=16)])
async def test_it_stops_when_the_run_around_it_reaches_a_limit_and_goes_on_with_more(limits: RunLimits) -> None:
    helper_model = Planned([[("double", {"n": 1})], [("double", {"n": 2})]])
    doubled: list[int] = []

    @tool
    def double(n: int) -> int:
        """Double."""
        doubled.append(n)
        return 2 * n

    helper = Agent(helper_model, name="helper", tools=[double])
    middle = Agent(ScriptedModel([ASK, "middle"]), name="middle", tools=[helper.as_tool()])
    top = turn(("t0", "middle", {"task": "x"}), ("t1", "double", {"n": 9}))
    boss = Agent(ScriptedModel([top, "all done"]), tools=[middle.as_tool(), double], limits=limits)
    with pytest.raises(RunLimitError) as caught:
        await boss.run("go")
    assert caught.value.state.agent == "agent"
    assert doubled[0] == 9
    state = AgentState.from_dict(json.loads(json.dumps(caught.value.state.to_dict())))
    result = await boss.replace(limits=None).run(state=state)
    assert (result.text, sorted(doubled), result.pending) == ("all done", [1, 2, 9], ())


async def test_a_limit_of_its_own_is_an_error_for_the_model_around_it() -> None:
    @tool
    def no() -> int:
        """Say no."""
        return 1

    helper = Agent(Planned(NO), name="helper", tools=[no], limits=RunLimits(steps=2))
    boss = Agent(ScriptedModel([ASK, "all done"]), tools=[helper.as_tool()])
    result = await boss.run("go")
    (answer,) = result.steps[0].tool_results
    assert answer.is_error
    assert "2 of 2 steps" in answer.output
    assert result.state.spent.steps == 4


async def test_it_has_the_dependencies_of_the_run_around_it() -> None:
    @tool
    def look(context: ToolContext[str]) -> str:
        """Look."""
        return context.deps

    helper = Agent(ScriptedModel([turn(("h0", "look", {})), "ok"]), name="helper", tools=[look])
    boss: Agent[str] = Agent(ScriptedModel([ASK, "all done"]), tools=[helper.as_tool()])
    seen = ScriptedModel([turn(("h0", "look", {})), "ok"])
    boss = boss.replace(tools=[helper.replace(model=seen).as_tool()])
    await boss.run("go", deps="database")
    assert seen.calls[1].messages[-1].content[0] == ToolResultPart("h0", "look", "database")


async def test_without_an_agent_around_it_its_questions_are_an_error() -> None:
    @tool(approve=False)
    def pay() -> str:
        """Pay."""
        return "paid"

    helper = Agent(ScriptedModel([turn(("h0", "pay", {}))]), name="helper", tools=[pay])
    result = await generate_text(ScriptedModel([ASK, "ok"]), "go", tools=[helper.as_tool()])
    (answer,) = result.steps[0].tool_results
    assert "the agent helper waits for the approval of pay" in answer.output


async def test_layers_take_its_question_for_no_error() -> None:
    boss, paid, helper_model = a_family(outer={"tool_layers": [tool_retry(3, delay=0), retry()]})
    result = await boss.run("go")
    assert (len(result.pending), len(helper_model.calls)) == (1, 1)
    done = await boss.run(state=result.state, approvals=[result.pending[0].approve()])
    assert (done.text, paid) == ("all done", [5])


@pytest.mark.parametrize("moment", range(48))
def test_a_family_that_dies_at_any_moment_loses_nothing(moment: int) -> None:
    async def life(lives: list[int | None]) -> tuple[AgentResult, World, int]:
        fate = Fate(lives)
        world = World(fate)
        asked = 0

        def make() -> Agent[Any]:
            inner = Agent(Planned([[("pay", {"n": 1})], [("pay", {"n": 2})]]), name="helper", tools=[world.tool("pay")])
            model = Planned([[("helper", {"task": "a"}), ("pay", {"n": 3})]])
            return Agent(model, tools=[inner.as_tool(), world.tool("pay")], sessions=sessions)

        async def answer(result: AgentResult) -> list[Any]:
            nonlocal asked
            asked += len(result.pending)
            return [each.approve() for each in result.pending]

        sessions: MemorySessions = MortalSessions(fate)
        return await live_on(make, fate, sessions, answer), world, asked

    result, world, asked = run(life([moment]))
    whole, _, _ = run(life([]))
    assert result.messages == whole.messages
    assert result.usage == whole.usage
    assert result.state.spent.steps == whole.state.spent.steps
    assert {name for name, _ in world.effects} == {"pay1", "pay2", "pay3"}
    assert len(world.effects) <= 3 + asked
