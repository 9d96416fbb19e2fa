"""What calls cost: the algebra of usage, the package's prices, and what is not known."""

from __future__ import annotations

import builtins
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_laws.kit import examples, rejects

from ai_sdk import prices
from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.middleware import retry
from ai_sdk.model import wrap_model
from ai_sdk.prices import FREE, NANO, Price, context_window_of, cost_of, price_of, to_nano
from ai_sdk.results import Usage
from ai_sdk.testing import ScriptedModel

LLAMA = "groq:llama-3.3-70b-versatile"
amounts = st.integers(0, 2_000_000)
rates = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 1000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    parts = [draw(amounts) for _ in range(5)]
    return Usage(sum(parts[:3]), sum(parts[3:]), parts[1], parts[2], parts[4])


def law_disjoint(cost: Any) -> None:
    @examples(100)
    @given(usages(), rates, rates, st.none() | rates, st.none() | rates, st.none() | rates, rates)
    def law(usage: Usage, input: Any, output: Any, read: Any, write: Any, reasoning: Any, request: Any) -> None:
        price = Price(
            input=input, output=output, cache_read=read, cache_write=write, reasoning=reasoning, request=request
        )
        exact = Fraction(usage.uncached_tokens or 0) * Fraction(input)
        exact += Fraction(usage.cache_read_tokens or 0) * Fraction(input if read is None else read)
        exact += Fraction(usage.cache_write_tokens or 0) * Fraction(input if write is None else write)
        exact += Fraction(usage.text_tokens or 0) * Fraction(output)
        exact += Fraction(usage.reasoning_tokens or 0) * Fraction(output if reasoning is None else reasoning)
        assert cost(usage, "a:model", prices={"a:model": price}) == ceil(exact * 1000 + Fraction(request) * NANO)

    law()


def counts_the_cache_twice(usage: Usage, model: str, **options: Any) -> int | None:
    """Charges for cached input as input, and again as cached."""
    more = Usage((usage.input_tokens or 0) + (usage.cache_read_tokens or 0), 0, usage.cache_read_tokens)
    return (cost_of(usage, model, **options) or 0) + (cost_of(more, model, **options) or 0)


def counts_reasoning_twice(usage: Usage, model: str, **options: Any) -> int | None:
    """Takes reasoning for something besides output."""
    return cost_of(
        replace(usage, output_tokens=(usage.output_tokens or 0) + (usage.reasoning_tokens or 0)), model, **options
    )


def in_floats(usage: Usage, model: str, **options: Any) -> int | None:
    """Adds dollars as floats."""
    cost = cost_of(usage, model, **options)
    return None if cost is None else int(round(cost / NANO, 6) * NANO)


def test_the_pieces_of_a_usage_are_disjoint_and_sums_exact() -> None:
    law_disjoint(cost_of)
    rejects(law_disjoint, counts_the_cache_twice)
    rejects(law_disjoint, counts_reasoning_twice)
    rejects(law_disjoint, in_floats)


def test_unknown_is_none_and_never_nothing() -> None:
    price = {"a:m": Price(input=1, output=2)}
    assert cost_of(Usage(), "a:m", prices=price) is None
    assert cost_of(Usage(input_tokens=5), "a:m", prices=price) is None
    assert cost_of(Usage(output_tokens=5), "a:m", prices=price) is None
    assert cost_of(Usage(5, 5), "nobody:nothing", prices=price) is None
    assert cost_of(Usage(5, 5), "openai:no-such-model-at-all") is None
    assert cost_of(Usage(5, 5), "plain_function") is None
    assert cost_of(Usage(5, 5), "a:m", prices={"a:m": Price(input=1)}) is None
    assert cost_of(Usage(5, 0), "a:m", prices={"a:m": Price(input=1)}) == 5000
    assert cost_of(Usage(0, 0), "a:m", prices=price) == 0


def test_an_embedding_need_not_report_output() -> None:
    assert cost_of(Usage(input_tokens=1_000_000), "openai:text-embedding-3-small") == to_nano("0.02")


