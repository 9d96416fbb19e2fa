"""The laws of ``guardrail``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_guardrail as wrong
from laws.layers import trying
from laws.splitting import SIZES, broken, deltas, read_all, result_of, seen_until_error, split, text_of
from layer_laws.kit import FINISH, STREAMED, WHOLE, caught, check_closed, examples, rejects

from ai_sdk.errors import GuardrailError, InvalidRequestError, ServerError
from ai_sdk.messages import ToolCallPart, ToolResultPart, assistant, system, tool_results, user
from ai_sdk.middleware import guardrail
from ai_sdk.model import wrap_model
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import fold_language
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., Any]

TEXTS = st.text("ab ", max_size=14)
LATER = ScriptedModel(["later"])


def without(phrase: str) -> Callable[[str], bool]:
    """A check that refuses a phrase."""
    return lambda text: phrase not in text


def law_phrase(make: Make) -> None:
    @examples(80)
    @given(TEXTS, st.text("xy", min_size=1, max_size=6), TEXTS, SIZES, st.sampled_from([TextDelta, ReasoningDelta]))
    def law(before: str, phrase: str, after: str, sizes: list[int], kind: Any) -> None:
        async def trial() -> None:
            answer = split([kind(before * 2 + phrase + after), FINISH], sizes)
            seen, error, _ = await seen_until_error([make(output=without(phrase), window=6)], answer)
            assert isinstance(error, GuardrailError)
            assert (before * 2).startswith(text_of(seen)), "a part of what was refused was shown"
            assert not any(part.last for part in seen)

        run(trial())

    law()


def test_G1_a_phrase_within_the_window_is_never_shown_not_in_part_either() -> None:
    law_phrase(guardrail)
    rejects(law_phrase, wrong.guardrail_of_each_delta)
    rejects(law_phrase, wrong.guardrail_that_shows_at_once)
    rejects(law_phrase, wrong.guardrail_with_half_a_window)
    rejects(law_phrase, wrong.guardrail_that_shows_first)
    rejects(law_phrase, wrong.guardrail_at_the_end)


def stars(text: str) -> str:
    """A check that rewrites."""
    return text.replace("ab", "***")


def law_rewritten(make: Make) -> None:
    @examples()
    @given(deltas(TEXTS), SIZES)
    def law(answer: list[Any], sizes: list[int]) -> None:
        async def trial() -> None:
            whole = await result_of([make(output=stars, window=4)], answer, stream=False)
            original = fold_language(answer)
            assert [part.type for part in whole.content] == [part.type for part in original.content]
            assert (whole.text, whole.reasoning) == (
                "".join(stars(part.text) for part in original.content if part.type == "text"),
                "".join(stars(part.text) for part in original.content if part.type == "reasoning"),
            )
            assert await result_of([make(output=stars, window=4)], split(answer, sizes)) == whole

        run(trial())

    law()


def test_G2_M4_what_is_shown_is_the_rewritten_whole_however_it_is_cut() -> None:
    law_rewritten(guardrail)
    rejects(law_rewritten, wrong.guardrail_of_each_delta)


def law_same_texts(make: Make) -> None:
    @examples()
    @given(st.text("ab ", max_size=60), SIZES, SIZES)
    def law(text: str, sizes: list[int], others: list[int]) -> None:
        async def asked(cut: list[int]) -> list[str]:
            texts: list[str] = []
            await read_all([make(output=texts.append, window=8)], split([TextDelta(text), FINISH], cut))
            return texts

        assert run(asked(sizes)) == run(asked(others))

    law()


def test_G3_the_check_sees_the_same_texts_however_it_is_cut() -> None:
    law_same_texts(guardrail)
    rejects(law_same_texts, wrong.guardrail_that_asks_by_delta)


def law_tools(make: Make) -> None:
    @examples()
    @given(TEXTS, st.booleans(), st.booleans())
    def law(text: str, stream: bool, preview: bool) -> None:
        async def trial() -> None:
            arguments = f'{{"to": "{text}bad"}}'
            head = [ToolInputDelta("c", "send", arguments)] if preview else []
            answer = [*head, ToolCallPart("c", "send", arguments), FINISH]
            seen = await caught(read_all([make(output=without("bad"))], answer, stream=stream))
            assert isinstance(seen, GuardrailError)
            result = ToolResultPart("c", "search", {"found": ["bad"]}, provider_executed=True)
            seen = await caught(read_all([make(output=without("bad"))], [result, FINISH], stream=stream))
            assert isinstance(seen, GuardrailError)

        run(trial())

    law()


def test_G4_tool_calls_are_checked() -> None:
    law_tools(guardrail)
    rejects(law_tools, wrong.guardrail_of_text_alone)


def law_await(make: Make) -> None:
    @examples()
    @given(st.text("ab ", max_size=5), SIZES)
    def law(before: str, sizes: list[int]) -> None:
        async def trial() -> None:
            bad = split([TextDelta(before + "bad"), TextDelta("more" * 20), FINISH], sizes)
            model = ScriptedModel([bad, "good"])
            layers = [trying(2), make(output=without("bad"), window=9)]
            answer: Any = await caught(wrap_model(model, layers)(STREAMED))
            assert not isinstance(answer, BaseException)
            result = await caught(answer.result())
            await answer.aclose()
            assert not isinstance(result, BaseException)
            assert result.text == "good"
            assert len(model.calls) == 2
            check_closed(model)

        run(trial())

    law()


def test_G5_a_refusal_before_the_first_content_is_raised_inside_the_await() -> None:
    law_await(guardrail)
    rejects(law_await, wrong.guardrail_without_peeking)
    rejects(law_await, wrong.guardrail_that_shows_at_once)


async def test_G5_an_answer_that_is_not_streamed_is_refused_inside_the_await() -> None:
    model = ScriptedModel([[TextDelta("fine " * 100 + "bad"), FINISH]])
    with pytest.raises(GuardrailError):
        await guardrail(output=without("bad"))(model)(WHOLE)


async def test_G5_a_later_refusal_has_the_partial_result_of_what_was_shown() -> None:
    seen, error, returned = await seen_until_error(
        [guardrail(output=without("bad"), window=10)], [*[TextDelta("fine ")] * 9, TextDelta("bad"), FINISH]
    )
    assert returned
    assert isinstance(error, GuardrailError)
    partial: Any = error
    assert partial.partial == fold_language(seen)
    assert partial.partial.text.startswith("fine fine")
    assert "bad" not in str(error)


CONVERSATIONS = st.lists(
    st.sampled_from(
        [
            user("good"),
            user("good", "a bad one"),
            system("bad"),
            assistant("bad"),
            tool_results(ToolResultPart("c", "f", "bad")),
            tool_results(ToolResultPart("c", "f", {"deep": ["bad"]})),
        ]
    ),
    min_size=1,
    max_size=4,
)


def law_input(make: Make) -> None:
    @examples()
    @given(CONVERSATIONS, st.booleans())
    def law(messages: list[Any], stream: bool) -> None:
        async def trial() -> None:
            request = LanguageRequest(messages=tuple(messages), stream=stream)
            refused = any("bad" in repr(each) for each in messages if each.role in ("user", "tool"))
            model = ScriptedModel()
            answer: Any = await caught(make(input=without("bad"))(model)(request))
            if refused:
                assert isinstance(answer, GuardrailError)
                assert not model.calls
            else:
                assert (await answer.result()).text == "ok"
                assert model.calls[0] is request
            check_closed(model)

        run(trial())

    law()


def test_G6_the_model_is_asked_only_what_the_input_check_let_pass() -> None:
    law_input(guardrail)
    rejects(law_input, wrong.guardrail_after_the_model)
    rejects(law_input, wrong.guardrail_of_the_last_message)


async def test_input_is_rewritten_in_a_copy() -> None:
    request = LanguageRequest(messages=(user("ab"), tool_results(ToolResultPart("c", "f", {"x": "ab"})), system("ab")))
    model = ScriptedModel()
    await guardrail(input=stars)(model)(request)
    result = ToolResultPart("c", "f", {"x": "***"})
    assert model.calls[0].messages == (user("***"), tool_results(result), system("ab"))
    assert request.messages[0] == user("ab")


async def test_checks_may_be_async_several_and_raise_their_own_error() -> None:
    async def slow(text: str) -> str:
        await asyncio.sleep(1)
        return text.upper()

    result = await result_of([guardrail(output=[slow, lambda text: text + "!"])], [TextDelta("ab"), FINISH])
    assert result.text == "AB!"
    own = GuardrailError("not this one")

    def refuse(_text: str) -> None:
        raise own

    for make in (guardrail(output=refuse), guardrail(input=refuse)):
        assert await caught(read_all([make], [TextDelta("ab"), FINISH])) is own


async def test_a_check_that_fails_lets_nothing_pass() -> None:
    def failing(text: str) -> None:
        raise RuntimeError("no connection")

    seen, error, returned = await seen_until_error([guardrail(output=failing)], [TextDelta("ab"), FINISH])
    assert (seen, returned) == ([], False)
    assert isinstance(error, RuntimeError)


async def test_a_text_in_place_of_what_was_refused() -> None:
    layers = [guardrail(input=without("worse"), output=without("bad"), window=5, on_violation="I cannot say.")]
    for stream in (True, False):
        result = await result_of(layers, [TextDelta("a bad thing"), FINISH], stream=stream)
        assert (result.text, result.finish_reason) == ("I cannot say.", "content-filter")
    parts = await read_all(layers, [TextDelta("fine " * 5), TextDelta("a bad thing"), HANG])
    assert parts[-2:] == [TextDelta("I cannot say.", "guardrail"), parts[-1]]
    assert isinstance(parts[-1], Finish)
    assert text_of(parts).startswith("fine fine ")
    model = ScriptedModel()
    response = await layers[0](model)(LanguageRequest(messages=(user("worse"),)))
    assert (await response.result()).text == "I cannot say."
    assert not model.calls


async def test_an_error_of_another_guardrail_inside_passes() -> None:
    inner = guardrail(output=without("bad"), window=3)
    outer = guardrail(output=without("worse"), window=3, on_violation="no")
    _, error, _ = await seen_until_error([outer, inner], [TextDelta("fine fine fine bad"), FINISH])
    assert isinstance(error, GuardrailError)


async def test_rewriting_what_was_shown_is_a_refusal() -> None:
    def late(text: str) -> str:
        return text if len(text) < 30 else text.upper()

    _, error, _ = await seen_until_error([guardrail(output=late, window=4)], [TextDelta("a" * 40), FINISH])
    assert isinstance(error, GuardrailError)
    assert "window" in str(error)


async def test_when_the_stream_breaks_what_is_refused_stays_hidden_and_the_error_is_the_streams() -> None:
    text = "fine " * 5
    for rest, shown in (("good", text + "good"), ("bad", None)):
        error = broken()
        layers = [guardrail(output=without("bad"), window=6)]
        seen, raised, returned = await seen_until_error(layers, [TextDelta(text), TextDelta(rest), error])
        assert returned
        assert raised is error
        assert text_of(seen) == shown if shown else "bad" not in text_of(seen)
    seen, raised, returned = await seen_until_error(
        [guardrail(output=without("x"))], [TextDelta("ab"), ServerError("no")]
    )
    assert (seen, returned) == ([], False)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "output"),
        ({"output": 7}, "output"),
        ({"output": ["x"]}, "output"),
        ({"input": print, "window": -1}, "window"),
        ({"input": print, "every": 0}, "every"),
        ({"input": print, "window": True}, "window"),
        ({"input": print, "on_violation": ""}, "on_violation"),
        ({"input": print, "roles": ["robot"]}, "roles"),
    ],
)
def test_bad_options(options: Any, field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        guardrail(**options)
    assert raised.value.field == field
    assert str(raised.value).startswith("guardrail: ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "there is no check; give input= or output=, or both"),
        ({"input": print, "window": -1}, "window is -1; allowed is a number of characters from 0, or None"),
        ({"input": print, "every": 0}, "every is 0; allowed is a number of characters from 1, or None"),
        ({"input": print, "on_violation": 5}, "on_violation is 5; allowed are 'raise' and a text to answer instead"),
        ({"input": print, "roles": ["x"]}, "roles has 'x'; allowed are system, user, assistant, tool"),
        ({"input": 5}, "input is a int; allowed is a function of a text, or several"),
        ({"output": [print, 5]}, "output is a int; allowed is a function of a text, or several"),
    ],
)
def test_bad_options_say_what_was_given_and_what_is_allowed(options: Any, said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        guardrail(**options)
    assert str(raised.value) == f"guardrail: {said}"


async def test_a_refusal_says_what_was_refused() -> None:
    def no(_text: str) -> bool:
        return False

    cases: list[tuple[dict[str, Any], str]] = [
        ({"input": no}, "the input was refused"),
        ({"output": no}, "the output was refused"),
    ]
    for options, said in cases:
        error = await caught(read_all([guardrail(**options)], [TextDelta("ab"), FINISH], stream=False))
        assert isinstance(error, GuardrailError)
        assert str(error) == f"guardrail: {said}"


async def test_data_of_a_tool_is_checked_as_the_text_that_it_is() -> None:
    seen: list[str] = []

    class Odd:
        def __str__(self) -> str:
            return "odd"

    result = ToolResultPart("c", "look", {"a": "\u00e4", "b": Odd()})
    model = ScriptedModel()
    request = LanguageRequest(messages=(user("hi"), tool_results(result)))
    await (await wrap_model(model, [guardrail(input=seen.append)])(request)).result()
    assert seen[-1] == '{"a": "\u00e4", "b": "odd"}'


async def test_a_check_that_returns_something_else_is_found_out() -> None:
    check: Any = len
    for stream in (True, False):
        error = await caught(read_all([guardrail(output=check)], [TextDelta("ab"), FINISH], stream=stream))
        assert isinstance(error, InvalidRequestError)
        assert error.field == "output"
