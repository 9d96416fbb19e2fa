"""configure(): what the variables and the arguments say, and that it can be called in any order."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import ai_sdk
from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.messages import user
from ai_sdk.middleware.tracing import tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import Usage
from ai_sdk.telemetry import Telemetry, configure
from ai_sdk.telemetry.names import CAPTURE
from ai_sdk.telemetry.setup import planned
from ai_sdk.testing import ScriptedModel, Turn

SRC = str(Path(ai_sdk.__file__).parents[1])
OTLP = ("otlp",)
REQUEST = LanguageRequest(messages=(user("hi"),))
ANSWER: Turn = [TextDelta("hello"), Finish("stop", Usage(input_tokens=7, output_tokens=3))]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def made() -> Iterator[Callable[..., Telemetry]]:
    all_of_them: list[Telemetry] = []

    def make(*args: Any, **settings: Any) -> Telemetry:
        all_of_them.append(configure(*args, global_=False, **settings))
        return all_of_them[-1]

    yield make
    for each in all_of_them:
        each.shutdown()


def in_a_process(code: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SRC, **variables},
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("environment", "traces", "metrics", "logs"),
    [
        ({}, OTLP, OTLP, OTLP),
        ({"OTEL_TRACES_EXPORTER": "file"}, ("file",), OTLP, OTLP),
        ({"OTEL_TRACES_EXPORTER": " Console , file,console"}, ("console", "file"), OTLP, OTLP),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}, (), OTLP, ()),
        ({"OTEL_METRICS_EXPORTER": "prometheus,otlp"}, OTLP, ("prometheus", "otlp"), OTLP),
        ({"OTEL_TRACES_EXPORTER": ""}, OTLP, OTLP, OTLP),
    ],
)
def test_the_variables_say_which_exporters(
    environment: Mapping[str, str], traces: tuple[str, ...], metrics: tuple[str, ...], logs: tuple[str, ...]
) -> None:
    assert planned(environment).exporters == {"traces": traces, "metrics": metrics, "logs": logs}


@pytest.mark.parametrize(
    ("exporter", "traces", "metrics", "logs"),
    [
        ("otlp", OTLP, OTLP, OTLP),
        ("console", ("console",), ("console",), ("console",)),
        ("file", ("file",), (), ()),
        ("none", (), (), ()),
        (["file", "prometheus"], ("file",), ("prometheus",), ()),
        (["file", "otlp", "file"], ("file", "otlp"), OTLP, OTLP),
        ([], (), (), ()),
    ],
)
def test_an_argument_goes_before_the_variables(
    exporter: str | list[str], traces: tuple[str, ...], metrics: tuple[str, ...], logs: tuple[str, ...]
) -> None:
    environment = {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "what", "OTEL_LOGS_EXPORTER": "none"}
    assert planned(environment, exporter).exporters == {"traces": traces, "metrics": metrics, "logs": logs}


@pytest.mark.parametrize(
    ("environment", "arguments", "field", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, {}, "OTEL_TRACES_EXPORTER", ["otlp", "console", "file", "'zipkin'"]),
        ({"OTEL_LOGS_EXPORTER": "file"}, {}, "OTEL_LOGS_EXPORTER", ["otlp, console, none", "'file'"]),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, {}, "OTEL_EXPORTER_OTLP_PROTOCOL", ["grpc", "'http/json'"]),
        ({}, {"exporter": "jaeger"}, "exporter", ["otlp, console, file, prometheus, none", "'jaeger'"]),
        ({}, {"exporter": "file", "endpoint": "http://x"}, "endpoint", ["otlp"]),
        ({}, {"exporter": "file", "headers": {"a": "b"}}, "headers", ["otlp"]),
        ({}, {"exporter": "otlp", "path": "x"}, "path", ["file"]),
        ({}, {"endpoint": "localhost:4318"}, "endpoint", ["http://"]),
        ({}, {"content": "everything"}, "content", ["span_only", "'everything'"]),
    ],
)
def test_bad_input_names_the_field_and_what_is_allowed(
    environment: Mapping[str, str], arguments: dict[str, Any], field: str, words: list[str]
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        planned(environment, **arguments)
    assert caught.value.field == field
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("environment", "protocols"),
    [
        ({}, {"traces": "http/protobuf", "metrics": "http/protobuf", "logs": "http/protobuf"}),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, {"traces": "grpc", "metrics": "grpc", "logs": "grpc"}),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/protobuf"},
            {"traces": "grpc", "metrics": "grpc", "logs": "http/protobuf"},
        ),
        (
            {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "nonsense"},
            {"metrics": "http/protobuf", "logs": "http/protobuf"},
        ),
    ],
)
def test_the_protocol_of_each_signal(environment: Mapping[str, str], protocols: Mapping[str, str]) -> None:
    assert planned(environment).protocols == protocols


def test_importing_it_loads_neither_the_api_nor_the_sdk() -> None:
    code = "import sys, ai_sdk.telemetry; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    assert in_a_process(code) == "[]\n"


def test_without_the_packages_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from ai_sdk.errors import MissingExtraError\nfrom ai_sdk.telemetry import configure\n"
        "try:\n    configure('console')\nexcept MissingExtraError as error:\n    print(error)"
    )
    assert "pip install 'ai-sdk-layers[otel]'" in in_a_process(code)


@pytest.mark.parametrize(
    ("module", "exporter", "variables", "line"),
    [
        ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "otlp", {}, "ai-sdk-layers[otel]"),
        (
            "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
            "otlp",
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "opentelemetry-exporter-otlp-proto-grpc",
        ),
        ("opentelemetry.exporter.prometheus", "prometheus", {}, "ai-sdk-layers[prometheus]"),
    ],
)
def test_each_missing_exporter_has_its_line(
    module: str,
    exporter: Any,
    variables: Mapping[str, str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[..., Telemetry],
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(MissingExtraError, match="pip install") as caught:
        made(exporter)
    assert line in str(caught.value)


def test_twice_the_same_is_the_same_and_anything_else_is_refused() -> None:
    code = """
