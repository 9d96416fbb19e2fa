"""A page in headless Chromium that a test drives through the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from live.chromium_kit import OPTIONS

__all__ = ["Page", "opened"]


class Page:
    """One tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    async def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, script: str, seconds: float = 40.0) -> Any:
        """Wait until an expression is true, and give its value; the failure shows the page."""
        try:
            async with asyncio.timeout(seconds):
                while not (value := await self.run(script)):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            shown = await self.run("document.body ? document.body.innerText : ''")
            raise AssertionError(f"{script} did not become true; the page shows:\n{shown}") from None
        return value

    async def go(self, address: str) -> None:
        """Load a page."""
        await self.ask("Page.navigate", url=address)
        await self.until("document.querySelector('#send') !== null")

    async def type(self, selector: str, text: str) -> None:
        """Click into a field and write, as a keyboard does."""
        await self.click(selector)
        await self.ask("Input.insertText", text=text)

    async def click(self, selector: str) -> None:
        """Click the middle of what a selector finds, as a mouse does."""
        box = await self.until(
            f"(() => {{ const found = document.querySelector({json.dumps(selector)});"
            " if (!found) return null; found.scrollIntoView(); const box = found.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    async def screenshot(self, png: Path) -> None:
        """Write a picture of the page."""
        png.parent.mkdir(parents=True, exist_ok=True)
        png.write_bytes(base64.b64decode((await self.ask("Page.captureScreenshot"))["data"]))


@asynccontextmanager
async def opened(program: str) -> AsyncGenerator[Page, None]:
    """A fresh Chromium with one empty page."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = [*OPTIONS, "--remote-debugging-port=0", "--window-size=900,700", f"--user-data-dir={profile}"]
        process = await asyncio.create_subprocess_exec(
            program, *options, "about:blank", stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            assert process.stderr is not None
            async with asyncio.timeout(60):
                while not (found := re.search(rb"ws://(127\.0\.0\.1:\d+)", line := await process.stderr.readline())):
                    assert line, "the browser ended"
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://{found[1].decode()}/json") as answer:
                    tabs = [each for each in await answer.json() if each["type"] == "page"]
                async with session.ws_connect(tabs[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield Page(socket)
        finally:
            process.kill()
            await process.wait()
            process._transport.close()  # type: ignore[attr-defined]
