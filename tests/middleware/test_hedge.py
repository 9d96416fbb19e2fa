"""The laws of ``hedge``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_hedge as wrong
from laws.hedging import PLENTY, Asked, expected, good, outcomes_, rejects
from layer_laws.kit import EMBEDDING, FINISH, KINDS, STREAMED, WHOLE, Kind, Outcome, caught, examples, read

from ai_sdk.call import CallRecord, EventKind, record_call
from ai_sdk.deadline import deadline_at
from ai_sdk.errors import (
    AllModelsFailedError,
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    CircuitOpenError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
)
from ai_sdk.middleware.hedge import hedge
from ai_sdk.model import AnyLayer, recorded
from ai_sdk.parts import ResponseMetadata, TextDelta
from ai_sdk.requests import LanguageRequest, ProviderTool, ToolDefinition
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)


def law_race(make: Make) -> None:
    @examples()
    @given(kinds, outcomes_(), st.integers(1, 6), st.integers(1, 3))
    def law(kind: Kind, outcomes: list[Outcome], delay: int, more: int) -> None:
        async def trial() -> None:
            asked = Asked(kind, outcomes)
            layered = make(delay=float(delay), max_hedges=more, budget=PLENTY)(asked)
            starts, winner, end = expected(outcomes, delay, more)
            try:
                response = await layered(asked.request)
            except Exception as error:
                assert winner is None
                told = list(error.exceptions) if isinstance(error, AllModelsFailedError) else [error]
                assert told == [outcomes[min(number, len(outcomes) - 1)].answer for number in range(len(starts))]
                assert isinstance(error, AllModelsFailedError) == (len(starts) > 1)
            else:
                assert winner is not None
                assert len(asked.ends) == len(asked.starts)
                text = response.embeddings if kind == "embedding" else (await response.result()).text
                assert text == good(kind, winner)
            assert asked.starts == pytest.approx(starts)
            assert max(asked.ends.values()) == pytest.approx(end)
            assert asked.most_at_once <= 1 + more
            asked.check_ended()

        run(trial())

    law()


def test_H1_H3_H4_H6_H10_the_first_to_answer_wins_and_the_others_start_when_it_is_late_or_fails() -> None:
    law_race(hedge)
    rejects(law_race, wrong.impatient)
    rejects(law_race, wrong.late)
    rejects(law_race, wrong.once_too_often)
    rejects(law_race, wrong.waits_after_errors)
    rejects(law_race, wrong.repeats_everything)
    rejects(law_race, wrong.last_one_wins)
    rejects(law_race, wrong.leaves_losers_running)


def law_losers(make: Make) -> None:
    @examples(30)
    @given(kinds, st.integers(0, 3), st.integers(0, 2), st.integers(0, 2))
    def law(kind: Kind, winner: int, further: int, cleaning: int) -> None:
        async def trial() -> None:
            outcomes = [Outcome("x", 0.5 if number == winner else 90.0) for number in range(4)]
            asked = Asked(kind, outcomes, cleaning=cleaning)
            response = await make(delay=1.0, max_hedges=max(1, winner + further), budget=PLENTY)(asked)(asked.request)
            assert len(asked.ends) == len(asked.starts) == winner + 1
            assert asyncio.get_running_loop().time() == winner + 0.5 + (cleaning if winner else 0)
            assert not [number for number, wire in asked.wires.items() if wire.open and number != winner]
            if kind != "embedding":
                await response.aclose()
            asked.check_ended()

        run(trial())

    law()


def test_H2_losers_have_been_cancelled_and_closed_when_the_await_returns() -> None:
    law_losers(hedge)
    rejects(law_losers, wrong.leaves_losers_running)
    rejects(law_losers, wrong.does_not_wait_for_losers)


def law_cancellation(make: Make) -> None:
    @examples(40)
    @given(kinds, st.integers(0, 9), st.integers(1, 4), st.integers(1, 3), st.booleans())
    def law(kind: Kind, at: int, delay: int, more: int, fails: bool) -> None:
        async def trial() -> None:
            first = Outcome(ServerError("broken") if fails else "x", 2.25 if fails else 90.0)
            asked = Asked(kind, [first, Outcome("x", 90.0)])
            task = asyncio.create_task(make(delay=float(delay), max_hedges=more, budget=PLENTY)(asked)(asked.request))
            await asyncio.sleep(at + 0.5)
            task.cancel()
            assert isinstance(await caught(task), asyncio.CancelledError)
            assert asyncio.get_running_loop().time() == at + 0.5
            asked.check_ended()

        run(trial())

    law()


def test_H2_a_cancelled_caller_ends_all_calls() -> None:
    law_cancellation(hedge)
    rejects(law_cancellation, wrong.forgets_them_when_cancelled)
    rejects(law_cancellation, wrong.leaves_losers_running)


@pytest.mark.parametrize("seconds", [0.5, 1.5])
async def test_H2_cancelled_while_a_loser_cleans_up_the_winner_is_closed_too(seconds: float) -> None:
    for winner in (0, 1):
        asked = Asked("streamed", [Outcome("x", 2.5 if winner == 0 else 90), Outcome("x", 1.5 + winner)], cleaning=2.0)
        if winner == 0:
            asked.outcomes[1] = Outcome("x", 90)
        task = asyncio.create_task(hedge(delay=1.0, budget=PLENTY)(asked)(STREAMED))
        await asyncio.sleep((2.5 if winner == 0 else 3.5) + seconds)
        assert not task.done()
        task.cancel()
        assert isinstance(await caught(task), asyncio.CancelledError)
        await asyncio.sleep(5)
        asked.check_ended()


def law_bounded(make: Make) -> None:
    @examples(30)
    @given(
        kinds,
        st.sampled_from([0.0, 0.1, 0.5]),
        st.integers(0, 3),
        st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=40),
    )
    def law(kind: Kind, ratio: float, burst: int, calls: list[tuple[bool, int]]) -> None:
        async def trial() -> None:
            budget = RetryBudget(ratio=ratio, reserve=burst / 60, ttl=60.0)
            hedges, slow = 0, 0
            for number, (is_slow, pause) in enumerate(calls, start=1):
                asked = Asked(kind, [Outcome("x", 2.0 if is_slow else 0.0), Outcome("x", 0.5)])
                answer = await read(make(delay=1.0, budget=budget)(asked), asked.request)
                hedges += len(asked.starts) - 1
                slow += is_slow
                assert answer == good(kind, len(asked.starts) - 1)
                assert asked.starts == [asked.starts[0]] or is_slow
                if asyncio.get_running_loop().time() < 54:
                    assert hedges == min(slow, hedges)
                    assert hedges <= burst + ratio * number + 1e-6
                await asyncio.sleep(pause / 8)
            await asyncio.sleep(200)
            asked = Asked(kind, [Outcome("x", 2.0), Outcome("x", 0.5)])
            await read(make(delay=1.0, budget=budget)(asked), asked.request)
            assert len(asked.starts) == (2 if burst + ratio >= 1 else 1)

        run(trial())

    law()


def test_H5_hedges_are_bounded_by_a_budget() -> None:
    law_bounded(hedge)
    rejects(law_bounded, wrong.without_a_bound)
    rejects(law_bounded, wrong.with_a_budget_a_call)


def law_one_budget_for_all(make: Make) -> None:
    async def trial() -> None:
        asked = Asked("embedding", [Outcome("x", 2.0)])
        call = make(delay=1.0, max_extra=0.2)(asked)
        await asyncio.gather(*[call(EMBEDDING) for _ in range(50)])
        assert len(asked.starts) == 50 + 1 + 10
        assert asyncio.get_running_loop().time() == 2.0

    run(trial())


def test_H5_by_default_the_calls_of_a_model_share_one() -> None:
    law_one_budget_for_all(hedge)
    rejects(law_one_budget_for_all, wrong.without_a_bound)
    rejects(law_one_budget_for_all, wrong.with_a_budget_a_call)


async def test_H5_by_default_they_are_a_twentieth_and_one_a_minute() -> None:
    asked = Asked("embedding", [Outcome("x", 2.0)])
    call = hedge(delay=1.0)(asked)
    await asyncio.gather(*[call(EMBEDDING) for _ in range(60)])
    assert len(asked.starts) == 60 + 1 + 3


async def test_H5_another_model_has_a_budget_and_a_delay_of_its_own() -> None:
    layer = hedge(min_samples=1, max_extra=0.0)
    quick, slow = (Asked("embedding", [Outcome("x", each), Outcome("x", each / 2)]) for each in (1.0, 5.0))
    models = [layer(quick), layer(slow)]
    for _ in range(3):
        for model in models:
            await model(EMBEDDING)
    assert (len(quick.starts), len(slow.starts)) == (3, 3)
    for asked, model in ((quick, models[0]), (slow, models[1])):
        asked.outcomes = [Outcome("x", 9.0)]
        before = asyncio.get_running_loop().time()
        await model(EMBEDDING)
        assert asked.starts[-1] - before == (1.0 if asked is quick else 5.0)


async def test_H6_another_model_is_asked_after_any_refusal_of_a_provider_and_the_same_one_only_when_it_may_help() -> (
    None
):
    for error, same, other in (
        (ServerError("broken", status=500), 2, 1),
        (APIConnectionError("broke"), 2, 1),
        (RateLimitError("slow", status=429), 1, 1),
        (ServerError("later", status=503, retry_after=3.0), 1, 1),
        (CircuitOpenError("open"), 1, 1),
        (AuthenticationError("no", status=401), 1, 1),
        (InvalidRequestError("temperature"), 1, 0),
        (ValueError("a bug"), 1, 0),
    ):
        asked = Asked("whole", [Outcome(error)])
        await caught(hedge(delay=1.0, budget=PLENTY)(asked)(WHOLE))
        assert len(asked.starts) == same, error
        asked, second = Asked("whole", [Outcome(error)]), Asked("whole", [Outcome("x")])
        answer = await caught(read(hedge(second, delay=1.0, budget=PLENTY)(asked), WHOLE))
        assert (len(asked.starts), len(second.starts)) == (1, other), error
        assert answer == "0" if other else answer is error
        assert asyncio.get_running_loop().time() == 0.0


async def test_H6_an_error_is_not_answered_with_another_call_when_the_budget_is_used_up() -> None:
    asked = Asked("whole", [Outcome(ServerError("broken")), Outcome("x")])
    with pytest.raises(ServerError):
        await hedge(delay=1.0, budget=RetryBudget(ratio=0, reserve=0))(asked)(WHOLE)
    assert len(asked.starts) == 1


async def test_H6_other_models_are_asked_in_turn() -> None:
    first, second, third, fourth = (Asked("whole", [Outcome("x", 90.0)]) for _ in range(4))
    task = asyncio.create_task(hedge(second, third, fourth, delay=1.0, max_hedges=5, budget=PLENTY)(first)(WHOLE))
    await asyncio.sleep(10)
    task.cancel()
    await caught(task)
    assert (first.starts, second.starts, third.starts, fourth.starts) == ([0], [1, 4], [2, 5], [3])


async def test_H6_after_an_error_that_would_be_the_same_no_more_are_asked_but_the_others_are_waited_for() -> None:
    answers = [Outcome("x", 9.0), Outcome(BadRequestError("no", status=400), 0.5), Outcome("x")]
    asked = Asked("whole", answers)
    assert await read(hedge(delay=1.0, max_hedges=5, budget=PLENTY)(asked), WHOLE) == "0"
    assert asked.starts == [0, 1]
    asked = Asked("whole", [Outcome(BadRequestError("no", status=400), 1.5), Outcome("x", 9.0)])
    assert await read(hedge(delay=1.0, max_hedges=5, budget=PLENTY)(asked), WHOLE) == "1"
    assert len(asked.starts) == 2


async def test_H6_at_the_deadline_no_error_is_answered_with_another_call() -> None:
    for at, calls in ((2.0, 1), (2.5, 2)):
        asked = Asked("whole", [Outcome(ServerError("broken"), 2.0), Outcome("x")])
        with deadline_at(asyncio.get_running_loop().time() + at):
            await caught(read(hedge(delay=9.0, budget=PLENTY)(asked), WHOLE))
        assert len(asked.starts) == calls


TOOLS = (ToolDefinition("f"), ProviderTool("groq.browser_search"))


def _unless_streamed(request: LanguageRequest) -> bool:
    return not request.stream


def law_side_effects(make: Make) -> None:
    @examples(40)
    @given(
        st.lists(st.sampled_from(TOOLS), max_size=3),
        st.booleans(),
        st.sampled_from([None, True, False, "predicate"]),
        st.sampled_from([None, True, False]),
    )
    def law(tools: list[Any], stream: bool, option: Any, own: bool | None) -> None:
        async def trial() -> None:
            asked = Asked("whole", [Outcome("x", 9.0), Outcome("x")])
            wish = {} if own is None else {"hedge": {"idempotent": own}}
            request = replace(WHOLE, tools=tuple(tools), stream=stream, layer_options=wish)
            layer = make(delay=1.0, budget=PLENTY, idempotent=_unless_streamed if option == "predicate" else option)
            await read(layer(asked), request)
            default = not any(isinstance(tool, ProviderTool) for tool in tools)
            allowed = default if option is None else not stream if option == "predicate" else option
            assert len(asked.starts) == (2 if (allowed if own is None else own) else 1)

        run(trial())

    law()


def test_H7_what_may_act_outside_is_asked_once() -> None:
    law_side_effects(hedge)
    rejects(law_side_effects, wrong.repeats_side_effects)


async def test_H7_a_request_that_can_be_read_only_once_is_sent_once() -> None:
    asked = Asked("embedding", [Outcome("x", 9.0)])
    await hedge(delay=1.0, budget=PLENTY)(asked)(iter(["a", "b"]))
    assert asked.starts == [0]


def law_content(make: Make) -> None:
    @examples(30)
    @given(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4))
    def law(first: int, second: int, delay: int) -> None:
        async def trial() -> None:
            outcomes = [Outcome("x", first + 1 / 64), Outcome("x", second + 1 / 32)]
            asked = Asked("streamed", outcomes, head=True)
            _, winner, end = expected(outcomes, delay, 1)
            response: Any = await make(delay=float(delay), budget=PLENTY)(asked)(STREAMED)
            assert asyncio.get_running_loop().time() == pytest.approx(end)
            parts = [part async for part in response]
            assert parts == [ResponseMetadata(id="x"), TextDelta(str(winner)), FINISH]
            asked.check_ended()

        run(trial())

    law()


def test_H8_content_decides_and_no_part_of_a_loser_is_seen() -> None:
    law_content(hedge)
    rejects(law_content, wrong.takes_a_head_for_content)
    rejects(law_content, wrong.hands_on_a_losers_part)
    rejects(law_content, wrong.last_one_wins)


@pytest.mark.parametrize("winner", [0, 1])
async def test_H8_a_response_that_breaks_later_is_not_asked_for_again(winner: int) -> None:
    steps: list[Any] = [TextDelta("par"), ServerError("broke")]
    model = ScriptedModel([steps if winner == 0 else [90.0], steps])
    response: Any = await hedge(delay=1.0, budget=PLENTY)(model)(STREAMED)
    with pytest.raises(ServerError) as raised:
        await response.result()
    assert raised.value.partial.text == "par"
    assert len(model.calls) == 1 + winner
    assert not [wire for wire in model.wires if wire.open]


async def test_H8_a_first_answer_in_time_is_handed_on_as_it_is() -> None:
    for request in (WHOLE, STREAMED):
        response = await ScriptedModel(["hello"])(request)

        async def model(_request: object, response: Any = response) -> Any:
            return response

        assert await hedge(delay=1.0)(model)(request) is response
        await response.aclose()


def law_recorded(make: Make) -> None:
    @examples(30)
    @given(kinds, outcomes_(), st.integers(1, 3), st.integers(1, 60))
    def law(kind: Kind, outcomes: list[Outcome], more: int, until: int) -> None:
        async def trial() -> None:
            hedged: list[Any] = []

            def observe(_record: CallRecord, event: EventKind, detail: Any) -> None:
                if event == "hedged":
                    hedged.append(detail)

            asked = Asked(kind, outcomes)
            asked.__name__ = "asked"  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
            layered = make(delay=1.0, max_hedges=more, budget=PLENTY)(recorded(cast("Any", asked)))
            starts, winner, _ = expected(outcomes, 1, more)
            with record_call(observers=(observe,)) as record, deadline_at(100.0 + until):
                await caught(read(layered, asked.request))
            assert [attempt.model for attempt in record.attempts] == ["asked"] * len(starts)
            assert hedged == ["asked"] * (len(starts) - 1)
            assert asked.deadlines == [100.0 + until] * len(starts)
            assert asked.requests == [asked.request] * len(starts)
            for number, attempt in enumerate(record.attempts):
                assert attempt.started == pytest.approx(starts[number])
                assert attempt.ending is not None
                if number != winner:
                    assert attempt.ending.how in ("cancelled", "error")
                    assert attempt.ended == pytest.approx(asked.ends[number])
                else:
                    assert attempt.ending.how == "end"

        run(trial())

    law()


def test_H9_every_call_is_in_the_callers_record_and_has_its_deadline() -> None:
    law_recorded(hedge)
    rejects(law_recorded, wrong.hides_the_losers)
    rejects(law_recorded, wrong.does_not_wait_for_losers)


async def test_H9_other_models_report_their_attempts_too() -> None:
    async def other(request: LanguageRequest) -> Any:
        return await ScriptedModel(["hello"])(request)

    with record_call() as record:
        response: Any = await hedge(other, delay=1.0, budget=PLENTY)(recorded(ScriptedModel([[90.0]])))(WHOLE)
        assert (await response.result()).text == "hello"
    assert [attempt.model for attempt in record.attempts][:2] == ["scripted:model", "other"]


def law_learned(make: Make) -> None:
    @examples(40)
    @given(
        kinds,
        st.lists(st.integers(0, 40), min_size=1, max_size=30),
        st.sampled_from([0.5, 0.8, 0.9, 0.95]),
        st.integers(1, 20),
    )
    def law(kind: Kind, times: list[int], percentile: float, least: int) -> None:
        async def trial() -> None:
            budget = RetryBudget(ratio=0, reserve=0)
            asked = Asked(kind, [*[Outcome("x", float(seconds)) for seconds in times], Outcome("x", 90.0)])
            layered = make(percentile=percentile, min_samples=least, budget=budget)(asked)
            for _ in times:
                await read(layered, asked.request)
            budget.reserve = 1.0
            before = asyncio.get_running_loop().time()
            await read(layered, asked.request)
            again = asked.starts[len(times) + 1 :]
            if len(times) < least:
                assert again == []
            else:
                rank = math.ceil(percentile * len(times) - 1e-9)
                assert again == pytest.approx([before + sorted(times)[rank - 1]])

        run(trial())

    law()


def test_H3_the_delay_is_learned_from_enough_calls() -> None:
    law_learned(hedge)
    rejects(law_learned, wrong.by_the_mean)
    rejects(law_learned, wrong.too_sure)
