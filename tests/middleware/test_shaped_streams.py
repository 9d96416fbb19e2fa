"""A stream that breaks before its first shaped content is served by a fallback around; after it, its reader is told."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_shaped_streams as wrong
from laws.splitting import SIZES, split, text_of
from layer_laws.kit import FINISH, STREAMED, WHOLE, caught, check_closed, examples, rejects

from ai_sdk.errors import GuardrailError, StreamError, TruncatedStreamError
from ai_sdk.middleware import extract_reasoning, fallback, guardrail, redact, smooth_stream
from ai_sdk.model import Layer, wrap_model
from ai_sdk.parts import LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, LanguageResult, fold_language
from ai_sdk.testing import ScriptedModel, run

Make = Callable[[], Any]


def falling_back(other: Any) -> Any:
    """A refusal by a guardrail usually stops a fallback; here it is to move on."""
    return fallback(other, on=GuardrailError)


THE_OTHER: list[Any] = [ResponseMetadata("other"), TextDelta("from the other"), FINISH]

CASES: dict[str, tuple[Make, str, int]] = {
    "guardrail": (lambda: guardrail(output=lambda text: "bad" not in text, window=10, every=5), "good " * 8, 15),
    "redact": (lambda: redact(re.compile("secret"), window=10), "plain " * 6, 11),
    "redact kinds": (lambda: redact("email"), "ada.lovelace@ and more", 14),
    "extract_reasoning": (extract_reasoning, "<think>first, then", 8),
    "all": (
        lambda: layered(
            guardrail(output=lambda text: "bad" not in text, window=10, every=5),
            redact(re.compile("secret"), window=5),
            extract_reasoning(),
        ),
        "<think>" + "so it is " * 6,
        7 + 15,
    ),
}
"""The layer, what a model says, and how many characters of it must have come for the first to be shown.

Of several layers the inner one gives what it holds back to the outer one when the stream breaks.
"""


def layered(*layers: Any) -> Layer[LanguageRequest, LanguageResponse]:
    """Several layers as one."""

    def build(model: Any) -> Any:
        return wrap_model(model, layers)

    return build


def law_broken(make: Make, text: str, first: int) -> None:
    @examples()
    @given(st.integers(0, 60), SIZES, st.booleans(), st.booleans())
    def law(come: int, sizes: list[int], truncated: bool, metadata: bool) -> None:
        async def trial() -> None:
            came = text[:come]
            head: list[Any] = [ResponseMetadata("first")] if metadata else []
            end: list[Any] = [] if truncated else [StreamError("broken")]
            model = ScriptedModel([[*head, *(split([TextDelta(came)], sizes) if came else []), *end]])
            other = ScriptedModel([THE_OTHER])
            stack = wrap_model(model, [falling_back(other), make()])
            parts, error = await seen(stack, STREAMED)
            if len(came) < first:
                assert error is None
                assert parts == THE_OTHER, "the caller noticed"
            else:
                assert isinstance(error, TruncatedStreamError if truncated else StreamError)
                assert error.partial == fold_language(parts)
                assert came.endswith(text_of(parts))
                assert text_of(parts)
                assert not other.calls
            check_closed(model)
            check_closed(other)

        run(trial())

    law()


async def seen(model: Any, request: Any) -> tuple[list[LanguagePart], Any]:
    """What a reader sees of a call, and the error."""
    parts: list[LanguagePart] = []
    try:
        response: AsyncIterator[LanguagePart] = await model(request)
        async for part in response:
            parts.append(part)
    except Exception as error:
        return parts, error
    return parts, None


@pytest.mark.parametrize("name", CASES)
def test_R4_F6_cut_before_the_first_shaped_content_the_fallback_serves_after_it_the_reader_is_told(name: str) -> None:
    make, text, first = CASES[name]

    def law(each: Make) -> None:
        law_broken(each, text, first)

    law(make)
    rejects(law, wrong.shaping_after_the_await(make))
    rejects(law, wrong.shaping_that_shows_the_rest_first(make))
    rejects(law, wrong.shaping_that_hides_the_error(make))


@pytest.mark.parametrize("name", CASES)
async def test_what_was_not_asked_for_as_a_stream_is_served_by_the_fallback_wherever_it_breaks(name: str) -> None:
    make, text, _ = CASES[name]
    for come in range(0, len(text), 5):
        model = ScriptedModel([[TextDelta(text[:come]), StreamError("broken")], [TextDelta(text[:come])]])
        stack = wrap_model(model, [falling_back(ScriptedModel([THE_OTHER])), make()])
        for _ in range(2):
            assert await seen(stack, WHOLE) == (THE_OTHER, None)


async def test_a_refusal_before_the_first_content_can_be_failed_over_and_a_later_one_not() -> None:
    other = ScriptedModel([THE_OTHER])
    for text, moved in (("a bad start", True), ("good " * 8 + "bad", False)):
        model = ScriptedModel([[TextDelta(text), FINISH]])
        stack = wrap_model(model, [falling_back(other), CASES["guardrail"][0]()])
        parts, error = await seen(stack, STREAMED)
        if moved:
            assert (parts, error) == (THE_OTHER, None)
        else:
            assert isinstance(error, GuardrailError)
            partial: Any = error
            assert partial.partial == fold_language(parts)
        check_closed(model)


async def test_leaving_early_closes_the_model() -> None:
    for make, text, _ in [*CASES.values(), (smooth_stream, "one two three ", 0)]:
        model = ScriptedModel([[TextDelta(text), TextDelta(text), ReasoningDelta("x" * 50), FINISH]])
        response: Any = await caught(make()(model)(STREAMED))
        async for _ in response:
            break
        await response.aclose()
        check_closed(model)
        assert not [wire for wire in model.wires if wire.open]


async def test_law_05_a_cancellation_during_a_check_closes_the_model() -> None:
    async def slow(_text: str) -> None:
        await asyncio.sleep(5)

    for request in (STREAMED, WHOLE):
        model = ScriptedModel([[TextDelta("a long beginning"), FINISH]])
        task = asyncio.ensure_future(seen(guardrail(output=slow, window=2)(model), request))
        await asyncio.sleep(2)
        task.cancel()
        assert isinstance(await caught(task), asyncio.CancelledError)
        check_closed(model)


def test_law_10_two_threads_with_a_loop_each_share_the_layers() -> None:
    made = [(name, make(), text) for name, (make, text, _) in CASES.items()]
    got: list[tuple[str, LanguageResult]] = []

    async def work() -> None:
        async def one(name: str, each: Any, text: str) -> None:
            model = ScriptedModel([[*split([TextDelta(text)], [3]), FINISH]])
            got.append((name, await (await each(model)(STREAMED)).result()))

        await asyncio.gather(*[one(*case) for case in made * 10])

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(got) == 20 * len(CASES)
    for name in CASES:
        results = [result for other, result in got if other == name]
        assert results == [results[0]] * 20
