"""Lives of an agent: processes that work on a session, and are killed at one of their moments.

    python agent_worker.py SERVER DATABASE EFFECTS MOMENT POLICY
    python agent_worker.py

The first is one life. The second reads lines of these five words, and forks a process for each, which has nothing but
the imported modules from its parent; it writes a line for each with how the process ended and what it printed.

A moment is one right before a save, right after it, or in a tool before or after it has done something; they are
counted from 0, and at MOMENT the process gets SIGKILL. POLICY is what is answered to questions: ``approve``, ``deny``,
or ``stop`` to leave them open. A life prints what came of the run, with the names of all moments.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
import traceback
from typing import Any

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.messages import message_to_dict
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.sessions import Session, SQLiteSessions

importlib.import_module("aiohttp")  # loaded once, for all processes that are forked

server = database = effects = policy = ""
last = -1
moments: list[str] = []


def moment(name: str) -> None:
    moments.append(name)
    if len(moments) - 1 == last:
        os.kill(os.getpid(), signal.SIGKILL)


class MortalSessions(SQLiteSessions):
    async def _write(self, session: Session, version: int) -> int:
        done = sum(each["status"] == "done" for each in session.data["calls"])
        about = f"{session.data['phase']} {len(session.data['messages'])} {done}"
        moment(f"before saving: {about}")
        found = await super()._write(session, version)
        moment(f"after saving: {about}")
        return found


def act(name: str, n: int) -> str:
    moment(f"in {name}, before it acts")
    with open(effects, "a") as file:
        file.write(f"{name} {n}\n")
    moment(f"in {name}, after it has acted")
    return f"{name} {n} done"


@tool
async def pay(n: int) -> str:
    """Pay."""
    return act("pay", n)


@tool(idempotent=True)
async def look(n: int) -> str:
    """Look."""
    return act("look", n)


async def live() -> str:
    provider = create_openai_compatible(name="loopback", base_url=server, api_key="none")
    sessions = MortalSessions(database)
    agent = Agent(provider("scripted"), tools=[pay, look], sessions=sessions, approval_key="a key for this test")
    asked: list[Any] = []
    known = await sessions.load("run")
    result = await agent.run(None if known else "go", session="run")
    while result.pending and policy != "stop":
        asked += [[each.call.name, each.interrupted] for each in result.pending]
        answers = [each.approve() if policy == "approve" else each.deny() for each in result.pending]
        result = await agent.run(session="run", approvals=answers)
    told = {
        "text": result.text,
        "messages": [message_to_dict(each) for each in result.messages],
        "usage": result.usage.total_tokens,
        "asked": asked,
        "pending": [[each.call.name, each.interrupted] for each in result.pending],
        "moments": moments,
    }
    await sessions.aclose()
    return json.dumps(told)


def begin(words: list[str]) -> str:
    global server, database, effects, last, policy
    server, database, effects, policy = *words[:3], words[4]
    last = int(words[3])
    return asyncio.run(live())


def fork(words: list[str]) -> str:
    """One life in a process of its own; how it ended, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, begin(words).encode())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.dumps([os.waitstatus_to_exitcode(status), told])


if sys.argv[1:]:
    print(begin(sys.argv[1:]))
else:
    for line in sys.stdin:
        print(fork(line.split()), flush=True)
