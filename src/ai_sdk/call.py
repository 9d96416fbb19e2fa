"""What happened during a call.

A ``CallRecord`` is opened by the outermost layer or user function, found through a context variable, and nested for
the steps and tools of a call. Models and layers report to it synchronously; tracing, metrics, logging and budgets
observe it and nothing else. Without an observer a report costs one truth test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from weakref import ReferenceType, ref

from ai_sdk._frozen import EMPTY
from ai_sdk.ending import report_failure

if TYPE_CHECKING:
    from types import TracebackType

    from ai_sdk.ending import Ending
    from ai_sdk.results import Usage

RecordKind = Literal["call", "step", "tool", "layer"]

EventKind = Literal[
    "attempt-started",
    "first-content",
    "attempt-ended",
    "waited",
    "retried",
    "fell-over",
    "cache-hit",
    "cache-miss",
    "cache-stored",
    "joined",
    "hedged",
    "repaired",
    "reasked",
    "circuit-changed",
    "key-benched",
    "shadowed",
    "progress",
    "tool-called",
    "tool-answered",
    "record-opened",
    "record-closed",
]

Observer = Callable[["CallRecord", EventKind, Any], None]
"""Called synchronously, in the task that reports, with the record, the event and its detail. It must not block.
What it raises goes to the loop's exception handler and changes nothing."""


class ToolCalled(NamedTuple):
    """The detail of ``tool-called``, told to the record of a tool that is about to run.

    ``arguments`` are the model's, as JSON text. ``tool-answered`` has what the tool returned; a tool that fails has its
    error in ``record-closed``.
    """

    id: str
    arguments: str
    description: str | None = None


