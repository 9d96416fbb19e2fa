"""Logfire's and Datadog's packages set OpenTelemetry up; our spans are among theirs. ``make backends`` runs this."""

from __future__ import annotations

import subprocess

import pytest
from live.observe.guide import TREE, python_that_needs
from live.observe.receiving import Receiver, receiving
from live.observe.serving import ANSWER, EXAMPLE, environment, program

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

RUN = f"""
import asyncio, runpy
from opentelemetry import trace

main = runpy.run_path({str(EXAMPLE)!r})["main"]
with trace.get_tracer("the program").start_as_current_span("a request of the program"):
    asyncio.run(main())
"""
ENDS = {
    "logfire": "logfire.force_flush()\nlogfire.shutdown()\n",
    "ddtrace": "from ddtrace import tracer\ntracer.flush()\ntracer.shutdown()\n",
}


def settings(receiver: Receiver) -> dict[str, str]:
    return {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{receiver.url}/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "LOGFIRE_SEND_TO_LOGFIRE": "false",
        "LOGFIRE_CONSOLE": "false",
        "DD_TRACE_OTEL_ENABLED": "true",
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    }


@pytest.mark.parametrize("package", ENDS)
def test_our_spans_are_in_the_trace_of_the_package(package: str) -> None:
    python = program("AI_SDK_PACKAGES", "make backends")
    with receiving() as receiver:
        done = subprocess.run(
            [python, "-c", f"{python_that_needs(package)}\n{RUN}\n{ENDS[package]}"],
            env=environment(**settings(receiver)),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    theirs = "a request of the program"
    assert sorted(receiver.tree) == sorted([(theirs, ""), *((name, above or theirs) for name, above in TREE)])
    assert len({span.trace_id for span in receiver.spans}) == 1
