"""The laws of ``budget``, each of which finds out an implementation that breaks it.

U1: a call that does not fit is refused with a typed error, and the model is not called. U2: in no window is more
reserved and spent than the budget, however many calls run at once, as long as estimates are upper bounds; and nothing
that fits is refused. U3: a call is settled with what all its attempts used, each at the price of its model. U4: what is
not known is not given back. U5: tenants share nothing. U6: what was used comes back when it leaves the window, and not
before. U7: what cost nothing is given back. U8: a reservation is settled once, and one that has left its window gives
nothing back.
"""

from __future__ import annotations

import asyncio
import gc
import math
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_budget as wrong
from layer_laws.kit import (
    EMBEDDING,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    read,
    rejects,
)

from ai_sdk.errors import (
    APIConnectionError,
    AuthenticationError,
    BudgetExceededError,
    CircuitOpenError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
)
from ai_sdk.middleware import budget, retry
from ai_sdk.model import AnyLayer, layer, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.prices import NANO, Price
from ai_sdk.requests import EmbeddingRequest, ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest, changed
from ai_sdk.results import EmbeddingResult, GeneratedFile, ImageResult, TranscriptionResult, Usage, VideoResult
from ai_sdk.spending import Amount, SpendingLedger
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run
from ai_sdk.usage_estimate import estimate_usage, will_make

Make = Callable[..., AnyLayer]
MakeLedger = Callable[..., SpendingLedger]
kinds = st.sampled_from(KINDS)
MILLION = {name: Price(input=1, output=1) for name in ("scripted", "model", "function")}


def using(input_tokens: int | None, output_tokens: int | None, text: str = "fine") -> list[Any]:
    return [TextDelta(text), Finish("stop", Usage(input_tokens, output_tokens))]


def reserving(tokens: int) -> Callable[[Any], Usage]:
    return lambda _request: Usage(tokens, 0)


def law_window(make: MakeLedger) -> None:
    calls = st.lists(
        st.tuples(st.floats(0, 20), st.integers(1, 60), st.floats(0, 1), st.floats(0, 40)), min_size=1, max_size=14
    )

    @examples(120)
    @given(calls, st.sampled_from(["nano_usd", "tokens", "requests"]))
    def law(calls: list[tuple[float, int, float, float]], unit: str) -> None:
        async def trial() -> None:
            per, limit = 30.0, 100
            limits: dict[str, Any] = {"usd": limit / NANO} if unit == "nano_usd" else {unit: limit}
            ledger = make(**limits, per=per)
            now = asyncio.get_running_loop().time
            booked: list[list[float]] = []
            running: list[asyncio.Task[None]] = []

            async def work(reservation: Any, entry: list[float], share: float, takes: float) -> None:
                await asyncio.sleep(takes)
                actual = math.floor(entry[1] * share)
                entry[1] = actual
                reservation.spend(Amount(**{unit: actual}))

            for pause, estimate, share, takes in calls:
                await asyncio.sleep(pause)
                answer = await caught(ledger.reserve("me", Amount(**{unit: estimate})))
                in_window = sum(each for at, each in booked if at > now() - per + 1e-6)
                nearly = sum(each for at, each in booked if at > now() - per - per / 60 - 1e-6)
                if isinstance(answer, BudgetExceededError):
                    assert nearly + estimate > limit
                    continue
                assert not isinstance(answer, BaseException), answer
                assert in_window + estimate <= limit
                booked.append([now(), estimate])
                running.append(asyncio.ensure_future(work(answer, booked[-1], share, takes)))
            await asyncio.gather(*running)

        run(trial())

    law()


def test_U2_never_more_than_the_budget_in_any_window() -> None:
    law_window(SpendingLedger)
    rejects(law_window, wrong.ChargesAfterwards)
    rejects(law_window, wrong.Tumbles)
    rejects(law_window, wrong.ForgetsSoon)
    rejects(law_window, wrong.NeverForgets)
    rejects(law_window, wrong.NeverSettles)


