"""The laws of ``key_pool``, each of which finds out an implementation that breaks it.

K1: each attempt goes out with one key of the pool, and in one call no key is tried twice. K2: a refused or limited key
makes the next one be tried at once; every other error and every cancellation is raised after that attempt. K3: a key
that rests is not tried until its time has come, and is then. K4: the call that has no key left ends with the error
itself, or with one that says until when; nothing is waited for. K5: the key goes to the account of the pool alone.
K6: weights are exact over a round. K7: no key is ever shown.
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
import pickle
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_key_pool as wrong
from layer_laws.kit import EMBEDDING, KINDS, STREAMED, WHOLE, Kind, caught, examples, good, read, rejects

from ai_sdk.call import CallRecord, record_call
from ai_sdk.credentials import Account, SecretKey, api_key_override, overriding_key
from ai_sdk.errors import (
    AISDKError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    LayerError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.keyring import KeyBench
from ai_sdk.middleware import key_pool, retry
from ai_sdk.middleware.key_pool import KeyBenched
from ai_sdk.model import AnyLayer, layer, wrap_model
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import changed
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing import HANG, ScriptedModel, run
from ai_sdk.testing.fault_server import OK, Fault, FaultServer, Status

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)


@dataclass
class Provider:
    """A provider of its own that remembers which keys were used, and refuses or limits those it is told to."""

    kind: Kind = "whole"
    says: dict[str, Exception] = field(default_factory=dict[str, Exception], repr=False)
    provider: str = "mine"
    model_id: str = "model"
    used: list[str | None] = field(default_factory=list[Any], repr=False)

    @property
    def request(self) -> Any:
        return {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}[self.kind]

    async def __call__(self, request: Any, /) -> Any:
        key = overriding_key(self.provider)
        self.used.append(key)
        error = self.says.get(cast("str", key))
        if error is not None:
            raise error
        if self.kind == "embedding":
            return EmbeddingResult(embeddings=((4.0,),))
        return await ScriptedModel(["fine"])(request)


def dead(number: int) -> Exception:
    errors = (AuthenticationError, QuotaExceededError, PermissionDeniedError)
    return errors[number % 3]("no", status=(401, 402, 403)[number % 3])


def limited(retry_after: float | None = None) -> RateLimitError:
    return RateLimitError("slow down", status=429, retry_after=retry_after)


states = st.one_of(st.none(), st.builds(dead, st.integers(0, 2)), st.builds(limited, st.none() | st.floats(1, 50)))


def keys_of(count: int) -> list[str]:
    return [f"sk-secret-{number}" for number in range(count)]


def law_attempts(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(states, min_size=1, max_size=5))
    def law(kind: Kind, says: list[Exception | None]) -> None:
        async def trial() -> None:
            keys = keys_of(len(says))
            provider = Provider(kind, {key: error for key, error in zip(keys, says, strict=True) if error is not None})
            answer = await caught(read(make(*keys)(provider), provider.request))
            assert asyncio.get_running_loop().time() == 0
            first_good = next((at for at, error in enumerate(says) if error is None), None)
            tried = keys if first_good is None else keys[: first_good + 1]
            assert provider.used == tried
            if first_good is not None:
                assert answer == good(kind, "fine")
            elif any(isinstance(error, RateLimitError) for error in says):
                assert answer is [error for error in says if isinstance(error, RateLimitError)][-1]
            else:
                assert answer is says[-1]

        run(trial())

    law()


def test_K1_K2_K4_each_key_once_and_the_error_itself() -> None:
    law_attempts(key_pool)
    rejects(law_attempts, wrong.pool_of_one)
    rejects(law_attempts, wrong.pool_that_tries_again)
    rejects(law_attempts, wrong.pool_of_its_own_error)


def law_other_errors(make: Make) -> None:
    @examples(30)
    @given(
        kinds,
        st.sampled_from(
            [
                BadRequestError("no", status=400),
                ServerError("broken", status=500),
                ValueError("a bug"),
                AuthenticationError("of another", status=401, provider="another"),
            ]
        ),
    )
    def law(kind: Kind, error: Exception) -> None:
        async def trial() -> None:
            provider = Provider(kind, dict.fromkeys(keys_of(3), error))
            pooled = make(*keys_of(3))(provider)
            assert await caught(read(pooled, provider.request)) is error
            assert len(provider.used) == 1
            for _ in range(5):
                await caught(read(pooled, provider.request))
            assert Counter(provider.used) == dict.fromkeys(keys_of(3), 2)

        run(trial())

    law()


def test_K2_other_errors_are_not_the_keys_fault() -> None:
    law_other_errors(key_pool)
    rejects(law_other_errors, wrong.pool_that_rotates_on_everything)


def law_cancelled(make: Make) -> None:
    async def trial() -> None:
        model = ScriptedModel([[HANG], "fine"])
        task = asyncio.ensure_future(cast("Any", make(*keys_of(3))(model)(WHOLE)))
        await asyncio.sleep(1)
        task.cancel()
        assert isinstance(await caught(asyncio.wait([task], timeout=1)), tuple)
        assert task.cancelled()
        assert len(model.calls) == 1

    run(trial())


def test_K2_a_cancellation_is_not_retried() -> None:
    law_cancelled(key_pool)
    rejects(law_cancelled, wrong.pool_that_retries_cancellations)


def law_rests(make: Make) -> None:
    @examples()
    @given(
        st.lists(st.sampled_from(["dead", "limited"]), min_size=1, max_size=3),
        st.floats(1, 50),
        st.none() | st.floats(1, 50),
        st.lists(st.floats(0, 40), min_size=1, max_size=5),
    )
    def law(says: list[str], retry_after: float, bench: float | None, pauses: list[float]) -> None:
        async def trial() -> None:
            keys = keys_of(len(says) + 1)
            kinds_of_error = {"dead": dead(0), "limited": limited(retry_after)}
            errors = {key: kinds_of_error[word] for key, word in zip(keys, says, strict=False)}
            provider = Provider("whole", errors)
            pooled = make(*keys, bench=bench)(provider)
            now = asyncio.get_running_loop().time
            free_at = dict.fromkeys(keys, 0.0)
            for pause in pauses:
                before = len(provider.used)
                assert await caught(read(pooled, WHOLE)) == "fine"
                used = provider.used[before:]
                for key in used:
                    assert now() >= free_at[cast("str", key)] - 1e-6
                    if key in errors:
                        rest = (bench or math.inf) if isinstance(errors[key], AuthenticationError) else retry_after
                        free_at[key] = now() + rest
                await asyncio.sleep(pause)
            provider.used.clear()
            await asyncio.sleep(1 + max(at for at in free_at.values() if at < math.inf))
            errors.clear()
            for _ in range(3 * len(keys)):
                await read(pooled, WHOLE)
            assert set(provider.used) == {key for key in keys if free_at[key] < math.inf}

        run(trial())

    law()


def test_K3_a_key_rests_for_its_time() -> None:
    law_rests(key_pool)
    rejects(law_rests, wrong.pool_that_forgets)
    rejects(law_rests, wrong.pool_that_frees)
    rejects(law_rests, wrong.pool_that_rests_for_good)


async def test_K4_when_no_key_is_free_the_error_says_until_when() -> None:
    keys = keys_of(3)
    provider = Provider(says={keys[0]: limited(30), keys[1]: limited(10), keys[2]: dead(0)})
    pooled = key_pool(*keys)(provider)
    first = await caught(read(pooled, WHOLE))
    assert first is provider.says[keys[1]]
    assert cast("Any", first).retry_after == pytest.approx(10)
    second = await caught(read(pooled, WHOLE))
    assert isinstance(second, RateLimitedError)
    assert second.retryable
    assert second.retry_after == pytest.approx(10)
    assert len(provider.used) == 3
    await asyncio.sleep(cast("float", second.retry_after))
    provider.says = {}
    assert await read(pooled, WHOLE) == "fine"
    assert provider.used[3:] == [keys[1]]


async def test_K4_when_all_rest_for_good_it_does_not_pay_to_wait() -> None:
    keys = keys_of(2)
    provider = Provider(says=dict.fromkeys(keys, dead(0)))
    pooled = key_pool(*keys)(provider)
    await caught(read(pooled, WHOLE))
    answer = await caught(read(pooled, WHOLE))
    assert type(answer) is LayerError
    assert not answer.retryable
    assert answer.retry_after is None
    assert len(provider.used) == 2


async def test_K4_a_key_that_dies_while_the_others_rest_does_not_hide_that_they_come_back() -> None:
    keys = keys_of(2)
    provider = Provider(says={keys[0]: limited(10)})
    pooled = key_pool(*keys)(provider)
    assert await read(pooled, WHOLE) == "fine"
    provider.says[keys[1]] = dead(0)
    answer = await caught(read(pooled, WHOLE))
    assert isinstance(answer, RateLimitedError)
    assert answer.__cause__ is provider.says[keys[1]]
    assert answer.retry_after == pytest.approx(10)


async def test_K4_a_retry_outside_waits_for_the_first_free_key() -> None:
    keys = keys_of(2)
    provider = Provider(says={keys[0]: limited(7), keys[1]: limited(3)})

    @layer
    async def recovers(request: Any, call: Any) -> Any:
        if asyncio.get_running_loop().time() > 0:
            provider.says = {}
        return await call(request)

    model = wrap_model(provider, [retry(base=0.0), key_pool(*keys), recovers])
    assert await read(model, WHOLE) == "fine"
    assert asyncio.get_running_loop().time() == pytest.approx(3)
    assert provider.used == [*keys, keys[1]]


async def test_K4_limits_and_permissions_are_of_one_model_and_a_bad_key_is_bad_everywhere() -> None:
    keys, bench = keys_of(3), KeyBench()
    says = {keys[0]: limited(50), keys[1]: dead(2), keys[2]: dead(0)}
    one, other = Provider(says=says, model_id="one"), Provider(model_id="other")
    await caught(read(key_pool(*keys, shared=bench)(one), WHOLE))
    pooled = key_pool(*keys, shared=bench)(other)
    for _ in range(4):
        await read(pooled, WHOLE)
    assert Counter(other.used) == {keys[0]: 2, keys[1]: 2}
    bench.clear()
    for _ in range(3):
        await read(pooled, WHOLE)
    assert keys[2] in other.used


def door(server: FaultServer, name: str = "fault", **options: Any) -> Any:
    return create_openai_compatible(name=name, base_url=server.base_url, **options)


def keys_seen(server: FaultServer) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


def law_account(make: Make) -> None:
    async def trial() -> None:
        async with FaultServer() as mine, FaultServer() as theirs:
            others = [
                door(mine, "other", api_key="other")("m"),
                door(mine, "fault", api_key="another-account")("m"),
                door(theirs, "fault", api_key="own")("m"),
            ]

            @layer
            async def everywhere(request: Any, call: Any) -> Any:
                for each in others:
                    await read(each, request)
                return await call(request)

            model = wrap_model(door(mine, api_key="own")("m"), [make("pooled"), everywhere])
            assert await caught(read(model, WHOLE)) == OK().text
            assert keys_seen(mine) == ["Bearer other", "Bearer another-account", "Bearer pooled"]
            assert keys_seen(theirs) == ["Bearer own"]
            assert overriding_key("fault", mine.base_url, "own") is None

    run(trial())


def test_K5_the_key_goes_to_its_account_alone() -> None:
    law_account(key_pool)
    rejects(law_account, wrong.pool_for_everybody)


def serve(faults: list[Fault], talk: Callable[[FaultServer], Any]) -> list[str | None]:
    async def trial() -> list[str | None]:
        async with FaultServer(faults) as server:
            await talk(server)
            return keys_seen(server)

    return run(trial())


@pytest.mark.parametrize("request_of", [WHOLE, STREAMED, EMBEDDING], ids=["whole", "streamed", "embedding"])
def test_the_right_keys_go_out_on_the_wire(request_of: Any) -> None:
    async def talk(server: FaultServer) -> None:
        provider = door(server)
        model = provider.embedding("m") if request_of is EMBEDDING else provider("m")
        pooled = key_pool("sk-one", "sk-two", "sk-three")(model)
        for _ in range(3):
            await read(pooled, request_of)

    seen = serve([Status(401), Status(429, retry_after=60), OK(), OK(), OK()], talk)
    assert seen == [f"Bearer {key}" for key in ("sk-one", "sk-two", "sk-three", "sk-three", "sk-three")]


def test_a_key_in_the_headers_of_a_request_goes_by_the_pool() -> None:
    async def talk(server: FaultServer) -> None:
        pooled = key_pool("sk-one", "sk-two")(door(server)("m"))
        own = changed(WHOLE, headers={"Authorization": "Bearer mine"})
        assert isinstance(await caught(read(pooled, own)), AuthenticationError)
        await read(pooled, WHOLE)

    assert serve([Status(401), OK()], talk) == ["Bearer mine", "Bearer sk-one"]


def test_other_dialects_get_the_key_in_their_own_header() -> None:
    async def trial() -> None:
        async with FaultServer() as server:
            endpoint = door(server, api_key="own").endpoint

            def header(key: str) -> dict[str, str]:
                return {"x-api-key": key}

            other = replace(endpoint, auth=header)
            account = Account(other.name, other.base_url, other.key)
            with api_key_override(account, SecretKey("pooled", "key")):
                assert other.all_headers({}, None)["x-api-key"] == "pooled"
                assert other.redacted(b"your key is pooled") == b"your key is ***"
            assert other.all_headers({}, None)["x-api-key"] == "own"

    run(trial())


def law_weights(make: Make) -> None:
    @examples(40)
    @given(kinds, st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(1, 3))
    def law(kind: Kind, weights: list[int], rounds: int) -> None:
        async def trial() -> None:
            keys = keys_of(len(weights))
            provider = Provider(kind)
            pooled = make(*zip(keys, weights, strict=True))(provider)
            for _ in range(rounds * sum(weights)):
                await read(pooled, provider.request)
            assert Counter(provider.used) == {key: rounds * weight for key, weight in zip(keys, weights, strict=True)}

        run(trial())

    law()


def test_K6_weights_are_exact_over_a_round() -> None:
    law_weights(key_pool)
    rejects(law_weights, wrong.pool_without_weights)


async def test_K6_least_limited_takes_the_key_whose_limit_is_longest_ago() -> None:
    keys = keys_of(3)
    provider = Provider()
    pooled = key_pool(*keys, choose="least-limited")(provider)
    for key in (keys[1], keys[0]):
        provider.says = {key: limited(1)}
        for _ in range(3):
            await read(pooled, WHOLE)
        await asyncio.sleep(5)
    provider.says, provider.used = {}, []
    await read(pooled, WHOLE)
    assert provider.used == [keys[2]]
    provider.says = {keys[2]: limited(1)}
    await read(pooled, WHOLE)
    await asyncio.sleep(5)
    provider.says, provider.used = {}, []
    await read(pooled, WHOLE)
    assert provider.used == [keys[1]]


def law_secret(make: Make) -> None:
    async def trial() -> None:
        keys = keys_of(2)
        seen: list[Any] = []

        def observe(_record: CallRecord, kind: str, detail: Any) -> None:
            seen.append((kind, repr(detail), str(detail)))

        provider = Provider(says={keys[0]: dead(0), keys[1]: limited(5)})
        model = wrap_model(provider, [make(*keys)])
        written = io.StringIO()
        handler = logging.StreamHandler(written)
        logging.getLogger().addHandler(handler)
        with record_call(observers=(observe,)):
            for _ in range(2):
                answer = await caught(read(model, WHOLE))
                assert isinstance(answer, AISDKError)
                lines = traceback.TracebackException.from_exception(answer, capture_locals=True).format()
                ours = [line for line in lines if "test_key_pool" not in line and "wrong_key_pool" not in line]
                seen += [repr(answer), str(answer), vars(answer), getattr(answer, "__notes__", None), *ours]
        logging.getLogger().removeHandler(handler)
        shown = f"{seen} {model!r} {written.getvalue()}"
        assert "key-benched" in shown
        assert "key 1 of 2" in shown
        assert not [key for key in keys if key in shown]

    run(trial())


def test_K7_no_key_is_ever_shown() -> None:
    law_secret(key_pool)
    rejects(law_secret, wrong.pool_that_tells)
    secret = SecretKey("sk-secret", "key 1 of 1")
    assert repr(secret) == "<key 1 of 1>"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


async def test_a_report_says_which_key_rests() -> None:
    seen: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "key-benched":
            seen.append(detail)

    keys = keys_of(3)
    provider = Provider(says={keys[0]: dead(0), keys[1]: limited()})
    with record_call(observers=(observe,)):
        await read(wrap_model(provider, [key_pool(*keys, backoff=4.0)]), WHOLE)
    assert seen == [
        KeyBenched("key 1 of 3", "AuthenticationError", math.inf),
        KeyBenched("key 2 of 3", "RateLimitError", 4.0),
    ]


async def test_two_pools_share_nothing_unless_they_share_a_bench() -> None:
    keys = keys_of(2)
    for shared, expected in ((None, 4), (KeyBench(), 3)):
        used = 0
        for _ in range(2):
            provider = Provider(says={keys[0]: dead(0)})
            await read(key_pool(*keys, shared=shared)(provider), WHOLE)
            used += len(provider.used)
        assert used == expected
    around = key_pool(*keys)
    first, second = Provider(says={keys[0]: dead(0)}), Provider()
    await read(around(first), WHOLE)
    await read(around(second), WHOLE)
    assert second.used == [keys[0]]


def test_two_threads_find_out_a_dead_key_together() -> None:
    keys = keys_of(4)
    provider = Provider(says={keys[0]: dead(0), keys[3]: dead(1)})
    pooled = key_pool(*keys)(provider)

    async def work() -> None:
        for _ in range(300):
            assert await read(pooled, WHOLE) == "fine"

    failures: list[BaseException] = []

    def thread() -> None:
        try:
            run(work())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=thread) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert failures == []
    counts = Counter(provider.used)
    assert counts[keys[0]] <= 2
    assert counts[keys[3]] <= 2
    assert abs(counts[keys[1]] - counts[keys[2]]) <= 4


@pytest.mark.parametrize(
    ("keys", "options", "field"),
    [
        ((), {}, "keys"),
        (("a", "a"), {}, "keys"),
        (("a", ""), {}, "keys[1]"),
        (("a", "sk\nb"), {}, "keys[1]"),
        ((("a", 0),), {}, "keys[0]"),
        (("a",), {"choose": "best"}, "choose"),
        (("a",), {"bench": 0}, "bench"),
        (("a",), {"backoff": -1.0}, "backoff"),
    ],
)
def test_options_that_make_no_sense(keys: Any, options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        key_pool(*keys, **options)
    assert raised.value.field == field


async def test_a_pool_must_know_whose_keys_it_has() -> None:
    used: list[str | None] = []

    async def function(_request: Any) -> Any:
        used.append(overriding_key("mine"))

    with pytest.raises(InvalidRequestError) as raised:
        key_pool("a")(function)
    assert raised.value.field == "provider"
    await cast("Any", key_pool("a", provider="mine")(function)(WHOLE))
    await cast("Any", key_pool("a", provider="another")(function)(WHOLE))
    assert used == ["a", None]
    with pytest.raises(InvalidRequestError):
        await key_pool("a")(ScriptedModel())(changed(WHOLE, layer_options={"key_pool": {"key": 1}}))
