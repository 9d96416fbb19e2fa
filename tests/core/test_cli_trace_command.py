"""``ai-sdk trace``, the command: which calls it shows of which file, and how."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ai_sdk.cli import main
from ai_sdk.cli._trace_tree import as_data, trees
from ai_sdk.telemetry.trace_file import Recorded, append
from core.test_cli_trace import RETRIED, looked_at, span


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "traces.jsonl"
    put(path, RETRIED)
    for number in range(1, 9):
        put(path, [span(f"chat {number}", 10 * number, trace=f"cd{number}", id=f"c{number}")])
    return path


def put(path: Path, spans: list[Recorded]) -> None:
    append(path, map(as_line, spans))


def as_line(each: Recorded) -> dict[str, Any]:
    events = [{"name": e.name, "at": e.at - each.start, "attributes": e.attributes} for e in each.events]
    names = ("trace", "span", "parent", "name", "start", "duration", "status", "message", "service", "attributes")
    return {"v": 1, **{name: getattr(each, name) for name in names}, "events": events}


Output = Callable[[], tuple[str, str]]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Output]:
    monkeypatch.setenv("COLUMNS", "90")

    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    yield read


def heads(text: str) -> list[str]:
    return re.findall(r"^[●✗] (chat \w+)", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ([], ["chat 4", "chat 5", "chat 6", "chat 7", "chat 8"]),
        (["--last", "2"], ["chat 7", "chat 8"]),
        (["--last", "99"], ["chat m", *(f"chat {number}" for number in range(1, 9))]),
        (["--errors"], ["chat m"]),
        (["--trace", "AB"], ["chat m"]),
        (["--trace", "cd"], [f"chat {number}" for number in range(1, 9)]),
        (["--trace", "cd", "--last", "1"], ["chat 8"]),
    ],
)
def test_which_calls_are_shown(words: list[str], calls: list[str], file: Path, output: Output) -> None:
    assert main(["trace", "--file", str(file), *words]) == 0
    out, err = output()
    assert heads(out) == calls
    assert (err, "\x1b" in out) == ("", False)


def test_json_is_one_object_a_call(file: Path, output: Output) -> None:
    assert main(["trace", "--file", str(file), "--json", "--errors"]) == 0
    (found,) = map(json.loads, output()[0].splitlines())
    assert (found["trace"], found["name"], found["duration"], found["failed"]) == ("ab12", "chat m", 4_000_000, True)
    assert [(each["depth"], each["span"]) for each in found["spans"]] == [(0, "chat m"), (1, "a1"), (1, "a2")]
    assert found["spans"][0]["events"][1] == {
        "name": "ai_sdk.wait",
        "at": 1_000_000,
        "attributes": {"ai_sdk.seconds": 0.5},
    }
    assert found == as_data(trees(RETRIED)[0])


def test_the_page_is_written(file: Path, output: Output, tmp_path: Path) -> None:
    out = tmp_path / "calls.html"
    assert main(["trace", "--file", str(file), "--last", "99", "--html", str(out)]) == 0
    assert output() == ("", f"9 calls in {out}\n")
    found = looked_at(out.read_text(encoding="utf-8"))
    assert found.tags.count("article") == 9
    assert "<script>alert(1)</script>" in "".join(found.text)


def test_broken_lines_are_left_out_with_a_note(file: Path, output: Output) -> None:
    with file.open("ab") as lines:
        lines.write(b'{"torn\n\xff\n')
    assert main(["trace", "--file", str(file), "--last", "1"]) == 0
    out, err = output()
    assert heads(out) == ["chat 8"]
    assert err == f"2 broken lines of {file} left out\n"


def test_a_trace_that_is_not_there_is_a_failure(file: Path, output: Output) -> None:
    assert main(["trace", "--file", str(file), "--trace", "ff"]) == 1
    assert output() == ("", f"no such call in {file}\n")
    assert main(["trace", "--file", str(file), "--trace", "cd", "--errors", "--json"]) == 1


def test_without_a_file_it_says_what_writes_one(
    output: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(["trace"]) == 2
    out, err = output()
    assert out == ""
    assert str(tmp_path / "ai-sdk" / "traces.jsonl") in err
    assert 'configure("file")' in err
    put(tmp_path / "ai-sdk" / "traces.jsonl", RETRIED)
    assert main(["trace"]) == 0
    assert heads(output()[0]) == ["chat m"]


def test_an_empty_file_has_no_call(output: Output, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert main(["trace", "--file", str(tmp_path / "empty")]) == 0
    out, err = output()
    assert (out, 'configure("file")' in err) == ("", True)


@pytest.mark.parametrize("count", ["0", "-1", "many", "²"])
def test_a_count_is_from_one_on(count: str, output: Output) -> None:
    assert main(["trace", "--last", count]) == 2
    assert "--last" in output()[1]


class Terminal(StringIO):
    """A terminal that knows UTF-8."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_colour", [False, True])
def test_a_terminal_gets_colours_but_no_control_characters_of_a_span(
    no_colour: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    hostile = "\x1b]0;owned\x07\x9b31m\u202e"
    put(
        tmp_path / "t",
        [
            span(hostile, id="x", trace=hostile, status="error", message=hostile, attributes={"error.type": hostile}),
            span("attempt " + hostile, parent="x", trace=hostile, attributes={"error.type": hostile}),
        ],
    )
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["trace", "--file", str(tmp_path / "t")]) == 0
    shown = terminal.getvalue()
    assert ("\x1b[" in shown) is not no_colour
    bare = re.sub("\x1b\\[[0-9;]+m", "", shown)
    assert not set(bare) & set("\x1b\x07\x9b\u202e")
    assert bare.count("owned") >= 4