def law_together(make: Make) -> None:
    @examples(30)
    @given(kinds, st.integers(1, 12), st.integers(1, 6), st.integers(1, 10))
    def law(kind: Kind, callers: int, fit: int, used: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("fine")])
            scripted.language.turns = [using(used, 0)]
            scripted.embedding.turns = [EmbeddingResult(embeddings=((4.0,),), usage=Usage(used))]

            async def slow(request: Any) -> Any:
                await asyncio.sleep(1)
                return await scripted.model(request)

            model = make(tokens=fit * 10 + 5, estimate=reserving(10))(slow)
            answers = await asyncio.gather(*[caught(read(model, scripted.request)) for _ in range(callers)])
            refused = [each for each in answers if isinstance(each, BaseException)]
            assert all(isinstance(each, BudgetExceededError) for each in refused)
            assert len(scripted.calls) == min(callers, fit) == callers - len(refused)
            scripted.check_closed()

        run(trial())

    law()


def test_U1_a_call_that_does_not_fit_is_refused() -> None:
    law_refused(budget)
    rejects(law_refused, wrong.budget_that_asks_first)


def test_U2_calls_at_once_do_not_overshoot() -> None:
    law_together(budget)
    rejects(law_together, wrong.with_ledger(wrong.ChargesAfterwards))


def law_refused(make: Make) -> None:
    @examples(30)
    @given(kinds, st.sampled_from(["usd", "tokens", "requests"]))
    def law(kind: Kind, unit: str) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("fine")])
            limits = {"usd": 0.00005, "tokens": 50, "requests": 1}
            options = {unit: limits[unit], "per": 60, "prices": MILLION, "estimate": reserving(30), "tenant": "acme"}
            model = make(**options)(unsaid(scripted))
            await read(model, scripted.request)
            await asyncio.sleep(10)
            answer = await caught(read(model, scripted.request))
            assert isinstance(answer, BudgetExceededError)
            assert not answer.retryable
            seen = cast("Any", answer)
            assert (seen.tenant, seen.unit, seen.limit) == ("acme", unit, limits[unit])
            assert seen.spent == pytest.approx({"usd": 0.00003, "tokens": 30, "requests": 1}[unit])
            assert seen.wanted == seen.spent
            assert seen.resets_in == seen.retry_after == pytest.approx(51, abs=0.001)
            assert len(scripted.calls) == 1
            assert "acme" in str(answer)
            await asyncio.sleep(seen.resets_in)
            await read(model, scripted.request)

        run(trial())

    law()


def law_settled(make: Make) -> None:
    @examples()
    @given(
        st.sampled_from([WHOLE, STREAMED]),
        st.lists(st.sampled_from(["refused", "broken", "answered"]), max_size=3),
        st.integers(0, 200),
        st.integers(0, 200),
    )
    def law(request: Any, before: list[str], input_tokens: int, output_tokens: int) -> None:
        async def trial() -> None:
            turns: dict[str, Any] = {
                "refused": RateLimitError("slow down", status=429),
                "broken": ServerError("broken", status=500),
                "answered": using(7, 5, "again"),
            }
            model = ScriptedModel([*[turns[each] for each in before], using(input_tokens, output_tokens)])
            prices = {"scripted": Price(input=3, output=5)}

            @layer
            async def picky(request: Any, call: Any) -> Any:
                """Asks again when it does not like the answer."""
                while True:
                    response = await call(request)
                    if request.stream or (await response.result()).text == "fine":
                        return response

            ask_again = retry(attempts=9, base=0.0)
            ledger = SpendingLedger(usd=1, tokens=10_000, per=60)
            layers = [make(ledger, prices=prices, estimate=reserving(1000)), picky, ask_again]
            response: Any = await wrap_model(model, layers)(request)
            await response.result()
            seen = (
                before
                if not request.stream
                else before[: before.index("answered") + 1]
                if "answered" in before
                else before
            )
            answered = seen.count("answered")
            last = (0, 0) if request.stream and "answered" in before else (input_tokens, output_tokens)
            tokens = Usage(7 * answered + last[0], 5 * answered + last[1])
            spent = ledger.spent()
            assert spent.tokens == tokens.total_tokens
            assert spent.nano_usd == 3000 * (tokens.input_tokens or 0) + 5000 * (tokens.output_tokens or 0)
            assert spent.requests == 1
            check_closed(model)

        run(trial())

    law()


