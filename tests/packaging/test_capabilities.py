"""``docs/capabilities.md`` has every capability of every provider of language models, and the tests it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ai_sdk.registry import registry

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "capabilities.md").read_text()
FOLDERS = sorted(path.parent.name for path in (ROOT / "providers").glob("*/__init__.py"))
PROVIDERS = [name for name in FOLDERS if "language" in registry.provider(name).kinds]
CAPABILITIES = [
    "text",
    "stream",
    "tools",
    "parallel tools",
    "structured",
    "vision and files",
    "reasoning",
    "sources",
    "usage details",
    "errors",
    "discovery",
]
ROW = re.compile(r"^\| (?P<name>[^|]+) \| (?P<proof>[^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(?P<file>tests/[\w/.]+)::(?P<name>\w+)`")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_cell_names_a_test_or_says_what_is_lacking(provider: str) -> None:
    section = re.search(rf"^## {provider}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    rows = {row["name"]: row["proof"] for row in ROW.finditer(section[1])}
    assert [name for name in rows if name not in ("capability", "---")] == CAPABILITIES
    for name in CAPABILITIES:
        named = list(TEST.finditer(rows[name]))
        assert named or rows[name].startswith("— "), f"{name}: {rows[name]}"
        for each in named:
            assert re.search(rf"def {each['name']}\b", (ROOT / each["file"]).read_text()), each[0]
