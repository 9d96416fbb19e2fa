"""A server that speaks the OpenAI dialect over real HTTP and fails on demand."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Protocol, cast

from ai_sdk.testing._http1 import Aborted, LoopbackServer, Received, Reply
from ai_sdk.testing._openai import CREATED, DONE, Chunks, error_body, sse, wants_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "OK",
    "Aborted",
    "ByteAtATime",
    "CleanEnd",
    "Cut",
    "ErrorEvent",
    "Fault",
    "FaultServer",
    "Malformed",
    "NoDone",
    "Received",
    "Reply",
    "Stall",
    "StallHeaders",
    "Status",
]

_FAILURE: dict[str, Any] = {
    "message": "The server had an error while processing your request",
    "type": "server_error",
    "param": None,
    "code": None,
}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Fault(Protocol):
    """What a server does with one request; write your own to see other behaviour."""

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer the request, in whatever way."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A correct answer, from which each fault departs somewhere.

    ``text`` streams a word a chunk, or as ``chunks`` says when they are given; ``pause`` is the seconds between two.
    """

    text: str = "The quick brown fox jumps over the lazy dog."
    chunks: Sequence[str] = ()
    pause: float = 0.0

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer as a stream or as JSON, as the request wishes."""
        body = _body(request)
        if body.get("stream"):
            await self.stream(body, reply)
        else:
            await self.whole(_whole_answer(request, body, "".join(self.pieces())), reply)

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer as JSON."""
        await reply.send(200, data)

    async def stream(self, body: Mapping[str, Any], reply: Reply) -> None:
        """Answer as a stream."""
        await reply.start()
        await self.send(self.pieces(), body, reply)
        await self.finish(body, reply)

    def pieces(self, least: int = 0) -> list[str]:
        """The text in pieces, from the beginning again if ``least`` is more than there are."""
        pieces = list(self.chunks) or re.findall(r"\S+\s*", self.text) or [""]
        return list(islice(cycle(pieces), max(least, len(pieces))))

    async def send(self, pieces: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Send a chunk a piece."""
        chunks = _chunks(body)
        for piece in pieces:
            if self.pause and reply.events:
                await asyncio.sleep(self.pause)
            role = {"role": "assistant"} if reply.events == 0 else {}
            await reply.event(sse(chunks.delta({**role, "content": piece})))

    async def finish(self, body: Mapping[str, Any], reply: Reply, done: bytes = DONE) -> None:
        """End as a stream ends: finish reason, usage if the client asked for it, the end marker."""
        for event in _finish(body, reply.events, done):
            await reply.event(event)
        await reply.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class OK(_Answer):
    """No fault: a whole, correct answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDone(_Answer):
    """A stream with a finish reason but without the ``[DONE]`` marker, as some servers end theirs (recorded)."""

    async def finish(self, body: Mapping[str, Any], reply: Reply, done: bytes = DONE) -> None:
        """End without the marker."""
        del done
        for event in _finish(body, reply.events, b""):
            await reply.event(event)
        await reply.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteAtATime(_Answer):
    """A correct answer whose body is sent a byte at a time."""

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer as JSON."""
        await reply.start_sized(len(data))
        for at in range(len(data)):
            reply.over = at == len(data) - 1
            await reply.write_raw(data[at : at + 1])

    async def stream(self, body: Mapping[str, Any], reply: Reply) -> None:
        """Answer as a stream."""
        await reply.start()
        chunks = _chunks(body)
        pieces = self.pieces()
        events = [sse(chunks.delta({"content": piece})) for piece in pieces]
        for event in [*events, *_finish(body, len(pieces), DONE)]:
            for at in range(len(event)):
                await reply.write(event[at : at + 1])
            reply.events += 1
        await reply.end()


@dataclass(frozen=True, slots=True)
class Status:
    """An HTTP status; ``body`` is JSON data, or text, or the dialect's error object when None."""

    status: int
    retry_after: float | None = field(default=None, kw_only=True)
    body: Any = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer with the status."""
        del request
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
        if isinstance(self.body, str):
            await reply.send(self.status, self.body.encode(), "text/plain", headers)
            return
        body = self.body
        if body is None:
            body = error_body(f"This is status {self.status}", _TYPES.get(self.status, "server_error"))
        await reply.send(self.status, json.dumps(body).encode(), headers=headers)


@dataclass(frozen=True, slots=True)
class _After(_Answer):
    """A stream that goes wrong ``after`` that many chunks."""

    after: int = 1

    async def stream(self, body: Mapping[str, Any], reply: Reply) -> None:
        """Answer as a stream."""
        await reply.start()
        pieces = self.pieces(self.after + 2)
        await self.send(pieces[: self.after], body, reply)
        await self.go_wrong(pieces[self.after :], body, reply)

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Do what this fault is about."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Cut(_After):
    """The TCP connection is closed in the middle of the body; ``reset``: by a reset. JSON is cut in its middle."""

    reset: bool = field(default=False, kw_only=True)

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Close the connection."""
        del rest, body
        reply.cut(reset=self.reset)

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer with half of the JSON."""
        await reply.start_sized(len(data))
        await reply.write_raw(data[: len(data) // 2])
        reply.cut(reset=self.reset)


@dataclass(frozen=True, slots=True)
class CleanEnd(_After):
    """The HTTP body ends properly, with neither finish reason nor end marker. JSON lacks its finish reason."""

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """End the body."""
        del rest, body
        await reply.end()

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer without a finish reason."""
        answer = json.loads(data)
        for choice in answer.get("choices", ()):
            choice["finish_reason"] = None
        await reply.send(200, json.dumps(answer).encode())


@dataclass(frozen=True, slots=True)
class ErrorEvent(_After):
    """An event ``{"error": ...}``, after which the body ends. As JSON it is the whole body, with status 200."""

    error: Mapping[str, Any] = field(default_factory=lambda: _FAILURE, kw_only=True)

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Send the error and end."""
        del rest, body
        await reply.event(sse({"error": dict(self.error)}))
        await reply.end()

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer with the error."""
        del data
        await reply.send(200, json.dumps({"error": dict(self.error)}).encode())


@dataclass(frozen=True, slots=True)
class Malformed(_After):
    """One event that is not JSON, good ones before and after it. JSON is broken off, with a right length."""

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Send a malformed event and go on."""
        await reply.event(b'data: {"choices": [{"index": 0, "delta": {"content": "hal\n\n')
        await self.send(rest, body, reply)
        await self.finish(body, reply)

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer with half of the JSON."""
        await reply.send(200, data[: len(data) // 2])


@dataclass(frozen=True, slots=True)
class Stall(_After):
    """Nothing more comes, until the client goes away. JSON stalls in its middle."""

    async def go_wrong(self, rest: Sequence[str], body: Mapping[str, Any], reply: Reply) -> None:
        """Send nothing more."""
        del rest, body
        await reply.hang()

    async def whole(self, data: bytes, reply: Reply) -> None:
        """Answer with half of the JSON."""
        await reply.start_sized(len(data))
        await reply.write_raw(data[: len(data) // 2])
        await reply.hang()


@dataclass(frozen=True, slots=True)
class StallHeaders:
    """Not even the response headers come, until the client goes away."""

    async def answer(self, request: Received, reply: Reply) -> None:
        """Send nothing."""
        del request
        await reply.hang()


_PLAIN: dict[str, type[_Answer | StallHeaders]] = {
    "ok": OK,
    "no-done": NoDone,
    "byte-at-a-time": ByteAtATime,
    "stall-headers": StallHeaders,
}
_AFTER: dict[str, type[_After]] = {
    "cut": Cut,
    "clean-end": CleanEnd,
    "error-event": ErrorEvent,
    "malformed": Malformed,
    "stall": Stall,
}
_STATUS = re.compile(r"(\d{3})(?:-retry-after-(\d+(?:\.\d+)?))?")
_NAMES = [*_PLAIN, *(f"{name}-after-<n>" for name in _AFTER), "reset-after-<n>", "<status>", "429-retry-after-<s>"]


class FaultServer(LoopbackServer):
    """Speaks ``/v1/chat/completions`` (JSON and streams), ``/v1/embeddings`` and ``/v1/models``, with faults on demand.

    Each POST takes the next fault of the script; the last one repeats, and an empty script is ``OK()``. A model id such
    as ``fault:cut-after-3`` chooses the fault itself, whatever the script says, and takes nothing from it;
    ``fault:500,500,ok`` is a script of its own. ``GET /v1/models`` lists the names. For ``async with`` (in the running
    loop) or ``with`` (in a thread of its own). ``requests`` are the requests in order, ``aborted`` the answers that
    clients left early; ``wait_idle`` and ``until`` wait without sleeping.
    """

    def __init__(self, script: Sequence[Fault] = ()) -> None:
        super().__init__()
        self._named: dict[str, int] = {}
        self.script(script)

    def script(self, faults: Sequence[Fault]) -> None:
        """Start a new script."""
        self._script: tuple[Fault, ...] = tuple(faults) or (OK(),)
        self._at = 0

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer one request."""
        if request.route == ("GET", "/v1/models"):
            await reply.send(200, json.dumps({"object": "list", "data": [_model(name) for name in _NAMES]}).encode())
        elif request.route in (("POST", "/v1/chat/completions"), ("POST", "/v1/embeddings")):
            await self._fault(request).answer(request, reply)
        else:
            failure = error_body(f"there is no {request.method} {request.path}")
            await Status(404, body=failure).answer(request, reply)

    def _fault(self, request: Received) -> Fault:
        model = str(_body(request).get("model"))
        if model.startswith("fault:"):
            at = self._named.get(model, 0)
            self._named[model] = at + 1
            return _pick([_parse(name) for name in model.removeprefix("fault:").split(",")], at)
        at = self._at
        self._at += 1
        return _pick(self._script, at)


def _pick(script: Sequence[Fault], at: int) -> Fault:
    return script[min(at, len(script) - 1)]


def _parse(name: str) -> Fault:
    """The fault of a name; an unknown name is a 404 that lists the known ones."""
    if name in _PLAIN:
        return _PLAIN[name]()
    if found := _STATUS.fullmatch(name):
        return Status(int(found[1]), retry_after=float(found[2]) if found[2] else None)
    kind, _, after = name.partition("-after-")
    if after.isdecimal() and kind == "reset":
        return Cut(int(after), reset=True)
    if after.isdecimal() and kind in _AFTER:
        return _AFTER[kind](int(after))
    known = f"there is no fault {name!r}; there are {', '.join(_NAMES)}"
    return Status(404, body=error_body(known, code="model_not_found"))


def _model(name: str) -> dict[str, Any]:
    return {"id": f"fault:{name}", "object": "model", "created": CREATED, "owned_by": "ai-sdk-layers"}


def _body(request: Received) -> dict[str, Any]:
    body = request.json
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _chunks(body: Mapping[str, Any]) -> Chunks:
    return Chunks(str(body.get("model")))


def _usage(pieces: int) -> dict[str, int]:
    return {"prompt_tokens": 5, "completion_tokens": pieces, "total_tokens": 5 + pieces}


def _finish(body: Mapping[str, Any], pieces: int, done: bytes) -> Iterator[bytes]:
    chunks = _chunks(body)
    yield sse(chunks.delta({}, "stop"))
    if wants_usage(body):
        yield sse(chunks.usage(_usage(pieces)))
    if done:
        yield done


def _whole_answer(request: Received, body: Mapping[str, Any], text: str) -> bytes:
    if request.route[1].endswith("/embeddings"):
        return json.dumps(_embeddings(body)).encode()
    usage = _usage(len(text.split()))
    return json.dumps(_chunks(body).completion({"content": text}, "stop", usage)).encode()


def _embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Vectors that depend on the texts alone: the length, the first and the last character's code point."""
    given = body.get("input", "")
    texts = [given] if isinstance(given, str) else [str(each) for each in given]
    data = [
        {
            "object": "embedding",
            "index": at,
            "embedding": [float(len(text)), *(float(ord(c)) for c in text[:1] + text[-1:])],
        }
        for at, text in enumerate(texts)
    ]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": body.get("model"), "data": data, "usage": usage}
