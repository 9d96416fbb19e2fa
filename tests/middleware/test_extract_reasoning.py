"""The laws of ``extract_reasoning``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_extract_reasoning as wrong
from laws.splitting import SIZES, broken, deltas, read_all, result_of, seen_until_error, split, text_of
from layer_laws.kit import FINISH, STREAMED, WHOLE, caught, check_closed, examples, rejects

from ai_sdk.errors import InvalidRequestError, StreamError, TruncatedStreamError
from ai_sdk.messages import ReasoningPart, TextPart, ToolCallPart
from ai_sdk.middleware import extract_reasoning
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., Any]

PIECES = st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</", "<", ">", "a", "b ", "\n", "<b>"])
TEXTS = st.one_of(
    st.lists(PIECES, max_size=8).map("".join),
    st.lists(st.sampled_from(["<think>a</think>", "<think></think>", "b ", "<", "</thi"]), max_size=6).map("".join),
)


def stretches(text: str, inside: bool = False) -> list[tuple[bool, str]]:
    """The text between the tags, and whether it is reasoning, found the slow way."""
    found: list[tuple[bool, str]] = []
    while True:
        before, tag, text = text.partition("</think>" if inside else "<think>")
        if before:
            found.append((inside, before))
        if not tag:
            return found
        inside = not inside


def law_original(make: Make) -> None:
    @examples()
    @given(TEXTS, SIZES, st.booleans())
    def law(text: str, sizes: list[int], stream: bool) -> None:
        result = run(result_of([make(separator="")], split([TextDelta(text), FINISH], sizes), stream=stream))
        content: list[Any] = list(result.content)
        assert [(isinstance(part, ReasoningPart), part.text) for part in content] == stretches(text)

    law()


def test_E1_text_and_reasoning_are_the_original_without_its_tags_however_it_is_cut() -> None:
    law_original(extract_reasoning)
    rejects(law_original, wrong.extract_in_each_delta)
    rejects(law_original, wrong.extract_losing_the_end)
    rejects(law_original, wrong.extract_into_one_block)


def law_cutting(make: Make) -> None:
    @examples()
    @given(deltas(TEXTS), SIZES)
    def law(answer: list[Any], sizes: list[int]) -> None:
        async def trial() -> None:
            whole = await result_of([make()], answer, stream=False)
            assert await result_of([make()], answer) == whole
            assert await result_of([make()], split(answer, sizes)) == whole

        run(trial())

    law()


def test_M4_a_stream_folds_to_the_whole_answer_however_it_is_cut() -> None:
    law_cutting(extract_reasoning)
    rejects(law_cutting, wrong.extract_in_each_delta)


def law_identity(make: Make) -> None:
    @examples()
    @given(deltas(st.text("ab >", min_size=1, max_size=4)))
    def law(answer: list[Any]) -> None:
        got = run(read_all([make()], answer))
        assert len(got) == len(answer)
        assert all(one is other for one, other in zip(got, answer, strict=True))

    law()


def test_M3_parts_without_a_tag_pass_as_they_are() -> None:
    law_identity(extract_reasoning)
    rejects(law_identity, wrong.extract_with_new_objects)


def law_nothing_lost(make: Make) -> None:
    @examples()
    @given(TEXTS, SIZES)
    def law(text: str, sizes: list[int]) -> None:
        async def trial() -> None:
            error = broken()
            cut = split([TextDelta("x" + text)], sizes)
            seen, raised, returned = await seen_until_error([make(separator="")], [*cut, error])
            assert raised is error
            if returned:
                assert text_of(seen) == "".join(text for _, text in stretches("x" + text))
                assert isinstance(error, StreamError)
                assert error.partial.text + error.partial.reasoning != ""

        run(trial())

    law()


def test_E2_what_had_come_is_shown_before_an_error_a_partial_tag_too() -> None:
    law_nothing_lost(extract_reasoning)
    rejects(law_nothing_lost, wrong.extract_losing_the_end)


def law_await(make: Make) -> None:
    @examples()
    @given(st.integers(0, 7))
    def law(size: int) -> None:
        async def trial() -> None:
            model = ScriptedModel([[*split([TextDelta("<think>"[:size])], [1]), broken()]])
            answer: Any = await caught(make()(model)(STREAMED))
            if not isinstance(answer, StreamError):
                await answer.aclose()
                raise AssertionError("the call returned without content")
            check_closed(model)

        run(trial())

    law()


def test_E3_an_answer_that_breaks_off_behind_a_tag_fails_inside_the_await() -> None:
    law_await(extract_reasoning)
    rejects(law_await, wrong.extract_after_the_await)


async def test_stretches_are_blocks_with_ids_and_separators() -> None:
    answer = [TextDelta("<think>a</think>b<think>c</think>d", "7"), FINISH]
    assert await read_all([extract_reasoning()], answer) == [
        ReasoningDelta("a", "think-1"),
        TextDelta("b", "7"),
        ReasoningDelta("\nc", "think-2"),
        TextDelta("\nd", "7~2"),
        FINISH,
    ]
    result = await result_of([extract_reasoning()], answer)
    assert result.content == (ReasoningPart("a"), TextPart("b"), ReasoningPart("\nc"), TextPart("\nd"))
    assert (result.text, result.reasoning) == ("b\nd", "a\nc")


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_an_answer_may_begin_inside_of_the_tag(size: int) -> None:
    layers = [extract_reasoning(start_with_reasoning=True)]
    for text in ("a</think>b", "<think>a</think>b"):
        result = await result_of(layers, split([TextDelta(text), FINISH], [size]))
        assert (result.reasoning, result.text) == ("a", "b")
    for text in ("only", "<thin"):
        result = await result_of(layers, split([TextDelta(text), FINISH], [size]))
        assert (result.reasoning, result.text) == (text, "")


async def test_another_tag() -> None:
    result = await result_of(
        [extract_reasoning(tag="reasoning")], [TextDelta("<reasoning>a</reasoning><think>"), FINISH]
    )
    assert (result.reasoning, result.text) == ("a", "<think>")


async def test_other_content_comes_after_what_was_undecided() -> None:
    call = ToolCallPart("c", "look", "{}")
    assert await read_all([extract_reasoning()], [TextDelta("a<th"), call, TextDelta("ink>"), FINISH]) == [
        TextDelta("a"),
        TextDelta("<th"),
        call,
        TextDelta("ink>"),
        FINISH,
    ]


async def test_metadata_stays_with_the_text() -> None:
    signed = {"x": {"signature": "s"}}
    result = await result_of([extract_reasoning()], [TextDelta("<think>a</think>b", "", signed), FINISH])
    assert result.content == (ReasoningPart("a"), TextPart("b", signed))
    result = await result_of([extract_reasoning()], [TextDelta("<think>a</think>", "", signed), FINISH])
    assert result.content == (ReasoningPart("a"), TextPart("", signed))


@pytest.mark.parametrize("tag", ["", "<think>", "a b", "/think"])
def test_bad_options(tag: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        extract_reasoning(tag=tag)
    assert raised.value.field == "tag"
    assert repr(tag) in str(raised.value)


async def test_a_truncated_answer_is_an_error_with_what_had_come() -> None:
    for stream in (True, False):
        model = ScriptedModel([[TextDelta("<think>a</think>b")]])
        with pytest.raises(TruncatedStreamError) as raised:
            await (await extract_reasoning()(model)(STREAMED if stream else WHOLE)).result()
        assert (raised.value.partial.reasoning, raised.value.partial.text) == ("a", "b")
