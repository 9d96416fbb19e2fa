"""Every example of a provider runs, and its provider answers from the exchanges of the vendor's documents."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sdk

SRC = Path(ai_sdk.__file__).parents[1]
TESTS = Path(__file__).parents[1]
EXAMPLES = sorted((TESTS.parent / "examples").glob("provider_*.py"))
DATA = {"amazon_bedrock": "bedrock", "openai_tools": "openai"}
VARIABLES = {
    "AWS_BEARER_TOKEN_BEDROCK": "any",
    "AWS_REGION": "us-east-1",
    "AZURE_RESOURCE_NAME": "any",
    "BFL_API_KEY": "any",
    "AI_GATEWAY_API_KEY": "any",
    "GOOGLE_GENERATIVE_AI_API_KEY": "any",
    "GOOGLE_VERTEX_API_KEY": "any",
    "HF_TOKEN": "any",
    "MOONSHOT_API_KEY": "any",
    "REPLICATE_API_TOKEN": "any",
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_of_a_provider_runs(path: Path) -> None:
    name = path.stem.removeprefix("provider_")
    data = DATA.get(name, name)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "GOOGLE_", "AZURE_"))}
    keys = {f"{data.upper()}_API_KEY": "any", "TOGETHER_API_KEY": "any"} if name != "google_vertex" else {}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "wire.example_driver", str(path), data],
        env={**clean, **keys, **VARIABLES, "PYTHONPATH": f"{SRC}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip(), "an example shows something"
