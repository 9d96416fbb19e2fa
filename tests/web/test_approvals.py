"""A tool that a person approves, over the endpoint: the signature, the arguments, and how often."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from web.asgi_kit import HI, Client, chat

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish
from ai_sdk.results import Usage
from ai_sdk.sessions import SQLiteSessions
from ai_sdk.testing import ScriptedModel
from ai_sdk.web import ChatEndpoint

KEY = "a key of sixteen bytes"
ASK: list[Any] = [ToolCallPart("c", "mail", '{"to": "ada", "copies": 1.0}'), Finish("tool-calls", Usage())]


class Desk:
    """An endpoint over an agent with one tool, and what the tool has done."""

    def __init__(self, sessions: Any = None, **options: Any) -> None:
        self.sent: list[str] = []

        @tool(approve=False)
        async def mail(to: str, copies: float) -> str:
            """Send a letter."""
            self.sent.append(to)
            return f"sent to {to}"

        self.model = ScriptedModel([ASK, "Done."])
        agent = Agent(self.model, tools=[mail], sessions=sessions, **options)
        self.endpoint = ChatEndpoint(
            agent
            if sessions is None
            else lambda request: agent.stream(request.prompt, session=request.id, approvals=request.approvals),
            key=KEY,
        )

    async def asked(self) -> dict[str, Any]:
        """The message that asks."""
        message = (await Client(self.endpoint, body=chat()).run()).message()
        assert self.sent == []
        return message

    async def answer(self, message: dict[str, Any], *, approved: bool = True, **changes: Any) -> Client:
        """Post the answer of the user, changed on the way."""
        given = json.loads(json.dumps(message))
        part = given["parts"][-1]
        assert part["state"] == "approval-requested"
        part["state"] = "approval-responded"
        part["approval"] |= {"approved": approved} | changes.pop("approval", {})
        part |= changes
        return await Client(self.endpoint, body=chat(HI, given)).run()


async def test_an_approved_tool_runs_and_the_message_goes_on() -> None:
    desk = Desk(approval_key=KEY)
    message = await desk.asked()
    assert message["parts"][-1]["approval"]["signature"]
    answered = (await desk.answer(message)).message(message)
    assert desk.sent == ["ada"]
    assert answered["id"] == message["id"]
    assert [part["type"] for part in answered["parts"]] == ["step-start", "tool-mail", "step-start", "text"]
    assert answered["parts"][1]["output"] == "sent to ada"
    assert desk.model.calls[1].messages[1].content == (ASK[0],)


CHANGES: list[dict[str, Any]] = [
    {"input": {"to": "eve", "copies": 1}},
    {"type": "tool-mail2"},
    {"toolCallId": "d"},
    {"approval": {"signature": "0" * 64}},
    {"approval": {"signature": None}},
    {"approval": {"id": "run.0.c"}},
]


@pytest.mark.parametrize("change", CHANGES)
async def test_an_answer_for_another_call_runs_nothing(change: dict[str, Any]) -> None:
    desk = Desk(approval_key=KEY)
    client = await desk.answer(await desk.asked(), **change)
    assert b'"errorText":"Something went wrong."' in client.content
    assert desk.sent == []
    assert len(desk.model.calls) == 1


async def test_an_agent_without_a_key_takes_no_answer_from_a_browser() -> None:
    desk = Desk()
    client = await desk.answer(await desk.asked())
    assert b"Something went wrong." in client.content
    assert desk.sent == []


async def test_a_denied_tool_does_not_run_and_the_page_shows_it() -> None:
    desk = Desk(approval_key=KEY)
    message = await desk.asked()
    client = await desk.answer(message, approved=False, approval={"reason": "too late"})
    shown = client.message(message)["parts"][1]
    assert (shown["state"], desk.sent) == ("output-denied", [])
    assert "too late" in str(desk.model.calls[1].messages[-1])


async def test_a_session_accepts_an_answer_once(tmp_path: Path) -> None:
    desk = Desk(SQLiteSessions(tmp_path / "sessions.db"), approval_key=KEY)
    message = await desk.asked()
    await desk.answer(message)
    assert desk.sent == ["ada"]
    again = await desk.answer(message)
    assert b"Something went wrong." in again.content
    assert desk.sent == ["ada"]
