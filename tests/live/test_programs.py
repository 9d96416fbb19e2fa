"""The command and the demo, as a newcomer runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sdk

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("parts")]

SRC = Path(ai_sdk.__file__).parents[1]
ROOT = Path(__file__).parents[2]


def run(*words: str, stdin: str = "") -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", *words],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_chat_talks_to_the_local_model_when_no_model_is_named() -> None:
    settings = ("--temperature", "0", "--max-output-tokens", "40")
    out, err = run("-m", "ai_sdk.cli", "chat", "What is the capital of France?", "-v", *settings)
    assert "Paris" in out
    assert err.startswith("attempt 1: local:smollm2, ")
    assert "usage: " in err


def test_chat_prints_an_object_of_a_schema() -> None:
    schema = '{"type": "object", "properties": {"color": {"enum": ["red", "blue"]}}, "required": ["color"]}'
    out, err = run("-m", "ai_sdk.cli", "chat", "--json-schema", schema, stdin="What is the color of the sky?")
    assert json.loads(out)["color"] in ("red", "blue")
    assert err == ""


def test_the_demo_prints_the_stack_an_answer_and_what_happened() -> None:
    out, err = run(str(ROOT / "examples" / "demo.py"))
    assert 'wrap_model(local("smollm2"), [logging, timeout, retry, default_settings])' in out
    assert "Explain in two sentences why the sky is blue.\nThe sky " in out
    assert "attempt 1  local:smollm2: ok" in out
    assert " tokens in, " in out
    assert "finished   " in out
    assert err == ""
