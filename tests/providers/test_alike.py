"""Events that are like earlier ones are read without decoding them whole, and say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.errors import AISDKError
from ai_sdk.parts import LanguagePart, TextDelta
from ai_sdk.providers.openai_compatible._alike import Alike
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context

RAW = st.sampled_from(
    [b" word", b"a", b"", b'"', b"\\", b"\\n", b"\\u00e9", b"\x00", b"\x1f", b"\xff", "é".encode(), "\u200b".encode()]
    + [b'x","content":"y', b'x"},"extra":{"content":"y', b"probe", b"content"]
)
"""A text as it stands between its quotes, well written or not."""
FIELDS = st.sampled_from(["content", "reasoning_content", "reasoning"])
DECOYS = st.sampled_from(
    ["", '"meta":{{"content":"{0}"}},', '"meta":{{"reasoning":"{0}"}},', '"usage":null,', '"usage":{{}},']
)
"""What stands beside the choices, sometimes with a text of its own."""
WRITINGS = st.tuples(st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans())


@st.composite
def events(draw: st.DrawFn) -> list[bytes]:
    """A stream whose events are usually alike, with broken ones and other shapes among them."""
    before, after, space = draw(DECOYS), draw(DECOYS), draw(st.sampled_from(["", " "]))
    usual = draw(FIELDS)

    def event(name: str, text: bytes, more: str = "") -> bytes:
        decoy = draw(st.sampled_from(["a", "a", "a", "b"]))
        start = f'{{{before.format(decoy)}"id":"c1","choices":[{{"delta":{{{more}"{name}":{space}"'.encode()
        return start + text + f'"}},"index":0}}],{after.format(decoy)}"created":1}}'.encode()

    found = [event("content", b"", '"role":"assistant",')]
    for _ in range(draw(st.integers(2, 8))):
        other = not draw(st.integers(0, 5))
        more = draw(st.sampled_from(["", '"role":"assistant",', '"refusal":"no",'])) if other else ""
        found.append(event(draw(FIELDS) if other else usual, draw(RAW), more))
    return [*found, b'{"choices":[{"delta":{},"finish_reason":"stop"}]}', b"[DONE]"]


def parts_of(stream: list[bytes], *, lessons: bool) -> tuple[list[LanguagePart], str | None]:
    """The parts of a stream and the error that ends it; without ``lessons`` each event is decoded whole."""
    decoder = ChatDecoder(Context())
    if not lessons:
        decoder._alike._left = 0
    parts: list[LanguagePart] = []
    try:
        for data in stream:
            parts += decoder.event(data)
    except AISDKError as error:
        return parts, f"{type(error).__name__}: {error}"
    return parts, None


@settings(max_examples=600)
@given(events())
def test_a_stream_says_the_same_whether_its_events_are_decoded_whole_or_not(stream: list[bytes]) -> None:
    assert parts_of(stream, lessons=True) == parts_of(stream, lessons=False)


@given(st.lists(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1), min_size=2), WRITINGS, FIELDS)
def test_the_usual_stream_needs_one_lesson(texts: list[str], writing: tuple[tuple[str, str], bool], field: str) -> None:
    separators, ascii_alone = writing
    decoder = ChatDecoder(Context())
    for text in ("", *texts):
        delta = {"role": "assistant", "content": ""} if not text else {field: text}
        chunk = {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        decoder.event(json.dumps(chunk, separators=separators, ensure_ascii=ascii_alone).encode())
    left: Any = Alike()
    assert decoder._alike._left == left._left - 1
    assert decoder._alike._start is not None


@pytest.mark.parametrize("decoy", ['"meta":{"content":"%s"},', '"choices":[{"delta":{"content":"%s"}}],'])
def test_the_same_text_in_another_place_is_not_taken_for_it(decoy: str) -> None:
    first = b'{"id":"c1","choices":[{"delta":{"role":"assistant","content":""}}]}'
    alike = [f'{{{decoy % text}"choices":[{{"delta":{{"content":"a"}}}}]}}'.encode() for text in "aabb"]
    parts, error = parts_of([first, *alike], lessons=True)
    assert error is None
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["a"] * 4
