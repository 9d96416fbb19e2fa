"""Programs that are MCP servers: the reference servers from npm, and small ones that misbehave."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import textwrap
from pathlib import Path

import pytest

from ai_sdk.mcp import Stdio, stdio

REFERENCE = {
    "filesystem": "@modelcontextprotocol/server-filesystem/dist/index.js",
    "everything": "@modelcontextprotocol/server-everything/dist/index.js",
}


def npm_folder() -> Path:
    """Where scripts/npm.sh puts packages."""
    root = Path(__file__).parents[1]
    return root / os.environ.get("VENV", ".venv") / "npm" / "node_modules"


def need_reference_servers() -> None:
    """Skip, or fail with AI_SDK_REQUIRE_LIVE=1, where the reference servers are not installed."""
    missing = [name for name, path in REFERENCE.items() if not (npm_folder() / path).exists()]
    if missing or shutil.which("node") is None:
        reason = f"the MCP reference servers {missing} or node are missing: run make test once, or scripts/npm.sh"
        if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def reference(name: str, *args: str, env: dict[str, str] | None = None) -> Stdio:
    """A reference server, from npm."""
    return stdio("node", str(npm_folder() / REFERENCE[name]), *args, env=env)


def program(folder: Path, body: str, *args: str, env: dict[str, str] | None = None) -> Stdio:
    """A server that is a Python program with this body."""
    path = folder / "server.py"
    path.write_text(textwrap.dedent(body))
    source = Path(__file__).parents[1] / "src"
    return stdio(sys.executable, str(path), *args, env={"PYTHONPATH": str(source), **(env or {})})


def processes(marker: str) -> list[int]:
    """The processes that have this in their command line, other than this one."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(marker in word.decode(errors="replace") for word in words):
                found.append(int(entry.name))
    return found


async def until_some(marker: str) -> list[int]:
    """The processes with this marker, when there are any."""
    async with asyncio.timeout(20):
        while not (found := processes(marker)):
            await asyncio.sleep(0.02)
    return found
