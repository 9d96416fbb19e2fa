"""One request to an ASGI application, on the virtual clock."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ai_sdk.parts import TextDelta
from ai_sdk.web import UIMessageBuilder, UIMessageDecoder

__all__ = ["HI", "Client", "chat"]

HI = {"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}


class Client:
    """One request to an ASGI application; ``leave`` is a client that goes away."""

    def __init__(
        self, app: Any, method: str = "POST", path: str = "/api/chat", body: Any = None, **headers: str
    ) -> None:
        self.app = app
        given = {
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        path, _, query = path.partition("?")
        self.scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.left = asyncio.Event()
        self.read = False
        self.sent: list[Any] = []
        self.times: list[float] = []

    async def receive(self) -> Any:
        if not self.read:
            self.read = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.times.append(asyncio.get_running_loop().time())

    async def run(self) -> Client:
        await self.app(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def content(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    def message(self, before: dict[str, Any] | None = None) -> dict[str, Any]:
        """The message that the page has now."""
        builder = UIMessageBuilder(before)
        for line in self.content.split(b"\n"):
            if line.startswith(b"data: {"):
                builder.add(json.loads(line[6:]))
        return builder.message

    @property
    def text(self) -> str:
        decoder = UIMessageDecoder()
        parts = decoder.feed(self.content) + decoder.end()
        return "".join(part.text for part in parts if isinstance(part, TextDelta))


def chat(*messages: Any, name: str = "c1", **more: Any) -> dict[str, Any]:
    return {"id": name, "messages": list(messages or (HI,)), "trigger": "submit-message", **more}