from opentelemetry import trace
from ai_sdk.errors import InvalidRequestError
from ai_sdk.telemetry import configure
first = configure("file", path="x")
print(configure("file", path="x") is first, trace.get_tracer_provider() is first.tracer_provider)
def refused(*args, **settings):
    try:
        configure(*args, **settings)
    except InvalidRequestError as error:
        print(error.field, str(error)[:18])
refused("file", path="y")
with configure("none", global_=False) as other:
    print(other is first)
first.shutdown()
first.shutdown()
refused("file", path="x")
"""
    lines = ["True True", "global_ telemetry is confi", "False", "global_ telemetry was shut", ""]
    assert in_a_process(code) == "\n".join(lines)


def test_providers_of_somebody_else_stay() -> None:
    code = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from ai_sdk.errors import InvalidRequestError
from ai_sdk.telemetry import configure
theirs = TracerProvider()
trace.set_tracer_provider(theirs)
try:
    configure("file", path="x")
except InvalidRequestError as error:
    print("traces" in str(error), trace.get_tracer_provider() is theirs)
"""
    assert in_a_process(code) == "True True\n"


def test_disabled_records_nothing_and_may_be_called_as_often_as_one_likes() -> None:
    code = """
from opentelemetry import trace
from ai_sdk.telemetry import configure
telemetry = configure("file", path="/nowhere/at/all")
configure("console")
print(telemetry.tracer_provider.get_tracer("x").start_span("y").is_recording(), trace.get_tracer_provider())
telemetry.shutdown()
"""
    assert in_a_process(code, OTEL_SDK_DISABLED="true").startswith("False <opentelemetry.trace.ProxyTracerProvider")


def test_a_process_that_ends_has_written_its_spans(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    code = f"""
from opentelemetry import trace
from ai_sdk.telemetry import configure
configure("file", path={str(path)!r})
trace.get_tracer("x").start_span("the last one").end()
"""
    in_a_process(code)
    assert '"name":"the last one"' in path.read_text()


def test_the_service_and_its_resource(monkeypatch: pytest.MonkeyPatch, made: Callable[..., Telemetry]) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=lab,service.name=of-attributes")
    provider: Any = made("console").tracer_provider
    assert provider.resource.attributes["service.name"] == "of-attributes"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "of-the-variable")
    provider = made("console").tracer_provider
    assert provider.resource.attributes["service.name"] == "of-the-variable"
    provider = made("console", service_name="of-the-argument").tracer_provider
    assert provider.resource.attributes["service.name"] == "of-the-argument"
    assert provider.resource.attributes["deployment.environment.name"] == "lab"