def test_U3_all_attempts_are_paid_for() -> None:
    law_settled(budget)
    rejects(law_settled, wrong.budget_of_the_answer)
    rejects(law_settled, wrong.budget_that_never_settles)


async def test_U3_each_attempt_at_the_price_of_its_model() -> None:
    first = ScriptedModel([using(10, 0, "no")], model_id="dear")
    second = ScriptedModel([using(10, 0)], model_id="cheap")

    @layer
    async def falling_over(request: Any, call: Any) -> Any:
        await read(call, request)
        return await second(request)

    ledger = SpendingLedger(usd=1)
    prices = {"scripted:dear": Price(input=100, output=0), "scripted:cheap": Price(input=1, output=0)}
    model = wrap_model(first, [budget(ledger, prices=prices), falling_over])
    await read(model, WHOLE)
    assert ledger.spent().nano_usd == 10 * 101_000


@pytest.mark.parametrize("recorded", [True, False])
async def test_U3_a_plain_function_is_settled_with_its_result(recorded: bool) -> None:
    async def embed(_request: EmbeddingRequest) -> EmbeddingResult:
        return EmbeddingResult(usage=Usage(input_tokens=7))

    ledger = SpendingLedger(tokens=1000)
    model: Any = wrap_model(embed, [budget(ledger)]) if recorded else budget(ledger)(embed)
    await model(EMBEDDING)
    assert ledger.spent() == Amount(0, 7, 1)


def law_unknown(make: Make) -> None:
    @examples(40)
    @given(
        st.sampled_from(["cancelled", "closed", "dropped", "broken", "silent", "unsaid", "timeout", "half"]),
        st.booleans(),
    )
    def law(how: str, recorded: bool) -> None:
        async def trial() -> None:
            turns: dict[str, Any] = {
                "cancelled": [HANG],
                "closed": [TextDelta("a"), HANG],
                "dropped": [TextDelta("a"), HANG],
                "broken": [TextDelta("a"), ServerError("broken")],
                "silent": [APIConnectionError("reset")],
                "unsaid": using(None, None),
                "timeout": [TimeoutError("late")],
                "half": using(3, None),
            }
            model = ScriptedModel([turns[how]])
            ledger = SpendingLedger(usd=1, tokens=1000)
            around = make(ledger, prices=MILLION, estimate=reserving(100))

            async def function(request: Any) -> Any:
                return await model(request)

            layered = wrap_model(model, [around]) if recorded else around(function)
            await leave(layered, how)
            assert ledger.spent() == Amount(100_000, 100, 1)
            check_closed(model)

        run(trial())

    law()


async def leave(model: Any, how: str) -> None:
    if how == "cancelled":
        task = asyncio.ensure_future(model(STREAMED))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
    elif how == "closed":
        async with await model(STREAMED):
            pass
    elif how == "dropped":
        response = await model(STREAMED)
        with pytest.warns(ResourceWarning):
            del response
            gc.collect()
        await asyncio.sleep(0.1)
    else:
        await caught(read(model, STREAMED))


def test_U4_what_nobody_knows_is_not_given_back() -> None:
    law_unknown(budget)
    rejects(law_unknown, wrong.budget_that_is_generous)


