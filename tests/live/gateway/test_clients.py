"""The clients that people have: each does its own calls against a gateway, as a program in an environment of its own.

``scripts/clients.sh`` makes the environments and names their folder in AI_SDK_CLIENTS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.gateway.gateway_kit import HERE, KEY, gateway, upstream

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with upstream() as (_, url), gateway(url) as (_, address):
        yield address


def missing(what: str) -> None:
    reason = f"{what} is not installed: run sh scripts/clients.sh, and name what it prints in AI_SDK_CLIENTS"
    if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def folder() -> Path:
    return Path(os.environ.get("AI_SDK_CLIENTS", ".venv/clients")).resolve()


@pytest.mark.parametrize("name", ["openai", "anthropic", "litellm", "langchain"])
def test_a_python_client(name: str, address: str) -> None:
    home = folder() / (name if name in ("litellm", "langchain") else "vendors")
    python = home / "bin" / "python"
    if not python.exists():
        missing(f"the environment of {name}")
    program = HERE / "clients" / f"{name}_calls.py"
    offline = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    command = [str(python), str(program), address, KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False, env=offline)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("ok")


def test_the_npm_client(address: str, tmp_path: Path) -> None:
    packages = Path(".venv/npm/node_modules").resolve()
    node = shutil.which("node")
    if node is None or not (packages / "@ai-sdk" / "openai-compatible").exists():
        missing("the npm package ai")
    (tmp_path / "node_modules").symlink_to(packages)
    shutil.copy(HERE / "clients" / "ai_calls.mjs", tmp_path)
    command = [str(node), "ai_calls.mjs", address, KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("ai ok")
