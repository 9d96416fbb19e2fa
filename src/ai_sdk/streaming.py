"""The way of a streamed answer from bytes to parts, which is the same on every wire.

Bytes go through a framing (``ai_sdk.framing``), which cuts them into events, and events through a decoder, which knows
the provider. What the two do is pure; here is what awaits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from ai_sdk.endpoint import drain, read_all
from ai_sdk.results import LanguageResponse, fold_language

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart

__all__ = ["Framing", "begin", "begin_whole", "decoded"]

Event_co = TypeVar("Event_co", covariant=True)
Event = TypeVar("Event")
Part = TypeVar("Part")

_EVENTS = (b"data:", b"event:", b":")


class Framing(Protocol[Event_co]):
    """Bytes to events."""

    def feed(self, chunk: bytes, /) -> Iterable[Event_co]:
        """Take what has arrived and return the events that are complete."""
        ...

    def end(self) -> Iterable[Event_co]:
        """Return what is left at the end of the stream, or refuse it."""
        ...


def _nothing() -> tuple[()]:
    return ()


def _never() -> bool:
    return False


async def decoded(
    body: AsyncGenerator[bytes, None],
    framing: Framing[Event],
    read: Callable[[Event], Iterable[Part]],
    *,
    over: Callable[[], bool] = _never,
    end: Callable[[], Iterable[Part]] = _nothing,
) -> AsyncGenerator[Part, None]:
    """The parts of a body, as they arrive.

    ``read`` gives the parts of an event. When the answer is ``over``, because its end marker was read, what follows is
    drained for a moment, so that the connection can be used again. ``end`` gives what is left when the body has ended.
    """
    async with aclosing(body) as chunks:
        async for chunk in chunks:
            for event in framing.feed(chunk):
                for part in read(event):
                    yield part
            if over():
                await drain(chunks)
                return
    for event in framing.end():
        for part in read(event):
            yield part
    for part in end():
        yield part


Parts: TypeAlias = "Callable[[AsyncGenerator[bytes, None]], AsyncGenerator[LanguagePart, None]]"
Whole: TypeAlias = "Callable[[bytes], Iterable[LanguagePart]]"


async def begin(stream: HTTPStream, parts: Parts, whole: Whole) -> LanguageResponse:
    """The response of an opened stream; also when the server answered a wish for events with plain JSON."""
    if not stream.headers.get("content-type", "").startswith("application/json"):
        return await LanguageResponse.start(parts(stream.chunks()), fold_language, stream)
    return await begin_whole(await read_all(stream), parts, whole)


async def begin_whole(body: bytes, parts: Parts, whole: Whole) -> LanguageResponse:
    """The response of a body that is all here, of JSON or of events; some servers call events JSON (recorded)."""
    if body.lstrip().startswith(_EVENTS):
        return await LanguageResponse.start(parts(_once(body)), fold_language)
    return LanguageResponse.of([*whole(body)], fold_language)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
