"""An HTTP door that answers by a script, without a socket: for providers that need several exchanges for one call."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ai_sdk._frozen import EMPTY
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse, HTTPStream
from ai_sdk.testing.replay import ReplayedStream

__all__ = ["Answer", "Script", "ScriptedHTTP"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ``seconds`` after the request. ``body``: bytes, or anything else, which goes out as JSON.

    A streamed body comes in ``pieces`` when they are given.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = EMPTY
    seconds: float = 0.0
    pieces: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        if self.pieces:
            return b"".join(self.pieces)
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers, with a content type."""
        kind = "application/octet-stream" if isinstance(self.body, bytes) else "application/json"
        return {"content-type": kind, **self.headers}


Script: TypeAlias = Mapping[str, "Answer | Exception | Sequence[Answer | Exception]"]
"""What to answer to ``"POST /v1/jobs"``: by method and path, without host and query. Of several answers each is given
once, the last one again and again; an exception is raised."""


class ScriptedHTTP(HTTP):
    """Answers requests by their method and path; ``requests`` are those that it got, in order.

    A request that the script does not know is a ``LookupError``. It stands in for guarded connections, too.
    """

    def __init__(self, script: Script, /) -> None:
        super().__init__()
        self.requests: list[HTTPRequest] = []
        self.streams: list[ReplayedStream] = []
        self._script = {route: list(said) if isinstance(said, Sequence) else [said] for route, said in script.items()}
        self._given: defaultdict[str, int] = defaultdict(int)

    @property
    def routes(self) -> list[str]:
        """Method and path of each request, in order."""
        return [_route(each) for each in self.requests]

    def guarded(self) -> HTTP:
        """Itself: nothing is connected to."""
        return self

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Answer with the whole body."""
        answer = await self._answer(request)
        return HTTPResponse(answer.status, answer.all_headers, answer.content)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Answer in pieces."""
        answer = await self._answer(request)
        stream = ReplayedStream(answer.status, answer.all_headers, answer.pieces or (answer.content,))
        self.streams.append(stream)
        return stream

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""

    async def _answer(self, request: HTTPRequest) -> Answer:
        self.requests.append(request)
        route = _route(request)
        if route not in self._script:
            raise LookupError(f"the script has no {route}; it has {', '.join(self._script)}")
        answers = self._script[route]
        answer = answers[min(self._given[route], len(answers) - 1)]
        self._given[route] += 1
        if isinstance(answer, Exception):
            raise answer
        await asyncio.sleep(answer.seconds)
        return answer


def _route(request: HTTPRequest) -> str:
    return f"{request.method} {urlsplit(request.url).path or '/'}"
