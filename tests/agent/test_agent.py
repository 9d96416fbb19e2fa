"""What an agent does in one process: answers, streams, limits, values, dependencies, conversations."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from agent.kit import Planned, turn
from ai_sdk import (
    CallRecord,
    NoObjectGeneratedError,
    PrepareStep,
    ServerError,
    StepOverrides,
    SystemMessage,
    TextDelta,
    ToolCallPart,
    ToolContext,
    ToolDefinition,
    ToolMessage,
    ToolResultPart,
    Usage,
    generate_text,
    record_call,
    step_count,
    tool,
    user,
    wrap_model,
)
from ai_sdk.agent import Agent, AgentState, RunLimitError, RunLimits, keep_turns, state_of
from ai_sdk.errors import InvalidRequestError, ResponseClosedError
from ai_sdk.middleware import retry
from ai_sdk.prices import Price
from ai_sdk.sessions import MemorySessions
from ai_sdk.testing import HANG, ScriptedModel


@tool
def double(n: int) -> int:
    """Double a number."""
    return 2 * n


@tool
async def slow(n: int) -> int:
    """Take n seconds."""
    await asyncio.sleep(n)
    return n


TWO_STEPS: list[Any] = [turn(("c0", "double", {"n": 2}), ("c1", "double", {"n": 3})), "four and six"]


async def test_a_run_does_as_generate_text_does() -> None:
    agent = Agent(ScriptedModel(TWO_STEPS), instructions="be brief", tools=[double], temperature=0.5)
    result = await agent.run("double 2 and 3")
    plain = await generate_text(
        ScriptedModel(TWO_STEPS), "double 2 and 3", system="be brief", tools=[double], temperature=0.5
    )
    assert result.text == plain.text == "four and six"
    assert result.messages == plain.messages
    assert result.steps == plain.steps
    assert result.usage == plain.usage
    assert (result.finish_reason, result.pending, result.output) == ("stop", (), None)
    assert [each.model for each in result.attempts] == ["scripted:model"] * 2
    assert result.state.phase == "finished"


async def test_the_parts_of_a_stream_are_those_of_stream_text_and_fold_to_the_same_result() -> None:
    agent = Agent(ScriptedModel(TWO_STEPS), tools=[double])
    async with agent.stream("go") as stream:
        kinds = [part.type async for part in stream.parts]
        result = await stream.result()
    assert kinds == [
        *("step-start", "tool-call", "tool-call", "finish", "tool-result", "tool-result", "step-finish"),
        *("step-start", "text-delta", "finish", "step-finish", "text-finish"),
    ]
    whole = await Agent(ScriptedModel(TWO_STEPS), tools=[double]).run("go")
    assert (result.text, result.messages, result.usage) == (whole.text, whole.messages, whole.usage)
    assert stream.state.phase == "finished"


async def test_the_text_and_the_result_of_a_stream_share_its_reader() -> None:
    agent = Agent(ScriptedModel([[TextDelta("a"), TextDelta("b"), _finish()]]))
    async with agent.stream("go") as stream:
        async for text in stream.text:
            assert text == "a"
            break
        assert (await stream.result()).text == "ab"
    with pytest.raises(ResponseClosedError, match="entered once"):
        await stream.__aenter__()
    with pytest.raises(ResponseClosedError, match="has not begun"):
        agent.stream("go").text  # noqa: B018


def _finish() -> Any:
    from ai_sdk import Finish

    return Finish("stop", Usage())


async def test_leaving_a_stream_closes_the_wire_and_keeps_the_state() -> None:
    model = ScriptedModel([TWO_STEPS[0], [TextDelta("x"), HANG]])
    agent = Agent(model, tools=[double])
    async with agent.stream("go") as stream:
        async for part in stream.parts:
            if isinstance(part, TextDelta):
                break
    assert not model.wires[-1].open
    assert stream.state.phase == "model"
    model.turns = ["four and six"]
    assert (await agent.run(state=stream.state)).messages[-1] == (
        await Agent(ScriptedModel(TWO_STEPS), tools=[double]).run("go")
    ).messages[-1]


async def test_a_conversation_goes_on_with_its_state() -> None:
    model = ScriptedModel(["one", "two"])
    agent = Agent(model, instructions="count")
    first = await agent.run("a")
    second = await agent.run("b", state=first.state)
    assert [each.role for each in model.calls[1].messages] == ["system", "user", "assistant", "user"]
    assert (second.text, [each.role for each in second.messages]) == ("two", ["assistant"])
    assert second.state.run_id != first.state.run_id
    assert second.usage == Usage(1, 1)


async def test_states_are_values_that_can_be_branched() -> None:
    agent = Agent(ScriptedModel(["one", "two", "three"]))
    first = await agent.run("a")
    kept = first.state.to_dict()
    left, right = await agent.run("b", state=first.state), await agent.run("c", state=first.state)
    assert first.state.to_dict() == kept
    assert left.state.messages[:2] == right.state.messages[:2] == first.state.messages
    assert left.state.messages[2] != right.state.messages[2]


async def test_a_finished_state_gives_its_result_again_and_asks_nobody() -> None:
    model = ScriptedModel(TWO_STEPS)
    agent = Agent(model, tools=[double])
    result = await agent.run("go")
    again = await agent.run(state=AgentState.from_dict(json.loads(json.dumps(result.state.to_dict()))))
    assert (again.text, again.messages, again.usage) == (result.text, result.messages, result.usage)
    assert again.state.run_id == result.state.run_id
    assert len(model.calls) == 2


async def test_an_error_of_the_model_leaves_a_state_to_go_on_from() -> None:
    model = ScriptedModel([TWO_STEPS[0], ServerError("broken"), "four and six"])
    agent = Agent(model, tools=[double])
    with pytest.raises(ServerError) as caught:
        await agent.run("go")
    state = state_of(caught.value)
    assert state is not None
    assert (await agent.run(state=state)).messages == (
        await Agent(ScriptedModel(TWO_STEPS), tools=[double]).run("go")
    ).messages
    assert state_of(ValueError()) is None


async def test_bad_arguments_are_named() -> None:
    with pytest.raises(TypeError, match="did you mean 'temperature'"):
        Agent(ScriptedModel(), temperatur=1)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidRequestError, match="16 or more"):
        Agent(ScriptedModel(), approval_key="short")
    with pytest.raises(InvalidRequestError, match="give a prompt or messages"):
        await Agent(ScriptedModel()).run()
    with pytest.raises(InvalidRequestError, match="needs a store"):
        await Agent(ScriptedModel()).run("go", session="s")
    sessions = MemorySessions()
    agent = Agent(ScriptedModel(), sessions=sessions)
    result = await agent.run("go", session="s")
    with pytest.raises(InvalidRequestError, match="has a state"):
        await agent.run("go", session="s", state=result.state)


async def test_a_state_begins_a_session() -> None:
    sessions = MemorySessions()
    first = await Agent(ScriptedModel(["one"])).run("a")
    result = await Agent(ScriptedModel(["two"]), sessions=sessions).run("b", state=first.state, session="s")
    kept = await sessions.load("s")
    assert kept is not None
    assert AgentState.from_dict(kept.data).messages == result.state.messages
    assert len(result.state.messages) == 4


async def test_steps_are_counted_over_all_parts_of_a_run() -> None:
    model = ScriptedModel([turn(("c0", "double", {"n": 1}))])
    agent = Agent(model, tools=[double], stop_when=step_count(3), limits=RunLimits(steps=2))
    with pytest.raises(RunLimitError) as caught:
        await agent.run("go")
    assert (caught.value.unit, caught.value.limit, caught.value.spent) == ("steps", 2, 2)
    result = await agent.replace(limits=RunLimits(steps=10)).run(state=caught.value.state)
    assert len(result.steps) == len(model.calls) == 3
    assert result.state.spent.steps == 3


async def test_tokens_and_money_are_limited() -> None:
    model = ScriptedModel([turn(("c0", "double", {"n": 1}), usage=Usage(100, 50))])
    with pytest.raises(RunLimitError) as caught:
        await Agent(model, tools=[double], limits=RunLimits(tokens=300)).run("go")
    assert (caught.value.unit, caught.value.spent, len(model.calls)) == ("tokens", 300, 2)
    prices = {"scripted": Price(input=1, output=2)}
    with pytest.raises(RunLimitError) as caught:
        await Agent(model, tools=[double], limits=RunLimits(usd=0.0003, prices=prices)).run("go")
    assert caught.value.unit == "usd"
    assert caught.value.spent == pytest.approx(0.0004)
    with pytest.raises(RunLimitError, match="what scripted:model costs is not known"):
        await Agent(model, tools=[double], limits=RunLimits(usd=1, prices={"other": Price(input=1)})).run("go")
    free = Agent(ScriptedModel(["ok"]), limits=RunLimits(prices=prices))
    assert (await free.run("go")).cost == pytest.approx(0.000003)


@pytest.mark.parametrize("limit", [{"steps": 0}, {"tokens": -1}, {"seconds": 0}, {"usd": "1"}, {"steps": True}])
def test_limits_that_make_no_sense_are_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="allowed are numbers above 0"):
        RunLimits(**limit)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("turns", [[[5.0, HANG]], [[TextDelta("x"), HANG]], [turn(("c", "slow", {"n": 60}))]])
async def test_time_interrupts_models_and_tools(turns: Sequence[Any], stream: bool) -> None:
    agent = Agent(ScriptedModel(turns), tools=[slow], limits=RunLimits(seconds=20))
    loop = asyncio.get_running_loop()
    with pytest.raises(RunLimitError) as caught:
        if stream:
            async with agent.stream("go") as live:
                await live.result()
        else:
            await agent.run("go")
    assert loop.time() == pytest.approx(20)
    assert (caught.value.unit, caught.value.limit) == ("seconds", 20)
    assert caught.value.state.spent.seconds == pytest.approx(20)
    if caught.value.state.calls:
        result = await agent.replace(limits=None).run(state=caught.value.state)
        assert [each.interrupted for each in result.pending] == [True]


async def test_time_at_work_counts_and_time_of_waiting_does_not() -> None:
    ask = tool(name="ask", approve=False)(lambda: "yes")
    model = ScriptedModel([turn(("c0", "slow", {"n": 5}), ("c1", "ask", {})), [4.0, *_text("done")]])
    agent = Agent(model, tools=[slow, ask], limits=RunLimits(seconds=10))
    waiting = await agent.run("go")
    await asyncio.sleep(1000)
    result = await agent.run(state=waiting.state, approvals=[waiting.pending[0].approve()])
    assert result.state.spent.seconds == pytest.approx(9)


def _text(text: str) -> list[Any]:
    return [TextDelta(text), _finish()]


class City(BaseModel):
    """A city."""

    name: str
    people: int


PARIS = '{"name": "Paris", "people": 2}'


@pytest.mark.parametrize("able", ["json_schema", "json_object", "tool"])
async def test_the_last_answer_is_a_value_of_the_output_type(able: str) -> None:
    last = turn(("f", "City", json.loads(PARIS))) if able == "tool" else PARIS
    model = ScriptedModel([turn(("c0", "double", {"n": 1})), last, "more"], structured_output=able)
    agent = Agent(model, tools=[double], output=City, instructions="know cities")
    result = await agent.run("where?")
    assert result.output == City(name="Paris", people=2)
    if able == "tool":
        assert model.calls[0].tool_choice == "required"
        assert result.messages[-1] == ToolMessage((ToolResultPart("f", "City", "accepted"),))
    elif able == "json_object":
        assert "JSON Schema" in str(model.calls[0].messages[0].content)
    else:
        assert model.calls[0].response_format is not None
    assert (await agent.run(state=result.state)).output == result.output
    following = await agent.replace(output=None).run("thanks", state=result.state)
    assert following.text == "more"


async def test_an_answer_that_is_no_value_is_a_typed_error() -> None:
    agent = Agent(
        ScriptedModel([turn(("c0", "double", {"n": 1}))]), tools=[double], output=City, stop_when=step_count(1)
    )
    with pytest.raises(NoObjectGeneratedError, match="the answer is empty"):
        await agent.run("where?")


async def test_tools_get_the_dependencies_and_the_ids_of_the_run() -> None:
    seen: list[Any] = []

    @tool
    def look(context: ToolContext[dict[str, int]], key: str) -> int:
        """Look something up."""
        seen.append((context.run_id, context.call_id, context.step))
        return context.deps[key]

    agent: Agent[dict[str, int]] = Agent(ScriptedModel([turn(("c0", "look", {"key": "a"})), "ok"]), tools=[look])
    result = await agent.run("go", deps={"a": 7})
    assert result.steps[0].tool_results[0].output == 7
    assert seen == [(result.state.run_id, "c0", 0)]
    assert list(look.definition.input_schema["properties"]) == ["key"]


async def test_memory_bounds_what_is_sent_and_not_what_is_kept() -> None:
    model = ScriptedModel(["1", "2", "3"])
    agent = Agent(model, instructions="sys", memory=keep_turns(1))
    state = None
    for prompt in "abc":
        result = await agent.run(prompt, state=state)
        state = result.state
    assert model.calls[2].messages == (SystemMessage("sys"), user("c"))
    assert state is not None
    assert len(state.messages) == 6


async def test_a_step_that_is_gone_on_with_has_the_tools_that_it_had() -> None:
    @tool
    def halve(n: int) -> int:
        """Halve a number."""
        return n // 2

    def prepare(about: PrepareStep) -> StepOverrides:
        return {"tools": [halve] if about.number == 0 else [double]}

    model = ScriptedModel([turn(("c0", "halve", {"n": 8})), "ok"])
    agent = Agent(model, tools=[double], prepare_step=prepare, approve_tool=lambda _call, _arguments: "ask")
    waiting = await agent.run("go")
    done = await agent.run(state=waiting.state, approvals=[waiting.pending[0].approve()])
    assert done.steps[0].tool_results == (ToolResultPart("c0", "halve", 4),)
    assert done.steps[0].request == model.calls[0]
    assert [each.name for each in model.calls[1].tools] == ["double"]


async def test_a_tool_of_the_caller_ends_the_run_and_its_result_begins_the_next() -> None:
    model = ScriptedModel([turn(("c0", "browser", {}), ("c1", "double", {"n": 2})), "thanks"])
    agent = Agent(model, tools=[double, ToolDefinition("browser", None, {"type": "object"})])
    result = await agent.run("go")
    assert result.state.phase == "finished"
    answered = ToolMessage((ToolResultPart("c0", "browser", "here"),))
    assert (await agent.run(state=result.state, messages=[answered])).text == "thanks"
    assert model.calls[1].messages[-2:] == (ToolMessage((ToolResultPart("c1", "double", 4),)), answered)


async def test_calls_that_were_cut_off_get_a_result_before_the_next_prompt() -> None:
    cut = [ToolCallPart("c0", "double", '{"n": 1'), _cut()]
    model = ScriptedModel([cut, "ok"])
    agent = Agent(model, tools=[double])
    result = await agent.run("go")
    assert (result.finish_reason, result.state.phase) == ("length", "finished")
    await agent.run("again", state=result.state)
    answer = model.calls[1].messages[-2].content[0]
    assert isinstance(answer, ToolResultPart)
    assert answer.is_error


def _cut() -> Any:
    from ai_sdk import Finish

    return Finish("length", Usage())


async def test_the_records_are_those_of_a_step_loop() -> None:
    heard: list[tuple[str, str | None]] = []

    def observe(record: CallRecord, event: str, detail: Any) -> None:
        if event == "record-opened":
            heard.append((record.kind, record.name))

    agent = Agent(wrap_model(ScriptedModel(TWO_STEPS), [retry()]), tools=[double], name="doubler")
    with record_call(observers=(observe,)):
        await agent.run("go")
    steps = [("step", "step 0"), ("tool", "double"), ("tool", "double"), ("step", "step 1")]
    assert [each for each in heard[1:] if each[0] != "layer"] == [("call", "doubler"), *steps]


async def test_one_agent_serves_many_runs_at_once() -> None:
    agent = Agent(Planned([[("double", {"n": 1})]]), tools=[double])
    results = await asyncio.gather(*(agent.run(str(n)) for n in range(20)))
    assert len({each.state.run_id for each in results}) == 20
    assert {each.text for each in results} == {"done after 1"}
