"""How much one run of an agent may use, with all of its sub-agents, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from ai_sdk.errors import AISDKError, InvalidRequestError, MissingExtraError
from ai_sdk.prices import NANO, Price, cost_of, load_prices

if TYPE_CHECKING:
    from ai_sdk.agent.state import AgentState, Charge, Spent

__all__ = ["RunLimitError", "RunLimits", "cost"]

Unit: TypeAlias = Literal["steps", "tokens", "usd", "seconds"]


class RunLimitError(AISDKError):
    """A run has reached one of its limits. ``state`` is where it stopped: give it more, and it goes on from there.

    ``unit`` is ``steps``, ``tokens``, ``usd`` or ``seconds``; ``limit`` and ``spent`` are in that unit.
    """

    state: AgentState

    def __init__(self, message: str, *, unit: Unit, limit: float, spent: float, state: AgentState) -> None:
        super().__init__(message)
        self.unit: Unit = unit
        self.limit = limit
        self.spent = spent
        self.state = state


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one run may use: from its prompt to its end, however often it is resumed, and with its sub-agents.

    ``steps``, ``tokens`` and ``usd`` are looked at before each call of a model, and the last call may pass them.
    ``seconds`` is time at work, without the time in which a person is waited for; it interrupts models and tools.
    ``prices``: your own, as in ``ai_sdk.prices``; others come from ``ai-sdk-layers[prices]``. None is no limit.

    Raises ``InvalidRequestError`` for a limit that is not above 0, ``MissingExtraError`` where prices are needed and
    the package is missing.
    """

    steps: int | None = None
    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    prices: Mapping[str, Price] | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "tokens", "usd", "seconds"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not value > 0):
                raise InvalidRequestError(f"{name} is {value!r}; allowed are numbers above 0, and None", field=name)
        if self.usd is not None and self.prices is None:
            load_prices()

    def check(self, state: AgentState) -> None:
        """Raise ``RunLimitError`` when the run has used what it may use."""
        total = state.total
        spent: dict[Unit, float | None] = {
            "steps": total.steps,
            "tokens": total.usage.total_tokens or 0,
            "usd": self._usd(total, state),
            "seconds": total.seconds,
        }
        for unit, used in spent.items():
            limit = cast("float | None", getattr(self, unit))
            if limit is not None and used is not None and used >= limit:
                raise over(unit, limit, used, state)

    def _usd(self, spent: Spent, state: AgentState) -> float | None:
        if self.usd is None:
            return None
        for each in spent.charges:
            if each.model and cost_of(each.usage, each.model, prices=self.prices) is None:
                raise RunLimitError(
                    f"the limit of {self.usd:g} usd cannot be kept: what {each.model} costs is not known; give it in "
                    "RunLimits(prices={...})",
                    unit="usd",
                    limit=self.usd,
                    spent=cost(tuple(c for c in spent.charges if c != each), self.prices) or 0.0,
                    state=state,
                )
        return cost(spent.charges, self.prices)


def over(unit: Unit, limit: float, used: float, state: AgentState) -> RunLimitError:
    """The error of a run that has used too much."""
    message = f"the run has used {used:g} of {limit:g} {unit}; its state is in the error, to go on with a higher limit"
    return RunLimitError(message, unit=unit, limit=limit, spent=used, state=state)


def cost(charges: tuple[Charge, ...], prices: Mapping[str, Price] | None = None) -> float | None:
    """What calls cost, in US dollars; None when a price is not known, or the package for prices is missing."""
    nano = 0
    try:
        for each in charges:
            if not each.model:
                continue
            one = cost_of(each.usage, each.model, prices=prices)
            if one is None:
                return None
            nano += one
    except MissingExtraError:
        return None
    return nano / NANO
