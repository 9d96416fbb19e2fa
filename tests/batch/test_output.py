"""The rows of a batch as data frames, Arrow tables and JSON lines."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ai_sdk.batch import RowResults, map_rows
from ai_sdk.batch._values import shown
from ai_sdk.testing import VirtualClockLoop


async def echo(row: Any) -> Any:
    return row


async def rows_of_all_kinds() -> RowResults[Any]:
    async def function(row: Any) -> Any:
        if row == "bad":
            raise ValueError("no")
        return row

    return await map_rows(function, [1, "bad", 3])


async def test_output_as_tables() -> None:
    found = await rows_of_all_kinds()
    data = found.to_pandas()
    assert list(data["index"]) == [0, 1, 2]
    assert data["error"][1] == "ValueError"
    assert data["value"][2] == 3
    arrow = found.to_arrow()
    assert arrow.column("value").to_pylist() == [1, None, 3]
    assert arrow.column("message").to_pylist() == [None, "no", None]
    mixed = (await map_rows(echo, [1, {"a": 1}, "x"])).to_arrow()
    assert mixed.column("value").to_pylist() == ["1", '{"a": 1}', '"x"']
    assert (await map_rows(echo, [])).to_arrow().num_rows == 0
    assert list((await map_rows(echo, [])).to_pandas().columns) == list(data.columns)


async def test_output_as_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    (await rows_of_all_kinds()).write_jsonl(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["index"], line["value"], line["error"]) for line in lines] == [
        (0, 1, None),
        (1, None, "ValueError"),
        (2, 3, None),
    ]
    await map_rows(echo, [float("nan"), "\u2028"]).write_jsonl(path)
    assert [json.loads(line)["value"] for line in path.read_text().split("\n") if line] == [None, "\u2028"]


async def test_json_lines_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    async def fails(row: int) -> int:
        if row == 5:
            raise ValueError("row 5")
        return row

    path = tmp_path / "out.jsonl"
    with pytest.raises(ValueError, match="row 5"):
        await map_rows(fails, range(10), on_error="raise").write_jsonl(path)
    assert not path.exists()


def test_results_are_a_sequence() -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        found = runner.run(rows_of_all_kinds())
    assert len(found[1:]) == 2
    assert repr(found) == "RowResults(3 rows, 1 of them failed)"
    assert [row.index for row in found.failed] == [1]
    assert shown(object()).startswith("<object")
