"""Candidates, whom their requests reach, and which errors move on. The laws of the chain are in ``test_fallback``."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from ai_sdk.credentials import SecretKey
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    BadRequestError,
    ContextLengthError,
    GuardrailError,
    InvalidRequestError,
    LayerError,
    RateLimitError,
    ServerError,
)
from ai_sdk.failover import Candidate, Judge, Target, ask_in_turn, is_overlong, moves_on, secret_keys, targets_around
from ai_sdk.messages import user
from ai_sdk.model import recorded
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.testing import ScriptedModel

REQUEST = LanguageRequest(messages=(user("hi"),), headers={"X-Trace": "1"}, provider_options={"p": {"a": 1}})


async def plain(_request: Any) -> Any:
    return "plain"


def target(candidate: Candidate, model: Any = plain) -> Target:
    return targets_around(model, [candidate])[-1]


def test_a_candidate_without_settings_gets_the_very_request() -> None:
    assert target(Candidate(plain)).request_of(REQUEST) is REQUEST
    assert target(Candidate()).request_of(REQUEST) is REQUEST


def test_settings_win_and_mappings_merge() -> None:
    candidate = Candidate(
        plain, temperature=None, seed=3, headers={"x-trace": "2"}, provider_options={"p": {"b": 2}, "q": {"c": 3}}
    )
    sent = target(candidate).request_of(replace(REQUEST, temperature=1.0))
    assert (sent.temperature, sent.seed, sent.headers) == (None, 3, {"x-trace": "2"})
    assert sent.provider_options == {"p": {"a": 1, "b": 2}, "q": {"c": 3}}
    assert REQUEST.provider_options == {"p": {"a": 1}}


def test_a_settings_list_cannot_be_changed_afterwards() -> None:
    stop = ["a"]
    candidate = Candidate(plain, stop=stop)
    stop.append("b")
    assert target(candidate).request_of(REQUEST).stop == ("a",)


def test_credentials_of_the_request_go_to_the_provider_of_the_wrapped_model() -> None:
    home = ScriptedModel(provider="home")
    request = replace(REQUEST, headers={"Authorization": "hidden", "X-Trace": "1"})
    mine, twin, other, function = targets_around(
        home, [Candidate(ScriptedModel(provider="home")), Candidate(ScriptedModel()), Candidate(plain)]
    )
    assert mine.request_of(request) is request
    assert twin.request_of(request) is request
    assert other.request_of(request).headers == {"X-Trace": "1"} == function.request_of(request).headers
    own = target(Candidate(plain, headers={"authorization": "its own"}), home)
    assert own.request_of(request).headers == {"X-Trace": "1", "authorization": "its own"}


def test_settings_of_a_request_of_the_users_own() -> None:
    @dataclass(frozen=True)
    class Question:
        text: str
        temperature: float = 0.0

    assert target(Candidate(plain, temperature=1.0)).request_of(Question("hi")) == Question("hi", 1.0)
    with pytest.raises(InvalidRequestError, match="allowed: temperature"):
        target(Candidate(plain, seed=1)).check(Question("hi"))
    with pytest.raises(InvalidRequestError, match="allowed: none"):
        target(Candidate(plain, seed=1)).check(object())
    target(Candidate(plain)).check(object())


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Candidate(plain, temprature=1), "temprature"),
        (lambda: Candidate(plain, messages=()), "messages"),
        (lambda: Candidate(cast("Any", "groq:x")), "model"),
        (lambda: Candidate(plain, name=""), "name"),
        (lambda: Candidate(plain, serves=cast("Any", 3)), "serves"),
        (lambda: Candidate(plain, context_window=0), "context_window"),
        (lambda: Candidate(plain, context_window=cast("Any", 1.5)), "context_window"),
        (lambda: Candidate(plain, price=-1), "price"),
        (lambda: Candidate(plain, price=float("nan")), "price"),
        (lambda: Candidate(plain, weight=-1), "weight"),
        (lambda: Candidate(plain, weight=float("inf")), "weight"),
        (lambda: Candidate(plain, keys="sk-secret"), "keys"),
        (lambda: Candidate(plain, keys=["sk-secret", " "]), "keys"),
        (lambda: target(Candidate(plain, keys=["sk-secret"])), "keys"),
        (lambda: targets_around(plain, [Candidate(), Candidate()]), "model"),
        (lambda: target(Candidate(plain, dimensions=1)).check(REQUEST), "dimensions"),
        (lambda: target(Candidate(plain, top_p=7)).check(REQUEST), "top_p"),
        (lambda: target(Candidate(plain, seed=1)).check(EmbeddingRequest(values=("a",))), "seed"),
    ],
)
def test_bad_options_are_named_and_no_key_is_shown(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        make()
    assert raised.value.field == field
    assert "sk-secret" not in str(raised.value)


def test_a_candidate_shows_no_key_and_no_value() -> None:
    candidate = Candidate(
        ScriptedModel(), name="it", keys=["sk-secret"], headers={"authorization": "hidden"}, temperature=1.0
    )
    assert repr(candidate) == "Candidate(ScriptedModel(['ok']), name='it', headers=..., temperature=...)"
    assert repr(Candidate()) == "Candidate()"
    assert repr(target(candidate)) == "<target it>"
    assert [key.label for key in secret_keys(["a", SecretKey("b", "mine")], "keys")] == ["key 1 of 2", "mine"]


def test_windows_are_those_given_or_those_that_the_price_package_knows() -> None:
    assert target(Candidate(plain, context_window=10)).window() == 10
    assert target(Candidate(plain)).window() is None
    known = target(Candidate(ScriptedModel(provider="openai", model_id="gpt-4o")))
    assert known.window() == 128_000
    assert known.is_larger_than(127_999)
    assert not known.is_larger_than(128_000)
    assert not known.is_larger_than(float("inf"))
    assert not target(Candidate(plain)).is_larger_than(0)


def group(*errors: Exception) -> AllModelsFailedError:
    return AllModelsFailedError("all", errors)


def test_a_group_moves_on_when_all_of_it_does() -> None:
    assert moves_on(group(ServerError("a"), RateLimitError("b"), group(ConnectionError())))
    assert moves_on(group(ServerError("a"), ContextLengthError("b")))
    assert not moves_on(group(ServerError("a"), group(BadRequestError("b"))))
    assert is_overlong(group(ServerError("a"), group(ContextLengthError("b"))))
    assert not is_overlong(group(ServerError("a")))


def test_a_refusal_by_a_layer_that_says_no_more_moves_on() -> None:
    assert moves_on(LayerError("all keys were refused"))
    assert not moves_on(GuardrailError("no"))


def yes(_error: Exception) -> bool:
    return True


def no(_error: Exception) -> bool:
    return False


def dunno(_error: Exception) -> None:
    return None


LEADS: list[tuple[Any, Exception, str]] = [
    (None, ServerError("x"), "any"),
    (None, BadRequestError("x"), "stop"),
    (None, ContextLengthError("x"), "larger"),
    (None, group(ServerError("a"), ContextLengthError("b")), "larger"),
    (None, group(BadRequestError("a"), ContextLengthError("b")), "stop"),
    (BadRequestError, BadRequestError("x"), "any"),
    (BadRequestError, ContextLengthError("x"), "larger"),
    ((KeyError, ValueError), ValueError("x"), "any"),
    (yes, ContextLengthError("x"), "any"),
    (no, ServerError("x"), "stop"),
    (dunno, ContextLengthError("x"), "larger"),
]


@pytest.mark.parametrize(("on", "error", "move"), LEADS)
def test_where_an_error_leads(on: Any, error: Exception, move: str) -> None:
    assert Judge(on)(error) == move


async def test_errors_are_raised_as_they_came_without_a_trace_of_the_others() -> None:
    errors = [ServerError("first"), ValueError("second")]

    async def first(_request: Any) -> Any:
        raise errors[0]

    async def second(_request: Any) -> Any:
        raise errors[1]

    with pytest.raises(ValueError, match="second") as raised:
        await ask_in_turn(targets_around(first, [Candidate(second)]), REQUEST, Judge())
    assert raised.value.__context__ is None
    assert [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)][-1] == "second"


async def test_a_failed_chain_leaves_no_cycle() -> None:
    class Held:
        pass

    async def failing(_request: Any) -> Any:
        held = Held()
        alive.append(weakref.ref(held))
        raise ServerError("broken")

    alive: list[weakref.ref[Held]] = []
    gc.disable()
    try:
        for others in ([plain], [failing]):
            try:
                await ask_in_turn(targets_around(failing, [Candidate(each) for each in others]), REQUEST, Judge())
            except AISDKError:
                pass
            await asyncio.sleep(0)
            assert not [each for each in alive if each() is not None]
    finally:
        gc.enable()


async def test_the_group_says_who_failed_how_and_no_content() -> None:
    models = [ScriptedModel([ServerError("hidden")], model_id="a"), ScriptedModel([RateLimitError("hidden")])]
    with pytest.raises(AllModelsFailedError) as raised:
        await ask_in_turn(targets_around(models[0], [Candidate(models[1], name="b")]), REQUEST, Judge())
    assert raised.value.message == "all 2 attempts failed: scripted:a (ServerError), b (RateLimitError)"
    assert raised.value.retryable
    assert repr(raised.value).count("hidden") == 2


async def test_a_request_that_does_not_compare_is_only_itself() -> None:
    class Odd:
        def __eq__(self, _other: object) -> Any:
            raise TypeError("not comparable")

        def __hash__(self) -> int:
            return 1

    async def failing(_request: Any) -> Any:
        raise ServerError("broken")

    async def nested(_request: Any) -> Any:
        return await ask_in_turn(targets_around(failing, []), Odd(), Judge())

    with pytest.raises(AllModelsFailedError) as raised:
        await ask_in_turn(targets_around(failing, [Candidate(nested)]), Odd(), Judge())
    assert len(raised.value.exceptions) == 2


def test_a_recorded_model_is_the_model_itself() -> None:
    model = recorded(plain)
    assert target(Candidate(model)).identity is plain
    assert target(Candidate(plain)).identity is plain
