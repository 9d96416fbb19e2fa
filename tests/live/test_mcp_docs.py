"""``docs/mcp.md``, the examples and the command: what they show is what happens."""

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
from mcp_kit import REFERENCE, need_reference_servers, npm_folder

from ai_sdk.cli import main as cli

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mcp.md").read_text()


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


def example(name: str, *args: str) -> list[str]:
    """Run an example and give what it prints; it may say nothing on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / name), *args],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def printed(block: Block) -> list[str]:
    """Run a block in a fresh namespace and give the lines that it prints."""
    padded = "\n" * (block.line - 1) + block.source
    code = compile(padded, "docs/mcp.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as out:

        async def main() -> None:
            waiting = eval(code, {"__name__": "docs"})
            if waiting is not None:
                await waiting

        asyncio.run(main())
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("block", blocks(PAGE), ids=lambda block: f"line {block.line}")
def test_every_block_runs_and_prints_what_it_says(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    if "npx" in block.source:
        need_reference_servers()
        monkeypatch.chdir(npm_folder().parent)  # npx takes the package that is installed there
    assert block.wanted, "a block shows a result"
    assert printed(block) == block.wanted


def test_a_block_that_says_something_else_is_found() -> None:
    [block] = blocks("```python\nprint(1)  # -> 2\n```")
    assert printed(block) != block.wanted


@pytest.mark.usefixtures("parts")
def test_the_example_of_a_client() -> None:
    need_reference_servers()
    said = example("mcp_client.py", "node", str(npm_folder() / REFERENCE["filesystem"]))
    assert re.fullmatch(r"secure-filesystem-server has \d+ tools", said[0])
    assert said[1].startswith("called write_file {'content': ")
    assert said[2].removeprefix("on disk: ") in said[1]


@pytest.mark.usefixtures("parts")
def test_the_example_of_a_server() -> None:
    said = example("mcp_server.py")
    assert said[:3] == [
        "word_count: Count the words of a text.",
        "helper: Answers simple questions.",
        "{'words': 6}",
    ]
    assert "Paris" in said[3]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(
        'async def hello(name: str) -> str:\n    "Say hello."\n    return f"Hello {name}"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    serving = [sys.executable, "-m", "ai_sdk.cli", "mcp", "serve", "mine:hello"]

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli(["mcp", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    env = ["--env", "PYTHONPATH"]
    assert run("tools", *env, *serving) == (0, "hello                          Say hello.\n", "")
    assert run("call", *env, "hello", '{"name": "Ada"}', *serving) == (0, "Hello Ada\n", "")
    for arguments, said in [
        (("serve", "mine"), "neither MODULE:NAME nor PROVIDER:MODEL"),
        (("serve", "mine:goodbye"), "cannot be imported"),
        (("call", "hello", "[]", "x"), "must be a JSON object"),
        (("call", "hello", "{", "x"), "not valid JSON"),
        (("tools",), "say where the server is"),
        (("tools", "--env", "NOT_SET_AT_ALL", "x"), "NOT_SET_AT_ALL is not set"),
    ]:
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert said in err
