"""Write one line about each call when it is over.

The law: every call is logged once, when its response has closed or it has raised, and is otherwise left alone: the same
answer, the same error, nothing per part, and a logger that fails breaks nothing. A line has names, times and counts. It
never has headers or keys, and content only with ``content=True``, without what looks like a key.

An application that has configured structlog gets structured events, rendered as it says: as JSON, for the console, or
by the standard library. Without that the lines go, in logfmt, to the standard library's logger ``ai_sdk``, which shows
nothing until the application asks for its level.
"""

from __future__ import annotations

import asyncio
import logging as standard
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar, cast

from ai_sdk.call import CallRecord, EventKind, Observer, record_call
from ai_sdk.messages import ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import Live, ending_of, keep
from ai_sdk.sensitive import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ai_sdk.ending import Ending

__all__ = ["logging"]

Req = TypeVar("Req")
Res = TypeVar("Res")
Level: TypeAlias = Literal["debug", "info", "warning", "error"]

_NAME = "ai_sdk"
_SUBJECTS = ("prompt", "text", "values", "query", "documents")


def logging(logger: Any = None, *, level: Level = "info", content: bool = False) -> AnyLayer:
    """Log every call at ``level`` when it is over, and its retries and waits at ``debug``.

    ``logger``: a structlog or a standard logger; None is structlog when the application has configured it by the time
    of the call, else ``logging.getLogger("ai_sdk")``. A call that the logger would not show costs one test of its
    level. What structlog's ``bind_contextvars`` bound when the call began is on its lines, and so are ``trace_id`` and
    ``span_id`` of OpenTelemetry's current span, in hexadecimal digits: inside of ``tracing`` that of the call.
    ``content``: also the texts of the request, of the answer and of the error, which may be private; never the bytes.

    The fields of the event ``call``: ``model``, ``kind`` of request, ``stream``, ``outcome`` (end, error, cancelled,
    closed, dropped), ``attempts``, ``duration`` and, for a live response, ``first_content`` in seconds,
    ``finish_reason``, ``input_tokens``, ``output_tokens``, and for a failure ``error`` (the class) and ``status``.
    What is not known is left out. A response that is dropped after its event loop has ended is not logged.
    """

    @layer
    async def logging(request: Req, call: Model[Req, Res]) -> Res:
        sink = _open(logger, level)
        if sink is None:
            return await call(request)
        line = _Line(sink, level, request, content)
        with record_call("layer", observers=line.observers()) as record:
            line.record = record
            try:
                response = await call(request)
            except BaseException as error:
                line.release(ending_of(error))
                raise
        line.begun(response)
        keep(line, response)
        return response

    return logging


class _Sink(Protocol):
    def shows(self, level: Level) -> bool: ...

    def write(self, level: Level, event: str, fields: Mapping[str, Any]) -> None: ...


class _Standard:
    """A logger of the standard library. Handlers that take structured data find it in ``record.ai_sdk``."""

    def __init__(self, logger: standard.Logger | standard.LoggerAdapter[Any]) -> None:
        self._logger = logger

    def shows(self, level: Level) -> bool:
        return self._logger.isEnabledFor(_number(level))

    def write(self, level: Level, event: str, fields: Mapping[str, Any]) -> None:
        from structlog.processors import LogfmtRenderer

        text = LogfmtRenderer(bool_as_flag=False)(None, level, {"event": event, **fields})
        self._logger.log(_number(level), "%s", text, extra={_NAME: {"event": event, **fields}})


class _Structured:
    """A logger of structlog, or anything that takes ``logger.info(event, **fields)``."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def shows(self, level: Level) -> bool:
        test = getattr(self._logger, "is_enabled_for", None) or getattr(self._logger, "isEnabledFor", None)
        try:
            return test is None or bool(test(_number(level)))
        except AttributeError:  # structlog's logger for the standard library, over one that has no levels
            return True

    def write(self, level: Level, event: str, fields: Mapping[str, Any]) -> None:
        getattr(self._logger, level)(event, **fields)


def _number(level: Level) -> int:
    return cast("int", getattr(standard, level.upper()))


def _open(logger: Any, level: Level) -> _Sink | None:
    """Where to write, or None when nothing would be shown."""
    try:
        sink = _sink(logger)
        return sink if sink.shows(level) else None
    except Exception as error:  # noqa: BLE001 - reported, and a failing logger breaks nothing
        _report_failure(error)
        return None


def _sink(logger: Any) -> _Sink:
    if logger is None:
        structlog = sys.modules.get("structlog")
        if structlog is None or not structlog.is_configured():
            return _Standard(standard.getLogger(_NAME))
        logger = structlog.get_logger(_NAME)
    if isinstance(logger, standard.Logger | standard.LoggerAdapter):
        return _Standard(cast("standard.Logger", logger))
    bind = getattr(logger, "bind", None)
    return _Structured(logger if bind is None else bind())


def _report_failure(error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "logging a call failed", "exception": error})


def _bound() -> dict[str, Any]:
    """What the application has bound to the running context with structlog."""
    structlog = sys.modules.get("structlog")
    return {} if structlog is None else cast("dict[str, Any]", structlog.contextvars.get_contextvars())


def _span_ids() -> dict[str, str]:
    """The ids of the current span; a program that never imported OpenTelemetry has none."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return {}
    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} if context.is_valid else {}


