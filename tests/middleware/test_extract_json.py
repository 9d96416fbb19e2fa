"""The laws of ``extract_json``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_extract_json as wrong
from laws.splitting import SIZES, split
from layer_laws.kit import FINISH, caught, check_closed, examples, rejects

from ai_sdk import stream_object
from ai_sdk.errors import StreamError
from ai_sdk.fitting import problems
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.middleware import extract_json
from ai_sdk.model import wrap_model
from ai_sdk.parts import ReasoningDelta, ResponseMetadata, TextDelta
from ai_sdk.requests import JSONFormat, LanguageRequest
from ai_sdk.results import fold_language
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., Any]

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
STREAMED = LanguageRequest(messages=(user("hi"),), response_format=JSONFormat(SCHEMA), stream=True)
WHOLE = replace(STREAMED, stream=False)
PLAIN = replace(STREAMED, response_format=None)

LEAVES = st.one_of(
    st.integers(-9, 9), st.booleans(), st.none(), st.text('ab "\\{}[]`\n', max_size=6), st.just("```json\n{}\n```")
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and objects of these values."""
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3))


DATA = st.recursive(LEAVES, containers, max_leaves=6)
CONTAINERS = containers(DATA)
STYLES: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}])
SPACE = st.sampled_from(["", " ", "\n\n", "\t\n"])


def in_style(value: Any, style: dict[str, Any]) -> str:
    """The JSON text of a value."""
    return json.dumps(value, **style)


def joined(*texts: str) -> str:
    """The texts in a row."""
    return "".join(texts)


