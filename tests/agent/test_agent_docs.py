"""``docs/agents.md`` and the examples of agents: what they show is what happens."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import ai_sdk
from ai_sdk.testing import run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "agents.md"
PRINTS = {
    "agent_approval": "may it run? pay {'to': 'Ada', 'euros': 90}\npaid 90 euros to Ada\nAda has her money.\n",
    "agent_sessions": (
        "searching for bees\nbroken off: the provider is gone\nThere are three books.\n"
        "there is no session 'bees' that you may see\nTwo are new.\n"
        "bees, by bob: bob, finished, from bees\nbees: ada, finished, from None\n"
    ),
    "agent_stream": ("Hello!\ntool: 18 degrees in Paris\nIt is mild.\nYou are welcome.\n8 messages kept, 6 sent\n"),
    "agent_team": (
        "editor asks: publish {'text': 'Bees!'}\n"
        "the run has used 3 of 3 steps; its state is in the error, to go on with a higher limit\n"
        "Done. 126 tokens in 4 steps\n"
    ),
    "agent_tool_layers": "look_up {'key': 'answer'} -> 42\nlook_up {'key': 'answer'} -> 42\nIt is 42.\n",
    "agent_tools": "item='lamp' in_stock=True\n2 steps, 77 tokens\n",
}


class Block(NamedTuple):
    line: int
    source: str

    @property
    def wanted(self) -> list[str]:
        """What the block says that it prints."""
        return re.findall(r"# -> (.*)", self.source)


def blocks(page: str) -> list[Block]:
    found = re.finditer(r"```python\n(.*?)```", page, re.DOTALL)
    return [Block(page.count("\n", 0, each.start(1)) + 1, each[1]) for each in found]


def printed(block: Block, before: str = "") -> list[str]:
    """Run a block after what all blocks share, on the virtual clock, and give the lines that it prints."""
    source, flags = before + "\n" + block.source, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source, "docs/agents.md", "exec", flags=flags, dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as out:

        async def main() -> None:
            waiting = eval(code, {"__name__": "docs"})
            if waiting is not None:
                await waiting

        run(main())
    return out.getvalue().splitlines()


def cases() -> list[tuple[Block, str]]:
    """The blocks of the page; the first one is there for all of them."""
    first, *others = blocks(PAGE.read_text())
    return [(first, ""), *((each, first.source) for each in others)]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"line {case[0].line}")
def test_every_block_runs_and_prints_what_it_says(
    case: tuple[Block, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    block, before = case
    assert block.wanted or not before, "a block shows a result"
    assert printed(block, before) == block.wanted


def test_a_block_that_says_something_else_is_found() -> None:
    (block,) = blocks("```python\nprint(1)  # -> 2\n```")
    assert (printed(block), block.wanted) == (["1"], ["2"])


@pytest.mark.parametrize("name", PRINTS)
def test_an_example_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / f"{name}.py")],
        env={**os.environ, "PYTHONPATH": str(Path(ai_sdk.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == PRINTS[name]


def test_all_examples_are_run() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("agent_*.py")} == set(PRINTS)