async def test_U4_what_was_used_beyond_the_estimate_counts_although_more_may_have_been() -> None:
    ledger = SpendingLedger(tokens=1000)
    model = wrap_model(ScriptedModel([using(300, None)]), [budget(ledger, estimate=reserving(100))])
    await read(model, WHOLE)
    assert ledger.spent().tokens == 300


def law_tenants(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.sampled_from("abc"), max_size=9), st.booleans())
    def law(kind: Kind, tenants: list[str], by_call: bool) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("fine")])
            whose: list[str] = []

            def whose_turn(_request: Any) -> str:
                return whose[-1]

            model = make(requests=2, tenant=None if by_call else whose_turn)(scripted.model)
            for at, tenant in enumerate(tenants):
                whose.append(tenant)
                options = {"budget": {"tenant": tenant}} if by_call else {}
                answer = await caught(read(model, changed(scripted.request, layer_options=options)))
                assert isinstance(answer, BudgetExceededError) == (tenants[:at].count(tenant) >= 2)

        run(trial())

    law()


def test_U5_tenants_share_nothing() -> None:
    law_tenants(budget)
    rejects(law_tenants, wrong.with_ledger(wrong.OneTenant))
    rejects(law_tenants, wrong.budget_that_ignores_the_call)


def law_models(make: Make) -> None:
    async def trial() -> None:
        around = make(requests=1)
        for _ in range(2):
            assert await caught(read(around(ScriptedModel()), WHOLE)) == "ok"

    run(trial())


def test_U5_two_models_share_nothing_unless_they_share_a_ledger() -> None:
    law_models(budget)
    rejects(law_models, wrong.budget_for_all_models)


def law_returns(make: Make) -> None:
    @examples()
    @given(kinds, st.floats(1, 100), st.lists(st.integers(1, 40), min_size=1, max_size=8))
    def law(kind: Kind, per: float, amounts: list[int]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("fine")])
            wanted: list[int] = []
            booked: list[tuple[float, int]] = []

            def next_one(_request: Any) -> Usage:
                return Usage(wanted[-1], 0)

            model = make(tokens=50, per=per, estimate=next_one)(unsaid(scripted))
            for amount in amounts:
                wanted.append(amount)
                answer = await caught(read(model, scripted.request))
                if isinstance(answer, BudgetExceededError):
                    seconds = cast("Any", answer).resets_in
                    assert seconds is not None
                    assert 0 < seconds <= per * 61 / 60 + 1e-6
                    await asyncio.sleep(seconds - per / 50)
                    if seconds > per / 50:
                        assert isinstance(await caught(read(model, scripted.request)), BudgetExceededError)
                    await asyncio.sleep(min(seconds, per / 50) + 1e-5)
                    answer = await caught(read(model, scripted.request))
                assert not isinstance(answer, BaseException)
                now = asyncio.get_running_loop().time()
                booked.append((now, amount))
                assert sum(each for at, each in booked if at > now - per + 1e-4) <= 50

        run(trial())

    law()


def unsaid(scripted: Scripted) -> Any:
    """The model, whose answers do not say what they used."""
    scripted.language.turns = [using(None, None)]
    return scripted.model


def test_U6_what_was_used_comes_back_when_it_leaves_the_window() -> None:
    law_returns(budget)
    rejects(law_returns, wrong.with_ledger(wrong.NeverForgets))
    rejects(law_returns, wrong.with_ledger(wrong.ForgetsSoon))


async def test_U6_a_budget_without_a_window_is_never_renewed() -> None:
    model = budget(requests=1, per=None)(ScriptedModel())
    await read(model, WHOLE)
    await asyncio.sleep(1e9)
    answer = await caught(read(model, WHOLE))
    assert isinstance(answer, BudgetExceededError)
    assert answer.retry_after is None
    assert "never" in str(answer)


