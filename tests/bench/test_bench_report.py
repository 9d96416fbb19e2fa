"""What a report says, in every form; what is simulated says so, and hostile names do nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.bench import Plan, Report, Sample, Subject, page
from ai_sdk.bench.plots import MOST_BARS, timeline
from ai_sdk.bench.statistics import Quantile
from ai_sdk.bench.svg import Scale, ticks
from ai_sdk.bench.text import Look, text
from ai_sdk.bench.wording import between, count, dollars, findings, remarks, seconds
from ai_sdk.errors import InvalidRequestError
from bench.kit import HOSTILE, made_report

moments = st.integers(0, 10**9).map(lambda count: count / 10**6)
samples = st.builds(
    Sample,
    id=st.integers(0, 99),
    model=st.sampled_from(["a", "b"]),
    load=st.sampled_from(["1 at once", "2 a second"]),
    round=st.integers(0, 3),
    warm_up=st.booleans(),
    at=moments,
    lag=moments,
    chunks=st.lists(moments, max_size=5).map(lambda each: tuple(sorted(each))),
    first_text=st.none() | moments,
    total=moments,
    output_tokens=st.none() | st.integers(0, 99),
    streamed_tokens=st.none() | st.integers(0, 99),
    cost=st.none() | st.integers(0, 10**9),
    error=st.none() | st.text(max_size=9),
    message=st.none() | st.text(max_size=9),
)
reports = st.builds(
    Report,
    plan=st.just(Plan(rate=(2.0,), concurrency=(1,))),
    models=st.sampled_from([(Subject("a", simulated=True), Subject("b")), (Subject("a"), Subject("b"))]),
    samples=st.lists(samples, max_size=12).map(tuple),
    environment=st.just({"cpu": "x", "packages": {"a": "1"}}),
    stopped=st.none() | st.text(max_size=9),
    given_up=st.just((("a", "why"),)),
    lost=st.integers(0, 3),
)


@given(report=reports)
@settings(max_examples=80, deadline=None)
def test_json_keeps_all_of_a_report_and_every_view_can_be_made(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report
    assert page(report).endswith("</html>\n")
    assert text(report)
    assert len(list(csv.reader(io.StringIO(report.to_csv())))) == len(report.samples) + 1


@pytest.mark.parametrize(
    "words", ["", "[]", "{}", '{"report": "other", "v": 1}', '{"report": "ai-sdk bench", "v": 99}']
)
def test_what_is_no_report_is_refused(words: str) -> None:
    with pytest.raises(InvalidRequestError, match="not a report of ai-sdk bench"):
        Report.from_json(words)


def test_the_figures_of_a_cell_are_those_of_its_samples() -> None:
    made = [
        Sample(id=at, model="m", load="1 at once", round=1, at=float(at), chunks=(0.5, 0.75), total=1.0,
               output_tokens=10, streamed_tokens=10, cost=5)
        for at in range(10)
    ]  # fmt: skip
    bad = Sample(id=10, model="m", load="1 at once", round=1, at=10.0, total=0.25, error="ServerError", cost=0)
    warm = Sample(id=11, model="m", load="1 at once", round=0, warm_up=True, chunks=(99.0,), total=99.0)
    (cell,) = Report(plan=Plan(), models=(Subject("m"),), samples=(*made, bad, warm)).cells
    assert (len(cell.samples), len(cell.answers), cell.errors) == (11, 10, {"ServerError": 1})
    assert cell.first.p50 == Quantile(0.5, 0.5, 0.5)
    assert cell.gaps.p99 == Quantile(0.25, None, None)
    assert cell.speed.p50 is not None
    assert cell.speed.p50.value == 20.0
    assert cell.throughput is not None
    assert cell.throughput.requests == (10 / 10.25,) * 3
    assert cell.throughput.tokens == (100 / 10.25,) * 3
    assert cell.cost == 50


def test_verdicts_are_told_with_their_ratio_and_only_where_intervals_part() -> None:
    told = findings(made_report(("groq:a", "cerebras:b"), simulated=False))
    assert list(told) == ["1 at once", "4 at once"]
    for said in told.values():
        (first,) = [each for each in said if "first token" in each]
        assert re.fullmatch(r"groq is faster to the first token than cerebras \((2\.\d|3(\.\d)?)×\)\.", first)
    same = findings(made_report(scale=(1.0, 1.0)))
    assert "No verdict on time to first token: the intervals overlap." in same["1 at once"]


def test_a_model_that_fails_often_is_not_compared() -> None:
    told = findings(made_report(failing=0.4))["1 at once"]
    assert not any("faster" in each for each in told)
    assert any(re.fullmatch(r"Not compared: .*: \d\d% of the requests failed\.", each) for each in told)


def test_too_few_answers_are_not_compared() -> None:
    whole = made_report()
    few = replace(whole, samples=tuple(each for each in whole.samples if each.id % 20 < 4))
    assert any("4 answers, and a verdict takes 7" in each for each in findings(few)["1 at once"])


def test_simulated_is_said_in_every_view() -> None:
    made_up = made_report()
    data = json.loads(made_up.to_json())
    assert data["simulated"] is True
    assert data["notice"].startswith("Simulated: ")
    assert {each["simulated"] for each in (*data["models"], *data["summary"])} == {True}
    assert {row["simulated"] for row in csv.DictReader(io.StringIO(made_up.to_csv()))} == {"true"}
    lines = text(made_up).splitlines()
    assert lines[0].startswith("Simulated: ")
    assert all("(simulated)" in line for line in lines if line.strip().startswith(("groq", "cerebras")))
    made = page(made_up)
    assert "<title>Latency of 2 models (simulated)</title>" in made
    assert made.count("<h2>") - made.count("</span></h2>") == 2  # method and machine alone are not
    for view in (made_report(simulated=False),):
        assert "simulated" not in text(view) + view.to_csv().replace(",simulated,", "")
        assert "imulated:" not in page(view)
        assert 'class="tag"' not in page(view)


def test_a_report_of_both_kinds_says_which_is_simulated() -> None:
    both = replace(made_report(), models=(Subject("groq:a", simulated=True), Subject("cerebras:b")))
    assert both.notice is not None
    assert both.notice.startswith("Partly simulated: ")
    assert both.notice.endswith("for groq:a.")
    rows = {(row["model"], row["simulated"]) for row in csv.DictReader(io.StringIO(both.to_csv()))}
    assert rows == {("groq:a", "true"), ("cerebras:b", "false")}
    assert "cerebras (simulated)" not in text(both)
    assert "partly simulated" in page(both)


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.places += [value or "" for name, value in attrs if name in ("href", "src") or name.startswith("on")]


def test_a_page_is_one_file_without_scripts_and_hostile_names_are_words() -> None:
    names = (f"groq:{HOSTILE}", f"x:{HOSTILE}")
    report = made_report(names, failing=0.3)
    report = replace(report, given_up=((names[0], HOSTILE),), stopped=HOSTILE, environment={"cpu": HOSTILE})
    made = page(report)
    seen = Seen()
    seen.feed(made)
    assert not seen.tags & {"script", "img", "link", "iframe", "object", "a"}
    assert seen.places == []
    assert "url(" not in made
    assert "&lt;script&gt;" in made
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert "default-src 'none'" in made


def test_text_of_hostile_names_does_not_reach_the_terminal_as_it_is() -> None:
    said = text(made_report((f"groq:{HOSTILE}", f"x:{HOSTILE}"), failing=0.3))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "ServerError" not in said


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(made_report(("=1+1", "@x:b")).to_csv())))
    assert {row["model"] for row in rows} == {"'=1+1", "'@x:b"}


def test_colours_are_used_where_the_terminal_has_them_and_the_table_fits() -> None:
    report = made_report(failing=0.2)
    assert "\x1b[" not in text(report)
    assert "\x1b[33;1m" in text(report, Look(colour=True))
    assert text(report, Look(unicode=False)).isascii()
    wide, narrow = text(report), text(report, Look(width=100))
    assert " ms [" in wide
    assert " ms [" not in narrow
    table = [line for line in narrow.splitlines() if line.startswith(("  groq (", "  cerebras (", "  MODEL"))]
    assert max(map(len, table)) <= 130


def test_remarks_tell_what_the_figures_do_not() -> None:
    report = made_report(simulated=False)
    late = replace(report.samples[0], lag=0.3)
    said = remarks(replace(report, samples=(late,), stopped="max_cost: x", given_up=(("groq:a", "401"),), lost=2))
    assert said == [
        "The run was stopped before its end by max_cost: x.",
        "groq:a was given up: 401",
        "2 requests were under way when the run was interrupted, and have no figures.",
        "A request was sent 300 ms late: this machine was busy. That is measured, too.",
    ]


def test_a_long_timeline_is_cut_and_says_so() -> None:
    report = made_report(("a:a",))
    many = replace(
        report, samples=tuple(replace(report.samples[0], id=at, at=float(at)) for at in range(MOST_BARS + 9))
    )
    assert timeline(many).count('class="bar ') == MOST_BARS
    assert f"The first {MOST_BARS:,} requests are drawn." in page(many)
    assert "requests are drawn" not in page(report)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "?"), (0.0, "0 ms"), (0.00042, "0.42 ms"), (0.0081, "8.1 ms"), (0.1534, "153 ms"), (1.594, "1.59 s"),
     (12.44, "12.4 s"), (0.9996, "1.00 s")],
)  # fmt: skip
def test_seconds_have_a_unit_that_fits(value: float | None, words: str) -> None:
    assert seconds(value) == words


def test_numbers_have_three_figures() -> None:
    assert [count(each) for each in (None, 0, 2.345, 98.76, 469.4, 1994.4)] == [
        "?",
        "0",
        "2.35",
        "98.8",
        "469",
        "1,994",
    ]
    assert [dollars(each) for each in (None, 0, 418_000, 2_500_000_000)] == ["?", "$0", "$0.000418", "$2.50"]
    assert between(Quantile(0.15, 0.114, 0.19)) == "114–190 ms"
    assert between(Quantile(0.9, 0.5, 1.5)) == "500 ms–1.50 s"
    assert between(Quantile(0.9, 0.5, None)) == "500 ms–?"


@given(low=st.floats(0, 1e4), more=st.floats(1e-3, 1e4))
def test_ticks_are_round_increasing_and_inside(low: float, more: float) -> None:
    found = ticks(low, low + more)
    assert found == sorted(set(found))
    assert 2 <= len(found) <= 8
    assert all(low - more * 1e-6 <= each <= (low + more) * (1 + 1e-9) for each in found)


@given(value=st.floats(-1e6, 1e6), log=st.booleans())
def test_a_scale_stays_on_its_paper(value: float, log: bool) -> None:
    scale = Scale(0.5, 100.0, 10.0, 90.0, log)
    assert 10.0 <= scale(value) <= 90.0
    assert scale(0.5) == 10.0
    assert scale(100.0) == pytest.approx(90.0)


def test_import_ai_sdk_and_the_command_load_no_benchmark() -> None:
    code = "import sys, ai_sdk, ai_sdk.cli; print([each for each in sys.modules if each.startswith('ai_sdk.bench')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": ":".join(sys.path)})  # fmt: skip
    assert done.stdout.strip() == "[]"
