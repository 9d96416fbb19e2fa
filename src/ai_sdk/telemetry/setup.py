"""One call that sets up OpenTelemetry's SDK, as the ``OTEL_*`` variables say or as its arguments do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.telemetry.names import CAPTURE

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from ai_sdk.telemetry.content import Capture

__all__ = ["ExporterName", "Telemetry", "configure"]

ExporterName: TypeAlias = Literal["otlp", "console", "file", "prometheus", "none"]
Signal: TypeAlias = Literal["traces", "metrics", "logs"]

_SIGNALS: Final[tuple[Signal, ...]] = ("traces", "metrics", "logs")
_CARRIES: Final[dict[str, tuple[Signal, ...]]] = {
    "otlp": _SIGNALS,
    "console": _SIGNALS,
    "file": ("traces",),
    "prometheus": ("metrics",),
    "none": (),
}
_CAPTURES: Final = ("no_content", "span_only", "event_only", "span_and_event")
_lock = threading.Lock()
_current: list[Telemetry] = []


@dataclass(frozen=True)
class Plan:
    """What is to be set up: for each signal its exporters, and their settings."""

    exporters: Mapping[Signal, tuple[str, ...]]
    service_name: str | None = None
    endpoint: str | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    path: Path | None = None
    content: str | None = None
    global_: bool = True
    protocols: Mapping[Signal, str] = field(default_factory=dict[Signal, str])
    disabled: bool = False


class Telemetry:
    """What was set up: give its providers to ``tracing()`` if they are not the global ones.

    As a context manager it shuts down at the end of the block. A process that ends without it does so by itself.
    """

    def __init__(
        self,
        plan: Plan,
        tracer_provider: TracerProvider,
        meter_provider: MeterProvider,
        logger_provider: LoggerProvider,
        closers: Sequence[Callable[[], object]] = (),
    ) -> None:
        self.tracer_provider = tracer_provider
        self.meter_provider = meter_provider
        self.logger_provider = logger_provider
        self.plan = plan
        self._closers = tuple(closers)
        self._content_before = _set_content(plan.content) if plan.content is not None else None
        self.over = False

    def flush(self, timeout: float = 10.0) -> bool:
        """Send what is waiting; whether all of it went out within ``timeout`` seconds."""
        providers = (self.tracer_provider, self.meter_provider, self.logger_provider)
        done = [_flushed(each, timeout) for each in providers]
        return all(done)

    def shutdown(self) -> None:
        """Send what is waiting and stop; nothing is recorded afterwards. It blocks; every later call does nothing."""
        with _lock:
            if self.over:
                return
            self.over = True
        if self.plan.content is not None:
            _restore_content(self.plan.content, self._content_before)
        for close in self._closers:
            _attempted(close)

    def __enter__(self) -> Telemetry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.shutdown()

    def __repr__(self) -> str:
        shown = ", ".join(f"{signal}={'+'.join(names) or 'none'}" for signal, names in self.plan.exporters.items())
        return f"Telemetry({shown}{', over' if self.over else ''})"


def configure(
    exporter: ExporterName | Sequence[ExporterName] | None = None,
    *,
    service_name: str | None = None,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    path: str | os.PathLike[str] | None = None,
    content: bool | Capture | None = None,
    global_: bool = True,
) -> Telemetry:
    """Set up traces, metrics and events, and say where they go. Needs the extra ``otel``.

    Without arguments the standard variables decide: ``OTEL_TRACES_EXPORTER``, ``OTEL_METRICS_EXPORTER`` and
    ``OTEL_LOGS_EXPORTER`` (``otlp``, ``console``, ``none``, for metrics also ``prometheus``, for traces also ``file``;
    several with commas; ``otlp`` where nothing is said), ``OTEL_EXPORTER_OTLP_*``, ``OTEL_SERVICE_NAME``,
    ``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_TRACES_SAMPLER``, and ``OTEL_SDK_DISABLED=true``, which records nothing.

    ``exporter``: one or several, instead of the three variables; each takes the signals that it can carry, ``file``
    only traces and ``prometheus`` only metrics (extra ``prometheus``; it listens where
    ``OTEL_EXPORTER_PROMETHEUS_HOST`` and ``_PORT`` say, else on localhost:9464). ``endpoint``: of the OTLP receiver,
    such as ``http://localhost:4318``; ``/v1/traces`` and so on are added. ``headers``: for it. ``path``: of the file,
    else ``default_path()`` of ``ai_sdk.telemetry.trace_file``. ``content``: what ``tracing()`` does with messages when
    it is not told itself; it sets ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` until the shutdown, which
    others read too. ``global_=False`` leaves OpenTelemetry's global providers alone.

    OpenTelemetry lets its global providers be set once in a process. A second call that says the same gives back what
    is there; one that says something else, or comes after the shutdown, or after somebody else has set them, is an
    InvalidRequestError. With ``global_=False`` every call makes its own.
    """
    plan = planned(os.environ, exporter, service_name, endpoint, headers, path, content, global_=global_)
    with _lock:
        if not plan.global_ or plan.disabled:
            return _built(plan)
        if _current:
            return _again(plan, _current[0])
        _refuse_taken(plan)
        telemetry = _built(plan)
        _make_global(telemetry)
        _current.append(telemetry)
        return telemetry


def planned(
    environment: Mapping[str, str],
    exporter: str | Sequence[str] | None = None,
    service_name: str | None = None,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    path: str | os.PathLike[str] | None = None,
    content: bool | str | None = None,
    *,
    global_: bool = True,
) -> Plan:
    """What ``configure`` would do, from its arguments and the variables; bad input is refused here. Pure."""
    exporters = _asked(exporter) if exporter is not None else _said(environment)
    used = {name for names in exporters.values() for name in names}
    for name, value, needed in (("endpoint", endpoint, "otlp"), ("headers", headers, "otlp"), ("path", path, "file")):
        if value is not None and needed not in used:
            raise InvalidRequestError(f"{name} is for the exporter {needed}, which is not in use", field=name)
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise InvalidRequestError("endpoint must begin with http:// or https://", field="endpoint")
    return Plan(
        exporters,
        service_name,
        endpoint.rstrip("/") if endpoint is not None else None,
        dict(headers) if headers is not None else None,
        Path(path) if path is not None else None,
        _captured(content),
        global_,
        {signal: _protocol(environment, signal) for signal in _SIGNALS if "otlp" in exporters[signal]},
        environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true",
    )


def _asked(exporter: str | Sequence[str]) -> dict[Signal, tuple[str, ...]]:
    names = [exporter] if isinstance(exporter, str) else list(exporter)
    for name in names:
        if name not in _CARRIES:
            raise InvalidRequestError(f"exporter is one of {_listed(_CARRIES)}, not {name!r}", field="exporter")
    return {signal: tuple(dict.fromkeys(n for n in names if signal in _CARRIES[n])) for signal in _SIGNALS}


def _said(environment: Mapping[str, str]) -> dict[Signal, tuple[str, ...]]:
    exporters: dict[Signal, tuple[str, ...]] = {}
    for signal in _SIGNALS:
        variable = f"OTEL_{signal.upper()}_EXPORTER"
        names = [each.strip().lower() for each in (environment.get(variable) or "otlp").split(",") if each.strip()]
        allowed = [name for name, carried in _CARRIES.items() if signal in carried or name == "none"]
        for name in names:
            if name not in allowed:
                raise InvalidRequestError(f"{variable} is one of {_listed(allowed)}, not {name!r}", field=variable)
        exporters[signal] = tuple(dict.fromkeys(name for name in names if name != "none"))
    return exporters


def _protocol(environment: Mapping[str, str], signal: Signal) -> str:
    for variable in (f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        said = environment.get(variable, "").strip().lower()
        if said in ("http/protobuf", "grpc"):
            return said
        if said:
            raise InvalidRequestError(f"{variable} is http/protobuf or grpc, not {said!r}", field=variable)
    return "http/protobuf"


def _captured(content: bool | str | None) -> str | None:
    if content is None or isinstance(content, bool):
        return {None: None, True: "span_only", False: "no_content"}[content]
    if content not in _CAPTURES:
        raise InvalidRequestError(f"content is a bool or one of {_listed(_CAPTURES)}, not {content!r}", field="content")
    return content


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _again(plan: Plan, there: Telemetry) -> Telemetry:
    if there.over:
        raise InvalidRequestError(
            "telemetry was shut down, and OpenTelemetry's global providers cannot be set again in this process; "
            "pass global_=False and give the providers to tracing()",
            field="global_",
        )
    if there.plan != plan:
        raise InvalidRequestError(
            "telemetry is configured already, with other settings; configure() it once, or pass global_=False and give "
            "the providers to tracing()",
            field="global_",
        )
    return there


def _refuse_taken(plan: Plan) -> None:
    from opentelemetry import _logs, metrics, trace

    providers = {
        "traces": trace.get_tracer_provider(),
        "metrics": metrics.get_meter_provider(),
        "logs": _logs.get_logger_provider(),
    }
    for signal, names in plan.exporters.items():
        kind = type(providers[signal])
        if names and ("Proxy" not in kind.__name__ or not kind.__module__.startswith("opentelemetry.")):
            raise InvalidRequestError(
                f"somebody else has set OpenTelemetry's global provider of {signal}, which is possible only once in a "
                "process; tracing() uses that one, or pass global_=False and give it the providers",
                field="global_",
            )


def _make_global(telemetry: Telemetry) -> None:
    from opentelemetry import _logs, metrics, trace

    exporters = telemetry.plan.exporters
    if exporters["traces"]:
        trace.set_tracer_provider(telemetry.tracer_provider)
    if exporters["metrics"]:
        metrics.set_meter_provider(telemetry.meter_provider)
    if exporters["logs"]:
        _logs.set_logger_provider(telemetry.logger_provider)


def _built(plan: Plan) -> Telemetry:
    try:
        from ai_sdk.telemetry import building
    except ImportError as error:
        raise MissingExtraError("telemetry needs its packages: pip install 'ai-sdk-layers[otel]'") from error
    closers: list[Callable[[], object]] = []
    try:
        return Telemetry(plan, *building.providers(plan, closers), closers=closers)
    except BaseException:
        for close in closers:
            _attempted(close)
        raise


def _flushed(provider: Any, timeout: float) -> bool:
    flush = getattr(provider, "force_flush", None)
    try:
        return flush is None or flush(int(timeout * 1000)) is not False
    except Exception:  # noqa: BLE001 - the SDK raises what it likes; the answer is that it did not work
        return False


def _attempted(close: Callable[[], object]) -> None:
    from ai_sdk.ending import report_failure

    try:
        close()
    except Exception as error:  # noqa: BLE001 - reported; the others are shut down all the same
        report_failure("shutting telemetry down", error)


def _set_content(wanted: str) -> str | None:
    before = os.environ.get(CAPTURE)
    os.environ[CAPTURE] = wanted.upper()
    return before


def _restore_content(ours: str, before: str | None) -> None:
    if os.environ.get(CAPTURE) != ours.upper():
        return
    if before is None:
        del os.environ[CAPTURE]
    else:
        os.environ[CAPTURE] = before
