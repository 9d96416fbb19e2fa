"""What comes of the rows of a dataset: results and errors as data, for data frames, Arrow tables and JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar, cast, overload

from ai_sdk.batch._values import shown
from ai_sdk.call import attempts_of
from ai_sdk.errors import AISDKError, MissingExtraError
from ai_sdk.prices import NANO
from ai_sdk.results import Usage

__all__ = ["COLUMNS", "RowError", "RowResult", "RowResults", "extra", "to_arrow", "to_json_line"]

T_co = TypeVar("T_co", covariant=True)

_LONGEST_MESSAGE = 2000

COLUMNS = (
    "index",
    "key",
    "value",
    "error",
    "message",
    "retryable",
    "attempts",
    "input_tokens",
    "output_tokens",
    "cost_usd",
)
"""The columns of a row in a data frame, an Arrow table and a JSON line."""


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row has no value: the name of the error's class, what it says, and whether trying again may help.

    ``attempts`` is how many attempts at models the call made.
    """

    kind: str
    message: str
    retryable: bool = False
    attempts: int = 0

    @classmethod
    def of(cls, error: BaseException, attempts: int | None = None) -> RowError:
        """An exception as data; ``attempts`` are those of its record unless they are given."""
        retryable = isinstance(error, AISDKError) and error.retryable
        tried = len(attempts_of(error)) if attempts is None else attempts
        return cls(type(error).__name__, str(error)[:_LONGEST_MESSAGE], retryable, tried)


@dataclass(frozen=True, slots=True)
class RowResult(Generic[T_co]):
    """What came of one row: a ``value``, or an ``error`` and no value.

    ``index`` counts the rows of the dataset from 0. ``key`` is what was given for the row, else made of its index and a
    hash of its content where a journal is kept, else the index alone. ``usage`` and ``cost`` (whole nano-dollars) are
    those of all attempts at models, None where unknown. ``resumed``: it was read from the journal.
    """

    index: int
    key: str
    value: T_co | None = None
    error: RowError | None = None
    attempts: int = 0
    usage: Usage = field(default=Usage())
    cost: int | None = None
    resumed: bool = field(default=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None

    def to_dict(self) -> dict[str, Any]:
        """The row as plain data, by the names of ``COLUMNS``.

        The value of a result of this library is what it is about: the text, the vectors. Bytes are base64.
        """
        error = self.error
        return {
            "index": self.index,
            "key": self.key,
            "value": None if error is not None else shown(self.value),
            "error": None if error is None else error.kind,
            "message": None if error is None else error.message,
            "retryable": None if error is None else error.retryable,
            "attempts": self.attempts,
            "input_tokens": self.usage.input_tokens,
            "output_tokens": self.usage.output_tokens,
            "cost_usd": None if self.cost is None else self.cost / NANO,
        }


class RowResults(Sequence[RowResult[T_co]]):
    """The rows of a whole dataset, in the order in which they were handed out."""

    def __init__(self, rows: Iterable[RowResult[T_co]]) -> None:
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, at: int) -> RowResult[T_co]: ...
    @overload
    def __getitem__(self, at: slice) -> RowResults[T_co]: ...
    def __getitem__(self, at: int | slice) -> RowResult[T_co] | RowResults[T_co]:
        return RowResults(self._rows[at]) if isinstance(at, slice) else self._rows[at]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"RowResults({len(self)} rows, {len(self.failed)} of them failed)"

    @property
    def values(self) -> list[T_co | None]:
        """The value of each row, None for one that failed."""
        return [row.value for row in self._rows]

    @property
    def failed(self) -> list[RowResult[T_co]]:
        """The rows that failed."""
        return [row for row in self._rows if row.error is not None]

    @property
    def usage(self) -> Usage:
        """What all rows used, as far as it is known."""
        return sum((row.usage for row in self._rows), Usage())

    @property
    def cost(self) -> int | None:
        """What all rows cost in nano-dollars; None when that of a row with attempts is not known."""
        costs = [row.cost for row in self._rows if row.attempts]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def to_pandas(self) -> Any:
        """A data frame with the columns of ``COLUMNS``. Raises MissingExtraError without the extra ``dataframes``."""
        pandas = extra("pandas", "dataframes")
        return pandas.DataFrame([row.to_dict() for row in self._rows], columns=list(COLUMNS))

    def to_arrow(self) -> Any:
        """An Arrow table with the columns of ``COLUMNS``; values of several types are JSON texts in it.

        Raises MissingExtraError without the extra ``dataframes``.
        """
        return to_arrow(self._rows)

    def write_jsonl(self, path: str | Path) -> Path:
        """Write one JSON object a row. The file appears whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(map(to_json_line, self._rows))
            file.flush()
            os.fsync(file.fileno())
        return partial.replace(path)


def to_json_line(row: RowResult[Any]) -> str:
    """A row as one line of JSON; NaN and infinity, which JSON lacks, are null."""
    import pydantic_core

    return pydantic_core.to_json(row.to_dict(), inf_nan_mode="null").decode() + "\n"


def to_arrow(rows: Sequence[RowResult[Any]]) -> Any:
    """Rows as an Arrow table."""
    arrow = extra("pyarrow", "dataframes")
    dicts = [row.to_dict() for row in rows]
    types: Mapping[str, Any] = {
        "index": arrow.int64(),
        "key": arrow.string(),
        "error": arrow.string(),
        "message": arrow.string(),
        "retryable": arrow.bool_(),
        "attempts": arrow.int64(),
        "input_tokens": arrow.int64(),
        "output_tokens": arrow.int64(),
        "cost_usd": arrow.float64(),
    }
    columns = {name: arrow.array([row[name] for row in dicts], types[name]) for name in COLUMNS if name in types}
    columns["value"] = _value_column(arrow, [row["value"] for row in dicts])
    return arrow.table({name: columns[name] for name in COLUMNS})


def _value_column(arrow: Any, values: list[Any]) -> Any:
    try:
        return arrow.array(values)
    except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError):
        texts = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
        return arrow.array(texts, arrow.string())


def extra(name: str, of: str) -> Any:
    """A module of an extra; MissingExtraError when it is not installed."""
    try:
        return cast("Any", import_module(name))
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"this needs {name}: pip install 'ai-sdk-layers[{of}]'", field="rows") from error
