"""The laws of ``batch`` about errors, usage, records and event loops, its options, and its place in a stack."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_batch as wrong
from laws.batching import SETTINGS, WAIT, Arrival, Embedder, ask
from layer_laws.kit import EMBEDDING, caught, examples, rejects

from ai_sdk.call import CallRecord, EventKind, record_call
from ai_sdk.deadline import deadline_at
from ai_sdk.errors import APITimeoutError, InvalidRequestError, InvalidResponseError, ServerError
from ai_sdk.middleware import retry, timeout
from ai_sdk.middleware.batch import batch
from ai_sdk.model import Layer, name_of, recorded, wrap_model
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.testing import ScriptedCall, run

Make = Callable[..., Layer[EmbeddingRequest, EmbeddingResult]]


def law_errors(make: Make) -> None:
    @examples(30)
    @given(st.integers(2, 5), st.booleans())
    def law(count: int, library: bool) -> None:
        async def trial() -> None:
            error = ServerError("broken", status=500) if library else ConnectionError("broken")
            model = Embedder(error=error)
            calls = [Arrival(0.0, 0, 1)] * count
            answers = await ask(make(max_size=100, max_wait=WAIT)(model), calls)
            assert all(type(answer) is type(error) and answer.args == error.args for answer in answers)
            assert len({id(answer) for answer in answers}) == count
            assert error in answers
            assert len(model.started) == 1

        run(trial())

    law()


def test_A6_everybody_has_an_error_of_its_own() -> None:
    law_errors(batch)
    rejects(law_errors, wrong.one_error_for_all)


def law_vectors(make: Make) -> None:
    @examples(30)
    @given(st.integers(2, 5), st.integers(-1, 2))
    def law(count: int, lost: int) -> None:
        async def trial() -> None:
            model = Embedder(lost=max(0, lost))

            async def generous(request: EmbeddingRequest) -> EmbeddingResult:
                result = await model(request)
                return replace(result, embeddings=(*result.embeddings, (0.0,))) if lost < 0 else result

            answers = await ask(make(max_size=100, max_wait=WAIT)(generous), [Arrival(0.0, 0, 1)] * count)
            assert all(isinstance(answer, InvalidResponseError) == (lost != 0) for answer in answers)
            assert not lost or all("generous returned" in str(answer) for answer in answers)

        run(trial())

    law()


def test_A6_an_answer_without_a_vector_for_each_text_is_an_error() -> None:
    law_vectors(batch)
    rejects(law_vectors, wrong.believes_any_answer)


counts = st.none() | st.integers(0, 1000)
usages = st.builds(Usage, counts, counts, counts, counts, counts, raw=st.just({"total": 1}))


def law_usage(make: Make) -> None:
    @examples(100)
    @given(usages, st.lists(st.lists(st.text("ab", max_size=9), min_size=1, max_size=3), min_size=2, max_size=6))
    def law(usage: Usage, texts: list[list[str]]) -> None:
        async def trial() -> None:
            async def model(request: EmbeddingRequest) -> EmbeddingResult:
                return EmbeddingResult(embeddings=((1.0,),) * len(request.values), usage=usage)

            call = make(max_size=100, max_wait=WAIT)(model)
            answers = await asyncio.gather(*[call(EmbeddingRequest(values=tuple(each))) for each in texts])
            assert sum([answer.usage for answer in answers], Usage()) == usage
            weights = [sum(map(len, each)) + len(each) for each in texts]
            for answer, weight in zip(answers, weights, strict=True):
                assert answer.usage.raw is None
                for name in ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens"):
                    whole, share = getattr(usage, name), getattr(answer.usage, name)
                    if whole is None:
                        assert share is None
                    else:
                        assert share >= 0
                        assert abs(share - whole * weight / sum(weights)) < 1

        run(trial())

    law()


def test_A7_the_shares_of_the_usage_add_up_to_the_whole() -> None:
    law_usage(batch)
    rejects(law_usage, wrong.usage_for_each)
    rejects(law_usage, wrong.usage_by_callers)


def law_loops(make: Make) -> None:
    model = Embedder(seconds=0.5)
    call = make(max_size=50, max_wait=WAIT)(model)
    failures: list[BaseException] = []
    both = threading.Barrier(2, timeout=5)

    async def meet() -> None:
        await asyncio.sleep(WAIT / 2)
        both.wait()

    async def many(offset: int) -> None:
        for turn in range(20):
            meeting = asyncio.create_task(meet())
            answers = await asyncio.gather(
                *[call(EmbeddingRequest(values=(str(offset + turn * 10 + at),))) for at in range(10)]
            )
            await meeting
            assert [answer.embeddings for answer in answers] == [
                ((float(offset + turn * 10 + at),),) for at in range(10)
            ]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def work(offset: int) -> None:
        try:
            run(many(offset))
        except BaseException as error:
            failures.append(error)
            both.abort()

    threads = [threading.Thread(target=work, args=(offset,)) for offset in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(model.started) == 40
    for (_, request), loop in zip(model.started, model.loops, strict=True):
        assert len({int(text) // 1000 for text in request.values}) == 1
        assert model.loops.count(loop) == 20


def test_A8_each_event_loop_has_its_own() -> None:
    law_loops(batch)
    rejects(law_loops, wrong.across_loops)


async def test_A8_and_so_has_each_use_of_the_layer() -> None:
    layer = batch()
    one, two = Embedder(), Embedder()
    await asyncio.gather(layer(one)(EmbeddingRequest(values=("1",))), layer(two)(EmbeddingRequest(values=("2",))))
    assert (one.texts, two.texts) == ([["1"]], [["2"]])


def law_recorded(make: Make) -> None:
    @examples(30)
    @given(st.integers(1, 5), st.booleans(), st.integers(1, 9))
    def law(count: int, fails: bool, until: int) -> None:
        async def trial() -> None:
            model = Embedder(error=ServerError("broken") if fails else None, seconds=1.0)
            call = make(max_size=100, max_wait=WAIT)(recorded(model))
            joined: list[tuple[CallRecord, Any]] = []

            def observe(record: CallRecord, event: EventKind, detail: Any) -> None:
                if event == "joined":
                    joined.append((record, detail))

            async def caller(at: int) -> CallRecord:
                with deadline_at(100.0 + until), record_call(observers=(observe,)) as record:
                    answer = await caught(call(EmbeddingRequest(values=(str(at),))))
                assert isinstance(answer, ServerError) == fails
                return record

            records = await asyncio.gather(*map(caller, range(count)))
            assert [len(record.attempts) for record in records] == [1, *[0] * (count - 1)]
            assert [(id(record), detail) for record, detail in joined] == [
                (id(each), "Embedder") for each in records[1:]
            ]
            assert model.deadlines == [None]

        run(trial())

    law()


def test_A9_the_attempts_are_in_the_record_of_the_first_and_nobodys_deadline_counts_inside() -> None:
    law_recorded(batch)
    rejects(law_recorded, wrong.records_nothing)
    rejects(law_recorded, wrong.keeps_the_deadline)


def law_alone(make: Make) -> None:
    @examples(30)
    @given(st.lists(st.text("12", min_size=1, max_size=3), max_size=5), st.sampled_from(SETTINGS), st.integers(1, 5))
    def law(texts: list[str], settings: dict[str, Any], most: int) -> None:
        async def trial() -> None:
            request = EmbeddingRequest(values=tuple(texts), **settings)
            given_: list[Any] = []
            result = EmbeddingResult(embeddings=((1.0,),), usage=Usage(3, raw={"total": 3}))

            async def model(request: EmbeddingRequest) -> EmbeddingResult:
                given_.append(request)
                return result

            assert await make(max_size=most, max_wait=WAIT)(model)(request) is result
            assert given_[0] is request
            assert asyncio.get_running_loop().time() == (0 if len(texts) >= most or not texts else WAIT)

        run(trial())

    law()


def test_A10_a_call_that_stays_alone_is_as_it_was() -> None:
    law_alone(batch)
    rejects(law_alone, wrong.always_anew)
    rejects(law_alone, wrong.slow)


async def test_one_call_may_ask_to_be_sent_alone() -> None:
    model = Embedder()
    call = batch()(model)
    alone = EmbeddingRequest(values=("1",), layer_options={"batch": {"alone": True}})
    await asyncio.gather(call(EmbeddingRequest(values=("2",))), call(alone), call(EmbeddingRequest(values=("3",))))
    assert model.texts == [["1"], ["2", "3"]]
    for wish, place in (({"alone": 1}, "batch.alone"), ({"size": 1}, "batch.size"), (7, "batch")):
        with pytest.raises(InvalidRequestError) as raised:
            await call(EmbeddingRequest(values=("1",), layer_options={"batch": wish}))
        assert raised.value.field == f"layer_options.{place}"
        assert "allowed" in raised.value.message


async def test_each_caller_waits_under_its_own_deadline_and_retries_are_shared_inside() -> None:
    model = Embedder(seconds=3.0)
    slow = batch()(model)

    async def limited(seconds: float) -> Any:
        return await caught(timeout(total=seconds)(slow)(EmbeddingRequest(values=("1",))))

    answers = await asyncio.gather(limited(1.0), limited(5.0))
    assert isinstance(answers[0], APITimeoutError)
    assert answers[1].embeddings == ((1.0,),)
    flaky = ScriptedCall[EmbeddingRequest, EmbeddingResult](
        [ServerError("broken"), EmbeddingResult(embeddings=((1.0,), (2.0,)))]
    )
    call = wrap_model(flaky, [batch(), retry(wait=1.0)])
    results = await asyncio.gather(*[call(EmbeddingRequest(values=(text,))) for text in "12"])
    assert [result.embeddings for result in results] == [((1.0,),), ((2.0,),)]
    assert len(flaky.calls) == 2


@pytest.mark.parametrize(
    ("options", "field_"),
    [
        ({"max_size": 0}, "max_size"),
        ({"max_size": True}, "max_size"),
        ({"max_size": 1.5}, "max_size"),
        ({"max_wait": -1}, "max_wait"),
        ({"max_wait": float("inf")}, "max_wait"),
        ({"max_wait": float("nan")}, "max_wait"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field_: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        batch(**options)
    assert raised.value.field == field_
    assert "allowed" in raised.value.message


def test_its_name_and_place() -> None:
    assert name_of(batch()) == "batch"
    model: Any = ScriptedCall[EmbeddingRequest, EmbeddingResult]([EmbeddingResult()])
    model.max_values_per_call = 7
    assert repr(wrap_model(model, [batch()])) == f"wrap_model({model!r}, [batch])"
    assert getattr(batch()(model), "max_values_per_call") == 7
    assert copy.copy(EMBEDDING) == EMBEDDING
