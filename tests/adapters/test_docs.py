"""``docs/adapters.md`` and the examples: what they show is what happens."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

import pytest
from adapters.kit import framework_or_skip

from ai_sdk import sync

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "adapters.md").read_text(), re.DOTALL | re.MULTILINE)
NEEDS = {"langchain": "langchain_core", "llamaindex": "llama_index.core", "pydantic_ai": "pydantic_ai"}
PRINTS = {
    "langchain": "Blue light is scattered most. | 2 attempts\n['first', 'first']\n",
    "llamaindex": "Green, as the text says. | The grass is green. | 2 attempts\n",
    "pydantic_ai": "Weather(city='Oslo', degrees=3) | 50 tokens in | 3 attempts\n",
}


def needed(source: str) -> str:
    return next(package for name, package in NEEDS.items() if f"ai_sdk.adapters.{name} " in source)


@pytest.mark.parametrize("source", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_prints_what_it_says(source: str) -> None:
    framework_or_skip(needed(source))
    code = compile(source, "docs/adapters.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            done = eval(code, {"__name__": "adapters"})
            if inspect.iscoroutine(done):
                asyncio.run(cast("Coroutine[Any, Any, None]", done))
    finally:
        sync.close()
    assert out.getvalue().splitlines() == re.findall(r"# -> (.*)", source) != []


@pytest.mark.parametrize("name", PRINTS)
def test_an_example_prints_what_it_says(name: str) -> None:
    framework_or_skip(NEEDS[name])
    path = ROOT / "examples" / f"adapter_{name}.py"
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=90, check=False)
    assert (done.stdout, done.stderr) == (PRINTS[name], "")


@pytest.mark.parametrize(("name", "package"), NEEDS.items())
def test_the_page_and_an_example_speak_of_each_adapter(name: str, package: str) -> None:
    assert [needed(source) for source in BLOCKS].count(package) >= 1
    assert f"ai_sdk.adapters.{name} " in (ROOT / "examples" / f"adapter_{name}.py").read_text()
