"""The real npm packages for tests: a reader of streams in Node.js, and a page with ``useChat`` in one file."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["HERE", "NodeReader", "bundle", "npm_folder"]

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PACKAGES = (HERE / "packages.txt").read_text().split()


def npm_folder() -> Path:
    """Where the packages are; AI_SDK_REQUIRE_LIVE=1 makes missing ones a failure."""
    folder = ROOT / ".venv" / "web" / "npm"
    for package in PACKAGES:
        name, _, version = package.rpartition("@")
        about = folder / "node_modules" / name / "package.json"
        if not about.exists() or json.loads(about.read_text())["version"] != version or shutil.which("node") is None:
            reason = (
                f"{package} is not installed: run VENV=.venv/web sh scripts/npm.sh $(cat tests/live/web/packages.txt)"
            )
            if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
    return folder


def bundle(source: Path, out: Path, *options: str) -> Path:
    """Put a program and all that it imports into one file."""
    folder = npm_folder()
    subprocess.run(
        [str(folder / "node_modules" / ".bin" / "esbuild"), str(source), "--bundle", *options]
        + [f"--outfile={out}", "--log-level=warning", "--jsx=automatic"],
        env={**os.environ, "NODE_PATH": str(folder / "node_modules"), "NODE_ENV": "production"},
        check=True,
        timeout=120,
    )
    return out


class NodeReader:
    """Reads streams with the reader of the npm package."""

    def __init__(self, folder: Path) -> None:
        program = bundle(
            HERE / "reader.mjs", folder / "reader.mjs", "--platform=node", "--format=esm", "--target=node18"
        )
        self.process = subprocess.Popen(["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, stream: bytes, message: dict[str, Any] | None = None, *, valid: bool = True) -> dict[str, Any]:
        """The message that a page would have; the test fails when the reader refuses the stream.

        ``valid``: also when the package would not take the message back.
        """
        answer = self.ask(stream, message)
        assert "error" not in answer, answer["error"]
        assert answer["valid"] or not valid
        return dict(answer["message"])

    def ask(self, stream: bytes, message: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the reader says: a message or an error."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        question = {"stream": base64.b64encode(stream).decode()} | ({"message": message} if message else {})
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        """End the program."""
        self.process.kill()
        self.process.wait()
        for each in (self.process.stdin, self.process.stdout):
            if each is not None:
                each.close()
