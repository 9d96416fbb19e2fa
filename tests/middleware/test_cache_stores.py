"""What ``cache`` does when its store fails, when it is full, and with what it should not or cannot keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import EMBEDDING, FINISH, STREAMED, WHOLE, check_closed, examples, read, rejects

from ai_sdk.messages import user
from ai_sdk.middleware import cache
from ai_sdk.model import AnyLayer
from ai_sdk.parts import TextDelta
from ai_sdk.requests import EmbeddingRequest, ImageRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult, ImageResult
from ai_sdk.stores import DiskStore
from ai_sdk.testing import ScriptedCall, ScriptedModel, run

Make = Callable[..., AnyLayer]
LANGUAGE = [WHOLE, STREAMED]
languages = st.sampled_from(LANGUAGE)


def asking(text: str, **settings: Any) -> LanguageRequest:
    return LanguageRequest(messages=(user(text),), **settings)


class Failing:
    """A store that fails in all or some of what it does."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.kept: dict[str, bytes] = {}

    async def get(self, key: str, /) -> bytes | None:
        if "get" in self.broken:
            raise ConnectionError("gone")
        return b"nonsense" if "data" in self.broken else self.kept.get(key)

    async def set(self, key: str, value: bytes, ttl: float | None, /) -> None:
        if "set" in self.broken:
            raise ConnectionError("gone")
        self.kept[key] = value

    def delete(self, key: str, /) -> None:
        if "delete" in self.broken:
            raise ConnectionError("gone")
        self.kept.pop(key, None)


def law_failing_store(make: Make) -> None:
    @examples()
    @given(languages, st.lists(st.sampled_from(["get", "set", "delete", "data"]), unique=True), st.booleans())
    def law(request: Any, broken: list[str], refresh: bool) -> None:
        async def trial() -> None:
            reported: list[str] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
            model = ScriptedModel(["answer"])
            store = Failing(*broken)
            layered = make(store, scope=None)(model)
            if refresh:
                request_ = replace(request, layer_options={"cache": {"mode": "refresh"}})
                assert await read(layered, request_) == "answer"
            calls = len(model.calls)
            for _ in range(3):
                assert await read(layered, request) == "answer"
            works = not {"get", "set", "data"} & set(broken)
            assert len(model.calls) - calls == ((0 if refresh else 1) if works else 3)
            assert len(reported) == len({"get", "set", "delete" if refresh else ""} & set(broken))
            check_closed(model)

        run(trial())

    law()


def test_C13_a_store_that_fails_is_a_miss_and_is_reported_once() -> None:
    law_failing_store(cache)
    with pytest.raises(ConnectionError):
        law_failing_store(wrong.cache_that_needs_its_store)


async def test_C13_a_store_that_works_again_is_used_again_and_its_next_failure_reported() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    model = ScriptedModel()
    store = Failing("get", "set")
    layered = cache(store, scope=None)(model)
    for _ in range(2):
        await read(layered, WHOLE)
    store.broken = ()
    for _ in range(2):
        await read(layered, WHOLE)
    assert len(model.calls) == 3
    store.broken = ("get",)
    await read(layered, WHOLE)
    assert reported == ["reading from a cache's store failed", "storing in a cache failed"] + [
        "reading from a cache's store failed"
    ]


def law_bound(make: Make) -> None:
    @examples()
    @given(st.integers(1, 3), st.lists(st.sampled_from("abcd"), max_size=20))
    def law(size: int, texts: list[str]) -> None:
        async def trial() -> None:
            model = ScriptedModel()
            layered = make(max_size=size)(model)
            known: list[str] = []
            calls = 0
            for text in texts:
                await read(layered, asking(text))
                calls += text not in known
                known = [each for each in known if each != text][-size + (text not in known) :] if known else []
                known = [*known, text][-size:]
                assert len(model.calls) == calls

        run(trial())

    law()


def test_C14_the_least_recently_used_answer_makes_room() -> None:
    law_bound(cache)
    rejects(law_bound, wrong.cache_without_a_bound)


def law_determinism(make: Make) -> None:
    async def trial() -> None:
        for settings, same in (
            ({}, False),
            ({"temperature": 0}, True),
            ({"temperature": 0.5}, False),
            ({"seed": 1}, False),
        ):
            model = ScriptedModel()
            layered = make(only_deterministic=True)(model)
            for _ in range(2):
                await read(layered, asking("hi", **cast("dict[str, Any]", settings)))
            assert len(model.calls) == (1 if same else 2)
        vectors = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,),))])
        for _ in range(2):
            await read(make(only_deterministic=True)(vectors), EMBEDDING)
        for seed, calls in ((None, 2), (7, 1)):
            painter = ScriptedCall[ImageRequest, ImageResult]([ImageResult()])
            painting = make(only_deterministic=True)(painter)
            for _ in range(2):
                await painting(ImageRequest(prompt="a cat", seed=seed))
            assert len(painter.calls) == calls
        model = ScriptedModel()
        layered = make(only_deterministic=False)(model)
        for _ in range(2):
            await read(layered, asking("hi", temperature=1))
        assert len(model.calls) == 1

    run(trial())


def test_C15_any_temperature_is_cached_unless_told_otherwise() -> None:
    law_determinism(cache)
    rejects(law_determinism, wrong.cache_of_the_indeterminate)


async def test_what_has_no_key_goes_by() -> None:
    model = ScriptedModel()
    layered = cache()(model)
    for _ in range(2):
        await read(layered, asking("hi", provider_options={"x": {"y": object()}}))
    assert len(model.calls) == 2


async def test_what_cannot_be_written_is_reported_once_and_answered_all_the_same(tmp_path: Any) -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    store = DiskStore(tmp_path)
    model = ScriptedModel([[TextDelta("a", provider_metadata={"x": object()}), FINISH]])
    layered = cache(store, scope=None)(model)
    assert [await read(layered, WHOLE) for _ in range(3)] == ["a"] * 3
    assert len(model.calls) == 3
    assert reported == ["storing in a cache failed"]
    await store.aclose()
