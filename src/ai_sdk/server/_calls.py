"""One call of a served model: who asks, for what, and what came of it, for the headers, the log and the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.call import CallRecord, open_record
from ai_sdk.model import Wrapped, name_of, recorded, wrap_model
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from ai_sdk.call import Attempt
    from ai_sdk.server._asgi import Exchange
    from ai_sdk.server.keys import Key

__all__ = ["Call", "Served", "stack_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A model under the name by which clients ask for it. ``stack`` names its layers and the model, outermost first."""

    name: str
    model: Any = field(repr=False)
    kind: str
    stack: tuple[str, ...]
    _for_keys: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @classmethod
    def of(cls, name: str, model: Any, kind: str | None = None) -> Served:
        """Take the kind from the model unless it is given; a plain function is a language model."""
        known: str = kind or getattr(model, "kind", None) or "language"
        return cls(name, recorded(model), known, stack_of(model))

    @property
    def provider(self) -> str:
        """Whose options a client's unknown fields are: the provider of the innermost model."""
        return getattr(self.model, "provider", None) or "openai"

    def model_for(self, key: Key | None) -> Any:
        """The model with the key's layers around it, the same object each time."""
        if key is None or not key.layers:
            return self.model
        found = self._for_keys.get(key.name)
        if found is None:
            found = self._for_keys[key.name] = wrap_model(self.model, key.layers)
        return found


def stack_of(model: object) -> tuple[str, ...]:
    """The names of the layers around a model and its own, outermost first."""
    names: list[str] = []
    while isinstance(model, Wrapped):
        wrapped = cast("Wrapped[Any, Any]", model)
        names.extend(name_of(each) for each in wrapped.layers)
        model = cast("object", wrapped.model)
    return (*names, name_of(model))


class Call:
    """One call by a client. ``seconds`` are since the request came; ``first`` until the first content."""

    def __init__(self, exchange: Exchange, served: Served, key: Key | None, route: str) -> None:
        self.exchange = exchange
        self.served = served
        self.key = key
        self.route = route
        self.record: CallRecord = open_record("call", f"serve {served.name}")
        self.started = asyncio.get_running_loop().time()
        self.first: float | None = None
        self.failure: str | None = None

    @property
    def owner(self) -> str | None:
        """Whose call it is: the name of the key."""
        return None if self.key is None else self.key.name

    def layer_options(self) -> Mapping[str, Any]:
        """What makes layers of the stack tell one client from another."""
        if self.owner is None:
            return {}
        return {"budget": {"tenant": self.owner}, "rate_limit": {"key": self.owner}}

    def arrived(self) -> None:
        """The first content is here."""
        self.first = self.seconds
        self.explain()

    def explain(self) -> None:
        """Put the stack and the attempts so far into the headers of the answer, if the client asked for them."""
        if self.exchange.headers.get("x-ai-sdk-explain", "").lower() not in ("1", "true"):
            return
        told = {
            "x-ai-sdk-stack": " > ".join(self.served.stack),
            "x-ai-sdk-attempts": ", ".join(_told(each) for each in self.attempts),
        }
        self.exchange.extra = [each for each in self.exchange.extra if each[0] not in told] + list(told.items())

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return asyncio.get_running_loop().time() - self.started

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried."""
        return tuple(self.record.attempts)

    @property
    def usage(self) -> Usage:
        """The tokens of all attempts."""
        return sum((each.usage for each in self.attempts if each.usage is not None), Usage())


def _told(attempt: Attempt) -> str:
    end = attempt.ended if attempt.ended is not None else attempt.first_content
    took = "" if end is None else f" {end - attempt.started:.3f}s"
    outcome = type(attempt.error).__name__ if attempt.error is not None else "ok"
    status = f" {attempt.status}" if attempt.status is not None else ""
    return f"{attempt.model} {outcome}{status}{took}"