def test_the_sampler_is_the_one_of_the_variables(
    monkeypatch: pytest.MonkeyPatch, made: Callable[..., Telemetry], tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    telemetry = made("file", path=tmp_path / "traces.jsonl")
    telemetry.tracer_provider.get_tracer("x").start_span("y").end()
    assert telemetry.flush()
    assert not (tmp_path / "traces.jsonl").exists()


@pytest.mark.parametrize(
    ("content", "variable"), [(True, "SPAN_ONLY"), (False, "NO_CONTENT"), ("event_only", "EVENT_ONLY")]
)
@pytest.mark.parametrize("before", [None, "SPAN_AND_EVENT"])
def test_content_sets_the_variable_until_the_shutdown(
    content: Any, variable: str, before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before is not None:
        monkeypatch.setenv(CAPTURE, before)
    with configure("none", content=content, global_=False):
        assert os.environ[CAPTURE] == variable
    assert os.environ.get(CAPTURE) == before
    with configure("none", global_=False):
        assert os.environ.get(CAPTURE) == before


async def test_content_by_default_reaches_the_layer(made: Callable[..., Telemetry], tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    for content, seen in ((None, False), (True, True)):
        telemetry = made("file", path=path, content=content)
        model = wrap_model(ScriptedModel([ANSWER]), [tracing(tracer_provider=telemetry.tracer_provider)])
        await (await model(REQUEST)).result()
        telemetry.shutdown()
        assert ("hello" in path.read_text()) is seen
    assert CAPTURE not in os.environ


def test_the_console_shows_a_span_at_once(made: Callable[..., Telemetry], capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = made("console")
    telemetry.tracer_provider.get_tracer("x").start_span("seen").end()
    assert '"name": "seen"' in capsys.readouterr().out


def test_no_header_in_a_repr(made: Callable[..., Telemetry]) -> None:
    telemetry = made("otlp", endpoint="http://127.0.0.1:9", headers={"authorization": "a-secret"})
    assert repr(telemetry) == "Telemetry(traces=otlp, metrics=otlp, logs=otlp)"
    assert "a-secret" not in repr(telemetry.plan)
    assert "a-secret" not in repr(vars(telemetry))


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


async def test_prometheus_is_scraped_until_the_shutdown(
    monkeypatch: pytest.MonkeyPatch, made: Callable[..., Telemetry]
) -> None:
    port = free_port()
    monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", str(port))
    monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1")
    telemetry = made("prometheus")
    model = wrap_model(ScriptedModel([ANSWER]), [tracing(meter_provider=telemetry.meter_provider)])
    await (await model(REQUEST)).result()
    url = f"http://127.0.0.1:{port}/metrics"
    with urllib.request.urlopen(url) as answer:
        lines = answer.read().decode().splitlines()
    sums = {line.rpartition(" ")[2] for line in lines if line.startswith("gen_ai_client_token_usage_sum{")}
    assert sums == {"7.0", "3.0"}
    telemetry.shutdown()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_what_cannot_be_begun_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, made: Callable[..., Telemetry], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1")
        before = set(threading.enumerate())
        with pytest.raises(OSError, match="in use"):
            made(["file", "prometheus"], path=tmp_path / "x", content=True)
        assert set(threading.enumerate()) == before
    assert CAPTURE not in os.environ


def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, made: Callable[..., Telemetry]) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "http")
    with pytest.raises(InvalidRequestError, match="OTEL_EXPORTER_PROMETHEUS_PORT"):
        made("prometheus")


def test_flush_says_whether_it_worked(made: Callable[..., Telemetry], tmp_path: Path) -> None:
    telemetry = made("file", path=tmp_path / "x")

    def broken(_timeout: int) -> bool:
        raise RuntimeError("no")

    assert telemetry.flush()
    provider: Any = telemetry.tracer_provider
    provider.force_flush = broken
    assert not telemetry.flush()
