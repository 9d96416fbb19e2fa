"""``useChat`` of the npm package ``@ai-sdk/react`` on a page in a real browser, over a model behind HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live.chromium_kit import Browser
from live.web.devtools_kit import Page, opened
from live.web.server_kit import serving, until
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ai_sdk import tool
from ai_sdk.agent import Agent
from ai_sdk.errors import ServerError
from ai_sdk.messages import ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel, ScriptedServer
from ai_sdk.web import ChatEndpoint, MemoryStreams
from ai_sdk.web.starlette import chat_routes

pytestmark = pytest.mark.live

HTML = """<!doctype html><meta charset="utf-8"><title>Chat</title><style>
body { font: 16px sans-serif; margin: 2em; max-width: 46em }
section { padding: .5em 1em; margin: .5em 0; border-radius: 8px }
.user { background: #dbeafe } .assistant { background: #f1f5f9 } pre, code { background: #fff; padding: 2px 6px }
#error { color: #b91c1c }</style><div id="root"></div><script src="/page.js"></script>"""
SENT: list[str] = []


@tool(approve=False)
def send_email(to: str, subject: str) -> str:
    """Send an e-mail."""
    SENT.append(f"{to}: {subject}")
    return f"sent to {to}"


def app(script: str, endpoint: ChatEndpoint) -> Starlette:
    async def html(_request: Any) -> Response:
        return HTMLResponse(HTML)

    async def page(_request: Any) -> Response:
        return Response(script, media_type="text/javascript")

    return Starlette(routes=[Route("/", html), Route("/page.js", page), *chat_routes("/api/chat", endpoint)])


def drive(browser: Browser, script: str, model: ScriptedModel, make: Callable[[Any], ChatEndpoint], act: Any) -> None:
    """Serve a page over a scripted model behind HTTP, and act on it."""

    async def visit(address: str) -> None:
        async with opened(browser.program) as page:
            await page.go(address)
            await act(page, address)

    with ScriptedServer(model) as upstream:
        lab = create_openai_compatible(name="lab", base_url=upstream.base_url, api_key="sk-secret-of-the-lab")
        with serving(lambda: app(script, make(lab("scripted")))) as address:
            asyncio.run(visit(address))


def picture(folder: Path, name: str) -> Path:
    """Where a picture goes: the folder that AI_SDK_SHOTS names, to be looked at, or one that is thrown away."""
    return Path(os.environ.get("AI_SDK_SHOTS") or folder) / f"{name}.png"


def ask(call_id: str) -> list[Any]:
    call = ToolCallPart(call_id, "send_email", '{"to": "ada@example.com", "subject": "Tea at four"}')
    return [TextDelta("I will write to Ada."), call, Finish("tool-calls", Usage())]


def mailing(model: Any) -> ChatEndpoint:
    return ChatEndpoint(Agent(model, tools=[send_email], approval_key="a key of sixteen bytes"))


READY = "document.querySelector('#status').innerText === 'ready'"
TEXT = "document.querySelector('main').innerText"


def test_a_tool_is_approved_by_a_click_and_the_answer_goes_on(browser: Browser, page: str, tmp_path: Path) -> None:
    SENT.clear()
    model = ScriptedModel([ask("c1"), [TextDelta("Done: "), 0.2, TextDelta("Ada has it."), Finish("stop", Usage())]])

    async def act(tab: Page, _address: str) -> None:
        await tab.type("#text", "Invite Ada to tea")
        await tab.click("#send")
        await tab.until("document.querySelector('#approve') !== null")
        assert SENT == []
        await tab.screenshot(picture(tmp_path, "web-approval-asked"))
        await tab.click("#approve")
        await tab.until(f"{TEXT}.includes('Ada has it.')")
        await tab.until(READY)
        assert await tab.run("document.querySelectorAll('section.assistant').length") == 1
        assert await tab.run("document.querySelector('.tool').dataset.state") == "output-available"
        assert "sent to ada@example.com" in await tab.run(TEXT)
        await tab.screenshot(picture(tmp_path, "web-approval-answered"))

    drive(browser, page, model, mailing, act)
    assert SENT == ["ada@example.com: Tea at four"]
    assert [type(each) for each in model.calls[1].messages[-1].content] == [ToolResultPart]


def test_a_denied_tool_does_not_run_and_neither_does_one_with_other_arguments(browser: Browser, page: str) -> None:
    SENT.clear()
    model = ScriptedModel([ask("c1"), "Then I will not.", ask("c2"), "never said"])

    async def act(tab: Page, _address: str) -> None:
        await tab.type("#text", "Invite Ada to tea")
        await tab.click("#send")
        await tab.click("#deny")
        await tab.until(f"{TEXT}.includes('Then I will not.')")
        assert await tab.run("document.querySelector('.tool').dataset.state") == "output-denied"
        await tab.until(READY)
        await tab.type("#text", "Invite Ada all the same")
        await tab.click("#send")
        await tab.until("document.querySelector('#approve') !== null")
        await tab.run("chat.messages.at(-1).parts.find(part => part.approval).input.to = 'eve@example.com'")
        await tab.click("#approve")
        await tab.until("document.querySelector('#error') !== null")
        assert await tab.run("document.querySelector('#error').innerText") == "Something went wrong."

    drive(browser, page, model, mailing, act)
    assert SENT == []
    assert "not now" in str(model.calls[1].messages[-1])
    assert len(model.calls) == 3


def test_stopping_on_the_page_ends_the_call_and_an_error_shows_no_secret(browser: Browser, page: str) -> None:
    refused = ServerError("the key sk-secret-of-the-lab is wrong", status=500)
    model = ScriptedModel([[TextDelta("It was a dark"), HANG], refused])

    async def act(tab: Page, _address: str) -> None:
        await tab.type("#text", "A story")
        await tab.click("#send")
        await tab.until(f"{TEXT}.includes('It was a dark')")
        assert model.wires[0].open
        await tab.run("chat.stop()")
        await tab.until(READY)
        await asyncio.to_thread(until, lambda: not model.wires[0].open)
        await tab.type("#text", "Another one")
        await tab.click("#send")
        await tab.until("document.querySelector('#error') !== null")
        assert "secret" not in await tab.run(TEXT)

    drive(browser, page, model, ChatEndpoint, act)


def test_a_page_that_is_loaded_again_goes_on_with_the_stream(browser: Browser, page: str) -> None:
    model = ScriptedModel([[TextDelta("Once upon "), 1.0, TextDelta("a time."), Finish("stop", Usage())]])

    def endpoint(remote: Any) -> ChatEndpoint:
        return ChatEndpoint(remote, streams=MemoryStreams(), owner=lambda _scope: "ada")

    async def act(tab: Page, address: str) -> None:
        await tab.type("#text", "A story")
        await tab.click("#send")
        await tab.until(f"{TEXT}.includes('Once upon')")
        await tab.go(f"{address}/?resume")
        await tab.until(f"{TEXT}.includes('Once upon a time.')")
        await tab.until(READY)

    drive(browser, page, model, endpoint, act)
    assert len(model.calls) == 1
