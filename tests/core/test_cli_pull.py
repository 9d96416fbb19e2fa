"""``ai-sdk pull``: what is shown of a download, and what cannot be downloaded."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from ai_sdk import endpoint
from ai_sdk.cli import main
from ai_sdk.testing.replay import Exchange, Replayer

LAYER = {"status": "pulling ab", "digest": "sha256:ab", "total": 1000}
LINES: list[dict[str, Any]] = [
    {"status": "pulling manifest"},
    LAYER,
    {**LAYER, "completed": 400},
    {**LAYER, "completed": 1000},
    {"status": "verifying"},
    {"status": "success"},
]


def answer(monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]]) -> Replayer:
    body = "".join(f"{json.dumps(each)}\n" for each in lines).encode()
    http = Replayer(Exchange("pull", "ollama", "pull", headers={"content-type": "application/x-ndjson"}, body=body))
    monkeypatch.setattr(endpoint, "default_http", lambda: http)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    return http


def test_without_a_terminal_each_step_is_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    http = answer(monkeypatch, LINES)
    assert main(["pull", "ollama:llama3.2"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "pulling manifest\npulling ab\nverifying\nsuccess\n")
    assert json.loads(http.requests[0].body)["model"] == "llama3.2"


def test_on_a_terminal_each_layer_has_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, LINES)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["pull", "ollama:llama3.2"]) == 0
    shown = capsys.readouterr().err
    assert "pulling ab: 100%" in shown
    assert "1.00k/1.00k" in shown
    assert shown.startswith("pulling manifest\n")
    assert "success\n" in shown


def test_without_the_package_for_bars_each_layer_is_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, LINES)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["pull", "ollama:llama3.2"]) == 0
    assert capsys.readouterr().err == "pulling manifest\npulling ab\nverifying\nsuccess\n"


def test_a_model_that_is_not_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}])
    assert main(["pull", "ollama:nothing"]) != 0
    assert "file does not exist" in capsys.readouterr().err


def test_a_provider_that_downloads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pull", "groq:llama-3.1-8b-instant"]) != 0
    assert "groq downloads no models" in capsys.readouterr().err
