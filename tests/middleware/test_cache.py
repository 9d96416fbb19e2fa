"""The laws of ``cache`` about what is stored and given again; ``test_cache_flights`` has those about joining."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import EMBEDDING, FINISH, STREAMED, WHOLE, caught, check_closed, examples, read, rejects

from ai_sdk.call import record_call, report
from ai_sdk.errors import RateLimitError, ServerError, StreamError, TruncatedStreamError
from ai_sdk.messages import SourcePart, ToolCallPart, user
from ai_sdk.middleware import cache, fallback
from ai_sdk.model import AnyLayer, layer, wrap_model
from ai_sdk.parts import Finish, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.stores import MemoryStore
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run

Make = Callable[..., AnyLayer]
LANGUAGE = [WHOLE, STREAMED]
languages = st.sampled_from(LANGUAGE)


def asking(text: str, **settings: Any) -> LanguageRequest:
    return LanguageRequest(messages=(user(text),), **settings)


def unmarked(part: Any, usage: Usage) -> Any:
    """The finish or result of a hit, without the marks of the cache."""
    told = dict(part.provider_metadata)
    assert told.pop("ai_sdk")["cached"] is True
    return replace(part, usage=usage, provider_metadata=told)


PARTS = st.lists(
    st.sampled_from(
        [
            TextDelta("a"),
            TextDelta("b", "2", {"groq": {"x": (1,)}}),
            ReasoningDelta("r"),
            ToolInputDelta("1", "f", "{"),
            ToolCallPart("1", "f", "{}"),
            SourcePart("s", url="u"),
            ResponseMetadata(id="i", headers={"a": "b"}),
            0.5,
        ]
    ),
    max_size=6,
)
USAGES = st.builds(Usage, st.none() | st.integers(0, 9), st.none() | st.integers(0, 9), raw=st.just({"a": [1]}))


def law_replay(make: Make) -> None:
    @examples()
    @given(languages, languages, PARTS, USAGES, st.sampled_from(["stop", "tool-calls"]))
    def law(first: Any, second: Any, steps: list[Any], usage: Usage, reason: Any) -> None:
        async def trial() -> None:
            script = [*steps, TextDelta("z"), Finish(reason, usage, "raw", {"groq": {"y": 1}})]
            model = ScriptedModel([script, "another answer"])
            layered = make(ttl=300)(model)
            original = await (await layered(first)).result()
            parts: list[Any] = [part async for part in await layered(second)]
            assert len(model.calls) == 1
            sent = [step for step in script if not isinstance(step, float)]
            assert parts[:-1] == sent[:-1]
            assert parts[-1].usage == Usage(input_tokens=0, output_tokens=0)
            assert unmarked(parts[-1], usage) == sent[-1]
            whole = await (await layered(first)).result()
            streamed = await (await layered(second)).result()
            assert whole == streamed
            assert unmarked(whole, usage) == original
            took = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
            told = {name: count for name, count in took.items() if count is not None}
            assert whole.provider_metadata["ai_sdk"] == {"cached": True, "usage": told}
            assert whole.attempts == ()
            check_closed(model)

        run(trial())

    law()


def test_C1_C12_a_hit_is_the_answer_streamed_or_not_and_costs_nothing() -> None:
    law_replay(cache)
    rejects(law_replay, wrong.cache_that_charges_again)
    rejects(law_replay, wrong.cache_of_pieces)


def law_unchangeable(make: Make) -> None:
    async def trial() -> None:
        model = ScriptedModel([[TextDelta("a", provider_metadata={"x": {"y": 1}}), FINISH], "another answer"])
        layered = make()(model)
        parts: list[Any] = [part async for part in await layered(STREAMED)]
        parts[0].provider_metadata["x"]["y"] = 2
        for _ in range(2):
            again: list[Any] = [part async for part in await layered(STREAMED)]
            assert again[0].provider_metadata == {"x": {"y": 1}}
            with pytest.raises(TypeError):
                again[0].provider_metadata["x"]["y"] = 3
            result: Any = await (await layered(WHOLE)).result()
            with pytest.raises(TypeError):
                result.provider_metadata["ai_sdk"]["cached"] = False

    run(trial())


def test_C1_what_a_caller_changes_changes_no_hit() -> None:
    law_unchangeable(cache)
    with pytest.raises((AssertionError, TypeError)):
        law_unchangeable(wrong.cache_sharing_its_values)


BROKEN: list[list[Any]] = [
    [ServerError("broken", status=500)],
    [TextDelta("a"), StreamError("broke")],
    [TextDelta("a"), 1.0, ServerError("broken")],
    [TextDelta("a")],
    [],
    [ResponseMetadata(id="x"), RateLimitError("slow", status=429)],
]


def law_only_clean_ends(make: Make) -> None:
    @examples()
    @given(languages, st.sampled_from(BROKEN))
    def law(request: Any, steps: list[Any]) -> None:
        async def trial() -> None:
            model = ScriptedModel([steps, "good"])
            layered = make()(model)
            first = await caught(read(layered, request))
            assert isinstance(first, Exception)
            assert await caught(read(layered, request)) == "good"
            assert len(model.calls) == 2
            assert await caught(read(layered, request)) == "good"
            check_closed(model)

        run(trial())

    law()


def test_C2_C5_errors_and_truncated_answers_are_not_stored() -> None:
    law_only_clean_ends(cache)
    rejects(law_only_clean_ends, wrong.cache_of_errors)
    rejects(law_only_clean_ends, wrong.cache_of_pieces)


def law_read_to_the_end(make: Make) -> None:
    @examples()
    @given(
        st.lists(st.tuples(st.sampled_from(["close", "cancel", "break"]), st.integers(1, 3)), max_size=3), st.booleans()
    )
    def law(leavers: list[tuple[str, int]], slow: bool) -> None:
        async def trial() -> None:
            pause = [1.0] if slow else []
            model = ScriptedModel([[TextDelta("a"), *pause, TextDelta("b"), *pause, TextDelta("c"), FINISH]])
            layered = cast("Any", make()(model))

            async def leave(how: str, after: int) -> None:
                seen = 0
                async with await layered(STREAMED) as response:
                    async for _ in response:
                        seen += 1
                        if seen == after:
                            break
                    if how == "cancel":
                        asyncio.get_running_loop().call_later(0.5, cast("Any", asyncio.current_task()).cancel)
                        await asyncio.sleep(5)

            await asyncio.gather(*[leave(how, after) for how, after in leavers], return_exceptions=True)
            check_closed(model)
            for _ in range(2):
                assert await caught(read(layered, STREAMED)) == "abc"
                assert len(model.calls) == (2 if leavers else 1)

        run(trial())

    law()


def test_C2_what_all_its_readers_closed_early_is_not_stored() -> None:
    law_read_to_the_end(cache)
    rejects(law_read_to_the_end, wrong.cache_of_pieces)
    rejects(law_read_to_the_end, wrong.cache_of_what_nobody_read)


def law_reasons(make: Make) -> None:
    async def trial() -> None:
        for reason in ("stop", "length", "tool-calls", "content-filter", "error", "other"):
            for request in LANGUAGE:
                model = ScriptedModel([[TextDelta("a"), Finish(cast("Any", reason), Usage())]])
                layered = make()(model)
                for _ in range(2):
                    await read(layered, request)
                assert len(model.calls) == (1 if reason in ("stop", "tool-calls") else 2), reason

    run(trial())


def test_C2_an_answer_that_was_cut_or_filtered_is_not_stored() -> None:
    law_reasons(cache)
    rejects(law_reasons, wrong.cache_of_everything)


async def test_C2_the_user_decides_what_is_stored() -> None:
    model = ScriptedModel([[TextDelta("a"), Finish("length", Usage())], "b"])
    layered = cache(cacheable=lambda result: result.text == "a")(model)
    assert [await read(layered, WHOLE) for _ in range(2)] == ["a", "a"]
    other = [await read(layered, asking("other")) for _ in range(2)]
    assert other == ["b", "b"]
    assert len(model.calls) == 3


async def test_C2_a_decision_that_fails_is_reported_and_stores_nothing() -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))
    model = ScriptedModel(["a"])
    layered = cache(cacheable=lambda result: bool(result.nothing))(model)
    assert [await read(layered, WHOLE) for _ in range(2)] == ["a", "a"]
    assert len(model.calls) == 2
    assert reported == ["asking whether an answer may be cached failed"] * 2


@layer
async def falling_over(request: Any, call: Any) -> Any:
    """As a fallback that goes on to another model."""
    report("fell-over", "another")
    return await call(request)


def law_fallback(make: Make) -> None:
    async def trial() -> None:
        for request in (*LANGUAGE, EMBEDDING):
            for store_fallback in (False, True):
                model: Any = ScriptedModel(["a"])
                if request is EMBEDDING:
                    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult(embeddings=((1.0,),))])
                layered = wrap_model(model, [make(store_fallback=store_fallback), falling_over])
                for _ in range(2):
                    await read(layered, request)
                assert len(model.calls) == (1 if store_fallback else 2)

    run(trial())


def test_what_a_fallback_served_is_stored_only_if_that_is_asked_for() -> None:
    law_fallback(cache)
    rejects(law_fallback, wrong.cache_of_fallbacks)


async def test_what_the_real_fallback_served_is_not_stored_either() -> None:
    for layer_, calls in ((cache(), 3), (cache(store_fallback=False), 3), (cache(store_fallback=True), 1)):
        broken, other = ScriptedModel([ServerError("broken", status=500)]), ScriptedModel(["served"], model_id="other")
        stack = wrap_model(broken, [layer_, fallback(other)])
        for request in (WHOLE, STREAMED, WHOLE):
            assert await read(stack, request) == "served"
        assert (len(broken.calls), len(other.calls)) == (calls, calls)


def law_scopes(make: Make) -> None:
    @examples(30)
    @given(st.lists(st.tuples(st.sampled_from([None, "a", "b", "None"]), st.booleans()), min_size=1, max_size=6))
    def law(uses: list[tuple[str | None, bool]]) -> None:
        async def trial() -> None:
            store = MemoryStore()
            model = ScriptedModel()
            for scope, streamed in uses:
                layered = make(store, scope=scope)(model)
                await read(layered, asking("hi", stream=streamed))
            assert len(model.calls) == len({scope for scope, _ in uses})
            together = [make(store, scope=scope)(model) for scope in ("x", "y", "x")]
            before = len(model.calls)
            await asyncio.gather(*[read(each, STREAMED) for each in together])
            assert len(model.calls) - before >= 2

        run(trial())

    law()


def test_C9_one_scope_never_sees_the_answers_of_another() -> None:
    law_scopes(cache)
    rejects(law_scopes, wrong.cache_without_a_scope)


async def test_C9_a_scope_may_depend_on_the_request() -> None:
    model = ScriptedModel()
    layered = cache(MemoryStore(), scope=lambda request: request.headers.get("tenant"))(model)
    for tenant in ("a", "b", "a", "b"):
        await read(layered, asking("hi", headers={"tenant": tenant}, provider_options={}))
    assert len(model.calls) == 2


async def test_C9_a_scope_may_depend_on_who_asks() -> None:
    model, tenants = ScriptedModel(), iter(["a", "b", "a", None, None])
    layered = cache(MemoryStore(), scope=lambda _request: next(tenants))(model)
    for calls in (1, 2, 2, 3, 3):
        await read(layered, WHOLE)
        assert len(model.calls) == calls


async def test_C9_models_do_not_share_answers_by_accident() -> None:
    store = MemoryStore()
    first, second = ScriptedModel(["one"]), ScriptedModel(["two"], model_id="other")
    assert await read(cache(store, scope=None)(first), WHOLE) == "one"
    assert await read(cache(store, scope=None)(second), WHOLE) == "two"
    assert await read(cache(store, scope=None)(ScriptedModel(["three"])), WHOLE) == "one"
    private = cache()
    assert await read(private(ScriptedModel(["four"])), WHOLE) == "four"
    assert await read(private(ScriptedModel(["five"])), WHOLE) == "five"


def law_time(make: Make) -> None:
    @examples()
    @given(st.integers(1, 6), st.lists(st.integers(0, 8), min_size=1, max_size=6), languages)
    def law(ttl: int, pauses: list[int], request: Any) -> None:
        async def trial() -> None:
            model = ScriptedModel()
            layered = make(ttl=ttl)(model)
            stored_at, now, calls = -100.0, 0.0, 0
            for pause in pauses:
                await asyncio.sleep(pause)
                now += pause
                await read(layered, request)
                if now >= stored_at + ttl:
                    stored_at, calls = now, calls + 1
                assert len(model.calls) == calls

        run(trial())

    law()


def test_C10_an_answer_is_given_before_its_time_is_over_and_never_after() -> None:
    law_time(cache)
    rejects(law_time, wrong.cache_without_time)
    rejects(law_time, wrong.cache_that_starts_the_clock_again)


async def test_C10_a_slow_reader_stores_nothing_that_is_too_old() -> None:
    model = ScriptedModel([[TextDelta("a"), FINISH], "b", "c"])
    layered = cache(ttl=5)(model)
    slow = await layered(STREAMED)
    await asyncio.sleep(6)
    assert await read(layered, STREAMED) == "b"
    assert (await slow.result()).text == "a"
    assert await read(layered, STREAMED) == "b"
    slow = await layered(asking("other", stream=True))
    await asyncio.sleep(3)
    assert (await slow.result()).text == "c"
    await asyncio.sleep(1.5)
    assert await read(layered, asking("other")) == "c"
    assert len(model.calls) == 3
    await asyncio.sleep(0.5)
    await read(layered, asking("other"))
    assert len(model.calls) == 4


async def test_the_record_of_the_call_hears_of_it() -> None:
    told: list[Any] = []
    model = ScriptedModel([[TextDelta("a"), 1.0, FINISH]])
    layered = cast("Any", cache()(model))

    async def one(name: str, request: Any) -> None:
        with record_call(observers=(lambda _, kind, detail: told.append((name, kind, detail)),)):
            await (await layered(request)).result()

    await asyncio.gather(one("first", STREAMED), one("second", WHOLE))
    await one("third", WHOLE)
    mine = [(name, kind) for name, kind, _ in told if kind.startswith("cache") or kind == "joined"]
    assert mine == [("second", "joined"), ("first", "cache-miss"), ("first", "cache-stored"), ("third", "cache-hit")]
    assert len({detail for _, kind, detail in told if kind.startswith("cache") or kind == "joined"}) == 1
    assert [name for name, kind, _ in told if kind == "attempt-started"] == ["first"]


async def test_a_truncated_answer_is_an_error_with_what_had_arrived() -> None:
    model = ScriptedModel([[TextDelta("a")]])
    with pytest.raises(TruncatedStreamError) as raised:
        await read(cache()(model), STREAMED)
    assert raised.value.partial.text == "a"


async def test_the_last_to_leave_closes_the_upstream() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG]])
    async with await cache()(model)(STREAMED) as response:
        async for _ in response:
            break
    check_closed(model)
