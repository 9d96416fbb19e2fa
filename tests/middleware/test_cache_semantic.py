"""The semantic mode of ``cache``: only questions that mean nearly the same, with all else equal, share an answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import EMBEDDING, check_closed, examples, read, rejects

from ai_sdk.call import record_call
from ai_sdk.errors import ServerError
from ai_sdk.keys import Keys
from ai_sdk.messages import FilePart, assistant, system, user
from ai_sdk.middleware import cache
from ai_sdk.model import AnyLayer
from ai_sdk.requests import EmbeddingRequest, LanguageRequest, ToolDefinition
from ai_sdk.results import EmbeddingResult
from ai_sdk.stores import MemoryStore
from ai_sdk.stores.semantic import Place, SemanticIndex, question_of
from ai_sdk.testing import ScriptedCall, ScriptedModel, run

Make = Callable[..., AnyLayer]


class Compass:
    """Embeds a text that ends in a number as the direction of so many degrees."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def __call__(self, request: EmbeddingRequest, /) -> EmbeddingResult:
        self.texts += request.values
        angles = [math.radians(float(text.split()[-1])) for text in request.values]
        return EmbeddingResult(embeddings=tuple((3 * math.cos(angle), 3 * math.sin(angle)) for angle in angles))


def ask(degrees: float, **settings: Any) -> LanguageRequest:
    fields: dict[str, Any] = {"messages": (system("be kind"), user(f"go {degrees}")), **settings}
    return LanguageRequest(**fields)


def law_threshold(make: Make) -> None:
    @examples()
    @given(st.lists(st.integers(0, 359), min_size=1, max_size=8), st.sampled_from([0.5, 0.9, 0.99]))
    def law(angles: list[int], threshold: float) -> None:
        async def trial() -> None:
            model = ScriptedModel([str(number) for number in range(50)])
            layered = make(semantic=Compass(), threshold=threshold)(model)
            asked: list[tuple[int, str]] = []
            for angle in angles:
                near = [
                    (math.cos(math.radians(angle - other)), answer)
                    for other, answer in asked
                    if math.cos(math.radians(angle - other)) >= threshold - 1e-9
                ]
                answer = await read(layered, ask(angle))
                if near:
                    best = max(likeness for likeness, _ in near)
                    assert answer in [each for likeness, each in near if likeness >= best - 1e-9]
                    if best < threshold + 1e-9:
                        return  # too close to the threshold to say
                else:
                    assert answer == str(len(asked))
                    asked.append((angle, answer))
            assert len(model.calls) == len(asked)
            check_closed(model)

        run(trial())

    law()


def test_C16_the_most_similar_question_above_the_threshold_has_the_answer() -> None:
    law_threshold(cache)
    rejects(law_threshold, wrong.semantic_cache_of_anything)


OTHERS: list[dict[str, Any]] = [
    {"messages": (system("be rude"), user("go 0"))},
    {"messages": (user("go 0"),)},
    {"messages": (system("be kind"), user("hm"), assistant("what?"), user("go 0"))},
    {"messages": (system("be kind"), user("go 0", name="x"))},
    {"messages": (system("be kind"), user(FilePart(url="u"), "go 0"))},
    {"temperature": 0.5},
    {"tools": (ToolDefinition("f"),)},
    {"max_output_tokens": 5},
    {"provider_options": {"groq": {"a": 1}}},
    {"headers": {"a": "b"}},
]


def law_settings(make: Make) -> None:
    async def trial() -> None:
        for other in OTHERS:
            model = ScriptedModel(["one", "two", "three"])
            layered = make(semantic=Compass())(model)
            assert await read(layered, ask(0)) == "one"
            assert await read(layered, ask(1)) == "one"
            assert await read(layered, ask(0, **other)) == "two", other
            assert await read(layered, ask(1)) == "one"

    run(trial())


def test_C16_everything_but_the_last_text_is_equal() -> None:
    law_settings(cache)
    rejects(law_settings, wrong.semantic_cache_across_settings)


async def test_C9_C16_scopes_are_apart() -> None:
    store = MemoryStore()
    model = ScriptedModel(["one", "two"])
    scoped = cache(store, scope=lambda request: request.headers.get("tenant"), semantic=Compass())(model)
    assert await read(scoped, ask(0, headers={"tenant": "a"})) == "one"
    assert await read(scoped, ask(1, headers={"tenant": "b"})) == "two"
    assert await read(scoped, ask(1, headers={"tenant": "a"})) == "one"


