"""Values of rows as JSON data: for the journal, which gives them back, and for tables, which show them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ai_sdk.cassette import from_plain, to_plain
from ai_sdk.errors import InvalidRequestError
from ai_sdk.results import EmbeddingResult, LanguageResult, TranscriptionResult

__all__ = ["from_stored", "shown", "to_stored"]

_ATOMS = (str, int, float, bool, type(None))
_JSON, _OURS = "json", "ours"


def to_stored(value: Any) -> dict[str, Any]:
    """The value as JSON data for a journal.

    Plain data stays what it is, with tuples as lists; a pydantic model is its plain data; a result of a model is itself
    without headers and attempts; a result of ``generate_text`` is that of its last step with the usage of all, one of
    ``generate_object`` its object. Raises InvalidRequestError for anything else.
    """
    value = _result_of(value)
    try:
        return {_JSON: _plain(value)}
    except _NotPlainError:
        pass
    try:
        return {_OURS: to_plain(value)}
    except InvalidRequestError:
        raise InvalidRequestError(
            f"the function returned a {type(value).__name__}, which a journal cannot hold; allowed are plain data,"
            " pydantic models and the results of models: return what matters of it, or keep no journal",
            field="function",
        ) from None


def from_stored(stored: Mapping[str, Any]) -> Any:
    """What ``to_stored`` stored."""
    return stored[_JSON] if _JSON in stored else from_plain(stored[_OURS])


def shown(value: Any) -> Any:
    """The value as plain data for a table: of a result the text or the vectors, bytes as base64, a stranger's repr."""
    value = _result_of(value)
    if isinstance(value, LanguageResult | TranscriptionResult):
        return value.text
    if isinstance(value, EmbeddingResult):
        return [list(each) for each in value.embeddings]
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(name): shown(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, Sequence):
        return [shown(each) for each in cast("Sequence[Any]", value)]
    try:
        return to_plain(value)
    except InvalidRequestError:
        return repr(value)


class _NotPlainError(Exception):
    """The value is no plain data."""


def _plain(value: Any) -> Any:
    """Plain data as JSON gives it back; raises ``_NotPlainError``."""
    kind = cast("type[Any]", type(value))
    if kind in _ATOMS:
        return value
    if isinstance(value, dict):
        items = cast("dict[Any, Any]", value).items()
        if all(isinstance(name, str) for name, _ in items):
            return {str(name): _plain(each) for name, each in items}
    elif isinstance(value, list | tuple):
        return [_plain(each) for each in cast("Sequence[Any]", value)]
    elif isinstance(value, _ATOMS):
        return next(plain(cast("Any", value)) for plain in (str, int, float) if isinstance(value, plain))
    raise _NotPlainError


def _result_of(value: Any) -> Any:
    """What of a user function's result or a pydantic model is data; anything else as it is."""
    if isinstance(value, (*_ATOMS, list, tuple, dict)):
        return cast("Any", value)
    from pydantic import BaseModel

    from ai_sdk.steps import TextResult

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, TextResult):
        return replace(value.steps[-1].result, usage=value.usage)
    if isinstance(getattr(value, "raw", None), TextResult):
        return _result_of(value.object)
    return value
