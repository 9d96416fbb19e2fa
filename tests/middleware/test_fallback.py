"""The laws of ``fallback``, which ``route`` keeps too; each of them finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_fallback as wrong
from laws.falling import HEADS, MOVING, STOPPING, Line, Make, moving, stopping, stops
from layer_laws.kit import (
    FINISH,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    good,
    read,
    rejects,
)

from ai_sdk.deadline import deadline_at
from ai_sdk.errors import (
    AllModelsFailedError,
    ContextLengthError,
    MalformedEventError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.failover import Candidate
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import extract_reasoning, fallback, guardrail, redact, timeout
from ai_sdk.middleware.route import route
from ai_sdk.model import wrap_model
from ai_sdk.parts import ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.testing import HANG, ScriptedModel, run

kinds = st.sampled_from(KINDS)

Answers = st.lists(
    st.one_of(moving, moving, moving, stopping, st.sampled_from(["", "a", "bc", "def"]).map(lambda text: f"x{text}")),
    min_size=2,
    max_size=5,
)


def law_order(make: Make) -> None:
    @examples(120)
    @given(kinds, Answers)
    def law(kind: Kind, answers: list[Any]) -> None:
        async def trial() -> None:
            line = Line(kind, answers)
            outcome = await caught(read(line.layered(make), line.request))
            last = next(
                (at for at, each in enumerate(answers) if not isinstance(each, Exception) or stops(each)), len(answers)
            )
            assert line.calls == [int(at <= last) for at in range(len(answers))]
            if last < len(answers) and isinstance(answers[last], ContextLengthError) and last:
                del answers[last + 1 :]  # no window is known: nobody is left
                last += 1
            if last == len(answers):
                assert isinstance(outcome, AllModelsFailedError)
                assert len(outcome.exceptions) == len(answers)
                assert all(got is each for got, each in zip(outcome.exceptions, answers, strict=True))
            elif isinstance(answers[last], Exception):
                assert outcome is answers[last]
                assert outcome.__cause__ is None
            else:
                assert outcome == good(kind, answers[last])
            line.check_closed()

        run(trial())

    law()


def test_F1_F2_F3_F4_in_order_until_one_answers_or_stops_and_else_every_error() -> None:
    law_order(fallback)
    law_order(route)
    rejects(law_order, wrong.backwards)
    rejects(law_order, wrong.asks_everybody)
    rejects(law_order, wrong.raises_the_last)
    rejects(law_order, wrong.sorts_errors)
    rejects(law_order, wrong.moves_on_from_everything)
    rejects(law_order, wrong.wraps_what_stops)
    rejects(law_order, wrong.gives_up_on_the_key)


@pytest.mark.parametrize("make", MOVING, ids=lambda make: repr(make()))
async def test_F4_moves_on(make: Callable[[], Exception]) -> None:
    line = Line("whole", [make(), "good"])
    assert await read(line.layered(fallback), WHOLE) == "good"


@pytest.mark.parametrize("make", STOPPING, ids=lambda make: repr(make()))
async def test_F4_stops(make: Callable[[], Exception]) -> None:
    line = Line("whole", [error := make(), "good"])
    assert await caught(read(line.layered(fallback), WHOLE)) is error
    assert line.calls == [1, 0]


async def test_F2_a_success_is_handed_on_as_it_is() -> None:
    for request in (WHOLE, STREAMED):
        response = await ScriptedModel(["hello"])(request)

        async def model(_request: object, response: Any = response) -> Any:
            return response

        broken = ScriptedModel([ServerError("broken")])
        assert await fallback(model)(cast("Any", broken))(request) is response
        await response.aclose()


def shaping(name: str) -> list[Any]:
    """A layer that looks at parts, or none."""
    layers: dict[str, Any] = {
        "guardrail": lambda: guardrail(output=lambda _text: None),
        "redact": lambda: redact(),
        "extract_reasoning": lambda: extract_reasoning(),
    }
    return [layers[name]()] if name in layers else []


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", ["none", "guardrail", "redact", "extract_reasoning"])
async def test_F6_a_cut_stream_through_layers_that_look_at_parts(name: str, inside: bool) -> None:
    long = "Hello there. " * 30
    for steps, seen in (([ResponseMetadata(id="1")], ""), ([TextDelta(long), TextDelta("and")], "Hello there.")):
        cut = ScriptedModel([[*cast("Any", steps), TruncatedStreamError("cut")]])
        spare = ScriptedModel(["Good day."])
        inner = shaping(name) if inside else []
        first, second = wrap_model(cut, inner), wrap_model(spare, inner)
        layered = wrap_model(first, [*([] if inside else shaping(name)), fallback(second)])
        outcome = await caught(read(layered, STREAMED))
        if seen:
            assert isinstance(outcome, TruncatedStreamError)
            assert outcome.partial.text.startswith(seen)
            assert not spare.calls
        else:
            assert outcome == "Good day."
        check_closed(cut)
        check_closed(spare)


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0])),
        "max_output_tokens": st.integers(1, 3),
        "stop": st.sampled_from([["a"], ["b", "c"]]),
        "provider_options": st.dictionaries(
            st.sampled_from("pq"), st.dictionaries(st.sampled_from("xy"), st.integers(0, 3)), max_size=2
        ),
        "headers": st.dictionaries(st.sampled_from(["X-One", "x-one", "x-two"]), st.sampled_from("ab"), max_size=1),
    },
)


def own_request(request: Any, settings: dict[str, Any]) -> Any:
    """What a candidate with these settings must get, by the words of the law."""
    changes = dict(settings)
    if "provider_options" in settings:
        options = {name: dict(each) for name, each in request.provider_options.items()}
        for name, each in settings["provider_options"].items():
            options[name] = options.get(name, {}) | each
        changes["provider_options"] = options
    if "headers" in settings:
        mine = {name.lower() for name in settings["headers"]}
        under = {name: value for name, value in request.headers.items() if name.lower() not in mine}
        changes["headers"] = under | settings["headers"]
    return replace(request, **changes)


def law_own_settings(make: Make) -> None:
    @examples()
    @given(SETTINGS, st.lists(SETTINGS, min_size=1, max_size=4), st.booleans())
    def law(base: dict[str, Any], settings: list[dict[str, Any]], describes: bool) -> None:
        async def trial() -> None:
            request = replace(WHOLE, **base)
            seen: list[Any] = []

            async def model(request: Any) -> Any:
                seen.append(request)
                raise ServerError("broken")

            others = [Candidate(lambda request: model(request), **each) for each in settings[1:]]
            first = [Candidate(**settings[0])] if describes and make in (fallback, route) else []
            await caught(read(make(*first, *others, Candidate(lambda r: model(r)))(model), request))
            mine = [settings[0] if first else {}, *settings[1:], {}]
            assert seen == [own_request(request, each) for each in mine]

        run(trial())

    law()


def test_F5_every_candidate_has_its_own_settings_and_nobody_elses() -> None:
    law_own_settings(fallback)
    law_own_settings(route)
    rejects(law_own_settings, wrong.settings_that_add_up)
    rejects(law_own_settings, wrong.settings_that_replace_mappings)


class Provided(ScriptedModel):
    """A scripted model at an address."""

    def __init__(self, provider: str, turns: Sequence[Any]) -> None:
        super().__init__(turns, provider=provider)


SECRETS = ["Authorization", "x-api-key", "X-Goog-Api-Key", "api-key", "Cookie", "x-auth-token", "my-secret"]


def law_credentials(make: Make) -> None:
    @examples()
    @given(st.sets(st.sampled_from(SECRETS)), st.lists(st.sampled_from("ab"), min_size=1, max_size=3))
    def law(secrets: set[str], providers: list[str]) -> None:
        async def trial() -> None:
            request = replace(WHOLE, headers={"x-trace": "7", **dict.fromkeys(secrets, "hidden")})
            models = [Provided(each, [ServerError("broken")]) for each in ["a", *providers]]
            await caught(read(make(*models[1:])(models[0]), request))
            for model in models:
                [seen] = model.calls
                expected: set[str] = {"x-trace"} | (secrets if model.provider == "a" else set[str]())
                assert set(seen.headers) == expected

        run(trial())

    law()


def test_F5_credentials_in_headers_stay_with_their_provider() -> None:
    law_credentials(fallback)
    law_credentials(route)
    rejects(law_credentials, wrong.sends_credentials_along)


CONTENT = st.lists(
    st.sampled_from([TextDelta("a"), TextDelta("b"), ReasoningDelta("r"), ToolInputDelta("1", "f", "{"), 1.0]),
    min_size=1,
    max_size=5,
).filter(lambda steps: any(step != 1.0 for step in steps))


def law_commit(make: Make) -> None:
    @examples()
    @given(CONTENT, moving, st.integers(0, 2))
    def law(steps: list[Any], error: Exception, failures: int) -> None:
        async def trial() -> None:
            models = [ScriptedModel([ServerError("no")]) for _ in range(failures)]
            breaking, unused = ScriptedModel([[*steps, error]]), ScriptedModel(["another answer"])
            everybody: list[Any] = [*models, breaking, unused]
            first, *others = everybody
            response = await make(*others)(first)(STREAMED)
            seen: list[Any] = []
            with pytest.raises(type(error)) as raised:
                async for part in response:
                    seen.append(part)
            assert raised.value is error
            assert seen == [step for step in steps if step != 1.0]
            assert not unused.calls
            check_closed(breaking)
            if isinstance(error, TruncatedStreamError | MalformedEventError | RateLimitError):
                assert cast("Any", error).partial.text == "".join(
                    step.text for step in seen if isinstance(step, TextDelta)
                )

        run(trial())

    law()


def test_F6_nobody_continues_what_a_reader_has_seen() -> None:
    law_commit(fallback)
    law_commit(route)
    rejects(law_commit, wrong.after_content)


def law_heads(make: Make) -> None:
    @examples()
    @given(st.lists(HEADS, min_size=1, max_size=3), HEADS, moving)
    def law(failing: list[list[Any]], last: list[Any], error: Exception) -> None:
        async def trial() -> None:
            models = [ScriptedModel([[*steps, error]]) for steps in failing]
            content: list[Any] = [ToolCallPart("1", "f", "{}"), FINISH]
            serving = ScriptedModel([[*last, *content]])
            first, *others = [*models, serving]
            response: Any = await make(*others)(first)(STREAMED)
            parts = [part async for part in response]
            assert parts == [step for step in [*last, *content] if step != 0.5]
            for model in (*models, serving):
                check_closed(model)

        run(trial())

    law()


def test_F6_a_stream_that_is_cut_before_its_content_is_served_by_the_next() -> None:
    law_heads(fallback)
    law_heads(route)
    rejects(law_heads, wrong.shows_failed_heads)


def law_closed_first(make: Make) -> None:
    @examples()
    @given(st.lists(st.tuples(HEADS, st.one_of(moving, st.just(HANG))), min_size=1, max_size=3))
    def law(failing: list[tuple[list[Any], Any]]) -> None:
        async def trial() -> None:
            models = [ScriptedModel([[*steps, end]]) for steps, end in failing]
            serving = ScriptedModel(["good"])

            def checked(at: int, model: Any) -> Any:
                async def call(request: Any) -> Any:
                    for earlier in models[:at]:
                        check_closed(earlier)
                    await asyncio.sleep(0.01)
                    return await timeout(first_content=10)(model)(request)

                return call

            first, *others = [checked(at, model) for at, model in enumerate([*models, serving])]
            assert await read(make(*others)(first), STREAMED) == "good"
            check_closed(serving)

        run(trial())

    law()


def test_F10_a_failed_stream_is_closed_before_the_next_one_starts() -> None:
    law_closed_first(fallback)
    law_closed_first(route)
    rejects(law_closed_first, wrong.asks_all_at_once)


windows = st.one_of(st.none(), st.integers(1, 5))


def law_windows(make: Make) -> None:
    @examples(150)
    @given(st.lists(st.tuples(windows, st.sampled_from(["long", "long", "broken"])), min_size=2, max_size=5), kinds)
    def law(models: list[tuple[int | None, str]], kind: Kind) -> None:
        async def trial() -> None:
            errors = [ContextLengthError("too long") if how == "long" else ServerError("broken") for _, how in models]
            line = Line(kind, errors)
            candidates = [Candidate(window_of[0], context_window=window) for window_of, (window, _) in
                          zip([(each.model,) for each in line.all], models, strict=True)]  # fmt: skip
            outcome = await caught(
                read(make(Candidate(context_window=models[0][0]), *candidates[1:])(line.all[0].model), line.request)
            )
            expected: list[Exception] = []
            too_small: float | None = None
            for (window, how), error in zip(models, errors, strict=True):
                if too_small is not None and (window is None or window <= too_small):
                    continue
                expected.append(error)
                if how == "long":
                    too_small = max(too_small or 0, float("inf") if window is None else window)
            asked = list(outcome.exceptions) if isinstance(outcome, AllModelsFailedError) else [outcome]
            assert len(asked) == len(expected)
            assert all(got is each for got, each in zip(asked, expected, strict=True))

        run(trial())

    law()


def test_F11_a_request_that_is_too_long_goes_only_to_larger_windows() -> None:
    law_windows(fallback)
    law_windows(route)
    rejects(law_windows, wrong.any_window)
    rejects(law_windows, wrong.no_other_window)
    rejects(law_windows, wrong.as_large_a_window)
    rejects(law_windows, wrong.unknown_windows)


def law_cancelled(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 2), st.floats(0, 5))
    def law(kind: Kind, failing: int, after: float) -> None:
        async def trial() -> None:
            line = Line(kind, [*[ServerError("broken")] * failing, "late", "other"])
            line.all[failing] = Scripted(kind, [Outcome("late", 10.0)])
            task = asyncio.ensure_future(read(line.layered(make), line.request))
            await asyncio.sleep(after)
            task.cancel()
            assert isinstance(await caught(task), asyncio.CancelledError)
            assert asyncio.get_running_loop().time() == pytest.approx(after, abs=1e-6)
            assert line.calls == [1] * (failing + 1) + [0] if after else sum(line.calls) <= failing + 1
            line.check_closed()

        run(trial())

    law()


def test_F4_a_cancellation_ends_the_call() -> None:
    law_cancelled(fallback)
    law_cancelled(route)
    rejects(law_cancelled, wrong.moves_on_when_cancelled)


def law_deadline(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(1, 8))
    def law(kind: Kind, seconds: list[int], limit: int) -> None:
        async def trial() -> None:
            line = Line(kind, ["unused"] * len(seconds))
            line.all = [Scripted(kind, [Outcome(ServerError("late"), float(each))]) for each in seconds]
            with deadline_at(limit + 0.5):
                outcome = await caught(read(line.layered(make), line.request))
            expected = [int(sum(seconds[:at]) < limit + 0.5) for at in range(len(seconds))]
            assert line.calls == expected
            assert isinstance(outcome, AllModelsFailedError if sum(expected) > 1 else ServerError)

        run(trial())

    law()


def test_F4_after_the_deadline_nobody_is_asked() -> None:
    law_deadline(fallback)
    law_deadline(route)
    rejects(law_deadline, wrong.after_the_deadline)
