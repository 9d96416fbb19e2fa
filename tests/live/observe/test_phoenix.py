"""A run as a real Phoenix has it: spans, messages, tools, tokens, cost and the page. ``make phoenix`` runs this."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from live.chromium_kit import Browser
from live.observe.serving import example, fetched, free_port, program, running, until

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

PROJECT = "packing"
SPANS = 11
QUERY = """{projects {edges {node {
  id name tokenCountTotal costSummary {total {cost}}
  spans(first: 100) {edges {node {
    name spanKind tokenCountTotal cumulativeTokenCountTotal costSummary {total {cost}} trace {traceId}
  }}}
}}}}"""
MODEL, OTHER = "openai/gpt-oss-120b", "gpt-oss-120b"
LOOKS, ADVICE, LIST = 0.0154, 0.0213, 0.0147
"""US dollars: 42,000 and 933 tokens of Cerebras; of Groq 160,000, of which 40,000 cached, and 500; 90,000 and 2,000."""


class Seen(NamedTuple):
    """What Phoenix gives back: ``spans`` over REST, in the order of their start, ``project`` over GraphQL."""

    url: str
    spans: list[dict[str, Any]]
    project: dict[str, Any]

    def named(self, start: str) -> list[dict[str, Any]]:
        return [span for span in self.spans if span["name"].startswith(start)]

    def parent(self, span: dict[str, Any]) -> str | None:
        """The name of the span above."""
        above = [each["name"] for each in self.spans if each["context"]["span_id"] == span["parent_id"]]
        return above[0] if above else None


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    phoenix = program("AI_SDK_PHOENIX", "make phoenix")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("phoenix")
    settings = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        "PHOENIX_AGENTS_DISABLE_BASH": "true",
        "PHOENIX_AGENTS_DISABLE_WEB_ACCESS": "true",
    }
    with running([phoenix, "serve"], f"{url}/healthz", folder, **settings):
        example(
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{url}/v1/traces",
            OTEL_METRICS_EXPORTER="none",
            OTEL_LOGS_EXPORTER="none",
            OTEL_RESOURCE_ATTRIBUTES=f"openinference.project.name={PROJECT}",
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY",
        )
        spans = until(lambda: arrived(url), 60)
        yield Seen(url, spans, until(lambda: priced(url), 60))


def arrived(url: str) -> list[dict[str, Any]] | None:
    found = fetched(f"{url}/v1/projects/{PROJECT}/spans?limit=100")["data"]
    return sorted(found, key=lambda span: span["start_time"]) if len(found) >= SPANS else None


def priced(url: str) -> dict[str, Any] | None:
    """The project, once the cost of all of its three calls has been reckoned."""
    found = fetched(f"{url}/graphql", {"query": QUERY})["data"]["projects"]["edges"]
    (project,) = [each["node"] for each in found if each["node"]["name"] == PROJECT]
    project["spans"] = [each["node"] for each in project["spans"]["edges"]]
    return project if len(costs(project)) >= 3 else None


def costs(project: dict[str, Any]) -> list[float]:
    """What Phoenix has reckoned, in US dollars, span by span."""
    totals = [(span["costSummary"] or {"total": {"cost": None}})["total"]["cost"] for span in project["spans"]]
    return sorted(each for each in totals if each is not None)


def messages(span: dict[str, Any], which: str) -> dict[str, Any]:
    """What Phoenix has made of the messages, such as ``1.message.role``."""
    start = f"llm.{which}_messages."
    return {name.removeprefix(start): said for name, said in span["attributes"].items() if name.startswith(start)}


def test_names_parents_kinds_and_statuses(seen: Seen) -> None:
    told = sorted(
        (seen.parent(each) or "", each["name"], each["span_kind"], each["status_code"]) for each in seen.spans
    )
    run, call = "invoke_agent packer", f"chat {MODEL}"
    assert told == sorted(
        [
            ("", run, "AGENT", "UNSET"),
            (run, call, "LLM", "UNSET"),
            (call, f"attempt {MODEL}", "UNKNOWN", "ERROR"),
            (call, f"attempt {MODEL}", "UNKNOWN", "ERROR"),
            (call, f"attempt {OTHER}", "UNKNOWN", "UNSET"),
            (run, "execute_tool weather", "TOOL", "UNSET"),
            (run, "execute_tool weather", "TOOL", "ERROR"),
            (run, call, "LLM", "UNSET"),
            (call, f"attempt {MODEL}", "UNKNOWN", "UNSET"),
            ("", call, "LLM", "UNSET"),
            (call, f"attempt {MODEL}", "UNKNOWN", "UNSET"),
        ]
    )
    assert len({each["context"]["trace_id"] for each in seen.spans}) == 2
    assert {each["attributes"]["session.id"] for each in seen.spans} == {"trip-1"}


def test_messages_and_tool_calls(seen: Seen) -> None:
    first, second, streamed = seen.named("chat")
    asked = messages(first, "input")
    assert (asked["0.message.role"], asked["1.message.role"]) == ("system", "user")
    assert asked["1.message.content"] == "What do I wear in Paris and in Oslo?"
    wanted = messages(first, "output")
    call = "0.message.tool_calls.{}.tool_call.{}"
    assert [wanted[call.format(at, "id")] for at in (0, 1)] == ["call_1", "call_2"]
    assert [wanted[call.format(at, "function.name")] for at in (0, 1)] == ["weather"] * 2
    assert [wanted[call.format(at, "function.arguments")] for at in (0, 1)] == ['{"city": "Paris"}', '{"city": "Oslo"}']
    assert '"weather"' in first["attributes"]["llm.tools.0.tool.json_schema"]
    given = messages(second, "input")
    assert [given[f"{at}.message.role"] for at in (3, 4)] == ["tool"] * 2
    assert [given[f"{at}.message.tool_call_id"] for at in (3, 4)] == ["call_1", "call_2"]
    assert given["3.message.content"] == "18 degrees and sunny in Paris"
    assert messages(second, "output")["0.message.content"] == "A light jacket for Paris, a warm coat for Oslo."
    assert messages(streamed, "output")["0.message.content"] == "1. light jacket\n2. warm coat\n3. umbrella\n"
    assert '"stream": true' in streamed["attributes"]["llm.invocation_parameters"]


def test_tools_with_their_arguments_and_results(seen: Seen) -> None:
    by_id = {each["attributes"]["tool.id"]: each["attributes"] for each in seen.named("execute_tool")}
    assert {key: said["tool.parameters.city"] for key, said in by_id.items()} == {"call_1": "Paris", "call_2": "Oslo"}
    assert {said["tool.description"] for said in by_id.values()} == {"The weather in a city, now."}
    assert "18 degrees and sunny in Paris" in by_id["call_1"]["output.value"]
    assert by_id["call_2"]["error.type"] == "LookupError"


def test_tokens_are_counted_once(seen: Seen) -> None:
    spans = seen.project["spans"]
    counted = {(each["name"], each["tokenCountTotal"], each["cumulativeTokenCountTotal"]) for each in spans}
    assert {each for each in counted if each[1] or each[2]} == {
        ("invoke_agent packer", 0, 203_433),
        (f"chat {MODEL}", 42_933, 42_933),
        (f"chat {MODEL}", 160_500, 160_500),
        (f"chat {MODEL}", 92_000, 92_000),
    }
    assert seen.project["tokenCountTotal"] == 42_933 + 160_500 + 92_000
    (_, second, _) = seen.named("chat")
    assert second["attributes"]["llm.token_count.prompt_details.cache_read"] == 40_000


def test_a_call_is_priced_by_who_answered(seen: Seen) -> None:
    """Phoenix's own reckoning and ours agree, call by call and in total."""
    ours = [each["attributes"]["operation.cost"] for each in seen.named("chat")]
    assert ours == pytest.approx([LOOKS, ADVICE, LIST], rel=1e-3)
    assert costs(seen.project) == pytest.approx(sorted(ours))
    assert seen.project["costSummary"]["total"]["cost"] == pytest.approx(sum(ours))
    fell_over = seen.named("chat")[0]["attributes"]
    assert (fell_over["gen_ai.request.model"], fell_over["gen_ai.provider.name"]) == (MODEL, "groq")
    assert (fell_over["llm.model_name"], fell_over["llm.provider"]) == (OTHER, "cerebras")


def test_the_page_shows_it(seen: Seen, browser: Browser, tmp_path: Path) -> None:
    folder = Path(os.environ.get("AI_SDK_SHOTS") or tmp_path)
    first, second, _ = seen.named("chat")
    (run,) = seen.named("invoke_agent")
    trace = f"{seen.url}/projects/{seen.project['id']}/traces/{run['context']['trace_id']}"
    for name, span in (("run", run), ("fallback", first), ("answer", second)):
        address = f"{trace}?selectedSpanNodeId={span['id']}"
        browser.screenshot(address, folder / f"phoenix-{name}.png", settle=15, size=(1600, 1000))
    document = browser.dom(f"{trace}?selectedSpanNodeId={first['id']}", settle=15, size=(1600, 1000))
    shown = ("invoke_agent packer", "execute_tool weather", f"attempt {OTHER}", "What do I wear", "Tool Call: call_1")
    assert [text for text in (*shown, "$0.04", "$0.02", "42,933") if text not in document] == []
