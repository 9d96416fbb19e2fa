"""Every example that needs no key runs, against the real model where it needs one; the others at least import."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sdk

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("parts")]

SRC = Path(ai_sdk.__file__).parents[1]
EXAMPLES = Path(__file__).parents[2] / "examples"
PRINTS = {
    "custom_layer": r"the first content is here\nYou have sent 1 message",
    "embeddings": r"^576 dimensions; cat-kitten 0\.\d+, cat-market -?0\.\d+\n$",
    "pipeline": r"here you are\nscripted:model .*busy\nscripted:model .*ok\n$",
    "stream": r"\n\[(stop|length), \d+ tokens\]\n$",
    "structured_output": r"^City\(name='.*', country='.*'\)\n(\{.*\}\n)+City\(",
    "text": r"\n(stop|length) Usage\(input_tokens=\d+, output_tokens=\d+",
    "tools": r"^called +weather \{'city': '.*'\}\nanswered 18 degrees",
}


@pytest.mark.parametrize("name", PRINTS)
def test_an_example_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stderr == ""
    assert re.search(PRINTS[name], done.stdout), done.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("provider_*.py")), ids=lambda path: path.stem)
def test_an_example_that_needs_a_key_imports_what_exists(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ai_sdk"):
            module = importlib.import_module(node.module or "")
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
