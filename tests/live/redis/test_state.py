"""Circuit breakers, ledgers and key benches in Redis, on a real server; each object stands for a process."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from laws import wrong_redis
from layer_laws.kit import FINISH, STREAMED, WHOLE, caught
from redis_kit import Server, finds_out

from ai_sdk.breaker import Transition
from ai_sdk.errors import BudgetExceededError, CircuitOpenError, InvalidRequestError, ServerError
from ai_sdk.keyring import KeyBench
from ai_sdk.middleware import budget, circuit_breaker
from ai_sdk.parts import TextDelta
from ai_sdk.spending import Amount
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError
from ai_sdk.stores.redis_state import RedisCircuitBreaker, RedisKeyBench, RedisLedger
from ai_sdk.testing import ScriptedModel

pytestmark = pytest.mark.live

Make = Callable[..., Any]


def on(server: Server, trial: Callable[[RedisConnection], Awaitable[None]]) -> None:
    """Run the trial with an empty server."""

    async def connected() -> None:
        redis = server.connection()
        server.send("FLUSHALL")
        try:
            await trial(redis)
        finally:
            await redis.aclose()

    asyncio.run(connected())


def breakers(redis: RedisConnection, make: Make = RedisCircuitBreaker, count: int = 4, **options: Any) -> list[Any]:
    settings = {"min_calls": 2, "wait": 0.1, "jitter": 0.0, "stall": 0.0, "refresh": 0.02, **options}
    return [make(redis, name="model", **settings) for _ in range(count)]


async def fail(breaker: Any, times: int = 1) -> list[Any]:
    """Make calls that fail, and give the changes."""
    trials = [await breaker.admit() for _ in range(times)]
    changes = [trial.record("failure") for trial in trials]
    for trial in trials:
        await trial.settle()
    return changes


async def admissions(circuits: list[Any]) -> list[Any]:
    """Ask all of them at once: the trials and the refusals."""
    answers: list[Any] = await asyncio.gather(*(caught(each.admit()) for each in circuits))
    return answers


def law_opens_for_all(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        circuits = breakers(redis, make, wait=30.0)
        for each in circuits:
            (await each.admit()).record("ignored")
        assert (await fail(circuits[0], 2))[1] == Transition("closed", "open")
        await asyncio.sleep(0.05)
        for answer in await admissions(circuits):
            assert isinstance(answer, CircuitOpenError)
            assert answer.retryable
            assert 25 < (answer.retry_after or 0) <= 30

    on(server, trial)


def test_it_opens_for_all_processes_when_one_of_them_has_seen_enough(server: Server) -> None:
    law_opens_for_all(RedisCircuitBreaker, server)
    finds_out(law_opens_for_all, server, wrong_redis.a_circuit_a_process)


def law_one_probe(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        circuits = breakers(redis, make)
        await fail(circuits[0], 2)
        await asyncio.sleep(0.13)
        for outcome, pause in (("failure", 0.23), ("ignored", 0.0), ("success", 0.03)):
            answers = [*await admissions(circuits), *await admissions(circuits)]
            probes = [each for each in answers if not isinstance(each, BaseException)]
            assert len(probes) == 1
            assert all(isinstance(each, CircuitOpenError) for each in answers if each is not probes[0])
            assert probes[0].transition == Transition("open", "half-open")
            changed = {"failure": Transition("half-open", "open"), "success": Transition("half-open", "closed")}
            assert probes[0].record(outcome) == changed.get(outcome)
            assert probes[0].record("failure") is None
            await probes[0].settle()
            if outcome == "failure":
                assert all(isinstance(each, CircuitOpenError) for each in await admissions(circuits))
            await asyncio.sleep(max(pause, 0.11))
        answers = await admissions(circuits)
        assert not [each for each in answers if isinstance(each, BaseException)]
        for each in answers:
            each.record("ignored")

    on(server, trial)


def test_one_probe_for_a_fleet_and_its_outcome_is_everybodys(server: Server) -> None:
    law_one_probe(RedisCircuitBreaker, server)
    finds_out(law_one_probe, server, wrong_redis.a_circuit_a_process, wrong_redis.EveryoneProbes)


def test_late_results_of_an_earlier_generation_change_nothing(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = breakers(redis, count=2)
        late = [await one.admit() for _ in range(5)]
        await fail(other, 2)
        await asyncio.sleep(0.15)
        probe = await one.admit()
        probe.record("success")
        await probe.settle()
        await (await one.admit()).settle()
        for each in late:
            assert each.record("failure") is None
        assert not isinstance(await caught(one.admit()), BaseException)

    on(server, trial)


def test_a_probe_whose_process_died_makes_room_and_its_late_result_is_ignored(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = breakers(redis, count=2, probe_ttl=0.3)
        await fail(one, 2)
        await asyncio.sleep(0.12)
        dead = await one.admit()
        assert isinstance(await caught(other.admit()), CircuitOpenError)
        await asyncio.sleep(0.45)
        living = await other.admit()
        dead.record("failure")
        await dead.settle()
        assert living.record("success") == Transition("half-open", "closed")
        await living.settle()
        await asyncio.sleep(0.11)
        assert not [each for each in await admissions([one, other]) if isinstance(each, BaseException)]

    on(server, trial)


def test_several_successes_close_it(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = breakers(redis, count=2, successes=2)
        await fail(one, 2)
        await asyncio.sleep(0.12)
        first = await other.admit()
        assert first.record("success") is None
        await first.settle()
        second = await other.admit()
        assert second.transition is None
        assert second.record("success") == Transition("half-open", "closed")
        await second.settle()
        assert other.state == "half-open"
        await asyncio.sleep(0.11)
        await one.admit()
        assert one.state == "closed"

    on(server, trial)


def test_a_cancelled_admission_leaves_no_probe_behind(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        (one,) = breakers(redis, count=1)
        await fail(one, 2)
        await asyncio.sleep(0.12)
        for turns in range(12):
            asking = asyncio.create_task(one.admit())
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            answer = await caught(asking)
            if not isinstance(answer, BaseException):
                answer.record("ignored")
            await redis.flush()
        await asyncio.sleep(0.11)
        (await one.admit()).record("success")

    on(server, trial)


def test_without_redis_each_process_has_a_breaker_of_its_own(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = breakers(redis, count=2, rng=random.Random(7))
        (await one.admit()).record("success")
        mortal.kill()
        await asyncio.sleep(0.03)
        await fail(one, 3)
        assert isinstance(await caught(one.admit()), CircuitOpenError)
        assert not isinstance(await caught(other.admit()), BaseException)
        await asyncio.sleep(0.12)
        probe = await one.admit()
        assert probe.record("success") == Transition("half-open", "closed")
        mortal.start()
        await redis.recovered()
        await fail(other, 3)
        await asyncio.sleep(0.03)
        assert isinstance(await caught(one.admit()), CircuitOpenError)

    on(mortal, trial)


def test_the_layer_around_a_shared_breaker(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = breakers(redis, count=2, wait=30.0)
        model = ScriptedModel([ServerError("broken", status=500)] * 2)
        layered = circuit_breaker(one)(model)
        for request in (WHOLE, STREAMED):
            assert isinstance(await caught(layered(request)), ServerError)
        assert isinstance(await caught(circuit_breaker(other)(model)(WHOLE)), CircuitOpenError)
        assert len(model.calls) == 2

    on(server, trial)


def law_budget(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        ledgers = [make(redis, usd=1.0, tokens=1000, per=60) for _ in range(4)]
        amount = Amount(90_000_000, 10, 1)
        answers = await asyncio.gather(*(caught(ledgers[n % 4].reserve("acme", amount)) for n in range(40)))
        reserved = [each for each in answers if not isinstance(each, BaseException)]
        assert len(reserved) == 11
        refused = [each for each in answers if isinstance(each, BudgetExceededError)]
        assert len(refused) == 29
        figures = vars(refused[0])
        assert (figures["tenant"], figures["unit"], figures["limit"], figures["wanted"]) == ("acme", "usd", 1.0, 0.09)
        assert 59 < figures["resets_in"] <= 61.1
        other = await ledgers[0].reserve("other", amount)
        other.spend(None)
        for _ in range(2):
            reserved[0].spend(Amount(0, 0, 1))
        reserved[1].spend(Amount(20_000_000, 400, 1))
        reserved[2].spend(None)
        await reserved[0].settle()
        assert await ledgers[3].spent("acme") == Amount(830_000_000, 490, 11)
        assert not isinstance(await caught(ledgers[2].reserve("acme", amount)), BaseException)

    on(server, trial)


def test_no_process_spends_what_another_has_reserved(server: Server) -> None:
    law_budget(RedisLedger, server)
    finds_out(law_budget, server, wrong_redis.a_budget_a_process, wrong_redis.RefundsTwice)


def test_all_or_nothing_and_what_never_fits(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        ledger = RedisLedger(redis, usd=1.0, tokens=100, requests=3, per=None)
        error = await caught(ledger.reserve(None, Amount(1, 101, 1)))
        assert isinstance(error, BudgetExceededError)
        assert vars(error)["resets_in"] is None
        assert await ledger.spent() == Amount()
        for _ in range(3):
            (await ledger.reserve(None, Amount(1, 1, 1))).spend(None)
        error = await caught(ledger.reserve(None, Amount(0, 0, 1)))
        assert vars(error)["unit"] == "requests"
        assert isinstance(await caught(ledger.reserve(None, Amount(10**9, 1, 1))), BudgetExceededError)
        assert await ledger.spent() == Amount(3, 3, 3)

    on(server, trial)


def test_what_left_the_window_is_not_given_back(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        ledger = RedisLedger(redis, tokens=100, per=0.3)
        early = [await ledger.reserve(None, Amount(0, 40, 1)) for _ in range(2)]
        error = await caught(ledger.reserve(None, Amount(0, 30, 1)))
        assert isinstance(error, BudgetExceededError)
        await asyncio.sleep(vars(error)["resets_in"])
        (await ledger.reserve(None, Amount(0, 30, 1))).spend(None)
        await asyncio.sleep(0.05)
        assert await ledger.spent() == Amount(0, 30, 1)
        early[0].spend(Amount(0, 10, 1))
        early[1].spend(Amount(0, 45, 1))
        await redis.flush()
        assert await ledger.spent() == Amount(0, 35, 1)

    on(server, trial)


def test_a_cancelled_reservation_leaves_nothing(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        ledger = RedisLedger(redis, requests=1000, per=60)
        for turns in range(20):
            asking = asyncio.create_task(ledger.reserve(None, Amount(0, 0, 1)))
            for _ in range(turns % 10):
                await asyncio.sleep(0)
            asking.cancel()
            answer = await caught(asking)
            if not isinstance(answer, BaseException):
                answer.spend(Amount())
        for _ in range(50):
            await redis.flush()
            if await ledger.spent() == Amount():
                break
            await asyncio.sleep(0.02)
        assert await ledger.spent() == Amount()

    on(server, trial)


def test_a_budget_without_redis(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        closed = RedisLedger(redis, requests=10, per=60)
        share = [RedisLedger(redis, name="open", requests=10, per=60, on_outage="open", processes=4) for _ in range(4)]
        await closed.reserve(None, Amount(0, 0, 1))
        mortal.kill()
        for _ in range(3):
            error = await caught(closed.reserve(None, Amount(0, 0, 1)))
            assert isinstance(error, RedisUnavailableError)
            assert error.retryable
        for each in share:
            answers = [await caught(each.reserve(None, Amount(0, 0, 1))) for _ in range(5)]
            admitted: Any = [answer for answer in answers if not isinstance(answer, BaseException)]
            assert len(admitted) == 3
            assert all(isinstance(answer, BudgetExceededError) for answer in answers[3:])
            for reservation in admitted:
                reservation.spend(None)
                reservation.spend(None)
        mortal.start()
        await redis.recovered()
        await redis.flush()
        assert await share[0].spent() == Amount(0, 0, 12)
        assert isinstance(await caught(share[1].reserve(None, Amount(0, 0, 1))), BudgetExceededError)

    on(mortal, trial)


def test_the_layer_around_a_shared_ledger(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = (RedisLedger(redis, tokens=30, per=60) for _ in range(2))
        model = ScriptedModel([[TextDelta("hello"), FINISH]] * 3)
        request = WHOLE
        response = await budget(one, estimate=lambda _request: _usage(20))(model)(request)
        await response.result()
        spent = await other.spent()
        assert spent.requests == 1
        assert spent.tokens < 20
        left = 30 - spent.tokens
        refused = await caught(budget(other, estimate=lambda _request: _usage(left + 1))(model)(request))
        assert isinstance(refused, BudgetExceededError)

    on(server, trial)


def _usage(tokens: int) -> Any:
    from ai_sdk.results import Usage

    return Usage(input_tokens=tokens, output_tokens=0)


def law_bench(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = make(redis), make(redis)
        assert list(await one.free_in(["a", "b", "c"])) == [0.0, 0.0, 0.0]
        await one.put("a", 20.0)
        await other.put("a", 5.0)
        await other.put("b", math.inf)
        await one.put("b", 1.0)
        await one.put("c", 0.05)
        for each in (one, other):
            a, b, c = await each.free_in(["a", "b", "c"])
            assert 19 < a <= 20
            assert b == math.inf
            assert c <= 0.05
        await asyncio.sleep(0.06)
        assert list(await other.free_in(["c"])) == [0.0]
        assert list(await other.free_in([])) == []

    on(server, trial)


def test_a_key_that_one_process_benched_rests_for_all(server: Server) -> None:
    law_bench(RedisKeyBench, server)
    finds_out(law_bench, server, wrong_redis.a_bench_a_process, wrong_redis.ForgetsLongerRests)


def test_a_bench_forgets_names_whose_rest_is_over_and_can_be_cleared(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        bench = RedisKeyBench(redis)
        key = bench._key
        await bench.put("a", 0.01)
        await asyncio.sleep(0.02)
        await bench.put("b", 0.02)
        assert server.send("HKEYS", key) == b"*1\r\n$1\r\nb\r\n"
        assert int(server.send("PTTL", key)[1:]) <= 2000
        await bench.put("c", math.inf)
        assert server.send("PTTL", key) == b":-1\r\n"
        await bench.clear()
        assert list(await bench.free_in(["b", "c"])) == [0.0, 0.0]

    on(server, trial)


def test_a_bench_without_redis_knows_what_it_benched_itself(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = RedisKeyBench(redis), RedisKeyBench(redis)
        await one.put("a", 60.0)
        mortal.kill()
        await one.put("b", 60.0)
        assert [seconds > 50 for seconds in await one.free_in(["a", "b"])] == [True, True]
        assert list(await other.free_in(["a", "b"])) == [0.0, 0.0]

    on(mortal, trial)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (RedisCircuitBreaker, {"name": "x", "refresh": 0.0}),
        (RedisCircuitBreaker, {"name": "x", "probe_ttl": math.inf}),
        (RedisCircuitBreaker, {"name": "x", "failure_rate": 2.0}),
        (RedisLedger, {"usd": 1e10}),
        (RedisLedger, {"tokens": 2**60}),
        (RedisLedger, {"usd": 1.0, "on_outage": "maybe"}),
        (RedisLedger, {"usd": 1.0, "processes": 0}),
    ],
)
def test_options_that_make_no_sense_are_named(make: Make, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        make(RedisConnection(), **options)
    assert raised.value.field in options


def test_reprs_have_no_secrets() -> None:
    redis = RedisConnection("redis://:secret@127.0.0.1:1/0")
    shown = [RedisCircuitBreaker(redis, name="x"), RedisLedger(redis, usd=1.0), RedisKeyBench(redis), KeyBench()]
    assert "secret" not in repr(shown)
