"""Text from a language model, with tools: at once, or while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any, Self, Unpack

from ai_sdk._loop import StepLoop, plan
from ai_sdk.errors import ResponseClosedError
from ai_sdk.messages import Prompt
from ai_sdk.parts import TextDelta
from ai_sdk.steps import LanguageModel, StreamPart, TextResult, TextSettings

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["TextStream", "generate_text", "stream_text"]


async def generate_text(
    model: LanguageModel, prompt: Prompt | None = None, /, *, stream: bool = False, **settings: Unpack[TextSettings]
) -> TextResult:
    """Answer a prompt, or a conversation in ``messages``, running the tools that the model asks for.

    ``prompt`` is a string or a list of strings and files. ``stream`` asks the provider to stream although only the
    whole answer is returned, for time limits that look at single parts. The settings are those of ``TextSettings``.

    The model is called again after each step whose tool calls all have results, until a step has none or ``stop_when``
    says so. The functions of one step run at once; what goes wrong in them goes back to the model as an error result. A
    call of a tool without a function ends the loop: it is the caller's to answer. Tools of an answer that was cut off
    do not run. A step's response is closed before any tool of that step runs.

    Raises ``InvalidRequestError`` before any call, and what the model raises.
    """
    return await StepLoop(plan("generate_text", model, prompt, settings, stream=stream)).run()


def stream_text(model: LanguageModel, prompt: Prompt | None = None, /, **settings: Unpack[TextSettings]) -> TextStream:
    """Do as ``generate_text`` does, handing out the answer while it arrives.

    Returns at once; the call is made when the stream is entered: ``async with stream_text(...) as stream``. Raises
    ``InvalidRequestError`` for bad arguments at once.
    """
    return TextStream(StepLoop(plan("stream_text", model, prompt, settings, stream=True)))


class TextStream:
    """An answer that arrives while it is read, made by ``stream_text``. Entering it makes the call.

    ``text``, ``parts`` and ``result()`` share one reader: each goes on where the last one stopped. Errors are raised to
    the reader. Leaving early closes the response; a stream that is never entered makes no call.
    """

    __slots__ = ("_entered", "_loop", "_parts", "_text")

    def __init__(self, loop: StepLoop) -> None:
        self._loop = loop
        self._entered = False
        self._parts = self._loop.parts()
        self._text = _texts(self._parts)

    async def __aenter__(self) -> Self:
        if self._entered:
            raise ResponseClosedError("a stream is entered once; call stream_text again for another answer")
        self._entered = True
        await self._loop.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the response now; closing twice does nothing."""
        response = self._loop.response
        try:
            if response is not None:
                await response.aclose()
        finally:
            if self._entered:
                self._loop.close()
            await _close(self._text)
            await _close(self._parts)

    @property
    def text(self) -> AsyncIterator[str]:
        """The text of all steps, in pieces as they arrive."""
        self.check()
        return self._text

    @property
    def parts(self) -> AsyncIterator[StreamPart]:
        """Everything: the parts of every step's response, tool results, and marks between steps."""
        self.check()
        return self._parts

    async def result(self) -> TextResult:
        """Read to the end and return the whole result, also of what was read before."""
        if self._loop.result is None:
            self.check()
            async for _ in self._parts:
                pass
        assert self._loop.result is not None
        return self._loop.result

    def check(self) -> None:
        """Raise what keeps the stream from being read: it has not begun, has failed, or was closed."""
        if not self._entered:
            raise ResponseClosedError("the stream has not begun: enter it with 'async with stream_text(...) as stream'")
        if self._loop.error is not None:
            raise self._loop.error
        if self._loop.closed and self._loop.result is None:
            raise ResponseClosedError("the stream was closed before it was read to its end")


async def _close(reader: AsyncGenerator[Any, None]) -> None:
    """Close a reader; one that another task is reading ends by itself, because the response is closed."""
    if not getattr(reader, "ag_running", False):
        await reader.aclose()


async def _texts(parts: AsyncGenerator[StreamPart, None]) -> AsyncGenerator[str, None]:
    async for part in parts:
        if type(part) is TextDelta and part.text:
            yield part.text
