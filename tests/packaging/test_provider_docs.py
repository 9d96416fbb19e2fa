"""``docs/adding-a-provider.md`` works as it says, and every provider has its page, its example and its line."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROVIDERS = sorted(path.parent.name for path in (ROOT / "providers").glob("*/__init__.py"))
ON_THIS_MACHINE = {"llamacpp", "lmstudio", "local", "vllm"}


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def test_the_made_up_provider_answers() -> None:
    door, trial = blocks(ROOT / "docs" / "adding-a-provider.md")
    assert len(door.splitlines()) == 39
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{door}\n{trial}"], capture_output=True, text=True, cwd=ROOT / "src"
    )
    assert done.stderr == ""
    assert done.stdout == "hello from acme\n"


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in ON_THIS_MACHINE])
def test_every_provider_has_a_page_and_an_example(name: str) -> None:
    page = ROOT / "docs" / "providers" / f"{name}.md"
    assert page.exists()
    assert (ROOT / "examples" / f"provider_{name}.py").exists()
    for block in blocks(page):
        ast.parse(block)
    assert f"providers/{name}.md" in (ROOT / "docs" / "providers.md").read_text()