def law_free(make: Make) -> None:
    @examples(40)
    @given(
        kinds,
        st.sampled_from(
            [
                AuthenticationError("no", status=401),
                RateLimitError("slow down", status=429),
                ServerError("broken", status=500),
                CircuitOpenError("open"),
                InvalidRequestError("no"),
            ]
        ),
    )
    def law(kind: Kind, error: Exception) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(error)])
            model = wrap_model(scripted.model, [make(usd=0.0001, tokens=100, prices=MILLION, estimate=reserving(60))])
            for _ in range(3):
                assert await caught(read(model, scripted.request)) is error

        run(trial())

    law()


def test_U7_what_was_refused_costs_nothing() -> None:
    law_free(budget)
    rejects(law_free, wrong.budget_that_charges_refusals)


async def test_U7_who_is_not_asked_is_not_paid() -> None:
    stored = await ScriptedModel([using(40, 2)])(WHOLE)
    await stored.result()

    @layer
    async def remembering(_request: Any, _call: Any) -> Any:
        return stored

    ledger = SpendingLedger(usd=1, tokens=5000, requests=5)
    model = wrap_model(ScriptedModel(), [budget(ledger, prices=MILLION), remembering])
    await model(WHOLE)
    assert ledger.spent() == Amount()


def law_late(make: MakeLedger) -> None:
    @examples()
    @given(st.floats(0, 100), st.integers(0, 90), st.integers(0, 90), st.booleans())
    def law(takes: float, estimate: int, actual: int, twice: bool) -> None:
        async def trial() -> None:
            ledger = make(tokens=100, per=30.0)
            reservation = await ledger.reserve(None, Amount(tokens=estimate))
            await asyncio.sleep(takes)
            for _ in range(1 + twice):
                reservation.spend(Amount(tokens=actual))
            late = takes > 30.5 + 1e-6
            if late or takes < 30 - 1e-6:
                assert ledger.spent().tokens == (max(0, actual - estimate) if late else actual)
            await asyncio.sleep(31)
            assert ledger.spent().tokens == 0

        run(trial())

    law()


def test_U8_it_is_settled_once_and_what_left_the_window_gives_nothing_back() -> None:
    law_late(SpendingLedger)
    rejects(law_late, wrong.GivesBackLate)
    rejects(law_late, wrong.SettlesTwice)
    rejects(law_late, wrong.NeverSettles)


