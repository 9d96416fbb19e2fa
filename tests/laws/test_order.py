"""Laws 1 and 2 on the contract, and what composing layers must leave alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import order
from laws.harness import FINISH, STREAMED, LanguageLayer, LanguageModel, read
from laws.layers import KINDS, made, mapping, marking, passing, slot, trying

from ai_sdk.errors import ServerError
from ai_sdk.model import AnyLayer, layer, wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult, LanguageResponse, fold_language
from ai_sdk.testing import ScriptedCall, ScriptedModel, run


@layer
async def cached(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    return LanguageResponse.of([TextDelta("cached"), FINISH], fold_language)


@layer
async def thrice(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    for _ in range(2):
        await (await call(request)).result()
    return await call(request)


def test_law_01_order() -> None:
    order.first_is_outermost(wrap_model)


def test_law_01_order_without_layers_is_the_model() -> None:
    order.nothing_is_identity(wrap_model)


def test_law_01_order_of_independent_stacks() -> None:
    order.stacks_are_independent(wrap_model)


@pytest.mark.parametrize(
    "layers",
    [list[LanguageLayer], lambda: [passing], lambda: [trying()], lambda: [slot(), mapping(), mapping(peek=True)]],
)
def test_law_02_immutability_through_layers(layers: Callable[[], list[LanguageLayer]]) -> None:
    order.requests_never_change(layers)


def test_law_02_immutability_of_requests() -> None:
    order.requests_are_frozen(LanguageRequest)


def test_a_layer_may_answer_by_itself() -> None:
    order.short_circuits(cached)


def test_a_layer_may_call_more_than_once() -> None:
    order.calls_are_independent(thrice)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(KINDS), max_size=5), st.integers(1, 8))
def test_a_stack_is_reused_by_many_calls_at_once_without_mixing_them(names: list[str], callers: int) -> None:
    async def echo(request: LanguageRequest) -> LanguageResponse:
        text = str(request.seed)
        return await ScriptedModel([[TextDelta(text), 0.5, TextDelta(text), FINISH]])(request)

    async def trial() -> None:
        model = wrap_model(echo, made(names))
        requests = [LanguageRequest(messages=(), seed=seed, stream=bool(seed % 2)) for seed in range(callers)]
        results = await asyncio.gather(*[read(model, request) for request in requests])
        assert [result.text for result in results] == [str(seed) * 2 for seed in range(callers)]

    run(trial())


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(KINDS[:3]), max_size=4))
def test_exceptions_and_plain_results_pass_as_they_are(names: list[str]) -> None:
    error, answer = ServerError("busy"), EmbeddingResult(embeddings=((1.0,),))
    embedding = ScriptedCall[EmbeddingRequest, EmbeddingResult]([answer])

    async def trial() -> None:
        make: dict[str, Callable[[], AnyLayer]] = {"pass": lambda: passing, "try": trying, "slot": slot}
        layers = [make[name]() for name in names]
        assert await wrap_model(embedding, layers)(EmbeddingRequest(values=("a",))) is answer
        with pytest.raises(ServerError) as caught:
            await read(wrap_model(ScriptedModel([[error]]), layers), STREAMED)
        assert caught.value is error

    run(trial())


def test_a_stack_does_not_look_at_its_layers_until_they_are_called() -> None:
    log: list[str] = []
    stack = [marking("a", log)]
    model = wrap_model(ScriptedModel(), stack)
    stack.clear()
    run(read(model))
    assert log == ["a in", "a out"]
