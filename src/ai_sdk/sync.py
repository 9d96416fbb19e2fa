"""The user functions for callers without an event loop.

::

    from ai_sdk import sync

    print(sync.generate_text("groq:llama-3.3-70b-versatile", "Why is the sky blue?").text)
    with sync.stream_text(model, "Count to ten") as stream:
        for delta in stream.text:
            print(delta, end="")

    result = sync.run(agent.run, "Where is my order?")  # whatever else is async

Every function here runs its async original, to which it adds no logic, on one event loop in a daemon thread that starts
at the first use. It works in notebooks and in many threads at once, and a forked process gets a thread of its own.
Context variables of the caller are seen inside; what is set inside stays there. Ctrl-C cancels the call, waits until it
has ended, and is raised as ``KeyboardInterrupt``. An async function that is run from here must not call back into
here: it would wait for itself, and gets an ``InvalidRequestError`` instead.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, ParamSpec, Self, TypeVar

from ai_sdk.embed import embed as _embed
from ai_sdk.embed import embed_many as _embed_many
from ai_sdk.errors import InvalidRequestError
from ai_sdk.image import generate_image as _generate_image
from ai_sdk.objects import generate_object as _generate_object
from ai_sdk.objects import stream_object as _stream_object
from ai_sdk.rerank import rerank as _rerank
from ai_sdk.speech import generate_speech as _generate_speech
from ai_sdk.speech import stream_speech as _stream_speech
from ai_sdk.text import generate_text as _generate_text
from ai_sdk.text import stream_text as _stream_text
from ai_sdk.transcribe import stream_transcription as _stream_transcription
from ai_sdk.transcribe import transcribe as _transcribe
from ai_sdk.video import generate_video as _generate_video

if TYPE_CHECKING:
    from types import TracebackType

    from ai_sdk.objects import ObjectResult, ObjectStream
    from ai_sdk.parts import SpeechPart, TranscriptionPart
    from ai_sdk.results import SpeechResult, TranscriptionResult
    from ai_sdk.speech import SpeechStream
    from ai_sdk.steps import StreamPart, TextResult
    from ai_sdk.text import TextStream
    from ai_sdk.transcribe import TranscriptionStream

__all__ = [
    "SyncObjectStream",
    "SyncSpeechStream",
    "SyncTextStream",
    "SyncTranscriptionStream",
    "close",
    "embed",
    "embed_many",
    "generate_image",
    "generate_object",
    "generate_speech",
    "generate_text",
    "generate_video",
    "rerank",
    "run",
    "stream_object",
    "stream_speech",
    "stream_text",
    "stream_transcription",
    "transcribe",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
S = TypeVar("S", bound="TextStream | ObjectStream[Any] | SpeechStream | TranscriptionStream")

_AT_EXIT = 5.0
_END: Final[Any] = object()


class _Serving(NamedTuple):
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class _Bridge:
    """An event loop in a daemon thread, started when it is first needed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the thread, which a forked process does not have."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._serving: Future[_Serving] = Future()

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the loop, in a copy of this thread's context, and wait for it."""
        loop = self._start().loop
        done: Future[T] = Future()
        tasks: list[asyncio.Task[None]] = []
        try:  # Ctrl-C may come between any two steps from here on
            loop.call_soon_threadsafe(
                lambda: tasks.append(_begin(loop, make, done)), context=contextvars.copy_context()
            )
            return done.result()
        except BaseException:
            if not done.done():
                loop.call_soon_threadsafe(lambda: tasks[0].cancel() if tasks else _give_up(done))
                wait([done])
            raise

    def _start(self) -> _Serving:
        with self._lock:
            thread = self._thread
            if thread is threading.current_thread():
                raise InvalidRequestError(
                    "a function of ai_sdk.sync was called from async code that ai_sdk.sync itself runs, and would wait "
                    "for itself; await the async function of the same name instead"
                )
            if thread is None or not thread.is_alive():
                serving = self._serving = Future[_Serving]()
                self._thread = threading.Thread(target=_serve, args=(serving,), name="ai-sdk-sync", daemon=True)
                self._thread.start()
            serving = self._serving
        return serving.result()

    def close(self, seconds: float | None = None) -> None:
        """Cancel what runs, close the loop and wait for the thread."""
        with self._lock:
            thread, serving = self._thread, self._serving
            self._thread = None
        if thread is not None and thread.is_alive():
            loop, stop = serving.result()
            loop.call_soon_threadsafe(stop.set)
            if thread is not threading.current_thread():
                thread.join(seconds)


def _serve(serving: Future[_Serving]) -> None:
    async def until_stopped() -> None:
        stop = asyncio.Event()
        serving.set_result(_Serving(asyncio.get_running_loop(), stop))
        await stop.wait()

    with asyncio.Runner() as runner:
        runner.run(until_stopped())


def _begin(
    loop: asyncio.AbstractEventLoop, make: Callable[[], Coroutine[Any, Any, T]], done: Future[T]
) -> asyncio.Task[None]:
    task = loop.create_task(_carry(make, done))
    task.add_done_callback(lambda _: _give_up(done))  # a task that is cancelled before its first step runs nothing
    return task


def _give_up(done: Future[Any]) -> None:
    if not done.done():
        done.set_exception(asyncio.CancelledError())