async def test_an_exact_hit_embeds_nothing_and_a_hit_by_meaning_is_told() -> None:
    told: list[str] = []
    compass, model = Compass(), ScriptedModel(["one", "two"])
    layered = cache(semantic=compass)(model)
    for degrees in (0, 0, 1, 1):
        with record_call(observers=(lambda _, kind, _detail: told.append(kind),)):
            result = await (await layered(ask(degrees))).result()
            assert result.text == "one"
    assert compass.texts == ["go 0", "go 1", "go 1"]
    assert [kind for kind in told if kind.startswith("cache")] == ["cache-miss", "cache-stored", "cache-hit"] + [
        "cache-hit",
        "cache-hit",
    ]
    assert result.provider_metadata["ai_sdk"]["cached"] is True


async def test_answers_found_by_meaning_do_not_drift() -> None:
    model = ScriptedModel([str(number) for number in range(50)])
    layered = cache(semantic=Compass(), threshold=math.cos(math.radians(10)))(model)
    assert [await read(layered, ask(degrees)) for degrees in (0, 8, 16, 24)] == ["0", "0", "1", "1"]


async def test_C10_what_is_over_is_found_no_more() -> None:
    model = ScriptedModel(["one", "two"])
    layered = cache(ttl=5, semantic=Compass())(model)
    assert await read(layered, ask(0)) == "one"
    await asyncio.sleep(5)
    assert await read(layered, ask(1)) == "two"
    assert await read(layered, ask(0)) == "two"


async def test_C11_modes_hold_for_meaning_too() -> None:
    model = ScriptedModel(["one", "two", "three", "four"])
    layered = cache(semantic=Compass())(model)

    def wishing(degrees: float, mode: str) -> LanguageRequest:
        return replace(ask(degrees), layer_options={"cache": {"mode": mode}})

    assert await read(layered, wishing(0, "read")) == "one"
    assert await read(layered, wishing(1, "on")) == "two"
    assert await read(layered, wishing(0, "read")) == "two"
    assert await read(layered, wishing(0, "refresh")) == "three"
    assert await read(layered, wishing(0, "write")) == "four"
    assert await read(layered, wishing(0.1, "on")) == "four"


async def test_C13_an_embedding_model_that_fails_is_a_miss_and_reported_once() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    broken = ScriptedCall[EmbeddingRequest, EmbeddingResult]([ServerError("broken")])
    model = ScriptedModel()
    layered = cache(semantic=broken)(model)
    for degrees in (0, 1, 1):
        await read(layered, ask(degrees))
    assert len(model.calls) == 2
    assert reported == ["searching a cache by meaning failed"]


async def test_other_kinds_and_requests_without_a_question_are_cached_exactly() -> None:
    compass = Compass()
    vectors = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,),))])
    layered = cache(semantic=compass)(vectors)
    for _ in range(2):
        await read(layered, EMBEDDING)
    assert len(vectors.calls) == 1
    for messages in ((user("go 0"), assistant("what?")), (user("  "),), (user(FilePart(url="u")),)):
        assert question_of(LanguageRequest(messages=messages)) is None
    assert not compass.texts


async def test_the_index_is_bounded_and_forgets() -> None:
    index = SemanticIndex(Compass(), 0.9, 2)
    for number in range(4):
        index.add(str(number), Place("g", (1.0, float(number))))
    assert await index.nearest(Place("g", (1.0, 0.0))) == "2"
    assert await index.nearest(Place("h", (1.0, 0.0))) is None
    assert await index.nearest(Place("g", (1.0, 0.0, 0.0))) is None
    index.forget("2")
    index.forget("2")
    assert await index.nearest(Place("g", (0.0, 1.0))) == "3"
    index.forget("3")
    assert await index.nearest(Place("g", (0.0, 1.0))) is None


async def test_a_long_search_lets_others_run() -> None:
    index = SemanticIndex(Compass(), 0.9, 1_000)
    for number in range(200):
        index.add(str(number), Place("g", (1.0, 0.0)))
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert await index.nearest(Place("g", (1.0, 0.0))) == "0"
    task.cancel()
    assert len(turns) >= 5


@pytest.mark.parametrize("vector", [(0.0, 0.0), (math.inf, 1.0), (math.nan, 1.0)])
async def test_a_vector_without_a_direction_is_near_nothing(vector: tuple[float, ...]) -> None:
    async def odd(_request: EmbeddingRequest) -> EmbeddingResult:
        return EmbeddingResult(embeddings=(vector,))

    assert await SemanticIndex(odd, 0.9, 9).place(ask(0), Keys()) is None
