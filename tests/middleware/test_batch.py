"""The laws of ``batch``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_batch as wrong
from laws.batching import SETTINGS, WAIT, Arrival, Embedder, arrivals, ask, requests_of
from layer_laws.kit import caught, examples, rejects

from ai_sdk.middleware import retry
from ai_sdk.middleware.batch import batch
from ai_sdk.model import Layer, wrap_model
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import CallWarning, EmbeddingResult
from ai_sdk.testing import run

Make = Callable[..., Layer[EmbeddingRequest, EmbeddingResult]]


EMBEDDING_OF_ONE = EmbeddingRequest(values=("1",))


def expected(calls: Sequence[Arrival], most: int, wait: float) -> list[tuple[float, list[int]]]:
    """When calls are sent and which, by the words of the law; nobody leaves."""
    sent: list[tuple[float, list[int]]] = []
    waiting: dict[int, list[int]] = {}

    def send(settings: int, at: float) -> None:
        sent.append((at, waiting.pop(settings)))

    for number, each in enumerate(calls):
        for settings, members in list(waiting.items()):
            if calls[members[0]].at + wait <= each.at:
                send(settings, calls[members[0]].at + wait)
        if each.count >= most or each.count == 0:
            sent.append((each.at, [number]))
            continue
        members = waiting.get(each.settings, [])
        if members and sum(calls[member].count for member in members) + each.count > most:
            send(each.settings, each.at)
        waiting.setdefault(each.settings, []).append(number)
        if sum(calls[member].count for member in waiting[each.settings]) == most:
            send(each.settings, each.at)
    for settings, members in list(waiting.items()):
        send(settings, calls[members[0]].at + wait)
    return sent


def law_together(make: Make) -> None:
    @examples(100)
    @given(arrivals(), st.integers(2, 6), st.integers(0, 2))
    def law(calls: list[Arrival], most: int, seconds: int) -> None:
        async def trial() -> None:
            model = Embedder(seconds=float(seconds))
            answers = await ask(make(max_size=most, max_wait=WAIT)(model), calls)
            requests = requests_of(calls)
            wanted = [
                (at, replace(requests[members[0]], values=tuple(text for m in members for text in requests[m].values)))
                for at, members in expected(calls, most, WAIT)
            ]
            assert sorted(model.started, key=repr) == sorted(wanted, key=repr)
            for answer, request in zip(answers, requests, strict=True):
                assert answer.embeddings == tuple((float(text),) for text in request.values)
                assert answer.warnings == (CallWarning("other", "x", "said once"),)
                assert answer.response.model == "e"
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run(trial())

    law()


def test_A1_A2_A3_A4_equal_calls_are_sent_together_in_order_in_time_and_within_the_size() -> None:
    law_together(batch)
    rejects(law_together, wrong.never)
    rejects(law_together, wrong.whatever_the_settings)
    rejects(law_together, wrong.sorted_texts)
    rejects(law_together, wrong.over_full)
    rejects(law_together, wrong.half_full)
    rejects(law_together, wrong.slow)
    rejects(law_together, wrong.hasty)
    rejects(law_together, wrong.patient)


def law_settings(make: Make) -> None:
    @examples()
    @given(st.lists(st.integers(0, len(SETTINGS) - 1), min_size=2, max_size=4))
    def law(settings: list[int]) -> None:
        async def trial() -> None:
            model = Embedder()
            calls = [Arrival(0.0, each, 1) for each in settings]
            await ask(make(max_size=100, max_wait=WAIT)(model), calls)
            wanted = {repr((each, each.headers)) for each in [replace(r, values=()) for r in requests_of(calls)]}
            made = [repr((each, each.headers)) for each in [replace(r, values=()) for _, r in model.started]]
            assert sorted(made) == sorted(wanted)

        run(trial())

    law()


def test_A1_calls_that_differ_in_any_setting_are_not_sent_together() -> None:
    law_settings(batch)
    rejects(law_settings, wrong.takes_true_for_one)
    rejects(law_settings, wrong.whatever_the_settings)
    rejects(law_settings, wrong.never)


async def test_A1_settings_in_another_order_are_equal_and_foreign_ones_pass_alone() -> None:
    model = Embedder()
    call = batch()(model)
    one = EmbeddingRequest(values=("1",), provider_options={"p": {"a": 1, "b": 2}})
    two = EmbeddingRequest(values=("2",), provider_options={"p": {"b": 2, "a": 1}})
    await asyncio.gather(call(one), call(two))
    assert model.texts == [["1", "2"]]
    odd = EmbeddingRequest(values=("3",), provider_options={"p": {"a": "\ud800"}})
    await asyncio.gather(call(odd), call(odd))
    foreign = EmbeddingRequest(values=("1",), provider_options={"p": {"a": object()}})
    await asyncio.gather(call(foreign), call(foreign))
    assert model.texts == [["1", "2"], ["3", "3"], ["1"], ["1"]]


async def test_A3_the_size_is_the_models_own() -> None:
    model: Any = Embedder()
    model.max_values_per_call = 3
    call = batch()(wrap_model(model, [retry()]))
    await asyncio.gather(*[call(EmbeddingRequest(values=(str(number),))) for number in range(7)])
    assert model.texts == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    model = Embedder()
    call = batch()(model)
    await asyncio.gather(*[call(EmbeddingRequest(values=(str(number),))) for number in range(2050)])
    assert [len(each) for each in model.texts] == [2048, 2]


async def test_A4_by_default_it_waits_a_hundredth_of_a_second() -> None:
    model = Embedder()
    await batch()(model)(EMBEDDING_OF_ONE)
    assert model.started[0][0] == 0.01


async def test_A4_without_a_wait_what_comes_in_the_same_turn_goes_together() -> None:
    model = Embedder(seconds=1.0)
    call = batch(max_wait=0)(model)
    answers = await asyncio.gather(*[call(EmbeddingRequest(values=(str(number),))) for number in range(9)])
    assert model.texts == [[str(number) for number in range(9)]]
    assert [answer.embeddings for answer in answers] == [((float(number),),) for number in range(9)]
    assert asyncio.get_running_loop().time() == 1


def law_leaving(make: Make) -> None:
    @examples(100)
    @given(arrivals(3, leaving=True), st.integers(0, 2))
    def law(calls: list[Arrival], seconds: int) -> None:
        async def trial() -> None:
            calls_ = [replace(each, settings=0, count=max(1, each.count)) for each in calls]
            model = Embedder(seconds=seconds + 1 / 16)
            answers = await ask(make(max_size=1000, max_wait=WAIT)(model), calls_)
            requests = requests_of(calls_)
            for answer, request, each in zip(answers, requests, calls_, strict=True):
                if isinstance(answer, BaseException):
                    assert isinstance(answer, asyncio.CancelledError)
                    assert each.leaves is not None
                else:
                    assert answer.embeddings == tuple((float(text),) for text in request.values)
            for at, request in model.started:
                sent = [
                    each for each, one in zip(calls_, requests, strict=True) if set(one.values) <= set(request.values)
                ]
                assert sum(each.count for each in sent) == len(request.values)
                assert all(each.leaves is None or each.leaves > at for each in sent)
                everybody_left = max([each.leaves or 1e9 for each in sent])
                assert model.cancelled.count(everybody_left) == (everybody_left < at + model.seconds)
            wanted = [each for each, one in zip(calls_, answers, strict=True) if not isinstance(one, BaseException)]
            assert sum(each.count for each in wanted) <= sum(map(len, model.texts))
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run(trial())

    law()


def test_A5_whoever_leaves_takes_along_its_own_texts_and_the_last_one_the_call() -> None:
    law_leaving(batch)
    rejects(law_leaving, wrong.one_cancels_all)
    rejects(law_leaving, wrong.sends_what_nobody_wants)


async def test_A5_a_call_that_comes_right_when_the_last_one_leaves_is_made() -> None:
    model = Embedder()
    call = batch(max_wait=5)(model)
    for started in (False, True):
        task = asyncio.create_task(call(EmbeddingRequest(values=("1",))))
        await asyncio.sleep(0)
        if started:
            await asyncio.sleep(1)
        task.cancel()
        await asyncio.sleep(0)
        assert (await call(EmbeddingRequest(values=("2",)))).embeddings == ((2.0,),)
        assert isinstance(await caught(task), asyncio.CancelledError)
    assert model.texts == [["2"], ["2"]]


async def test_A5_room_that_somebody_left_is_free_again() -> None:
    model = Embedder()
    call = batch(max_size=4, max_wait=5)(model)
    tasks = [asyncio.create_task(call(EmbeddingRequest(values=(str(at), str(at))))) for at in range(1)]
    leaving = asyncio.create_task(call(EmbeddingRequest(values=("7",))))
    await asyncio.sleep(1)
    leaving.cancel()
    await caught(leaving)
    tasks += [asyncio.create_task(call(EmbeddingRequest(values=(str(at), str(at))))) for at in range(1, 2)]
    await asyncio.gather(*tasks)
    assert model.texts == [["0", "0", "1", "1"]]
    assert asyncio.get_running_loop().time() == 1
