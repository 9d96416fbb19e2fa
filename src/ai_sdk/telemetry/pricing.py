"""What attempts cost, in US dollars, without making an event loop wait for the package of prices.

The package takes about half a second to load. A thread loads it when the first call begins that needs it; what ends
before it is there has no cost, and neither has the call around it: unknown is never 0 and never a part of the whole.
``ai_sdk.prices.load_prices()`` at the start of a program lets every call have its cost.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping

from ai_sdk.call import Attempt
from ai_sdk.errors import APIConnectionError, APIError, InvalidRequestError, LayerError, MissingExtraError
from ai_sdk.prices import _ON_THIS_MACHINE, NANO, Price, load_prices, price_of
from ai_sdk.telemetry.answers import Answer
from ai_sdk.usage_estimate import made_by

__all__ = ["Pricing"]

_MINUTE = 60.0
_MOST_REMEMBERED = 256


class _Package:
    """The package of prices, loaded once a process in a thread that nobody waits for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._missing = False

    def ready(self) -> bool:
        """Whether prices can be asked for now; begins to load them if nobody has."""
        data = sys.modules.get("genai_prices.data")
        if hasattr(data, "providers"):
            return True
        if not self._missing:
            self._begin()
        return False

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # a fork leaves the thread behind
                self._thread = threading.Thread(target=self._load, name="ai_sdk prices", daemon=True)
                self._thread.start()

    def _load(self) -> None:
        try:
            load_prices()
        except MissingExtraError:
            self._missing = True


_package = _Package()


class Pricing:
    """What attempts cost by the ``prices`` that were given, and by those of the package."""

    def __init__(self, wanted: bool, prices: Mapping[str, Price] | None) -> None:
        self._wanted = wanted
        self._prices: Mapping[str, Price] = prices or {}
        self._found: dict[str, tuple[float, Price | None]] = {}

    def prepare(self, model: str) -> None:
        """Begin to load what is needed to price attempts at a model of this name."""
        if self._wanted and not self._is_known(model):
            _package.ready()

    def of(self, attempt: Attempt, answer: Answer, request: object) -> float | None:
        """What an attempt cost that ended with ``answer``; None when it is not known, as for one that has not ended."""
        ending = attempt.ending
        if not self._wanted or ending is None:
            return None
        if ending.error is not None and _was_refused(ending.error, begun=attempt.first_content is not None):
            return 0.0
        usage = answer.usage
        if usage is None or (ending.how != "end" and answer.finish_reason is None):
            return None
        price = self._price(attempt)
        if price is None:
            return None
        images, seconds = (0, 0.0) if answer.result is None else made_by(answer.result, request)
        nano = price.of(usage, images=images, seconds=seconds)
        return None if nano is None else nano / NANO

    def _price(self, attempt: Attempt) -> Price | None:
        """The price at which an attempt ended, looked up once a minute: some prices depend on the hour."""
        name, now = attempt.model, attempt.ended or attempt.started
        known = self._found.get(name)
        if known is not None and 0 <= now - known[0] < _MINUTE:
            return known[1]
        if not self._is_known(name) and not _package.ready():
            return None
        price = price_of(name, self._prices)
        if len(self._found) >= _MOST_REMEMBERED:
            self._found = {}
        self._found[name] = now, price
        return price

    def _is_known(self, name: str) -> bool:
        prices = self._prices
        provider = name.partition(":")[0]
        return name in prices or provider in prices or provider in _ON_THIS_MACHINE


def _was_refused(error: BaseException, *, begun: bool) -> bool:
    """Whether an attempt cost nothing: it failed before any content, and the provider said no or never saw it."""
    if begun:
        return False
    if isinstance(error, APIConnectionError):
        return not error.sent
    return isinstance(error, APIError | InvalidRequestError | LayerError)
