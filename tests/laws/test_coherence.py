"""Laws 3 and 7 on the contract."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import coherence
from laws.coherence import real_start
from laws.harness import ANSWERS, FINISH, PARTS, WHOLE, A, LanguageLayer, LanguageModel, read
from laws.layers import KINDS, made, mapping

from ai_sdk.errors import InvalidToolInputError, TruncatedStreamError
from ai_sdk.messages import ToolCallPart
from ai_sdk.model import layer, wrap_model
from ai_sdk.parts import LanguagePart, ResponseMetadata
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.testing import ScriptedModel, run


@pytest.mark.parametrize(
    "layers",
    [
        list[LanguageLayer],
        lambda: made(list(KINDS)),
        lambda: [mapping(upper=True), mapping(upper=True, peek=True)],
    ],
)
def test_law_03_coherence_of_streams(layers: Callable[[], list[LanguageLayer]]) -> None:
    coherence.streaming_changes_nothing(layers)


@pytest.mark.parametrize("names", [[], [*KINDS], ["map", "map", "try"], ["peek", "slot", "peek"]])
def test_law_03_coherence_through_neutral_layers(names: list[str]) -> None:
    coherence.neutral(lambda: made(names))


def test_law_03_coherence_of_folding() -> None:
    coherence.folding_is_faithful(fold_language)


def test_law_03_coherence_of_the_head() -> None:
    coherence.the_head_comes_first(real_start)


def test_law_07_truncation() -> None:
    coherence.no_finish_is_an_error(real_start)


def test_law_07_truncation_by_an_error() -> None:
    coherence.a_broken_stream_is_an_error(real_start)


def test_law_07_truncation_leaks_no_decoder() -> None:
    coherence.decoders_do_not_leak(lambda text: ToolCallPart("c", "look", text).arguments())


@settings(deadline=None, max_examples=30)
@given(st.lists(PARTS, max_size=4), st.booleans())
def test_law_07_truncation_does_not_depend_on_streaming(parts: list[LanguagePart], stream: bool) -> None:
    async def trial() -> None:
        for layers in ([], [mapping()], [mapping(peek=True)]):
            model = wrap_model(ScriptedModel([parts]), layers)
            request = LanguageRequest(messages=(), stream=stream)
            with pytest.raises(TruncatedStreamError) as caught:
                await read(model, request)
            assert caught.value.partial == fold_language(parts)

    run(trial())


@settings(deadline=None, max_examples=20)
@given(ANSWERS, st.lists(PARTS, min_size=1, max_size=2))
def test_what_a_layer_adds_after_the_finish_is_no_truncation(
    answer: list[LanguagePart], more: list[LanguagePart]
) -> None:
    async def adding(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield part
        for part in more:
            yield part

    @layer
    async def add(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await call(request)).through(adding)

    async def trial() -> None:
        assert await read(wrap_model(ScriptedModel([answer]), [add])) == fold_language([*answer, *more])

    run(trial())


async def test_a_layer_that_drops_the_finish_is_found_out() -> None:
    async def endless(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            if not part.last:
                yield part

    response = await (await ScriptedModel()(WHOLE)).through(endless)
    with pytest.raises(TruncatedStreamError, match="without a finish"):
        await response.result()


async def test_a_big_head_ends_the_wait_for_content() -> None:
    big = ResponseMetadata("x" * 100_000)
    pulled: list[int] = []

    async def source() -> AsyncGenerator[LanguagePart, None]:
        for at in range(20):
            pulled.append(at)
            yield big
        yield A
        yield FINISH

    response: LanguageResponse = await LanguageResponse.start(source(), fold_language)
    assert len(pulled) == 7, "four small ones are free, then 256 KiB"
    assert (await response.result()).text == "a"


async def test_bad_arguments_of_a_tool_say_which_tool() -> None:
    for text in ("{", "[1]", "[" * 100_000):
        with pytest.raises(InvalidToolInputError) as caught:
            ToolCallPart("c1", "look", text).arguments()
        assert (caught.value.tool, caught.value.call_id, caught.value.input) == ("look", "c1", text)
        assert "look" in str(caught.value)
