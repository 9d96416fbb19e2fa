"""What identifies a row of a dataset: a key, and a digest of its content that shows when the dataset has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.keys import canonical

__all__ = ["Row", "digest_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input: its place from 0, its key, and the digest of its content, empty when there is none."""

    index: int
    key: str
    digest: str
    content: Any


def digest_of(content: Any) -> str | None:
    """A short digest of a row's content, the same for equal rows in every process; None when it has no plain form.

    Beside plain data and dataclasses it takes what JSON of ``str`` tells apart: dates, decimals, UUIDs, paths, pydantic
    models and NumPy's numbers and arrays.
    """
    try:
        text = canonical(content)
    except InvalidRequestError:
        try:
            text = json.dumps(content, default=_plainer, sort_keys=True)
        except (TypeError, ValueError):
            return None
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_AS_TEXT = ("date", "datetime", "time", "timedelta", "Decimal", "UUID", "Timestamp", "Timedelta", "NaTType")


def _plainer(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind.__name__ in _AS_TEXT or hasattr(value, "__fspath__"):
        return [kind.__name__, str(value)]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    if isinstance(value, bytes | bytearray):
        return ["bytes", value.hex()]
    if isinstance(value, Sequence):
        return list(cast("Sequence[Any]", value))
    return ["canonical", canonical(value)]
