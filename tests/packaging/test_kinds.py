"""``docs/kinds.md`` has every kind of every provider, and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ai_sdk.registry import registry

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "kinds.md"
KINDS = ("embedding", "image", "speech", "transcription", "reranking", "video")
PROVIDERS = sorted(path.parent.name for path in (ROOT / "providers").glob("*/__init__.py"))
ROW = re.compile(r"^\| (?P<provider>\w+) \| (?P<kind>\w+) \| (?P<proof>[^|]+) \| (?P<evidence>[^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`(?P<file>tests/[\w/.]+)::(?P<name>\w+)`")


def rows(provider: str) -> dict[str, re.Match[str]]:
    return {row["kind"]: row for row in ROW.finditer(PAGE.read_text()) if row["provider"] == provider}


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_kind_names_the_test_that_proves_it(name: str) -> None:
    provider = registry.provider(name)
    has = [kind for kind in provider.kinds if kind in KINDS]
    named = rows(name)
    assert sorted(named) == sorted(has)
    for kind in has:
        proofs = list(TEST.finditer(named[kind]["proof"]))
        assert proofs, f"{name} {kind}: {named[kind]['proof']}"
        for each in proofs:
            assert re.search(rf"def {each['name']}\b", (ROOT / each["file"]).read_text()), each[0]


def test_the_overview_says_the_same() -> None:
    text = PAGE.read_text()
    overview = dict(re.findall(r"^\| \[(\w+)\]\([^)]*\) \| (.*) \|$", text, re.MULTILINE))
    for name in PROVIDERS:
        marks = [cell.strip() == "yes" for cell in overview.get(name, " | | | | | ").split("|")]
        has = [kind in registry.provider(name).kinds for kind in KINDS]
        assert marks == has, name


def test_every_provider_that_polls_shows_how_its_jobs_end() -> None:
    jobs = re.findall(r"^\| (\w+) \| `(tests/providers/\w+\.py)` \|((?: `\w+` \|){4})$", PAGE.read_text(), re.MULTILINE)
    assert len(jobs) >= 15
    for name, file, named in jobs:
        text = (ROOT / file).read_text()
        assert name.replace("_", "") in (text + file).replace("_", "")
        for test in re.findall(r"`(\w+)`", named):
            assert re.search(rf"def {test}\b", text), f"{file}: {test}"
    polls = {path.parent.name for path in (ROOT / "providers").glob("*/*.py") if "await poll(" in path.read_text()}
    assert {name for name, _, _ in jobs} >= polls - {"openai_compatible"}
