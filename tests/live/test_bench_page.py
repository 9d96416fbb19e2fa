"""``ai-sdk bench`` on the real clock: simulated servers over loopback HTTP, a real model, and the page in a browser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import statistics
import struct
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from bench.kit import HOSTILE, made_report
from live.chromium_kit import Browser, browser

import ai_sdk
from ai_sdk.bench import Plan, Report, measure, page, presets, simulation

pytestmark = pytest.mark.live
__all__ = ["browser"]

SRC = str(Path(ai_sdk.__file__).parents[1])


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "ai_sdk.cli", "bench", *words]


def bench(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    env |= {"PYTHONPATH": SRC, **more}
    return subprocess.run(command(*words), env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a short simulated run of the preset, made by the command without any key."""
    folder = tmp_path_factory.mktemp("bench")
    files = [word for kind in ("json", "csv", "html") for word in (f"--{kind}", str(folder / f"r.{kind}"))]
    plan = ["--requests", "17", "--concurrency", "1,8", "--rounds", "2", "--output-tokens", "12", "--max-cost", "0.5"]
    done = bench("--preset", "fast", "--simulate", *plan, *files)
    assert done.returncode == 0, done.stderr
    (folder / "out.txt").write_text(done.stdout)
    (folder / "err.txt").write_text(done.stderr)
    return folder


def test_the_preset_runs_without_a_key_and_is_called_simulated_everywhere(fast: Path) -> None:
    report = Report.from_json((fast / "r.json").read_text())
    assert [each.name for each in report.models] == list(presets()["fast"])
    assert all(each.simulated for each in report.models)
    assert len(report.samples) == 3 * 17
    assert sum(each.ok for each in report.samples) > 40
    assert {each.output_tokens for each in report.samples if each.ok} == {12}
    out = (fast / "out.txt").read_text()
    assert out.startswith("Simulated: servers on this machine answered with invented timing.")
    assert out.count("groq (simulated)") >= 2
    assert (fast / "err.txt").read_text().count("(simulated)") == 3
    rows = (fast / "r.csv").read_text().splitlines()
    assert len(rows) == 52
    assert all(",true," in row for row in rows[1:])


def test_the_page_is_drawn_by_a_browser(fast: Path, browser: Browser, tmp_path: Path) -> None:
    address = (fast / "r.html").as_uri()
    document = browser.dom(address)
    assert "<title>Latency of 3 models (simulated)</title>" in document
    report = Report.from_json((fast / "r.json").read_text())
    answered = sum(each.ok for each in report.samples)
    assert len(re.findall(r'<rect class="bar m[012]', document)) == answered
    assert len(re.findall(r'<rect class="failed', document)) == len(report.samples) - answered
    assert len(re.findall(r"<svg ", document)) == 5
    picture = browser.screenshot(address, tmp_path / "page.png", size=(1280, 1000))
    assert picture.stat().st_size > 50_000


def test_a_page_of_hostile_names_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_text(page(made_report((f"groq:{HOSTILE}", f"x:{HOSTILE}"), failing=0.2)), encoding="utf-8")
    document = browser.dom(place.as_uri())
    assert "<title>Latency of 2 models (simulated)</title>" in document
    assert not re.search("<(?:script|img)", document)
    assert "</table><script>document.title='owned'</script>" in unescape(document)


def test_what_is_measured_is_what_the_profile_says(tmp_path: Path) -> None:
    profiles = tmp_path / "profiles.json"
    profile = {"first_token": 0.15, "gap": 0.02, "tokens_per_chunk": 2}
    profiles.write_text(json.dumps({"profiles": {"default": profile}}))
    names = ["groq:a", "anthropic:b"]

    async def run() -> Report:
        async with simulation(names, file=profiles) as models:
            assert [getattr(each, "provider", None) for each in models.values()] == ["groq", "anthropic"]
            return await measure(models, Plan(requests=9, output_tokens=20), simulated=names)

    report = asyncio.run(run())
    assert [each.error for each in report.samples] == [None] * 18
    for cell in report.cells:
        first = statistics.median(each.first or 0.0 for each in cell.answers)
        assert 0.15 <= first < 0.4
        assert {len(each.chunks) for each in cell.answers} == {10}
        assert min(each.total for each in cell.answers) >= 0.15 + 9 * 0.02
        assert statistics.median(gap for each in cell.answers for gap in each.gaps) == pytest.approx(0.02, abs=0.008)


