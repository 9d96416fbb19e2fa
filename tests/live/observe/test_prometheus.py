"""A run as a real Prometheus has it, and the queries of the guide. ``make prometheus`` runs this."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from live.observe.guide import blocks
from live.observe.serving import ANSWER, EXAMPLE, environment, fetched, free_port, program, running, until

from ai_sdk.telemetry.names import DURATIONS

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

MODEL = {"gen_ai_request_model": "openai/gpt-oss-120b"}
ANSWERED_BY = "gpt-oss-120b"
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: ai
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus:
    """A server that has scraped the example, by its address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: dict[str, list[Any]] = {}

    def ask(self, query: str) -> list[tuple[dict[str, str], float]]:
        """The answer to a PromQL query: the labels and the value of each series."""
        answer = fetched(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
        assert answer["status"] == "success"
        found = [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]
        self.asked[query] = found
        return found

    def scraped(self) -> bool | None:
        """Whether the metrics of all of the three calls are here."""
        return [value for _, value in self.ask("sum(gen_ai_client_operation_duration_seconds_count)")] == [3.0] or None


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    server = program("AI_SDK_PROMETHEUS", "make prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    port, scraped = free_port(), free_port()
    (folder / "prometheus.yml").write_text(CONFIG.format(port=scraped))
    words = [server, "--config.file=prometheus.yml", f"--web.listen-address=127.0.0.1:{port}"]
    variables = environment(
        OTEL_METRICS_EXPORTER="prometheus",
        OTEL_TRACES_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
        OTEL_EXPORTER_PROMETHEUS_HOST="127.0.0.1",
        OTEL_EXPORTER_PROMETHEUS_PORT=str(scraped),
    )
    url = f"http://127.0.0.1:{port}"
    with running([*words, f"--storage.tsdb.path={folder / 'data'}"], f"{url}/-/ready", folder):
        pipe = subprocess.PIPE
        command = [sys.executable, "-W", "error", str(EXAMPLE), "--wait"]
        with subprocess.Popen(command, env=variables, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as run:
            try:
                found = Prometheus(url)
                until(found.scraped, 60, lambda: run.poll() is not None)
                found.asked.clear()
                yield found
                out, words_of_error = run.communicate(timeout=60)
            finally:
                run.kill()
        assert (out, words_of_error, run.returncode) == (ANSWER, "", 0)
    for query, answer in found.asked.items():
        print(f"\n{query}", *(f"  {labels} {value:g}" for labels, value in answer), sep="\n")


def one(found: list[tuple[dict[str, str], float]], **labels: str) -> float:
    """The only value with these labels."""
    (value,) = [value for said, value in found if labels.items() <= said.items()]
    return value


def test_the_95th_percentile_of_the_durations_by_model(prometheus: Prometheus) -> None:
    durations = "gen_ai_client_operation_duration_seconds"
    percentile = f"histogram_quantile(0.95, sum by (le, gen_ai_response_model) ({durations}_bucket))"
    found = prometheus.ask(percentile)
    fell_over = one(found, gen_ai_response_model=ANSWERED_BY)
    (_, longest), *others = prometheus.ask(f'{durations}_sum{{gen_ai_response_model="{ANSWERED_BY}"}}')
    assert others == []
    assert 0.01 < longest
    upper = min(edge for edge in DURATIONS if longest <= edge)
    assert fell_over == pytest.approx(upper / 2 + 0.95 * upper / 2), (
        "95 % of the way through the bucket of the one call"
    )
    assert one(found, gen_ai_response_model=MODEL["gen_ai_request_model"]) >= 0.15, "the stream waits three times"


def test_retries_fallbacks_and_attempts(prometheus: Prometheus) -> None:
    for counter in ("retries", "fallbacks"):
        found = prometheus.ask(f"sum by (gen_ai_request_model) (ai_sdk_client_{counter}_total)")
        assert found == [(MODEL, 1.0)]
    found = prometheus.ask("sum by (ai_sdk_attempt_outcome) (ai_sdk_client_attempts_total)")
    assert {labels["ai_sdk_attempt_outcome"]: value for labels, value in found} == {"ok": 3.0, "OverloadedError": 2.0}


def test_tokens_and_cost_by_model(prometheus: Prometheus) -> None:
    found = prometheus.ask("sum by (gen_ai_token_type) (gen_ai_client_token_usage_sum)")
    assert one(found, gen_ai_token_type="input") == 42_000 + 160_000 + 90_000
    assert one(found, gen_ai_token_type="output") == 933 + 500 + 2_000
    cost = prometheus.ask("sum by (gen_ai_response_model) (ai_sdk_client_cost_USD_total)")
    assert one(cost, gen_ai_response_model=ANSWERED_BY) == pytest.approx(0.0154, rel=1e-3)
    assert one(cost, gen_ai_response_model=MODEL["gen_ai_request_model"]) == pytest.approx(0.0213 + 0.0147)


def queries() -> list[str]:
    return [line for block in blocks("promql") for line in block.splitlines()]


@pytest.mark.parametrize("query", queries())
def test_a_query_of_the_guide_is_answered(prometheus: Prometheus, query: str) -> None:
    """At once, or, for a rate, when it has been scraped twice; what it groups by is known of each series."""
    found = until(lambda: prometheus.ask(query) or None, 20)
    (grouped,) = re.findall(r"by \((.*?)\)", query)
    assert {name for labels, _ in found for name in labels} == set(grouped.split(", ")) - {"le"}
