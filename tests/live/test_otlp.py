"""Traces, metrics and events over real OTLP, into a receiver that somebody else wrote, on the real clock."""

from __future__ import annotations

import asyncio
import gzip
import http.server
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ai_sdk.errors import RateLimitError
from ai_sdk.messages import user
from ai_sdk.middleware import retry
from ai_sdk.middleware.tracing import tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import Usage
from ai_sdk.telemetry import Telemetry, configure
from ai_sdk.testing import ScriptedModel, Turn

oteltap: Any = pytest.importorskip("oteltap", reason="the receiver is not installed: pip install oteltap")

pytestmark = pytest.mark.live

ANSWER: Turn = [
    TextDelta("a private "),
    0.02,
    TextDelta("answer"),
    Finish("stop", Usage(input_tokens=7, output_tokens=3)),
]
STREAM = LanguageRequest(messages=(user("a private question"),), stream=True)
SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


async def one_call(telemetry: Telemetry) -> None:
    traced = tracing(
        tracer_provider=telemetry.tracer_provider,
        meter_provider=telemetry.meter_provider,
        logger_provider=telemetry.logger_provider,
        content="event_only",
    )
    script = ScriptedModel([RateLimitError("slow", status=429, headers={"retry-after": "0"}), ANSWER], "groq", "m")
    model = wrap_model(script, [traced, retry(attempts=2)])
    response = await model(STREAM)
    assert (await response.result()).text == "a private answer"


def plain(attributes: Any) -> Mapping[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def attempt(*, failed: bool) -> Callable[[Any], bool]:
    return lambda span: span.name == "attempt m" and (span.status.code == 2) is failed


def any_one(_found: object) -> bool:
    return True


def named(name: str) -> Callable[[Any], bool]:
    return lambda found: found.name == name


def test_the_three_signals_arrive() -> None:
    async def main() -> None:
        settings = oteltap.OtelTapHttpProtobufReceiverSettings(http_port=free_port())
        async with oteltap.OtelTapHttpProtobufReceiver(settings) as receiver:
            endpoint = f"http://127.0.0.1:{settings.http_port}"
            telemetry = configure("otlp", endpoint=endpoint, service_name="round-trip", global_=False)
            waiting = [
                asyncio.ensure_future(each)
                for each in (
                    receiver.await_trace(attempt(failed=True), SECONDS),
                    receiver.await_trace(attempt(failed=False), SECONDS),
                    receiver.await_trace(named("chat m"), SECONDS),
                    receiver.await_metric(named("gen_ai.client.token.usage"), SECONDS),
                    receiver.await_metric(named("gen_ai.client.operation.duration"), SECONDS),
                    receiver.await_log(any_one, SECONDS),
                )
            ]
            await asyncio.sleep(0)
            await one_call(telemetry)
            assert await asyncio.to_thread(telemetry.flush)
            failed, made, call, usage, duration, event = await asyncio.gather(*waiting)
            await asyncio.to_thread(telemetry.shutdown)
        assert failed.parent_span_id == made.parent_span_id == call.span_id
        assert failed.trace_id == made.trace_id == call.trace_id == event.trace_id
        seen = plain(call.attributes)
        assert (seen["gen_ai.provider.name"], seen["gen_ai.usage.output_tokens"]) == ("groq", 3)
        assert [each.name for each in call.events][:2] == ["ai_sdk.retry", "ai_sdk.wait"]
        counted = {plain(each.attributes)["gen_ai.token.type"]: each.sum for each in usage.histogram.data_points}
        assert counted == {"input": 7.0, "output": 3.0}
        (point,) = duration.histogram.data_points
        assert point.count == 1
        assert 0.02 <= point.sum < SECONDS
        assert "a private answer" in str(event)
        assert "a private" not in str(call)

    asyncio.run(main())


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what was sent to which path with which headers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        receiver: Any = self.server
        receiver.got.append((self.path, headers, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_argument_is_the_base_and_brings_its_headers(receiver: Receiver) -> None:
    endpoint = f"http://127.0.0.1:{receiver.server_port}/api/public/otel/"
    with configure("otlp", endpoint=endpoint, headers={"authorization": "Basic eA=="}, global_=False) as telemetry:
        asyncio.run(one_call(telemetry))
    paths = {path for path, _, _ in receiver.got}
    assert paths == {f"/api/public/otel/v1/{signal}" for signal in ("traces", "metrics", "logs")}
    assert {headers["authorization"] for _, headers, _ in receiver.got} == {"Basic eA=="}


def test_the_variables_say_where_and_how(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-all")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=of-traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "of-the-variable")
    with configure(global_=False) as telemetry:
        asyncio.run(one_call(telemetry))
    assert {(path, headers["x-key"], headers["content-encoding"]) for path, headers, _ in receiver.got} == {
        ("/v1/traces", "of-traces", "gzip"),
        ("/v1/logs", "of-all", "gzip"),
    }
    assert all(b"of-the-variable" in body for _, _, body in receiver.got)


def test_a_receiver_that_is_not_there_does_not_hold_a_call_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    telemetry = configure("otlp", endpoint=f"http://127.0.0.1:{free_port()}", global_=False)

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await one_call(telemetry)
        return loop.time() - began

    assert asyncio.run(main()) < 5
    telemetry.shutdown()
