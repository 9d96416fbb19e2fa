"""The law of ``default_settings``: what the request says wins, what it leaves open is filled in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_laws import wrong
from layer_laws.kit import EMBEDDING, WHOLE, examples, rejects

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError
from ai_sdk.middleware import default_settings
from ai_sdk.model import AnyLayer, name_of
from ai_sdk.requests import AnyRequest, EmbeddingRequest, ImageRequest, SpeechRequest, ToolDefinition
from ai_sdk.testing import run

Make = Callable[..., AnyLayer]


async def seen(layer: AnyLayer, request: Any) -> Any:
    """The request that the model inside gets."""

    async def model(request: Any) -> Any:
        return request

    return await layer(model)(request)


trees: st.SearchStrategy[Any] = st.recursive(
    st.integers(0, 3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
options = st.dictionaries(
    st.sampled_from(["groq", "openai"]), st.dictionaries(st.sampled_from("abc"), trees), max_size=2
)
scalars = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([0.0, 0.5, 1.0]),
        "max_output_tokens": st.integers(1, 9),
        "stop": st.lists(st.sampled_from("xyz"), min_size=1, max_size=2),
        "seed": st.integers(0, 3),
    },
)


def merged(over: Any, under: Any) -> Any:
    """The law for mappings, in its own words."""
    if not (isinstance(over, Mapping) and isinstance(under, Mapping)):
        return cast("Any", over)
    one, other = cast("Mapping[str, Any]", over), cast("Mapping[str, Any]", under)
    both = {name: merged(one[name], other[name]) for name in one if name in other}
    return {**other, **one, **both}


def law_filling(make: Make) -> None:
    @examples(100)
    @given(scalars, options, scalars, options)
    def law(given_: dict[str, Any], own: dict[str, Any], defaults: dict[str, Any], under: dict[str, Any]) -> None:
        async def trial() -> None:
            request = replace(WHOLE, **given_, provider_options=cast("Any", own))
            got = await seen(make(**defaults, provider_options=under), request)
            assert got == replace(WHOLE, **{**defaults, **given_}, provider_options=merged(own, under))
            assert request == replace(WHOLE, **given_, provider_options=cast("Any", own))
            assert isinstance(hash(got), int)

        run(trial())

    law()


def test_the_request_wins_and_the_rest_is_filled_in() -> None:
    law_filling(default_settings)
    rejects(law_filling, wrong.defaults_that_override)
    rejects(law_filling, wrong.defaults_that_merge_one_level)


async def test_headers_are_compared_without_regard_to_case() -> None:
    request = replace(WHOLE, headers=FrozenDict({"X-Team": "mine"}))
    got = await seen(default_settings(headers={"x-team": "default", "x-app": "demo"}), request)
    assert dict(got.headers) == {"X-Team": "mine", "x-app": "demo"}


async def test_nothing_to_fill_in_is_the_same_request() -> None:
    request = replace(WHOLE, temperature=0.0, headers=FrozenDict({"a": "1"}))
    assert await seen(default_settings(temperature=1.0, headers={"A": "2"}), request) is request
    assert await seen(default_settings(temperature=None, headers={}), request) is request
    assert await seen(default_settings(), request) is request


async def test_every_kind_of_request() -> None:
    assert await seen(default_settings(dimensions=64), EMBEDDING) == EmbeddingRequest(values=("hi",), dimensions=64)
    image = await seen(default_settings(size="1024x1024"), ImageRequest(prompt="a cat"))
    assert image == ImageRequest(prompt="a cat", size="1024x1024")
    speech = await seen(default_settings(voice="alloy", speed=1.5), SpeechRequest(text="hi", voice="echo"))
    assert speech == SpeechRequest(text="hi", voice="echo", speed=1.5)
    tools = [ToolDefinition("f")]
    assert (await seen(default_settings(tools=tools), WHOLE)).tools == (ToolDefinition("f"),)


@pytest.mark.parametrize("name", ["temprature", "messages", "stream", "n", "text", "audio"])
def test_a_name_that_no_request_leaves_open_is_refused_when_the_layer_is_made(name: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"'{name}'.*allowed: .*temperature") as raised:
        default_settings(**{name: 1})
    assert raised.value.field == name


async def test_a_name_of_another_kind_is_refused_at_the_call_before_the_model() -> None:
    layer = default_settings(temperature=0.5)
    assert (await seen(layer, WHOLE)).temperature == 0.5
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="EmbeddingRequest; allowed: dimensions, headers") as raised:
            await seen(layer, EMBEDDING)
        assert raised.value.field == "temperature"
    with pytest.raises(InvalidRequestError, match="a setting of object; allowed: none"):
        await seen(layer, object())


async def test_a_value_that_makes_no_sense_is_refused_at_the_call() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        await seen(default_settings(temperature=-1), WHOLE)
    assert raised.value.field == "temperature"


def test_every_open_field_of_every_kind_may_have_a_default() -> None:
    for kind in get_args(AnyRequest):
        open_ = {each.name for each in fields(kind) if each.default is None or each.default in ((), {})}
        assert "headers" in open_
        for name in open_:
            default_settings(**{name: None})


def test_its_name_and_two_event_loops() -> None:
    layer = default_settings(temperature=0.5)
    assert name_of(layer) == "default_settings"

    async def call() -> None:
        first, second = await asyncio.gather(seen(layer, WHOLE), seen(layer, WHOLE))
        assert first == second == replace(WHOLE, temperature=0.5)

    run(call())
    run(call())
