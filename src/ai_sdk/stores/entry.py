"""A whole answer, as a store keeps it and as it is given again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, fields, replace
from operator import is_
from typing import Any, cast

from ai_sdk import messages, parts, results
from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.response import Response
from ai_sdk.results import Usage

__all__ = ["FIELDS", "TYPES", "Entry", "Fold", "frozen"]

Fold = Callable[[Sequence[Any]], Any]
_RESPONSE: Any = Response

TYPES: dict[str, type[Any]] = {
    each.__name__: each
    for each in (
        parts.StreamStart,
        parts.ResponseMetadata,
        parts.TextDelta,
        parts.ReasoningDelta,
        parts.ToolInputDelta,
        parts.Finish,
        parts.AudioDelta,
        parts.TranscriptDelta,
        parts.TranscriptSegment,
        parts.TranscriptFinish,
        messages.TextPart,
        messages.ReasoningPart,
        messages.FilePart,
        messages.ToolCallPart,
        messages.ToolResultPart,
        messages.SourcePart,
        results.CallWarning,
        results.Usage,
        results.ResponseInfo,
        results.Segment,
        results.GeneratedFile,
        results.RankedDocument,
        results.LanguageResult,
        results.EmbeddingResult,
        results.ImageResult,
        results.SpeechResult,
        results.TranscriptionResult,
        results.RerankResult,
        results.VideoResult,
    )
}
"""What answers are made of, by name."""

FIELDS: dict[type[Any], tuple[Field[Any], ...]] = {
    kind: tuple(each for each in fields(kind) if each.name != "attempts") for kind in TYPES.values()
}
"""What of them is kept: everything but the attempts, which belong to one call."""

_ATOMS = frozenset({"str", "int", "float", "bool", "bytes", "FinishReason"})
_SAFE = frozenset({str, int, float, bool, bytes, type(None), FrozenDict})
_MUTABLE = {
    kind: tuple(each.name for each in described if str(each.type).removesuffix(" | None") not in _ATOMS)
    for kind, described in FIELDS.items()
}
_RESULTS = frozenset(kind for kind in FIELDS if "attempts" in {each.name for each in fields(kind)})
_NOTHING = Usage(input_tokens=0, output_tokens=0)


class Entry:
    """A whole answer: the ``parts`` of a response and how they ``fold``, or the plain ``value`` of another kind."""

    __slots__ = ("_replayed", "fold", "parts", "value")

    def __init__(self, parts: tuple[Any, ...] | None = None, fold: Fold | None = None, value: Any = None) -> None:
        self.parts = parts
        self.fold = fold
        self.value = value
        self._replayed: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and (self.parts, self.fold, self.value) == (
            other.parts,
            other.fold,
            other.value,
        )

    __hash__ = None  # type: ignore[assignment] # pyright: ignore[reportAssignmentType]

    def replay(self) -> Any:
        """The plain result, or a response whose parts are all here, as an answer that has used no tokens.

        ``provider_metadata["ai_sdk"]`` says ``cached`` and, under ``usage``, what the answer took when it was made.
        """
        if self.parts is None or self.fold is None:
            if self._replayed is None:
                self._replayed = _unused(self.value)
            return self._replayed
        if self._replayed is None:
            self._replayed = [_unused(part) if part.last else part for part in self.parts]
        return _RESPONSE.of(self._replayed, self.fold)

    def result(self) -> Any:
        """The plain result, or what the parts fold into."""
        return self.value if self.parts is None or self.fold is None else self.fold(self.parts)

    def reason(self) -> str | None:
        """Why a model stopped, by its finish or its result; None for kinds that do not say."""
        if self.parts is None:
            return getattr(self.value, "finish_reason", None)
        for part in reversed(self.parts):
            if part.last:
                return getattr(part, "reason", None)
        return None

    def freeze(self) -> Entry:
        """The entry with nothing in it that could change."""
        if self.parts is None:
            return Entry(value=frozen(self.value))
        return Entry(frozen(self.parts), self.fold)


def _unused(value: Any) -> Any:
    usage = getattr(value, "usage", None)
    if not isinstance(usage, Usage) or not hasattr(value, "provider_metadata"):
        return value
    took = {each.name: getattr(usage, each.name) for each in FIELDS[Usage] if each.name != "raw"}
    told = {"cached": True, "usage": {name: count for name, count in took.items() if count is not None}}
    return replace(value, usage=_NOTHING, provider_metadata=freeze({**value.provider_metadata, "ai_sdk": told}))


def frozen(value: Any) -> Any:
    """The value with the mappings and sequences in it frozen, and without attempts; itself when it is so already."""
    kind: Any = cast("Any", type(value))
    names = _MUTABLE.get(kind)
    if names is None:
        return _frozen_tuple(value) if kind is tuple else freeze(value)
    changed: dict[str, Any] | None = None
    for name in names:
        old = getattr(value, name)
        if type(old) not in _SAFE and old != () and (new := frozen(old)) is not old:
            changed = {**(changed or {}), name: new}
    if changed is None and not (kind in _RESULTS and value.attempts):
        return value
    return kind(**{each.name: getattr(value, each.name) for each in FIELDS[kind]} | (changed or {}))


def _frozen_tuple(items: tuple[Any, ...]) -> tuple[Any, ...]:
    new = [each if type(each) in _SAFE else frozen(each) for each in items]
    return items if all(map(is_, new, items)) else tuple(new)
