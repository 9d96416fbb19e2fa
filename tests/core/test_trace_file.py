"""The local file: every span once, one a line, whoever else writes, however full the disk."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind

import ai_sdk
from ai_sdk.errors import RateLimitError, ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import cache, fallback, retry
from ai_sdk.middleware.tracing import tracing
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import Usage
from ai_sdk.telemetry import trace_file
from ai_sdk.telemetry.file_exporter import FileSpanExporter, as_line
from ai_sdk.telemetry.trace_file import LONGEST, Recorded, append, default_path, parse, read
from ai_sdk.testing import ScriptedModel, Turn

SRC = str(Path(ai_sdk.__file__).parents[1])
ANSWER: Turn = [
    TextDelta("a private "),
    0.5,
    TextDelta("answer"),
    Finish("stop", Usage(input_tokens=7, output_tokens=3)),
]
STREAM = LanguageRequest(messages=(user("a private question"),), stream=True)


def line(span: str = "00000000000000a1", **more: Any) -> dict[str, Any]:
    known = {"v": 1, "trace": "ab", "span": span, "parent": None, "name": "x", "start": 5, "duration": 7}
    return {**known, "attributes": {}, "events": [], **more}


def written(path: Path) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(path)))
    return provider


async def test_a_stack_with_retry_fallback_cache_and_stream_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "traces.jsonl"
    first = ScriptedModel([RateLimitError("slow", status=429), ServerError("down", status=503)], "groq", "one")
    second = ScriptedModel([ANSWER], "openai", "two")
    kept = wrap_model(second, [cache()])
    model = wrap_model(first, [tracing(tracer_provider=written(path)), fallback(kept), retry(attempts=2)])
    for _ in range(2):
        await (await model(STREAM)).result()
    spans, broken = read(path)
    assert broken == 0
    assert [(each.name, each.status) for each in spans] == [
        ("attempt one", "error"),
        ("attempt one", "error"),
        ("attempt two", "unset"),
        ("chat one", "unset"),
        ("attempt one", "error"),
        ("attempt one", "error"),
        ("chat one", "unset"),
    ]
    missed, hit = spans[3], spans[6]
    assert {each.parent for each in spans[:3]} == {missed.span}
    assert missed.parent is hit.parent is None
    assert len({each.trace for each in spans}) == 2
    names = [each.name for each in missed.events]
    assert {"ai_sdk.cache.miss", "ai_sdk.retry", "ai_sdk.wait", "ai_sdk.fallback"} <= set(names)
    assert "ai_sdk.cache.hit" in [each.name for each in hit.events]
    assert all(missed.start <= each.at <= missed.end for each in missed.events)
    assert (missed.attributes["gen_ai.usage.output_tokens"], missed.scope) == (3, "ai_sdk")
    assert "private" not in path.read_text()
    assert {json.loads(text)["v"] for text in path.read_text().splitlines()} == {1}


async def test_content_is_there_when_it_is_captured(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    model = wrap_model(ScriptedModel([ANSWER]), [tracing(tracer_provider=written(path), content=True)])
    await (await model(STREAM)).result()
    span = read(path)[0][-1]
    assert json.loads(span.attributes["gen_ai.output.messages"])[0]["parts"][0]["content"] == "a private answer"


def test_every_value_of_a_span_is_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    tracer = written(path).get_tracer("a-scope")
    attributes: dict[str, Any] = {
        "s": 'ä"\n\x1b\u2028',
        "i": 3,
        "f": 0.5,
        "b": True,
        "n": float("nan"),
        "l": ["a", "b"],
    }
    span = tracer.start_span("x", kind=SpanKind.CLIENT, attributes=attributes, start_time=2_000_000_001)
    span.add_event("e", {"k": 1}, timestamp=2_000_005_000)
    span.end(2_000_009_999)
    raw = path.read_bytes()
    assert raw.isascii()
    assert (raw.count(b"\n"), raw[-1:]) == (1, b"\n")
    found = json.loads(raw)
    assert found["attributes"] == {**attributes, "n": "nan"}
    shown = (found["kind"], found["start"], found["duration"], found["status"], found["scope"], found["message"])
    assert shown == ("client", 2_000_000, 9, "unset", "a-scope", None)
    assert found["events"] == [{"name": "e", "at": 4, "attributes": {"k": 1}}]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "traces.jsonl"
    before = os.umask(0)
    try:
        append(path, [line()])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="the folder of another system")
@pytest.mark.parametrize(
    ("state", "platform", "expected"),
    [
        ("/var/state", "linux", "/var/state/ai-sdk/traces.jsonl"),
        ("", "linux", "HOME/.local/state/ai-sdk/traces.jsonl"),
        ("relative", "linux", "HOME/.local/state/ai-sdk/traces.jsonl"),
        ("", "darwin", "HOME/Library/Application Support/ai-sdk/traces.jsonl"),
    ],
)
def test_where_it_lies(
    state: str, platform: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert PurePath(default_path()) == PurePath(expected.replace("HOME", str(tmp_path)))


def test_a_full_file_becomes_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    size = len(trace_file._line(line()))
    for number in range(1, 11):
        append(path, [line(f"{number:016x}")], most=3 * size)
        assert path.stat().st_size <= 3 * size
    assert sorted(each.name for each in tmp_path.iterdir()) == ["traces.jsonl", "traces.jsonl.1"]
    spans, broken = read(path)
    assert [int(each.span, 16) for each in spans] == [7, 8, 9, 10]
    assert broken == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such lock")
def test_nobody_else_renames_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    path = tmp_path / "traces.jsonl"
    replace = Path.replace
    refused: list[bool] = []

    def watched(self: Path, target: Path) -> Path:
        with self.open("rb") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                refused.append(True)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    append(path, [line("1"), line("2")], most=len(trace_file._line(line("1"))))
    assert refused == [True]
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_one_batch_may_fill_it_more_than_once(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    size = len(trace_file._line(line()))
    append(path, [line(f"{number:016x}") for number in range(1, 11)], most=3 * size)
    assert [int(each.span, 16) for each in read(path)[0]] == [7, 8, 9, 10]


@pytest.mark.parametrize("most", [2**30, 40_000])
def test_processes_at_once_tear_no_line(most: int, tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    code = (
        "import sys\nfrom pathlib import Path\nfrom ai_sdk.telemetry.trace_file import append\n"
        "for number in range(150):\n"
        "    span = {'v': 1, 'trace': 'ab', 'span': f'{sys.argv[1]}-{number}', 'name': 'x', 'start': 5,\n"
        "            'duration': 7, 'attributes': {'long': sys.argv[1] * 300}, 'events': []}\n"
        f"    append(Path(sys.argv[2]), [span], most={most})\n"
    )
    words = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": SRC}
    running = [subprocess.Popen([*words, name, str(path)], env=environment) for name in ("a", "b", "c")]
    assert [each.wait() for each in running] == [0, 0, 0]
    spans, broken = read(path)
    assert broken == 0
    assert len({each.span for each in spans}) == len(spans)
    assert all(set(each.attributes["long"]) == {each.span[0]} for each in spans)
    if most == 2**30:
        assert len(spans) == 450
    else:
        assert all(each.stat().st_size <= most for each in tmp_path.iterdir())
        assert len(spans) * 380 > most  # the older file was not thrown away by a second rotation


def test_a_disk_that_fails_loses_spans_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a folder")
    exporter = FileSpanExporter(tmp_path / "file" / "traces.jsonl")
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            provider.get_tracer("x").start_span("y").end()
    assert len(caplog.records) == 1
    assert "traces.jsonl cannot be written" in caplog.text
    (tmp_path / "file").unlink()
    provider.get_tracer("x").start_span("y").end()
    assert len(read(exporter.path)[0]) == 1
    exporter.path.unlink()
    exporter.path.mkdir()
    with caplog.at_level(logging.WARNING):
        provider.get_tracer("x").start_span("y").end()
    assert len(caplog.records) == 2
    exporter.path.rmdir()
    assert exporter.export([]) is SpanExportResult.SUCCESS


def test_a_line_cut_by_a_full_disk_costs_that_line_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "traces.jsonl"
    write = os.write
    cuts = iter([True])

    def cut(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[: len(data) // 2] if next(cuts, False) else data)

    monkeypatch.setattr(os, "write", cut)
    append(path, [line("1"), line("2")])
    spans, broken = read(path)
    assert ([each.span for each in spans], broken) == (["2"], 1)


def test_a_line_that_is_too_long_loses_its_content(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    attributes = {"gen_ai.input.messages": "x" * LONGEST, "gen_ai.request.model": "m"}
    append(path, [line("1", attributes=attributes), line("2", attributes={"other": "x" * LONGEST})])
    spans, _ = read(path)
    assert [dict(each.attributes) for each in spans] == [{"gen_ai.request.model": "m"}, {}]
    assert [json.loads(text)["cut"] for text in path.read_text().splitlines()] == [True, True]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"trace": "a"}',
        b"[" * 100_000,
        *(
            json.dumps({**line(), name: value}).encode()
            for name, value in (
                ("start", -1),
                ("start", 10**30),
                ("start", "now"),
                ("duration", True),
                ("duration", None),
                ("span", 7),
                ("attributes", []),
                ("events", [{"name": "x"}]),
                ("events", [7]),
                ("events", 7),
            )
        ),
        json.dumps({**line(), "attributes": {"x": float("inf")}}).encode(),
        json.dumps(line()).replace("7", "1e999").encode(),
    ],
)
def test_a_broken_line_is_left_out_and_counted(broken: bytes, tmp_path: Path) -> None:
    assert parse(broken) is None
    path = tmp_path / "traces.jsonl"
    path.write_bytes(json.dumps(line("1")).encode() + b"\n" + broken + b"\n\n" + json.dumps(line("2")).encode())
    spans, count = read(path)
    assert [each.span for each in spans] == ["1", "2"]
    assert count == (1 if broken else 0)


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "traces.jsonl")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*line(), "message", "service", "scope", "status", "more"])


@given(st.dictionaries(FIELDS, JSON, max_size=8), st.booleans())
def test_whatever_a_line_holds_reading_it_does_not_fail(found: dict[str, Any], whole: bool) -> None:
    span = parse(json.dumps({**line(), **found} if whole else found))
    assert span is None or isinstance(span, Recorded)


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans()))
def test_what_is_written_is_what_is_read(name: str, attributes: dict[str, Any]) -> None:
    provider = TracerProvider()
    span: Any = provider.get_tracer("x").start_span(name, attributes=attributes)
    span.end()
    provider.shutdown()
    back = parse(trace_file._line(as_line(span)))
    assert back is not None
    assert (back.name, back.attributes) == (span.name, dict(span.attributes))
