"""Lines of ``logging`` as the application renders them; the ids of spans; keys that are hidden."""

from __future__ import annotations

import io
import json
import logging as standard
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from laws.telemetry_kit import Kept
from layer_laws.kit import STREAMED, caught, read

from ai_sdk.errors import ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import logging, retry, tracing
from ai_sdk.model import wrap_model
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import ScriptedCall, ScriptedModel


class Lines:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def debug(self, event: str, **fields: Any) -> None:
        self.lines.append((event, fields))

    info = debug

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [fields for event, fields in self.lines if event == "call"]


@pytest.fixture
def structured() -> Iterator[Callable[..., io.StringIO]]:
    """Configures structlog as an application would, and gives what its renderer wrote."""

    def configure(*processors: Any, **options: Any) -> io.StringIO:
        written = io.StringIO()
        settings: dict[str, Any] = {"logger_factory": structlog.PrintLoggerFactory(file=written), **options}
        bound = structlog.contextvars.merge_contextvars
        structlog.configure([bound, structlog.processors.add_log_level, *processors], **settings)
        return written

    yield configure
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


async def test_the_application_chooses_json(structured: Callable[..., io.StringIO]) -> None:
    written = structured(structlog.processors.JSONRenderer())
    await read(wrap_model(ScriptedModel(["two words"]), [logging(content=True)]), STREAMED)
    (line,) = written.getvalue().splitlines()
    said = json.loads(line)
    assert (said["event"], said["level"], said["outcome"]) == ("call", "info", "end")
    assert said["output"] == "two words"
    assert said["output_tokens"] == 2


async def test_the_application_chooses_the_console(structured: Callable[..., io.StringIO]) -> None:
    written = structured(structlog.dev.ConsoleRenderer(colors=False))
    await read(wrap_model(ScriptedModel(["hello"]), [logging()]), STREAMED)
    (line,) = written.getvalue().splitlines()
    assert line.startswith("[info     ] call ")
    assert "outcome=end" in line
    assert "model=scripted:model" in line


async def test_structlog_over_the_standard_library_keeps_to_its_levels(
    structured: Callable[..., io.StringIO], caplog: pytest.LogCaptureFixture
) -> None:
    structured(
        structlog.stdlib.filter_by_level,
        structlog.stdlib.render_to_log_kwargs,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    asked: list[Any] = []
    stack = wrap_model(ScriptedModel(["hello"]), [logging()])
    with caplog.at_level(standard.WARNING, logger="ai_sdk"):
        await read(stack, STREAMED)
        asked = list(caplog.records)
    with caplog.at_level(standard.INFO, logger="ai_sdk"):
        await read(stack, STREAMED)
    assert not asked
    (record,) = caplog.records
    assert (record.name, record.levelname, record.getMessage()) == ("ai_sdk", "INFO", "call")
    assert getattr(record, "outcome") == "end"  # noqa: B009


async def test_a_bound_logger_of_the_standard_library_over_one_without_levels(
    structured: Callable[..., io.StringIO],
) -> None:
    written = structured(structlog.processors.JSONRenderer(), wrapper_class=structlog.stdlib.BoundLogger)
    await read(wrap_model(ScriptedModel(["hello"]), [logging()]), STREAMED)
    assert json.loads(written.getvalue())["outcome"] == "end"


KEY = "gsk_abcdefghijklmnop1234567890"


async def test_keys_are_hidden_in_content_wherever_they_are() -> None:
    lines = Lines()
    stack = wrap_model(ScriptedModel([f"yours is {KEY}", ServerError(f"no {KEY}")]), [logging(lines, content=True)])
    await read(stack, LanguageRequest(messages=(user(f"mine is {KEY}"),)))
    await caught(read(stack, STREAMED))
    vectors = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult()])
    await read(wrap_model(vectors, [logging(lines, content=True)]), EmbeddingRequest(values=(KEY, "b")))
    first, second, third = lines.calls
    assert (first["input"], first["output"]) == (["user: mine is [redacted]"], "yours is [redacted]")
    assert second["error_message"] == "provider: no [redacted]"
    assert third["input"] == {"values": ("[redacted]", "b")}
    assert KEY not in repr(lines.lines)


async def test_inside_of_tracing_a_line_has_the_ids_of_the_span_of_its_call() -> None:
    lines, kept = Lines(), Kept()
    stack = wrap_model(
        ScriptedModel([ServerError("x"), "ok"]), [tracing(**kept.options), logging(lines), retry(wait=3)]
    )
    await read(stack, STREAMED)
    (call,) = [each for each in kept.spans if each.name.startswith("chat")]
    assert call.context is not None
    ids = {"trace_id": f"{call.context.trace_id:032x}", "span_id": f"{call.context.span_id:016x}"}
    assert [event for event, _ in lines.lines] == ["call retried", "call waited", "call"]
    assert [{name: fields.get(name) for name in ids} for _, fields in lines.lines] == [ids] * 3


async def test_outside_of_tracing_the_ids_are_those_of_the_caller_or_there_are_none() -> None:
    lines, kept = Lines(), Kept()
    stack = wrap_model(ScriptedModel(["ok"]), [logging(lines), tracing(**kept.options)])
    await read(stack, STREAMED)
    assert "trace_id" not in lines.calls[0]
    tracer = kept.options["tracer_provider"].get_tracer("mine")
    with tracer.start_as_current_span("mine") as mine:
        await read(stack, STREAMED)
    assert lines.calls[1]["span_id"] == f"{mine.get_span_context().span_id:016x}"


def test_a_program_without_opentelemetry_does_not_load_it_to_log() -> None:
    script = (
        "import asyncio, sys\n"
        "from ai_sdk.middleware import logging\n"
        "from ai_sdk.messages import user\n"
        "from ai_sdk.requests import LanguageRequest\n"
        "from ai_sdk.testing import ScriptedModel\n"
        "async def main():\n"
        "    response = await logging()(ScriptedModel(['ok']))(LanguageRequest(messages=(user('hi'),)))\n"
        "    await response.result()\n"
        "import logging as standard\n"
        "standard.basicConfig(level='INFO', stream=sys.stdout, format='%(message)s')\n"
        "asyncio.run(main())\n"
        "assert 'opentelemetry.trace' not in sys.modules\n"
    )
    paths = [path for path in sys.path if path]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path[:0] = {paths!r}\n{script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("event=call model=")
