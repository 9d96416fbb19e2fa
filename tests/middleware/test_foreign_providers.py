"""Providers of another package are there, whatever their classes are called: Logfire's are named like placeholders."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from laws.harness import STREAMED
from laws.telemetry_kit import Kept
from layer_laws.kinds import read
from opentelemetry import trace

import ai_sdk
from ai_sdk.middleware import tracing
from ai_sdk.model import wrap_model
from ai_sdk.testing import ScriptedModel, run


class ProxyTracerProvider(trace.TracerProvider):
    """A provider with the name of OpenTelemetry's own placeholder, that hands out real tracers."""

    def __init__(self, real: trace.TracerProvider) -> None:
        self.real = real

    def get_tracer(self, *given: Any, **named: Any) -> trace.Tracer:
        return self.real.get_tracer(*given, **named)


def test_a_call_is_recorded_by_a_provider_that_is_called_like_a_placeholder() -> None:
    kept = Kept()
    provider = ProxyTracerProvider(kept.options["tracer_provider"])
    model = wrap_model(ScriptedModel(["ok"], "groq", "m"), [tracing(tracer_provider=provider)])

    async def main() -> None:
        await asyncio.gather(read(model, STREAMED))

    run(main())
    assert sorted(each.name for each in kept.spans) == ["attempt m", "chat m"]


SOMEBODY_ELSE = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from ai_sdk.errors import InvalidRequestError
from ai_sdk.telemetry import configure

class ProxyTracerProvider(TracerProvider):
    pass

trace.set_tracer_provider(ProxyTracerProvider())
try:
    configure("console")
except InvalidRequestError as error:
    print(error.field)
"""


def test_configure_refuses_where_such_a_provider_is_set() -> None:
    source = str(Path(ai_sdk.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", SOMEBODY_ELSE],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("global_\n", "")
