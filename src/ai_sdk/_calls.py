"""What the user functions share: their arguments, the record of a call, and several calls side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeAlias, TypedDict, TypeVar, cast

from ai_sdk.call import CallRecord, EventKind, Observer, entered, open_record
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, ResponseClosedError
from ai_sdk.media import media_type_of
from ai_sdk.messages import FilePart
from ai_sdk.model import Model, name_of
from ai_sdk.polling import Polling, Progress, polling_with
from ai_sdk.response import AnyPart, Response
from ai_sdk.results import CallWarning, GeneratedFile, Usage

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "CommonSettings",
    "LiveCall",
    "MediaFile",
    "OnProgress",
    "check_count",
    "check_names",
    "check_text",
    "fields_of",
    "file_of",
    "raise_when_none",
    "shares",
    "side_by_side",
    "told",
    "usage_of",
    "warnings_of",
    "with_attempts",
]

MediaFile: TypeAlias = bytes | str | Path | FilePart | GeneratedFile
"""A picture, a sound or a film: bytes, a path, a URL (``https:`` or ``data:``), a part of a message, or a result."""

OnProgress: TypeAlias = Callable[[Progress], None]
"""Called with each look at a job that the provider works on in the background; see ``ai_sdk.polling``."""

Req = TypeVar("Req")
Res = TypeVar("Res")
Part = TypeVar("Part", bound=AnyPart)
Result = TypeVar("Result")
R = TypeVar("R")


class CommonSettings(TypedDict, total=False):
    """Settings of every request.

    ``headers``: sent with the HTTP request. ``provider_options``: ``{"openai": {...}}``, namespaced by provider.
    ``layer_options``: ``{"cache": {"mode": "refresh"}}``, namespaced by layer, for this call alone.
    """

    headers: Mapping[str, str] | None
    provider_options: Mapping[str, Any] | None
    layer_options: Mapping[str, Any] | None


def check_names(function: str, settings: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse arguments that the function does not take, as Python does, with a hint at what was meant."""
    for name in settings:
        if name not in known:
            import difflib

            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}{hint}")


