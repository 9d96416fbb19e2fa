"""The laws of ``smooth_stream``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_smooth_stream as wrong
from laws.splitting import SIZES, broken, deltas, read_all, result_of, seen_until_error, split, text_of
from layer_laws.kit import FINISH, STREAMED, WHOLE, check_closed, examples, rejects

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import smooth_stream
from ai_sdk.model import wrap_model
from ai_sdk.parts import ReasoningDelta, TextDelta
from ai_sdk.results import fold_language
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., Any]

TEXTS = st.text("ab \n", max_size=12)


def threes(text: str) -> str | None:
    """A chunk function."""
    return text[:3] if len(text) > 3 else None


CHUNKS: st.SearchStrategy[Any] = st.sampled_from(["word", "line", re.compile("a+ "), threes])


def law_same(make: Make) -> None:
    @examples()
    @given(deltas(TEXTS), SIZES, CHUNKS, st.sampled_from([0.5, 0, None]))
    def law(answer: list[Any], sizes: list[int], chunk: Any, delay: float | None) -> None:
        async def trial() -> None:
            cut = split(answer, sizes)
            assert await result_of([make(chunk=chunk, delay=delay)], cut) == fold_language(answer)
            others = [part for part in answer if not isinstance(part, TextDelta | ReasoningDelta)]
            got = await read_all([make(chunk=chunk, delay=delay)], cut)
            assert [part for part in got if not isinstance(part, TextDelta | ReasoningDelta)] == others

        run(trial())

    law()


def test_M4_the_answer_stays_the_same() -> None:
    law_same(smooth_stream)
    rejects(law_same, wrong.smooth_without_the_rest)
    rejects(law_same, wrong.smooth_each_delta)


def law_pieces(make: Make) -> None:
    @examples()
    @given(TEXTS, SIZES, st.sampled_from(["word", "line"]))
    def law(text: str, sizes: list[int], chunk: str) -> None:
        async def trial() -> None:
            got = await read_all([make(chunk=chunk, delay=0)], split([TextDelta(text), FINISH], sizes))
            pattern = r"\s*\S+(?=\s)|.+" if chunk == "word" else r"[^\n]*\n|.+"
            pieces = [each.group() for each in re.finditer(pattern, text, re.DOTALL)]
            assert [part.text for part in got if isinstance(part, TextDelta) and part.text] == pieces

        run(trial())

    law()


def test_S1_pieces_do_not_depend_on_where_the_provider_cut() -> None:
    law_pieces(smooth_stream)
    rejects(law_pieces, wrong.smooth_each_delta)


def law_pace(make: Make) -> None:
    @examples()
    @given(
        st.lists(st.sampled_from(["a ", "bb ", "c d e f ", "g", 0.25, 3.0]), max_size=8), st.sampled_from([0.0, 1.0])
    )
    def law(steps: list[Any], delay: float) -> None:
        async def trial() -> None:
            call = ToolCallPart("c", "look", "{}")
            script = [TextDelta(each) if isinstance(each, str) else each for each in steps]
            model = ScriptedModel([[TextDelta("x "), *script, call, FINISH]])
            time = asyncio.get_running_loop().time
            response = await make(delay=delay)(model)(STREAMED)
            assert time() == 0
            shown = [(part, time()) async for part in response]
            slept = sum(each for each in steps if isinstance(each, float))
            pieces = [at for _, at in shown[:-2]]
            tail = shown[-3][0]
            words = [at for part, at in shown[:-2] if part is not tail or not isinstance(part, TextDelta)]
            assert not pieces or pieces[0] == 0 or len(pieces) == 1
            assert all(later - at >= delay - 1e-9 for at, later in zip(words, words[1:], strict=False))
            assert shown[-1][1] == shown[-2][1] == max([*pieces, slept]), "the tool call or the finish was delayed"
            assert shown[-1][1] <= slept + delay * max(0, len(pieces) - 1) + 1e-9
            check_closed(model)

        run(trial())

    law()


def test_S2_pieces_are_apart_and_nothing_else_is_delayed() -> None:
    law_pace(smooth_stream)
    rejects(law_pace, wrong.smooth_by_sleeping_after_each)
    rejects(law_pace, wrong.smooth_without_delay)


def law_errors(make: Make) -> None:
    @examples()
    @given(st.text("a ", min_size=1, max_size=9), SIZES)
    def law(text: str, sizes: list[int]) -> None:
        async def trial() -> None:
            error = broken()
            seen, raised, returned = await seen_until_error([make()], [*split([TextDelta(text)], sizes), error])
            assert returned
            assert raised is error
            assert text_of(seen) == text

        run(trial())

    law()


def test_S3_what_had_come_is_shown_before_an_error() -> None:
    law_errors(smooth_stream)
    rejects(law_errors, wrong.smooth_dropping_on_errors)


async def test_what_was_not_asked_for_as_a_stream_passes() -> None:
    response = await ScriptedModel(["one two"])(WHOLE)

    async def model(_request: object) -> Any:
        return response

    assert await smooth_stream()(model)(WHOLE) is response


async def test_a_cancelled_read_and_an_early_close_close_the_model() -> None:
    model = ScriptedModel([[TextDelta("a b c d "), HANG]])
    response = await smooth_stream(delay=1)(model)(STREAMED)
    task = asyncio.create_task(response.result())
    await asyncio.sleep(1.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    check_closed(model)
    async with await smooth_stream(delay=1)(model)(STREAMED) as response:
        async for _ in response:
            break
    check_closed(model)


async def test_reasoning_and_metadata() -> None:
    signed = TextDelta("b", "", {"x": {"y": 1}})
    got = await read_all([smooth_stream(delay=0)], [ReasoningDelta("think a"), TextDelta("a"), signed, FINISH])
    assert got == [ReasoningDelta("think"), ReasoningDelta(" a"), TextDelta("a"), signed, FINISH]


async def test_a_function_that_invents_text_is_found_out() -> None:
    with pytest.raises(InvalidRequestError, match="^smooth_stream: .*not a beginning of what it was given$") as raised:
        await result_of([smooth_stream(chunk=lambda _text: "?")], [TextDelta("a"), FINISH])
    assert raised.value.field == "chunk"


ALLOWED = "allowed are 'word', 'line', a compiled pattern and a function"


@pytest.mark.parametrize(
    ("options", "field", "said"),
    [
        ({"chunk": "sentence"}, "chunk", f"chunk is 'sentence'; {ALLOWED}"),
        ({"chunk": 7}, "chunk", f"chunk is a int; {ALLOWED}"),
        ({"delay": -1}, "delay", "delay is -1; allowed are seconds from 0"),
        ({"delay": 1e400}, "delay", "delay is inf; allowed are seconds from 0"),
    ],
)
def test_bad_options(options: Any, field: str, said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        smooth_stream(**options)
    assert raised.value.field == field
    assert str(raised.value) == f"smooth_stream: {said}"


async def test_the_pace_is_a_hundredth_of_a_second_unless_it_is_given() -> None:
    await result_of([smooth_stream()], [TextDelta("a b c "), FINISH])
    assert asyncio.get_running_loop().time() == pytest.approx(0.02, abs=1e-6)


async def test_a_delta_that_is_a_piece_passes_as_the_object_that_it_is() -> None:
    delta = TextDelta("whole")
    response = await wrap_model(ScriptedModel([[delta, FINISH]]), [smooth_stream(chunk=lambda text: text)])(STREAMED)
    assert [part async for part in response][0] is delta
