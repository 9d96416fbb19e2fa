"""On the virtual clock the instrument is exact: what is measured is what the script says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk.bench import Plan, Progress, Sample, measure
from ai_sdk.bench.plan import Load, Shot, arrival_times, blocks
from ai_sdk.bench.running import Send, closed_loop, open_loop
from ai_sdk.errors import AuthenticationError, InvalidRequestError, RateLimitError, TruncatedStreamError
from ai_sdk.parts import Finish, ReasoningDelta, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel, run
from bench.kit import OneAtATime, scripted, timed

ticks = st.integers(0, 640).map(lambda count: count / 64)
scripts = st.lists(ticks, min_size=1, max_size=12)


async def one(model: ScriptedModel, plan: Plan | None = None) -> Sample:
    (sample,) = (await measure([model], plan or Plan(requests=1, warm_up=0))).samples
    return sample


@given(waits=scripts, rest=ticks)
@settings(max_examples=60, deadline=None)
def test_first_token_gaps_and_total_are_those_of_the_script(waits: list[float], rest: float) -> None:
    sample = run(one(scripted(timed(waits, rest))))
    assert sample.chunks == tuple(accumulate(waits))
    assert sample.first == waits[0]
    assert sample.gaps == tuple(waits[1:])
    assert sample.total == sum(waits) + rest
    assert (sample.lag, sample.at, sample.ok) == (0.0, 0.0, True)
    span = sum(waits[1:])
    if span > 0:
        assert sample.speed == pytest.approx((len(waits) - 1) / span)
    else:
        assert sample.speed is None


async def test_reasoning_is_a_first_token_and_text_has_its_own_time() -> None:
    finish = Finish("stop", Usage(3, 9, reasoning_tokens=4))
    seen = await one(scripted([1.0, ReasoningDelta("hm"), 2.0, TextDelta(""), TextDelta("so"), finish]))
    assert (seen.first, seen.first_text, seen.chunks) == (1.0, 3.0, (1.0, 3.0))
    assert (seen.output_tokens, seen.streamed_tokens) == (9, 9)


async def test_reasoning_that_is_kept_back_does_not_make_the_pieces_faster() -> None:
    usage = Usage(3, 90, reasoning_tokens=80)
    sample = await one(scripted(timed([5.0, 1.0], usage=usage)))
    assert (sample.output_tokens, sample.streamed_tokens, sample.speed) == (90, 10, 5.0)


async def test_what_the_provider_does_not_say_is_not_known() -> None:
    sample = await one(scripted(timed([1.0, 1.0], usage=Usage(None, None))))
    assert (sample.input_tokens, sample.output_tokens, sample.speed, sample.cost) == (None, None, None, None)


async def test_failures_are_measured_with_their_class_status_and_time() -> None:
    limited = RateLimitError("slow down", status=429, provider="scripted")
    report = await measure([scripted([2.0, limited])], Plan(requests=3, warm_up=0))
    assert {(each.error, each.status, each.total) for each in report.samples} == {("RateLimitError", 429, 2.0)}
    assert report.samples[0].message == "scripted 429: slow down"
    assert report.cells[0].errors == {"RateLimitError": 3}


async def test_a_stream_that_breaks_off_keeps_what_had_arrived() -> None:
    sample = await one(scripted([1.0, TextDelta("a"), 1.0, TruncatedStreamError("cut")]))
    assert (sample.chunks, sample.total, sample.error) == ((1.0,), 2.0, "TruncatedStreamError")


async def test_words_of_foreign_errors_are_not_told() -> None:
    sample = await one(scripted(ValueError("the secret")))
    assert (sample.error, sample.message) == ("ValueError", None)


async def test_a_request_without_an_end_is_given_up_after_the_timeout() -> None:
    sample = await one(scripted([1.0, TextDelta("a"), HANG]), Plan(requests=1, warm_up=0, timeout=30))
    assert (sample.error, sample.total, sample.chunks) == ("TimeoutError", 30.0, (1.0,))


async def test_bad_input_is_raised_at_once() -> None:
    model = scripted(InvalidRequestError("no key", field="api_key"))
    with pytest.raises(InvalidRequestError, match="no key"):
        await measure([model], Plan(requests=9, concurrency=(3,), warm_up=0))


async def test_a_model_that_refuses_the_key_gets_no_further_request() -> None:
    bad, good = scripted(AuthenticationError("no", status=401), name="bad"), scripted(timed([1.0]), name="good")
    report = await measure([bad, good], Plan(requests=6))
    assert (len(bad.calls), len(good.calls)) == (1, 6)
    assert dict(report.given_up) == {"scripted:bad": "provider 401: no"}


async def test_no_two_requests_are_the_same_and_all_keep_to_the_plan() -> None:
    model = scripted(timed([0.1]))
    await measure([model], Plan(requests=20, prompt_tokens=60, output_tokens=33))
    texts = {repr(request.messages[1].content) for request in model.calls}
    assert len(texts) == 20
    assert len({text[:30] for text in texts}) == 20
    assert {(request.max_output_tokens, request.stream) for request in model.calls} == {(33, True)}


async def test_progress_is_told_after_each_request() -> None:
    told: list[Progress] = []
    models = {"a": scripted(timed([1.0])), "b": scripted(timed([1.0]))}
    await measure(models, Plan(requests=5, rounds=2), on_progress=told.append)
    assert [each.done for each in told] == list(range(1, 11))
    assert {each.total for each in told} == {10}
    assert max(each.model_done for each in told) == 5


async def test_models_take_turns_round_by_round_and_warm_ups_are_left_out() -> None:
    models = {name: scripted(timed([1.0])) for name in "abc"}
    report = await measure(models, Plan(requests=8, rounds=2, concurrency=(1, 2), warm_up=2))
    order = [(each.round, each.load, each.model) for each in report.samples]
    assert Counter(number for number, _, _ in order) == {0: 6, 1: 12, 2: 6}
    for number in (1, 2):
        loads = list(dict.fromkeys(load for at, load, _ in order if at == number))
        assert loads == ["1 at once", "2 at once"]
        for load in loads:
            assert len({model for at, where, model in order if (at, where) == (number, load)}) == 3
    assert sum(len(cell.samples) for cell in report.cells) == 18


def shots(count: int) -> list[Shot]:
    return [Shot(at, "m", Load(1), 1) for at in range(count)]


OpenLoop = Callable[[Sequence[Shot], Sequence[float], Send], Awaitable[None]]


async def holds_on_schedule(loop_under_test: OpenLoop, offsets: Sequence[float], service: float) -> None:
    """The law of the open loop: requests start on schedule although the model is slow, and waiting counts."""
    model = OneAtATime(service)
    now = asyncio.get_running_loop().time
    start = now()
    latencies: dict[int, float] = {}

    async def send(shot: Shot, intended: float) -> None:
        await model(None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        latencies[shot.id] = now() - intended

    await loop_under_test(shots(len(offsets)), offsets, send)
    assert [at - start for at in model.starts] == list(offsets)
    free = 0.0
    for at, offset in enumerate(offsets):
        free = max(free, offset) + service
        assert latencies[at] == free - offset


async def waits_for_the_answer(wanted: Sequence[Shot], at: Sequence[float], send: Send) -> None:
    """Wrong: it coordinates with the server, and leaves out what a slow one keeps waiting."""
    now = asyncio.get_running_loop().time
    start = now()
    for shot, offset in zip(wanted, at, strict=True):
        await asyncio.sleep(max(0.0, start + offset - now()))
        await send(shot, now())


async def starts_late_and_counts_it(wanted: Sequence[Shot], at: Sequence[float], send: Send) -> None:
    """Wrong: it waits for the answer, and counts from when it should have started without starting then."""
    now = asyncio.get_running_loop().time
    start = now()
    for shot, offset in zip(wanted, at, strict=True):
        await asyncio.sleep(max(0.0, start + offset - now()))
        await send(shot, start + offset)


schedules = st.lists(ticks, min_size=2, max_size=10).map(sorted)


@given(offsets=schedules, service=ticks)
@settings(max_examples=60, deadline=None)
def test_an_open_loop_is_on_schedule_however_slow_the_model(offsets: list[float], service: float) -> None:
    run(holds_on_schedule(open_loop, offsets, service))


@pytest.mark.parametrize("wrong", [waits_for_the_answer, starts_late_and_counts_it])
def test_the_law_of_the_open_loop_rejects_coordinated_omission(wrong: OpenLoop) -> None:
    with pytest.raises(AssertionError):
        run(holds_on_schedule(wrong, [0.0, 0.5, 1.0], 2.0))


async def test_a_slow_server_is_not_hidden_by_a_waiting_client() -> None:
    plan = Plan(requests=20, warm_up=0, rounds=1, rate=(2.0,), arrivals="fixed")
    open_report = await measure([OneAtATime(1.0)], plan)
    assert [each.at for each in open_report.samples] == [at / 2 for at in range(20)]
    assert [each.total for each in open_report.samples] == [1.0 + at / 2 for at in range(20)]
    closed_report = await measure([OneAtATime(1.0)], Plan(requests=20, warm_up=0))
    assert {each.total for each in closed_report.samples} == {1.0}


@given(callers=st.integers(1, 8), count=st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_a_closed_loop_has_as_many_under_way_as_it_says(callers: int, count: int) -> None:
    async def check() -> None:
        under_way, most = 0, 0
        sent: list[int] = []

        async def send(shot: Shot, _intended: float) -> None:
            nonlocal under_way, most
            sent.append(shot.id)
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(1.0 + shot.id % 3)
            under_way -= 1

        await closed_loop(shots(count), callers, send)
        assert sent == list(range(count))
        assert most == min(callers, count)

    run(check())


def test_fixed_arrivals_are_equally_far_apart() -> None:
    assert arrival_times("fixed", 4.0, 5, "x") == (0.0, 0.25, 0.5, 0.75, 1.0)


def test_poisson_arrivals_have_the_rate_and_the_spread_of_an_exponential() -> None:
    times = arrival_times("poisson", 5.0, 20_001, "seed")
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    mean = sum(gaps) / len(gaps)
    assert mean == pytest.approx(0.2, rel=0.03)
    assert sum(gap > 0.2 for gap in gaps) / len(gaps) == pytest.approx(0.3679, abs=0.01)
    assert times == arrival_times("poisson", 5.0, 20_001, "seed") != arrival_times("poisson", 5.0, 20_001, "other")


plans = st.builds(
    Plan,
    requests=st.integers(6, 60),
    concurrency=st.sampled_from([(1,), (1, 4), (2, 3, 5)]),
    rate=st.sampled_from([(), (2.0,)]),
    rounds=st.integers(1, 5),
    warm_up=st.integers(0, 2),
    seed=st.integers(0, 9),
)


@given(plan=plans, models=st.integers(1, 4))
@settings(deadline=None)
def test_a_schedule_gives_all_models_the_same_and_uses_all_requests(plan: Plan, models: int) -> None:
    names = [f"m{at}" for at in range(models)]
    made = blocks(plan, names)
    assert made == blocks(plan, names)
    ids = [shot.id for block in made for shot in block.shots]
    assert ids == list(range(plan.requests * models))
    sizes = {(block.round, block.load, block.model): len(block.shots) for block in made}
    for (number, load, _), size in sizes.items():
        assert {sizes[number, load, name] for name in names} == {size}
    measured = [size for (number, _, _), size in sizes.items() if number]
    assert max(measured) - min(measured) <= 1
    assert {load.label for number, load, _ in sizes if number} == {load.label for load in plan.loads}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"requests": 0}, "requests is 0"),
        ({"requests": 2, "concurrency": (1, 2)}, "must be 3 or more"),
        ({"concurrency": (0,)}, "concurrency is 0"),
        ({"concurrency": (2, 2)}, "each may stand there once"),
        ({"concurrency": ()}, "there is no load"),
        ({"rate": (0.0,)}, "rate is 0.0"),
        ({"arrivals": "often"}, "arrivals is 'often'"),
        ({"max_cost": -1.0}, "max_cost is -1.0"),
        ({"timeout": float("nan")}, "timeout is nan"),
        ({"warm_up": -1}, "warm_up is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        Plan(**wrong)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def test_models_must_be_there_once() -> None:
    with pytest.raises(InvalidRequestError, match="is there twice"):
        await measure([scripted(timed([1.0])), scripted(timed([1.0]))])
    with pytest.raises(InvalidRequestError, match="no model to measure"):
        await measure([])
    with pytest.raises(InvalidRequestError, match="simulated names x, not among"):
        await measure([scripted(timed([1.0]))], simulated=["x"])
