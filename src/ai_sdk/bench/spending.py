"""What a run may cost: reserved before a request is sent, settled when it is over, never more than the limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ai_sdk.errors import APIError, BudgetExceededError, InvalidRequestError, LayerError, MissingExtraError
from ai_sdk.prices import Price, price_of
from ai_sdk.results import Usage
from ai_sdk.spending import Amount, SpendingLedger
from ai_sdk.usage_estimate import estimate_usage

if TYPE_CHECKING:
    from ai_sdk.bench.probing import Probe
    from ai_sdk.requests import LanguageRequest
    from ai_sdk.spending import Reservation

__all__ = ["Costs"]

_AROUND = 256


class Costs:
    """The prices of some models, by name, and with ``max_cost`` the books of a run.

    With ``max_cost`` every price must be known: raises ``InvalidRequestError`` where one is not, and
    ``MissingExtraError`` where the package of prices is missing. Without it an unknown price makes costs unknown.
    """

    def __init__(
        self, models: Sequence[str], max_cost: float | None, prices: Mapping[str, Price] | None = None
    ) -> None:
        self._prices = {name: _price(name, prices, needed=max_cost is not None) for name in models}
        self._ledger = None if max_cost is None else SpendingLedger(usd=max_cost, per=None)
        self._open = 0
        self._settled = asyncio.Event()

    def worst(self, model: str, request: LanguageRequest) -> int:
        """At most so many nano-dollars: the prompt at three bytes a token, the longest allowed answer, and 256 tokens
        for what a provider puts around a prompt.
        """
        price = self._prices[model]
        return 0 if price is None else price.of(estimate_usage(request) + Usage(_AROUND)) or 0

    async def reserve(self, nano_usd: int, *, patient: bool = False) -> Reservation | None:
        """Reserve so much, or raise ``BudgetExceededError``; None where nothing is limited.

        ``patient``: while requests are under way, wait for what they leave of their reservations.
        """
        if self._ledger is None:
            return None
        while True:
            try:
                reservation = await self._ledger.reserve(None, Amount(nano_usd))
            except BudgetExceededError:
                if not patient or not self._open:
                    raise
                await self._settled.wait()
            else:
                self._open += 1
                return reservation

    def settle(self, reservation: Reservation | None, nano_usd: int | None) -> None:
        """Book what a request cost instead of what was reserved; where that is not known, the reservation stays."""
        if reservation is None:
            return
        if nano_usd is not None:
            reservation.spend(Amount(nano_usd))
        self._open -= 1
        self._settled.set()
        self._settled = asyncio.Event()

    async def book(self, nano_usd: int) -> None:
        """Count what an earlier part of the run has spent."""
        if self._ledger is not None:
            (await self._ledger.reserve(None, Amount(nano_usd))).spend(Amount(nano_usd))

    def of(self, seen: Probe) -> int | None:
        """What a request cost; None when that is not known. One that was answered with an error cost nothing."""
        if isinstance(seen.error, APIError | LayerError) and not seen.chunks:
            return 0
        price = self._prices[seen.shot.model]
        return None if price is None or seen.usage is None else price.of(seen.usage)


def _price(name: str, prices: Mapping[str, Price] | None, *, needed: bool) -> Price | None:
    try:
        price = price_of(name, prices)
    except MissingExtraError:
        if needed:
            raise
        return None
    if price is None and needed:
        raise InvalidRequestError(
            f"max_cost is set, and the price of {name} is not known: give prices={{{name!r}: Price(...)}}",
            field="max_cost",
        )
    return price