async def _carry(make: Callable[[], Coroutine[Any, Any, T]], done: Future[T]) -> None:
    """Run the coroutine and hand its outcome, whatever it is, to the waiting thread."""
    try:
        value = await make()
    except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
        done.set_exception(error)
    else:
        done.set_result(value)


_bridge = _Bridge()
atexit.register(_bridge.close, _AT_EXIT)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_bridge.reset)


def close() -> None:
    """Cancel what runs, close the event loop and end the thread; the next call starts another one."""
    _bridge.close()


def _blocking(function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return _bridge.run(lambda: function(*args, **kwargs))

    return call


def run(function: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run any async function as those here are run, such as ``sync.run(agent.run, "Where is my order?")``.

    Whatever can be awaited may be made in a lambda: ``sync.run(lambda: map_rows(ask, rows))``.
    """

    async def waited() -> R:
        return await function(*args, **kwargs)

    return _bridge.run(waited)


class _SyncStream(Generic[S]):
    """A stream that is entered, read and left from a thread without an event loop."""

    __slots__ = ("_stream",)

    def __init__(self, stream: S) -> None:
        self._stream = stream

    def __enter__(self) -> Self:
        try:
            _bridge.run(self._stream.__aenter__)
        except KeyboardInterrupt:
            self.close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the response now; closing twice does nothing."""
        _bridge.run(self._stream.aclose)


class SyncTextStream(_SyncStream["TextStream"]):
    """``TextStream`` for threads without an event loop; made by ``stream_text``."""

    __slots__ = ()

    @property
    def text(self) -> Iterator[str]:
        """The text of all steps, in pieces as they arrive."""
        return _each(lambda: self._stream.text)

    @property
    def parts(self) -> Iterator[StreamPart]:
        """Everything: the parts of every step's response, tool results, and marks between steps."""
        return _each(lambda: self._stream.parts)

    def result(self) -> TextResult:
        """Read to the end and return the whole result, also of what was read before."""
        return _bridge.run(self._stream.result)


class SyncObjectStream(_SyncStream["ObjectStream[Any]"], Generic[T]):
    """``ObjectStream`` for threads without an event loop; made by ``stream_object``."""

    __slots__ = ()

    @property
    def partial(self) -> Iterator[Any]:
        """The value as far as it has arrived, again and again."""
        return _each(lambda: self._stream.partial)

    def result(self) -> ObjectResult[T]:
        """Read to the end and return the validated value."""
        return _bridge.run(self._stream.result)


class SyncSpeechStream(_SyncStream["SpeechStream"]):
    """``SpeechStream`` for threads without an event loop; made by ``stream_speech``."""

    __slots__ = ()

    @property
    def audio(self) -> Iterator[bytes]:
        """The bytes of the audio, in pieces as they arrive."""
        return _each(lambda: self._stream.audio)

    @property
    def parts(self) -> Iterator[SpeechPart]:
        """The parts of the response, as they arrive."""
        return _each(lambda: self._stream.parts)

    def result(self) -> SpeechResult:
        """Read to the end and return the whole result, also of what was read before."""
        return _bridge.run(self._stream.result)


class SyncTranscriptionStream(_SyncStream["TranscriptionStream"]):
    """``TranscriptionStream`` for threads without an event loop; made by ``stream_transcription``."""

    __slots__ = ()

    @property
    def text(self) -> Iterator[str]:
        """The text, in pieces as they arrive."""
        return _each(lambda: self._stream.text)

    @property
    def parts(self) -> Iterator[TranscriptionPart]:
        """The parts of the response, as they arrive."""
        return _each(lambda: self._stream.parts)

    def result(self) -> TranscriptionResult:
        """Read to the end and return the whole result, also of what was read before."""
        return _bridge.run(self._stream.result)


def _each(source: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
    async def one() -> Any:
        return await anext(source(), _END)

    while (item := _bridge.run(one)) is not _END:
        yield item


def _texts(function: Callable[P, TextStream]) -> Callable[P, SyncTextStream]:
    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> SyncTextStream:
        return SyncTextStream(function(*args, **kwargs))

    return make


def _objects(function: Callable[P, ObjectStream[T]]) -> Callable[P, SyncObjectStream[T]]:
    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> SyncObjectStream[T]:
        return SyncObjectStream(function(*args, **kwargs))

    return make


def _sounds(function: Callable[P, SpeechStream]) -> Callable[P, SyncSpeechStream]:
    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> SyncSpeechStream:
        return SyncSpeechStream(function(*args, **kwargs))

    return make


def _transcripts(function: Callable[P, TranscriptionStream]) -> Callable[P, SyncTranscriptionStream]:
    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> SyncTranscriptionStream:
        return SyncTranscriptionStream(function(*args, **kwargs))

    return make


generate_text = _blocking(_generate_text)
stream_text = _texts(_stream_text)
generate_object = _blocking(_generate_object)
stream_object = _objects(_stream_object)
embed = _blocking(_embed)
embed_many = _blocking(_embed_many)
generate_image = _blocking(_generate_image)
generate_speech = _blocking(_generate_speech)
stream_speech = _sounds(_stream_speech)
transcribe = _blocking(_transcribe)
stream_transcription = _transcripts(_stream_transcription)
rerank = _blocking(_rerank)
generate_video = _blocking(_generate_video)
