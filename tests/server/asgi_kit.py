"""A client that calls an ASGI application directly, on whatever clock the test runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from ai_sdk.server import Gateway


@dataclass
class Answer:
    """What came back; ``complete`` is whether it had its end."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    complete: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def events(self) -> list[Any]:
        """The data of server-sent events, decoded but for the end mark."""
        lines = [line[6:] for line in self.body.decode().splitlines() if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


class Client:
    """Sends requests; ``last`` is the last answer, also while it arrives. It leaves after seconds, or when told to."""

    def __init__(self, gateway: Gateway, key: str | None = None) -> None:
        self.gateway = gateway
        self.key = key
        self.last = Answer()

    async def post(self, path: str, body: Any, **options: Any) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.send("POST", path, data, **options)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, b"", **options)

    async def send(
        self,
        method: str,
        path: str,
        data: bytes,
        *,
        headers: dict[str, str] | None = None,
        leave_after: float | None = None,
        leave_when: Callable[[Answer], bool] = lambda _: False,
        pieces: int = 1,
    ) -> Answer:
        answer = self.last = Answer()
        gone = asyncio.Event()
        sent = [
            data[at : at + max(1, -(-len(data) // pieces))]
            for at in range(0, len(data), max(1, -(-len(data) // pieces)))
        ] or [b""]
        all_headers = {
            "content-type": "application/json",
            **({"authorization": f"Bearer {self.key}"} if self.key else {}),
        }
        all_headers |= headers or {}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in all_headers.items()],
        }

        async def receive() -> MutableMapping[str, Any]:
            if sent:
                piece = sent.pop(0)
                return {"type": "http.request", "body": piece, "more_body": bool(sent)}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            else:
                answer.body += message["body"]
                answer.complete = not message.get("more_body", False)
            if leave_when(answer):
                gone.set()

        if leave_after is not None:
            asyncio.get_running_loop().call_later(leave_after, gone.set)
        await self.gateway(scope, receive, send)
        return answer


def chat(model: str = "m", **fields: Any) -> dict[str, Any]:
    """A body of ``/v1/chat/completions``."""
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], **fields}
