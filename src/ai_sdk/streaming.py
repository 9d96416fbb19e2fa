"""The way of a streamed answer from bytes to parts, which is the same on every wire.

Bytes go through a framing (``ai_sdk.framing``), which cuts them into events, and events through a decoder, which knows
the provider. What the two do is pure; here is what awaits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from ai_sdk.endpoint import clean, drain, read_all
from ai_sdk.media import media_type_of
from ai_sdk.parts import AudioDelta, Finish, ResponseMetadata, SpeechPart, StreamStart
from ai_sdk.results import CallWarning, LanguageResponse, SpeechResponse, Usage, fold_language, fold_speech

if TYPE_CHECKING:
    from ai_sdk.endpoint import Exchange
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart
    from ai_sdk.requests import SpeechRequest

__all__ = ["Framing", "begin", "begin_whole", "decoded", "head", "spoken"]

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


def head(headers: Mapping[str, str], warnings: Iterable[CallWarning]) -> list[StreamStart | ResponseMetadata]:
    """The parts with which a response begins: what was left out of the request, and the headers."""
    start: list[StreamStart | ResponseMetadata] = [StreamStart(tuple(warnings))] if warnings else []
    return [*start, ResponseMetadata(headers=clean(headers))]


async def spoken(
    exchange: Exchange,
    path: str,
    body: Any,
    request: SpeechRequest,
    *,
    media_type: str,
    warnings: Iterable[CallWarning] = (),
    content_type: str = "application/json",
) -> SpeechResponse:
    """One ``POST`` whose answer is the bytes of the audio, handed out as they arrive when the request wishes.

    ``media_type`` is what was asked for; what the answer says of itself, if it is audio, goes first.
    """
    if request.stream:
        stream = await exchange.open(path, body, request.headers, content_type=content_type)
        return await SpeechResponse.start(_audio(stream, media_type, warnings), fold_speech, stream)
    response = await exchange.send(path, body, request.headers, content_type=content_type)
    audio = AudioDelta(response.body, _audio_type(exchange.headers, media_type, response.body))
    return SpeechResponse.of([*head(exchange.headers, warnings), audio, Finish("stop", Usage())], fold_speech)


def _audio_type(headers: Mapping[str, str], asked: str, data: bytes) -> str:
    said = headers.get("content-type", "").partition(";")[0].strip()
    if said.startswith("audio/"):
        return said
    return asked if asked.startswith("audio/") else media_type_of(data) or asked


async def _audio(stream: HTTPStream, asked: str, warnings: Iterable[CallWarning]) -> AsyncGenerator[SpeechPart, None]:
    for part in head(stream.headers, warnings):
        yield part
    kind = ""
    async with aclosing(stream.chunks()) as chunks:
        async for chunk in chunks:
            if chunk:
                kind = kind or _audio_type(stream.headers, asked, chunk)
                yield AudioDelta(chunk, kind)
    yield Finish("stop", Usage())
