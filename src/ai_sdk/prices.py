"""What calls cost, in whole nano-dollars, and how large the context windows of models are.

Prices come from the package ``genai-prices`` (``pip install 'ai-sdk-layers[prices]'``), which is loaded on first use
and asks no network, and from ``prices=`` of your own, which go first. What is not known is None, never 0.

Usage is split into disjoint pieces, each with its price: input that no cache had, read from a cache, written to a
cache; text and reasoning. Tokens that a provider does not tell apart, or whose own price is not known, cost what input
or output costs. Sums are exact; the whole is rounded up to the next nano-dollar.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.model import name_of
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice

__all__ = ["FREE", "NANO", "Price", "context_window_of", "cost_of", "load_prices", "price_of", "to_nano"]

NANO = 1_000_000_000
_MILLION = 1_000_000
_HOUR = 3600

_THEIR_NAMES = {
    "amazon-bedrock": "aws",
    "bedrock": "aws",
    "gemini": "google",
    "google-vertex": "google",
    "moonshot": "moonshotai",
    "together": "together",
    "togetherai": "together",
    "vertex": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
}
_ON_THIS_MACHINE = frozenset({"llamacpp", "lmstudio", "local"})


def to_nano(usd: float | Decimal | str) -> int:
    """Dollars as whole nano-dollars, rounded up."""
    return math.ceil(Decimal(str(usd)) * NANO)


@dataclass(frozen=True)
class Price:
    """US dollars: ``input``, ``output``, ``cache_read``, ``cache_write`` and ``reasoning`` for a million tokens.

    ``request`` for each request, ``image`` for each picture made, ``second`` for each second of audio or video. None is
    unknown: cache and reasoning tokens then cost what input and output cost. ``above``: from more than so many input
    tokens on, all of the call has another price: ``above=((200_000, Price(...)),)``.
    """

    input: float | Decimal | None = None
    output: float | Decimal | None = None
    cache_read: float | Decimal | None = None
    cache_write: float | Decimal | None = None
    reasoning: float | Decimal | None = None
    request: float | Decimal | None = None
    image: float | Decimal | None = None
    second: float | Decimal | None = None
    above: tuple[tuple[int, Price], ...] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "above" or value is None:
                continue
            if not isinstance(value, int | float | Decimal) or not 0 <= value < math.inf:
                raise InvalidRequestError(
                    f"{each.name} is {value!r}; allowed are US dollars from 0, or None", field=each.name
                )

    @cached_property
    def _nano(self) -> dict[str, int | None]:
        """Nano-dollars for a million tokens, or for one of the others."""
        names = ("input", "output", "cache_read", "cache_write", "reasoning", "request", "image", "second")
        nano = {name: None if (usd := getattr(self, name)) is None else to_nano(usd) for name in names}
        for name, instead in (("cache_read", "input"), ("cache_write", "input"), ("reasoning", "output")):
            if nano[name] is None:
                nano[name] = nano[instead]
        return nano

    def of(self, usage: Usage, *, requests: int = 1, images: int = 0, seconds: float = 0.0) -> int | None:
        """What it costs, in nano-dollars; None when tokens that were used, or their price, are not known.

        Where pictures or seconds have a price, tokens without one cost nothing.
        """
        if self.above:
            for start, price in sorted(self.above, key=lambda each: -each[0]):
                if (usage.input_tokens or 0) > start:
                    return price.of(usage, requests=requests, images=images, seconds=seconds)
        nano = self._nano
        total = (nano["request"] or 0) * requests * _MILLION
        paid = False
        for name, amount in (("image", images), ("second", seconds)):
            each = nano[name]
            if amount and each is not None:
                total += each * math.ceil(amount * _MILLION)
                paid = True
        for name, tokens in _tokens(usage, nano["output"]):
            each = nano[name]
            if tokens == 0 or each == 0:
                continue
            if each is not None and tokens is not None:
                total += each * tokens
            elif not paid:
                return None
        return -(-total // _MILLION)


FREE = Price(input=0, output=0, request=0, image=0, second=0)
"""What a model on your own machine costs."""


def _tokens(usage: Usage, output: int | None) -> tuple[tuple[str, int | None], ...]:
    """The disjoint pieces of a usage. A model without a price for output, as for embeddings, need not report any."""
    has_output = usage.output_tokens is not None or output is not None
    return (
        ("input", usage.uncached_tokens),
        ("cache_read", usage.cache_read_tokens or 0),
        ("cache_write", usage.cache_write_tokens or 0),
        ("output", usage.text_tokens if has_output else 0),
        ("reasoning", usage.reasoning_tokens or 0),
    )


def cost_of(
    usage: Usage,
    model: object,
    *,
    prices: Mapping[str, Price] | None = None,
    requests: int = 1,
    images: int = 0,
    seconds: float = 0.0,
) -> int | None:
    """What ``usage`` costs at a model, in whole nano-dollars; None when that is not known.

    ``model`` is a model, or a name such as ``groq:llama-3.3-70b-versatile``. ``prices`` are as in ``price_of``.
    ``images`` and ``seconds``: what was made besides tokens.
    """
    price = price_of(model, prices)
    return None if price is None else price.of(usage, requests=requests, images=images, seconds=seconds)


def price_of(model: object, prices: Mapping[str, Price] | None = None) -> Price | None:
    """The price of a model or of a name such as ``groq:llama-3.3-70b-versatile``; None when it is not known.

    ``prices`` of your own go first, by the whole name, then by the provider alone (``{"vllm": FREE}``). Models on this
    machine are free. Raises MissingExtraError when it needs the package and that is not installed.
    """
    name = model if isinstance(model, str) else name_of(model)
    provider, _, model_id = name.partition(":")
    if prices is not None:
        own = prices.get(name) or prices.get(provider)
        if own is not None:
            return own
    if provider in _ON_THIS_MACHINE:
        return FREE
    info = _find(provider, model_id)
    return None if info is None else _price(_current(info))


def context_window_of(model: object) -> int | None:
    """How many tokens fit into a model's context window; None when that is not known or the package is missing."""
    name = model if isinstance(model, str) else name_of(model)
    provider, _, model_id = name.partition(":")
    try:
        info = _find(provider, model_id)
    except MissingExtraError:
        return None
    return None if info is None else info.context_window


