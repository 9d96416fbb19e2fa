"""Record what happens, to be replayed in tests.

The law: every call that answers or fails becomes one line of the cassette when it is over, written before the end of
the answer is seen; nothing else changes: the parts are the very objects, and errors and cancellations pass as they are.
Headers are never written. ``replay`` of the cassette answers as the model did.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk.cassette import Cassette, error_to_plain, to_plain
from ai_sdk.ending import report_failure
from ai_sdk.errors import InvalidRequestError
from ai_sdk.model import AnyLayer, Model, layer, name_of
from ai_sdk.response import Response

if TYPE_CHECKING:
    from ai_sdk.ending import Ending

__all__ = ["record"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def record(cassette: str | Path | Cassette, /) -> AnyLayer:
    """Append each call to a cassette: a path, or a ``Cassette`` that other layers share.

    A line has the request, the parts as they were cut with the seconds that each was waited for, or the result, or the
    error. An answer that its reader closed early is recorded as far as it was read; a call that was cancelled before
    its first content is not. An answer that was not asked for as a stream is read to its end inside the ``await``.
    Outside of other layers this records the pipeline, innermost it records the model.

    Raises InvalidRequestError when the layer is made, for a path whose folder does not exist; at a call, for a request
    that cannot be written, before the model is asked. Failing to write is told to the loop's exception handler.
    """
    _check_path(cassette)

    def record(model: Model[Req, Res], /) -> Model[Req, Res]:
        tape = cassette if isinstance(cassette, Cassette) else Cassette(cassette)
        name = name_of(model)

        @layer
        async def record(request: Req, call: Model[Req, Res]) -> Res:
            line = _Line(tape, name, request)
            try:
                response = await call(request)
            except Exception as error:
                line.failed(error)
                raise
            line.answered()
            if not isinstance(response, Response):
                line.write("result", response)
                return response
            shaped = await cast("Response[Any, Any]", response).through(line.parts_of)
            shaped.keep(line)
            if not getattr(request, "stream", False):
                shaped = Response[Any, Any].of([part async for part in shaped], shaped.fold)
            return cast("Res", shaped)

        return record(model)

    return record


def _check_path(cassette: object) -> None:
    if isinstance(cassette, Cassette):
        return
    if not isinstance(cassette, str | Path) or not str(cassette):
        raise InvalidRequestError(
            f"record: cassette is a {type(cassette).__name__}; allowed are a path and a Cassette", field="cassette"
        )
    folder = Path(cassette).parent
    if not folder.is_dir():
        raise InvalidRequestError(f"record: the folder {folder} does not exist; make it first", field="cassette")


class _Line:
    """One call, until it is over."""

    def __init__(self, tape: Cassette, model: str, request: Any) -> None:
        self._tape = tape
        self._plain: dict[str, Any] = {"model": model, "request": to_plain(request)}
        self._plain["call"] = tape.begin()
        self._time = asyncio.get_running_loop().time
        self._started = self._time()
        self._parts: list[Any] = []
        self._waits: list[float] = []
        self._written = False

    def answered(self) -> None:
        """Note how long the call took, to the first content of a stream."""
        self._plain["seconds"] = self._time() - self._started

    def failed(self, error: Exception) -> None:
        """Write a call that raised."""
        self.answered()
        self.write("error", error)

    async def parts_of(self, parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
        """The same parts, noted."""
        while True:
            asked = self._time()
            try:
                part = await anext(parts)
            except StopAsyncIteration:
                return
            self._waits.append(self._time() - asked)
            self._parts.append(part)
            yield part

    def release(self, ending: Ending, /) -> None:
        """Write an answer that is over, however it ended."""
        self._plain.update(waits=self._waits, ended=ending.how)
        if ending.how == "error" and ending.error is not None:
            self._plain["error"] = error_to_plain(ending.error)
        self.write("parts", self._parts)

    def write(self, name: str, value: Any) -> None:
        """Append the line, once."""
        if self._written:
            return
        self._written = True
        try:
            self._plain[name] = error_to_plain(value) if isinstance(value, Exception) else to_plain(value)
        except InvalidRequestError as error:
            report_failure("recording a call", error)
        else:
            self._tape.add(self._plain)
