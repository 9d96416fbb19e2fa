"""The recipes of ``docs/observability.md``: their variables, as a shell understands them, send where they say.

A receiver stands in the place of the host that a recipe names; the path and the headers are the recipe's own.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from live.observe.guide import GUIDE, TREE, blocks
from live.observe.receiving import Receiver, receiving
from live.observe.serving import environment, example

from ai_sdk.messages import user
from ai_sdk.middleware import tracing
from ai_sdk.model import wrap_model
from ai_sdk.requests import LanguageRequest
from ai_sdk.telemetry import Telemetry, configure, names
from ai_sdk.testing import ScriptedModel

pytestmark = pytest.mark.live

SECRETS = {
    "LANGFUSE_PUBLIC_KEY": "pk-lf-1",
    "LANGFUSE_SECRET_KEY": "sk-lf-2",
    "LOGFIRE_WRITE_TOKEN": "pylf_v1_eu_3",
    "GRAFANA_INSTANCE": "42",
    "GRAFANA_TOKEN": "glc_" + "x" * 90,
    "DD_API_KEY": "dd-4",
    "DD_OTLP_TRACES": "https://datadog.example.org/intake/v1/traces",
}
TRACES, METRICS, LOGS = "/v1/traces", "/v1/metrics", "/v1/logs"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Recipe(NamedTuple):
    """What a recipe must do: to which paths it sends and with which headers, and words in the body of its traces."""

    paths: set[str]
    headers: dict[str, str] = {}
    words: tuple[bytes, ...] = ()
    at: int = 0


RECIPES = {
    "Phoenix": Recipe({TRACES}, words=(b"openinference.project.name", b"summaries")),
    "Langfuse": Recipe(
        {f"/api/public/otel{TRACES}"},
        {"authorization": basic("pk-lf-1", "sk-lf-2"), "x-langfuse-ingestion-version": "4"},
    ),
    "Logfire": Recipe({TRACES, METRICS, LOGS}, {"authorization": "pylf_v1_eu_3"}),
    "Jaeger": Recipe({TRACES}, words=(b"service.name", b"summaries")),
    "Prometheus and Grafana": Recipe(
        {f"/otlp{each}" for each in (TRACES, METRICS, LOGS)},
        {"authorization": basic("42", "glc_" + "x" * 90)},
        at=1,
    ),
    "Datadog": Recipe({f"/intake{TRACES}"}, {"dd-api-key": "dd-4", "dd-otlp-source": "llmobs"}),
}


def said_by(block: str) -> dict[str, str]:
    """The variables that the ``export`` lines of a block set, as a shell understands them."""
    lines = "\n".join(line for line in block.splitlines() if line.startswith("export "))
    done = subprocess.run(
        ["sh", "-euc", f"{lines}\nenv -0"],
        env={"PATH": os.environ["PATH"], **SECRETS},
        capture_output=True,
        check=True,
        timeout=20,
    )
    found = (each.partition("=") for each in done.stdout.decode().split("\0") if each)
    return {name: value for name, _, value in found if name.startswith("OTEL_")}


def moved(variables: dict[str, str], receiver: Receiver) -> dict[str, str]:
    """The variables with the receiver in the place of the host."""
    return {
        name: re.sub(r"^https?://[^/]+", receiver.url, value) if name.endswith("ENDPOINT") else value
        for name, value in variables.items()
    }


async def ask(telemetry: Telemetry) -> None:
    """One call with its content on the span and as an event."""
    providers: dict[str, Any] = {
        "tracer_provider": telemetry.tracer_provider,
        "meter_provider": telemetry.meter_provider,
        "logger_provider": telemetry.logger_provider,
    }
    model = wrap_model(ScriptedModel(["ok"], "groq", "m"), [tracing(**providers, content="span_and_event")])
    await (await model(LanguageRequest(messages=(user("What do I wear?"),)))).result()


@pytest.mark.parametrize("name", RECIPES)
def test_the_variables_of_a_recipe_send_everything_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = RECIPES[name]
    for variable in [each for each in os.environ if each.startswith("OTEL_")]:
        monkeypatch.delenv(variable)
    with receiving() as receiver:
        for variable, value in moved(said_by(blocks("bash", name)[recipe.at]), receiver).items():
            monkeypatch.setenv(variable, value)
        with configure(global_=False) as telemetry:
            asyncio.run(ask(telemetry))
    assert {post.path for post in receiver.posts} == recipe.paths
    for post in receiver.posts:
        assert {header: post.headers.get(header) for header in recipe.headers} == recipe.headers
    assert receiver.tree == [("chat m", ""), ("attempt m", "chat m")]
    traces = b"".join(post.body for post in receiver.posts if post.path.endswith(TRACES))
    assert [word for word in (*recipe.words, b"What do I wear") if word not in traces] == []


def test_the_example_goes_wherever_the_variables_say() -> None:
    with receiving() as receiver:
        example(**moved(said_by(blocks("bash", "Jaeger")[0]), receiver))
    assert sorted(receiver.tree) == TREE


def test_every_backend_of_the_guide_is_here() -> None:
    text = "\n".join(blocks("bash"))
    assert text.count("_ENDPOINT=") == len(RECIPES)


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    table = re.findall(r"^\| `([a-z_.]+)` \| (histogram|counter|gauge)", GUIDE.read_text(), re.MULTILINE)
    assert dict(table) == {each.name: each.kind for each in names.METRICS if "1.41" in each.conventions}


def run(source: str, folder: Path, **variables: str) -> str:
    """What a Python block prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        env=environment(XDG_STATE_HOME=str(folder), **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def plain_python() -> list[str]:
    return [block for block in blocks("python") if not block.startswith("# needs ")]


ASK = """
import asyncio
from ai_sdk import generate_text, wrap_model
from ai_sdk.middleware import tracing
from ai_sdk.testing import ScriptedModel

asyncio.run(generate_text(wrap_model(ScriptedModel(["ok"], "groq", "m"), [tracing()]), "hi"))
"""


def test_the_first_block_writes_a_file_that_the_command_shows(tmp_path: Path) -> None:
    first, *_ = plain_python()
    run(f"{first}\nassert 'tracing' in repr(model)\n{ASK}", tmp_path)
    (file,) = tmp_path.rglob("traces.jsonl")
    assert '"chat m"' in file.read_text()
    assert "chat m" in run("from ai_sdk.cli import main; main(['trace'])", tmp_path)


def test_the_block_of_configure_sends_to_both(tmp_path: Path) -> None:
    _, second, *more = plain_python()
    assert more == []
    with receiving() as receiver:
        source = second.replace("http://localhost:4318", receiver.url)
        source = re.sub(r"^    \.\.\.  # the pipeline\n", "    exec(ASK)\n", source, flags=re.MULTILINE)
        assert "exec(ASK)" in source
        run(f"ASK = {ASK!r}\n{source}", tmp_path)
    assert receiver.tree == [("chat m", ""), ("attempt m", "chat m")]
    assert {post.headers["authorization"] for post in receiver.posts} == {"Bearer ..."}
    assert list(tmp_path.rglob("traces.jsonl"))
