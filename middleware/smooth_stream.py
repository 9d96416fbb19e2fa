"""Show a stream in even pieces: words or lines in place of the provider's chunks, a little apart.

The law: the text and the reasoning stay the same, and so does everything else; only where they are cut changes, and a
piece does not depend on where the provider cut. Nothing is delayed but a piece that comes less than ``delay`` after the
piece before it: not the ``await``, not the first piece, not a tool call, not the finish. What is left of the text is
shown before whatever else comes, also before an error. An answer that was not asked for as a stream passes unchanged.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Literal, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.holding_back import part_or_error
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

__all__ = ["smooth_stream"]

Chunk: TypeAlias = Literal["word", "line"] | re.Pattern[str] | Callable[[str], str | None]

_CHUNKS = {"word": r"\s*\S+(?=\s)", "line": r"[^\n]*\n"}


def smooth_stream(*, chunk: Chunk = "word", delay: float | None = 0.01) -> Layer[LanguageRequest, LanguageResponse]:
    """Cut text and reasoning anew, and leave at least ``delay`` seconds between two pieces.

    ``chunk``: ``word`` is a word with the white space before it, shown when the white space after it has come; ``line``
    is a line with its end. A compiled pattern: everything up to the end of its first match in what has come. A
    function: it is given what has come and not been shown, and returns the piece at its beginning, or None to wait.
    ``delay``: 0 or None cuts anew and delays nothing. A stream that is slower than this is not slowed down.

    Raises InvalidRequestError when the layer is made, for an unknown ``chunk`` or a delay that is no number from 0; to
    the reader, when the function returns something else than a beginning of what it was given.
    """
    cut = _cutter(chunk)
    if delay is not None and not 0 <= delay < math.inf:
        raise InvalidRequestError(f"smooth_stream: delay is {delay!r}; allowed are seconds from 0", field="delay")

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        pieces = _Pieces(cut)
        pace = _Pace(delay or 0.0)
        while (part := await part_or_error(parts)) is not None:
            if not isinstance(part, Exception):
                if isinstance(part, TextDelta | ReasoningDelta) and not part.provider_metadata:
                    for piece in pieces.add(part):
                        await pace.wait()
                        yield piece
                    continue
                if not (part.content or part.last):
                    yield part
                    continue
            for piece in pieces.rest():
                yield piece
            if isinstance(part, Exception):
                try:
                    raise part
                finally:
                    del part
            yield part

    @layer
    async def smooth_stream(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "smooth_stream")
        response = await call(request)
        return await response.through(change) if request.stream else response

    return smooth_stream


class _Pieces:
    """The text that has come and not been shown, of one block at a time."""

    __slots__ = ("_cut", "_first", "_text")

    def __init__(self, cut: Callable[[str], int]) -> None:
        self._cut = cut
        self._first: TextDelta | ReasoningDelta | None = None
        self._text = ""

    def add(self, delta: TextDelta | ReasoningDelta) -> Iterator[LanguagePart]:
        """The pieces that are whole now; the rest of another block comes first."""
        first = self._first
        if first is None or type(first) is not type(delta) or first.id != delta.id:
            yield from self.rest()
            self._first = delta
            if not delta.text:
                yield delta
        self._text += delta.text
        while self._text and (end := self._cut(self._text)):
            text, self._text = self._text[:end], self._text[end:]
            yield delta if text == delta.text else type(delta)(text, delta.id)

    def rest(self) -> list[LanguagePart]:
        """What is left, as one piece."""
        first, text = self._first, self._text
        self._text = ""
        return [type(first)(text, first.id)] if first is not None and text else []


class _Pace:
    """Leaves the time between two pieces. ``delay`` is in seconds."""

    __slots__ = ("_delay", "_due")

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._due = -math.inf

    async def wait(self) -> None:
        if self._delay:
            time = asyncio.get_running_loop().time
            if (now := time()) < self._due:
                await asyncio.sleep(self._due - now)
                now = time()
            self._due = now + self._delay


def _cutter(chunk: object) -> Callable[[str], int]:
    """A function that says how many characters the next piece has, 0 for none yet."""
    if isinstance(chunk, str) and chunk in _CHUNKS:
        return _by_pattern(re.compile(_CHUNKS[chunk]))
    if isinstance(chunk, re.Pattern):
        return _by_pattern(cast("re.Pattern[str]", chunk))
    if callable(chunk):
        return _by_function(cast("Callable[[str], str | None]", chunk))
    given = repr(chunk) if isinstance(chunk, str) else f"a {type(chunk).__name__}"
    raise InvalidRequestError(
        f"smooth_stream: chunk is {given}; allowed are 'word', 'line', a compiled pattern and a function", field="chunk"
    )


def _by_pattern(pattern: re.Pattern[str]) -> Callable[[str], int]:
    def cut(text: str) -> int:
        found = pattern.search(text)
        return found.end() if found is not None else 0

    return cut


def _by_function(function: Callable[[str], str | None]) -> Callable[[str], int]:
    def cut(text: str) -> int:
        piece = function(text)
        if piece is None:
            return 0
        if not piece or not text.startswith(piece):
            raise InvalidRequestError(
                "smooth_stream: the chunk function returned something that is not a beginning of what it was given",
                field="chunk",
            )
        return len(piece)

    return cut
