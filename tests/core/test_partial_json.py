"""Reading JSON while it is still being written: the laws of ``PartialJSON``."""

from __future__ import annotations

import copy
import json
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_sdk._partial_json import COPIES_PER_CHARACTER, FREE_COPIES, MISSING, PartialJSON
from ai_sdk.errors import InvalidResponseError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def written(value: Any, ascii_only: bool, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent)


TEXTS = st.builds(written, VALUES, st.booleans(), st.sampled_from([None, 1]))
CUTS = st.lists(st.integers(0, 200), max_size=20)
NEARLY_JSON = st.text('{}[]":,\\u0123dDeE8aA-+. \ntrufalsNIiy\x01', max_size=14)


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[start:end] for start, end in zip(places, places[1:], strict=False)]


def read(text: str, cuts: list[int]) -> tuple[PartialJSON, list[Any]]:
    parser = PartialJSON()
    snapshots: list[Any] = []
    for piece in pieces(text, cuts):
        parser.feed(piece)
        snapshots.append(parser.snapshot())
    return parser, snapshots


def is_beginning(partial: Any, whole: Any) -> bool:
    """Whether a partial value can grow into the whole: containers with less in them, strings that are prefixes."""
    if partial is MISSING:
        return True
    if isinstance(whole, dict) and isinstance(partial, dict):
        objects = cast("tuple[dict[str, Any], dict[str, Any]]", (partial, whole))
        keys = list(objects[0])
        return keys == list(objects[1])[: len(keys)] and all(
            is_beginning(value, objects[1][key]) for key, value in objects[0].items()
        )
    if isinstance(whole, list) and isinstance(partial, list):
        arrays = cast("tuple[list[Any], list[Any]]", (partial, whole))
        return len(arrays[0]) <= len(arrays[1]) and all(
            is_beginning(one, other) for one, other in zip(*arrays, strict=False)
        )
    if isinstance(whole, str):
        return isinstance(partial, str) and whole.startswith(partial)
    return repr(cast("object", partial)) == repr(cast("object", whole))


@given(TEXTS, CUTS)
def test_any_split_of_a_text_ends_in_what_json_loads_makes_of_it(text: str, cuts: list[int]) -> None:
    parser, _ = read(text, cuts)
    assert repr(parser.end()) == repr(json.loads(text))


@given(TEXTS, CUTS)
def test_after_any_prefix_the_value_is_a_beginning_of_the_whole(text: str, cuts: list[int]) -> None:
    whole = json.loads(text)
    _, snapshots = read(text, cuts)
    for earlier, later in zip(snapshots, snapshots[1:], strict=False):
        assert is_beginning(earlier, later)
    assert all(is_beginning(each, whole) for each in snapshots)


@given(TEXTS, CUTS)
def test_a_snapshot_never_changes_afterwards(text: str, cuts: list[int]) -> None:
    parser = PartialJSON()
    taken: list[tuple[Any, Any]] = []
    for piece in pieces(text, cuts):
        parser.feed(piece)
        snapshot = parser.snapshot()
        taken.append((snapshot, copy.deepcopy(snapshot) if snapshot is not MISSING else MISSING))
    assert all(repr(one) == repr(other) for one, other in taken)


@given(TEXTS, CUTS)
def test_changed_says_whether_the_snapshot_is_another_one(text: str, cuts: list[int]) -> None:
    parser = PartialJSON()
    before = parser.snapshot()
    for piece in pieces(text, cuts):
        changed = parser.feed(piece)
        after = parser.snapshot()
        if repr(before) != repr(after):
            assert changed
        before = after


@settings(max_examples=200)
@given(NEARLY_JSON | TEXTS.map(lambda text: text[:-1]), CUTS)
@example('"\\ud83d\\ude00"', [3, 5, 7, 9, 11])
@example('"\\ud83d\\n\\ud83dx\\ud83d"', list(range(30)))
@example('"\\ud83d\\ud83d\\ude00\\ude00"', list(range(30)))
@example("[1,]", [])
@example('{"a" 1}', [])
@example('{"a":1,}', [2])
@example("01", [1])
@example("-", [])
@example("", [])
@example("1 2", [])
@example('"\x01"', [])
@example('"\\x"', [])
@example('"\\u12g4"', [4])
@example("nul", [1])
def test_what_is_no_json_is_a_typed_error_at_the_end(text: str, cuts: list[int]) -> None:
    try:
        expected: Any = repr(json.loads(text))
    except ValueError:
        expected = None
    parser, _ = read(text, cuts)
    if expected is not None:
        assert repr(parser.end()) == expected
    else:
        with pytest.raises(InvalidResponseError, match="not valid JSON") as caught:
            parser.end()
        assert caught.value.body == text[:500]


def test_the_error_says_where_and_what() -> None:
    parser, _ = read('{"a": [1, 2}', [3])
    with pytest.raises(InvalidResponseError, match="expected a comma or ], not '}', at character 11"):
        parser.end()
    parser.feed("more")
    assert parser.snapshot() == {"a": [1, 2]}
    with pytest.raises(InvalidResponseError, match="stops in the middle"):
        read('{"a": "b', [])[0].end()
    with pytest.raises(InvalidResponseError, match="it is empty"):
        PartialJSON().end()
    with pytest.raises(InvalidResponseError):
        read("1" * 5000, [])[0].end()


def grown(kind: str, size: int) -> str:
    if kind == "string":
        return json.dumps("x" * size)
    if kind == "list":
        return json.dumps([{"name": "n", "tags": ["a"]} for _ in range(size // 30)])
    if kind == "deep":
        return "[" * (size // 2) + "]" * (size // 2)
    return json.dumps({str(number): number for number in range(size // 12)})


@pytest.mark.parametrize("kind", ["string", "list", "deep", "object"])
def test_the_work_is_linear_in_the_length_of_the_text(kind: str) -> None:
    """Counted, not timed: characters read and items copied, a piece of four characters at a time."""
    for size in (1_000, 30_000):
        text = grown(kind, size)
        parser = PartialJSON()
        taken = 0
        for at in range(0, len(text), 4):
            if parser.feed(text[at : at + 4]) and parser.affordable:
                parser.snapshot()
                taken += 1
        assert parser.work <= (1 + COPIES_PER_CHARACTER) * len(text) + FREE_COPIES
        assert taken >= 20


def test_a_small_value_is_seen_after_every_piece() -> None:
    text = json.dumps({"name": "Ada Lovelace", "tags": ["a", "b"], "age": 36})
    parser = PartialJSON()
    changes = 0
    for char in text:
        if parser.feed(char):
            assert parser.affordable
            parser.snapshot()
            changes += 1
    assert changes == sum([1, 1 + len("Ada Lovelace"), 1, 1 + len("a"), 1 + len("b"), 1])


def test_what_is_certain_is_shown() -> None:
    seen: list[Any] = []
    parser = PartialJSON()
    for piece in ["", ' {"na', 'me": "A', "da\\u00", 'e9", "age": 3', '6, "ok": tru', 'e, "list": [1', ", {}]", "}"]:
        parser.feed(piece)
        seen.append(parser.snapshot())
    assert seen == [
        MISSING,
        {},
        {"name": "A"},
        {"name": "Ada"},
        {"name": "Adaé"},
        {"name": "Adaé", "age": 36},
        {"name": "Adaé", "age": 36, "ok": True, "list": []},
        {"name": "Adaé", "age": 36, "ok": True, "list": [1, {}]},
        {"name": "Adaé", "age": 36, "ok": True, "list": [1, {}]},
    ]
    assert repr(MISSING) == "MISSING"