@dataclass(slots=True, eq=False)
class Attempt:
    """One try at one model. Times are ``loop.time()`` in seconds.

    ``ended`` is None while the response is still arriving. ``headers`` are the response headers in lower case, where
    the model has any.
    """

    model: str
    started: float
    first_content: float | None = None
    ended: float | None = None
    status: int | None = None
    request_id: str | None = None
    error: BaseException | None = None
    ending: Ending | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default=EMPTY, repr=False)
    _record: CallRecord | ReferenceType[CallRecord] | None = field(default=None, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)

    @property
    def record(self) -> CallRecord | None:
        """The record that this is an attempt of. An attempt that has ended does not keep it: None when it is gone."""
        record = self._record
        return record() if isinstance(record, ReferenceType) else record

    def begun(self) -> None:
        """Report that the first content has arrived."""
        if self.first_content is None:
            self.first_content = self._now()
            if (record := self.record) is not None:
                record.tell("first-content", self)

    def release(self, ending: Ending, /) -> None:
        """Report the end; a live response holds its attempt and releases it last among what the model holds."""
        if self.ended is None:
            self.ended = self._now()
            self.ending = ending
            self.error = ending.error
            if (record := self.record) is not None:
                record.tell("attempt-ended", self)
                self._record = ref(record)

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None while it is running."""
        return None if self.ended is None else self.ended - self.started

    @property
    def usage(self) -> Usage | None:
        """The tokens that this attempt used, as far as its provider said before it ended."""
        result = self.ending.result() if self.ending is not None else None
        return getattr(result, "usage", None)

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else self.started


class CallRecord:
    """What happened during a call, a step, a tool run or inside a layer.

    ``attempts`` has the attempts of this record and of the steps and layers in it, in the order in which they started;
    those of a tool's own calls stay in the tool's record. ``children`` are the nested records. A record keeps what is
    inside it and not what it is inside of, so that a call that is over leaves nothing for the garbage collector.
    """

    __slots__ = ("__weakref__", "_parent", "attempts", "children", "kind", "name", "observers")

    def __init__(
        self,
        kind: RecordKind = "call",
        name: str | None = None,
        parent: CallRecord | None = None,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        self.kind: RecordKind = kind
        self.name = name
        self._parent = None if parent is None else ref(parent)
        self.observers = observers
        self.attempts: list[Attempt] = []
        self.children: list[CallRecord] = []

    def __repr__(self) -> str:
        return f"CallRecord({self.kind!r}, {self.name!r}, attempts={self.attempts!r})"

    @property
    def parent(self) -> CallRecord | None:
        """The record that this one is nested in; None for the outermost, and when that call is over and gone."""
        return None if self._parent is None else self._parent()

    def tell(self, kind: EventKind, detail: Any = None) -> None:
        """Tell the observers."""
        if self.observers:
            for observer in self.observers:
                try:
                    observer(self, kind, detail)
                except Exception as error:  # noqa: BLE001 - reported; what watches a call must not change it
                    report_failure("observing a call", error)

    def close(self, error: BaseException | None = None) -> None:
        """Tell the observers that this record is over, and with which error."""
        if self.observers:
            self.tell("record-closed", error)

    def attempt(self, model: str) -> Attempt:
        """Report that a try at ``model`` starts now; release the attempt when it ends."""
        loop = asyncio.get_running_loop()
        attempt = Attempt(model, loop.time(), _record=self, _loop=loop)
        record: CallRecord | None = self
        while record is not None:
            record.attempts.append(attempt)
            record = record.parent if record.kind != "tool" else None
        self.tell("attempt-started", attempt)
        return attempt


_current: ContextVar[CallRecord | None] = ContextVar("ai_sdk_call", default=None)


def current_call() -> CallRecord | None:
    """The record of the call that this code runs in, or None outside of any."""
    return _current.get()


def report(kind: EventKind, detail: Any = None) -> None:
    """Report an event to the current record, if there is one."""
    record = _current.get()
    if record is not None and record.observers:
        record.tell(kind, detail)


def _nested(
    kind: RecordKind, name: str | None, observers: tuple[Observer, ...], parent: CallRecord | None
) -> CallRecord:
    record = CallRecord(kind, name, parent, observers if parent is None else observers + parent.observers)
    if parent is not None:
        parent.children.append(record)
    return record


def _leave(token: Token[CallRecord | None], record: CallRecord) -> None:
    """Make the record current again that was so before.

    A coroutine that is thrown away may be closed in another context than it began in. There is nothing to restore
    there, unless that context is a copy that was made inside.
    """
    try:
        _current.reset(token)
    except ValueError:
        if _current.get() is record:
            before = token.old_value
            _current.set(None if before is Token.MISSING else before)


def open_record(
    kind: RecordKind = "call",
    name: str | None = None,
    observers: tuple[Observer, ...] = (),
    *,
    parent: CallRecord | None = None,
) -> CallRecord:
    """Open a record, nested in ``parent`` or the current one, for something that lasts longer than one ``with`` block.

    A stream does this: it makes the record current with ``entered`` only around what it awaits, and ends it with
    ``record.close``.
    """
    record = _nested(kind, name, observers, parent if parent is not None else _current.get())
    if record.observers:
        record.tell("record-opened")
    return record


class entered:  # noqa: N801 - used as a function
    """Make an open record the current one for the length of a ``with`` block, as often as it is needed.

    An exception that leaves the block carries the record, as with ``record_call``.
    """

    __slots__ = ("_token", "record")

    def __init__(self, record: CallRecord) -> None:
        self.record = record

    def __enter__(self) -> CallRecord:
        self._token = _current.set(self.record)
        return self.record

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        _leave(self._token, self.record)
        if error is not None and self.record.kind != "tool":
            mark(error, self.record)


class record_call:  # noqa: N801 - used as a function
    """Open a record, nested in the current one, for the length of a ``with`` block that awaits a call.

    An exception that leaves the block carries the outermost record that it crossed: see ``attempts_of``.
    The context variable is restored when the block ends; a response that is still arriving keeps the record through its
    attempts, never the variable.
    """

    __slots__ = ("_kind", "_name", "_observers", "_token", "record")

    def __init__(
        self, kind: RecordKind = "call", name: str | None = None, observers: tuple[Observer, ...] = ()
    ) -> None:
        self._kind: RecordKind = kind
        self._name = name
        self._observers = observers

    def __enter__(self) -> CallRecord:
        self.record = _nested(self._kind, self._name, self._observers, _current.get())
        self._token = _current.set(self.record)
        if self.record.observers:
            self.record.tell("record-opened")
        return self.record

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        _leave(self._token, self.record)
        if error is not None and self._kind != "tool":
            mark(error, self.record)
        self.record.close(error)


def mark(error: BaseException, record: CallRecord) -> None:
    """Remember on an exception which call it came from. The outermost record wins: it knows every attempt."""
    try:
        error._ai_sdk_record = record  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    except AttributeError:
        return


def attempts_of(error: BaseException) -> tuple[Attempt, ...]:
    """What was tried during the call that raised ``error``, whatever its class; empty when it came from no call."""
    record: CallRecord | None = getattr(error, "_ai_sdk_record", None)
    return tuple(record.attempts) if record is not None else ()
