"""The multimodal examples, as programs: what they make is transcribed back and compared with what they said."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import pytest

import ai_sdk
from ai_sdk import transcribe
from ai_sdk.providers.local import local

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("parts", "media")]

SRC = Path(ai_sdk.__file__).parents[1]
EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *words],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def heard_in(path: Path) -> str:
    return asyncio.run(transcribe(local.transcription(), path)).text


def likeness(one: str, other: str) -> float:
    """How much two texts have the same letters, from 0 to 1, whatever their case and punctuation."""
    a, b = [" ".join(re.findall(r"[a-z']+", text.lower())) for text in (one, other)]
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def said(out: str, what: str) -> str:
    found = re.search(rf"^{what} +(.*)$", out, re.MULTILINE)
    assert found, out
    return found[1]


def test_speech_to_text_to_answer_to_speech(tmp_path: Path) -> None:
    out = run("multimodal_speech", tmp_path)
    assert re.fullmatch(r"question.wav, \d{5,} bytes of audio/wav", said(out, "asked"))
    assert likeness(said(out, "heard"), "What is the capital of Italy?") > 0.9
    assert re.search(r"^ +0\.\d\d s  What$", out, re.MULTILINE)
    answer = said(out, "answered")
    assert answer == "The capital of Italy is Rome."
    assert likeness(heard_in(tmp_path / "answer.wav"), answer) > 0.9

    again = run("multimodal_speech", tmp_path, "question.wav", "second.wav")
    assert "asked" not in again
    assert likeness(heard_in(tmp_path / "second.wav"), said(again, "answered")) > 0.9


def test_picture_to_text_to_speech(tmp_path: Path) -> None:
    out = run("multimodal_image", tmp_path)
    sentence = "Here is what the sign says. The train to Paris leaves at nine from platform seven."
    assert said(out, "drawn") == "sign.png"
    assert said(out, "read") == repr("The train to Paris leaves\nat nine from platform seven")
    assert said(out, "says") == sentence
    assert len(re.findall(r"^ +\d+ bytes$", out, re.MULTILINE)) == 2
    assert re.fullmatch(r"sign.wav, \d{5,} bytes of audio/wav", said(out, "spoken"))
    assert likeness(heard_in(tmp_path / "sign.wav"), sentence) > 0.9

    again = run("multimodal_image", tmp_path, "sign.png", "second.wav")
    assert said(again, "says") == sentence
    assert (tmp_path / "second.wav").stat().st_size > 50_000
