"""Approval of tools by people: what suspends a run, what goes on with it, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.kit import KEY, patient, turn
from ai_sdk import ToolCallPart, generate_text, tool, user
from ai_sdk.agent import Agent, AgentResult, AgentState
from ai_sdk.approval import Approval, ApprovalError, ApprovalRequest, request_id, sign, split_id, verify
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, Message, ToolMessage, ToolResultPart, message_from_dict, message_to_dict
from ai_sdk.sessions import MemorySessions
from ai_sdk.testing import ScriptedModel
from ai_sdk.tools import Approve


@tool
def look(n: int) -> int:
    """Look."""
    return n


def paying(approve: bool | Approve = False) -> tuple[Any, list[int]]:
    paid: list[int] = []

    @tool(approve=approve)
    def pay(n: int) -> str:
        """Pay."""
        paid.append(n)
        return f"paid {n}"

    return pay, paid


TURNS: list[Any] = [turn(("c0", "look", {"n": 1}), ("c1", "pay", {"n": 5})), "all done"]


def an_agent(**options: Any) -> tuple[Agent[Any], list[int], ScriptedModel]:
    pay, paid = paying(options.pop("approve", False))
    model = ScriptedModel(TURNS)
    return Agent(model, tools=[look, pay], **options), paid, model


async def test_a_tool_that_needs_approval_suspends_the_run_when_the_others_have_run() -> None:
    agent, paid, model = an_agent()
    result = await agent.run("go")
    (request,) = result.pending
    assert (request.call.name, request.call.arguments()) == ("pay", {"n": 5})
    assert (request.interrupted, request.agent) == (False, "agent")
    assert (result.state.phase, paid, len(model.calls)) == ("waiting", [], 1)
    assert result.messages[-1] == ToolMessage((ToolResultPart("c0", "look", 1),))
    done = await agent.run(state=result.state, approvals=[request.approve()])
    assert (done.text, paid, done.pending) == ("all done", [5], ())
    assert model.calls[1].messages[-1] == ToolMessage(
        (ToolResultPart("c0", "look", 1), ToolResultPart("c1", "pay", "paid 5"))
    )


async def test_what_is_denied_does_not_run_and_the_model_reads_why() -> None:
    agent, paid, model = an_agent()
    result = await agent.run("go")
    done = await agent.run(state=result.state, approvals=[result.pending[0].deny("too much")])
    answer = model.calls[1].messages[-1].content[1]
    assert isinstance(answer, ToolResultPart)
    assert (answer.is_error, answer.output) == (True, "denied: this call of pay was not approved: too much")
    assert (done.text, paid) == ("all done", [])


async def test_a_run_waits_on_while_nobody_has_answered() -> None:
    agent, paid, model = an_agent()
    result = await agent.run("go")
    again = await agent.run(state=result.state)
    assert again.pending == result.pending
    assert (paid, len(model.calls)) == ([], 1)
    with pytest.raises(InvalidRequestError, match="not finished"):
        await agent.run("something else", state=result.state)


async def test_a_stream_hands_out_the_requests_before_its_last_part() -> None:
    agent, paid, _ = an_agent(approval_key=KEY)
    async with agent.stream("go") as stream:
        parts = [part async for part in stream.parts]
        result = await stream.result()
    assert [part.type for part in parts][-3:] == ["step-finish", "tool-approval-request", "text-finish"]
    assert parts[-2] == result.pending[0]
    async with agent.stream(state=result.state, approvals=[result.pending[0].approve()]) as stream:
        kinds = [part.type async for part in stream.parts]
    assert kinds[:5] == ["step-start", "finish", "tool-result", "tool-result", "step-finish"]
    assert kinds[-1] == "text-finish"
    assert paid == [5]


RULES: list[tuple[bool | Approve, Approve | None, int, bool]] = [
    (True, None, 0, True),
    (False, None, 1, True),
    (lambda _call, arguments: arguments["n"] < 3, None, 0, False),
    (lambda _call, arguments: "ask", None, 1, True),
    (False, lambda _call, _arguments: True, 0, True),
    (False, lambda _call, _arguments: False, 0, False),
    (True, lambda _call, _arguments: "ask", 1, True),
    (lambda _call, _arguments: "ask", lambda _call, _arguments: True, 0, True),
]


@pytest.mark.parametrize(("rule", "at_once", "asked", "runs"), RULES)
async def test_who_decides(rule: Any, at_once: Any, asked: int, runs: bool) -> None:
    pay, paid = paying(rule)
    agent = Agent(ScriptedModel([turn(("c0", "pay", {"n": 5})), "ok"]), tools=[pay], approve_tool=at_once)
    result = await agent.run("go")
    assert len(result.pending) == asked
    if asked:
        result = await agent.run(state=result.state, approvals=[each.approve() for each in result.pending])
    assert (result.text, paid) == ("ok", [5] if runs else [])


async def test_outside_of_an_agent_nobody_can_be_asked() -> None:
    pay, paid = paying(lambda _call, _arguments: "ask")
    result = await generate_text(ScriptedModel([turn(("c0", "pay", {"n": 5})), "ok"]), "go", tools=[pay])
    assert result.steps[0].tool_results[0].output == "denied: this call of pay was not approved"
    assert paid == []


def forged(request: ApprovalRequest) -> Approval:
    return replace(request.approve(), signature="0" * 64)


def unsigned(request: ApprovalRequest) -> Approval:
    return Approval(request.id, True)


def strange(request: ApprovalRequest) -> Approval:
    return sign(replace(request, id=request_id("f" * 32, 1, request.call.id)), KEY).approve()


def senseless(request: ApprovalRequest) -> Approval:
    return replace(request.approve(), id="nothing")


@pytest.mark.parametrize(
    ("change", "fault"), [(forged, "forged"), (unsigned, "forged"), (strange, "unknown"), (senseless, "unknown")]
)
async def test_what_nobody_has_signed_is_refused(change: Callable[[ApprovalRequest], Approval], fault: str) -> None:
    agent, paid, model = an_agent(approval_key=KEY)
    result = await agent.run("go")
    with pytest.raises(ApprovalError) as caught:
        await agent.run(state=result.state, approvals=[change(result.pending[0])])
    assert (caught.value.fault, paid, len(model.calls)) == (fault, [], 1)
    assert "0000" not in str(caught.value)
    assert "signature" not in repr(change(result.pending[0]))


async def test_altered_arguments_do_not_verify() -> None:
    agent, paid, _ = an_agent(approval_key=KEY)
    result = await agent.run("go")
    data = json.loads(json.dumps(result.state.to_dict()).replace('{\\"n\\": 5}', '{\\"n\\": 5000}'))
    with pytest.raises(ApprovalError) as caught:
        await agent.run(state=AgentState.from_dict(data), approvals=[result.pending[0].approve()])
    assert (caught.value.fault, paid) == ("forged", [])


async def test_an_approval_counts_once() -> None:
    agent, paid, _ = an_agent(approval_key=KEY, sessions=MemorySessions())
    waiting = await agent.run("go", session="s")
    approval = waiting.pending[0].approve()
    with pytest.raises(ApprovalError) as caught:
        await agent.run(session="s", approvals=[approval, approval])
    assert caught.value.fault == "replayed"
    await agent.run(session="s", approvals=[approval])
    with pytest.raises(ApprovalError) as caught:
        await agent.run(session="s", approvals=[approval])
    assert (caught.value.fault, paid) == ("replayed", [5])


def from_browser(result: AgentResult) -> list[Message]:
    """A conversation as somebody else has kept it, arguments written anew."""
    messages = [message_from_dict(message_to_dict(each)) for each in result.state.messages]
    last = messages[-1]
    assert isinstance(last, AssistantMessage)
    calls = [replace(call, input=json.dumps(call.arguments(), separators=(",", ":"))) for call in last.tool_calls]
    return [*messages[:-1], AssistantMessage(tuple(calls)), result.messages[-1]]


async def test_a_conversation_from_outside_goes_on_with_signed_approvals() -> None:
    agent, paid, model = an_agent(approval_key=KEY)
    result = await agent.run("go")
    done = await agent.run(messages=from_browser(result), approvals=[result.pending[0].approve()])
    assert (done.text, paid) == ("all done", [5])
    assert model.calls[1].messages[-1] == ToolMessage(
        (ToolResultPart("c0", "look", 1), ToolResultPart("c1", "pay", "paid 5"))
    )


async def test_a_conversation_from_outside_asks_again_about_what_is_open() -> None:
    agent, paid, _ = an_agent(approval_key=KEY)
    result = await agent.run("go")
    again = await agent.run(messages=from_browser(result))
    assert [each.call.name for each in again.pending] == ["pay"]
    assert paid == []


async def test_a_call_from_outside_that_may_have_run_is_asked_about() -> None:
    calls = AssistantMessage((ToolCallPart("c0", "look", '{"n": 1}'),))
    agent, _, model = an_agent(approval_key=KEY)
    result = await agent.run(messages=[user("go"), calls])
    assert [(each.call.name, each.interrupted) for each in result.pending] == [("look", True)]
    same = tool(idempotent=True)(look.function)
    model.turns = ["ok"]
    assert (await agent.replace(tools=[same]).run(messages=[user("go"), calls])).text == "ok"


async def test_approvals_from_outside_need_a_key_and_an_open_call() -> None:
    agent, paid, _ = an_agent(approval_key=KEY)
    result = await agent.run("go")
    approval = result.pending[0].approve()
    for options, messages, fault in (
        ({"approval_key": None}, from_browser(result), "no-key"),
        ({"approval_key": b"another key of 16 bytes"}, from_browser(result), "forged"),
        ({}, [*from_browser(result), ToolMessage((ToolResultPart("c1", "pay", "paid"),))], "unknown"),
    ):
        with pytest.raises(ApprovalError) as caught:
            await agent.replace(**options).run(messages=messages, approvals=[approval])
        assert (caught.value.fault, paid) == (fault, [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
arguments = st.dictionaries(st.text(), json_values, max_size=4)


def as_browsers_write(value: Any) -> Any:
    """The same value after JavaScript had it: whole floats are integers, keys in another order."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        return {key: as_browsers_write(each) for key, each in reversed(list(given.items()))}
    return [as_browsers_write(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


@patient
@given(arguments, arguments)
def test_the_signature_is_of_the_arguments_as_json_values(one: dict[str, Any], other: dict[str, Any]) -> None:
    request = sign(ApprovalRequest("r.1.c", ToolCallPart("c", "pay", json.dumps(one))), KEY)
    rewritten = ToolCallPart("c", "pay", json.dumps(as_browsers_write(one), indent=1, ensure_ascii=False))
    verify(request.approve(), rewritten, KEY)
    if as_browsers_write(one) != as_browsers_write(other):
        with pytest.raises(ApprovalError):
            verify(request.approve(), ToolCallPart("c", "pay", json.dumps(other)), KEY)


WRONG: list[Callable[[ApprovalRequest], tuple[Approval, ToolCallPart]]] = [
    lambda request: (request.approve(), replace(request.call, name="other")),
    lambda request: (request.approve(), replace(request.call, id="d")),
    lambda request: (replace(request.approve(), id="r.2.c"), request.call),
    lambda request: (replace(request.approve(), id="q.1.c"), request.call),
    lambda request: (replace(request.approve(), signature="\udc80"), request.call),
    lambda request: (replace(request.approve(), signature=request.signature.upper()), request.call),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_signature_is_of_the_whole_question(
    wrong: Callable[[ApprovalRequest], tuple[Approval, ToolCallPart]],
) -> None:
    request = sign(ApprovalRequest("r.1.c", ToolCallPart("c", "pay", '{"n": 1}')), KEY)
    verify(request.approve(), request.call, KEY)
    with pytest.raises(ApprovalError):
        verify(*wrong(request), KEY)


@patient
@given(st.text("0123456789abcdef", min_size=1), st.integers(0), st.text())
def test_a_question_id_can_be_taken_apart(run_id: str, number: int, call_id: str) -> None:
    assert split_id(request_id(run_id, number, call_id)) == (run_id, number, call_id)
