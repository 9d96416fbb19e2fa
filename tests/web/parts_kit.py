"""Parts of every kind for properties, in any order, with awkward contents."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from ai_sdk.approval import ApprovalRequest
from ai_sdk.messages import FilePart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, StreamStart, TextDelta, ToolInputDelta
from ai_sdk.results import LanguageResult, Usage
from ai_sdk.steps import StepStart
from ai_sdk.web import DataPart, MessageMetadata
from ai_sdk.web.chunks import Chunk, event

__all__ = ["ANY_PART", "JSON", "MODEL_PART", "RESULT", "TEXT", "bytes_of"]

TEXT = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", "\r\n\n", "data: [DONE]\n\n", "\u2028\u2029", "\ud800", "🦉", "</script>", "\x00", '"}']),
)
NAME = st.sampled_from(["weather", "search", "a", "input-start"])
IDENTIFIER = st.sampled_from(["", "0", "c1", "c2", "__proto__", "constructor"])
KEY = st.one_of(st.text(max_size=4), st.sampled_from(["__proto__", "constructor", "prototype", "10", "2", "toString"]))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([10**400, 2**53 + 1, 1e300, -0.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(KEY, JSON, max_size=3)
NONE: dict[str, Any] = {}
METADATA = st.one_of(
    st.just(NONE),
    st.dictionaries(st.sampled_from(["openai", "anthropic", "ai-sdk-layers"]), OBJECT, max_size=2),
    st.dictionaries(KEY, JSON, max_size=2),
)
INPUT = st.one_of(
    OBJECT.map(json.dumps),
    OBJECT.map(lambda value: json.dumps(value, indent=1)),
    st.sampled_from(["", " ", "{", "[1]"]),
)
CALL = st.builds(ToolCallPart, IDENTIFIER, NAME, INPUT, st.booleans(), METADATA)
TYPES = st.sampled_from(["image/png", "text/plain", "application/octet-stream"])
NAMES = st.none() | TEXT
FILE = st.one_of(
    st.builds(
        FilePart, data=st.binary(max_size=5), media_type=TYPES, filename=st.none() | TEXT, provider_metadata=METADATA
    ),
    st.builds(FilePart, url=st.just("https://example.com/a"), media_type=TYPES),
)
OUTPUT = st.one_of(JSON, st.lists(st.one_of(TEXT.map(TextPart), FILE), min_size=1, max_size=2).map(tuple))
RESULT = st.builds(ToolResultPart, IDENTIFIER, NAME, OUTPUT, st.booleans(), st.booleans(), METADATA)
SOURCE = st.one_of(
    st.builds(SourcePart, TEXT, st.just("https://example.com"), st.none() | TEXT, provider_metadata=METADATA),
    st.builds(SourcePart, TEXT, st.none(), st.none() | TEXT, st.none() | TYPES, st.none() | TEXT),
)
FINISH = st.builds(
    Finish, st.sampled_from(["stop", "length", "tool-calls", "content-filter", "error", "other"]), st.just(Usage())
)
MODEL_PART = st.one_of(
    st.builds(TextDelta, TEXT, IDENTIFIER, METADATA),
    st.builds(ReasoningDelta, TEXT, IDENTIFIER, METADATA),
    st.builds(ToolInputDelta, IDENTIFIER, NAME, TEXT),
    CALL,
    RESULT,
    SOURCE,
    FILE,
    FINISH,
    st.just(StreamStart()),
    st.just(ResponseMetadata("id", "model")),
)
DATA_NAME = st.sampled_from(["weather", "note", "x.y"])
ANY_PART = st.one_of(
    MODEL_PART,
    st.builds(StepStart, st.integers(0, 3)),
    st.builds(ApprovalRequest, TEXT, CALL, st.sampled_from(["", "ab12"]), st.booleans()),
    st.builds(DataPart, DATA_NAME, JSON, st.none() | TEXT, st.booleans()),
    st.builds(MessageMetadata, OBJECT),
)


def bytes_of(chunks: list[Chunk]) -> bytes:
    """A stream of events."""
    return b"".join(map(event, chunks))


def result_of(parts: list[Any]) -> LanguageResult:
    """What a model has said."""
    from ai_sdk.results import fold_language

    return fold_language(parts)