def test_two_threads_spend_one_budget() -> None:
    ledger = SpendingLedger(requests=500, tokens=1_000_000)
    model = budget(ledger, estimate=reserving(100), tenant="both")(ScriptedModel([using(1, 1)]))
    served: list[int] = []

    async def work() -> int:
        answers = [await asyncio.gather(*[caught(read(model, WHOLE)) for _ in range(20)]) for _ in range(20)]
        return sum(each == "fine" for some in answers for each in some)

    threads = [threading.Thread(target=lambda: served.append(run(work()))) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(served) == 2
    assert sum(served) == 500
    assert ledger.spent("both") == Amount(0, 1000, 500)


async def test_tenants_of_old_are_forgotten() -> None:
    ledger = SpendingLedger(requests=5, per=10)
    running = await ledger.reserve("running", Amount(requests=1))
    for number in range(1000):
        (await ledger.reserve(number, Amount(requests=1))).spend(None)
        await asyncio.sleep(1)
    assert len(ledger._accounts) < 200
    running.spend(Amount(requests=3))
    assert ledger.spent("running") == Amount(requests=2)


async def test_a_price_that_is_not_known() -> None:
    model = ScriptedModel()
    with pytest.raises(InvalidRequestError, match="scripted:model") as raised:
        await budget(usd=1)(model)(WHOLE)
    assert raised.value.field == "prices"
    assert model.calls == []
    ledger = SpendingLedger(usd=1)
    await read(wrap_model(model, [budget(ledger, on_unknown_price="ignore")]), WHOLE)
    assert ledger.spent() == Amount(0, 0, 1)


async def test_other_kinds_have_other_prices() -> None:
    ledger = SpendingLedger(usd=1)
    image = ImageResult(images=(GeneratedFile(b"a"), GeneratedFile(b"b")))
    request = ImageRequest(prompt="a cat", n=2)
    draw: Any = ScriptedCall[ImageRequest, ImageResult]([image])
    await wrap_model(draw, [budget(ledger, prices={"scripted": Price(image=0.04)})])(request)
    assert ledger.spent().nano_usd == 80_000_000
    heard = TranscriptionResult(text="hi", duration=30.0)
    write: Any = ScriptedCall[TranscriptionRequest, TranscriptionResult]([heard])
    priced = [budget(ledger, prices={"scripted": Price(second=0.001)})]
    await wrap_model(write, priced)(TranscriptionRequest(audio=b"0" * 200_000))
    assert ledger.spent().nano_usd == 110_000_000
    speak: Any = ScriptedCall[SpeechRequest, Any]([HANG])
    with pytest.raises(InvalidRequestError) as raised:
        await wrap_model(speak, [budget(ledger, prices=MILLION)])(SpeechRequest(text="hi"))
    assert raised.value.field == "estimate"


async def test_what_nobody_says_of_a_length_is_not_given_back() -> None:
    free = {"scripted": Price(input=0, output=0, second=0.5)}
    ledger = SpendingLedger(usd=1000)
    write: Any = ScriptedCall[TranscriptionRequest, TranscriptionResult]([TranscriptionResult(text="hi")])
    await wrap_model(write, [budget(ledger, prices=free)])(TranscriptionRequest(audio=b"0" * 20_000))
    assert ledger.spent().nano_usd == 5_000_000_000
    film: Any = ScriptedCall[VideoRequest, VideoResult]([VideoResult(videos=(GeneratedFile(data=b"a"),))])
    await wrap_model(film, [budget(ledger, prices=free)])(VideoRequest(prompt="cat"))
    assert ledger.spent().nano_usd == 10_000_000_000
    with pytest.raises(BudgetExceededError):
        await wrap_model(film, [budget(usd=4, prices=free)])(VideoRequest(prompt="cat"))


def test_estimates_are_rather_too_much() -> None:
    assert estimate_usage(WHOLE).output_tokens == 1024
    assert estimate_usage(changed(WHOLE, max_output_tokens=7)).output_tokens == 7
    long = estimate_usage(EmbeddingRequest(values=("word " * 300, "\u4e16\u754c" * 100))).input_tokens
    assert long is not None
    assert long >= 300 + 200
    assert estimate_usage(ImageRequest(prompt="cat", n=3)).output_tokens == 3 * 4160
    assert will_make(ImageRequest(prompt="cat", n=3)) == (3, 0.0)
    assert will_make(VideoRequest(prompt="cat", n=2, duration=4.0)) == (0, 8.0)
    assert will_make(VideoRequest(prompt="cat", n=2)) == (0, 20.0)
    from ai_sdk.messages import FilePart, user
    from ai_sdk.requests import LanguageRequest

    picture = LanguageRequest(messages=(user("see", FilePart(data=b"0", media_type="image/png")),))
    assert (estimate_usage(picture).input_tokens or 0) > 1500


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "usd"),
        ({"usd": -1}, "usd"),
        ({"usd": math.nan}, "usd"),
        ({"tokens": 1.5}, "tokens"),
        ({"requests": True}, "requests"),
        ({"requests": 1, "per": 0}, "per"),
        ({"requests": 1, "per": "fortnight"}, "per"),
        ({"requests": 1, "on_unknown_price": "guess"}, "on_unknown_price"),
        ({"ledger": SpendingLedger(requests=1), "tokens": 5}, "ledger"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        budget(**options)
    assert raised.value.field == field


async def test_a_call_wishes_for_nothing_but_a_tenant() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        await budget(requests=1)(ScriptedModel())(changed(WHOLE, layer_options={"budget": {"usd": 5}}))
    assert raised.value.field == "layer_options.budget.usd"
    assert "tenant" in str(raised.value)
