"""Streams cut anywhere, and what is common to layers that shape what a stream shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any, cast

from hypothesis import strategies as st
from layer_laws.kit import FINISH, STREAMED, WHOLE

from ai_sdk.errors import StreamError
from ai_sdk.messages import ToolCallPart
from ai_sdk.model import AnyLayer, Layer, wrap_model
from ai_sdk.parts import LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, LanguageResult, fold_language
from ai_sdk.testing import ScriptedModel

ShapingLayer = Layer[LanguageRequest, LanguageResponse] | AnyLayer

SIZES = st.lists(st.integers(0, 7), min_size=1, max_size=6).filter(any)
"""How many characters the pieces of a text have, in turn."""


def split(parts: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """The same parts with their texts cut into pieces of these sizes; metadata rides on the first piece."""
    cut: list[Any] = []
    turn = cycle(sizes)
    for part in parts:
        if not isinstance(part, TextDelta | ReasoningDelta):
            cut.append(part)
            continue
        text, first = part.text, True
        while text or first:
            size = next(turn)
            piece = replace(part, text=text[:size])
            cut.append(piece if first else replace(piece, provider_metadata={}))
            text, first = text[size:], False
    return cut


def deltas(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Any]]:
    """Answers of these texts as text and reasoning of several blocks, with other parts between."""
    part = st.one_of(
        st.builds(TextDelta, texts, st.sampled_from(["", "1"])),
        st.builds(TextDelta, texts, st.just(""), st.sampled_from([{"x": {"y": 1}}, {"x": {"z": 2}}])),
        st.builds(ReasoningDelta, texts, st.sampled_from(["", "1"])),
        st.builds(ToolInputDelta, st.just("c1"), st.just("look"), texts),
        st.just(ResponseMetadata("r1")),
        st.just(ToolCallPart("c1", "look", '{"n": 1}')),
    )
    return st.lists(part, max_size=6).map(lambda parts: [*parts, FINISH])


async def read_all(layers: Sequence[Any], answer: Sequence[Any], *, stream: bool = True) -> list[LanguagePart]:
    """The parts that come out of the layers."""
    model = wrap_model(ScriptedModel([list(answer)]), layers)
    return [part async for part in await model(STREAMED if stream else WHOLE)]


async def result_of(layers: Sequence[Any], answer: Sequence[Any], *, stream: bool = True) -> LanguageResult:
    """What comes out of the layers, folded."""
    return fold_language(await read_all(layers, answer, stream=stream))


async def seen_until_error(
    layers: Sequence[Any], answer: Sequence[Any]
) -> tuple[list[LanguagePart], Exception | None, bool]:
    """The parts that a reader sees, the error after them, and whether the call itself returned."""
    model = wrap_model(ScriptedModel([list(answer)]), layers)
    seen: list[LanguagePart] = []
    returned = False
    try:
        response = await model(STREAMED)
        returned = True
        async for part in response:
            seen.append(part)
    except Exception as error:
        return seen, error, returned
    return seen, None, returned


def text_of(parts: Sequence[Any]) -> str:
    """All text that the parts show, of whatever kind, in the order in which it is shown."""
    shown: list[str] = []
    for part in parts:
        if isinstance(part, TextDelta | ReasoningDelta):
            shown.append(part.text)
        elif isinstance(part, ToolInputDelta):
            shown.append(part.delta)
        elif isinstance(part, ToolCallPart):
            shown.append(part.input)
    return "".join(shown)


def broken() -> Exception:
    """An error in the middle of a stream."""
    return cast("Exception", StreamError("broken"))
