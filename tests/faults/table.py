"""What a caller of this library sees when the provider fails: the same experiments for the tests and for the table.

``python -m tests.faults.table`` prints them as a column of Markdown.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ai_sdk import generate_text, stream_text, wrap_model
from ai_sdk.ending import Ending
from ai_sdk.messages import TextPart, UserMessage
from ai_sdk.middleware import retry
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import hold
from ai_sdk.results import LanguageResponse
from ai_sdk.testing.fault_server import (
    OK,
    ByteAtATime,
    CleanEnd,
    Cut,
    ErrorEvent,
    Fault,
    FaultServer,
    Malformed,
    NoDone,
    Stall,
    StallHeaders,
    Status,
)

if TYPE_CHECKING:
    from ai_sdk.http import HTTP

TEXT = OK().text
WITHIN = 0.5
Req = TypeVar("Req")
Res = TypeVar("Res")
ChatModel: TypeAlias = Model[LanguageRequest, LanguageResponse]


def bare_model(server: FaultServer, http: HTTP | None = None) -> ChatModel:
    """The model that every experiment uses."""
    return create_openai_compatible(name="fault", base_url=server.base_url, api_key="test", http=http)("model")


def soon() -> AnyLayer:
    """Three attempts, as by default, with waits that a test can afford."""
    return retry(base=0.001)


@dataclass(frozen=True)
class Seen:
    """What the caller saw, and how many requests reached the server. ``seconds`` is the loop's time."""

    text: str
    error: Exception | None
    requests: int
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.error is None:
            return f"{self.requests} request{'s' * (self.requests > 1)}, complete text"
        partial = getattr(self.error, "partial", None)
        with_partial = f" with `.partial` of {len(partial.text)} characters" if partial is not None else ""
        return f"{self.requests} request{'s' * (self.requests > 1)}, {type(self.error).__name__}{with_partial}"


async def ask(server: FaultServer, faults: Sequence[Fault], *layers: AnyLayer, stream: bool = False) -> Seen:
    """Ask once against a script of faults, with ``generate_text`` or ``stream_text``."""
    server.script(faults)
    before = len(server.requests)
    model = wrap_model(bare_model(server), layers)
    loop = asyncio.get_running_loop()
    started = loop.time()
    text = ""
    error: Exception | None = None
    try:
        if stream:
            async with stream_text(model, "hi") as answer:
                async for delta in answer.text:
                    text += delta
        else:
            text = (await generate_text(model, "hi")).text
    except Exception as caught:
        error = caught
    return Seen(text, error, len(server.requests) - before, loop.time() - started)


def one_at_a_time(free: asyncio.Semaphore) -> AnyLayer:
    """Hold a slot for the length of the response."""

    class Slot:
        taken = True

        def release(self, ending: Ending, /) -> None:
            if self.taken:
                self.taken = False
                free.release()

    @layer
    async def one_at_a_time(request: Req, call: Model[Req, Res]) -> Res:
        await free.acquire()
        return await hold(Slot(), call, request)

    return one_at_a_time


REQUEST = LanguageRequest(messages=(UserMessage((TextPart("hi"),)),), stream=True)


async def leave_text(model: ChatModel) -> None:
    """Leave ``async with stream_text(...)`` in the middle."""
    async with stream_text(model, "hi") as stream:
        async for _ in stream.text:
            break


async def leave_response(model: ChatModel) -> None:
    """Leave ``async with`` on a response in the middle."""
    async with await model(REQUEST) as response:
        async for _ in response:
            break


async def drop_text(model: ChatModel) -> None:
    """Break out of the text of a stream and drop the last reference, without leaving ``async with``."""
    stream = await stream_text(model, "hi").__aenter__()
    async for _ in stream.text:
        break
    del stream


async def drop_response(model: ChatModel) -> None:
    """Break out of a response and drop the last reference."""
    response = await model(REQUEST)
    async for _ in response:
        break
    del response


async def drop_unread(model: ChatModel) -> None:
    """Drop a response that nobody has read."""
    await model(REQUEST)


async def cancel_read(model: ChatModel) -> None:
    """Cancel a task that waits for the next delta."""
    first = asyncio.Event()

    async def read() -> None:
        async with stream_text(model, "hi") as stream:
            async for _ in stream.text:
                first.set()

    await _cancelled(asyncio.create_task(read()), first.wait())