def written(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """JSON texts of values."""
    return st.builds(in_style, values, STYLES)


WORDS = st.sampled_from(
    ["", "Sure!", "Here is the JSON you asked for:", "Use {braces} or [brackets].", "# Title", "`x`"]
)
MARKS = ["{", "}", "[", "]", '"', "```", "json", "\n", " ", ",", "{}", '{"a": 1}', "'b'", "Sure ", "1"]
JUNK = st.lists(st.sampled_from(MARKS), max_size=10).map("".join)


async def read_all(make: Make, parts: list[Any], request: LanguageRequest = STREAMED) -> list[Any]:
    """The parts that are seen."""
    model = ScriptedModel([parts])
    seen = [part async for part in await wrap_model(model, [make()])(request)]
    check_closed(model)
    return seen


def text_of(make: Make, text: str, sizes: list[int] | None = None, request: LanguageRequest = STREAMED) -> str:
    """What becomes of a text."""
    parts = [TextDelta(text), FINISH]
    return fold_language(run(read_all(make, split(parts, sizes) if sizes else parts, request))).text


def law_valid(make: Make) -> None:
    @examples(120)
    @given(SPACE, written(DATA), SPACE, SIZES)
    def law(before: str, text: str, after: str, sizes: list[int]) -> None:
        assert text_of(make, before + text + after, sizes) == before + text + after

    law()


def test_J1_valid_json_passes_byte_for_byte() -> None:
    law_valid(extract_json)
    rejects(law_valid, wrong.extract_by_stripping_fences)
    rejects(law_valid, wrong.extract_by_writing_anew)
    rejects(law_valid, wrong.extract_the_first_value)


def law_fenced(make: Make) -> None:
    @examples(120)
    @given(
        WORDS, st.sampled_from(["```json\n", "```\n", "```JSON5 x\n\n", "", "\n"]), written(CONTAINERS), WORDS, SIZES
    )
    def law(before: str, fence: str, text: str, after: str, sizes: list[int]) -> None:
        close = "\n```\n" if fence.startswith("```") else "\n"
        got = text_of(make, f"{before}\n{fence}{text}{close}{after}", sizes)
        assert got.strip() == text.strip()

    law()


def test_J2_the_value_is_the_text_without_fences_and_words_around_it() -> None:
    law_fenced(extract_json)
    rejects(law_fenced, wrong.extract_by_stripping_fences)
    rejects(law_fenced, wrong.extract_between_the_outermost_braces)


def law_kept(make: Make) -> None:
    @examples(150)
    @given(JUNK, SIZES)
    def law(text: str, sizes: list[int]) -> None:
        got = text_of(make, text, sizes)
        if got == text:
            return
        try:
            value = json.loads(got)
        except ValueError:
            value = None
        if isinstance(value, list | dict):
            assert got.strip() in text
        else:
            fence, _, rest = text.lstrip().partition("\n")
            assert fence.startswith("```") and got == rest.lstrip(), "something is lost"

    law()


def test_J3_nothing_is_lost_where_there_is_no_value() -> None:
    law_kept(extract_json)
    rejects(law_kept, wrong.extract_or_nothing)
    rejects(law_kept, wrong.extract_between_the_outermost_braces)


def law_cutting(make: Make) -> None:
    @examples(150)
    @given(st.one_of(JUNK, st.builds(joined, WORDS, JUNK, written(CONTAINERS), JUNK)), SIZES)
    def law(text: str, sizes: list[int]) -> None:
        whole = text_of(make, text, None, WHOLE)
        assert text_of(make, text, sizes) == whole
        assert text_of(make, text, sizes, WHOLE) == whole

    law()


def test_J4_M4_where_the_text_was_cut_changes_nothing() -> None:
    law_cutting(extract_json)
    rejects(law_cutting, wrong.extract_in_each_delta)


def law_best(make: Make) -> None:
    @examples(60)
    @given(
        st.lists(st.sampled_from(['{"a": 1}', '{"b": 1}', "[1]", '```json\n{"a": 2}\n```', "words"]), max_size=5), SIZES
    )
    def law(pieces: list[str], sizes: list[int]) -> None:
        got = text_of(make, "So: " + " then ".join(pieces), sizes)
        ranks = {'{"a": 1}': (1, 0), '{"b": 1}': (0, 0), "[1]": (0, 0), '```json\n{"a": 2}\n```': (1, 1)}
        values = [each for each in pieces if each in ranks]
        if values:
            best = max(values, key=lambda each: ranks[each])
            assert got == best.removeprefix("```json\n").removesuffix("\n```")

    law()


def test_J5_behind_words_the_value_that_fits_is_chosen_then_one_in_a_fence_then_the_first() -> None:
    law_best(extract_json)
    rejects(law_best, wrong.extract_the_first_value)


def law_live(make: Make) -> None:
    async def seen(pieces: list[Any]) -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        steps = [step for piece in pieces for step in (TextDelta(piece), 1.0)]
        response = await wrap_model(ScriptedModel([[*steps, FINISH]]), [make()])(STREAMED)
        return [(loop.time() - started, part.text) async for part in response if isinstance(part, TextDelta)]

    assert run(seen(['{"a"', ": ", "1}", "\n", "Done."])) == [(0.0, '{"a"'), (1.0, ": "), (2.0, "1}")]
    assert run(seen(["``", "`json\n", '{"a"', ": 1}", "\n```", "Done."])) == [(2.0, '{"a"'), (3.0, ": 1}")]
    assert run(seen(['{"a": 1}', "\n"])) == [(0.0, '{"a": 1}'), (2.0, "\n")]
    assert run(seen(["Sure: ", '{"a": 1}', " bye"])) == [(3.0, '{"a": 1}')]
    assert run(seen(['{ \n "a"', ": 1}"])) == [(0.0, '{ \n "a"'), (1.0, ": 1}")]
    long = '{"a": "' + "x" * 5000
    assert run(seen([long, '"}'])) == [(0.0, long), (1.0, '"}')]
    assert run(seen(["{" + " " * 5000, '"a": 1}'])) == [(2.0, "{" + " " * 5000 + '"a": 1}')]


def test_J6_a_value_at_the_beginning_is_shown_while_it_arrives() -> None:
    law_live(extract_json)
    rejects(law_live, wrong.extract_at_the_end)


def law_others(make: Make) -> None:
    parts: list[Any] = [
        ResponseMetadata("r1"),
        ReasoningDelta('```json\n{"a": 1}\n```'),
        TextDelta("Sure: "),
        ToolCallPart("c", "add", '```{"a": 1}```'),
        FINISH,
    ]
    assert run(read_all(make, parts)) != []
    assert fold_language(run(read_all(make, parts))) == fold_language(parts)
    plain = [TextDelta('Sure: ```json\n{"a": 1}\n```'), FINISH]
    seen = run(read_all(make, plain, PLAIN))
    assert seen[0] is plain[0]


def test_J7_M3_everything_else_passes_and_answers_that_need_no_json_do() -> None:
    law_others(extract_json)
    rejects(law_others, wrong.extract_always)
    assert text_of(lambda: extract_json(always=True), 'So: {"a": 1}', None, PLAIN) == '{"a": 1}'


def law_await(make: Make) -> None:
    async def trial(first: list[Any]) -> tuple[Any, int]:
        error = StreamError("broken")
        model = ScriptedModel([[*first, error]])
        called = await caught(wrap_model(model, [make()])(STREAMED))
        seen = 0
        if not isinstance(called, BaseException):

            async def reading() -> None:
                nonlocal seen
                async for _ in called:
                    seen += 1

            assert await caught(reading()) is error
        check_closed(model)
        return called, seen

    assert isinstance(run(trial([TextDelta("Sure, ")]))[0], StreamError)
    assert isinstance(run(trial([TextDelta("```json\n")]))[0], StreamError)
    assert run(trial([TextDelta('{"a": ')]))[1] == 1


def test_J8_an_answer_that_breaks_before_anything_can_be_shown_fails_in_the_await() -> None:
    law_await(extract_json)
    rejects(law_await, wrong.extract_after_the_await)


def test_an_object_grows_behind_a_fence() -> None:
    async def trial() -> tuple[list[Any], Any]:
        pieces = ["```json\n", '{"name": "A', 'da"', "}", "\n```\nAnything else?"]
        model = ScriptedModel([[*map(TextDelta, pieces), FINISH]])
        schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        async with stream_object(wrap_model(model, [extract_json()]), "who?", schema=schema) as stream:
            grown = [value async for value in stream.partial]
            return grown, (await stream.result()).object

    assert run(trial()) == ([{"name": "A"}, {"name": "Ada"}], {"name": "Ada"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}\n{"a": 2}', '{"a": 1}\n{"a": 2}'),
        ("[1], [2]", "[1], [2]"),
        ("{'a': 'it}'}", "{'a': 'it}'}"),
        ('[Note] this is {"a": 1}', '{"a": 1}'),
        ('{"a": 1', '{"a": 1'),
        ('```json\n{"a": 1', '{"a": 1'),
        ('```json\n{"a": 1]\n```', '{"a": 1]\n```'),
        ('```python\nprint(1)\n```\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```json\n{"a": 1}\n', '{"a": 1}'),
        ('```json\n{"a": 1}\n \n``', '{"a": 1}'),
        ('"see [1]"', '"see [1]"'),
        ("42", "42"),
        ("", ""),
        (" " * 9000 + '{"a": 1} x', '{"a": 1}'),
        ("word " + "[" * 500 + '{"a": 1}', '{"a": 1}'),
        ("word " + "[" * 5000 + '{"a": 1}', "word " + "[" * 5000 + '{"a": 1}'),
        ("word " + '{"' * 3000, "word " + '{"' * 3000),
    ],
)
def test_what_becomes_of_texts_at_the_edges(text: str, expected: str) -> None:
    assert text_of(extract_json, text) == expected
    assert text_of(extract_json, text, [7]) == expected