def test_errors_limits_and_breaks_of_a_profile_are_measured_by_class(tmp_path: Path) -> None:
    profiles = tmp_path / "profiles.json"
    quick = {"first_token": 0.001, "gap": 0.0}
    made = {
        "groq": {**quick, "errors": {"503": 1.0}},
        "cerebras": {**quick, "breaks": 1.0},
        "mistral": {**quick, "limit": 4},
    }
    profiles.write_text(json.dumps({"profiles": made}))
    done = bench("groq:a", "cerebras:b", "mistral:c", "--simulate", "--requests", "9", "--json", "-",
                 "--profiles", str(profiles))  # fmt: skip
    report = Report.from_json(done.stdout)
    assert [each.errors for each in report.cells[:2]] == [{"OverloadedError": 8}, {"InterruptedStreamError": 8}]
    assert report.cells[2].errors == {"RateLimitError": 5}
    assert {each.status for each in report.cells[2].samples} == {None, 429}


def test_a_run_that_is_killed_goes_on_and_sends_nothing_twice(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    words = ["groq:a", "cerebras:b", "--simulate", "--requests", "21", "--concurrency", "3", "--output-tokens", "12",
             "--resume", str(journal)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": SRC}
    with subprocess.Popen(command(*words), env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(("8 of", "9 of", "10 of", "11 of")):
                break
        process.send_signal(signal.SIGKILL)
    before = journal.read_bytes()
    assert before.count(b'{"sent"') < 42
    done = bench(*words, "--json", "-")
    assert done.returncode == 0, done.stderr
    report = Report.from_json(done.stdout)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    sent = [line["sent"] for line in lines if "sent" in line]
    assert len(sent) == len(set(sent)) == 42
    assert len(report.samples) + report.lost == 42
    assert 0 <= report.lost <= 3
    assert journal.read_bytes().startswith(before[: before.rfind(b"\n") + 1])


def test_ctrl_c_ends_it_with_a_word_about_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    words = ["groq:a", "--simulate", "--requests", "40", "--output-tokens", "4", "--resume", str(journal)]
    env = {**os.environ, "PYTHONPATH": SRC}
    with subprocess.Popen(command(*words), env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert first.startswith("4 of 40")
    assert process.returncode == 130
    assert f"interrupted; the same command goes on with what is in {journal}" in rest
    assert "Traceback" not in rest


def on_a_terminal(columns: int, *words: str, **more: str) -> str:
    """What the command writes to a terminal of so many columns."""
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    env |= {"PYTHONPATH": SRC, "PYTHONIOENCODING": "utf-8", **more}
    with subprocess.Popen(command(*words), env=env, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        said = b""
        try:
            while piece := os.read(master, 65536):
                said += piece
        except OSError:  # the other side has left
            pass
        os.close(master)
    assert process.returncode == 0, said
    return said.decode()


@pytest.mark.parametrize(("more", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_bars_and_colours_unless_it_wants_none(more: dict[str, str], coloured: bool) -> None:
    said = on_a_terminal(90, "groq:a", "--simulate", "--requests", "3", "--output-tokens", "4", **more)
    assert re.search(r"groq:a: +\d+%\|", said)
    assert ("\x1b[33;1mSimulated" in said) == coloured
    assert ("\x1b[1m1 at once" in said) == coloured
    assert " ms [" not in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bench_open_loop", r"45 a second +median +\d+ ms  p95 +\d+ ms\n$"),
        ("bench_simulated", r"the page: .*latency\.html\n$"),
    ],
)
def test_an_example_runs_without_a_key(name: str, words: str, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / f"{name}.py"
    env = {**os.environ, "PYTHONPATH": SRC, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    assert re.search(words, done.stdout), done.stdout


@pytest.mark.usefixtures("child")
def test_the_real_local_model_is_measured(browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / "local.html"
    plan = Plan(requests=4, rounds=1, prompt_tokens=40, output_tokens=12)
    report = asyncio.run(measure(["local:smollm2"], plan))
    place.write_text(page(report), encoding="utf-8")
    assert not report.simulated
    assert [each.error for each in report.samples] == [None] * 4
    assert all(each.first and each.first < each.total and (each.output_tokens or 0) <= 12 for each in report.samples)
    assert report.cost == 0
    document = browser.dom(place.as_uri())
    assert "<title>Latency of 1 model</title>" in document
    assert 'class="tag"' not in document
