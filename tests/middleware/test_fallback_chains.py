"""The laws of ``fallback`` about chains in chains, records and options, which ``route`` keeps too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_fallback as wrong
from laws.falling import Line, Make, moving
from layer_laws.kit import (
    EMBEDDING,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    caught,
    examples,
    good,
    read,
    rejects,
)

from ai_sdk.call import CallRecord, attempts_of, record_call
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    ContentFilterError,
    ContextLengthError,
    InvalidRequestError,
    InvalidResponseError,
    ServerError,
)
from ai_sdk.failover import Candidate
from ai_sdk.middleware import fallback, retry
from ai_sdk.middleware.route import route
from ai_sdk.model import wrap_model
from ai_sdk.testing import ScriptedModel, run


class Web:
    """Models that fall back to each other: ``edges[i]`` are those of model ``i``; ``good`` answers."""

    def __init__(self, make: Make, edges: Sequence[Sequence[int]], good: int | None) -> None:
        self.asked: list[int] = []
        self.errors = [ServerError(f"number {at}") for at in range(len(edges))]
        self.good = good
        later = [self._later(at) for at in range(len(edges))]
        self.models = [
            wrap_model(self._raw(at), [make(*(later[to] for to in ends))] if ends else [])
            for at, ends in enumerate(edges)
        ]

    def _raw(self, at: int) -> Any:
        async def raw(_request: Any) -> Any:
            self.asked.append(at)
            assert len(self.asked) < 200
            if at == self.good:
                return await ScriptedModel([f"number {at}"])(WHOLE)
            raise self.errors[at]

        return raw

    def _later(self, at: int) -> Any:
        async def later(request: Any) -> Any:
            return await self.models[at](request)

        return later


def reachable(edges: Sequence[Sequence[int]]) -> set[int]:
    found, todo = {0}, [0]
    while todo:
        for to in edges[todo.pop()]:
            if to not in found:
                found.add(to)
                todo.append(to)
    return found


def leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, AllModelsFailedError):
        return [leaf for each in error.exceptions for leaf in leaves(each)]
    return [error]


def law_once(make: Make) -> None:
    @examples(100)
    @given(
        st.integers(2, 5).flatmap(
            lambda count: st.lists(
                st.lists(st.integers(0, count - 1), min_size=0, max_size=3, unique=True),
                min_size=count,
                max_size=count,
            )
        ),
        st.one_of(st.none(), st.integers(0, 4)),
    )
    def law(edges: list[list[int]], good: int | None) -> None:
        async def trial() -> None:
            web = Web(make, edges, good)
            outcome = await caught(read(web.models[0], WHOLE))
            assert len(web.asked) == len(set(web.asked))
            everybody = reachable(edges)
            if good in everybody:
                assert outcome == f"number {good}"
                assert web.asked[-1] == good
            else:
                assert set(web.asked) == everybody
                assert isinstance(outcome, BaseException)
                assert sorted(map(str, leaves(outcome))) == sorted(str(web.errors[at]) for at in everybody)

        run(trial())

    law()


def test_F7_each_once_also_where_models_fall_back_to_each_other() -> None:
    law_once(fallback)
    law_once(route)
    rejects(law_once, wrong.without_memory)
    rejects(law_once, wrong.remembers_only_itself)
    rejects(law_once, wrong.forgets_what_failed_below)


async def test_F7_two_models_that_fall_back_to_each_other() -> None:
    web = Web(fallback, [[1], [0]], None)
    error = await caught(read(web.models[0], WHOLE))
    assert web.asked == [0, 1]
    assert isinstance(error, AllModelsFailedError)
    assert list(error.exceptions) == web.errors


async def test_F7_the_same_model_with_another_request_is_another_target() -> None:
    model = ScriptedModel([ContextLengthError("too long"), ServerError("broken"), "short"])
    layered = fallback(
        Candidate(model, max_output_tokens=1),
        model,
        on=ContextLengthError,
    )(model)
    assert isinstance(await caught(read(layered, WHOLE)), ContextLengthError)
    model = ScriptedModel([ServerError("broken"), ServerError("broken"), "short"])
    layered = fallback(model, Candidate(model, max_output_tokens=2), Candidate(model, max_output_tokens=1))(model)
    assert await read(layered, WHOLE) == "short"
    assert [each.max_output_tokens for each in model.calls] == [None, 2, 1]


async def test_F7_a_retry_between_two_fallbacks_asks_again() -> None:
    inner, second, last = (
        ScriptedModel([ServerError("a"), ServerError("b"), "third"]),
        ScriptedModel([ServerError("c")]),
        ScriptedModel(["last"]),
    )
    stack = wrap_model(inner, [retry(attempts=3, base=0.0), fallback(second)])
    broken = ScriptedModel([ServerError("d")])
    assert await read(wrap_model(broken, [fallback(stack, last)]), WHOLE) == "third"
    assert [len(each.calls) for each in (broken, inner, second, last)] == [1, 3, 2, 0]


async def test_F7_a_model_may_ask_others_as_often_as_it_likes() -> None:
    voter = ScriptedModel(["yes"])
    layered = wrap_model(voter, [fallback(ScriptedModel(["spare"]))])

    async def majority(request: Any) -> Any:
        votes = await asyncio.gather(*[read(layered, request) for _ in range(3)])
        return await ScriptedModel([" ".join([*votes, await read(layered, request)])])(request)

    broken = ScriptedModel([ServerError("broken")])
    assert await read(wrap_model(broken, [fallback(majority)]), WHOLE) == "yes yes yes yes"


async def test_F7_a_chain_of_changing_requests_ends_too() -> None:
    asked: list[Any] = []

    async def raw(request: Any) -> Any:
        asked.append(request)
        raise ServerError("broken")

    async def on_and_on(request: Any) -> Any:
        return await model(replace(request, seed=(request.seed or 0) + 1))

    model = wrap_model(raw, [fallback(on_and_on)])
    assert isinstance(await caught(read(model, WHOLE)), AISDKError)
    assert len(asked) == 32


def law_attempts(make: Make) -> None:
    @examples()
    @given(st.lists(st.tuples(moving, st.booleans()), min_size=1, max_size=3), st.booleans(), st.booleans())
    def law(failing: list[tuple[Exception, bool]], serves: bool, stream: bool) -> None:
        async def trial() -> None:
            models = [plain(error, f"m{at}") if is_plain else named(error, f"m{at}") for at, (error, is_plain) in
                      enumerate(failing)]  # fmt: skip
            last = plain("good" if serves else ServerError("last"), "last")
            first, *others = [*models, last]
            model = wrap_model(first, [make(*others)])
            record: Any = None

            async def call() -> Any:
                nonlocal record
                with record_call() as record:
                    return await read(model, STREAMED if stream else WHOLE)

            outcome = await caught(call())
            assert [each.model.rpartition(":")[2] for each in record.attempts] == [*[f"m{at}" for at in
                    range(len(models))], "last"]  # fmt: skip
            errors = [each.error for each in record.attempts]
            assert all(got is error for got, (error, _) in zip(errors, failing, strict=False))
            assert all(each.ended is not None for each in record.attempts)
            if serves:
                assert outcome == "good"
                assert errors[-1] is None
            else:
                assert isinstance(outcome, BaseException)
                assert attempts_of(outcome) == tuple(record.attempts)

        run(trial())

    law()


def plain(answer: Any, name: str) -> Any:
    """A foreign plain function."""

    async def model(request: Any) -> Any:
        inner: Any = ScriptedModel([answer])
        with record_call("tool"):
            return await inner(request)

    model.__name__ = name
    return model


def named(answer: Any, name: str) -> Any:
    return ScriptedModel([answer], model_id=name)


def test_F8_the_record_says_who_served_and_what_was_tried() -> None:
    law_attempts(fallback)
    law_attempts(route)
    rejects(law_attempts, wrong.does_not_record)


class Refused:
    """A model whose answer of so many tokens is read and then refused."""

    records_attempts = True

    def __init__(self, tokens: int) -> None:
        self._model = ScriptedModel([" ".join(["word"] * tokens)])

    async def __call__(self, request: Any) -> Any:
        await (await self._model(request)).result()
        raise InvalidResponseError("not what was asked for")


def law_cost(make: Make) -> None:
    @examples()
    @given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.booleans())
    def law(used: list[int], stream: bool) -> None:
        async def trial() -> None:
            models: list[Any] = [*map(Refused, used), ScriptedModel(["one"])]
            with record_call() as record:
                await read(wrap_model(models[0], [make(*models[1:])]), STREAMED if stream else WHOLE)
            assert [cast("Any", each.usage).output_tokens for each in record.attempts] == [*used, 1]

        run(trial())

    law()


def test_F9_what_failed_attempts_cost_is_recorded() -> None:
    law_cost(fallback)
    law_cost(route)
    rejects(law_cost, wrong.fails_in_secret)


@pytest.mark.parametrize("kind", KINDS)
async def test_two_threads_share_one_layer(kind: Kind) -> None:
    import threading

    layer = fallback(lambda request: Line(kind, [ServerError("a"), "spare"]).all[1].model(request))
    answers: list[Any] = []

    def work() -> None:
        async def calls() -> list[Any]:
            model: Any = layer(Line(kind, [ServerError("a"), "x"]).all[0].model)
            request = {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[kind]
            return list(await asyncio.gather(*[read(model, request) for _ in range(50)]))

        answers.append(run(calls()))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [[good(kind, "spare")] * 50] * 2


async def test_it_reports_what_failed_and_who_is_next() -> None:
    seen: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        seen.append((kind, detail)) if kind == "fell-over" else None

    first, second = ServerError("first"), ServerError("second")
    models = [ScriptedModel([first], model_id="a"), ScriptedModel([second], model_id="b"), ScriptedModel(["good"])]
    with record_call(observers=(observe,)):
        await read(wrap_model(models[0], [fallback(models[1], Candidate(models[2], name="spare"))]), WHOLE)
    assert seen == [("fell-over", (first, "scripted:b")), ("fell-over", (second, "spare"))]


async def test_per_call_it_can_be_switched_off() -> None:
    line = Line("whole", [ServerError("a"), "good"])
    layered = line.layered(fallback)
    request = replace(WHOLE, layer_options={"fallback": {"mode": "off"}})
    assert isinstance(await caught(read(layered, request)), ServerError)
    assert await read(layered, replace(WHOLE, layer_options={"fallback": {"mode": "on"}})) == "good"
    for options in ({"mode": "maybe"}, {"moed": "off"}, "off"):
        error = await caught(read(layered, replace(WHOLE, layer_options={"fallback": options})))
        assert isinstance(error, InvalidRequestError)
        assert (error.field or "").startswith("layer_options.fallback")
    assert line.calls == [2, 1]


def is_value_error(error: Exception) -> bool:
    return isinstance(error, ValueError)


def yes(_error: Exception) -> bool:
    return True


def dunno(_error: Exception) -> None:
    return None


ON: list[tuple[Any, Exception, bool]] = [
    (ValueError, ValueError("x"), True),
    ((ValueError, KeyError), KeyError("x"), True),
    (ValueError, ServerError("x"), True),
    (ValueError, OSError("x"), False),
    (ContentFilterError, ContentFilterError("x"), True),
    (is_value_error, ValueError("x"), True),
    (is_value_error, ServerError("x"), False),
    (dunno, ServerError("x"), True),
    (dunno, ValueError("x"), False),
    (yes, ContextLengthError("x"), True),
    (ContextLengthError, ContextLengthError("x"), False),
]


@pytest.mark.parametrize(("on", "error", "moves"), ON)
async def test_on_says_what_else_moves_on(on: Any, error: Exception, moves: bool) -> None:
    line = Line("whole", [error, "good"])
    outcome = await caught(read(line.layered(fallback, on=on), WHOLE))
    assert (outcome == "good") if moves else (outcome is error)


async def test_a_setting_that_this_kind_lacks_is_refused_before_anybody_is_asked() -> None:
    line = Line("embedding", [ServerError("a"), "good"])
    layered = fallback(Candidate(line.all[1].model, temperature=0.5))(line.all[0].model)
    error = await caught(read(layered, EMBEDDING))
    assert isinstance(error, InvalidRequestError)
    assert error.field == "temperature"
    assert "EmbeddingRequest" in str(error)
    bad = fallback(Candidate(ScriptedModel(), max_output_tokens=0))(line.all[0].model)
    assert isinstance(await caught(read(bad, WHOLE)), InvalidRequestError)
    assert line.calls == [0, 0]


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: fallback(), "others"),
        (lambda: fallback(Candidate()), "others"),
        (lambda: fallback(ScriptedModel(), on=cast("Any", 7)), "on"),
        (lambda: fallback(ScriptedModel(), on=cast("Any", (int,))), "on"),
        (lambda: fallback(cast("Any", "groq:llama")), "model"),
        (lambda: fallback(Candidate(), Candidate(), ScriptedModel())(ScriptedModel()), "model"),
    ],
)
def test_bad_options_are_named(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        make()
    assert raised.value.field == field
