"""What a call may ask of ``cache``, what the layer refuses, and every kind of model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import EMBEDDING, FINISH, KINDS, STREAMED, WHOLE, Kind, examples, read, rejects

from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import FilePart
from ai_sdk.middleware import cache, retry
from ai_sdk.model import AnyLayer, name_of, wrap_model
from ai_sdk.parts import AudioDelta, Finish, TextDelta, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.provider import ProviderModel
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.response import Response
from ai_sdk.results import (
    EmbeddingResult,
    GeneratedFile,
    ImageResult,
    RankedDocument,
    RerankResult,
    ResponseInfo,
    Segment,
    SpeechResponse,
    TranscriptionResponse,
    Usage,
    VideoResult,
    fold_speech,
    fold_transcription,
)
from ai_sdk.stores import DiskStore, MemoryStore
from ai_sdk.testing import ScriptedCall, ScriptedModel, run

Make = Callable[..., AnyLayer]


def wishing(kind: Kind, mode: str, **more: Any) -> Any:
    request = {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[kind]
    return replace(cast("Any", request), layer_options={"cache": {"mode": mode, **more}})


def counting(kind: Kind) -> tuple[Any, list[Any]]:
    """A model whose n-th answer says n, and its calls."""
    if kind == "embedding":
        vectors = ScriptedCall[EmbeddingRequest, EmbeddingResult](
            [EmbeddingResult(embeddings=((float(number),),)) for number in range(1, 30)]
        )
        return vectors, vectors.calls
    model = ScriptedModel([str(number) for number in range(1, 30)])
    return model, model.calls


def number_of(answer: Any) -> int:
    return int(answer if isinstance(answer, str) else answer[0][0])


TABLE = {  # mode: (a stored answer is given, the answer is stored, a stored answer is forgotten)
    "on": (True, True, False),
    "read": (True, False, False),
    "write": (False, True, False),
    "refresh": (False, True, True),
    "off": (False, False, False),
}


def law_modes(make: Make) -> None:
    @examples(80)
    @given(st.sampled_from(KINDS), st.lists(st.sampled_from(list(TABLE)), min_size=1, max_size=8))
    def law(kind: Kind, modes: list[str]) -> None:
        async def trial() -> None:
            model, calls = counting(kind)
            layered = make()(model)
            stored: int | None = None
            for mode in modes:
                reads, stores, _ = TABLE[mode]
                before = len(calls)
                answer = number_of(await read(layered, wishing(kind, mode)))
                if reads and stored is not None:
                    assert (answer, len(calls)) == (stored, before)
                else:
                    assert (answer, len(calls)) == (before + 1, before + 1)
                    stored = answer if stores else stored

        run(trial())

    law()


def test_C11_each_mode_reads_and_stores_as_its_row_says() -> None:
    law_modes(cache)
    rejects(law_modes, wrong.cache_without_modes)
    rejects(law_modes, wrong.cache_that_writes_when_it_reads)


async def test_C11_only_refresh_forgets_a_stored_answer_when_it_fails() -> None:
    for mode, (_, stores, forgets) in TABLE.items():
        model = ScriptedModel(["old", [TextDelta("new"), Finish("length", Usage())], "newer"])
        layered = cache()(model)
        assert await read(layered, WHOLE) == "old"
        await read(layered, wishing("whole", mode))
        assert await read(layered, WHOLE) == ("newer" if forgets else "old"), (mode, stores)


async def test_C11_which_calls_under_way_are_joined() -> None:
    def model() -> ScriptedModel:
        return ScriptedModel([[2.0, TextDelta(text), FINISH] for text in "abcd"])

    async def together(*modes: str) -> tuple[list[str], int]:
        scripted = model()
        layered = cache()(scripted)
        answers: list[asyncio.Task[str]] = []
        for mode in modes:
            answers.append(asyncio.create_task(read(layered, wishing("streamed", mode))))
            await asyncio.sleep(0.25)
        return [await answer for answer in answers], len(scripted.calls)

    assert await together("on", "read", "on") == (["a", "a", "a"], 1)
    assert await together("read", "on") == (["a", "a"], 1)
    assert await together("on", "write", "on") == (["a", "b", "a"], 2)
    assert await together("write", "on") == (["a", "b"], 2)
    assert await together("on", "refresh", "refresh", "on") == (["a", "b", "b", "b"], 2)
    assert await together("on", "off", "off") == (["a", "b", "c"], 3)


async def test_C11_an_older_call_does_not_replace_the_answer_of_a_refresh() -> None:
    model = ScriptedModel([[TextDelta("a"), 4.0, FINISH], [TextDelta("b"), FINISH]])
    layered = cache()(model)
    older = asyncio.create_task(read(layered, STREAMED))
    await asyncio.sleep(1)
    assert await read(layered, wishing("streamed", "refresh")) == "b"
    assert await older == "a"
    assert await read(layered, WHOLE) == "b"
    assert len(model.calls) == 2


async def test_C11_200_refreshing_calls_make_one_call() -> None:
    model = ScriptedModel(["old", [1.0, TextDelta("new"), FINISH]])
    layered = cache()(model)
    await read(layered, WHOLE)
    answers = await asyncio.gather(*[read(layered, wishing("streamed", "refresh")) for _ in range(200)])
    assert answers == ["new"] * 200
    assert len(model.calls) == 2


async def test_C10_C11_one_call_may_say_how_long_its_answer_is_kept() -> None:
    model = ScriptedModel()
    layered = cache(ttl=100)(model)
    await read(layered, wishing("whole", "on", ttl=5))
    await asyncio.sleep(4.5)
    await read(layered, WHOLE)
    assert len(model.calls) == 1
    await asyncio.sleep(0.5)
    await read(layered, wishing("whole", "on", ttl=None))
    assert len(model.calls) == 2
    await asyncio.sleep(1e6)
    await read(layered, WHOLE)
    assert len(model.calls) == 2


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"mode": "sometimes"}, "mode", "'sometimes'; allowed are on, read, write, refresh, off"),
        ({"mode": None}, "mode", "None; allowed"),
        ({"ttl": 0}, "ttl", "0; allowed are seconds above 0, or None"),
        ({"ttl": "5"}, "ttl", "'5'; allowed"),
        ({"ttl": True}, "ttl", "True; allowed"),
        ({"max_age": 5}, "max_age", "'max_age'; allowed: mode, ttl"),
    ],
)
async def test_a_wish_that_is_not_understood_is_refused_before_any_call(asked: Any, field: str, words: str) -> None:
    model = ScriptedModel()
    with pytest.raises(InvalidRequestError, match=words) as raised:
        await cache()(model)(replace(WHOLE, layer_options={"cache": asked}))
    assert raised.value.field == f"layer_options.cache.{field}"
    assert not model.calls


async def test_what_is_asked_of_other_layers_is_none_of_the_caches_business() -> None:
    model = ScriptedModel()
    layered = cache()(model)
    for options in ({"logging": {"content": True}}, {}, {"tracing": {"x": 1}}):
        await read(layered, replace(WHOLE, layer_options=options))
    assert len(model.calls) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ttl": 0}, "ttl"),
        ({"ttl": -1}, "ttl"),
        ({"ttl": "300"}, "ttl"),
        ({"ttl": float("nan")}, "ttl"),
        ({"max_size": 0}, "max_size"),
        ({"scope": 3}, "scope"),
        ({"identity": ""}, "identity"),
        ({"identity": 3}, "identity"),
        ({"store": MemoryStore()}, "scope"),
        ({"semantic": ScriptedModel(), "threshold": 0}, "threshold"),
        ({"semantic": ScriptedModel(), "threshold": 1.5}, "threshold"),
    ],
)
def test_options_that_make_no_sense_are_refused_when_the_layer_is_made(given: Any, field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        cache(**given)
    assert raised.value.field == field


async def function(_request: Any) -> EmbeddingResult:
    return EmbeddingResult(embeddings=((1.0,),))


async def test_a_plain_function_needs_a_name_in_a_given_store_and_none_in_its_own() -> None:
    with pytest.raises(InvalidRequestError, match="identity=") as raised:
        cache(MemoryStore(), scope=None)(function)
    assert raised.value.field == "identity"
    for layered in (cache()(function), cache(MemoryStore(), scope=None, identity="mine")(function)):
        assert await read(layered, EMBEDDING) == ((1.0,),)


async def test_the_name_that_is_given_counts_more_than_the_models_own() -> None:
    store = MemoryStore()
    for name, answer in (("a", "one"), ("b", "two")):
        model = ScriptedModel([answer])
        assert await read(cache(store, scope=None, identity=name)(model), WHOLE) == answer


class Echo(ProviderModel[Any, Any]):
    async def answer(self, request: Any, exchange: Any, /) -> Any:
        return EmbeddingResult(embeddings=((float(len(exchange.endpoint.url(""))),),))


async def test_an_address_that_the_environment_changes_is_another_model(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint(name="p", base_url="https://one", base_url_env="P_BASE", key="sk")
    layered = wrap_model(Echo(endpoint, "m"), [cache(MemoryStore(), scope=None), retry()])
    assert await read(layered, EMBEDDING) == ((11.0,),)
    monkeypatch.setenv("P_BASE", "https://another")
    assert await read(layered, EMBEDDING) == ((15.0,),)
    monkeypatch.delenv("P_BASE")
    assert await read(layered, EMBEDDING) == ((11.0,),)


def test_the_layer_has_a_name() -> None:
    assert name_of(cache()) == "cache"
    assert repr(wrap_model(function, [cache(ttl=3)])).endswith("[cache])")


INFO = ResponseInfo("id", "m", 3.5, FrozenDict({"x": "y"}))
ANSWERS: list[tuple[Any, Any]] = [
    (EMBEDDING, EmbeddingResult(embeddings=((0.1, -0.2),), usage=Usage(3), response=INFO)),
    (ImageRequest(prompt="p"), ImageResult(images=(GeneratedFile(b"\x00png", "image/png"),))),
    (VideoRequest(prompt="p", image=FilePart(data=b"i")), VideoResult(videos=(GeneratedFile(b"v"),))),
    (RerankRequest(query="q", documents=("a",)), RerankResult(ranking=(RankedDocument(0, 0.5, "a"),))),
]


@pytest.mark.parametrize(("request_", "answer"), ANSWERS)
@pytest.mark.parametrize("shared", [False, True])
async def test_every_plain_kind_is_cached(request_: Any, answer: Any, shared: bool, tmp_path: Path) -> None:
    model = ScriptedCall[Any, Any]([replace(answer, attempts=(cast("Any", "an attempt"),))])
    store = DiskStore(tmp_path) if shared else None
    layered = cache(store, scope=None)(model)
    first = await layered(request_)
    assert first.attempts == ("an attempt",)
    for _ in range(2):
        again = await layered(request_)
        assert again.attempts == ()
        assert again.usage == Usage(input_tokens=0, output_tokens=0)
        assert again.provider_metadata["ai_sdk"]["cached"] is True
        assert replace(again, usage=first.usage, provider_metadata=first.provider_metadata) == answer
        assert again.response == answer.response
    assert len(model.calls) == 1
    if store is not None:
        await store.aclose()


LIVE: list[tuple[Any, list[Any], Any, Any]] = [
    (
        SpeechRequest(text="hi"),
        [AudioDelta(b"\x00a", "audio/wav"), AudioDelta(b"b", "audio/wav"), Finish("stop", Usage(1, 1))],
        fold_speech,
        SpeechResponse,
    ),
    (
        TranscriptionRequest(audio=b"hi"),
        [TranscriptDelta("he"), TranscriptSegment(Segment("he", 0.0, 0.5)), TranscriptFinish(Usage(1, 1), "en", 0.5)],
        fold_transcription,
        TranscriptionResponse,
    ),
]


@pytest.mark.parametrize(("request_", "parts", "fold", "kind"), LIVE)
@pytest.mark.parametrize("shared", [False, True])
async def test_speech_and_transcripts_are_cached_part_by_part(
    request_: Any, parts: list[Any], fold: Any, kind: Any, shared: bool, tmp_path: Path
) -> None:
    calls: list[Any] = []

    async def model(request: Any) -> Response[Any, Any]:
        calls.append(request)

        async def source() -> Any:
            for part in parts:
                await asyncio.sleep(1)
                yield part

        response: Response[Any, Any] = await kind.start(source(), fold) if request.stream else kind.of(parts, fold)
        return response

    store = DiskStore(tmp_path) if shared else None
    layered = cast("Any", cache(store, scope=None, identity="m")(model))
    first = await (await layered(replace(request_, stream=True))).result()
    for stream in (False, True):
        again = await layered(replace(request_, stream=stream))
        seen = [part async for part in again]
        assert seen[:-1] == parts[:-1]
        result = await again.result()
        assert replace(result, usage=first.usage, provider_metadata=first.provider_metadata) == first
    assert len(calls) == 1
    if store is not None:
        await store.aclose()


async def test_a_model_of_ones_own_kind_is_cached_in_memory() -> None:
    calls: list[Any] = []

    async def model(request: LanguageRequest) -> str:
        calls.append(request)
        return "plain"

    layered = cache()(model)
    assert [await layered(WHOLE) for _ in range(2)] == ["plain"] * 2
    assert len(calls) == 1