def fields_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request that were given."""
    return {name: value for name, value in settings.items() if value is not None}


def check_text(value: object, name: str) -> None:
    """Refuse a text that is none, or has nothing in it."""
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; allowed is a str", field=name)
    if not value.strip():
        raise InvalidRequestError(f"{name} is empty", field=name)


def check_count(name: str, number: int | None) -> None:
    """Refuse a number that is not at least 1."""
    if number is not None and number < 1:
        raise InvalidRequestError(f"{name} is {number!r}; allowed is a number of at least 1", field=name)


def file_of(value: MediaFile, name: str, kind: str) -> FilePart:
    """The file that an argument means; a ``kind`` such as ``image/*`` stands for a type that nothing tells."""
    if isinstance(value, FilePart):
        return value
    if isinstance(value, GeneratedFile):
        return value.part
    if isinstance(value, bytes):
        return FilePart(data=value, media_type=media_type_of(value) or kind)
    if isinstance(value, str) and value.startswith(("http://", "https://", "data:")):
        return FilePart.from_url(value)
    if isinstance(cast("object", value), str | Path):
        return _file_at(Path(value), name)
    raise InvalidRequestError(
        f"{name} is a {type(value).__name__}; allowed are bytes, a path, a URL and a FilePart", field=name
    )


def _file_at(path: Path, name: str) -> FilePart:
    try:
        return FilePart.from_path(path)
    except OSError as error:
        raise InvalidRequestError(f"{name} cannot be read: {path}: {error.strerror}", field=name) from error


def shares(n: int, most: int | None) -> list[int]:
    """How many each call makes, when ``n`` are wanted and one call makes at most ``most``."""
    most = most or n
    return [min(most, n - made) for made in range(0, n, most)]


def told(on_progress: OnProgress | None) -> tuple[Observer, ...]:
    """The observer that tells of progress."""
    if on_progress is None:
        return ()

    def tell(_record: CallRecord, kind: EventKind, detail: Any) -> None:
        if kind == "progress":
            on_progress(detail)

    return (tell,)


async def side_by_side(call: Callable[[Req], Any], requests: Sequence[Req], parallel: int) -> list[Any | Exception]:
    """The result or the error of each request, in order, with a bounded number of calls at a time."""
    answers: list[Any] = [None] * len(requests)
    waiting = iter(enumerate(requests))

    async def work() -> None:
        for at, request in waiting:
            try:
                answers[at] = await call(request)
            except Exception as error:  # noqa: BLE001 - raised when all calls are done
                answers[at] = error

    workers = min(parallel, len(requests))
    if workers == 1:
        await work()
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
    return answers


class _Used(Protocol):
    @property
    def usage(self) -> Usage: ...

    @property
    def warnings(self) -> tuple[CallWarning, ...]: ...


def usage_of(results: Sequence[_Used], record: CallRecord) -> Usage:
    """What all calls used, those of failed attempts included."""
    failed = [each.usage for each in record.attempts if each.error is not None and each.usage is not None]
    usages = [*(each.usage for each in results), *failed]
    return usages[0] if len(usages) == 1 else sum(usages, Usage())


def warnings_of(results: Sequence[_Used]) -> tuple[CallWarning, ...]:
    """The warnings of all calls, each once."""
    return tuple(dict.fromkeys(warning for each in results for warning in each.warnings))


def raise_when_none(model: object, found: Sequence[object], what: str) -> None:
    """Refuse an answer in which nothing of what was asked for is."""
    if not found:
        raise InvalidResponseError(f"{name_of(cast('Any', model))} returned no {what}")


class LiveCall(Generic[Part, Result]):
    """An answer that arrives while it is read. Entering it makes the call.

    ``parts`` and ``result()`` share one reader: each goes on where the last one stopped. Errors are raised to the
    reader. Leaving early closes the response; what is never entered makes no call.
    """

    def __init__(
        self,
        name: str,
        model: Model[Any, Response[Part, Result]],
        make: Callable[[], Any],
        polling: Polling | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._name = name
        self._model = model
        self._make = make
        self._polling = polling
        self._observers = told(on_progress)
        self._record: CallRecord | None = None
        self._response: Response[Part, Result] | None = None
        self._result: Result | None = None
        self._reader: AsyncGenerator[Part, None] = self._read()
        self._content = self._contents(self._reader)

    async def _contents(self, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[Any, None]:
        """The content alone, which a subclass hands out."""
        async for part in parts:
            yield part

    async def __aenter__(self) -> Self:
        if self._record is not None:
            raise ResponseClosedError(f"a stream is entered once; call {self._name} again for another answer")
        self._record = open_record("call", self._name, self._observers)
        try:
            with entered(self._record), polling_with(self._polling):
                self._response = await self._model(await self._make())
        except BaseException as error:
            self._record.close(error)
            raise
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self._close(error)

    async def aclose(self) -> None:
        """Close the response now; closing twice does nothing."""
        await self._close(None)

    async def _close(self, error: BaseException | None) -> None:
        response, self._response = self._response, None
        try:
            if response is not None:
                await response.aclose()
            for reader in (self._content, self._reader):
                if not getattr(reader, "ag_running", False):
                    await reader.aclose()
        finally:
            if response is not None and self._record is not None:
                self._record.close(error)

    @property
    def parts(self) -> AsyncGenerator[Part, None]:
        """The parts of the response, as they arrive."""
        self._open()
        return self._reader

    async def result(self) -> Result:
        """Read to the end and return the whole result, also of what was read before."""
        if self._result is None:
            response = self._open()
            assert self._record is not None
            with entered(self._record):
                self._result = with_attempts(await response.result(), self._record)
        return self._result

    def _open(self) -> Response[Part, Result]:
        if self._record is None:
            raise ResponseClosedError(
                f"the stream has not begun: enter it with 'async with {self._name}(...) as stream'"
            )
        if self._response is None:
            raise ResponseClosedError("the stream was closed before it was read to its end")
        return self._response

    async def _read(self) -> AsyncGenerator[Part, None]:
        record = self._record
        assert record is not None
        parts = aiter(self._open())
        while True:
            with entered(record):
                part: Any = await anext(parts, None)
            if part is None:
                return
            yield part


def with_attempts(result: R, record: CallRecord) -> R:
    """The result with what was tried for it, and what that used."""
    found: Any = result
    complete: R = replace(found, attempts=tuple(record.attempts), usage=usage_of([found], record))
    return complete
