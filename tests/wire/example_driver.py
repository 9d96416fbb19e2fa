"""``python -m wire.example_driver EXAMPLE DATA``: run an example whose provider answers from hand-written exchanges."""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ai_sdk import endpoint
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse, HTTPStream
from ai_sdk.testing import run
from ai_sdk.testing.replay import Exchange, Replayer, exchanges

DATA = Path(__file__).parent / "data"
SHARED = "default_http"
_FAILURES = ("broken", "error", "overload", "cut", "failed", "blocked")


class Library(HTTP):
    """Answers each request with the exchange that is most like it: the same end of the path, streamed or not."""

    def __init__(self, known: Sequence[Exchange]) -> None:
        super().__init__()
        good = [each for each in known if 200 <= each.status < 300]
        self._known = [each for each in good if not any(word in each.id for word in _FAILURES)]
        self._used: list[str] = []

    def guarded(self) -> HTTP:
        """Itself: nothing is connected to."""
        return self

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Answer at once."""
        return await self._find(request, streamed=False).send(request)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Answer in pieces."""
        return await self._find(request, streamed=True).open(request)

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""

    def _find(self, request: HTTPRequest, *, streamed: bool) -> Replayer:
        body = _json(request.body)
        end = request.url.partition("?")[0].rpartition("/")[2].rpartition(":")[2]
        fitting = [
            each
            for each in self._known
            if each.endpoint.rpartition("/")[2].rpartition(":")[2] == end
            and (each.streamed == streamed or (streamed and not isinstance(body, dict)) or _is_binary(each))
            and each.method == request.method
        ]
        if not fitting:
            raise LookupError(f"no exchange for {request.method} {request.url}, {streamed=}")
        best = min(fitting, key=lambda each: (each.id in self._used, _distance(body, each.request_json)))
        self._used.append(best.id)
        return Replayer(best)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _is_binary(exchange: Exchange) -> bool:
    return exchange.headers.get("content-type", "").startswith(("audio/", "image/", "video/", "application/octet"))


def _distance(body: Any, other: Any) -> tuple[int, int]:
    """How little two bodies are alike: the fields that one has and the other lacks, and the length of the talk."""
    one, two = (cast("dict[str, Any]", each) if isinstance(each, dict) else {} for each in (body, other))
    talk = [
        len(json.dumps(each.get("messages") or each.get("input") or each.get("contents") or "")) for each in (one, two)
    ]
    return len(one.keys() ^ two.keys()), abs(talk[0] - talk[1])


def main(example: str, data: str) -> None:
    """Run the example in this process."""
    library = Library(list(exchanges(data, corpus=DATA)))
    setattr(endpoint, SHARED, lambda: library)
    setattr(asyncio, "run", run)  # jobs are polled in virtual time
    runpy.run_path(example, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
