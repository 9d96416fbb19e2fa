"""Nothing that the recorded servers send is unknown: a reviewed table says of every JSON path what becomes of it."""

from __future__ import annotations

from collections import Counter

import pytest

from wire.census import missing, table_of
from wire.family import Family
from wire.harness import by_family, listed
from wire.kit import report


@pytest.mark.corpus
@by_family
def test_the_table_of_a_wire_knows_every_path_of_its_recordings(family: Family) -> None:
    table = table_of(family)
    unknown, used = missing(family)
    if table is None:
        pytest.skip(f"{family.name} has no table yet; its recordings have {len(unknown)} paths")
    counts: Counter[str] = Counter(used.lines.values())
    counts["occurs nowhere"] = len(used.idle)
    report(f"{family.name} census", counts)
    print("\n".join(f"  occurs nowhere: {path}" for path in used.idle))
    problems = [f"{path} ({count} times)" for path, count in unknown.items()]
    assert not problems, listed(problems, len(problems), 60)
    assert used.used, "there are no recordings"
