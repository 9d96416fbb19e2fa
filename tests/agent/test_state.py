"""The state of a run as plain data: the whole of it, from any state, and typed errors for what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.kit import Fate, MortalSessions, Planned, World, patient
from ai_sdk import tool
from ai_sdk.agent import Agent, AgentState
from ai_sdk.agent.state import CallState, Charge, Spent, StepState, unanswered
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart, TextPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.results import Usage
from ai_sdk.sessions import Session
from ai_sdk.testing import run

words = st.text(max_size=8)
counts = st.none() | st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts, counts, counts)
outputs = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=5,
)
parts = st.tuples(st.builds(TextPart, words), st.builds(FilePart, st.binary(max_size=8)))
results = st.builds(ToolResultPart, words, words, outputs | parts, st.booleans())
calls = st.builds(
    CallState,
    words,
    st.sampled_from(["waiting", "asked", "approved", "started", "done"]),
    st.integers(0, 3),
    st.booleans(),
    result=st.none() | results,
)
messages = st.builds(user, words) | st.builds(assistant, words) | st.builds(tool_results, results)


@st.composite
def states(draw: st.DrawFn, depth: int = 1) -> AgentState:
    spoken = tuple(draw(st.lists(messages, min_size=1, max_size=4)))
    place = st.none() | st.integers(0, len(spoken) - 1)
    steps = st.builds(StepState, place, st.sampled_from([None, "stop", "length"]), st.none() | words, usages, st.none())
    known = draw(st.lists(calls, max_size=2))
    if depth and known:
        known[0] = CallState("sub", "started", sub=draw(states(depth=depth - 1)))
    return AgentState(
        spoken,
        draw(words),
        draw(words),
        draw(st.sampled_from(["model", "tools", "waiting", "finished"])),
        0,
        tuple(draw(st.lists(steps, min_size=1, max_size=2))),
        tuple(known),
        Spent(
            draw(st.integers(0, 9)),
            draw(st.floats(0, 1e6)),
            tuple(draw(st.lists(st.builds(Charge, words, usages), max_size=2))),
        ),
    )


@patient
@given(states())
def test_a_state_is_json_and_back(state: AgentState) -> None:
    assert AgentState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


class Collecting(MortalSessions):
    """A store that remembers everything that it was given."""

    def __init__(self) -> None:
        super().__init__(Fate([]))
        self.all: list[dict[str, Any]] = []

    async def _write(self, session: Session, version: int) -> int:
        self.all.append(session.data)
        return await super()._write(session, version)


@tool
def look() -> str:
    """Look."""
    return "seen"


def saved() -> list[dict[str, Any]]:
    """Every state of a run with a question and a sub-agent."""

    async def collect() -> list[dict[str, Any]]:
        sessions = Collecting()
        world = World(Fate([]))
        inner = Agent(Planned([[("pay", {"n": 1})]]), name="helper", tools=[world.tool("pay", approve=False)])
        model = Planned([[("helper", {"task": "x"}), ("look", {})]])
        agent = Agent(model, tools=[inner.as_tool(), look], sessions=sessions)
        result = await agent.run("go", session="s")
        await agent.run(session="s", approvals=[result.pending[0].approve()])
        return sessions.all

    return run(collect())


def test_the_phases_of_a_run_are_saved_in_their_order() -> None:
    phases = [data["phase"] for data in saved()]
    assert list(dict.fromkeys(phases)) == ["model", "tools", "waiting", "finished"]
    assert phases[-1] == "finished"


@given(st.data())
@settings(patient, max_examples=60)
def test_what_is_no_state_is_a_typed_error(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SAVED))
    name = data.draw(st.sampled_from(sorted(whole)))
    broken = {**whole, name: data.draw(outputs)}
    if data.draw(st.booleans()):
        del broken[name]
    try:
        state = AgentState.from_dict(broken)
    except InvalidRequestError:
        return
    assert json.loads(json.dumps(state.to_dict())).keys() == whole.keys()


SAVED = saved()


def test_a_state_of_another_version_is_refused() -> None:
    for version in (0, 2, None, "1"):
        with pytest.raises(InvalidRequestError, match="allowed is 1"):
            AgentState.from_dict({**SAVED[0], "version": version})
    with pytest.raises(InvalidRequestError, match="phase is 'asleep'; allowed are model, tools"):
        AgentState.from_dict({**SAVED[0], "phase": "asleep"})


def test_open_calls_are_found() -> None:
    assert unanswered(()) == (-1, (), ())
    assert unanswered((user("a"),)) == (-1, (), ())
    assert unanswered((user("a"), assistant("b"))) == (1, (), ())