def test_pictures_and_seconds() -> None:
    assert cost_of(Usage(), "a:m", prices={"a:m": Price(image=0.04)}, images=3) == to_nano("0.12")
    assert cost_of(Usage(), "a:m", prices={"a:m": Price(second=0.0001)}, seconds=2.5) == 250_000
    assert cost_of(Usage(), "openai:whisper-1", seconds=3600) == to_nano("0.36")
    assert cost_of(Usage(), "a:m", prices={"a:m": Price(input=1, output=1)}, images=3) is None
    assert cost_of(Usage(10, 20), "a:m", prices={"a:m": Price(input=1, output=1)}, images=3) == 30_000


def test_small_prices_are_not_lost() -> None:
    assert to_nano(0.1) == 100_000_000
    assert cost_of(Usage(1, 0), "a:m", prices={"a:m": Price(input=0.0025, output=0)}) == 3
    assert cost_of(Usage(1_000_000, 0), "a:m", prices={"a:m": Price(input=0.0025, output=0)}) == 2_500_000


def test_long_calls_have_another_price() -> None:
    price = {"a:m": Price(input=1, output=1, above=((100, Price(input=2, output=3)), (1000, Price(input=4, output=5))))}
    assert [cost_of(Usage(count, 10), "a:m", prices=price) for count in (100, 101, 1000, 1001)] == [
        100_000 + 10_000,
        202_000 + 30_000,
        2_000_000 + 30_000,
        4_004_000 + 50_000,
    ]


def test_own_prices_go_first_by_model_and_then_by_provider() -> None:
    own = {LLAMA: Price(input=7, output=7), "vllm": FREE}
    assert cost_of(Usage(1_000_000, 0), LLAMA, prices=own) == 7 * NANO
    assert cost_of(Usage(1_000_000, 5), "vllm:anything", prices=own) == 0
    assert cost_of(Usage(1_000_000, 5), "vllm:anything") is None
    assert price_of("local:tiny") is FREE
    assert cost_of(Usage(), "lmstudio:x") == 0


def test_a_model_has_the_price_of_its_name() -> None:
    model = ScriptedModel(provider="groq", model_id="llama-3.3-70b-versatile")
    assert price_of(wrap_model(model, [retry()])) == price_of(LLAMA)
    assert price_of(LLAMA) is price_of(LLAMA)


@pytest.mark.parametrize(
    "name",
    [
        LLAMA,
        "openai:gpt-5",
        "openai:gpt-4o-mini",
        "togetherai:meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "cerebras:llama-3.3-70b",
        "anthropic:claude-sonnet-4-5",
        "google:gemini-2.5-pro",
        "gemini:gemini-2.5-flash",
        "xai:grok-4",
        "mistral:mistral-large-latest",
        "deepseek:deepseek-chat",
        "openai.responses:gpt-5",
    ],
)
def test_the_package_agrees(name: str) -> None:
    from genai_prices import Usage as Theirs
    from genai_prices import calc_price

    provider, _, model = name.partition(":")
    theirs = {"togetherai": "together", "gemini": "google", "xai": "x-ai", "openai.responses": "openai"}
    for tokens in (1_000, 150_001, 250_000, 400_000):
        usage = Usage(tokens, 5_000, cache_read_tokens=tokens // 2)
        total = calc_price(
            Theirs(input_tokens=tokens, output_tokens=5_000, cache_read_tokens=tokens // 2),
            model,
            provider_id=theirs.get(provider, provider),
        ).total_price
        cost = cost_of(usage, name)
        assert cost is not None
        assert cost == ceil(total * NANO)


def test_every_price_of_the_package_can_be_read() -> None:
    from genai_prices.data import providers

    known = 0
    for provider in providers:
        for model in provider.models:
            price = prices._price(prices._current(model))
            known += price is not None
            assert price is None or price.input is None or price.input >= 0
    assert known > 1000


def test_context_windows() -> None:
    assert context_window_of("openai:gpt-5") == 400_000
    assert context_window_of("openai:no-such-model-at-all") is None
    assert context_window_of("nobody:nothing") is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    really = builtins.__import__

    def missing(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("genai_prices"):
            raise ModuleNotFoundError(name)
        return really(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[prices\]"):
        price_of(LLAMA)
    with pytest.raises(MissingExtraError):
        prices.load_prices()
    assert price_of(LLAMA, {LLAMA: FREE}) is FREE
    assert context_window_of(LLAMA) is None


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = "import sys, ai_sdk.prices, ai_sdk.middleware; assert 'genai_prices' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "free"])
def test_a_price_is_a_number_from_0(value: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Price(output=value)
    assert raised.value.field == "output"
