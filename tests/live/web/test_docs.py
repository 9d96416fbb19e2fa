"""``docs/web.md`` and the examples: what they show is what happens."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("starlette")
pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "web.md").read_text()
EXAMPLES = {
    "web_chat": ["tool-call {", "tool-result 18 degrees in Oslo", "text It has 18 degrees."],
    "web_approval": [
        "tool-send_email approval-requested {",
        "step-start",
        "tool-send_email output-available sent to ada@example.com",
        "step-start",
        "text done Ada has it.",
    ],
}


class Block(NamedTuple):
    line: int
    source: str

    @property
    def wanted(self) -> list[str]:
        """What the block says that it prints."""
        return re.findall(r"# -> (.*)", self.source)


def blocks(page: str) -> list[Block]:
    found = re.finditer(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [Block(page[: each.start(1)].count("\n") + 1, each[1]) for each in found]


def printed(block: Block) -> list[str]:
    """Run a block in a fresh namespace and give the lines that it prints."""
    code = compile("\n" * (block.line - 1) + block.source, "docs/web.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def main() -> None:
        waiting = eval(code, {"__name__": "docs"})
        if waiting is not None:
            await waiting

    with contextlib.redirect_stdout(io.StringIO()) as out:
        asyncio.run(main())
    return out.getvalue().splitlines()


@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_block_runs_and_prints_what_it_says(block: Block) -> None:
    assert block.wanted, "a block shows a result"
    assert printed(block) == block.wanted


def test_a_block_that_says_something_else_is_found() -> None:
    [block] = blocks("```python\nprint(1)  # -> 2\n```")
    assert printed(block) != block.wanted


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / f"{name}.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(EXAMPLES[name])
    assert all(line.startswith(start) for line, start in zip(lines, EXAMPLES[name], strict=True)), lines
