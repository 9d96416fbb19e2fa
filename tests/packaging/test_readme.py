"""The Python of the README and the guides: it compiles, its names exist, and what needs no key runs."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ELSEWHERE = {"adapters.md"}  # tests/adapters runs its blocks, where its frameworks are
PAGES = [
    ROOT / "README.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if "```python" in page.read_text() and page.name not in ELSEWHERE
    ),
]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_compiles_and_imports_what_exists(page: Path) -> None:
    assert blocks(page)
    for block in blocks(page):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ai_sdk"):
                module = importlib.import_module(node.module or "")
                missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
                assert missing == [], f"{page.name}: {node.module} has no {missing}"


def test_the_model_and_the_layer_of_the_readme_run() -> None:
    (block,) = [block for block in blocks(ROOT / "README.md") if "async def parrot" in block]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, cwd=ROOT / "src"
    )
    assert done.stderr == ""
    assert done.stdout == "the first content is here\n1 message\n"


def test_the_table_names_every_provider_and_every_layer() -> None:
    text = (ROOT / "README.md").read_text()
    layers = [path.stem for path in (ROOT / "middleware").glob("[a-z]*.py")]
    providers = [path.name for path in (ROOT / "providers").iterdir() if (path / "__init__.py").exists()]
    assert [name for name in layers + providers if f"`{name}`" not in text] == []
