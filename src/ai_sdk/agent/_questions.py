"""What a run asks people, and which answers it accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ai_sdk.agent.state import AgentState, CallState, unanswered
from ai_sdk.approval import Approval, ApprovalError, ApprovalRequest, request_id, sign, split_id, verify
from ai_sdk.messages import AssistantMessage, ToolCallPart, ToolMessage

__all__ = ["Answers", "accepted", "answers_from_outside", "question_of", "questions"]


class Answers(NamedTuple):
    """The approvals that a run was given, by the id of their question, and the key that its questions are signed with.

    Sub-agents ask with the key of the run that they work for.
    """

    given: Mapping[str, Approval] = {}
    key: bytes | None = None


def question_of(state: AgentState, call: CallState) -> str:
    """The id of the question that a run asks about a call, or asked last."""
    return request_id(state.run_id, call.asked, call.id)


def questions(state: AgentState, key: bytes | None) -> Iterator[ApprovalRequest]:
    """What people are asked at the moment, also by sub-agents; signed where there is a key."""
    parts = _calls(state)
    for known in state.calls:
        if known.sub is not None:
            yield from questions(known.sub, key)
        elif known.status == "asked":
            request = ApprovalRequest(
                question_of(state, known), parts[known.id], interrupted=known.interrupted, agent=state.agent
            )
            yield request if key is None else sign(request, key)


def accepted(approvals: Sequence[Approval], state: AgentState, key: bytes | None) -> Answers:
    """The approvals of questions that ``state`` asks. Raises ``ApprovalError`` for any other, before anything runs."""
    asked = {each.id: each for each in questions(state, None)}
    given: dict[str, Approval] = {}
    for approval in approvals:
        request = asked.get(approval.id)
        if request is None:
            raise _not_asked(approval, state)
        if key is not None:
            verify(approval, request.call, key)
        _add(given, approval, request.call)
    return Answers(given, key)


def answers_from_outside(
    approvals: Sequence[Approval], state: AgentState, key: bytes | None
) -> tuple[AgentState, Answers]:
    """The state of a conversation from outside, and the approvals in it, which their signatures alone vouch for."""
    given: dict[str, Approval] = {}
    parts = _calls(state)
    for approval in approvals:
        where = split_id(approval.id)
        known = state.call(where[2]) if where is not None else None
        if where is None or known is None or known.status == "done" or (given and where[0] != state.run_id):
            raise _not_asked(approval, state)
        call = parts[known.id]
        if key is None:
            raise ApprovalError(
                f"the approval of {call.name} came with a conversation, and the agent has no approval_key to check it "
                "with: give the agent one, or resume from a state or a session",
                fault="no-key",
                tool=call.name,
                call_id=call.id,
            )
        verify(approval, call, key)
        _add(given, approval, call)
        asked = CallState(known.id, "asked", where[1])
        state = replace(state.with_call(asked), run_id=where[0])
    return state, Answers(given, key)


def _add(given: dict[str, Approval], approval: Approval, call: ToolCallPart) -> None:
    if approval.id in given:
        raise ApprovalError(
            f"the call of {call.name} is answered twice", fault="replayed", tool=call.name, call_id=call.id
        )
    given[approval.id] = approval


def _not_asked(approval: Approval, state: AgentState) -> ApprovalError:
    where = split_id(approval.id)
    if where is not None and any(_knows(each, where[0], where[2]) for each in _runs(state)):
        message = "the question of this approval has been answered already"
        return ApprovalError(message, fault="replayed", call_id=where[2])
    return ApprovalError("nobody asked the question of this approval", fault="unknown", call_id=where and where[2])


def _runs(state: AgentState) -> Iterator[AgentState]:
    yield state
    for each in state.calls:
        if each.sub is not None:
            yield from _runs(each.sub)


def _knows(state: AgentState, run_id: str, call_id: str) -> bool:
    """Whether a run has a result of this call, or has asked about it before."""
    messages = [each for each in state.new_messages if isinstance(each, ToolMessage)]
    answered = {part.id for message in messages for part in message.content}
    return state.run_id == run_id and (call_id in answered or state.call(call_id) is not None)


def _calls(state: AgentState) -> dict[str, ToolCallPart]:
    at, _, _ = unanswered(state.messages)
    message = state.messages[at] if at >= 0 else None
    return {call.id: call for call in message.tool_calls} if isinstance(message, AssistantMessage) else {}
