"""M: what stacks of real layers mean. Order is meaning, and each order means what it says."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest
from laws import wrong_composition as wrong
from laws.harness import FINISH, STREAMED, WHOLE, A, LanguageModel, no_task_left, rejects
from laws.layers import marking
from layer_laws.real import SHEETS

from ai_sdk.call import CallRecord, record_call
from ai_sdk.errors import APITimeoutError, ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import cache, logging, rate_limit, retry, timeout
from ai_sdk.model import wrap_model
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing import HANG, ScriptedModel, run
from ai_sdk.testing.scripted import Step

BUSY = ServerError("busy", status=500)


async def text(model: LanguageModel, request: Any = STREAMED) -> str:
    return (await (await model(request)).result()).text


def identity(wrap: Any) -> None:
    model = ScriptedModel()
    assert wrap(model, []) is model
    assert wrap(model, ()) is model


def test_M1_no_layers_are_the_model_itself() -> None:
    identity(wrap_model)
    rejects(identity, wrong.wrap_always)


def no_cross_talk(make: Any) -> None:
    """Calls at once through one stack do not feel each other: each gets the answer to its own question."""

    async def trial() -> None:
        async def echo(request: Any) -> Any:
            await asyncio.sleep(len(request.messages[-1].content[0].text))
            return await ScriptedModel([request.messages[-1].content[0].text])(request)

        stack = wrap_model(echo, make())
        asked = ["a" * length for length in (3, 1, 2, 5, 4)]
        requests = [LanguageRequest(messages=(user(each),), stream=True) for each in asked]
        assert await asyncio.gather(*[text(stack, each) for each in requests]) == asked
        await no_task_left()

    run(trial())


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_M6_a_stack_keeps_nothing_from_one_call_for_another(name: str) -> None:
    no_cross_talk(lambda: [SHEETS[name].make()])


def test_M6_finds_out_a_layer_that_keeps_the_request() -> None:
    kept: list[Any] = []

    def wrong(model: Any) -> Any:
        async def call(request: Any) -> Any:
            kept[:] = [request]
            await asyncio.sleep(0)
            return await model(kept[0])

        return call

    rejects(no_cross_talk, lambda: [wrong])


def limits_mean_what_their_place_says(arrange: Any) -> None:
    """Inside of retry a limit counts every attempt, outside of it the call alone."""

    async def seconds(layers: list[Any]) -> float:
        assert await text(wrap_model(ScriptedModel([BUSY, BUSY, "ok"]), arrange(layers))) == "ok"
        return asyncio.get_running_loop().time()

    assert run(seconds([retry(wait=0), rate_limit(requests=2, per=60)])) == pytest.approx(60, abs=1e-6)
    assert run(seconds([rate_limit(requests=2, per=60), retry(wait=0)])) == 0


def test_M8_a_limit_inside_of_retry_counts_every_attempt_and_outside_the_call_alone() -> None:
    limits_mean_what_their_place_says(list)
    rejects(limits_mean_what_their_place_says, wrong.limit_inside_whatever_was_asked)


async def test_M8_a_cache_outside_of_retry_saves_the_attempts_of_the_second_call() -> None:
    model = ScriptedModel([BUSY, "ok"])
    stack = wrap_model(model, [cache(), retry(wait=0)])
    assert [await text(stack), await text(stack)] == ["ok", "ok"]
    assert len(model.calls) == 2


async def test_M8_a_total_outside_of_retry_is_for_all_attempts_and_inside_for_each() -> None:
    slow: list[Step] = [3.0, BUSY]
    inside = wrap_model(ScriptedModel([slow, slow, "ok"]), [retry(wait=0), timeout(total=4)])
    assert await text(inside) == "ok"
    outside = wrap_model(ScriptedModel([slow, slow, "ok"]), [timeout(total=4), retry(wait=0)])
    with pytest.raises(APITimeoutError) as caught:
        await text(outside)
    assert caught.value.limit == "total"


async def test_M8_a_timeout_of_an_attempt_is_retried_inside_and_final_outside() -> None:
    model = ScriptedModel([[HANG], "ok"])
    assert await text(wrap_model(model, [retry(wait=0), timeout(first_content=1)])) == "ok"
    with pytest.raises(APITimeoutError):
        await text(wrap_model(ScriptedModel([[HANG], "ok"]), [timeout(first_content=1), retry(wait=0)]))


class Lines:
    """A logger that keeps what it gets."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def info(self, _event: str, **fields: Any) -> None:
        self.lines.append(fields)

    def is_enabled_for(self, level: int) -> bool:
        return level >= 20


async def test_M8_logging_outside_writes_a_line_a_call_and_inside_a_line_an_attempt() -> None:
    outside, inside = Lines(), Lines()
    model = wrap_model(ScriptedModel([BUSY, "ok"]), [logging(outside), retry(wait=0), logging(inside)])
    assert await text(model) == "ok"
    assert [line["outcome"] for line in outside.lines] == ["end"]
    assert [line["outcome"] for line in inside.lines] == ["error", "end"]


def a_hit_asks_nothing(make: Any) -> None:
    async def trial() -> None:
        log: list[str] = []
        model = ScriptedModel(["one", "two"])
        stack = wrap_model(model, [marking("outer", log), make(), marking("inner", log)])
        assert [await text(stack), await text(stack, WHOLE)] == ["one", "one"]
        assert len(model.calls) == 1
        assert log == ["outer in", "inner in", "inner out", "outer out", "outer in", "outer out"]

    run(trial())


def test_M10_a_hit_asks_nothing_inside_and_is_seen_outside() -> None:
    a_hit_asks_nothing(cache)
    rejects(a_hit_asks_nothing, wrong.cache_that_asks_all_the_same)


def streams_of_their_own(make: Any) -> None:
    async def trial() -> None:
        model = ScriptedModel([[BUSY], [A, FINISH]])
        stack = wrap_model(model, [make(wait=0), timeout(idle=5)])
        responses = [await stack(STREAMED), await stack(STREAMED)]
        assert responses[0] is not responses[1]
        assert [(await each.result()).text for each in responses] == ["a", "a"]
        assert len(model.wires) == 3
        assert not [wire for wire in model.wires if wire.open]

    run(trial())


def test_M11_each_call_of_a_retry_has_a_stream_of_its_own() -> None:
    streams_of_their_own(retry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        rejects(streams_of_their_own, wrong.retry_with_one_stream)
        gc.collect()


async def test_M9_a_record_knows_the_attempts_of_every_order() -> None:
    for layers in ([retry(wait=0), rate_limit(requests=9)], [rate_limit(requests=9), retry(wait=0)]):
        with record_call() as record:
            assert isinstance(record, CallRecord)
            assert await text(wrap_model(ScriptedModel([BUSY, "ok"]), layers)) == "ok"
        assert [attempt.error for attempt in record.attempts] == [BUSY, None]