async def _cancelled(task: asyncio.Task[Any], when: Awaitable[Any]) -> None:
    await when
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


LEAVING: dict[str, Callable[[ChatModel], Awaitable[None]]] = {
    "`async with stream_text(...)` left early": leave_text,
    "`async with response` left early": leave_response,
    "`break`, then the last reference to the stream dropped": drop_text,
    "`break`, then the last reference to the response dropped": drop_response,
    "response dropped unread": drop_unread,
    "`task.cancel()` while reading": cancel_read,
}


async def released(server: FaultServer, leave: Callable[[ChatModel], Awaitable[None]]) -> bool:
    """Whether the connection and a slot held around the call are free soon after ``leave``."""
    server.script([Stall(2)])
    before = len(server.aborted)
    free = asyncio.Semaphore(1)
    model = wrap_model(bare_model(server), [one_at_a_time(free)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        await leave(model)
        try:
            async with asyncio.timeout(WITHIN):
                await server.until(lambda: len(server.aborted) > before)
                await free.acquire()
        except TimeoutError:
            return False
    return True


async def cancelled_call(server: FaultServer, fault: Fault, *, stream: bool) -> bool:
    """Whether cancelling a call that waits for its answer closes the connection."""
    server.script([fault])
    before = len(server.aborted)
    arrived = len(server.requests)
    model = bare_model(server)
    call = stream_text(model, "hi").__aenter__() if stream else generate_text(model, "hi")
    await _cancelled(asyncio.create_task(call), server.until(lambda: len(server.requests) > arrived))
    try:
        async with asyncio.timeout(WITHIN):
            await server.until(lambda: len(server.aborted) > before)
    except TimeoutError:
        return False
    return True


ERROR_WITH_CODE = ErrorEvent(2, error={"message": "try later", "type": "overloaded_error", "code": 503})
STREAMS: dict[str, tuple[Sequence[Fault], bool]] = {
    "HTTP 500": ([Status(500)], True),
    "HTTP 429 with Retry-After 0.2": ([Status(429, retry_after=0.2)], True),
    "HTTP 400": ([Status(400)], True),
    "TCP cut after 3 chunks": ([Cut(3)], True),
    "TCP cut before the first chunk, then fine": ([Cut(0), OK()], True),
    "clean end, no finish reason, no [DONE]": ([CleanEnd(3)], True),
    "the same before the first chunk, then fine": ([CleanEnd(0), OK()], True),
    "finish reason but no [DONE]": ([NoDone()], True),
    '`{"error": ...}` after 2 chunks': ([ERROR_WITH_CODE], True),
    '`{"error": ...}` before the first chunk, then fine': ([ErrorEvent(0), OK()], True),
    "one malformed event, good ones after": ([Malformed(2)], True),
    "a byte at a time": ([ByteAtATime()], True),
    "JSON cut in its middle, then fine": ([Cut(), OK()], False),
}


async def _answered_in_this_loop(model: ChatModel) -> str:
    return (await generate_text(model, "hi")).text


def column() -> list[tuple[str, str]]:
    """What we do, row by row of the table."""
    rows: list[tuple[str, str]] = []

    async def streams(server: FaultServer) -> None:
        for name, (faults, stream) in STREAMS.items():
            rows.append((name, str(await ask(server, faults, soon(), stream=stream))))

    async def leaving(server: FaultServer) -> None:
        for name, leave in LEAVING.items():
            rows.append((f"{name}: all released within {WITHIN} s", _yes(await released(server, leave))))
        waiting = await cancelled_call(server, StallHeaders(), stream=False)
        rows.append((f"`task.cancel()` before any answer: released within {WITHIN} s", _yes(waiting)))

    with FaultServer() as server:
        asyncio.run(streams(server))
        asyncio.run(leaving(server))
        server.script([OK()])
        model = bare_model(server)
        twice = [asyncio.run(_answered_in_this_loop(model)) for _ in range(2)]
        rows.append(("the same model in a second `asyncio.run`", _yes(twice == [TEXT, TEXT])))
    return rows


def _yes(truth: bool) -> str:
    return "yes" if truth else "**no**"


if __name__ == "__main__":
    print("| with `retry()`, three attempts | ai_sdk |\n|---|---|")
    print("\n".join(f"| {name} | {what} |" for name, what in column()))