def test_blocks_are_read_apart() -> None:
    parts = [TextDelta("```\n", "1"), TextDelta('So {"b": 1} ', "2"), TextDelta('{"a": 1}\n```', "1"), FINISH]
    result = fold_language(run(read_all(extract_json, parts)))
    assert [part.text for part in result.content if part.type == "text"] == ['{"a": 1}', '{"b": 1}']


async def test_a_cancelled_read_closes_the_answer() -> None:
    model = ScriptedModel([[TextDelta('{"a": '), HANG]])
    response = await wrap_model(model, [extract_json()])(STREAMED)
    task = asyncio.ensure_future(response.result())
    await asyncio.sleep(1)
    task.cancel()
    assert isinstance(await caught(task), asyncio.CancelledError)
    check_closed(model)


def test_the_schema_of_the_laws_is_what_it_says() -> None:
    assert not problems({"a": 1}, SCHEMA)
    assert problems({"b": 1}, SCHEMA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('first {"b": 1} then {"a": 1}', '{"a": 1}'),
        ('first {"a": "x"} then {"a": 2} then {"a": 3}', '{"a": 2}'),
        ('a list [1] before {"a": 1}', '{"a": 1}'),
        ('first {"b": 1} then {"b": 2}', '{"b": 1}'),
        ('plain {"a": 1} or ```json\n{"a": 2}\n``` or {"a": 3}', '{"a": 2}'),
        ('``` and ``` then {"a": 1} ```{"a": 2}``` ', '{"a": 2}'),
        ('wrong in a fence ```{"b": 1}``` and right outside {"a": 1}', '{"a": 1}'),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_J5_the_schema_of_the_request_decides_then_the_fence_then_the_place(
    text: str, expected: str, size: int
) -> None:
    assert text_of(extract_json, text, [size]) == expected
    assert text_of(extract_json, text, request=WHOLE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "b": "\\"}"} and words', '{"a": 1, "b": "\\"}"}'),
        ('{"a": 1, "b": "\\\\"} and words', '{"a": 1, "b": "\\\\"}'),
        ('{"b": [{"c": "]"}], "a": 1} bye', '{"b": [{"c": "]"}], "a": 1}'),
        ('{"a": 1} {"a": 2}', '{"a": 1} {"a": 2}'),
        ('{"a": 1}\n[2]', '{"a": 1}\n[2]'),
        ('{"a": 1}, "more"', '{"a": 1}, "more"'),
        ('{"a": 1} "more"', '{"a": 1} "more"'),
        ('```json\n{"a": 1}\n```\n', '{"a": 1}'),
        ('```json\n{"a": 1} {"a": 2}\n```', '{"a": 1}'),
        ('{"a": 1]} rest', '{"a": 1]} rest'),
        ("[] and words", "[]"),
        ("{ } and words", "{ }"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_J4_values_at_the_beginning_end_at_their_own_bracket_at_any_cut(text: str, expected: str, size: int) -> None:
    assert text_of(extract_json, text, [size]) == expected