class _Line:
    """The line of one call, held until the call is over."""

    record: CallRecord

    def __init__(self, sink: _Sink, level: Level, request: object, content: bool) -> None:
        self._sink = sink
        self._level: Level = level
        self._request = request
        self._content = content
        self._bound = {**_bound(), **_span_ids()}
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._first_content: float | None = None
        self._written = False

    def begun(self, response: object) -> None:
        """Remember when the first content of a live response arrived."""
        if isinstance(response, Live):
            self._first_content = self._loop.time() - self._started

    def observers(self) -> tuple[Observer, ...]:
        """Who must be told what happens inside: nobody, unless retries are shown."""
        return (self.observe,) if self._shows("debug") else ()

    def observe(self, record: CallRecord, event: EventKind, detail: Any) -> None:
        """Log retries and waits as they happen."""
        if event == "retried":
            fields = {"error": type(detail).__name__, "attempts": len(record.attempts)}
            self._write("debug", "call retried", lambda: fields)
        elif event == "waited":
            self._write("debug", "call waited", lambda: {"seconds": _rounded(detail)})

    def release(self, ending: Ending, /) -> None:
        """Write the line, once; a logger may block, so not in a finaliser that runs outside of any event loop."""
        if not self._written and asyncio._get_running_loop() is not None:
            self._written = True
            self._write(self._level, "call", lambda: self._fields(ending))

    def _shows(self, level: Level) -> bool:
        try:
            return self._sink.shows(level)
        except Exception as error:  # noqa: BLE001 - as above
            _report_failure(error)
            return False

    def _write(self, level: Level, event: str, fields: Callable[[], Mapping[str, Any]]) -> None:
        try:
            known = {name: value for name, value in fields().items() if value is not None}
            self._sink.write(level, event, {**self._bound, **known})
        except Exception as error:  # noqa: BLE001 - as above
            _report_failure(error)

    def _fields(self, ending: Ending) -> dict[str, Any]:
        attempts = self.record.attempts
        result = ending.result()
        usage = getattr(result, "usage", None)
        return {
            "model": attempts[-1].model if attempts else None,
            "kind": type(self._request).__name__.removesuffix("Request").lower(),
            "stream": getattr(self._request, "stream", None),
            "outcome": ending.how,
            "attempts": len(attempts),
            "duration": _rounded(self._loop.time() - self._started),
            "first_content": _rounded(self._first_content),
            "finish_reason": getattr(result, "finish_reason", None),
            "input_tokens": getattr(usage, "input_tokens", None),
            "output_tokens": getattr(usage, "output_tokens", None),
            "error": type(ending.error).__name__ if ending.error is not None else None,
            "status": getattr(ending.error, "status", None),
            **(_texts(self._request, ending) if self._content else {}),
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _texts(request: object, ending: Ending) -> dict[str, Any]:
    """What was asked, answered and complained about, without files and without what looks like a key."""
    asked: object = {name: getattr(request, name) for name in _SUBJECTS if hasattr(request, name)}
    if (messages := getattr(request, "messages", None)) is not None:
        asked = [f"{message.role}: {_text(message.content)}" for message in messages]
    result, error = ending.result(), ending.error
    answered = getattr(result, "content", None)
    return {
        "input": _without_keys(asked),
        "output": _without_keys(getattr(result, "text", None) if answered is None else _text(answered)),
        "error_message": _without_keys(str(error)) if error is not None else None,
    }


def _without_keys(value: Any) -> Any:
    match value:
        case str():
            return kinds()["api_key"].pattern.sub("[redacted]", value)
        case list() | tuple():
            items = cast("Iterable[object]", value)
            return (
                [_without_keys(each) for each in items] if isinstance(value, list) else tuple(map(_without_keys, items))
            )
        case Mapping():
            known = cast("Mapping[object, object]", value)
            return {name: _without_keys(each) for name, each in known.items()}
        case _:
            return value


def _text(content: str | Iterable[object]) -> str:
    return content if isinstance(content, str) else " ".join(_shown(part) for part in content)


def _shown(part: object) -> str:
    match part:
        case TextPart() | ReasoningPart():
            return part.text
        case ToolCallPart():
            return f"[{part.name}({part.input})]"
        case ToolResultPart():
            return f"[{part.name} -> {part.output!r}]"
        case _:
            return f"[{getattr(part, 'media_type', None) or type(part).__name__}]"