def load_prices() -> None:
    """Load the package now (about half a second, once a process) and not at the first call that needs it.

    Raises MissingExtraError when it is not installed.
    """
    _snapshot()


_found: dict[tuple[str, str], tuple[object, ModelInfo | None]] = {}
_converted: dict[int, tuple[object, Price | None]] = {}
_MOST_REMEMBERED = 4096


def _snapshot() -> DataSnapshot:
    try:
        from genai_prices.data_snapshot import get_snapshot
    except ImportError as error:
        raise MissingExtraError(
            "prices need a package: pip install 'ai-sdk-layers[prices]', or give prices={...}", field="prices"
        ) from error
    return get_snapshot()


def _find(provider: str, model_id: str) -> ModelInfo | None:
    """The package's entry, by their name of the provider; remembered, also that there is none."""
    snapshot = _snapshot()
    known = _found.get((provider, model_id))
    if known is not None and known[0] is snapshot:
        return known[1]
    base = provider.partition(".")[0]
    info: ModelInfo | None = None
    if base and model_id:
        try:
            _, info = snapshot.find_provider_model(model_id, None, _THEIR_NAMES.get(base, base), None)
        except LookupError:
            info = None
    if len(_found) >= _MOST_REMEMBERED:
        _found.clear()
    _found[provider, model_id] = (snapshot, info)
    return info


def _current(info: ModelInfo) -> ModelPrice:
    prices = info.prices
    return info.get_prices(datetime.now(UTC)) if isinstance(prices, list) else prices


def _price(theirs: ModelPrice) -> Price | None:
    """Their price as ours, converted once."""
    known = _converted.get(id(theirs))
    if known is not None and known[0] is theirs:
        return known[1]
    price = _convert(theirs)
    if len(_converted) >= _MOST_REMEMBERED:
        _converted.clear()
    _converted[id(theirs)] = (theirs, price)
    return price


_OURS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "reasoning": "output_reasoning_mtok",
}


def _convert(theirs: ModelPrice) -> Price | None:
    raw: dict[str, Any] = {name: value for name, value in vars(theirs).items() if value is not None}
    tiers = {tier.start for value in raw.values() for tier in getattr(value, "tiers", ())}
    above = tuple((start, Price(**_at(raw, start))) for start in sorted(tiers))
    base = _at(raw, None)
    return Price(**base, above=above) if base else None


def _at(raw: Mapping[str, Any], start: int | None) -> dict[str, Any]:
    """Their prices for calls with more than ``start`` input tokens."""
    ours = {name: _rate(raw[key], start) for name, key in _OURS.items() if key in raw}
    if "requests_kcount" in raw:
        ours["request"] = _rate(raw["requests_kcount"], start) / 1000
    for key in ("input_audio_hours", "audio_hours"):
        if key in raw:
            ours["second"] = _rate(raw[key], start) / _HOUR
    return ours


def _rate(value: Any, start: int | None) -> Decimal:
    tiers = getattr(value, "tiers", None)
    if tiers is None:
        return cast("Decimal", value)
    rate = value.base
    for tier in tiers:
        if start is not None and tier.start <= start:
            rate = tier.price
    return cast("Decimal", rate)
